/* SPDX-License-Identifier: Apache-2.0 */
/* links: ask */
/* Vendors by MAC, from lists as the IEEE publishes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ctl/ask/vendor.h"

static char folder[] = "/tmp/hallmark-vendors-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static const char *vendor_of(const struct vendors *v, const char *mac)
{
	uint8_t bytes[6];

	assert_true(mac_from_text(mac, bytes));
	return vendors_find(v, bytes);
}

static void test_vendors(void **state)
{
	struct vendors *v;

	(void)state;
	put("oui.txt",
	    "OUI/MA-L\t\tOrganization\r\ncompany_id\t\tOrganization\r\n\r\n"
	    "00-00-5E   (hex)\t\tICANN, IANA Department\r\n00005E     (base 16)\t\tICANN, IANA Department\r\n"
	    "\t\t\t\tINTERNET ASS'NED NOS.AUTHORITY\r\n\r\n"
	    "70-B3-D5   (hex)\t\tIEEE Registration Authority\r\n70B3D5     (base 16)\t\tIEEE Registration "
	    "Authority\r\n");
	put("mam.txt", "70-B3-D6   (hex)\t\tHaneul\r\nA00000-AFFFFF     (base 16)\t\tHaneul\r\n");
	put("oui36.txt", "70-B3-D5   (hex)\t\tMerlion\r\n123000-123FFF     (base 16)\t\tMerlion\r\n"
			 "70-B3-D5   (hex)\t\tSchloss\r\n124000-124FFF     (base 16)\t\tSchloss\r\n");
	v = vendors_read(folder);
	assert_non_null(v);
	assert_string_equal(vendor_of(v, "00:00:5e:00:53:01"), "ICANN, IANA Department");
	assert_string_equal(vendor_of(v, "70:b3:d5:12:3f:ff"), "Merlion");
	assert_string_equal(vendor_of(v, "70:b3:d5:12:40:00"), "Schloss");
	assert_string_equal(vendor_of(v, "70:b3:d5:12:50:00"),
			    "IEEE Registration Authority"); /* of those, nobody's yet */
	assert_string_equal(vendor_of(v, "70:b3:d6:a0:00:00"), "Haneul");
	assert_string_equal(vendor_of(v, "70:b3:d6:b0:00:00"), "");
	assert_string_equal(vendor_of(v, "02:00:5e:00:53:01"), ""); /* locally administered */
	vendors_free(v);
}

static void test_without_lists(void **state)
{
	struct vendors *v;

	(void)state;
	v = vendors_read("/nonexistent");
	assert_null(v);
	assert_string_equal(vendor_of(v, "00:00:5e:00:53:01"), "");
	vendors_free(v);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char path[128];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
			       (const char *const[]){ "oui.txt", "mam.txt", "oui36.txt" }[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_vendors, make_folder, remove_folder),
		cmocka_unit_test(test_without_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
