/* SPDX-License-Identifier: Apache-2.0 */
/* links: trust */
/* `hallmarkctl trust add`, `remove` and `list`: what is written, what is refused with which words, and what is then listed. */
#include "ctl_config.h"
#include "log_kit.h"

static struct ctl ctl_of(const char *config, char **words)
{
	return (struct ctl){ .config = config, .words = words, .n_words = 2, .operand = words[0] };
}

/* The exit status, and that this was said. */
static void expect_refusal(enum ctl_exit (*command)(const struct ctl *), struct ctl ctl, enum ctl_exit expected,
			   const char *why)
{
	enum ctl_exit answer;

	listen_in();
	answer = run(command, ctl);
	if (count_said(why, true) == 0)
		fail_msg("it was not said: %s", why);
	assert_int_equal(answer, expected);
}

static const char *put_anchor(const struct place *p)
{
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "Acme CA" });
	_cleanup_free_ char *pem = pki_certificate_pem(&ca);

	pki_done(&ca);
	return put_text(p, "acme.pem", pem);
}

static void test_add_list_remove(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *config = put_config(&p, "managed = \"trust.conf\";"), *pem = put_anchor(&p);
	char *words[] = { (char[]){ "anchor" }, (char *)(uintptr_t)pem, NULL };
	struct ctl ctl = ctl_of(config, words);

	(void)state;
	log_set_level(-1);
	put_installation(&p);
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("The configuration names no anchor, issuer or set to trust."));

	ctl.name = "Acme";
	assert_int_equal(run(ctl_trust_add, ctl), CTL_YES);
	assert_true(printed("added"));
	assert_true(printed("anchor Acme; hallmarkd uses it after the next reload or start"));
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("anchor      Acme                             current"));
	assert_true(printed("Acme CA"));
	ctl.json = true;
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("\"state\":\"current\""));
	assert_true(printed("\"managed\":true"));
	ctl.json = false;

	expect_refusal(ctl_trust_add, ctl, CTL_NO, "anchor \"Acme\" exists already: ");
	words[1] = (char[]){ "Bacme" };
	expect_refusal(ctl_trust_remove, ctl, CTL_NO, "\"Bacme\": the configuration has no such anchor");
	words[1] = (char[]){ "Acme" };
	assert_int_equal(run(ctl_trust_remove, ctl), CTL_YES);
	assert_true(printed("removed"));
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("The configuration names no anchor, issuer or set to trust."));
}

/* Each lacks one thing or has one too many; nothing is written. */
static void test_options_that_do_not_fit(void **state)
{
	static const struct {
		const char *kind, *name, *schemes, *url, *why;
	} rows[] = {
		{ "anker", "Acme", NULL, NULL, "\"anker\" is not a kind of trust; give anchor, issuer, register" },
		{ "anchor", NULL, NULL, NULL, "give the anchor a name with --name" },
		{ "anchor", "Acme", "KR-CIC", NULL, "an anchor has no schemes or makers" },
		{ "anchor", "Acme", NULL, "https://a.example/", "an anchor is not fetched" },
		{ "anchor", "Acme\n", NULL, NULL, "the name is too long or not printable" },
		{ "issuer", "Acme", NULL, NULL, "give what the issuer may speak for" },
		{ "register", "Acme", NULL, NULL, "a register itself names its issuer" },
	};
	_cleanup_place_ struct place p = place_new();
	const char *config = put_config(&p, "managed = \"trust.conf\";"), *pem = put_anchor(&p);

	(void)state;
	put_installation(&p);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *words[] = { (char *)(uintptr_t)rows[i].kind, (char *)(uintptr_t)pem, NULL };
		struct ctl ctl = ctl_of(config, words);

		ctl.name = rows[i].name;
		ctl.schemes = rows[i].schemes;
		ctl.url = rows[i].url;
		expect_refusal(ctl_trust_add, ctl, CTL_FAULT, rows[i].why);
	}
	assert_int_equal(access(in(&p, "trust.conf"), F_OK), -1);
}

/* What the daemon would leave out is not added. */
static void test_files_that_are_not_good(void **state)
{
	static const char *const kinds[] = { "anchor", "issuer", "register", "status-list", "crl" };
	_cleanup_place_ struct place p = place_new();
	const char *config = put_config(&p, "managed = \"trust.conf\";"), *file = put_text(&p, "nonsense", "nonsense");

	(void)state;
	put_installation(&p);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char *words[] = { (char *)(uintptr_t)kinds[i], (char *)(uintptr_t)file, NULL };
		struct ctl ctl = ctl_of(config, words);

		ctl.name = i < 2 ? "Acme" : NULL;
		ctl.schemes = i == 1 ? "KR-CIC" : NULL;
		expect_refusal(ctl_trust_add, ctl, CTL_NO, "not added, hallmarkd would leave it out: ");
	}
	assert_int_equal(access(in(&p, "trust.conf"), F_OK), -1);
}

static void test_an_issuer(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *config = put_config(&p, "managed = \"trust.conf\";");
	const char *pem = put_text(&p, "issuer.pem", golden_key_p256);
	char *words[] = { (char[]){ "issuer" }, (char *)(uintptr_t)pem, NULL };
	struct ctl ctl = ctl_of(config, words);

	(void)state;
	log_set_level(-1);
	put_installation(&p);
	ctl.name = "labels.kr.example";
	ctl.schemes = "KR-NOT";
	assert_int_equal(run(ctl_trust_add, ctl), CTL_FAULT); /* the configuration would not load with it */
	assert_int_equal(access(in(&p, "trust.conf"), F_OK), -1);
	ctl.schemes = "KR-CIC";
	assert_int_equal(run(ctl_trust_add, ctl), CTL_YES);
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("labels.kr.example"));
	assert_true(printed("transcriber of KR-CIC"));
}

/* What stands in a file that people write is theirs, and without a file of its own nothing is written. */
static void test_what_is_not_ours_to_edit(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *pem = put_anchor(&p);
	const char *config = put_config(&p, "anchors = ( { name = \"Acme\"; file = \"acme.pem\" },"
					    " { name = \"Gone\"; file = \"gone.pem\" } );");
	char *words[] = { (char[]){ "anchor" }, (char[]){ "Acme" }, NULL };
	struct ctl ctl = ctl_of(config, words);

	(void)state;
	put_installation(&p);
	expect_refusal(ctl_trust_remove, ctl, CTL_FAULT, "which hallmarkctl does not edit; remove it there by hand");
	words[1] = (char *)(uintptr_t)pem;
	ctl.name = "Other";
	expect_refusal(ctl_trust_add, ctl, CTL_FAULT, "names no file that hallmarkctl may write; add managed");
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("anchor      Acme                             current"));
	assert_true(printed("anchor      Gone                             missing"));
	assert_true(printed("there is no such file, and hallmarkd does not start without it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_list_remove),          cmocka_unit_test(test_options_that_do_not_fit),
		cmocka_unit_test(test_files_that_are_not_good),  cmocka_unit_test(test_an_issuer),
		cmocka_unit_test(test_what_is_not_ours_to_edit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
