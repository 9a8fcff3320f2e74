/* SPDX-License-Identifier: Apache-2.0 */
/* links: trust */
/* What is remembered of fetching, how long it waits, how files are exchanged, and the file that hallmarkctl writes. */
#include <errno.h>
#include <sys/stat.h>

#include "appraise/appraise.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/file.h"
#include "ctl/trust/fetch_memory.h"
#include "ctl/trust/managed.h"
#include "ctl_kit.h"
#include "token/label.h"

DEFINE_CLEANUP(struct trust *, trust_free);

/* libconfig 1.5 itself forgets a text that a syntax error follows; ours is not suppressed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yy";
}

#define URL "https://a.example/r"

/* --- What is remembered --- */

static void test_memory(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *file = in(&p, "register");
	struct fetch_memory m = { .url = URL,
				  .validators = { .etag = "\"a=b\"", .last_modified = "Wed, 25 Nov 2026 00:00:00 GMT" },
				  .sha256 = "00",
				  .fetched_sec = 1800000000,
				  .next_sec = 1800000060,
				  .failures = 3,
				  .failure = "it is incomplete: 7 bytes" };
	struct fetch_memory again;

	(void)state;
	fetch_memory_load(file, URL, &again);
	assert_string_equal(again.url, URL);
	assert_true(again.fetched_sec == 0 && again.failures == 0);
	assert_int_equal(fetch_memory_save(file, &m), 0);
	fetch_memory_load(file, URL, &again);
	assert_string_equal(again.validators.etag, m.validators.etag);
	assert_string_equal(again.validators.last_modified, m.validators.last_modified);
	assert_string_equal(again.sha256, "00");
	assert_string_equal(again.failure, m.failure);
	assert_true(again.fetched_sec == m.fetched_sec && again.next_sec == m.next_sec && again.failures == 3);

	/* another address has other validators, and has not failed */
	fetch_memory_load(file, URL "2", &again);
	assert_string_equal(again.url, URL "2");
	assert_string_equal(again.validators.etag, "");
	assert_true(again.failures == 0 && again.next_sec == 0);
}

static void test_memory_of_nonsense(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n=\n",
		"url=" URL "\nnext=-5\n",
		"url=" URL "\nfailures=-1\n",
		"url=" URL "\netag=a\x01z\n",
		"url=" URL "\nnext=soon\n",
		"url\n",
		"etag=\"x\"\n",
	};
	_cleanup_place_ struct place p = place_new();
	const char *file = in(&p, "register");
	struct fetch_memory m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		(void)put_text(&p, "register.fetch", texts[i]);
		fetch_memory_load(file, URL, &m);
		assert_string_equal(m.url, URL);
		assert_string_equal(m.validators.etag, "");
		assert_true(m.next_sec == 0 && m.failures == 0);
	}
	(void)put_text(&p, "register.fetch", "# note\nurl=" URL "\netag=\"x\"\nunknown=1\n"); /* and the twin */
	fetch_memory_load(file, URL, &m);
	assert_string_equal(m.validators.etag, "\"x\"");
}

/* --- How long it waits --- */

static void test_backoff(void **state)
{
	(void)state;
	for (int64_t failures = 1; failures < 70; failures++) {
		int64_t least = fetch_backoff_sec(failures, 0), most = 0;

		for (uint32_t chance = 0; chance < 30000; chance += 7) {
			int64_t sec = fetch_backoff_sec(failures, chance);

			assert_true(sec >= least);
			most = sec > most ? sec : most;
		}
		assert_true(least >= 45 && most <= FETCH_BACKOFF_MAX_SEC + FETCH_BACKOFF_MAX_SEC / 4);
		assert_true(most > least + least / 2); /* gateways that failed together do not come back together */
		assert_true(failures > 8 || fetch_backoff_sec(failures + 1, 0) == 2 * least);
	}
	assert_int_equal(fetch_backoff_sec(1, 0), 45);
	assert_int_equal(fetch_backoff_sec(1, 30), 75);
	assert_int_equal(fetch_backoff_sec(60, 0), FETCH_BACKOFF_MAX_SEC * 3 / 4);
	assert_true(fetch_backoff_sec(INT64_MAX, UINT32_MAX) <= FETCH_BACKOFF_MAX_SEC * 5 / 4);
}

static void test_due(void **state)
{
	const int64_t now_sec = 1800000000;
	const struct {
		int64_t next_sec;
		bool is_due;
	} rows[] = {
		{ 0, true },
		{ now_sec, true },
		{ now_sec + 1, false },
		{ now_sec + FETCH_BACKOFF_MAX_SEC * 5 / 4, false },
		{ now_sec + FETCH_BACKOFF_MAX_SEC * 5 / 4 + 1, true }, /* the clock was wrong then, or is now */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(fetch_memory_is_due(&(struct fetch_memory){ .next_sec = rows[i].next_sec }, now_sec),
				 rows[i].is_due);
}

/* --- Files --- */

static void test_replace(void **state)
{
	_cleanup_place_ struct place p = place_new();
	const char *file = in(&p, "file"), *link = in(&p, "link");
	struct stat st;

	(void)state;
	(void)umask(022);
	assert_int_equal(file_replace(file, bytes_of_string("one")), 0);
	assert_true(bytes_equal_string(get_file(file), "one"));
	assert_int_equal(chmod(file, 0640), 0);
	assert_int_equal(symlink("file", link), 0);
	assert_int_equal(file_replace(link, bytes_of_string("three")), 0);
	assert_true(bytes_equal_string(get_file(file), "three"));
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(file_replace(in(&p, "none/file"), bytes_of_string("x")), -ENOENT);

	/* what cannot be put in place leaves nothing behind: not even beside a directory of that name */
	assert_int_equal(mkdir(in(&p, "folder"), 0700), 0);
	assert_true(file_replace(in(&p, "folder"), bytes_of_string("x")) < 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(in(&p, "folder")), 0);
	assert_int_equal(rmdir(p.path), 0);
	assert_int_equal(mkdir(p.path, 0700), 0);
}

/* The refresh service's folder, and a file in it that root fetched first. */
static void test_replace_others(void **state)
{
	const uid_t service = 65534;
	_cleanup_place_ struct place p = place_new();
	const char *file = in(&p, "file");
	struct stat st;
	int r;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(file_replace(file, bytes_of_string("root's")), 0);
	assert_int_equal(chown(p.path, service, service), 0);
	assert_int_equal(setegid(service) + seteuid(service), 0);
	r = file_replace(file, bytes_of_string("the service's"));
	assert_int_equal(seteuid(0) + setegid(0), 0);
	assert_int_equal(r, 0);
	assert_true(bytes_equal_string(get_file(file), "the service's"));

	/* root keeps whose it is */
	assert_int_equal(file_replace(file, bytes_of_string("root's again")), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_uid, service);
}

static void test_absolute(void **state)
{
	_cleanup_place_ struct place p = place_new();
	_cleanup_free_ char *file = file_absolute(in(&p, "file")), *root = file_absolute("/file");
	_cleanup_free_ char *here = file_absolute("file"), *none = file_absolute("/no/such/folder/file");

	(void)state;
	assert_string_equal(file, in(&p, "file"));
	assert_string_equal(root, "/file");
	assert_true(here && here[0] == '/');
	assert_null(none);
}

/* --- The managed file: there and back --- */

static const char main_file[] =
	"gateway = { name = \"gw\"; home = \"KR-CIC\"; certificate = \"c\"; key = \"k\"; result-key = \"r\"; };\n"
	"network = { guarded = [ \"lan0\" ]; };\n"
	"law = \"none\"; schemes = ( { id = \"KR-CIC\"; country = \"KR\"; name = \"K\"; levels = [ \"Basic\" ]; } );\n"
	"zones = ( { name = \"quarantine\"; reach = [ ]; }, { name = \"in\"; reach = [ ]; } );\n"
	"rules = ( { name = \"one\"; zone = \"in\"; require = [ \"identity\" ]; } );\n"
	"trust = { managed = \"trust.conf\"; anchors = ( { name = \"m\"; file = \"m.crt\"; } ); };\n";

static void reload(struct desk *desk)
{
	config_free(desk->config);
	assert_int_equal(config_load(desk->path, &desk->config), 0);
}

static void add(struct desk *desk, enum trust_kind kind, const struct config_file *file)
{
	assert_int_equal(managed_write(desk, kind, file, NULL), 0);
	reload(desk);
}

static void test_managed(void **state)
{
	static const struct config_file issuer = {
		.name = "an \"issuer\" \\", .path = "/i\".pub", .scope = "KR-CIC", .makers = "pen:1,pen:2"
	};
	static const struct config_file crl = { .path = "/c.crl", .scope = "accept", .url = URL };
	static const struct config_file bad = { .path = "/r", .url = "http://a.example/" };
	_cleanup_place_ struct place p = place_new();
	struct desk desk = { .path = put_text(&p, "gateway.conf", main_file) };
	struct config_file same = issuer;
	size_t n;

	(void)state;
	assert_int_equal(config_load(desk.path, &desk.config), 0);
	add(&desk, TRUST_ISSUER, &issuer);
	add(&desk, TRUST_CRL, &crl);
	add(&desk, TRUST_ANCHOR, &(struct config_file){ .name = "a", .path = "/a.crt" });
	add(&desk, TRUST_ANCHOR, &(struct config_file){ .name = "b", .path = "/b.crt" });

	const struct config_file *files = trust_files(desk.config, TRUST_ISSUER, &n);

	assert_int_equal(n, 1);
	assert_true(files[0].is_managed);
	assert_string_equal(files[0].name, issuer.name);
	assert_string_equal(files[0].path, issuer.path);
	assert_string_equal(files[0].scope, issuer.scope);
	assert_string_equal(files[0].makers, issuer.makers);
	files = trust_files(desk.config, TRUST_CRL, &n);
	assert_int_equal(n, 1);
	assert_string_equal(files[0].scope, "accept");
	assert_string_equal(files[0].url, URL);

	/* what the whole configuration would not load with is not written */
	assert_int_equal(managed_write(&desk, TRUST_REGISTER, &bad, NULL), -EINVAL);
	assert_int_equal(managed_write(&desk, TRUST_ISSUER, &same, NULL), -EINVAL);
	reload(&desk);
	assert_int_equal(desk.config->n_registers, 0);

	files = trust_files(desk.config, TRUST_ANCHOR, &n);
	assert_int_equal(n, 3); /* the main file's first */
	assert_int_equal(managed_write(&desk, TRUST_ANCHOR, NULL, &files[1]), 0);
	reload(&desk);
	files = trust_files(desk.config, TRUST_ANCHOR, &n);
	assert_int_equal(n, 2);
	assert_string_equal(files[0].name, "m");
	assert_string_equal(files[1].name, "b");
	assert_true(access(in(&p, "trust.conf.try"), F_OK) < 0);
	desk_done(&desk);
}

/* --- What an entry is called, and what the daemon makes of it --- */

static void test_names(void **state)
{
	static const struct config_file file = { .name = "maker", .path = "/x/maker.crt" };
	enum trust_kind kind;

	(void)state;
	assert_true(trust_file_is(&file, "maker"));
	assert_true(trust_file_is(&file, "/x/maker.crt"));
	assert_true(trust_file_is(&file, "maker.crt"));
	assert_false(trust_file_is(&file, "make"));
	assert_false(trust_file_is(&file, "/y/maker.crt"));
	assert_false(trust_file_is(&file, "x/maker.crt"));
	for (enum trust_kind i = 0; i < _TRUST_KIND_MAX; i++) {
		assert_true(trust_kind_from_name(trust_kind_name(i), &kind));
		assert_int_equal(kind, i);
		assert_int_equal(trust_kind_is_set(i), i != TRUST_ANCHOR && i != TRUST_ISSUER);
	}
	assert_false(trust_kind_from_name("registers", &kind));
}

static void test_take_and_hold(void **state)
{
	static const struct config_file issuer = { .name = "I", .scope = "KR-CIC", .makers = "" };
	_cleanup_(trust_freep) struct trust *t = trust_new();
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct label_class class = { .product = { .maker = "pen:1", .model = "M" } };
	struct label label = label_small("I", &class, 9);
	const struct label_register reg = {
		.issuer = "I", .iat_sec = 100, .exp_sec = 200, .sequence = 4, .labels = &label, .n_labels = 1
	};
	struct trust_finding finding;
	uint8_t token[1024];
	struct writer w = WRITER(token);

	(void)state;
	assert_non_null(t);
	assert_int_equal(trust_take(t, TRUST_ISSUER, &issuer, bytes_of_string(golden_key_p256), 150, &finding), 0);
	assert_int_equal(finding.state, TRUST_CURRENT);
	assert_non_null(strstr(finding.mark.identity, "for KR-CIC"));
	assert_int_equal(trust_take(t, TRUST_ISSUER, &issuer, bytes_of_string("no key"), 150, &finding), 0);
	assert_int_equal(finding.state, TRUST_LEFT_OUT);

	assert_int_equal(label_register_sign(&reg, key, &w), 0);
	assert_int_equal(trust_take(t, TRUST_REGISTER, &issuer, writer_bytes(&w), 200, &finding), 0);
	assert_int_equal(finding.state, TRUST_LEFT_OUT); /* as the daemon would have it */
	assert_non_null(strstr(finding.why, "label-expired"));
	assert_int_equal(trust_hold(t, TRUST_REGISTER, &issuer, writer_bytes(&w), 200, &finding), 0);
	assert_int_equal(finding.state, TRUST_STALE); /* but what comes next has to be newer than it */
	assert_true(finding.mark.sequence == 4 && finding.mark.until_sec == 200);
	assert_int_equal(trust_hold(t, TRUST_REGISTER, &issuer, writer_bytes(&w), 199, &finding), 0);
	assert_int_equal(finding.state, TRUST_CURRENT);
	assert_string_equal(finding.why, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),   cmocka_unit_test(test_memory_of_nonsense),
		cmocka_unit_test(test_backoff),  cmocka_unit_test(test_due),
		cmocka_unit_test(test_replace),  cmocka_unit_test(test_replace_others),
		cmocka_unit_test(test_absolute), cmocka_unit_test(test_managed),
		cmocka_unit_test(test_names),    cmocka_unit_test(test_take_and_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
