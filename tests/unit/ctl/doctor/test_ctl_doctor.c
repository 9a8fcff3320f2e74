/* SPDX-License-Identifier: Apache-2.0 */
/* links: doctor */
/* What `hallmarkctl doctor` finds on the disk and what it says to do: each fault beside an installation that has none. */
#include <errno.h>

#include "base/clock.h"
#include "config/config.h"
#include "ctl/doctor/doctor.h"
#include "ctl/value.h"
#include "ctl_config.h"
#include "language_kit.h"
#include "log_kit.h"

static struct doctor d;

/* Looks with one check at a place, after the configuration was read. */
static void look(const struct place *p, void (*check)(struct doctor *d), int64_t now_sec)
{
	static char path[128];

	if (d.findings)
		value_free(d.findings);
	config_free(d.config);
	(void)snprintf(path, sizeof(path), "%s/hallmarkd.conf", p->path);
	d = (struct doctor){ .path = path, .findings = value_new(VALUE_LIST), .check = "test", .now_sec = now_sec };
	log_set_level(-1);
	doctor_configuration(&d);
	assert_int_equal(d.n[DOCTOR_OK] > 0, d.config != NULL);
	if (check)
		check(&d);
}

static void expect_found(const char *level, const char *text, const char *remedy)
{
	for (const struct value *f = d.findings->first; f; f = f->next)
		if (strcmp(value_text(f, "level"), level) == 0 && strstr(value_text(f, "text"), text) &&
		    strstr(value_text(f, "remedy"), remedy))
			return;
	fail_msg("not found: %s: %s", level, text);
}

static void expect_nothing_amiss(void)
{
	assert_int_equal(d.n[DOCTOR_FAULT] + d.n[DOCTOR_WARNING] + d.n[DOCTOR_UNKNOWN], 0);
}

static void test_configuration(void **state)
{
	_cleanup_place_ struct place p = place_new();

	(void)state;
	(void)put_text(&p, "hallmarkd.conf", "gateway = {\n");
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "is not valid: the files that it names were not checked", "hallmarkd --check --config ");
	assert_null(d.findings->first->next); /* and of its keys nothing is said */
	(void)put_config(&p, "");
	look(&p, NULL, PKI_NOW_SEC);
	expect_found("ok", "1 rules, 0 issuers, home scheme KR-CIC", "");
	expect_nothing_amiss();
	assert_null(d.findings->first->next);
	(void)put_config(&p, " }; arrangements = ( { id = \"R1\"; enabled = false; } ); inventory = { ");
	look(&p, NULL, PKI_NOW_SEC);
	expect_found("ok", "\"R1\" changes the shipped entry at ", "");
	expect_nothing_amiss();
}

static void test_keys(void **state)
{
	_cleanup_place_ struct place p = place_new();

	(void)state;
	(void)put_config(&p, "");
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "gateway.crt cannot be checked: No such file", "install it there");
	put_installation(&p);
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_nothing_amiss();
	expect_found("ok", "the keys exist, and only their owner can read them", "");

	assert_int_equal(chmod(in(&p, "gateway.key"), 0640), 0);
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "gateway.key has mode 0640: users other than its owner may use it", "chmod 600 ");
	assert_int_equal(chmod(in(&p, "gateway.key"), 0600), 0);

	put_private(&p, "gateway.key", golden_private_p256);
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "do not belong together", "install the certificate that was issued for this key");
	put_private(&p, "result.key", "nonsense");
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "result.key: it holds nothing in PEM", "name the right file");

	put_private(&p, "result.key", golden_key_p256);
	assert_int_equal(rename(in(&p, "gateway.key"), in(&p, "kept")), 0);
	assert_int_equal(rename(in(&p, "gateway.crt"), in(&p, "gateway.key")), 0);
	assert_int_equal(chmod(in(&p, "gateway.key"), 0600), 0);
	assert_int_equal(rename(in(&p, "kept"), in(&p, "gateway.crt")), 0);
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "gateway.crt: it holds a private key, and a certificate belongs here",
		     "name the certificate");
	expect_found("fault", "gateway.key: it holds a certificate, and a private key belongs here", "name the file");
	expect_found("fault", "result.key: it holds a public key, and a private key belongs here", "name the file");
}

/* Cause and remedy of a file are one text in each language, and come apart in each. */
static void test_in_korean(void **state)
{
	_cleanup_place_ struct place p = place_new();
	char *text = NULL;
	size_t n;
	struct ctl ctl = { .out = open_memstream(&text, &n) };

	(void)state;
	(void)put_config(&p, "");
	put_installation(&p);
	put_private(&p, "result.key", golden_key_p256);
	speak("ko");
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("ok", ": 규칙 1개, 발급자 0개, 자국 제도 KR-CIC", "");
	expect_found("fault", "result.key: 공개 키가 들어 있으며, 여기에는 개인 키가 있어야 합니다",
		     "개인 키의 파일을 지정하십시오");
	d.check = "keys";
	doctor_find(&d, DOCTOR_WARNING, doctor_remedy("chmod 700 %s", "/x"), "%s exists", "/x");
	d.ctl = &ctl;
	doctor_show(&d);
	speak_english();
	(void)fclose(ctl.out);
	assert_non_null(strstr(text, "경고    키            /x이(가) 있습니다\n        "
				     "              → chmod 700 /x\n"));
	assert_non_null(strstr(text, "결함    test          "));
	assert_non_null(strstr(text, "\n결함: 1. 경고: 1. 확인 못 함: 0.\n"));
	free(text);
}

/* What a configuration is refused for is in the language of who has it checked; its keys are not. */
static void test_a_configuration_in_korean(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *path = put_text(&p, "hallmarkd.conf", "gatway = { };\n");
	struct config *config = NULL;
	int r;

	(void)state;
	speak("ko");
	listen_in();
	r = config_load(path, &config);
	speak_english();
	assert_int_equal(count_said("hallmarkd.conf:1: 알 수 없는 키 \"gatway\". 혹시 \"gateway\"입니까?", false), 1);
	assert_int_equal(count_said("hallmarkd.conf:1: 여기에 \"zones\"이(가) 없습니다. 추가하십시오: ", true), 1);
	assert_true(r < 0);
}

/* The result key is read as the daemon reads it. */
static void test_result_key(void **state)
{
	static const struct {
		const char *first, *second, *fault; /* NULL: it is good */
	} rows[] = {
		{ golden_key_p256, golden_private_p256, NULL },
		{ golden_private_p256, golden_key_p256, NULL },
		{ golden_key_p256, golden_key_p384,
		  "result.key: it holds a public key, and a private key belongs here" },
		{ golden_key_p256, golden_private_k256, "result.key: its key is not of the profile" },
		{ "-----BEGIN PRIVATE KEY-----\nMAA=\n", "-----END PRIVATE KEY-----\n",
		  "result.key: a key in it is damaged" },
	};
	_cleanup_place_ struct place p = place_new();

	(void)state;
	(void)put_config(&p, "");
	put_installation(&p);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char both[1024];

		(void)snprintf(both, sizeof(both), "%s%s", rows[i].first, rows[i].second);
		put_private(&p, "result.key", both);
		look(&p, doctor_keys, PKI_NOW_SEC);
		if (rows[i].fault)
			expect_found("fault", rows[i].fault, "");
		else
			expect_nothing_amiss();
	}
}

static void test_keys_of_others(void **state)
{
	_cleanup_place_ struct place p = place_new();

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)put_config(&p, "");
	put_installation(&p);
	assert_int_equal(chown(in(&p, "gateway.key"), 65534, 65534), 0);
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_found("fault", "gateway.key belongs to user 65534, who may replace it", "chown root:root ");
	assert_int_equal(chown(in(&p, "gateway.key"), 0, 0), 0);
	assert_int_equal(chown(in(&p, "state"), 65534, 65534), 0);
	look(&p, doctor_keys, PKI_NOW_SEC);
	expect_nothing_amiss();
	look(&p, doctor_state, PKI_NOW_SEC);
	expect_found("fault", "state belongs to user 65534, who may replace verdicts", "chown -R hallmark:hallmark ");
}

static void test_the_certificate_s_time(void **state)
{
	const struct {
		int64_t now_sec;
		const char *level, *text;
	} rows[] = {
		{ PKI_NOT_AFTER_SEC + 1, "fault", "the gateway's certificate ended " },
		{ PKI_NOT_AFTER_SEC - 10 * 86400, "warning", "the gateway's certificate ends in " },
		{ 1500000000, "fault", "the gateway's certificate begins " },
		{ PKI_NOT_AFTER_SEC - 31 * 86400, "ok", "the gateway's certificate lasts until " },
	};
	_cleanup_place_ struct place p = place_new();

	(void)state;
	(void)put_config(&p, "");
	put_installation(&p);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		look(&p, doctor_keys, rows[i].now_sec);
		expect_found(rows[i].level, rows[i].text, "");
	}
	expect_nothing_amiss(); /* of the last one */
}

static void test_trust(void **state)
{
	_cleanup_place_ struct place p = place_new();

	(void)state;
	put_installation(&p);
	(void)put_config(&p, "");
	look(&p, doctor_trust, PKI_NOW_SEC);
	expect_found("warning", "no issuer of labels is trusted: no label counts", "hallmarkctl trust add issuer");
	(void)put_config(&p, "issuers = ( { name = \"labels.kr.example\"; key = \"issuer.pem\";"
			     " schemes = [ \"KR-CIC\" ] } );");
	look(&p, doctor_trust, PKI_NOW_SEC);
	expect_found("fault", "the issuer labels.kr.example is missing: ", "install a valid one there");
	expect_found("ok", "0 of 1 keys, certificates and sets are current", "");
	(void)put_text(&p, "issuer.pem", "nonsense");
	look(&p, doctor_trust, PKI_NOW_SEC);
	expect_found("fault", "the issuer labels.kr.example is left out: ", "install a valid one there");
	(void)put_text(&p, "issuer.pem", golden_key_p256);
	look(&p, doctor_trust, PKI_NOW_SEC);
	expect_nothing_amiss();
	expect_found("ok", "1 of 1 keys, certificates and sets are current", "");
}

static void test_the_state_s_directory(void **state)
{
	_cleanup_place_ struct place p = place_new();

	(void)state;
	(void)put_config(&p, "");
	look(&p, doctor_state, PKI_NOW_SEC);
	expect_found("fault", "no verdict would survive a restart", "install -d -m 700 -o hallmark");
	put_installation(&p);
	assert_int_equal(chmod(in(&p, "state"), 0777), 0);
	look(&p, doctor_state, PKI_NOW_SEC);
	expect_found("fault", "has mode 0777: other users may replace verdicts", "chmod 700 ");
	assert_int_equal(chmod(in(&p, "state"), 0700), 0);
	look(&p, doctor_state, PKI_NOW_SEC);
	expect_found("ok", "state exists", "");
	assert_int_equal(d.n[DOCTOR_FAULT], 0);
}

/* On this machine nobody has called an interface so. */
static void test_interfaces(void **state)
{
	_cleanup_place_ struct place p = place_new();

	(void)state;
	(void)put_config(&p, "");
	look(&p, NULL, PKI_NOW_SEC);
	(void)strcpy(d.config->ruleset.guarded[0], "none-such-0");
	(void)strcpy(d.config->ruleset.uplinks[0], "none-such-*");
	doctor_interfaces(&d);
	expect_found("fault", "the guarded interface \"none-such-0\" does not exist", "`ip link` shows the interfaces");
	expect_found("warning", "no interface matches the uplink \"none-such-*\"", "correct the pattern");
}

static void test_programs(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(
		doctor_run((const char *const[]){ "sh", "-c", "echo one; echo two", NULL }, text, sizeof(text)), 0);
	assert_string_equal(text, "one\ntwo");
	assert_int_equal(doctor_run((const char *const[]){ "sh", "-c", "exit 3", NULL }, text, sizeof(text)), 3);
	assert_string_equal(text, "");
	assert_int_equal(doctor_run((const char *const[]){ "/no/such/program", NULL }, text, sizeof(text)), -ENOENT);
	assert_true(doctor_read_line("/proc/self/comm", text, sizeof(text)));
	assert_string_equal(text, "test_ctl_doctor");
	assert_false(doctor_read_line("/no/such/file", text, sizeof(text)));
}

/* All checks, and both forms: the worst is last on the page. */
static void test_the_whole(void **state)
{
	_cleanup_place_ struct place p = place_new();
	struct ctl ctl = { .config = put_text(&p, "hallmarkd.conf", "gateway = {\n") };
	const char *fault;

	(void)state;
	log_set_level(-1);
	assert_int_equal(run(ctl_doctor, ctl), CTL_NO);
	fault = strstr(output, "FAULT   configuration");
	assert_non_null(fault);
	assert_non_null(strstr(fault, "→ correct it;"));
	assert_null(strstr(fault, "\nok "));
	assert_non_null(strstr(fault, "Faults: "));
	ctl.json = true;
	assert_int_equal(run(ctl_doctor, ctl), CTL_NO);
	assert_true(printed("\"check\":\"configuration\""));
	assert_true(printed("\"level\":\"fault\""));
	assert_true(printed("\"faults\":"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configuration),  cmocka_unit_test(test_keys),
		cmocka_unit_test(test_in_korean),      cmocka_unit_test(test_a_configuration_in_korean),
		cmocka_unit_test(test_keys_of_others), cmocka_unit_test(test_the_certificate_s_time),
		cmocka_unit_test(test_trust),          cmocka_unit_test(test_the_state_s_directory),
		cmocka_unit_test(test_interfaces),     cmocka_unit_test(test_programs),
		cmocka_unit_test(test_the_whole),      cmocka_unit_test(test_result_key),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (d.findings)
		value_free(d.findings);
	config_free(d.config);
	return failed;
}
