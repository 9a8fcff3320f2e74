/* SPDX-License-Identifier: Apache-2.0 */
/* links: core */
/* What `hallmarkd --check` says of the files that a configuration names. */
#include <sched.h>
#include <sys/mount.h>

#include <fcntl.h>

#include "config/config.h"
#include "core/check.h"
#include "ctl_config.h"
#include "log_kit.h"
#include "store/store.h"

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
	assert_int_equal(count_said("gateway.crt: it holds a private key, and a certificate belongs here", false), 1);
	assert_int_equal(count_said("gateway.key: it holds a certificate, and a private key belongs here", true), 1);
}

static void join(const char *first, const char *second, const char *into)
{
	_cleanup_free_ char *text = NULL;
	struct bytes part = get_file(in(&place, first));

	assert_true(asprintf(&text, "%.*s", (int)part.n, (const char *)part.p) > 0);
	part = get_file(in(&place, second));

	_cleanup_free_ char *both = NULL;

	assert_true(asprintf(&both, "%s%.*s", text, (int)part.n, (const char *)part.p) > 0);
	put_private(&place, into, both);
}

/* A key and its certificate in one file, in both orders, serves wherever one of them is read. */
static void test_two_in_a_file(void **state)
{
	static const char *const orders[][2] = { { "crt", "key" }, { "key", "crt" } };
	static const char *const files[] = { "gateway.crt", "gateway.key", "result.key" };

	(void)state;
	assert_int_equal(rename(in(&place, "gateway.crt"), in(&place, "crt")), 0);
	assert_int_equal(rename(in(&place, "gateway.key"), in(&place, "key")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(files); j++)
			join(orders[i][0], orders[i][1], files[j]);
		assert_int_equal(check(""), EXIT_SUCCESS);
		join("crt", "crt", "gateway.key");
		expect_refused("", "gateway.key: it holds a certificate, and a private key belongs here");
		join("key", "key", "gateway.crt");
		join("crt", "key", "gateway.key");
		expect_refused("", "gateway.crt: it holds a private key, and a certificate belongs here");
	}
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

/* What a start would do with the store; and a store that it could not open. */
static void test_store(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct config *config = NULL;
	struct store *s = NULL;
	char path[512], page[4096] = { 'x' };
	size_t n;
	int fd = -1;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_int_equal(config_load(put_config(&place, ""), &config), 0);
	(void)mkdir(config->state, 0700);
	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, config->state);
	assert_int_equal(core_check_store(config, out), EXIT_SUCCESS);
	assert_int_equal(fflush(out), 0);
	assert_non_null(strstr(text, "there is none yet; the start makes it\n"));
	assert_int_equal(store_open(path, &s), 0);
	store_free(s);
	assert_int_equal(core_check_store(config, out), EXIT_SUCCESS);
	assert_int_equal(fflush(out), 0);
	assert_non_null(strstr(text, ": schema 10, this program's\n"));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, page, sizeof(page), 2 * sizeof(page)),
			 sizeof(page)); /* what an opening does not read */
	(void)close(fd);
	listen_in();
	assert_int_equal(core_check_store(config, out), EXIT_FAILURE);
	assert_int_equal(count_said("not an intact store of hallmarkd; move the file away", true), 1);
	assert_int_equal(truncate(path, 5000), 0);
	listen_in();
	assert_int_equal(core_check_store(config, out), EXIT_FAILURE);
	assert_int_equal(count_said("not an intact store of hallmarkd; move the file away", true), 1);
	assert_int_equal(fclose(out), 0);
	config_free(config);
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

#define USER_ID 4711

/* In this process alone the machine has the daemon's user. */
static bool has_user(void)
{
	const char *passwd = put_text(&place, "passwd", "root:x:0:0::/:/bin/sh\nhallmark:x:4711:4711::/:/bin/false\n");

	return geteuid() == 0 && chmod(passwd, 0644) == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(passwd, "/etc/passwd", NULL, MS_BIND, NULL) == 0;
}

static void give(const char *name, uid_t owner, mode_t mode)
{
	assert_int_equal(chown(in(&place, name), owner, owner), 0);
	assert_int_equal(chmod(in(&place, name), mode), 0);
}

/* root may read what the daemon's user may not: each file so, beside the same file as it should be. */
static void test_as_the_daemon_s_user(void **state)
{
	static const char trust[] = "anchors = ( { name = \"a\"; file = \"folder/anchor.pem\"; } );";
	static const struct {
		const char *name;
		uid_t good_owner, bad_owner;
		mode_t good_mode, bad_mode;
		const char *said;
	} rows[] = {
		{ "gateway.key", USER_ID, 0, 0600, 0600,
		  "gateway.key: the user hallmark, as whom hallmarkd runs, cannot read it" },
		{ "result.key", USER_ID, 0, 0600, 0600, "or name it with LoadCredential= in hallmarkd.service" },
		{ "gateway.crt", 0, 0, 0644, 0600, "gateway.certificate, " },
		{ "hallmarkd.conf", 0, 0, 0644, 0600, "the configuration, " },
		{ "folder/anchor.pem", 0, 0, 0644, 0640,
		  "anchor.pem: the user hallmark, as whom hallmarkd runs, cannot read it" },
		{ "folder", 0, 0, 0755, 0700, "/folder; chmod a+x " },
		{ "state", USER_ID, 4712, 0700, 0700,
		  "/state: the user hallmark, as whom hallmarkd runs, cannot use it" },
	};

	(void)state;
	assert_int_equal(chmod(place.path, 0755), 0);
	assert_int_equal(mkdir(in(&place, "folder"), 0755), 0);
	assert_int_equal(rename(in(&place, "anchor.pem"), in(&place, "folder/anchor.pem")), 0);
	if (!has_user())
		skip();
	assert_int_equal(check(trust), EXIT_SUCCESS); /* root owns the state, and runs the daemon */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		give(rows[i].name, rows[i].good_owner, rows[i].good_mode);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(check(trust), EXIT_SUCCESS);
		give(rows[i].name, rows[i].bad_owner, rows[i].bad_mode);
		expect_refused(trust, rows[i].said);
		give(rows[i].name, rows[i].good_owner, rows[i].good_mode);
	}
	assert_int_equal(symlink("loop", in(&place, "folder/loop")), 0);
	expect_refused("anchors = ( { name = \"a\"; file = \"folder/loop\"; } );", "Too many levels of symbolic links");
	assert_int_equal(umount("/etc/passwd"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static int check_with(const char *nft)
{
	struct config *config = NULL;
	int status;

	assert_int_equal(chmod(put_text(&place, "nft", nft), 0755), 0);
	assert_int_equal(config_load(put_config(&place, ""), &config), 0);
	(void)snprintf(config->nft, sizeof(config->nft), "%s/nft", place.path);
	listen_in();
	status = core_check(config);
	config_free(config);
	return status;
}

/* The configuration may be for another machine: what this one's kernel lacks is told, and nothing is refused. */
static void test_kernel(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(check_with("#!/bin/sh\n! grep -q jhash\n"), EXIT_SUCCESS);
	assert_int_equal(
		count_said("nf_tables lack hashes (`jhash`): hallmarkd could not tell senders apart; use a kernel "
			   "with CONFIG_NFT_HASH",
			   true),
		1);
	assert_int_equal(check_with("#!/bin/sh\n! grep -q fib\n"), EXIT_SUCCESS);
	assert_int_equal(count_said("this kernel has no `fib` in nf_tables; use one, 5.19 or later", true), 1);
	assert_int_equal(check_with("#!/bin/sh\nexit 0\n"), EXIT_SUCCESS);
	assert_int_equal(count_said("this kernel", true), 0);
	assert_int_equal(check_with("#!/bin/sh\nexit 1\n"), EXIT_SUCCESS); /* which may be the lack of a privilege */
	assert_int_equal(count_said("this kernel", true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_as_the_daemon_s_user),
		TEST(test_trust_material),
		TEST(test_keys),
		TEST(test_store),
		TEST(test_swapped),
		TEST(test_two_in_a_file),
		TEST(test_all_at_once),
		TEST(test_dates_of_the_gateway),
		TEST(test_rsa_gateway),
		TEST(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
