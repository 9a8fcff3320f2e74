/* SPDX-License-Identifier: Apache-2.0 */
/* links: config enforce decide base */
/*
 * Interfaces by pattern, bridges, households, servers and what is only watched: each bad change to a good file is refused
 * at its line with a word of the remedy, and has a good twin at the same place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "config/config.h"

#define LOG_MAX 65536

DEFINE_CLEANUP(struct config *, config_free);

static const char good[] =
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"
	"network = {\n"
	"    guarded = [ \"vlan*\", \"lan0\", \"br0\", \"br1\" ]; uplinks = [ \"wan0\" ];\n"
	"    trusted = [ \"wg*\", \"mgmt0\" ];\n"
	"    binding = \"ip\";\n"
	"    bridges = ( { name = \"br0\"; ports = [ \"port1\", \"tap*\" ]; },\n"
	"                { name = \"br1\"; ports = [ \"port2\", \"port3\" ]; except = [ \"eth1\", \"vnet*\" ]; } );\n"
	"    segments = ( { name = \"a\"; interfaces = [ \"vlan1.*\", \"lan0\" ]; },\n"
	"                 { name = \"b\"; interfaces = [ \"port1\", \"tap1*\" ]; },\n"
	"                 { name = \"c\"; interfaces = [ \"vlan20\" ]; } );\n"
	"    servers = ( { name = \"the server\"; interface = \"srv0\"; address = \"10.0.0.5\";\n"
	"                  services = [ \"tcp/443\", \"udp/5683\" ]; segments = [ \"a\", \"c\" ]; },\n"
	"                { name = \"v6\"; interface = \"wan0\"; address = \"fd00::/64\"; services = [ \"tcp/1\" ]; } "
	");\n"
	"    shared = ( { interface = \"lan0\"; mac = \"02:00:5e:10:00:01\"; }, { interface = \"vlan7\"; mac = "
	"\"02:00:5e:10:00:01\"; } );\n"
	"};\n"
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Basic\" ]; } );\n"
	"zones = ( { name = \"in\"; reach = [ ]; packets-per-second = 500; },\n"
	"          { name = \"quarantine\"; reach = [ ]; monitor = true; } );\n"
	"rules = ( { name = \"one\"; zone = \"in\"; require = [ \"identity\" ]; } );\n";

static char log_text[LOG_MAX];
static char path[64];
static int text_fd;

/* Loads a text with stderr going to log_text. */
static int load(const char *text, struct config **ret)
{
	_cleanup_close_ int to = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	const size_t n_text = strlen(text);

	assert_true(to >= 0 && saved >= 0);
	assert_int_equal(ftruncate(text_fd, 0), 0);
	assert_int_equal(pwrite(text_fd, text, n_text, 0), n_text);
	assert_true(dup2(to, STDERR_FILENO) >= 0);

	int r = config_load(path, ret);

	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);

	ssize_t n = pread(to, log_text, LOG_MAX - 1, 0);

	assert_true(n >= 0);
	log_text[n] = '\0';
	return r;
}

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(path, "/tmp/hallmark-network-XXXXXX");
	text_fd = mkstemp(path);
	return text_fd >= 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(text_fd);
	return unlink(path);
}

static void expect_good(const char *text)
{
	_cleanup_(config_freep) struct config *c = NULL;

	if (load(text, &c) != 0)
		fail_msg("refused: %s\n%s", log_text, text);
	assert_string_equal(log_text, "");
	assert_string_equal(c->gateway, "gw");
}

static void expect_bad(const char *text, unsigned line, const char *word)
{
	struct config *c = NULL;
	char where[128];
	const char *found;

	(void)snprintf(where, sizeof(where), "%s:%u: ", path, line);
	assert_int_equal(load(text, &c), -EINVAL);
	assert_null(c);
	found = strstr(log_text, where);
	if (!found || !strstr(found, word))
		fail_msg("no \"%s\" at line %u: %s", word, line, log_text);
}

#include "config_kit.h"

/* clang-format off */
static const struct change changes[] = {
	/* patterns */
	{"\"lan0\", \"br0\"", "\"*\", \"lan0\", \"br0\"", "\"x*\", \"lan0\", \"br0\"", "'*' as the last one for all names that begin so", 0},
	{"\"lan0\", \"br0\"", "\"l*n\", \"lan0\", \"br0\"", "\"ln*\", \"lan0\", \"br0\"", "cannot be an interface", 0},
	{"\"lan0\", \"br0\"", "\"vlan7\", \"lan0\", \"br0\"", "\"vla7\", \"lan0\", \"br0\"", "\"vlan*\" includes \"vlan7\"", 0},
	{"\"lan0\", \"br0\"", "\"vlan1*\", \"lan0\", \"br0\"", "\"wlan*\", \"lan0\", \"br0\"", "includes \"vlan1*\"", 0},
	{"\"wan0\" ]", "\"wan*\" ]", "\"wan1\" ]", "no '*' is allowed", 0},
	{"\"wan0\" ]", "\"vlan9\" ]", "\"vla\" ]", "\"vlan*\" includes \"vlan9\"", 0},

	/* binding */
	{"binding = \"ip\"", "binding = \"arp\"", "binding = \"mac\"", "use \"mac\" or \"ip\"", 0},

	/* bridges */
	{"name = \"br0\"", "name = \"br2\"", "name = \"br0\"", "\"br2\" is not guarded", 0},
	{"name = \"br0\"", "name = \"vlan*\"", "name = \"br0\"", "\"vlan*\" is not guarded", 0},
	{"name = \"br0\"", "name = \"vlan7\"", "name = \"br0\"", "\"vlan7\" is not guarded", 0},
	{"name = \"br0\"", "name = \"br1\"", "name = \"br0\"", "\"br1\" occurs twice", 1},
	{"[ \"port2\", \"port3\" ]", "[ ]", "[ \"port2\" ]", "no port", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"port1\" ]", "[ \"port4\" ]", "\"port1\" occurs twice", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"tap5\" ]", "[ \"ta5\" ]", "\"tap*\" includes \"tap5\"", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"lan0\" ]", "[ \"lan1\" ]", "appear to come from its bridge", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"vlan3\" ]", "[ \"port3\" ]", "port \"vlan3\" is \"vlan*\"", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"la*\" ]", "[ \"lo*\" ]", "port \"la*\" is \"lan0\"", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"wan0\" ]", "[ \"wan1\" ]", "appear to come from its bridge", 0},
	{"[ \"port2\", \"port3\" ]", "[ \"port\\\"2\" ]", "[ \"port_2\" ]", "cannot be an interface", 0},

	/* extenders */
	{"\"lan0\"; mac", "\"lan9\"; mac", "\"br0\"; mac", "\"lan9\" is not guarded", 0},
	{"\"lan0\"; mac", "\"vlan*\"; mac", "\"vlan8\"; mac", "\"vlan*\" is not guarded", 0},
	{"\"lan0\"; mac", "\"vlan7\"; mac", "\"vlan9\"; mac", "this MAC of \"vlan7\" occurs twice", 0},
	{"mac = \"02:00:5e:10:00:01\"; }, {", "mac = \"02:00:5e:10:00\"; }, {", "mac = \"02:00:5E:10:00:0f\"; }, {", "is not a MAC", 0},
	{"mac = \"02:00:5e:10:00:01\"; }, {", "mac = \"02-00-5e-10-00-01\"; }, {", "mac = \"06:00:5e:10:00:01\"; }, {", "is not a MAC", 0},
	{"mac = \"02:00:5e:10:00:01\"; }, {", "mac = \"02:00:5e:10:00:0g\"; }, {", "mac = \"02:00:5e:10:00:00\"; }, {", "is not a MAC", 0},

	/* households */
	{"[ \"vlan20\" ]", "[ \"lan7\" ]", "[ \"vlan7\" ]", "not guarded; add it to network.guarded, or to the ports", 0},
	{"[ \"vlan20\" ]", "[ \"vla*\" ]", "[ \"vlan2*\" ]", "\"vla*\" of segment \"c\" is not guarded", 0},
	{"[ \"vlan20\" ]", "[ \"br0\" ]", "[ \"vlan9\" ]", "name its ports", 0},
	{"[ \"vlan20\" ]", "[ \"lan0\" ]", "[ \"vlan20\" ]", "\"lan0\" occurs twice", 0},
	{"[ \"vlan20\" ]", "[ \"vlan1.5\" ]", "[ \"vlan1\" ]", "\"vlan1.*\" includes \"vlan1.5\"", 0},
	{"[ \"vlan20\" ]", "[ \"vlan*\" ]", "[ \"vlan15*\" ]", "\"vlan*\" includes \"vlan1.*\"", -2u},
	{"\"port1\", \"tap1*\"", "\"port1\", \"tap*\", \"tap2\"", "\"port1\", \"tap3*\", \"tap2\"",
	 "\"tap*\" includes \"tap2\"", 0},
	{"name = \"a\"; interfaces", "name = \"a\"; interface", "name = \"a\"; interfaces", "did you mean \"interfaces\"", 0},

	{"\"eth1\", \"vnet*\"", "\"port3\"", "\"port4\"", "ports too; remove one", 0},
	{"\"eth1\", \"vnet*\"", "\"tap9\"", "\"ta9\"", "ports too; remove one", 0},
	{"\"eth1\", \"vnet*\"", "\"por*\"", "\"eth*\"", "ports too; remove one", 0},
	{"\"eth1\", \"vnet*\"", "\"eth1\", \"eth1\"", "\"eth1\", \"eth2\"", "occurs twice", 0},
	{"\"eth1\", \"vnet*\"", "\"eth1\", \"et*\"", "\"eth1\", \"en*\"", "\"et*\" includes \"eth1\"", 0},
	{"\"eth1\", \"vnet*\"", "\"wan0\"", "\"wan1\"", "appear to come from its bridge", 0},
	{"\"eth1\", \"vnet*\"", "\"wg1\"", "\"w1\"", "appear to come from its bridge", 0},
	{"\"eth1\", \"vnet*\"", "\"eth 1\"", "\"eth1\"", "cannot be an interface", 0},
	{"ports = [ \"port2\", \"port3\" ]; except", "ports = [ ]; except", "except", "no port", 0},
	{"except =", "excepted =", "except =", "did you mean \"except\"", 0},

	/* what is left alone */
	{"\"wg*\", \"mgmt0\"", "\"*\"", "\"wg*\"", "cannot be an interface", 0},
	{"\"wg*\", \"mgmt0\"", "\"mgm*\", \"mgmt0\"", "\"mgm*\", \"mg0\"", "\"mgm*\" includes \"mgmt0\"", 0},
	{"\"wg*\", \"mgmt0\"", "\"lan0\"", "\"lan1\"", "occurs twice", 0},
	{"\"wg*\", \"mgmt0\"", "\"vlan7\"", "\"vla7\"", "\"vlan*\" includes \"vlan7\"", 0},
	{"\"wg*\", \"mgmt0\"", "5", "\"wg0\"", "array of texts", 0},
	{"trusted =", "trust =", "trusted =", "did you mean \"trusted\"", 0},

	/* servers */
	{"\"srv0\"", "\"lan0\"", "\"lan1\"", "name one that is not", 0},
	{"\"srv0\"", "\"vlan8\"", "\"vla8\"", "name one that is not", 0},
	{"\"srv0\"", "\"tap8\"", "\"ta8\"", "name one that is not", 0},
	{"\"srv0\"", "\"srv*\"", "\"srv1\"", "no '*' is allowed", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5/24\"", "\"10.0.0.0/24\"", "is not an address", 0},
	{"\"10.0.0.5\"", "\"10.0.0.5 tcp/1\"", "\"10.0.0.6\"", "is not an address", 0},
	{"\"10.0.0.5\"", "\"internet\"", "\"2001:db8::1\"", "is not an address", 0},
	{"\"10.0.0.5\"", "\"gateway:tcp/1\"", "\"10.0.0.5\"", "is not an address", 0},
	{"\"tcp/443\", \"udp/5683\"", "\"443\"", "\"tcp/443\"", "is not a service", 0},
	{"\"tcp/443\", \"udp/5683\"", "\"tcp/0\"", "\"tcp/1\"", "is not a service", 0},
	{"\"tcp/443\", \"udp/5683\"", "", "\"udp/1\"", "1 to 16 services", 0},
	{"\"a\", \"c\"", "\"aa\"", "\"a\"", "no segment \"aa\"; declare it under network.segments; did you", 0},
	{"\"a\", \"c\"", "\"a\", \"a\"", "\"c\", \"a\"", "occurs twice", 0},
	{"\"a\", \"c\"", "\"b\"", "\"c\"", "port of a bridge", 0},
	{"\"a\", \"c\"", "", "\"a\"", "remove the key to allow all", 0},
	{"name = \"v6\"", "name = \"the server\"", "name = \"another server\"", "occurs twice", 0},

	/* zones */
	{"packets-per-second = 500", "packets-per-second = -1", "packets-per-second = 0", "from 0 to 1000000", 0},
	{"packets-per-second = 500", "packets-per-second = 1000001", "packets-per-second = 1000000", "from 0 to 1000000", 0},
	{"monitor = true", "monitor = 1", "monitor = false", "true or false", 0},
	{"packets-per-second = 500", "border-router = 1", "border-router = false", "true or false", 0},
	{"reach = [ ]; packets-per-second = 500", "reach = [ \"internet\" ]; border-router = true",
	 "reach = [ \"internet\", \"segment\" ]; border-router = true", "does not reach their neighbours; add \"segment\"", 0},
	{"monitor = true", "border-router = true", "border-router = false", "quarantine cannot have border routers", 0},
	{"name = \"gw\";", "name = \"gw\"; monitor = \"yes\";", "name = \"gw\"; monitor = true;", "true or false", 0},
};
/* clang-format on */

static void test_one_change(void **state)
{
	(void)state;
	expect_changes(changes, ARRAY_SIZE(changes));
}

static void test_values(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	const struct server *server;

	(void)state;
	assert_int_equal(load(good, &c), 0);
	assert_int_equal(c->ruleset.n_guarded, 4);
	assert_string_equal(c->ruleset.guarded[0], "vlan*");
	assert_int_equal(c->ruleset.binding, BINDING_IP);
	assert_int_equal(c->ruleset.n_bridges, 2);
	assert_string_equal(c->ruleset.bridges[1].name, "br1");
	assert_int_equal(c->ruleset.bridges[0].n_ports, 2);
	assert_string_equal(c->ruleset.bridges[0].ports[1], "tap*");
	assert_string_equal(c->ruleset.segments[1].interfaces[1], "tap1*");
	assert_int_equal(c->ruleset.bridges[0].n_excepted, 0);
	assert_int_equal(c->ruleset.bridges[1].n_excepted, 2);
	assert_string_equal(c->ruleset.bridges[1].excepted[1], "vnet*");
	assert_int_equal(c->ruleset.n_trusted, 2);
	assert_string_equal(c->ruleset.trusted[0], "wg*");

	assert_int_equal(c->ruleset.n_servers, 2);
	server = c->ruleset.servers;
	assert_string_equal(server->interface, "srv0");
	assert_string_equal(server->host.host, "10.0.0.5");
	assert_int_equal(server->host.family, AF_INET);
	assert_int_equal(server->n_services, 2);
	assert_int_equal(server->services[1].protocol, IPPROTO_UDP);
	assert_int_equal(server->services[1].port, 5683);
	assert_int_equal(server->n_segments, 2);
	assert_int_equal(server->segments[1], 2);
	assert_string_equal(server[1].host.host, "fd00::/64");
	assert_int_equal(server[1].n_segments, 0);

	/* quarantine stands second in the file and first in the policy */
	assert_int_equal(c->ruleset.zones[0].packets_per_sec, 0);
	assert_int_equal(c->ruleset.zones[1].packets_per_sec, 500);
	assert_true(c->ruleset.zones[0].is_monitored && !c->ruleset.zones[1].is_monitored);
	assert_false(ruleset_only_monitors(&c->ruleset));
}

static void test_defaults(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	unsigned line;
	_cleanup_free_ char *text = changed("binding = \"ip\";", "", &line);

	(void)state;
	assert_int_equal(load(text, &c), 0);
	assert_int_equal(c->ruleset.binding, BINDING_MAC);
}

/* What is wrong in two entries is not compared. */
static void test_wrong_macs_are_not_compared(void **state)
{
	unsigned line;
	_cleanup_free_ char *text = changed("    shared = (",
					    "    shared = ( { interface = \"lan0\"; mac = \"one\"; },\n"
					    "{ interface = \"lan0\"; mac = \"two\"; },\n"
					    "{ interface = \"lan0\"; mack = \"x\"; },\n{ interface = \"lan0\"; },\n",
					    &line);

	(void)state;
	expect_bad(text, line, "\"one\" is not a MAC");
	expect_bad(text, line + 1, "\"two\" is not a MAC");
	expect_bad(text, line + 3, "\"mac\" is missing");
	assert_null(strstr(log_text, "twice"));
}

/* A file with this many extenders, each with a MAC of its own. */
static char *shared_text(unsigned n)
{
	_cleanup_free_ char *list = NULL;
	size_t size;
	_cleanup_fclose_ FILE *out = open_memstream(&list, &size);
	unsigned line;

	assert_non_null(out);
	for (unsigned i = 1; i < n; i++)
		(void)fprintf(out, " { interface = \"lan0\"; mac = \"06:00:00:00:%02x:%02x\"; },", i >> 8, i & 255);
	assert_int_equal(fflush(out), 0);
	return changed("{ interface = \"lan0\"; mac = \"02:00:5e:10:00:01\"; },", list, &line);
}

static void test_limit_of_shared(void **state)
{
	_cleanup_free_ char *most = shared_text(SHARED_MAX), *more = shared_text(SHARED_MAX + 1);
	_cleanup_(config_freep) struct config *c = NULL;

	(void)state;
	assert_int_equal(load(most, &c), 0);
	assert_int_equal(c->ruleset.n_shared, SHARED_MAX);
	assert_int_equal(load(more, &c), -EINVAL);
	assert_non_null(strstr(log_text, "too many shared MACs; at most 256"));
}

/* One flag for all zones, quarantine too. */
static void test_gateway_monitors(void **state)
{
	_cleanup_(config_freep) struct config *on = NULL, *off = NULL;
	unsigned line;
	_cleanup_free_ char *yes = changed("name = \"gw\";", "name = \"gw\"; monitor = true;", &line);
	_cleanup_free_ char *no = changed("name = \"gw\";", "name = \"gw\"; monitor = false;", &line);

	(void)state;
	assert_int_equal(load(yes, &on), 0);
	assert_true(ruleset_only_monitors(&on->ruleset));
	assert_string_equal(on->gateway, "gw");
	assert_int_equal(load(no, &off), 0);
	assert_false(ruleset_only_monitors(&off->ruleset));
	assert_true(off->ruleset.zones[0].is_monitored);
}

/* What is taken can be rendered. */
static void test_renders(void **state)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_fclose_ FILE *out = fopen("/dev/null", "we");

	(void)state;
	assert_int_equal(load(good, &c), 0);
	assert_int_equal(ruleset_render(&c->ruleset, NULL, 0, NULL, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_change),      cmocka_unit_test(test_values),
		cmocka_unit_test(test_defaults),        cmocka_unit_test(test_gateway_monitors),
		cmocka_unit_test(test_renders),         cmocka_unit_test(test_wrong_macs_are_not_compared),
		cmocka_unit_test(test_limit_of_shared),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
