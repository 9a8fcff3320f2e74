/* SPDX-License-Identifier: Apache-2.0 */
/* links: refresh */
/* hallmark-refresh: what is installed, kept, said and asked of the daemon; and a set that no entry names yet. */
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "base/clock.h"
#include "ctl_config.h"
#include "ctl_daemon.h"
#include "language_kit.h"
#include "log_kit.h"
#include "pki_crl.h"
#include "set_server.h"
#include "store/sets.h"
#include "store/store.h"
#include "token/label.h"

static struct place place;
static struct set_server server;
static EVP_PKEY *key, *key_of_k;
static int64_t now_sec;

/* --- Sets, and the answers that they come in --- */

static struct bytes new_register(uint64_t sequence, const char *issuer)
{
	struct label_class class = { .product = { .maker = "pen:1", .model = "M" } };
	struct label label = label_small(issuer, &class, 9);
	struct label_register reg = { .iat_sec = now_sec - 1000 + (int64_t)sequence,
				      .exp_sec = now_sec + 864000,
				      .sequence = sequence,
				      .labels = &label,
				      .n_labels = 1 };
	uint8_t token[1024];
	struct writer w = WRITER(token);

	(void)strcpy(reg.issuer, issuer);
	assert_int_equal(label_register_sign(&reg, issuer[0] == 'K' ? key_of_k : key, &w), 0);
	return exact(writer_bytes(&w));
}

/* Of issuer "I"; borrowed. The same number is the same set, to the byte. */
static struct bytes numbered[8];

static struct bytes register_of(uint64_t sequence)
{
	if (!numbered[sequence].p)
		numbered[sequence] = new_register(sequence, "I");
	return numbered[sequence];
}

static void serve_set(struct bytes set, const char *headers)
{
	static uint8_t space[4096];
	struct writer w = WRITER(space);
	const struct bytes parts[] = { bytes_of_string("HTTP/1.1 200 OK\r\nConnection: close\r\n"),
				       bytes_of_string(headers), bytes_of_string("\r\n"), set };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		writer_put(&w, parts[i]);
	assert_false(w.overflow);

	const struct bytes answer = writer_bytes(&w);

	serve(&server, &answer, 1);
}

static void serve_register(uint64_t sequence)
{
	serve_set(register_of(sequence), "ETag: \"of this one\"\r\n");
}

/* --- The command --- */

#define ISSUERS                                                                                                        \
	"issuers = ( { name = \"I\"; key = \"i.pem\"; schemes = [ \"KR-CIC\" ] }, "                                    \
	"{ name = \"K\"; key = \"k.pem\"; schemes = [ \"KR-CIC\" ] } ); "

/* A configuration with that in trust, where @ is the server's port. */
static struct ctl configured(const char *trust)
{
	char text[1024] = "managed = \"trust.conf\"; fetch-ca = \"server-ca.pem\"; " ISSUERS;

	for (const char *c = trust; *c; c++) {
		size_t at = strlen(text);

		assert_true(at + 8 < sizeof(text));
		if (*c == '@')
			(void)snprintf(text + at, sizeof(text) - at, "127.0.0.1:%u", server.port);
		else
			(void)snprintf(text + at, sizeof(text) - at, "%c", *c);
	}
	return (struct ctl){ .config = put_config(&place, text) };
}

static struct ctl one_register(void)
{
	return configured("registers = ( { file = \"reg\"; url = \"https://@/reg\"; } );");
}

/* What the command says on standard error is in count_said(), until its last question. */
static enum ctl_exit refresh(struct ctl ctl)
{
	listen_in();
	return run(ctl_refresh, ctl);
}

static bool is_installed(const char *name, uint64_t sequence)
{
	return bytes_equal(get_file(in(&place, name)), register_of(sequence));
}

static void expect_failed(enum ctl_exit answer, const char *why)
{
	char text[512];
	unsigned n_said;

	(void)snprintf(text, sizeof(text), "reg: not refreshed from https://127.0.0.1:%u/reg: %s", server.port, why);
	n_said = count_said(text, false);
	assert_int_equal(count_said("What was installed is kept; the next try is at ", true), 1);
	if (n_said != 1)
		fail_msg("it was not said: %s", text);
	assert_int_equal(answer, CTL_NO);
	assert_string_equal(output, "");
}

static void expect_installed(struct ctl ctl, const char *text)
{
	assert_int_equal(refresh(ctl), CTL_YES);
	assert_int_equal(count_said("not refreshed", true), 0);
	served(&server);
	if (!printed(text))
		fail_msg("\"%s\" is not in: %s", text, output);
}

/* --- The tests --- */

static void test_installed_and_unchanged(void **state)
{
	struct ctl ctl = one_register();

	(void)state;
	serve_register(4);
	expect_installed(ctl, "installed      ");
	assert_true(printed("sequence 4, issued 20"));
	assert_true(
		printed("reload         hallmarkd does not use them yet (it is not running); it will after its next"));
	assert_true(is_installed("reg", 4));
	assert_null(strstr(server.asked, "If-None-Match"));

	serve_text(&server, HTTP("304 Not Modified", "", "")); /* what the server says when asked so */
	expect_installed(ctl, "unchanged      ");
	assert_non_null(strstr(server.asked, "If-None-Match: \"of this one\"\r\n"));
	assert_false(printed("reload"));

	serve_register(4); /* a server that knows no conditions */
	expect_installed(ctl, "unchanged      ");
	assert_true(is_installed("reg", 4));

	(void)put_text(&place, "reg", "exchanged since"); /* what the server said was of another file */
	serve_register(5);
	expect_installed(ctl, "installed      ");
	assert_null(strstr(server.asked, "If-None-Match"));
	assert_true(is_installed("reg", 5));
}

static void test_failed_and_tried_again(void **state)
{
	struct ctl ctl = one_register();

	(void)state;
	serve_register(4);
	expect_installed(ctl, "installed");
	serve_text(&server, HTTP("503 Later", "Content-Length: 0\r\n", ""));
	expect_failed(refresh(ctl), "the server answered: 503");
	served(&server);
	assert_true(is_installed("reg", 4));

	/* it is not asked again at once; and the list says so */
	assert_int_equal(refresh(ctl), CTL_NO);
	assert_int_equal(count_said("the last try failed (the server answered: 503), and the next is at ", false), 1);
	assert_int_equal(count_said("--force tries now", true), 1);
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("failed since then: 1; the last time: the server answered: 503; next try 20"));
	assert_true(printed("fetched 20"));
	ctl.json = true;
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("\"failures\":1,\"failure\":\"the server answered: 503\""));

	/* what is kept of it is for readers of every language, and for programs */
	speak("ko");
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("\"failures\":1,\"failure\":\"the server answered: 503\""));
	ctl.json = false;
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	speak_english();
	assert_true(printed("종류        이름                             상태      발급       기한"));
	assert_true(printed("그 뒤의 실패 1회, 마지막 원인: 서버의 응답: 503, 다음 시도"));

	ctl.force = true;
	serve_register(5);
	expect_installed(ctl, "sequence 5");
	assert_true(is_installed("reg", 5));
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_false(printed("failed since then"));
}

/* Each beside the register of number 5, which is installed in the end. */
static void test_sets_that_are_not_installed(void **state)
{
	static const struct {
		uint64_t sequence;
		const char *issuer, *why;
	} rows[] = {
		{ 3, "I", "a register of this issuer that is as new or newer is already installed (register-older)" },
		{ 5, "J", "the label's signer is not a configured issuer (label-signer)" },
		{ 5, "K",
		  "it is another set; to accept it, remove the file and refresh again: \"register I\" → \"register "
		  "K\"" },
		{ 0, NULL, "the label statement is not a well-formed token (label-malformed)" },
	};
	struct ctl ctl = one_register();

	(void)state;
	serve_register(4);
	expect_installed(ctl, "sequence 4");
	ctl.force = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_bytes_ struct bytes set = rows[i].issuer ? new_register(rows[i].sequence, rows[i].issuer) :
								    exact(bytes_of_string("\033[2Jnonsense"));

		serve_set(set, "");
		expect_failed(refresh(ctl), rows[i].why);
		served(&server);
		assert_true(is_installed("reg", 4));
	}
	serve_register(5);
	expect_installed(ctl, "sequence 5");
}

/* What the daemon accepted last stands, whatever is installed: until a newer one comes. */
static void test_what_the_daemon_remembers(void **state)
{
	struct ctl ctl = one_register();
	struct store *store = NULL;
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/state/" STORE_FILE, place.path);
	assert_int_equal(store_open(path, &store), 0);
	assert_int_equal(store_set_put(store, &(struct stored_set){ .kind = SET_REGISTER,
								    .identity = "register I",
								    .path = in(&place, "reg"),
								    .sequence = 6,
								    .issued_sec = now_sec - 1000 + 6,
								    .until_sec = now_sec + 864000,
								    .bytes = register_of(6) }),
			 0);
	store_free(store);
	serve_register(5);
	expect_failed(refresh(ctl), "hallmarkd still uses the one that it accepted last, and the next must be newer by "
				    "number and time (docs/trust.md): 6, 20");
	served(&server);
	assert_int_equal(access(in(&place, "reg"), F_OK), -1);
	(void)put_file(&place, "reg", register_of(5));
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_true(printed("left out"));
	assert_true(printed("(docs/trust.md): 6,"));

	ctl.force = true;
	serve_register(7);
	expect_installed(ctl, "sequence 7");
	assert_true(is_installed("reg", 7));
	assert_int_equal(run(ctl_trust_list, ctl), CTL_YES);
	assert_false(printed("left out"));
}

/* Only what a configured CA has signed: else whoever runs the server says who is revoked. */
static void test_revocation_lists(void **state)
{
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "Acme CA" });
	_cleanup_free_ char *pem = pki_certificate_pem(&ca);
	char this_update[32], next_update[32];
	struct tm tm;
	const struct crl_request wanted = { .this_update = this_update, .next_update = next_update, .number = 7 };
	struct bytes crl;
	struct ctl ctl = configured("crls = ( { file = \"reg\"; url = \"https://@/reg\"; } );");

	(void)state;
	assert_true(strftime(this_update, sizeof(this_update), "%Y%m%d%H%M%SZ",
			     gmtime_r(&(time_t){ now_sec - 3600 }, &tm)) > 0);
	assert_true(strftime(next_update, sizeof(next_update), "%Y%m%d%H%M%SZ",
			     gmtime_r(&(time_t){ now_sec + 864000 }, &tm)) > 0);
	crl.p = pki_crl(&ca, &wanted, &crl.n);
	(void)put_text(&place, "acme.pem", pem);
	serve_set(crl, "");
	expect_failed(refresh(ctl), "no configured anchor has signed it; add the CA that issues it as an anchor");
	served(&server);
	assert_int_equal(access(in(&place, "reg"), F_OK), -1);

	ctl = configured("anchors = ( { name = \"Acme\"; file = \"acme.pem\"; } ); "
			 "crls = ( { file = \"reg\"; url = \"https://@/reg\"; } );");
	ctl.force = true;
	serve_set(crl, "");
	expect_installed(ctl, "sequence 7");
	assert_true(bytes_equal(get_file(in(&place, "reg")), crl));
	bytes_done(&crl);
	pki_done(&ca);
}

/* Where it may not be written, and where there is nobody to judge it by. */
static void test_what_is_wrong_on_this_side(void **state)
{
	struct ctl ctl = configured("registers = ( { file = \"none/reg\"; url = \"https://@/reg\"; } );");

	(void)state;
	serve_register(4);
	expect_failed(refresh(ctl), "the file cannot be written: No such file or directory");
	served(&server);
	ctl = one_register();
	(void)put_text(&place, "k.pem", "nonsense");
	assert_int_equal(refresh(ctl), CTL_FAULT);
	assert_int_equal(count_said("the issuer \"K\": it holds nothing in PEM", true), 1);
	assert_int_equal(unlink(in(&place, "k.pem")), 0);
	assert_int_equal(refresh(ctl), CTL_FAULT);
	assert_int_equal(count_said("k.pem", true), 1);
	(void)put_text(&place, "k.pem", golden_key_p384);
	serve_register(4);
	expect_installed(ctl, "sequence 4");
}

/* Two at once would each write what the other did not see. */
static void test_one_at_a_time(void **state)
{
	struct ctl ctl = one_register();
	int fd = open(ctl.config, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(refresh(ctl), CTL_FAULT);
	assert_int_equal(
		count_said("another `hallmarkctl trust` is changing it; try again when that has finished", true), 1);
	(void)close(fd);
	serve_register(4);
	expect_installed(ctl, "sequence 4");
	ctl.config = in(&place, "none.conf");
	assert_int_equal(refresh(ctl), CTL_FAULT);
	assert_int_equal(count_said("none.conf: No such file", true), 1);
}

/* A name that is mistyped is not an entry that is silently never refreshed. */
static void test_entries_by_name(void **state)
{
	struct ctl ctl = configured("registers = ( { file = \"reg\"; url = \"https://@/reg\"; }, "
				    "{ file = \"other\"; url = \"https://@/other\"; }, { file = \"kept\"; } );");
	static const struct {
		const char *word, *why;
	} rows[] = {
		{ "rge", "\"rge\": the configuration has no such entry; `hallmarkctl trust list` shows all" },
		{ "kept", "\"kept\": this entry has no url; `hallmarkctl trust list` shows all" },
	};
	char *words[1];

	(void)state;
	ctl.words = words;
	ctl.n_words = 1;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		words[0] = (char *)(uintptr_t)rows[i].word;
		assert_int_equal(refresh(ctl), CTL_FAULT);
		assert_int_equal(count_said(rows[i].why, true), 1);
	}
	words[0] = (char[]){ "reg" };
	serve_register(4);
	expect_installed(ctl, "installed");
	assert_non_null(strstr(server.asked, "GET /reg "));
	assert_int_equal(access(in(&place, "other"), F_OK), -1);
}

/* --- The daemon reads them at once --- */

static const char *outcome; /* set before the daemon is forked */

static int on_reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)userdata, (void)error;
	return sd_bus_reply_method_return(call, "a{sv}", 2, "outcome", "s", outcome, "admitted", "x", INT64_C(3));
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Reload", "", "a{sv}", on_reload, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static void test_the_daemon_is_told(void **state)
{
	static const struct {
		const char *outcome, *text;
		enum ctl_exit end;
	} rows[] = {
		{ "applied", "applied        in force\n", CTL_YES },
		{ "held", "held           held by the brake: nothing has changed.", CTL_NO },
	};
	struct ctl ctl = one_register();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t child;

		outcome = rows[i].outcome;
		ctl.socket = in(&place, rows[i].outcome);
		child = daemon_start(ctl.socket, vtable);
		serve_register(4 + i);
		assert_int_equal(run(ctl_refresh, ctl), rows[i].end);
		served(&server);
		daemon_stop(child);
		assert_true(printed(rows[i].text));
		assert_true(printed("devices        3 admitted"));
		assert_true(is_installed("reg", 4 + i));
	}
}

static void test_as_json(void **state)
{
	struct ctl ctl = one_register();

	(void)state;
	ctl.json = true;
	serve_register(4);
	expect_installed(ctl, "\"result\":\"installed\",\"why\":\"\",\"identity\":\"register I\",\"sequence\":4,");
	assert_ptr_equal(strstr(output, "{\"entries\":[{\"kind\":\"register\",\"file\":"), output);
	assert_true(printed("],\"reload_note\":\"it is not running\"}\n"));
	serve_register(4);
	expect_installed(ctl, "\"result\":\"unchanged\"");
	serve_text(&server, HTTP("503 Later", "", ""));
	assert_int_equal(refresh(ctl), CTL_NO);
	assert_int_equal(count_said("not refreshed", true), 1);
	served(&server);
	assert_true(printed("\"result\":\"failed\",\"why\":\"the server answered: 503\",\"next_try\":"));
	assert_false(printed("reload"));
	assert_int_equal(refresh(ctl), CTL_NO);
	assert_int_equal(count_said("not refreshed", true), 1);
	assert_true(printed("\"result\":\"waiting\",\"why\":\"the server answered: 503\",\"next_try\":"));
}

/* --- A set that no entry names yet --- */

static void test_a_new_one(void **state)
{
	struct ctl ctl = configured("");
	char *words[] = { (char[]){ "register" }, (char *)(uintptr_t)in(&place, "reg") };
	char url[64];

	(void)state;
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/reg", server.port);
	ctl.url = url;
	ctl.words = words;
	ctl.n_words = 2;
	serve_text(&server, HTTP("404 Not Found", "", ""));
	assert_int_equal(refresh(ctl), CTL_NO);
	assert_int_equal(count_said(": the server answered: 404", false), 1);
	assert_int_equal(count_said("reg: not added: it cannot be fetched from https://127.0.0.1:", true), 1);
	served(&server);
	assert_int_equal(access(in(&place, "reg"), F_OK), -1);

	serve_register(4);
	assert_int_equal(refresh(ctl), CTL_YES);
	assert_int_equal(count_said("", true), 0);
	served(&server);
	assert_true(is_installed("reg", 4));
}

/* Nothing is asked of a server for these; test_a_new_one() has the twin. */
static void test_what_is_no_new_one(void **state)
{
	static const struct {
		const char *kind, *url, *why;
		unsigned n_words;
		bool is_forced;
	} rows[] = {
		{ "anchor", "https://h/x", "\"anchor\" is not a kind of set; give register, status-list", 2, false },
		{ "sets", "https://h/x", "\"sets\" is not a kind of set; give register, status-list", 2, false },
		{ "register", "https://h/x", "with --url give the set's KIND and its FILE, and nothing else", 1,
		  false },
		{ "register", "https://h/x", "with --url give the set's KIND and its FILE, and nothing else", 2, true },
		{ "register", "https://h/\n", "the path or the url is too long or not printable", 2, false },
	};
	struct ctl ctl = configured("");
	char *words[2] = { NULL, (char *)(uintptr_t)in(&place, "reg") };

	(void)state;
	ctl.words = words;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		words[0] = (char *)(uintptr_t)rows[i].kind;
		ctl.url = rows[i].url;
		ctl.n_words = rows[i].n_words;
		ctl.force = rows[i].is_forced;
		assert_int_equal(refresh(ctl), CTL_FAULT);
		assert_int_equal(count_said(rows[i].why, true), 1);
	}
	assert_int_equal(access(in(&place, "reg"), F_OK), -1);
}

/* Two files of one set would displace each other at every start. */
static void test_a_set_that_another_file_holds(void **state)
{
	struct ctl ctl = configured("registers = ( { file = \"reg\"; } );");
	char *words[] = { (char[]){ "register" }, NULL };

	(void)state;
	ctl.words = words;
	ctl.n_words = 2;
	(void)put_file(&place, "reg", register_of(4));
	words[1] = (char *)(uintptr_t)put_file(&place, "next", register_of(5));
	listen_in();
	assert_int_equal(run(ctl_trust_add, ctl), CTL_NO);
	assert_int_equal(
		count_said("/reg holds \"register I\" already; to replace it, write the new one into that file", true),
		1);
	assert_int_equal(access(in(&place, "trust.conf"), F_OK), -1);

	_cleanup_bytes_ struct bytes other = new_register(4, "K");

	words[1] = (char *)(uintptr_t)put_file(&place, "other", other);
	assert_int_equal(run(ctl_trust_add, ctl), CTL_YES);
}

static int set_up(void **state)
{
	(void)state;
	place = place_new();
	server = set_server_new(&place);
	now_sec = clock_realtime_sec();
	key = key_named("p256", true);
	key_of_k = key_named("p384", true);
	put_installation(&place);
	(void)put_text(&place, "i.pem", golden_key_p256);
	(void)put_text(&place, "k.pem", golden_key_p384);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbered); i++) {
		bytes_done(&numbered[i]);
		numbered[i] = (struct bytes){ 0 };
	}
	EVP_PKEY_free(key);
	EVP_PKEY_free(key_of_k);
	set_server_done(&server);
	place_done(&place);
	return 0;
}

#define REFRESH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REFRESH_TEST(test_installed_and_unchanged),
		REFRESH_TEST(test_failed_and_tried_again),
		REFRESH_TEST(test_sets_that_are_not_installed),
		REFRESH_TEST(test_what_the_daemon_remembers),
		REFRESH_TEST(test_revocation_lists),
		REFRESH_TEST(test_what_is_wrong_on_this_side),
		REFRESH_TEST(test_one_at_a_time),
		REFRESH_TEST(test_entries_by_name),
		REFRESH_TEST(test_the_daemon_is_told),
		REFRESH_TEST(test_as_json),
		REFRESH_TEST(test_a_new_one),
		REFRESH_TEST(test_what_is_no_new_one),
		REFRESH_TEST(test_a_set_that_another_file_holds),
	};

	(void)setenv("COLUMNS", "200", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
