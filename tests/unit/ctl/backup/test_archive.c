/* SPDX-License-Identifier: Apache-2.0 */
/* links: backup */
/* Archives and manifests: what is written is read again, and whatever `hallmarkctl backup` would not write is refused. */
#include "ctl/backup/archive.h"

#include <errno.h>

#include "ctl/backup/manifest.h"
#include "token_kit.h"

#define BLOCK 512

/* An archive of two files, in an array that a test may change. */
struct made {
	uint8_t *p;
	size_t n;
};

static void made_done(struct made *m)
{
	free(m->p);
}
#define _cleanup_made_ _cleanup_(made_done)

static struct made make(const char *first_name)
{
	struct archive_member a = { .mode = 0644, .time_sec = 1780228800, .owner = "root", .group = "root" };
	struct archive_member b = a;
	struct made m = { 0 };
	FILE *f = open_memstream((char **)&m.p, &m.n);

	assert_non_null(f);
	(void)snprintf(a.name, sizeof(a.name), "%s", first_name);
	(void)strcpy(b.name, "state/b");
	a.content = bytes_of_string("six hundred bytes are more than a block has");
	b.content = bytes_of_string("b");
	assert_int_equal(archive_put(f, &a), 0);
	assert_int_equal(archive_put(f, &b), 0);
	archive_end(f);
	assert_int_equal(fclose(f), 0);
	return m;
}

/* What comes of it: the number of files, or -EBADMSG. */
static int count(struct bytes archive, const char **ret_fault)
{
	struct archive_member m;
	int r, n = 0;

	while ((r = archive_take(&archive, &m, ret_fault)) > 0)
		n++;
	return r < 0 ? r : n;
}

static void test_is_read_again(void **state)
{
	_cleanup_made_ struct made m = make("etc/trust/a.pem");
	struct bytes rest = bytes_of(m.p, m.n);
	struct archive_member read;
	const char *fault = NULL;

	(void)state;
	assert_int_equal(archive_take(&rest, &read, &fault), 1);
	assert_string_equal(read.name, "etc/trust/a.pem");
	assert_int_equal(read.mode, 0644);
	assert_int_equal(read.time_sec, 1780228800);
	assert_string_equal(read.owner, "root");
	assert_true(bytes_equal_string(read.content, "six hundred bytes are more than a block has"));
	assert_int_equal(archive_take(&rest, &read, &fault), 1);
	assert_true(bytes_equal_string(read.content, "b"));
	assert_int_equal(archive_take(&rest, &read, &fault), 0);
}

static void test_long_names(void **state)
{
	char name[ARCHIVE_NAME_SIZE] = "etc/";
	const char *fault = NULL;

	(void)state;
	memset(name + 4, 'a', 120);
	name[60] = '/';
	{
		_cleanup_made_ struct made m = make(name);
		struct bytes rest = bytes_of(m.p, m.n);
		struct archive_member read;

		assert_int_equal(archive_take(&rest, &read, &fault), 1);
		assert_string_equal(read.name, name);
	}
	name[60] = 'a'; /* no place to divide it */
	{
		struct archive_member m = { .mode = 0 };

		(void)strcpy(m.name, name);
		assert_int_equal(archive_put(stderr, &m), -ENAMETOOLONG);
	}
}

/* Its field has eleven digits; nothing of a larger one is written. */
static void test_size(void **state)
{
	const struct archive_member m = { .name = "state/verdicts.db", .content = { .n = 1ULL << 33 } };
	_cleanup_free_ char *text = NULL;
	size_t n = 1;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_non_null(f);
	assert_int_equal(archive_put(f, &m), -EFBIG);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(n, 0);
}

/* The sum again, after a change; else nothing but the sum would be tested. */
static void sum_up(uint8_t *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	(void)snprintf((char *)header + 148, 8, "%06o", sum);
}

static void test_refused(void **state)
{
	const struct {
		size_t at;
		const char *text; /* to there, with its terminator */
		bool is_summed;
		const char *why; /* NULL: it is read */
	} cases[] = {
		{ 0, "etc/b", true, NULL },
		{ 0, "/etc/passwd", true, "absolute" },
		{ 0, "../../etc/passwd", true, "absolute" },
		{ 0, "etc/../../x", true, "absolute" },
		{ 0, "etc/./x", true, "absolute" },
		{ 0, "etc//x", true, "absolute" },
		{ 0, "etc/x/", true, "absolute" },
		{ 0, "etc/\x1b[2J", true, "absolute" },
		{ 0, "", true, "absolute" },
		{ 0, "etc/b", false, "damaged" },
		{ 156, "0", true, NULL },
		{ 156, "1", true, "a link" },   /* a hard link */
		{ 156, "2", true, "a link" },   /* a symbolic link */
		{ 156, "3", true, "a device" }, /* a character device */
		{ 156, "5", true, "a folder" },
		{ 156, "L", true, "a link" }, /* GNU's long names */
		{ 156, "x", true, "a link" }, /* pax's headers */
		{ 156, "", true, "a link" },  /* before POSIX: a file, or a folder by its name */
		{ 124, "00000000001", true, NULL },
		{ 124, "77777777777", true, "cut off" },
		{ 124, "9", true, "damaged" },
		{ 124, "", true, "damaged" },
		{ 100, "0004755", true, "damaged" }, /* setuid */
		{ 257, "ustar  ", true, "damaged" }, /* GNU's own */
	};
	const char *fault;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_made_ struct made m = make("etc/a");
		int r;

		memcpy(m.p + cases[i].at, cases[i].text, strlen(cases[i].text) + 1);
		if (cases[i].is_summed)
			sum_up(m.p);
		fault = NULL;
		r = count(bytes_of(m.p, m.n), &fault);
		if (!cases[i].why && r != 2)
			fail_msg("case %zu: %s", i, fault);
		if (cases[i].why && (r != -EBADMSG || !strstr(fault, cases[i].why)))
			fail_msg("case %zu: %d, %s", i, r, fault ? fault : "");
	}
}

static void test_cut_everywhere(void **state)
{
	_cleanup_made_ struct made m = make("etc/a");
	const char *fault;

	(void)state;
	assert_int_equal(count(bytes_of(m.p, m.n), &fault), 2);
	for (size_t n = 0; n < m.n; n++) {
		_cleanup_bytes_ struct bytes part = exact(bytes_of(m.p, n));

		assert_int_equal(count(part, &fault), -EBADMSG);
		assert_non_null(strstr(fault, "cut off"));
	}
}

/* --- Manifests --- */

#define DIGEST              "9e518b391680790ae099a86e84ceda948c65e93ce5e0fb39743d8e7d3ae25217"
#define HEAD(config, state) "gateway Kim's home\nversion 0.1.0\ntime 1780228800\nconfig " config "\nstate " state "\n"
#define AT(config, state)   "hallmark-backup 1\n" HEAD(config, state)
#define BEGINNING           AT("/etc/hallmark/hallmarkd.conf", "/var/lib/hallmark")
#define SOUND               "schema 9\nrecord sound 1207:9c1b7d02a4e86f35\n"
#define FILES               "file " DIGEST " 12 etc/a\nfile " DIGEST " 0 etc/b c\n"

static void test_manifest_is_read_again(void **state)
{
	static const char text[] = BEGINNING SOUND FILES "end\n";
	_cleanup_free_ char *again = NULL;
	struct manifest m;
	size_t n = 0;
	FILE *f = open_memstream(&again, &n);

	(void)state;
	assert_int_equal(manifest_read(bytes_of_string(text), &m), 0);
	assert_string_equal(m.gateway, "Kim's home");
	assert_string_equal(m.config, "/etc/hallmark/hallmarkd.conf");
	assert_int_equal(m.schema, 9);
	assert_int_equal(m.head.sequence, 1207);
	assert_string_equal(m.answer, "sound");
	assert_int_equal(m.n, 2);
	assert_string_equal(m.files[1].name, "etc/b c");
	manifest_write(&m, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(again, text);
	manifest_done(&m);
}

static void test_manifest_refused(void **state)
{
	const struct {
		const char *text;
		int expected;
	} cases[] = {
		{ BEGINNING "schema 0\n" FILES "end\n", 0 },
		{ BEGINNING "schema 0\nend\n", 0 },
		{ BEGINNING "schema 9\nrecord sound empty\nend\n", 0 },
		{ "", -EBADMSG },
		{ "hallmark-backup 2\nwhatever\n", -EPROTO },
		{ "hallmark-backup 0\n" HEAD("/x", "/y") "schema 0\nend\n", -EBADMSG },
		{ "hallmark-backup 1x\n" HEAD("/x", "/y") "schema 0\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\n" FILES, -EBADMSG },
		{ BEGINNING "schema 0\n" FILES "end", -EBADMSG },
		{ BEGINNING "schema 0\n" FILES "end\nfile", -EBADMSG },
		{ BEGINNING "schema 9\n" FILES "end\n", -EBADMSG },
		{ BEGINNING "schema 9\nrecord sound 0:9c1b7d02a4e86f35\nend\n", -EBADMSG },
		{ BEGINNING "schema 9\nrecord sound\nend\n", -EBADMSG },
		{ BEGINNING "schema 70000\nend\n", -EBADMSG },
		{ BEGINNING "schema -1\nend\n", -EBADMSG },
		{ AT("/x", "/y") "schema 0\nend\n", 0 },
		{ AT("/etc/../x", "/y") "schema 0\nend\n", -EBADMSG },
		{ AT("/x", "/..") "schema 0\nend\n", -EBADMSG },
		{ AT("/x", "/") "schema 0\nend\n", -EBADMSG },
		{ AT("x", "/y") "schema 0\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile " DIGEST " 1 ../x\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile " DIGEST " 1 /x\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile " DIGEST " -1 x\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile " DIGEST "  1 x\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile " DIGEST " 99999999999999999999 x\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile " DIGEST "\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\nfile 9e51 1 x\nend\n", -EBADMSG },
		{ BEGINNING "schema 0\n" FILES FILES "end\n", -EBADMSG }, /* not in order: one is there twice */
	};
	struct manifest m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_bytes_ struct bytes text = exact(bytes_of_string(cases[i].text));
		int r = manifest_read(text, &m);

		if (r != cases[i].expected)
			fail_msg("case %zu: %d", i, r);
		if (r == 0)
			manifest_done(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_read_again),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_manifest_is_read_again),
		cmocka_unit_test(test_manifest_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
