/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/* The effective configuration as text: printing what was printed changes nothing, and every key shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "shipped_conf.h"

/* Every key that there is, each with a value that stands nowhere else. */
static const char good[] =
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; policy = \"pol\"; certificate = \"c.crt\"; key = \"k.key\";\n"
	"  result-key = \"r.key\"; state = \"st\"; control = \"co\"; record-keep = 101; record-age = 100002;\n"
	"  monitor = false; nft = \"/sbin/nft\"; brake-percent = 11; brake-devices = 12; brake-hold = 13001; };\n"
	"listen = { port = 5001; edges = 3; sessions = 4001; handshakes = 201; idle-time = 61; handshake-time = "
	"16;\n"
	"  sender-handshakes = 5; sender-sessions = 9; session-requests = 11; device-attestations = 7;\n"
	"  new-flows-per-second = 9; };\n"
	"network = { guarded = [ \"lan0\", \"lan9\", \"br0\" ]; uplinks = [ \"wan0\" ]; binding = \"ip\"; "
	"operator-port = 2222;\n"
	"  set-size = 128; bridges = ( { name = \"br0\"; ports = [ \"port1\" ]; except = [ \"eth1\" ]; } );\n"
	"  trusted = [ \"wg0\" ];\n"
	"  segments = ( { name = \"flat\"; interfaces = [ \"lan0\" ]; } );\n"
	"  servers = ( { name = \"srv\"; interface = \"srv0\"; address = \"10.0.0.5\"; services = [ \"tcp/443\" ];\n"
	"    segments = [ \"flat\" ]; } );\n"
	"  shared = ( { interface = \"lan0\"; mac = \"02:00:5e:10:00:01\"; } ); };\n"
	"trust = { fetch-ca = \"ca.pem\"; managed = \"managed.conf\";\n"
	"  anchors = ( { name = \"maker\"; file = \"maker.crt\"; } );\n"
	"  issuers = ( { name = \"one\"; key = \"one.pub\"; schemes = [ \"SG-CLS\" ]; countries = [ \"SG\" ];\n"
	"    makers = [ \"pen:32473\" ]; role = \"scheme\"; }, { name = \"two\"; keys = [ \"two.pub\" ];\n"
	"    makers = [ \"pen:1\" ]; } );\n"
	"  registers = ( { file = \"a.register\"; url = \"https://a.example/r\"; } );\n"
	"  crls = ( { file = \"b.crl\"; stale = \"accept\"; url = \"https://a.example/c\"; } );\n"
	"  status-lists = ( { file = \"c.status\"; url = \"https://a.example/s\"; } );\n"
	"  references = ( { file = \"d.reference\"; url = \"https://a.example/d\"; } ); };\n"
	"zones = ( { name = \"in\"; reach = [ \"internet\", \"segment\" ]; packets-per-second = 500; monitor = true;\n"
	"    border-router = true; },\n"
	"  { name = \"out\"; reach = [ ]; } );\n"
	"roles = ( { name = \"desk\"; group = \"nobody-1\"; verbs = [ \"allow\", \"release\" ]; zones = [ \"out\" ];\n"
	"    longest = \"4h\"; reason = true; segments = [ \"flat\" ]; },\n"
	"  { name = \"boss\"; user = \"nobody-2\"; verbs = [ \"reload\" ]; } );\n"
	"rules = ( { name = \"rule\"; zone = \"in\"; lifetime = \"7h\"; require = [ \"identity\", \"label\" ];\n"
	"  status-unknown = \"accept\"; level = \"Basic\"; scheme = \"KR-CIC\"; category = \"toy\"; field = "
	"\"housing\"; } );\n"
	"schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Lite\", \"Basic\" ];\n"
	"    suspended = \"keep\"; max-years = 3; extension-years = 2; max-validity = \"long\"; source = \"law\"; },\n"
	"  { id = \"SG-CLS\"; country = \"SG\"; name = \"S\"; levels = [ \"Basic\", \"High\" ]; max-years = 5;\n"
	"    extension-years = 4; max-validity = \"short\"; source = \"web\"; },\n"
	"  { id = \"Z\"; country = \"ZZ\"; name = \"Z\"; levels = [ \"Lite\", \"Basic\", \"High\" ]; } );\n"
	"arrangements = ( { id = \"SG-KR\"; from = \"SG-CLS\"; from-level = \"Basic\"; from-level-max = \"High\";\n"
	"  to = \"KR-CIC\"; to-level = \"Lite\"; mode = \"application\"; enabled = true; accept-application = true;\n"
	"  effective = \"2025-01-01\"; ends = \"2030-01-01\"; categories = [ \"tv\" ]; except = [ \"alarm\" ];\n"
	"  fields = [ \"medicine\" ]; scheme-versions = [ \"1.2\" ]; basis-unknown = \"refuse\"; condition = "
	"\"test\";\n"
	"  source = \"treaty\"; } );\n"
	"categories = [ \"toy\", \"tv\", \"alarm\" ]; fields = [ \"housing\", \"medicine\" ];\n"
	"inventory = { files = [ ]; }; law = \"none\";\n";

static const struct {
	const char *find, *with; /* begins with the key */
} changes[] = {
	{ "name = \"gw\"", "name = \"gx\"" },
	{ "home = \"KR-CIC", "home = \"SG-CLS" },
	{ "policy = \"pol", "policy = \"pox" },
	{ "certificate = \"c", "certificate = \"x" },
	{ "key = \"k", "key = \"x" },
	{ "result-key = \"r", "result-key = \"x" },
	{ "state = \"st", "state = \"xt" },
	{ "control = \"co", "control = \"xo" },
	{ "record-keep = 101", "record-keep = 103" },
	{ "record-age = 100002", "record-age = 100003" },
	{ "monitor = false", "monitor = true" },
	{ "nft = \"/sbin", "nft = \"/xbin" },
	{ "brake-percent = 11", "brake-percent = 13" },
	{ "brake-devices = 12", "brake-devices = 13" },
	{ "brake-hold = 13001", "brake-hold = 13002" },
	{ "port = 5001", "port = 5002" },
	{ "edges = 3", "edges = 0" },
	{ "sessions = 4001", "sessions = 4002" },
	{ "handshakes = 201", "handshakes = 202" },
	{ "idle-time = 61", "idle-time = 62" },
	{ "handshake-time = 16", "handshake-time = 17" },
	{ "sender-handshakes = 5", "sender-handshakes = 6" },
	{ "sender-sessions = 9", "sender-sessions = 10" },
	{ "session-requests = 11", "session-requests = 12" },
	{ "device-attestations = 7", "device-attestations = 8" },
	{ "new-flows-per-second = 9", "new-flows-per-second = 8" },
	{ "guarded = [", "guarded = [ \"lan1\"," },
	{ "uplinks = [ \"wan0", "uplinks = [ \"wan1" },
	{ "binding = \"ip", "binding = \"mac" },
	{ "operator-port = 2222", "operator-port = 0" },
	{ "set-size = 128", "set-size = 256" },
	{ "bridges = ( { name = \"br0\"; ports = [ \"port1\" ]; except = [ \"eth1\" ]; } )", "bridges = ( )" },
	{ "ports = [ \"port1", "ports = [ \"port2" },
	{ "except = [ \"eth1", "except = [ \"eth2" },
	{ "trusted = [ \"wg0", "trusted = [ \"wg1" },
	{ "segments = ( { name", "segments = ( { name = \"b\"; interfaces = [ \"port1\" ]; }, { name" },
	{ "interfaces = [ \"lan0\" ]", "interfaces = [ \"lan9\" ]" },
	{ "servers = ( {",
	  "servers = ( { name = \"v\"; interface = \"s1\"; address = \"::1\"; services = [ \"tcp/1\" ]; }, {" },
	{ "interface = \"srv0", "interface = \"srv1" },
	{ "address = \"10.0.0.5", "address = \"10.0.0.6" },
	{ "services = [ \"tcp/443", "services = [ \"tcp/444" },
	{ "shared = ( {", "shared = ( { interface = \"lan0\"; mac = \"02:00:5e:10:00:02\"; }, {" },
	{ "interface = \"lan0\"; mac", "interface = \"lan9\"; mac" },
	{ "mac = \"02", "mac = \"06" },
	{ "segments = [ \"flat\" ];", "" },
	{ "fetch-ca = \"ca", "fetch-ca = \"cx" },
	{ "managed = \"managed", "managed = \"manager" },
	{ "anchors = ( {", "anchors = ( { name = \"m2\"; file = \"m2.crt\"; }, {" },
	{ "file = \"maker.crt", "file = \"maker.pem" },
	{ "issuers = ( {", "issuers = ( { name = \"o\"; key = \"o.pub\"; schemes = [ \"KR-CIC\" ]; }, {" },
	{ "keys = [ \"two.pub", "keys = [ \"three.pub" },
	{ "schemes = [ \"SG-CLS\" ];", "" },
	{ "countries = [ \"SG\" ];", "" },
	{ "makers = [ \"pen:32473", "makers = [ \"pen:32474" },
	{ "role = \"scheme", "role = \"transcriber" },
	{ "registers = ( {", "registers = ( { file = \"x.register\"; }, {" },
	{ "url = \"https://a.example/r", "url = \"https://b.example/r" },
	{ "crls = ( {", "crls = ( { file = \"x.crl\"; }, {" },
	{ "stale = \"accept", "stale = \"refuse" },
	{ "status-lists = ( {", "status-lists = ( { file = \"x.status\"; }, {" },
	{ "references = ( {", "references = ( { file = \"x.reference\"; }, {" },
	{ "zones = ( {", "zones = ( { name = \"more\"; reach = [ ]; }, {" },
	{ "reach = [ \"internet", "reach = [ \"192.0.2.1" },
	{ "border-router = true", "border-router = false" },
	{ "packets-per-second = 500", "packets-per-second = 501" },
	{ "roles = ( {", "roles = ( { name = \"x\"; user = \"x\"; verbs = [ \"reattest\" ]; }, {" },
	{ "group = \"nobody-1", "group = \"nobody-3" },
	{ "user = \"nobody-2", "user = \"nobody-3" },
	{ "verbs = [ \"allow\"", "verbs = [ \"monitor\", \"allow\"" },
	{ "zones = [ \"out", "zones = [ \"in" },
	{ "longest = \"4h", "longest = \"5h" },
	{ "reason = true", "reason = false" },
	{ "segments = [ \"flat\" ]; },", "}," },
	{ "rules = ( {", "rules = ( { name = \"0\"; zone = \"in\"; require = [ \"identity\" ]; }, {" },
	{ "zone = \"in\"; lifetime", "zone = \"out\"; lifetime" },
	{ "lifetime = \"7h", "lifetime = \"8h" },
	{ "require = [", "require = [ \"firmware\"," },
	{ "level = \"Basic\"; scheme", "level = \"Lite\"; scheme" },
	{ "scheme = \"KR-CIC\"; category", "scheme = \"SG-CLS\"; category" },
	{ "status-unknown = \"accept", "status-unknown = \"refuse" },
	{ "category = \"toy", "category = \"tv" },
	{ "field = \"housing", "field = \"medicine" },
	{ "schemes = ( {", "schemes = ( { id = \"X\"; country = \"X\"; name = \"X\"; levels = [ \"1\" ]; }, {" },
	{ "id = \"SG-KR", "id = \"SG-KX" },
	{ "country = \"KR", "country = \"KX" },
	{ "levels = [ \"Lite\", \"Basic\"", "levels = [ \"Lite\", \"Basic\", \"X\"" },
	{ "suspended = \"keep", "suspended = \"refuse" },
	{ "max-years = 3", "max-years = 4" },
	{ "extension-years = 2", "extension-years = 1" },
	{ "max-validity = \"long", "max-validity = \"longer" },
	{ "source = \"law", "source = \"laws" },
	{ "arrangements = ( {", "arrangements = ( { id = \"X\"; from = \"KR-CIC\"; to = \"SG-CLS\"; mode = \"deemed\"; "
				"enabled = false; source = \"n\"; }, {" },
	{ "from = \"SG-CLS\"; from-level", "from = \"Z\"; from-level" },
	{ "from-level = \"Basic", "from-level = \"High" },
	{ "from-level-max = \"High", "from-level-max = \"Basic" },
	{ "to = \"KR-CIC\"; to-level", "to = \"Z\"; to-level" },
	{ "to-level = \"Lite", "to-level = \"Basic" },
	{ "mode = \"application\"; enabled = true; accept-application = true",
	  "mode = \"deemed\"; enabled = true; accept-application = false" },
	{ "enabled = true", "enabled = false" },
	{ "accept-application = true", "accept-application = false" },
	{ "effective = \"2025-01-01", "effective = \"2025-01-02" },
	{ "ends = \"2030", "ends = \"2031" },
	{ "categories = [ \"tv", "categories = [ \"toy" },
	{ "except = [ \"alarm", "except = [ \"toy" },
	{ "fields = [ \"medicine", "fields = [ \"housing" },
	{ "scheme-versions = [ \"1.2", "scheme-versions = [ \"1.3" },
	{ "basis-unknown = \"refuse", "basis-unknown = \"accept" },
	{ "condition = \"test", "condition = \"text" },
	{ "law = \"none", "law = \"/proc/self/cwd/tests/unit/law" },
	{ "files = [", "files = [ \"/proc/self/cwd/tests/unit/inventory.csv\"" },
};

static int text_fd;
static char path[64];

static char *print_file(const char *file)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	if (config_print(file, f) < 0)
		fail_msg("%s is not good", file);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void put_text(const char *text)
{
	assert_int_equal(ftruncate(text_fd, 0), 0);
	assert_int_equal(pwrite(text_fd, text, strlen(text), 0), strlen(text));
}

static char *print_text(const char *text)
{
	put_text(text);
	return print_file(path);
}

/* Which file an entry is from: after printing, the one that was printed. */
static void drop_origins(char *text)
{
	for (char *at = strstr(text, "# from "); at; at = strstr(at, "# from ")) {
		const char *next = strchr(at, '\n');

		memmove(at, next, strlen(next) + 1);
	}
}

/* Prints what was printed: nothing changes. Takes the text. */
static void expect_fixed(char *printed)
{
	_cleanup_free_ char *first = printed, *again = print_text(printed);

	drop_origins(first);
	drop_origins(again);
	assert_string_equal(first, again);
}

static void test_files(void **state)
{
	static const char *const files[] = { "conf/hallmarkd.conf", "conf/profiles/apartment.conf",
					     "conf/profiles/home.conf", "conf/profiles/smart-city.conf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *text = shipped_text(files[i]);

		expect_fixed(print_text(text));
	}
	expect_fixed(print_text(good));
}

static char *changed(const char *find, const char *with)
{
	const char *at = strstr(good, find);
	char *text = NULL;

	if (!at)
		fail_msg("\"%s\" does not stand in the good text", find);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good, with, at + strlen(find)) > 0);
	return text;
}

static void test_changes(void **state)
{
	_cleanup_free_ char *before = print_text(good);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		_cleanup_free_ char *text = changed(changes[i].find, changes[i].with), *after = print_text(text);

		if (strcmp(before, after) == 0)
			fail_msg("\"%s\" instead of \"%s\" does not show", changes[i].with, changes[i].find);
		expect_fixed(TAKE_PTR(after));
	}
}

static bool is_changed(const char *key, size_t n)
{
	if (key[n + 1] == '=' && key[n + 3] == '{')
		return true; /* a group: its members are looked at */
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (strncmp(changes[i].find, key, n) == 0 && changes[i].find[n] == ' ')
			return true;
	return false;
}

/* What the tables know and the good text or the changes forgot. */
static void test_all_keys(void **state)
{
	_cleanup_free_ char *text = print_text(good);
	unsigned n_unset = 0;

	(void)state;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, "\n ");

		size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz-");

		n_unset += strncmp(line, "# ", 2) == 0 && memmem(line, strcspn(line, "\n"), " is not set", 11);
		if (n > 0 && !is_changed(line, n))
			fail_msg("no change of the key \"%.*s\"", (int)n, line);
	}
	/* keys beside key; of who signs for a maker alone key, schemes, countries and role; four of scheme Z;
	   of roles one user, and one group with three limits */
	assert_int_equal(n_unset, 14);
}

static void test_defaults(void **state)
{
	_cleanup_free_ char *text = print_text(
		"gateway = { name = \"gw\"; home = \"A\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"
		"network = { guarded = [ \"lan0\" ]; };\n"
		"schemes = ( { id = \"A\"; country = \"A\"; name = \"A\"; levels = [ \"1\" ]; } );\n"
		"zones = ( ); rules = ( );\n");

	(void)state;
	assert_non_null(strstr(text, "\nlisten = {\n    port = 5684;\n    edges = 0;\n    sessions = 4096;\n"));
	assert_non_null(strstr(text, "    binding = \"mac\";\n    operator-port = 22;\n"));
	assert_non_null(strstr(text, "    state = \"/var/lib/hallmark\";\n"));
	assert_non_null(strstr(text, "    # managed is not set\n"));
	assert_non_null(strstr(text, "\n# categories is not set\n"));
	expect_fixed(TAKE_PTR(text));
}

/* Paths become absolute, and nothing of a key's file is printed but where it is. */
static void test_paths(void **state)
{
	_cleanup_free_ char *text = print_text(good);

	(void)state;
	assert_non_null(strstr(text, "    key = \"/proc/"));
	assert_non_null(strstr(text, "keys = [ \"/proc/"));
	assert_null(strstr(text, "\"k.key\""));
	assert_null(strstr(text, "PRIVATE"));
}

static void test_bad(void **state)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	put_text("gateway = { nmae = \"gw\"; };\n");
	assert_int_equal(config_print(path, f), -EINVAL);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),    cmocka_unit_test(test_changes), cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_paths),   cmocka_unit_test(test_bad),
	};

	text_fd = memfd_create("text", MFD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", text_fd);
	return text_fd < 0 || cmocka_run_group_tests(tests, NULL, NULL);
}
