/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* The attester's command line and its gateway addresses: each accepted form beside one that is refused. */
#include <errno.h>

#include "attester/client.h"
#include "attester/options.h"
#include "token_kit.h"

static const char *const complete[] = {
	"attester",       "--gateway", "192.0.2.1", "--cert",    "c.pem",  "--key",       "k.pem", "--ueid",
	"010203040506ff", "--oemid",   "pen:32473", "--hwmodel", "lamp-1", "--swversion", "1.0.0",
};

#define N_COMPLETE ARRAY_SIZE(complete)

/* Parses the complete line without argument `skip` and its value, and with up to 12 more. */
static enum options_result parse(size_t skip, const char *const more[12], struct options *ret)
{
	char *argv[N_COMPLETE + 13] = { 0 };
	int argc = 0;

	for (size_t i = 0; i < N_COMPLETE; i++)
		if (skip == 0 || (i != skip && i != skip + 1))
			argv[argc++] = (char *)(uintptr_t)complete[i];
	for (size_t i = 0; more && i < 12 && more[i]; i++)
		argv[argc++] = (char *)(uintptr_t)more[i];
	return options_parse(argc, argv, ret);
}

static void test_complete(void **state)
{
	struct options o;
	(void)state;

	assert_int_equal(parse(0, NULL, &o), OPTIONS_RUN);
	assert_string_equal(o.gateway, "192.0.2.1");
	assert_string_equal(o.certificate, "c.pem");
	assert_string_equal(o.key, "k.pem");
	assert_null(o.ca);
	assert_int_equal(o.claims.ueid.n, 7);
	assert_int_equal(o.claims.ueid.p[6], 0xff);
	assert_string_equal(o.claims.product.maker, "pen:32473");
	assert_string_equal(o.claims.product.model, "lamp-1");
	assert_int_equal(o.claims.product.swversion_scheme, VERSION_SEMVER);
	assert_int_equal(o.claims.debug, DEBUG_DISABLED);
	assert_false(o.nonce || o.admission || o.json);
}

static void test_each_is_needed(void **state)
{
	static const char *const admission[12] = { "--admission" };
	struct options o;
	(void)state;

	for (size_t i = 1; i < N_COMPLETE; i += 2) {
		assert_int_equal(parse(i, NULL, &o), OPTIONS_WRONG);
		/* asking for an admission needs no claims */
		assert_int_equal(parse(i, admission, &o), i < 7 ? OPTIONS_WRONG : OPTIONS_RUN);
	}
}

static void test_values(void **state)
{
	const struct {
		const char *const more[12];
		enum options_result result;
	} cases[] = {
		{ { "--ueid", "01020304050607" }, OPTIONS_RUN },
		{ { "--ueid", "010203040506" }, OPTIONS_WRONG }, /* six bytes */
		{ { "--ueid", "0102030405060" }, OPTIONS_WRONG },
		{ { "--ueid", "0102030405060g" }, OPTIONS_WRONG },
		{ { "--ueid", "00020304050607" }, OPTIONS_WRONG }, /* no such type */
		{ { "--ueid", "04020304050607" }, OPTIONS_WRONG },
		{ { "--ueid", "03ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" }, OPTIONS_RUN },
		{ { "--ueid", "03ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" }, OPTIONS_WRONG },
		{ { "--timeout", "1" }, OPTIONS_RUN },
		{ { "--timeout", "0" }, OPTIONS_WRONG },
		{ { "--timeout", "3600" }, OPTIONS_RUN },
		{ { "--timeout", "3601" }, OPTIONS_WRONG },
		{ { "--timeout", "5s" }, OPTIONS_WRONG },
		{ { "--timeout", "-5" }, OPTIONS_WRONG },
		{ { "--dbgstat", "enabled" }, OPTIONS_RUN },
		{ { "--dbgstat", "maybe" }, OPTIONS_WRONG },
		{ { "--version-scheme", "decimal" }, OPTIONS_RUN },
		{ { "--version-scheme", "roman" }, OPTIONS_WRONG },
		{ { "--hwversion", "2", "--swname", "fw" }, OPTIONS_RUN },
		{ { "--hwversion", "" }, OPTIONS_WRONG },
		{ { "--swname", "a\tb" }, OPTIONS_WRONG },
		{ { "--swversion", "0123456789012345678901234567890123" }, OPTIONS_WRONG },
		{ { "--label", "1", "--label", "2", "--label", "3", "--label", "4" }, OPTIONS_RUN },
		{ { "--label", "1", "--label", "2", "--label", "3", "--label", "4", "--label", "5" }, OPTIONS_WRONG },
		{ { "--nonce", "--json", "--ca", "ca.pem", "--verifier-key", "v.pem" }, OPTIONS_RUN },
		{ { "--nonsense" }, OPTIONS_WRONG },
		{ { "--ca" }, OPTIONS_WRONG },
		{ { "word" }, OPTIONS_WRONG },
		{ { "--version" }, OPTIONS_SHOWN },
		{ { "--help" }, OPTIONS_SHOWN },
	};
	struct options o;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (parse(0, cases[i].more, &o) != cases[i].result)
			fail_msg("case %zu: %s", i, cases[i].more[1] ? cases[i].more[1] : cases[i].more[0]);
}

static void test_gateways(void **state)
{
	const struct {
		const char *text, *host;
		unsigned port; /* 0: refused */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", 5684 },
		{ "192.0.2.1:1", "192.0.2.1", 1 },
		{ "192.0.2.1:65535", "192.0.2.1", 65535 },
		{ "192.0.2.1:65536", NULL, 0 },
		{ "192.0.2.1:0", NULL, 0 },
		{ "192.0.2.1:", NULL, 0 },
		{ "192.0.2.1: 5", NULL, 0 },
		{ "192.0.2.1:+5", NULL, 0 },
		{ "192.0.2.1:5x", NULL, 0 },
		{ "2001:db8::1", "2001:db8::1", 5684 },
		{ "[2001:db8::1]", "2001:db8::1", 5684 },
		{ "[2001:db8::1]:7", "2001:db8::1", 7 },
		{ "fe80::1%eth0", "fe80::1%eth0", 5684 },
		{ "[fe80::1%eth0]:7", "fe80::1%eth0", 7 },
		{ "[2001:db8::1", NULL, 0 },
		{ "[2001:db8::1]7", NULL, 0 },
		{ "[2001:db8::1]:", NULL, 0 },
		{ "[]:7", NULL, 0 },
		{ ":7", NULL, 0 },
		{ "", NULL, 0 },
		{ "gateway.example:7", "gateway.example", 7 },
		{ "0123456789012345678901234567890", "0123456789012345678901234567890", 5684 },
		{ "01234567890123456789012345678901", NULL, 0 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char host[32];
		uint16_t port;
		int r = gateway_parse(cases[i].text, host, sizeof(host), &port);

		if (cases[i].port == 0) {
			assert_int_equal(r, -EINVAL);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(host, cases[i].host);
		assert_int_equal(port, cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_each_is_needed),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_gateways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
