/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* How a failed handshake reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/failed_handshake.h"

static void test_names(void **state)
{
	(void)state;
	for (int i = HANDSHAKE_NOT_FAILED + 1; i < _HANDSHAKE_CAUSE_MAX; i++) {
		assert_true(strlen(handshake_cause_name((enum hallmark_handshake_cause)i)) < 24); /* a column */
		assert_string_not_equal(handshake_cause_sentence((enum hallmark_handshake_cause)i), "unknown");
		assert_string_not_equal(handshake_cause_remedy((enum hallmark_handshake_cause)i), "unknown");
	}
	assert_string_equal(handshake_cause_name(HANDSHAKE_NOT_FAILED), "unknown");
	assert_string_equal(handshake_cause_name(_HANDSHAKE_CAUSE_MAX), "unknown");
	assert_string_equal(handshake_cause_name(HANDSHAKE_SUITE), "suite");
}

static void test_alert(void **state)
{
	struct failed_handshake f = { .alert = 40 };
	char text[ALERT_TEXT];

	(void)state;
	assert_string_equal(failed_handshake_alert(&f, text), "");
	f.alert_sender = ALERT_OF_GATEWAY;
	assert_string_equal(failed_handshake_alert(&f, text), "alert 40 of the gateway");
	f.alert_sender = ALERT_OF_DEVICE;
	assert_string_equal(failed_handshake_alert(&f, text), "alert 40 of the device");
}

static void test_offer(void **state)
{
	struct failed_handshake f = { .n_suites = 1 };
	char text[OFFER_TEXT];

	(void)state;
	assert_string_equal(failed_handshake_offer(&f, text), ""); /* no ClientHello was read */
	f = (struct failed_handshake){ .version = DTLS_1_2,
				       .extended_master_secret = 1,
				       .n_suites = 2,
				       .suites = { 0xc0ae, 0x1301 },
				       .n_groups = 1,
				       .groups = { 23 },
				       .key = "RSA 2048" };
	assert_string_equal(failed_handshake_offer(&f, text),
			    "DTLS 1.2 with extended master secret; key RSA 2048; suites "
			    "ECDHE_ECDSA_WITH_AES_128_CCM_8 0x1301; groups P-256; signatures none");
	f.version = 0xfefc;
	f.extended_master_secret = 0;
	assert_non_null(strstr(failed_handshake_offer(&f, text), "version 0xfefc without extended master secret"));
}

/* The longest that an edge may claim. */
static void test_longest_offer(void **state)
{
	struct failed_handshake f = { .version = DTLS_1_0, .n_suites = OFFER_MAX, .n_groups = OFFER_MAX };
	char text[OFFER_TEXT];

	(void)state;
	f.n_signatures = OFFER_MAX;
	for (size_t i = 0; i < OFFER_MAX; i++) {
		f.suites[i] = 0xc02b;
		f.groups[i] = 26;
		f.signatures[i] = 0x0403;
	}
	memset(f.key, 'k', sizeof(f.key) - 1);
	assert_true(strlen(failed_handshake_offer(&f, text)) < sizeof(text));
	assert_int_equal(strncmp(text, "DTLS 1.0 without", 16), 0);
	f.n_suites = 3; /* its twin is told whole */
	f.n_groups = f.n_signatures = 1;
	assert_non_null(strstr(failed_handshake_offer(&f, text), "groups brainpoolP256r1; signatures ECDSA+SHA256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_offer),
		cmocka_unit_test(test_longest_offer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
