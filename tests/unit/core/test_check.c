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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_trust_material),
		TEST(test_keys),
		TEST(test_swapped),
		TEST(test_rsa_gateway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
