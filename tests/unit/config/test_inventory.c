/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/*
 * CSV files of the inventory, as configurations load them: what is wrong is refused at its line and column with a remedy, beside a
 * good twin; and a device finds its row.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/inventory.h"
#include "decide/verdict.h"

#define TEXT_MAX 65536

DEFINE_CLEANUP(struct config *, config_free);

/* The files that it names are beside it. */
#define CONFIGURATION(files)                                                                                           \
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"     \
	"network = { guarded = [ \"lan0\", \"vlan*\", \"br0\" ]; uplinks = [ \"wan0\" ];\n"                            \
	"  bridges = ( { name = \"br0\"; ports = [ \"port*\" ]; } );\n"                                                \
	"  segments = ( { name = \"office\"; interfaces = [ \"lan0\", \"vlan7*\" ]; } );\n"                            \
	"  shared = ( { interface = \"vlan2\"; mac = \"02:00:5e:00:00:99\"; } ); };\n"                                 \
	"categories = [ \"wall-pad\", \"lighting\" ];\n"                                                               \
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Lite\" ]; } );\n" \
	"zones = ( { name = \"in\"; reach = [ ]; }, { name = \"quarantine\"; reach = [ ]; } );\n"                      \
	"rules = ( { name = \"one\"; zone = \"in\"; require = [ \"identity\" ]; } );\n"                                \
	"inventory = { files = [ " files " ]; };\n"

static char directory[] = "/tmp/hallmark-inventory-XXXXXX";
static char paths[3][64], said[TEXT_MAX];

static int set_up(void **state)
{
	static const char *const names[] = { "test.conf", "a.csv", "b.csv" };

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", directory, names[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		(void)unlink(paths[i]);
	return rmdir(directory);
}

static void write_text(const char *to, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(to, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
}

/* Loads the configuration with stderr going to `said`. */
static int load_file(struct config **ret)
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	ssize_t n;
	int r;

	assert_true(to >= 0 && saved >= 0);
	(void)fflush(stderr);
	assert_true(dup2(to, STDERR_FILENO) >= 0);
	r = config_load(paths[0], ret);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	n = pread(to, said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	return r;
}

static int load(const char *csv, struct config **ret)
{
	write_text(paths[0], CONFIGURATION("\"a.csv\""));
	write_text(paths[1], csv);
	return load_file(ret);
}

static struct config *load_good(const char *csv)
{
	struct config *c = NULL;

	if (load(csv, &c) != 0)
		fail_msg("refused: %s\n%s", said, csv);
	assert_string_equal(said, "");
	return c;
}

#define HEAD  "name,mac,segment,interface,expected\n"
#define MAC_1 "02:00:5e:10:00:01"
#define MAC_2 "02:00:5e:10:00:02"
#define ID    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define LONG  "123456789012345678901234567890123456789012345678901234567890123" /* 63 bytes */

static void test_refused(void **state)
{
	static const struct {
		const char *bad, *twin, *where, *word;
	} cases[] = {
		{ "name,mca\nA," MAC_1 "\n", "name,mac\nA," MAC_1 "\n", "1:6", "did you mean \"mac\"?" },
		{ "name,mac,colour\nA," MAC_1 ",red\n", "name,mac,place\nA," MAC_1 ",red\n", "1:10",
		  "the first row names the columns: name, key, ueid" },
		{ "name,mac\nA," MAC_1 "\nB," MAC_1 "\n", "name,mac\nA," MAC_1 "\nB," MAC_2 "\n", "3:3",
		  "this device has two rows, the first is line 2; remove one" },
		{ "name,mac\nA," MAC_1 "\nB,02-00-5E-10-00-01\n", "name,mac\nA," MAC_1 "\nB,02-00-5E-10-00-02\n", "3:3",
		  "two rows" },
		{ "key,mac\n" ID "," MAC_1 "\n" ID "," MAC_2 "\n", "key,mac\n" ID "," MAC_1 "\n," MAC_2 "\n", "3:1",
		  "two rows" },
		{ "ueid\n01000102030405\n01000102030405\n", "ueid\n01000102030405\n01000102030406\n", "3:1",
		  "two rows" },
		{ "mac,name\n" MAC_1 ",A\n" MAC_2 ",A\n", "mac,name\n" MAC_1 ",A\n" MAC_2 ",B\n", "3:19",
		  "the name \"A\" occurs twice, first in line 2; rename one" },
		{ HEAD "A," MAC_1 ",office,,\nA," MAC_2 ",office,,\n", HEAD "A," MAC_1 ",office,,\nA," MAC_2 ",,,\n",
		  "3:1", "the name \"A\" occurs twice in segment \"office\", first in line 2" },
		{ HEAD "A," MAC_1 ",offcie,,\n", HEAD "A," MAC_1 ",office,,\n", "2:21",
		  "there is no segment \"offcie\"; correct it, or give it a row with interface and segment; did you "
		  "mean "
		  "\"office\"?" },
		{ HEAD "A," MAC_1 ",1동,,\n,,2동,vlan1,\n", HEAD "A," MAC_1 ",1동,,\n,,1동,vlan1,\n", "2:21",
		  "no segment \"1동\"" },
		{ HEAD "A,02:00:5e:10:00,,,\n", HEAD "A," MAC_1 ",,,\n", "2:3", "is not a MAC; use the form" },
		{ HEAD "A,02:00:5e:10:00:01:02,,,\n", HEAD "A,  " MAC_1 " ,,,\n", "2:3", "is not a MAC" },
		{ "key\n9.86E+12\n", "key\n" ID "\n", "2:1", "give 64 hex digits" },
		{ "ueid\n00010203040506\n", "ueid\n01010203040506\n", "2:1",
		  "is not a UEID; give 14 to 66 hex digits" },
		{ "ueid\n010102\n", "ueid\n02010203040506\n", "2:1", "is not a UEID" },
		{ HEAD "x" LONG "," MAC_1 ",,,\n", HEAD LONG "," MAC_1 ",,,\n", "2:1",
		  "name: 64 bytes; shorten it to 63" },
		{ HEAD "\"A\nB\"," MAC_1 ",,,\n", HEAD "\"A \"\"B\"\"\"," MAC_1 ",,,\n", "2:1",
		  "there is a line break" },
		{ "name,mac\n\u1112\u1161\u11ab," MAC_1 "\n", "name,mac\n\ud55c," MAC_1 "\n", "2:1",
		  "(NFD, as macOS does), not in syllables (NFC); write \"\ud55c\"" },
		{ "name,mac\nA\u00a0B," MAC_1 "\n", "name,mac\nA B\uff08C\uff09," MAC_1 "\n", "2:1",
		  "as a no-break space; write \"A B\"" },
		{ HEAD "A,,,,\n", HEAD "A," MAC_1 ",,,\n", "2",
		  "does not say which device it is about; give key, ueid or mac" },
		{ "key,name,interface\n" ID ",A,vlan1\n", "key,name,interface,mac\n" ID ",A,vlan1," MAC_1 "\n", "2:68",
		  "in the row of a device without a MAC; add mac, if the device is there, or give the household" },
		{ HEAD ",,,vlan1,\n", HEAD ",,h,vlan1,\n", "2:4", "names no segment, to which it belongs" },
		{ HEAD ",,h,vlan 1,\n", HEAD ",,h,vlan1*,\n", "2:5", "\"vlan 1\" cannot be an interface" },
		{ HEAD ",,h,eth1,\n", HEAD ",,h,port1,\n", "2:5", "\"eth1\" of segment \"h\" is not guarded" },
		{ HEAD ",,h,br0,\n", HEAD ",,h,port*,\n", "2:5", "name its ports instead" },
		{ HEAD ",,h,vlan70,\n", HEAD ",,h,vlan60,\n", "2:5",
		  "is in a segment of the configuration already, as \"vlan7*\"" },
		{ HEAD ",,h,vlan1,\n,,i,vlan1,\n", HEAD ",,h,vlan1,\n,,h,vlan2,\n", "3:5",
		  "interface \"vlan1\" occurs twice, first in line 2" },
		{ HEAD ",,h,vlan1,\n,,i,vlan*,\n", HEAD ",,h,vlan1,\n,,i,vlan2*,\n", "2:5",
		  "\"vlan*\" includes \"vlan1\"" },
		{ HEAD "A," MAC_1 ",,,wall-pda\n", HEAD "A," MAC_1 ",,,wall-pad\n", "2:23",
		  "\"wall-pda\" is not among the configured categories; did you mean \"wall-pad\"?" },
		{ HEAD "A," MAC_1 ",,,wall-pad by Acme\n", HEAD "A," MAC_1 ",,,a wall-pad by pen:32473\n", "2:23",
		  "maker \"Acme\": give pen:32473" },
		{ HEAD "A," MAC_1 ",,,by\n", HEAD "A," MAC_1 ",,,by pen:1\n", "2:23", "not among the configured" },
		{ "name,mac\n\xb7\xa5," MAC_1 "\n", "name,mac\n램프," MAC_1 "\n", "2", "not UTF-8; Korean programs" },
		{ "\n", "mac\n", "1", "empty; the first row names" },
	};
	char where[128];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *bad = NULL;
		const char *found;

		assert_int_equal(load(cases[i].bad, &bad), -EINVAL);
		assert_null(bad);
		(void)snprintf(where, sizeof(where), "%s:%s: ", paths[1], cases[i].where);
		found = strstr(said, where);
		if (!found || !strstr(found, cases[i].word))
			fail_msg("case %zu, no \"%s\" at %s: %s", i, cases[i].word, where, said);
		config_free(load_good(cases[i].twin));
	}
}

/* --- Exceptions --- */

#define PLACES "mac,interface,exception,until\n"

static void test_exceptions_refused(void **state)
{
	static const struct {
		const char *bad, *twin, *where, *word;
	} cases[] = {
		{ PLACES MAC_1 ",vlan1,in,\n", PLACES MAC_1 ",vlan1,in,2027-01-31\n", "2:25",
		  "has no end; give until" },
		{ PLACES MAC_1 ",vlan1,,2027-01-31\n", PLACES MAC_1 ",vlan1,,\n", "2:26",
		  "no exception that ends then; name its zone" },
		{ PLACES MAC_1 ",vlan1,in,31.1.2027\n", PLACES MAC_1 ",vlan1,in,2027-01-31T18:00:00+09:00\n", "2:28",
		  "neither a day nor a time; write \"2027-01-31\"" },
		{ PLACES MAC_1 ",vlan1,in,46418\n", PLACES MAC_1 ",vlan1,in,2027-01-31\n", "2:28",
		  "neither a day nor a time" },
		{ PLACES MAC_1 ",,in,2027-01-31\n", PLACES MAC_1 ",lan0,in,2027-01-31\n", "2:20",
		  "it is only for a MAC at an interface; give mac and interface" },
		{ "key," PLACES ID ",,,in,2027-01-31\n", "key," PLACES ID "," MAC_1 ",vlan1,in,2027-01-31\n", "2:68",
		  "it is only for a MAC at an interface" },
		{ PLACES MAC_1 ",vlan1,ni,2027-01-31\n", PLACES MAC_1 ",vlan1,in,2027-01-31\n", "2:25",
		  "there is no zone \"ni\"; declare it under zones" },
		{ PLACES MAC_1 ",vlan1,quarantine,2027-01-31\n", PLACES MAC_1 ",vlan1,in,2027-01-31\n", "2:25",
		  "is in quarantine anyway; name a better zone" },
		{ PLACES MAC_1 ",eth1,in,2027-01-31\n", PLACES MAC_1 ",port1,in,2027-01-31\n", "2:19",
		  "interface \"eth1\" of this device is not guarded; add it to network.guarded, or" },
		{ PLACES MAC_1 ",vlan*,in,2027-01-31\n", PLACES MAC_1 ",vlan2,in,2027-01-31\n", "2:19",
		  "a device is at one interface or port; name it" },
		{ PLACES MAC_1 ",br0,in,2027-01-31\n", PLACES MAC_1 ",port2,in,2027-01-31\n", "2:19",
		  "name the port behind which the device is" },
		{ PLACES MAC_1 ",vlan1,in,2027-01-31\n" MAC_1 ",vlan1,in,2027-01-30\n",
		  PLACES MAC_1 ",vlan1,in,2027-01-31\n" MAC_2 ",vlan1,in,2027-01-30\n", "3:25",
		  "a second exception for this MAC there, the first is in line 2 of " },
		{ PLACES MAC_1 ",port1,in,2027-01-31\n" MAC_1 ",port2,in,2027-01-30\n",
		  PLACES MAC_1 ",port1,in,2027-01-31\n" MAC_1 ",vlan1,in,2027-01-30\n", "3:25",
		  "a second exception for this MAC there" },
		{ PLACES MAC_1 ",vlan1,,\n" MAC_1 ",vlan2,,\n",
		  PLACES MAC_1 ",vlan1,,\n" MAC_1 ",vlan2,in,2027-01-30\n", "3:1",
		  "this device has two rows, the first is line 2; remove one of them" },
	};
	char where[128];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *bad = NULL;
		const char *found;

		assert_int_equal(load(cases[i].bad, &bad), -EINVAL);
		(void)snprintf(where, sizeof(where), "%s:%s: ", paths[1], cases[i].where);
		found = strstr(said, where);
		if (!found || !strstr(found, cases[i].word))
			fail_msg("case %zu, no \"%s\" at %s: %s", i, cases[i].word, where, said);
		config_free(load_good(cases[i].twin));
	}
}

static void test_exceptions(void **state)
{
	_cleanup_(config_freep) struct config *c =
		load_good("interface,segment,name,mac,exception,until\nvlan1,101호,,,,\nport3,101호,램프," MAC_2
			  ",in,2027-01-31\n"
			  "vlan1,101호,TV," MAC_1 ",in,2000-01-01T00:00:00Z\n");
	const struct exception *e;
	uint8_t mac[6];
	(void)state;

	assert_int_equal(c->ruleset.n_segments, 2); /* the rows of devices define none */
	assert_int_equal(c->inventory->n_exceptions, 2);
	assert_true(mac_from_text(MAC_2, mac));
	e = exception_at(c->inventory, "br0", mac);
	assert_non_null(e);
	assert_string_equal(e->port, "port3");
	assert_string_equal(c->inventory->rows[e->row].name, "램프");
	assert_int_equal(e->until_sec, INT64_C(1801440000)); /* the end of that day in UTC */
	assert_null(exception_at(c->inventory, "vlan1", mac));
	assert_true(mac_from_text(MAC_1, mac));
	e = exception_at(c->inventory, "vlan1", mac); /* over, and no error */
	assert_non_null(e);
	assert_int_equal(e->until_sec, INT64_C(946684800));
}

/* A file with exceptions stands beside the one with the device's own row, in any order: that one is found. */
static void test_exceptions_beside_rows(void **state)
{
	static const char own[] = "mac,name,reference\n" MAC_1 ",TV,A-1\n",
			  other[] = "mac,name,interface,exception,until\n" MAC_1 ",TV,vlan1,in,2027-01-31\n";
	(void)state;

	for (int i = 0; i < 2; i++) {
		_cleanup_(config_freep) struct config *c = NULL;
		const struct inventory_row *row;
		uint8_t mac[6];

		write_text(paths[0], CONFIGURATION("\"a.csv\", \"b.csv\""));
		write_text(paths[1], i == 0 ? own : other);
		write_text(paths[2], i == 0 ? other : own);
		if (load_file(&c) != 0)
			fail_msg("refused: %s", said);
		assert_true(mac_from_text(MAC_1, mac));
		row = inventory_find(c->inventory, INVENTORY_BY_MAC, BYTES(mac));
		assert_string_equal(row->reference, "A-1");
		assert_non_null(exception_at(c->inventory, "vlan1", mac));
	}
}

static void test_far_ends(void **state)
{
	_cleanup_(config_freep) struct config *c =
		load_good(PLACES MAC_1 ",vlan1,in,2027-01-30\n" MAC_2 ",vlan1,in,2027-01-31\n");
	const int64_t end_sec = INT64_C(1801440000), most_sec = INT64_C(92) * 86400;
	(void)state;

	assert_int_equal(exceptions_check_ends(c, end_sec - most_sec), 0);
	assert_int_equal(exceptions_check_ends(c, end_sec - most_sec - 1), -EINVAL);
}

/* All that is wrong is told, up to twenty; the rest is counted. */
static void test_many_errors(void **state)
{
	char csv[2048] = "mac\n";
	struct config *c = NULL;
	unsigned n = 0;
	(void)state;

	for (unsigned i = 0; i < 25; i++)
		(void)strcat(csv, "x\n");
	assert_int_equal(load(csv, &c), -EINVAL);
	for (const char *at = said; (at = strstr(at, "is not a MAC")); at++)
		n++;
	assert_int_equal(n, 20);
	assert_non_null(strstr(said, "5 more errors are not shown"));
}

static void test_two_files(void **state)
{
	struct config *c = NULL;
	(void)state;

	write_text(paths[0], CONFIGURATION("\"a.csv\", \"b.csv\""));
	write_text(paths[1], "\xef\xbb\xbfmac;name;segment\r\n" MAC_1 ";램프;101호\r\n");
	write_text(paths[2], "interface\tsegment\tmac\r\nport1\t101호\t\r\n\t\t" MAC_2 "\r\n");
	if (load_file(&c) != 0)
		fail_msg("refused: %s", said);
	assert_int_equal(c->inventory->n_rows, 3);
	assert_int_equal(c->inventory->n_files, 2);
	assert_int_equal(c->ruleset.n_segments, 2);
	assert_string_equal(c->ruleset.segments[1].name, "101호");
	assert_string_equal(c->ruleset.segments[1].interfaces[0], "port1");
	config_free(c);
	c = NULL;

	write_text(paths[2], "mac\n" MAC_1 "\n");
	assert_int_equal(load_file(&c), -EINVAL);
	assert_non_null(strstr(said, "b.csv:2:1: this device has two rows, the first is line 2 of "));
	write_text(paths[0], CONFIGURATION("\"a.csv\", \"a.csv\""));
	assert_int_equal(load_file(&c), -EINVAL);
	assert_non_null(strstr(said, "a.csv\" occurs twice; remove one"));
}

/* --- Devices --- */

static struct verdict device(uint8_t key, uint8_t mac, const char *interface)
{
	struct verdict v = { .mac = { 0x02, 0, 0x5e, 0, 0, mac } };

	memset(v.facts.device, key, sizeof(v.facts.device));
	(void)snprintf(v.interface, sizeof(v.interface), "%s", interface);
	return v;
}

static const char *name_of(const struct config *c, const struct verdict *v)
{
	const struct inventory_row *row = inventory_row_of(c, v);

	return row ? row->name : "";
}

#define ID_1 "0101010101010101010101010101010101010101010101010101010101010101"

/* By key before MAC; and a MAC gives no name that is kept for another key. */
static void test_lookup(void **state)
{
	_cleanup_(config_freep) struct config *c =
		load_good("name,key,mac\nby key," ID_1 ",02:00:5e:00:00:01\nby MAC,,02:00:5e:00:00:02\n"
			  "shared,,02:00:5e:00:00:99\n");
	struct verdict v = device(1, 2, "vlan1");
	(void)state;

	assert_string_equal(name_of(c, &v), "by key");
	v = device(2, 2, "vlan1");
	assert_string_equal(name_of(c, &v), "by MAC");
	v = device(2, 1, "vlan1");
	assert_string_equal(name_of(c, &v), "");
	v = device(0, 1, "vlan1"); /* its key is not known yet */
	assert_string_equal(name_of(c, &v), "by key");
	v = device(2, 3, "vlan1");
	assert_string_equal(name_of(c, &v), "");
	v = device(2, 0x99, "vlan1");
	assert_string_equal(name_of(c, &v), "shared");
	v = device(2, 0x99, "vlan2"); /* of an extender: several devices send from it */
	assert_string_equal(name_of(c, &v), "");
}

/* A UEID that no certificate proves is what a device says of itself. */
static void test_lookup_by_ueid(void **state)
{
	static const uint8_t ueid[] = { 1, 0, 1, 2, 3, 4, 5 };
	_cleanup_(config_freep) struct config *c =
		load_good("name,ueid,mac\npad,01000102030405,02:00:5e:00:00:01\nlamp,02000102030405,\n");
	struct verdict v = device(1, 2, "vlan1");
	(void)state;

	memcpy(v.facts.ueid, ueid, sizeof(ueid));
	v.facts.n_ueid = sizeof(ueid);
	assert_string_equal(name_of(c, &v), "");
	v.mac[5] = 1;
	assert_string_equal(name_of(c, &v), ""); /* the row is kept for that UEID */
	v.facts.checks[CHECK_CHAIN].state = v.facts.checks[CHECK_SAME_DEVICE].state = CHECK_PASSED;
	assert_true(verdict_is_proved(&v));
	assert_string_equal(name_of(c, &v), "pad");
	v.facts.ueid[0] = 3;
	assert_string_equal(name_of(c, &v), "");
}

static void test_segment_of(void **state)
{
	_cleanup_(config_freep) struct config *c =
		load_good("name,mac,segment,interface\npad,02:00:5e:00:00:01,202호,\n,,202호,vlan2\n,,101호,port1*\n");
	const struct inventory_row *row;
	struct verdict v = device(1, 1, "vlan2");
	(void)state;

	row = inventory_row_of(c, &v);
	assert_non_null(row);
	assert_string_equal(inventory_segment_of(c, row, &v), "202호");
	(void)strcpy(v.interface, "br0"); /* where it is counts, not where it should be */
	(void)strcpy(v.port, "port12");
	assert_string_equal(inventory_segment_of(c, row, &v), "101호");
	assert_string_equal(name_of(c, &v), ""); /* another household's: its MAC is not enough */
	(void)strcpy(v.port, "port2");
	assert_string_equal(inventory_segment_of(c, row, &v), "202호");
	assert_string_equal(inventory_segment_of(c, NULL, &v), "");
	v = device(2, 2, "lan0");
	assert_string_equal(inventory_segment_of(c, NULL, &v), "office");
}

/* A large complex, and what is too much for one. */
static void test_size(void **state)
{
	_cleanup_free_ char *csv = NULL;
	size_t n;
	FILE *f = open_memstream(&csv, &n);
	struct config *c;
	struct verdict v = device(1, 0, "vlan1");
	(void)state;

	assert_non_null(f);
	(void)fprintf(f, "interface,segment,name,mac\n");
	for (unsigned i = 0; i < 700; i++)
		(void)fprintf(f, "vlan1%03u,%u동 %u호,,\n", i, i / 50 + 101, i % 50 + 101);
	for (unsigned i = 700; i < INVENTORY_ROWS_MAX; i++)
		(void)fprintf(f, ",%u동 %u호,device %u,02:00:%02x:%02x:%02x:01\n", i % 700 / 50 + 101, i % 50 + 101, i,
			      i >> 16, i >> 8 & 0xff, i & 0xff);
	(void)fflush(f);
	c = load_good(csv);
	assert_int_equal(c->inventory->n_rows, INVENTORY_ROWS_MAX);
	assert_int_equal(c->ruleset.n_segments, 701);
	for (unsigned i = 700; i < INVENTORY_ROWS_MAX; i += 1000) {
		char name[32];

		memcpy(v.mac, ((uint8_t[]){ 2, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 1 }), 6);
		(void)snprintf(name, sizeof(name), "device %u", i);
		assert_string_equal(name_of(c, &v), name);
	}
	config_free(c);
	c = NULL;
	(void)fprintf(f, ",,,02:00:ff:ff:ff:02\n");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(load(csv, &c), -EINVAL);
	assert_non_null(strstr(said, "more than 135168 rows in all files"));
}

/* The example is good where its households are guarded. */
static void test_example(void **state)
{
	struct config *c = NULL;
	struct verdict v = { .mac = { 0x02, 0, 0x5e, 0x10, 0, 1 } };
	(void)state;

	write_text(paths[0], CONFIGURATION("\"/proc/self/cwd/conf/inventory.csv\""));
	if (load_file(&c) != 0)
		fail_msg("refused: %s", said);
	assert_string_equal(name_of(c, &v), "거실 조명");
	assert_string_equal(inventory_row_of(c, &v)->place, "거실");
	assert_string_equal(inventory_row_of(c, &v)->reference, "A-0118");
	assert_string_equal(inventory_row_of(c, &v)->category, "lighting");
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_exceptions_refused),
		cmocka_unit_test(test_exceptions),     cmocka_unit_test(test_exceptions_beside_rows),
		cmocka_unit_test(test_far_ends),       cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_two_files),      cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_lookup_by_ueid), cmocka_unit_test(test_segment_of),
		cmocka_unit_test(test_size),           cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
