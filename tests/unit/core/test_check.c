/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/* What `hallmarkd --check` says of the files that a configuration names. */
#include "config/config.h"
#include "core/check.h"
#include "ctl_config.h"
#include "log_kit.h"

static struct place place;

static int set_up(void **state)
{
	struct pki_node anchor = pki_issue(NULL, &(struct pki_request){ .ca = true });
	_cleanup_free_ char *pem = pki_certificate_pem(&anchor);

	(void)state;
	log_set_level(-1);
	place = place_new();
	put_installation(&place);
	(void)put_text(&place, "anchor.pem", pem);
	(void)put_text(&place, "text", "nothing of that kind");
	pki_done(&anchor);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	place_done(&place);
	return 0;
}

static int check(const char *trust)
{
	struct config *config = NULL;
	int status;

	assert_int_equal(config_load(put_config(&place, trust), &config), 0);
	status = core_check(config);
	config_free(config);
	return status;
}

static void expect_refused(const char *trust, const char *line)
{
	listen_in();
	assert_int_equal(check(trust), EXIT_FAILURE);
	assert_int_equal(count_said(line, true), 1);
}

static void test_trust_material(void **state)
{
	(void)state;
	assert_int_equal(check(""), EXIT_SUCCESS);
	assert_int_equal(check("anchors = ( { name = \"a\"; file = \"anchor.pem\"; } );"), EXIT_SUCCESS);
	expect_refused("anchors = ( { name = \"a\"; file = \"absent.pem\"; } );", "absent.pem");
	expect_refused("anchors = ( { name = \"a\"; file = \"text\"; } );",
		       ": the anchor \"a\": it holds nothing in PEM");
}

static void test_keys(void **state)
{
	(void)state;
	assert_int_equal(rename(in(&place, "result.key"), in(&place, "kept")), 0);
	expect_refused("", "Cannot read the result key");
	assert_int_equal(rename(in(&place, "gateway.key"), in(&place, "result.key")), 0);
	expect_refused("", "gateway.key; check the path in the configuration");
	put_private(&place, "gateway.key", "nothing of that kind");
	expect_refused("", "gateway.key: it holds nothing in PEM");
	assert_int_equal(link(in(&place, "kept"), in(&place, "another")), 0);
	assert_int_equal(rename(in(&place, "another"), in(&place, "gateway.key")), 0);
	expect_refused("", "is not the private key of gateway.certificate");
	assert_int_equal(rename(in(&place, "result.key"), in(&place, "gateway.key")), 0);
	assert_int_equal(rename(in(&place, "kept"), in(&place, "result.key")), 0);
	assert_int_equal(check(""), EXIT_SUCCESS);
}

/* Each of the two in the other's place; both are told at once. */
static void test_swapped(void **state)
{
	(void)state;
	assert_int_equal(rename(in(&place, "gateway.crt"), in(&place, "kept")), 0);
	assert_int_equal(rename(in(&place, "gateway.key"), in(&place, "gateway.crt")), 0);
	assert_int_equal(rename(in(&place, "kept"), in(&place, "gateway.key")), 0);
	listen_in();
	assert_int_equal(check(""), EXIT_FAILURE);
	assert_int_equal(count_said("gateway.crt: it is a private key, and a certificate belongs here", false), 1);
	assert_int_equal(count_said("gateway.key: it is a certificate, and a private key belongs here", true), 1);
}

/* No device could complete a handshake with it. */
static void test_rsa_gateway(void **state)
{
	struct pki_node gateway = pki_issue(NULL, &(struct pki_request){ .key = PKI_RSA });
	_cleanup_free_ char *certificate = pki_certificate_pem(&gateway), *key = pki_private_pem(gateway.key);

	(void)state;
	(void)put_text(&place, "gateway.crt", certificate);
	put_private(&place, "gateway.key", key);
	listen_in();
	assert_int_equal(check(""), EXIT_FAILURE);
	assert_int_equal(count_said("gateway.crt: its key is RSA", false), 1);
	assert_int_equal(count_said("gateway.key: it is an RSA key", true), 1);
	pki_done(&gateway);
}

/* Nothing is told only after something else was mended. */
static void test_all_at_once(void **state)
{
	const char *const trust =
		"anchors = ( { name = \"a\"; file = \"absent.pem\"; }, { name = \"b\"; file = \"text\"; } ); "
		"crls = ( { file = \"absent.crl\"; } ); registers = ( { file = \"text\"; } );";
	static const char *const parts[] = { "Cannot read ",      "absent.pem",
					     "the anchor \"b\"",  "absent.crl",
					     "text is left out",  "gateway.key: it holds nothing in PEM",
					     "gateway.result-key" };

	(void)state;
	put_private(&place, "gateway.key", "nothing of that kind");
	put_private(&place, "result.key", "nothing of that kind");
	listen_in();
	assert_int_equal(check(trust), EXIT_FAILURE);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_int_not_equal(count_said(parts[i], i == ARRAY_SIZE(parts) - 1), 0);
}

static void put_gateway(const char *not_before, const char *not_after, const char *ca_not_after)
{
	struct pki_node ca =
		pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "CA", .not_after = ca_not_after });
	struct pki_node gateway =
		pki_issue(&ca, &(struct pki_request){ .name = "gw", .not_before = not_before, .not_after = not_after });
	_cleanup_free_ char *leaf = pki_certificate_pem(&gateway), *above = pki_certificate_pem(&ca),
			    *key = pki_private_pem(gateway.key), *chain = NULL;

	assert_true(asprintf(&chain, "%s%s", leaf, above) > 0);
	(void)put_text(&place, "gateway.crt", chain);
	put_private(&place, "gateway.key", key);
	pki_done(&gateway);
	pki_done(&ca);
}

static void test_dates_of_the_gateway(void **state)
{
	(void)state;
	put_gateway(NULL, "20210101000000Z", NULL);
	expect_refused("", "gateway.crt: certificate 1 of it, \"CN=gw\", ended 2021-01-01");
	put_gateway("20390101000000Z", NULL, NULL);
	expect_refused("", "gateway.crt: certificate 1 of it, \"CN=gw\", begins 2039-01-01");
	put_gateway(NULL, NULL, "20210101000000Z");
	expect_refused("", "gateway.crt: certificate 2 of it, \"CN=CA\", ended 2021-01-01");
	put_gateway(NULL, NULL, NULL);
	assert_int_equal(check(""), EXIT_SUCCESS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trust_material),       TEST(test_keys),        TEST(test_swapped), TEST(test_all_at_once),
		TEST(test_dates_of_the_gateway), TEST(test_rsa_gateway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
