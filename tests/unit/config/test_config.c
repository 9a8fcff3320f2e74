/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/*
 * One good configuration, and one change to it at a time: each bad change must be refused at its
 * line with a word of the remedy, and has a good twin at the same place that must pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "config/files.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"

#define TEXT_MAX 65536

DEFINE_CLEANUP(struct config *, config_free);

static const char good[] = "law = \"none\"; gateway = {\n"
			   "    name = \"gw\"; home = \"KR-CIC\";\n"
			   "    certificate = \"gw.crt\"; key = \"/keys/gw.key\"; result-key = \"result.key\";\n"
			   "};\n"
			   "listen = { port = 5700; sessions = 100; handshakes = 10; idle-time = 60; };\n"
			   "network = {\n"
			   "    guarded = [ \"lan0\", \"lan1\" ];\n"
			   "    uplinks = [ \"wan0\" ];\n"
			   "    operator-port = 22;\n"
			   "    segments = ( { name = \"h1\"; interfaces = [ \"lan0\" ]; },\n"
			   "                 { name = \"h2\"; interfaces = [ \"lan1\" ]; } );\n"
			   "};\n"
			   "trust = {\n"
			   "    anchors = ( { name = \"a\"; file = \"a.crt\"; }, { name = \"b\"; file = \"b.crt\"; } "
			   ");\n"
			   "    issuers = ( { name = \"i\"; key = \"i.pub\"; schemes = [ \"KR-CIC\", \"SG-CLS\" ]; } "
			   ");\n"
			   "    registers = ( { file = \"r.cwt\"; } );\n"
			   "    crls = ( { file = \"c.crl\"; }, { file = \"d.crl\"; stale = \"accept\"; } );\n"
			   "    status-lists = ( { file = \"s.cwt\"; } ); references = ( { file = \"v.cwt\"; } );\n"
			   "};\n"
			   "categories = [ \"tv\", \"toy\" ];\n"
			   "fields = [ \"housing\" ];\n"
			   "schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Lite\", "
			   "\"Basic\" ]; },\n"
			   "            { id = \"SG-CLS\"; country = \"SG\"; name = \"S\"; levels = [ \"1\", \"2\" ]; "
			   "} );\n"
			   "arrangements = ( {\n"
			   "    id = \"R8\"; from = \"SG-CLS\"; from-level = \"2\"; to = \"KR-CIC\"; to-level = "
			   "\"Basic\";\n"
			   "    mode = \"recognised\"; effective = \"2025-01-01\"; ends = \"2026-01-01\";\n"
			   "    categories = [ \"tv\" ]; fields = [ \"housing\" ]; source = \"somewhere\";\n"
			   "} );\n"
			   "zones = ( { name = \"trusted\"; reach = [ \"internet\", \"segment\", \"gateway:udp/53\" "
			   "]; },\n"
			   "          { name = \"quarantine\"; reach = [ \"10.0.0.5\" ]; } );\n"
			   "rules = ( { name = \"one\"; zone = \"trusted\"; lifetime = \"24h\";\n"
			   "            require = [ \"identity\", \"label\" ]; level = \"Basic\"; },\n"
			   "          { name = \"two\"; zone = \"trusted\"; require = [ \"identity\" ]; } );\n";

/* libconfig 1.5 itself forgets a text that a syntax error follows; ours is not suppressed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yy";
}

/* --- Loading a text, with what was logged --- */

static char directory[] = "/tmp/hallmark-config-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/test.conf", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(directory);
}

static void write_text(const char *to, const char *text, size_t n)
{
	_cleanup_fclose_ FILE *f = fopen(to, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
}

/* Loads with stderr going to `log`. */
static int load(const char *from, struct config **ret, char log[static TEXT_MAX])
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);

	assert_true(to >= 0 && saved >= 0);
	(void)fflush(stderr);
	assert_true(dup2(to, STDERR_FILENO) >= 0);
	int r = config_load(from, ret);
	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);

	ssize_t n = pread(to, log, TEXT_MAX - 1, 0);

	assert_true(n >= 0);
	log[n] = '\0';
	return r;
}

static void expect_good(const char *text)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char log[TEXT_MAX];

	write_text(path, text, strlen(text));
	if (load(path, &c, log) != 0)
		fail_msg("refused: %s\n%s", log, text);
	assert_string_equal(log, "");
	assert_non_null(c);
}

static void expect_bad(const char *text, unsigned line, const char *word)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char log[TEXT_MAX];
	char where[128];

	write_text(path, text, strlen(text));
	(void)snprintf(where, sizeof(where), "%s:%u: ", path, line);
	assert_int_equal(load(path, &c, log), -EINVAL);
	assert_null(c);

	const char *found = strstr(log, where);

	if (!found)
		fail_msg("nothing at line %u: %s\n%s", line, log, text);
	if (!strstr(found, word))
		fail_msg("no \"%s\" at line %u: %s", word, line, log);
}

#include "config_kit.h"
#include "shipped_conf.h"

/* --- One change at a time --- */

/* clang-format off */
static const struct change changes[] = {
	/* the file as a whole */
	{"listen = {", "lisden = {", "listen = {", "did you mean \"listen\"", 0},
	{"trust = {", "inventory = { file = [ ]; }; trust = {", "inventory = { files = [ ]; }; trust = {", "did you mean \"files\"", 0},
	{"trust = {", "inventory = { files = [ \"none.csv\" ]; }; trust = {", "inventory = { }; trust = {",
	 "none.csv: No such file or directory; is the name right?", 0},
	{"trust = {", "inventory = { files = [ \"/tmp\" ]; }; trust = {", "inventory = { files = [ ]; }; trust = {",
	 "/tmp: is not a file; name the CSV file itself", 0},
	{"trust = {", "zebra = 1; trust = {", "trust = {", "the keys here are: gateway, listen", 0},
	{"listen = { port = 5700; sessions = 100; handshakes = 10; idle-time = 60; };", "listen = 5;",
	 "", "must be a group", 0},
	{"port = 5700", "port = = 5700", "port = 5700", "syntax error; look for", 0},
	{"gateway = {\n", "gateway = {\n name = \"x\";\n", "gateway = {\n", "duplicate", 2},

	/* kinds and ranges */
	{"port = 5700", "prot = 5700", "port = 1", "did you mean \"port\"", 0},
	{"port = 5700", "port = 0", "port = 65535", "from 1 to 65535", 0},
	{"port = 5700", "port = 65536", "port = 0x1234", "from 1 to 65535", 0},
	{"port = 5700", "port = 4294973000", "port = 5704L", "32 bits", 0},
	{"port = 5700", "port = 99999999999999999999L", "port = 5704", "32 bits", 0},
	{"port = 5700", "port = 5.5", "port = 5", "whole number", 0},
	{"port = 5700", "port = \"5700\"", "port = 5700", "whole number", 0},
	{"port = 5700", "port = true", "port = 5700", "whole number", 0},
	{"sessions = 100", "sessions = 9", "sessions = 10", "lower it", 0},
	{"idle-time = 60", "idle-time = -1", "idle-time = \"5s\"", "5 to 86400 seconds", 0},
	{"idle-time = 60", "handshake-time = \"61s\"", "handshake-time = \"1m\"", "2 to 60 seconds", 0},
	{"idle-time = 60", "handshake-time = 1", "handshake-time = 2", "2 to 60 seconds", 0},
	{"idle-time = 60", "sender-handshakes = 0", "sender-handshakes = 1", "from 1 to 65536", 0},
	{"idle-time = 60", "sender-handshakes = 65537", "sender-handshakes = 65536", "from 1 to 65536", 0},
	{"idle-time = 60", "edges = 17", "edges = 16", "from 0 to 16", 0},
	{"idle-time = 60", "sender-sessions = 0", "sender-sessions = 1", "from 1 to 65536", 0},
	{"idle-time = 60", "sender-sessions = 65537", "sender-sessions = 65536", "from 1 to 65536", 0},
	{"idle-time = 60", "session-requests = 0", "session-requests = 1", "from 1 to 65536", 0},
	{"idle-time = 60", "session-requests = 65537", "session-requests = 65536", "from 1 to 65536", 0},
	{"idle-time = 60", "device-attestations = 0", "device-attestations = 1", "from 1 to 65536", 0},
	{"idle-time = 60", "device-attestations = 65537", "device-attestations = 65536", "from 1 to 65536", 0},
	{"operator-port = 22", "operator-port = -1", "operator-port = 0", "from 0 to 65535", 0},
	{"operator-port = 22", "set-size = 63", "set-size = 64", "from 64 to 1048576", 0},
	{"name = \"gw\";", "name = \"gw\"; record-keep = 0;", "name = \"gw\"; record-keep = 1;", "from 1 to 10000000", 0},
	{"name = \"gw\";", "name = \"gw\"; record-age = \"3651d\";", "name = \"gw\"; record-age = \"3650d\";", "86400 to", 0},
	{"name = \"gw\";", "name = \"gw\"; record-age = 400;", "name = \"gw\"; record-age = \"1d\";", "86400 to", 0},
	{"name = \"gw\";", "", "name = \"a b\";", "\"name\" is missing here; add it", -1u},
	{"name = \"gw\";", "name = \"\";", "name = \"g\";", "printable text", 0},
	{"name = \"gw\";", "name = \"a\\x0ab\";", "name = \"\xc3\xa9\";", "printable text", 0},
	{"name = \"gw\";", "name = 5;", "name = \"5\";", "printable text", 0},
	{"name = \"gw\";",
	 "name = \"0123456789012345678901234567890123456789012345678901234567890123\";",
	 "name = \"012345678901234567890123456789012345678901234567890123456789012\";", "1 to 63 bytes", 0},

	/* home and references */
	{"home = \"KR-CIC\"", "home = \"KR-CID\"", "home = \"KR-CIC\"", "did you mean \"KR-CIC\"", 0},
	{"home = \"KR-CIC\"", "home = \"FRANCE\"", "home = \"KR-CIC\"", "declare it under schemes", 0},

	/* network */
	{"guarded = [ \"lan0\", \"lan1\" ]", "guarded = [ ]", "guarded = [ \"lan0\", \"lan1\", \"lan2\" ]",
	 "no interface is guarded", 0},
	{"uplinks = [ \"wan0\" ]", "uplinks = [ \"lan0\" ]", "uplinks = [ ]", "\"lan0\" occurs twice", 0},
	{"uplinks = [ \"wan0\" ]", "uplinks = [ \"wan 0\" ]", "uplinks = [ \"wan0.5\" ]", "cannot be an interface", 0},
	{"uplinks = [ \"wan0\" ]", "uplinks = [ \"0123456789abcdef\" ]", "uplinks = [ \"0123456789abcde\" ]",
	 "at most 15", 0},
	{"uplinks = [ \"wan0\" ]", "uplinks = [ \"a\\\"b\" ]", "uplinks = [ \"a_b\" ]", "cannot be an interface", 0},
	{"uplinks = [ \"wan0\" ]", "uplinks = \"wan0\"", "uplinks = (\"wan0\")", "array of texts", 0},
	{"uplinks = [ \"wan0\" ]", "uplinks = [ 5 ]", "uplinks = [ \"5\" ]", "array of texts", 0},
	{"interfaces = [ \"lan1\" ]", "interfaces = [ \"lan2\" ]", "interfaces = [ \"lan1\" ]", "network.guarded", 0},
	{"interfaces = [ \"lan1\" ]", "interfaces = [ \"lan0\" ]", "interfaces = [ \"lan1\" ]", "occurs twice", 0},
	{"interfaces = [ \"lan1\" ]", "interfaces = [ ]", "interfaces = [ \"lan1\" ]", "no interface", 0},
	{"name = \"h2\"", "name = \"h1\"", "name = \"h3\"", "\"h1\" occurs twice", 0},
	{"name = \"h2\"", "name = \"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\"", "name = \"가가가가가가가가가가가가가가가가가가가가가\"", "printable text in quotes, of 1 to 63 bytes", 0},
	{"name = \"h2\"", "name = \"\"", "name = \"101동 1203호\"", "printable text in quotes, of 1 to 63 bytes", 0},

	/* trust */
	{"name = \"b\"", "name = \"a\"", "name = \"c\"", "\"a\" occurs twice", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "schemes = [ \"KR-CIC\", \"SG-CLZ\" ]", "schemes = [ \"SG-CLS\" ]",
	 "did you mean \"SG-CLS\"", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "schemes = [ ]", "schemes = [ \"KR-CIC\" ]", "\"schemes\" is empty", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ];", "", "makers = [ \"pen:1\" ];", "may speak for nothing", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "makers = [ ]", "makers = [ \"pen:1\", \"ieee:acde48\" ]",
	 "\"makers\" is empty", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "makers = [ \"maker\" ]",
	 "makers = [ \"random:000102030405060708090a0b0c0d0e0f\" ]", "is not a maker", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "schemes = [ \"KR-CIC\", \"SG-CLS\" ]; countries = [ \"KR\" ]",
	 "schemes = [ \"KR-CIC\" ]; countries = [ \"KR\" ]", "SG-CLS is of SG", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "countries = [ \"KS\" ]", "countries = [ \"KR\" ]",
	 "no scheme has the country \"KS\"; use one that is under schemes; did you mean \"KR\"", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "countries = [ ]", "countries = [ \"KR\", \"SG\" ]",
	 "\"countries\" is empty", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "schemes = [ \"KR-CIC\" ]; countries = [ ]",
	 "schemes = [ \"KR-CIC\" ]; countries = [ \"SG\", \"KR\" ]", "\"countries\" is empty", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "schemes = [ \"KR-CIC\" ]; role = \"schema\"",
	 "schemes = [ \"KR-CIC\" ]; role = \"scheme\"", "use \"transcriber\" or \"scheme\"", 0},
	{"schemes = [ \"KR-CIC\", \"SG-CLS\" ]", "makers = [ \"pen:1\" ]; role = \"scheme\"",
	 "makers = [ \"pen:1\" ]; countries = [ \"SG\" ]; role = \"transcriber\"", "signs no labels", 0},
	{"stale = \"accept\"", "stale = \"allow\"", "stale = \"refuse\"", "use \"refuse\" or \"accept\"", 0},
	{"file = \"d.crl\"", "file = \"c.crl\"", "file = \"e.crl\"", "occurs twice", 0},
	{"{ file = \"s.cwt\"; }", "{ file = \"s.cwt\"; }, { file = \"s.cwt\"; }",
	 "{ file = \"s.cwt\"; }, { file = \"t.cwt\"; }", "occurs twice", 0},
	{"{ file = \"v.cwt\"; }", "{ file = \"v.cwt\"; name = \"v\"; }", "{ file = \"v.cwt\"; }, { file = \"s.cwt\"; }",
	 "unknown key \"name\"", 0},
	{"{ file = \"s.cwt\"; }", "{ file = \"s.cwt\"; url = \"http://s.example/s\"; }",
	 "{ file = \"s.cwt\"; url = \"https://s.example/s\"; }", "https://host/path", 0},
	{"{ file = \"v.cwt\"; }", "{ file = \"v.cwt\"; url = \"https:///v\"; }",
	 "{ file = \"v.cwt\"; url = \"https://v.example:8443/v?x=1\"; }", "https://host/path", 0},
	{"{ file = \"r.cwt\"; }", "{ file = \"r.cwt\"; url = \"https://a.example/r t\"; }",
	 "{ file = \"r.cwt\"; url = \"https://a.example\"; }", "https://host/path", 0},
	{"{ file = \"c.crl\"; }", "{ file = \"c.crl\"; url = \"ftp://a.example/c\"; }",
	 "{ file = \"c.crl\"; url = \"https://a.example/c\"; stale = \"accept\"; }", "https://host/path", 0},
	{"file = \"a.crt\";", "file = \"a.crt\"; url = \"https://a.example/a\";", "file = \"/a.crt\";", "unknown key \"url\"", 0},
	{"trust = {", "trust = { fetch-ca = 7;", "trust = { fetch-ca = \"ca.pem\"; managed = \"none.conf\";", "a path in quotes", 0},
	{"key = \"i.pub\";", "", "key = \"/i.pub\";", "\"key\" is missing", 0},
	{"key = \"i.pub\";", "key = \"i.pub\"; keys = [ \"j.pub\" ];", "keys = [ \"j.pub\" ];", "put all into keys", 0},
	{"key = \"i.pub\";", "keys = [ ];", "keys = [ \"i.pub\", \"j.pub\" ];", "\"keys\" is empty", 0},
	{"key = \"i.pub\";", "keys = [ \"i.pub\", \"i.pub\" ];", "keys = [ \"i.pub\", \"./i.pub\" ];",
	 "\"i.pub\" occurs twice", 0},
	{"key = \"i.pub\";", "keys = \"i.pub\";", "keys = ( \"i.pub\" );", "array of texts", 0},
	{"key = \"i.pub\"; schemes = [ \"KR-CIC\", \"SG-CLS\" ]; }",
	 "key = \"i.pub\"; schemes = [ \"KR-CIC\" ]; }, { name = \"i\"; key = \"j.pub\"; schemes = [ \"KR-CIC\" ]; }",
	 "key = \"i.pub\"; schemes = [ \"KR-CIC\" ]; }, { name = \"j\"; key = \"j.pub\"; schemes = [ \"KR-CIC\" ]; }",
	 "\"i\" occurs twice", 0},
	{"registers = ( { file = \"r.cwt\"; } )", "registers = ( \"r.cwt\" )", "registers = ( )", "list of groups", 0},

	/* schemes */
	{"id = \"SG-CLS\"; country", "id = \"KR-CIC\"; country", "id = \"SG-CLS\"; country", "occurs twice", 0},
	{"levels = [ \"1\", \"2\" ]", "levels = [ ]", "levels = [ \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\" ]",
	 "1 to 8 levels", 0},
	{"levels = [ \"1\", \"2\" ]",
	 "levels = [ \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\" ]", "levels = [ \"1\", \"2\" ]",
	 "1 to 8 levels", 0},
	{"levels = [ \"1\", \"2\" ]", "levels = [ \"2\", \"2\" ]", "levels = [ \"1\", \"2\", \"x\" ]", "occurs twice", 0},
	{"levels = [ \"1\", \"2\" ]", "levels = [ \"1\", \"2\", \"012345678901234567890123\" ]",
	 "levels = [ \"1\", \"2\", \"01234567890123456789012\" ]", "at most 23", 0},
	{"country = \"SG\"", "country = \"SG\"; suspended = \"accept\"", "country = \"SG\"; suspended = \"keep\"",
	 "use \"refuse\" or \"keep\"", 0},
	{"country = \"SG\"", "country = \"SING\"", "country = \"SGP\"", "1 to 3", 0},

	/* arrangements */
	{"from = \"SG-CLS\"", "from = \"SGCLS\"", "from = \"SG-CLS\"", "did you mean \"SG-CLS\"", 0},
	{"from = \"SG-CLS\"; from-level = \"2\"", "from = \"KR-CIC\"; from-level = \"Basic\"",
	 "from = \"SG-CLS\"; from-level = \"1\"", "own labels need no arrangement", -1u},
	{"from-level = \"2\"", "from-level = \"3\"", "from-level = \"1\"", "has no level \"3\", from \"1\" to \"2\"", 0},
	{"from-level = \"2\"", "from-level = 2", "from-level = \"2\"", "text in quotes", 0},
	{"from-level = \"2\"", "from-level = \"2\"; from-level-max = \"1\"", "from-level = \"2\"; from-level-max = \"2\"",
	 "recognises no level", 0},
	{"from-level = \"2\"", "from-level = \"1\"; from-level-max = \"3\"", "from-level = \"1\"; from-level-max = \"1\"",
	 "has no level \"3\"", 0},
	{"from-level = \"2\";", "", "enabled = false;", "give its from-level", -1u},
	{"to-level = \"Basic\"", "to-level = \"basic\"", "to-level = \"Lite\"", "did you mean \"Basic\"", 0},
	{"mode = \"recognised\"", "mode = \"recognized\"", "mode = \"deemed\"", "\"recognised\" or \"deemed\"", 0},
	{"mode = \"recognised\"", "mode = \"recognised\"; accept-application = true",
	 "mode = \"application\"; accept-application = true", "\"application\" only", 0},
	{"mode = \"recognised\"", "mode = \"recognised\"; enabled = 1", "mode = \"recognised\"; enabled = false",
	 "true or false", 0},
	{"effective = \"2025-01-01\"; ends = \"2026-01-01\"", "enabled = true", "enabled = false", "give its first day", -2u},
	{"effective = \"2025-01-01\"", "effective = \"2025-02-29\"", "effective = \"2024-02-29\"", "a date as", 0},
	{"effective = \"2025-01-01\"", "effective = \"2025-1-1\"", "effective = \"2025-01-02\"", "a date as", 0},
	{"effective = \"2025-01-01\"", "effective = \"01.01.2025\"", "effective = \"1970-01-01\"", "a date as", 0},
	{"effective = \"2025-01-01\"", "effective = 20250101", "effective = \"2025-12-31\"", "a date as", 0},
	{"ends = \"2026-01-01\"", "ends = \"2025-01-01\"", "ends = \"2025-01-02\"", "ends before it begins", 0},
	{"categories = [ \"tv\" ]", "categories = [ \"tw\" ]", "categories = [ \"toy\" ]", "did you mean \"tv\"", 0},
	{"categories = [ \"tv\" ]", "except = [ \"lamp\" ]", "except = [ \"tv\" ]", "configured categories", 0},
	{"categories = [ \"tv\", \"toy\" ];", "categories = [ ];", "", "leave the key out", 0},
	{"categories = [ \"tv\" ]", "categories = [ ]", "except = [ \"toy\" ]", "leave the key out", 0},
	{"fields = [ \"housing\" ]; source", "fields = [ \"finance\" ]; source", "source", "configured fields", 0},
	{"source = \"somewhere\";", "source = \"x\"; scheme-versions = [ ];",
	 "source = \"x\"; scheme-versions = [ \"1\", \"2\", \"3\", \"4\" ];", "leave the key out", 0},
	{"source = \"somewhere\";", "source = \"x\"; scheme-versions = [ \"1\", \"2\", \"3\", \"4\", \"5\" ];",
	 "source = \"x\"; scheme-versions = [ \"v 1\" ];", "at most 4", 0},
	{"source = \"somewhere\";", "source = \"x\"; scheme-versions = [ \"012345678901234567890123\" ];",
	 "source = \"x\"; scheme-versions = [ \"01234567890123456789012\" ];", "at most 23", 0},
	{"source = \"somewhere\";", "source = \"x\"; basis-unknown = \"no\";",
	 "source = \"x\"; basis-unknown = \"refuse\";", "use \"accept\" or \"refuse\"", 0},
	{"source = \"somewhere\";", "", "source = \"elsewhere\";", "\"source\" is missing", -3u},

	/* zones */
	{"name = \"quarantine\"; reach = [ \"10.0.0.5\" ]", "name = \"quarantine\"; reach = [ \"internet\" ]",
	 "name = \"quarantine\"; reach = [ \"gateway:tcp/80\" ]", "quarantine cannot reach", 0},
	{"name = \"quarantine\"; reach = [ \"10.0.0.5\" ]", "name = \"quarantine\"; reach = [ \"segment\" ]",
	 "name = \"quarantine\"; reach = [ ]", "quarantine cannot reach", 0},
	{"name = \"quarantine\"", "name = \"trusted\"", "name = \"restricted\"", "occurs twice", 0},
	{"name = \"quarantine\"", "name = \"Lab\"", "name = \"lab-2\"", "small letters", 0},
	{"name = \"quarantine\"", "name = \"a23456789012345678901234\"", "name = \"a2345678901234567890123\"",
	 "1 to 23", 0},
	{"\"10.0.0.5\"", "\"10.0.0.256\"", "\"10.0.0.255\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5/8\"", "\"10.0.0.0/8\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"0.0.0.0/0\"", "\"128.0.0.0/1\"", "\"internet\"", 0},
	{"\"10.0.0.5\"", "\"::/0\"", "\"fd00::/8\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"fd00::1/8\"", "\"fd00::1/128\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.0/33\"", "\"10.0.0.0/32\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.0/+8\"", "\"10.0.0.0/8\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.0/ 8\"", "\"10.0.0.0/8 udp/1\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5 tcp/0\"", "\"10.0.0.5 tcp/65535\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5 tcp/65536\"", "\"10.0.0.5 tcp/1\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5 sctp/1\"", "\"10.0.0.5 udp/1\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5  tcp/1\"", "\"10.0.0.5\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5; accept\"", "\"10.0.0.5\"", "is not a place to reach", 0},
	{"\"10.0.0.5\"", "\"example.org\"", "\"2001:db8::1\"", "is not a place to reach", 0},
	{"\"gateway:udp/53\"", "\"gateway:53\"", "\"gateway:tcp/53\"", "gateway:udp/53", 0},
	{"\"gateway:udp/53\"", "\"gateway\"", "\"gateway:udp/1\"", "gateway:udp/53", 0},

	/* rules */
	{"zone = \"trusted\"; lifetime", "zone = \"trusetd\"; lifetime", "zone = \"trusted\"; lifetime",
	 "did you mean \"trusted\"", 0},
	{"zone = \"trusted\"; lifetime", "zone = \"quarantine\"; lifetime", "zone = \"trusted\"; lifetime",
	 "remove the rule", 0},
	{"lifetime = \"24h\"", "lifetime = \"24\"", "lifetime = \"90s\"", "\"24h\"", 0},
	{"lifetime = \"24h\"", "lifetime = \"24hours\"", "lifetime = \"30m\"", "\"24h\"", 0},
	{"lifetime = \"24h\"", "lifetime = \"h\"", "lifetime = \"7d\"", "\"24h\"", 0},
	{"lifetime = \"24h\"", "lifetime = \"-1h\"", "lifetime = \"1s\"", "\"24h\"", 0},
	{"lifetime = \"24h\"", "lifetime = \"0s\"", "lifetime = 1", "1 to 2678400", 0},
	{"lifetime = \"24h\"", "lifetime = \"32d\"", "lifetime = \"31d\"", "1 to 2678400", 0},
	{"lifetime = \"24h\"", "lifetime = \"9999999999999999999d\"", "lifetime = 2678400", "1 to 2678400", 0},
	{"\"identity\", \"label\"", "\"identity\"", "\"label\", \"identity\", \"label-status\"", "add \"label\"", 0},
	{"lifetime = \"24h\"", "status-unknown = \"ignore\"", "status-unknown = \"accept\"", "use \"refuse\" or \"accept\"", 0},
	{"\"identity\", \"label\" ]", "\"identity\", \"label\", \"label-status\" ]; status-unknown = \"accept\"",
	 "\"identity\", \"label\", \"label-status\" ]; status-unknown = \"refuse\"", "remove status-unknown, or", 0},
	{"\"identity\", \"label\"", "\"identity\", \"label-signature\"",
	 "\"identity\", \"label-signature\", \"label-class\", \"label-anchor\", \"label-validity\"", "add \"label\"", 0},
	{"\"identity\", \"label\"", "\"label\"",
	 "\"possession\", \"certificate\", \"evidence-signature\", \"freshness\", \"label\"", "add \"identity\"", 0},
	{"\"identity\", \"label\"", "\"chain\", \"debug\", \"label\"", "\"identity\", \"label\", \"firmware\"",
	 "possession certificate evidence-signature freshness", 0},
	{"\"identity\", \"label\"", "\"identity\", \"lable\"", "\"identity\", \"label\", \"recognition\"",
	 "did you mean \"label\"", 0},
	{"\"identity\", \"label\"", "\"identity\", \"label\", \"everything\"", "\"identity\", \"label\"",
	 "there is no check \"everything\"", 0},
	{"[ \"identity\" ]", "[ ]", "[ \"identity\", \"device-revocation\" ]", "without proof", 0},
	{"[ \"identity\" ]; }", "[ \"identity\" ]; scheme = \"SG-CLS\"; }",
	 "[ \"identity\", \"label\" ]; scheme = \"SG-CLS\"; }", "add \"label\"", 0},
	{"[ \"identity\" ]; }", "[ \"identity\" ]; category = \"tv\"; }",
	 "[ \"identity\", \"label\" ]; category = \"tv\"; }", "add \"label\"", 0},
	{"[ \"identity\" ]; }", "[ \"identity\" ]; field = \"housing\"; }",
	 "[ \"identity\", \"label\" ]; field = \"housing\"; }", "add \"label\"", 0},
	{"[ \"identity\" ]; }", "[ \"identity\", \"recognition\" ]; }", "[ \"identity\", \"label\", \"recognition\" ]; }",
	 "add \"label\"", 0},
	{"[ \"identity\" ]; }", "[ \"identity\", \"label\" ]; scheme = \"XX\"; }",
	 "[ \"identity\", \"label\" ]; scheme = \"KR-CIC\"; }", "no scheme \"XX\"", 0},
	{"[ \"identity\" ]; }", "[ \"identity\", \"label\" ]; category = \"tvs\"; }",
	 "[ \"identity\", \"label\" ]; category = \"toy\"; }", "did you mean \"tv\"", 0},
	{"level = \"Basic\"; }", "level = \"Standard\"; }", "level = \"Lite\"; }", "no level \"Standard\"", 0},
	{"name = \"two\"", "name = \"one\"", "name = \"three\"", "\"one\" occurs twice", 0},
};
/* clang-format on */

static void test_one_change(void **state)
{
	(void)state;
	expect_changes(changes, ARRAY_SIZE(changes));
}

/* --- What a good one means --- */

static void test_values(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char log[TEXT_MAX];
	char expected[128];

	(void)state;
	write_text(path, good, strlen(good));
	assert_int_equal(load(path, &c, log), 0);

	assert_string_equal(c->gateway, "gw");
	(void)snprintf(expected, sizeof(expected), "%s/gw.crt", directory);
	assert_string_equal(c->certificate, expected);
	assert_string_equal(c->key, "/keys/gw.key");
	assert_string_equal(c->state, "/var/lib/hallmark");
	assert_string_equal(c->control, "/run/hallmark/control");
	assert_string_equal(c->nft, "/usr/sbin/nft");
	assert_int_equal(c->record_keep, 100000);
	assert_int_equal(c->record_age_sec, 400 * 86400);
	assert_string_equal(c->policy.name, "default");
	assert_int_equal(c->port, 5700);
	assert_int_equal(c->ruleset.port, 5700);
	assert_int_equal(c->limits.sessions, 100);
	assert_int_equal(c->limits.handshakes, 10);
	assert_int_equal(c->limits.handshake_sec, 60);
	assert_int_equal(c->limits.sender_handshakes, 4);
	assert_int_equal(c->limits.sender_sessions, 8);
	assert_int_equal(c->limits.session_requests, 10);
	assert_int_equal(c->limits.device_attestations, 6);
	assert_int_equal(c->ruleset.new_flows_per_sec, 10);
	assert_int_equal(c->ruleset.set_size, 65536);
	assert_int_equal(c->ruleset.operator_port, 22);
	assert_ptr_equal(c->ruleset.policy, &c->policy);

	assert_int_equal(c->ruleset.n_guarded, 2);
	assert_string_equal(c->ruleset.guarded[1], "lan1");
	assert_string_equal(c->ruleset.uplinks[0], "wan0");
	assert_int_equal(c->ruleset.n_segments, 2);
	assert_string_equal(c->ruleset.segments[1].name, "h2");
	assert_string_equal(c->ruleset.segments[1].interfaces[0], "lan1");

	assert_int_equal(c->n_anchors, 2);
	assert_string_equal(c->anchors[1].name, "b");
	assert_string_equal(c->issuers[0].scope, "KR-CIC,SG-CLS");
	assert_int_equal(c->issuers[0].role, HALLMARK_ISSUER_TRANSCRIBER); /* the default */
	(void)snprintf(expected, sizeof(expected), "%s/r.cwt", directory);
	assert_string_equal(c->registers[0].path, expected);
	assert_int_equal(c->n_crls, 2);
	assert_string_equal(c->crls[0].scope, "refuse");
	assert_string_equal(c->crls[1].scope, "accept");
	assert_int_equal(c->n_status_lists, 1);
	(void)snprintf(expected, sizeof(expected), "%s/s.cwt", directory);
	assert_string_equal(c->status_lists[0].path, expected);
	assert_int_equal(c->n_references, 1);
	(void)snprintf(expected, sizeof(expected), "%s/v.cwt", directory);
	assert_string_equal(c->references[0].path, expected);

	assert_string_equal(c->recognition.home, "KR-CIC");
	assert_int_equal(c->recognition.n_schemes, 2);
	assert_int_equal(c->recognition.n_arrangements, 1);
	assert_int_equal(c->recognition.arrangements[0].from_level, 2);
	assert_int_equal(c->recognition.arrangements[0].to_level, 2);
	assert_int_equal(c->recognition.arrangements[0].effective_sec, 1735689600);
	assert_int_equal(c->recognition.arrangements[0].ends_sec, 1767225600);
}

/* The keys of one issuer are issuers of one name; those that follow keep their own. */
static void test_keys_of_an_issuer(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char log[TEXT_MAX];
	char expected[128];
	unsigned line;
	_cleanup_free_ char *text = changed("key = \"i.pub\"; schemes = [ \"KR-CIC\", \"SG-CLS\" ]; }",
					    "keys = [ \"old.pub\", \"/new.pub\" ]; schemes = [ \"SG-CLS\" ]; "
					    "makers = [ \"pen:1\" ]; role = \"scheme\"; },\n"
					    "{ name = \"j\"; key = \"j.pub\"; schemes = [ \"KR-CIC\" ]; }",
					    &line);

	(void)state;
	write_text(path, text, strlen(text));
	assert_int_equal(load(path, &c, log), 0);
	assert_int_equal(c->n_issuers, 3);
	(void)snprintf(expected, sizeof(expected), "%s/old.pub", directory);
	assert_string_equal(c->issuers[0].path, expected);
	assert_string_equal(c->issuers[1].path, "/new.pub");
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(c->issuers[i].name, "i");
		assert_string_equal(c->issuers[i].scope, "SG-CLS");
		assert_string_equal(c->issuers[i].makers, "pen:1");
		assert_int_equal(c->issuers[i].role, HALLMARK_ISSUER_SCHEME);
	}
	assert_string_equal(c->issuers[2].name, "j");
	assert_string_equal(c->issuers[2].scope, "KR-CIC");
	assert_string_equal(c->issuers[2].makers, "");
	assert_int_equal(c->issuers[2].role, HALLMARK_ISSUER_TRANSCRIBER);
}

/* Countries without schemes are all of theirs; with schemes they add none. */
static void test_countries_of_an_issuer(void **state)
{
	static const struct {
		const char *with, *schemes;
	} cases[] = {
		{ "countries = [ \"SG\" ]", "SG-CLS" },
		{ "countries = [ \"SG\", \"KR\" ]", "KR-CIC,SG-CLS" },
		{ "countries = [ \"SG\", \"KR\" ]; schemes = [ \"SG-CLS\" ]", "SG-CLS" },
	};
	static char log[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(config_freep) struct config *c = NULL;
		unsigned line;
		_cleanup_free_ char *text = changed("schemes = [ \"KR-CIC\", \"SG-CLS\" ]", cases[i].with, &line);

		write_text(path, text, strlen(text));
		assert_int_equal(load(path, &c, log), 0);
		assert_string_equal(c->issuers[0].scope, cases[i].schemes);
	}
}

static void test_zones_and_rules(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char log[TEXT_MAX];
	char required[512];

	(void)state;
	write_text(path, good, strlen(good));
	assert_int_equal(load(path, &c, log), 0);
	assert_int_equal(c->policy.n_zones, 2);
	assert_string_equal(c->policy.zones[ZONE_QUARANTINE].name, "quarantine");
	assert_string_equal(c->policy.zones[1].name, "trusted");
	assert_int_equal(c->ruleset.zones[ZONE_QUARANTINE].n_reach, 1);
	assert_int_equal(c->ruleset.zones[1].n_reach, 3);
	assert_int_equal(c->ruleset.zones[1].reach[0].kind, REACH_INTERNET);
	assert_int_equal(c->ruleset.zones[1].reach[1].kind, REACH_SEGMENT);
	assert_int_equal(c->ruleset.zones[1].reach[2].kind, REACH_GATEWAY);
	assert_int_equal(c->ruleset.zones[1].reach[2].protocol, IPPROTO_UDP);
	assert_int_equal(c->ruleset.zones[1].reach[2].port, 53);

	assert_int_equal(c->policy.n_rules, 2);
	assert_int_equal(c->policy.rules[0].zone, 1);
	assert_int_equal(c->policy.rules[0].lifetime_sec, 86400);
	assert_int_equal(c->policy.rules[0].level, 2);
	assert_string_equal(
		checks_to_text(c->policy.rules[0].required, required, sizeof(required)),
		"possession certificate chain evidence-signature freshness same-device debug label-signature "
		"label-class label-anchor label-validity recognition");
	assert_int_equal(c->policy.rules[1].required & CHECKS_LABEL, 0);
	assert_int_equal(c->policy.rules[1].lifetime_sec, 86400); /* the default */
}

static void test_hosts_are_normalised(void **state)
{
	static const struct {
		const char *text, *host;
		int family, protocol, port;
	} cases[] = {
		{ "\"10.0.0.5/32\"", "10.0.0.5", AF_INET, 0, 0 },
		{ "\"10.0.0.0/8 udp/123\"", "10.0.0.0/8", AF_INET, IPPROTO_UDP, 123 },
		{ "\"FD00:0::/8\"", "fd00::/8", AF_INET6, 0, 0 },
		{ "\"2001:DB8:0:0::1 tcp/443\"", "2001:db8::1", AF_INET6, IPPROTO_TCP, 443 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(config_freep) struct config *c = NULL;
		static char log[TEXT_MAX];
		unsigned line;
		_cleanup_free_ char *text = changed("\"10.0.0.5\"", cases[i].text, &line);

		write_text(path, text, strlen(text));
		assert_int_equal(load(path, &c, log), 0);

		const struct reach *reach = &c->ruleset.zones[ZONE_QUARANTINE].reach[0];

		assert_int_equal(reach->kind, REACH_HOST);
		assert_string_equal(reach->host, cases[i].host);
		assert_int_equal(reach->family, cases[i].family);
		assert_int_equal(reach->protocol, cases[i].protocol);
		assert_int_equal(reach->port, cases[i].port);
	}
}

/* --- Limits, one past each --- */

/* The good text where `find` is followed by n of `format`, numbered from 0. */
static char *repeated(const char *find, const char *format, size_t n)
{
	_cleanup_free_ char *many = NULL;
	size_t size;
	unsigned line;
	FILE *f = open_memstream(&many, &size);

	assert_non_null(f);
	(void)fputs(find, f);
	for (size_t i = 0; i < n; i++)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)fprintf(f, format, i, i);
#pragma GCC diagnostic pop
	assert_int_equal(fclose(f), 0);
	return changed(find, many, &line);
}

static void test_limits(void **state)
{
	static const struct {
		const char *find, *format;
		size_t fits; /* beside what is there */
		unsigned line;
		const char *word;
	} cases[] = {
		{ "guarded = [", "\"x%zu\",", INTERFACES_MAX - 2, 7, "too many interfaces" },
		{ "rules = (", "{ name = \"x%zu\"; zone = \"trusted\"; require = [ \"identity\" ]; },", RULES_MAX - 2,
		  31, "too many rules" },
		{ "zones = (", "{ name = \"x%zu\"; reach = [ ]; },", ZONES_MAX - 2, 29, "too many zones" },
		{ "reach = [ \"internet\",", "\"10.0.0.%zu\",", REACH_MAX - 3, 29, "at most 32 places" },
		{ "anchors = (", "{ name = \"x%zu\"; file = \"x\"; },", 4094, 14, "too many anchors" },
		{ "categories = [ \"tv\", \"toy\"", ", \"x%zu\"", 200, 0, "" },
		{ "    categories = [ \"tv\"", ", \"toy\"", CATEGORIES_MAX - 1, 27, "at most 64 words" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fits = repeated(cases[i].find, cases[i].format, cases[i].fits);
		_cleanup_free_ char *beyond = repeated(cases[i].find, cases[i].format, cases[i].fits + 1);

		expect_good(fits);
		if (cases[i].line > 0)
			expect_bad(beyond, cases[i].line, cases[i].word);
	}
}

/* --- Errors together, and files --- */

static void test_errors_are_collected(void **state)
{
	static char log[TEXT_MAX];
	_cleanup_free_ char *text =
		repeated("rules = (", "{ name = \"x%zu\"; zone = \"nowhere\"; require = [ ]; },", 30);
	struct config *c = NULL;
	unsigned lines = 0;

	(void)state;
	write_text(path, text, strlen(text));
	assert_int_equal(load(path, &c, log), -EINVAL);
	for (const char *l = log; *l; l = strchr(l, '\n') + 1)
		lines++;
	assert_int_equal(lines, 21); /* twenty, and how many more */
	assert_non_null(strstr(log, "more errors are not shown"));
}

static void test_includes(void **state)
{
	char included[128], text[TEXT_MAX];
	static char log[TEXT_MAX];
	struct config *c = NULL;

	(void)state;
	(void)snprintf(included, sizeof(included), "%s/part.conf", directory);
	(void)snprintf(text, sizeof(text), "@include \"part.conf\"\n%s", strstr(good, "network = {"));

	static const char part[] = "gateway = { name = \"gw\"; home = \"KR-CIC\";\n"
				   " certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n";
	static const char bad_part[] = "gateway = { name = \"gw\"; home = \"KR-CIC\";\n"
				       " certificate = \"c\"; kay = \"k\"; result-key = \"r\"; };\n";
	static const char big_part[] = "gateway = { name = \"gw\"; home = \"KR-CIC\";\n"
				       " certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"
				       "listen = { port = 4294973000; };\n";

	write_text(included, part, strlen(part));
	expect_good(text);
	(void)snprintf(text, sizeof(text), "@include \"%s\"\n%s", included, strstr(good, "network = {"));
	expect_good(text);
	(void)snprintf(text, sizeof(text), "@include \"part.conf\"\n%s", strstr(good, "network = {"));

	write_text(included, bad_part, strlen(bad_part));
	write_text(path, text, strlen(text));
	assert_int_equal(load(path, &c, log), -EINVAL);
	assert_non_null(strstr(log, "/part.conf:2: unknown key \"kay\"; did you mean \"key\"?"));

	write_text(included, big_part, strlen(big_part));
	assert_int_equal(load(path, &c, log), -EINVAL);
	assert_non_null(strstr(log, "/part.conf:3: 4294973000 does not fit"));

	(void)snprintf(log, sizeof(log), "\xef\xbb\xbf%s", part);
	write_text(included, log, strlen(log));
	assert_int_equal(load(path, &c, log), -EINVAL);
	assert_non_null(strstr(log, "/part.conf:1: begins with a byte-order mark"));

	assert_int_equal(unlink(included), 0);
	expect_bad(text, 1, "cannot read the included file ");
	expect_bad(text, 1, "/part.conf: No such file or directory");
}

/* As an editor of another system saves it. */
static void test_encodings(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char text[2 * TEXT_MAX], log[TEXT_MAX];
	const size_t n = strlen(good);
	(void)state;

	(void)snprintf(text, sizeof(text), "\xef\xbb\xbf%s", good);
	expect_good(text);
	memcpy(text, "\xff\xfe", 2);
	for (size_t i = 0; i < n; i++) {
		text[2 * i + 2] = good[i];
		text[2 * i + 3] = '\0';
	}
	write_text(path, text, 2 * n + 2);
	assert_int_equal(load(path, &c, log), 0);
	write_text(path, text, 2 * n + 1);
	config_free(TAKE_PTR(c));
	assert_int_equal(load(path, &c, log), -EINVAL);
	assert_non_null(strstr(log, "test.conf:1: begins as UTF-16"));
	write_text(path, text + 2, 2 * n);
	assert_int_equal(load(path, &c, log), -EINVAL);
	assert_non_null(strstr(log, "test.conf:1: a byte with value 0"));

	(void)snprintf(text, sizeof(text), "# \xb7\xa5\xc7\xc1\r\n%s", good); /* a comment in CP949 */
	expect_good(text);
	(void)snprintf(text, sizeof(text), "network = {\n guarded = [ \"lan0\" ]; segments = ();\n%s",
		       "};\n"
		       "gateway = { name = \"\xb7\xa5\"; };\n");
	expect_bad(text, 4, "\"name\": not UTF-8; Korean programs");
}

static void test_no_file(void **state)
{
	static char log[TEXT_MAX];
	struct config *c = NULL;
	char fifo[128];

	(void)state;
	assert_int_equal(load("/nonexistent/hallmarkd.conf", &c, log), -EINVAL);
	assert_non_null(strstr(log, "/nonexistent/hallmarkd.conf:1: cannot be read"));
	assert_int_equal(load("conf/nonexistent.conf", &c, log), -EINVAL);
	assert_non_null(strstr(log, "cannot be read"));
	assert_int_equal(load(directory, &c, log), -EINVAL);
	assert_non_null(strstr(log, "is not a file"));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(load(fifo, &c, log), -EINVAL);
	assert_non_null(strstr(log, "is not a file"));
	assert_int_equal(unlink(fifo), 0);
	assert_null(c);
	config_free(NULL);
}

/* Cut off anywhere, or one byte changed: refused or accepted, without a crash or a leak. */
static void test_truncated_and_flipped(void **state)
{
	static char log[TEXT_MAX];
	char text[sizeof(good)];
	size_t refused = 0;

	(void)state;
	for (size_t n = 0; n < sizeof(good) - 1; n += 3) {
		_cleanup_(config_freep) struct config *c = NULL;

		write_text(path, good, n);
		refused += load(path, &c, log) == -EINVAL && log[0] != '\0';
	}
	assert_true(refused >= (sizeof(good) - 1) / 3 - 1); /* all but the last ";" */
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		_cleanup_(config_freep) struct config *c = NULL;

		memcpy(text, good, sizeof(good));
		text[i] ^= 0x04;
		write_text(path, text, sizeof(good) - 1);

		int r = load(path, &c, log);

		assert_true(r == 0 ? c && log[0] == '\0' : r == -EINVAL && !c && log[0] != '\0');
	}
}

/* A file of conf/, by its name there. */
static int load_shipped(const char *name, struct config **ret, char log[static TEXT_MAX])
{
	_cleanup_free_ char *text = shipped_text(name);

	write_text(path, text, strlen(text));
	return load(path, ret, log);
}

static void test_shipped_files(void **state)
{
	static const char *const files[] = { "conf/hallmarkd.conf", "conf/profiles/apartment.conf",
					     "conf/profiles/home.conf", "conf/profiles/smart-city.conf" };
	static char log[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_(config_freep) struct config *c = NULL;

		assert_int_equal(load_shipped(files[i], &c, log), 0);
		assert_string_equal(log, "");
		assert_int_equal(c->recognition.n_schemes, 11);
		assert_int_equal(c->recognition.n_arrangements, 19);
		assert_in_range(c->policy.n_zones, 3, 4);
		assert_int_equal(c->certificate[0], '/');
		for (uint8_t j = 0; j < c->policy.n_rules; j++)
			assert_int_equal(c->policy.rules[j].required &
						 (CHECK_BIT(CHECK_DEVICE_REVOCATION) | CHECK_BIT(CHECK_FIRMWARE) |
						  CHECK_BIT(CHECK_LABEL_STATUS)),
					 0); /* these report absent until their material can be configured */
	}
}

/* Rules and arrangements of an operator can name each kind of device that a scheme certifies or an authority asks for. */
static void test_categories_of_buildings(void **state)
{
#define SEVEN                                                                                                          \
	"\"sensor\", \"meter\", \"intercom\", \"cctv\", \"access-control\", \"vehicle-entry\", \"payment-terminal\""
#define SIX "\"battery\", \"inverter\", \"energy-manager\", \"ev-charger\", \"water-heater\", \"street-light\""
	_cleanup_free_ char *shipped = realpath("conf/schemes.conf", NULL);
	const char *words = strstr(good, "categories = ["), *arrangements = strstr(good, "arrangements = (");
	const char *list = strstr(arrangements, "[ \"tv\" ]");
	char text[TEXT_MAX], copy[128];
	unsigned line;

	(void)state;
	(void)snprintf(copy, sizeof(copy), "%s/schemes.conf", directory);
	assert_non_null(shipped);
	assert_int_equal(symlink(shipped, copy), 0);
	(void)snprintf(text, sizeof(text), "%.*s@include \"schemes.conf\"\n%.*s[ " SEVEN ", " SIX " ]%s",
		       (int)(words - good), good, (int)(list - arrangements), arrangements,
		       list + strlen("[ \"tv\" ]"));
	expect_good(text);
	assert_int_equal(unlink(copy), 0);

	_cleanup_free_ char *unlisted = changed("[ \"tv\" ]", "[ \"sensor\" ]", &line); /* without that vocabulary */

	expect_bad(unlisted, line, "configured categories");
}

static void test_smart_city_names_sensors(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	static char log[TEXT_MAX];
	unsigned n = 0;

	(void)state;
	assert_int_equal(load_shipped("conf/profiles/smart-city.conf", &c, log), 0);
	for (uint8_t i = 0; i < c->policy.n_rules; i++) {
		if (strcmp(c->policy.rules[i].name, "sensor, level 2") == 0) {
			assert_string_equal(c->policy.rules[i].category, "sensor");
			n++;
		}
	}
	assert_int_equal(n, 1);
}

/* The defaults that conf/hallmarkd.conf spells out are those of the code. */
static void test_documented_defaults(void **state)
{
	_cleanup_(config_freep) struct config *shipped = NULL, *c = NULL;
	static char log[TEXT_MAX];
	unsigned line;
	_cleanup_free_ char *text =
		changed("listen = { port = 5700; sessions = 100; handshakes = 10; idle-time = 60; };", "", &line);

	(void)state;
	write_text(path, text, strlen(text));
	assert_int_equal(load(path, &c, log), 0);
	assert_int_equal(load_shipped("conf/hallmarkd.conf", &shipped, log), 0);
	assert_int_equal(shipped->port, c->port);
	assert_memory_equal(&shipped->limits, &c->limits, sizeof(c->limits));
	assert_int_equal(shipped->ruleset.new_flows_per_sec, c->ruleset.new_flows_per_sec);
	assert_int_equal(shipped->ruleset.set_size, c->ruleset.set_size);
	assert_int_equal(shipped->ruleset.operator_port, c->ruleset.operator_port);
	assert_int_equal(shipped->ruleset.binding, c->ruleset.binding);
	for (size_t z = 0; z < ZONES_MAX; z++) {
		assert_int_equal(shipped->ruleset.zones[z].packets_per_sec, c->ruleset.zones[z].packets_per_sec);
		assert_int_equal(shipped->ruleset.zones[z].is_monitored, c->ruleset.zones[z].is_monitored);
	}
	assert_string_equal(shipped->state, c->state);
	assert_string_equal(shipped->control, c->control);
	assert_string_equal(shipped->nft, c->nft);
	assert_int_equal(shipped->record_keep, c->record_keep);
	assert_int_equal(shipped->record_age_sec, c->record_age_sec);
	assert_string_equal(shipped->policy.name, c->policy.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_change),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_keys_of_an_issuer),
		cmocka_unit_test(test_countries_of_an_issuer),
		cmocka_unit_test(test_zones_and_rules),
		cmocka_unit_test(test_hosts_are_normalised),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_errors_are_collected),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_truncated_and_flipped),
		cmocka_unit_test(test_shipped_files),
		cmocka_unit_test(test_categories_of_buildings),
		cmocka_unit_test(test_smart_city_names_sensors),
		cmocka_unit_test(test_documented_defaults),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
