/* SPDX-License-Identifier: Apache-2.0 */
/* links: issue */
/* Statements from text: what is typed is what is signed, and each line that is wrong is refused. */
#include "ctl/issue/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl_kit.h"
#include "decide/scheme.h"
#include "language_kit.h"
#include "log_kit.h"
#include "pki.h"
#include "token/label.h"

#define NOW_SEC 1780000000

static const char good[] =
	"issuer = \"Desk\";\n"
	"number = \"KR-1\";\n"
	"scheme = \"KR-CIC\";\n"
	"level = 2;\n"
	"category = \"lamp\";\n"
	"valid-from = \"2026-01-01\";\n"
	"valid-until = \"2028-12-31\";\n"
	"classes = ( { maker = \"pen:32473\"; model = \"lamp-1\"; } );\n"
	"anchors = [ \"sha256:0101010101010101010101010101010101010101010101010101010101010101\" ];\n";

static int load(const struct place *place, const char *text, struct label *ret)
{
	const struct statement_source source = {
		.path = put_text(place, "label.conf", text),
		.now_sec = NOW_SEC,
	};

	return statement_load(&source, ret);
}

static void test_all_fields(void **state)
{
	_cleanup_place_ struct place place = place_new();
	_cleanup_(label_done) struct label l = { 0 };
	char text[2048];
	(void)state;

	(void)snprintf(text, sizeof(text), "%s%s", good,
		       "level-name = \"Standard\"; basis = \"tested\"; field = \"home\";\n"
		       "scheme-version = \"2025\"; lab = \"KTL\"; further = \" seen  seen-too\"; extends = \"KR-0\"; "
		       "issued = \"2026-01-02\";\n"
		       "support-until = \"2030-06-30T00:00:00Z\"; status = { uri = \"https://x/1\"; index = 7; };\n");
	assert_int_equal(load(&place, text, &l), 0);
	assert_string_equal(l.issuer, "Desk");
	assert_string_equal(l.number, "KR-1");
	assert_string_equal(l.scheme, "KR-CIC");
	assert_int_equal(l.level, 2);
	assert_string_equal(l.level_name, "Standard");
	assert_int_equal(l.basis, HALLMARK_BASIS_TESTED);
	assert_string_equal(l.category, "lamp");
	assert_string_equal(l.field, "home");
	assert_string_equal(l.scheme_version, "2025");
	assert_string_equal(l.lab, "KTL");
	assert_string_equal(l.extends, "KR-0");
	assert_int_equal(l.n_further, 2);
	assert_string_equal(l.further[0], "seen");
	assert_string_equal(l.further[1], "seen-too");
	assert_int_equal(l.iat_sec, 1767312000);
	assert_int_equal(l.nbf_sec, 1767225600);
	assert_int_equal(l.exp_sec, 1861920000); /* the last day counts */
	assert_int_equal(l.support_until_sec, 1909008000);
	assert_string_equal(l.status_uri, "https://x/1");
	assert_int_equal(l.status_index, 7);
	assert_int_equal(l.n_classes, 1);
	assert_string_equal(l.classes[0].product.maker, "pen:32473");
	assert_string_equal(l.classes[0].version_from, "");
	assert_int_equal(l.n_anchors, 1);
	assert_int_equal(l.anchors[0][31], 1);
}

/* The good statement with one line taken out. */
static void without_line(size_t which, char *ret)
{
	const char *in_line = good;

	*ret = '\0';
	for (size_t i = 0; *in_line != '\0'; i++) {
		size_t n = strcspn(in_line, "\n") + 1;

		if (i != which)
			strncat(ret, in_line, n);
		in_line += n;
	}
}

static void test_each_line_is_needed(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label l;
	char text[sizeof(good)];
	(void)state;

	for (size_t i = 0; i < 9; i++) {
		without_line(i, text);
		assert_int_equal(load(&place, text, &l), -EINVAL);
		assert_int_equal(l.n_classes, 0); /* owns nothing */
	}
	without_line(9, text);
	assert_int_equal(load(&place, text, &l), 0);
	assert_int_equal(l.iat_sec, NOW_SEC);
	label_done(&l);
}

/* One line instead of the good statement's line of the same setting. */
static int load_with(const struct place *place, const char *line, struct label *ret)
{
	char text[8192] = "", one[128];
	size_t n_name = strcspn(line, " =");

	for (const char *from = good; *from != '\0';) {
		size_t n = strcspn(from, "\n") + 1;

		(void)snprintf(one, sizeof(one), "%.*s", (int)n, from);
		if (strncmp(one, line, n_name) != 0 || one[n_name] != ' ')
			strcat(text, one);
		from += n;
	}
	strcat(text, line);
	return load(place, text, ret);
}

/* It is signed, because a register may keep what has ended, but not without a word. */
static void test_expired(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label l;

	(void)state;
	listen_in();
	assert_int_equal(load_with(&place, "valid-until = \"2026-01-02\";", &l), 0);
	label_done(&l);
	assert_int_equal(count_said("has expired already, and no gateway counts it", true), 1);
	listen_in();
	assert_int_equal(load_with(&place, "valid-until = \"2028-02-29\";", &l), 0);
	label_done(&l);
	assert_int_equal(count_said("has expired", true), 0);
}

static void test_values(void **state)
{
	const struct {
		const char *good, *bad;
	} cases[] = {
		{ "level = 255;", "level = 256;" },
		{ "level = \"1\";", "level = 0;" },
		{ "level = 3;", "level = 1.5;" },
		{ "level = 3;", "level = -1;" },
		{ "level = 3;", "level = \"Basic\";" },
		{ "basis = \"recognition\";", "basis = \"hearsay\";" },
		{ "field = \"home\";", "colour = \"red\";" },
		{ "field = \"home\";", "field = \"a\\nb\";" },
		{ "further = \"a b c d\";", "further = \"a b c d e\";" },
		{ "further = \"01234567890123456789012345678901234567890123456\";",
		  "further = \"012345678901234567890123456789012345678901234567\";" },
		{ "further = \"a\";", "further = \" \";" },
		{ "status = { uri = \"https://x\"; index = 0; };", "status = { uri = \"https://x\"; };" },
		{ "status = { index = 4; uri = \"https://x\"; };", "status = { index = 4; };" },
		{ "status = { uri = \"x\"; index = \"4294967295\"; };",
		  "status = { uri = \"x\"; index = \"4294967296\"; };" },
		{ "status = { uri = \"x\"; index = 1; };", "status = { uri = \"x\"; index = -1; };" },
		{ "status = { uri = \"x\"; index = 1; };", "status = { uri = \"x\"; index = \"1x\"; };" },
		{ "status = { uri = \"x\"; index = 1; };", "status = { uri = \"x\"; idx = 1; };" },
		{ "status = { uri = \"x\"; index = 1; };", "status = [ \"x\", \"1\" ];" },
		{ "status-uri = \"x\"; status-index = 1;", "status-uri = \"x\";" },
		{ "number = \"x\";", "number = [\"x\"];" },
		{ "valid-until = \"2026-01-02\";", "valid-until = \"2025-12-30\";" },
		{ "valid-until = \"2028-02-29\";", "valid-until = \"2027-02-29\";" },
		{ "scheme = \"ABCDEFGHIJKLMNO\";", "scheme = \"ABCDEFGHIJKLMNOP\";" },
		{ "anchors = [ \"sha256:0101010101010101010101010101010101010101010101010101010101010101\" ];",
		  "anchors = [ \"sha256:01010101010101010101010101010101010101010101010101010101010101\" ];" },
		{ "anchors = [ \"ca.pem\" ];", "anchors = [ \"no.pem\" ];" },
		{ "anchors = [ \"ca.pem\" ];", "anchors = [ \"leaf.pem\" ];" },
		{ "anchors = [ \"ca.pem\" ];", "anchors = [ \"two.pem\" ];" },
		{ "anchors = [ \"ca.pem\" ];", "anchors = [ 5 ];" },
		{ "anchors = [ \"ca.pem\" ];", "anchors = [ ];" },
		{ "classes = ( { maker = \"ieee:acde48\"; model = \"x\"; } );",
		  "classes = ( { maker = \"acme\"; model = \"x\"; } );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; hwversion = \"2\"; } );",
		  "classes = ( { maker = \"pen:1\"; model = \"x\"; version = \"2\"; } );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; } );", "classes = ( { maker = \"pen:1\"; } );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; } );", "classes = ( );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; } );", "classes = ( 5 );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; } );", "classes = \"x\";" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.9.0\", \"1.10.0\"]; version-scheme "
		  "= \"semver\"; } );",
		  "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.10.0\", \"1.9.0\"]; version-scheme "
		  "= \"semver\"; } );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.0.0\"]; version-scheme = "
		  "\"semver\"; } );",
		  "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.0.0\"]; } );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.0.0\"]; version-scheme = "
		  "\"semver\"; } );",
		  "classes = ( { maker = \"pen:1\"; model = \"x\"; version-scheme = \"semver\"; } );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.0.0\"]; version-scheme = "
		  "\"semver\"; } );",
		  "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"one\"]; version-scheme = \"semver\"; "
		  "} );" },
		{ "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.0.0\"]; version-scheme = "
		  "\"semver\"; } );",
		  "classes = ( { maker = \"pen:1\"; model = \"x\"; versions = [\"1.0.0\"]; version-scheme = \"roman\"; "
		  "} );" },
	};
	_cleanup_place_ struct place place = place_new();
	struct pki_node ca = pki_issue(NULL, &(struct pki_request){ .name = "ca", .ca = true });
	struct pki_node leaf = pki_issue(&ca, &(struct pki_request){ .name = "leaf" });
	_cleanup_free_ char *ca_pem = pki_certificate_pem(&ca), *leaf_pem = pki_certificate_pem(&leaf);
	char two[8192];
	struct label l;
	(void)state;

	put_text(&place, "ca.pem", ca_pem);
	(void)snprintf(two, sizeof(two), "%s%s", ca_pem, ca_pem);
	put_text(&place, "two.pem", two);
	put_text(&place, "leaf.pem", leaf_pem);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (load_with(&place, cases[i].good, &l) != 0)
			fail_msg("refused: %s", cases[i].good);
		label_done(&l);
		if (load_with(&place, cases[i].bad, &l) != -EINVAL)
			fail_msg("accepted: %s", cases[i].bad);
	}
	pki_done(&leaf);
	pki_done(&ca);
}

/* Each line beside what is said of it, once, and of a model nothing else; NULL: nothing. */
static void test_texts_that_look_the_same(void **state)
{
	static const struct {
		const char *line, *said;
		int r;
	} cases[] = {
#define MODEL(text) "classes = ( { maker = \"pen:1\"; model = \"" text "\"; } );"
#define CLASS(more) "classes = ( { maker = \"pen:1\"; model = \"x\"; " more " } );"
		{ MODEL("lamp-Y"), NULL, 0 },
		{ MODEL("lamp-Y "),
		  "a space; write \"lamp-Y\". If devices send exactly these bytes, write 0x6c616d702d5920", -EINVAL },
		{ MODEL("0x6c616d702d5920"), NULL, 0 },
		{ MODEL("lamp-Y\xc2\xa0"), "no-break space; write \"lamp-Y\"", -EINVAL },
		{ MODEL("\xe1\x84\x92\xe1\x85\xa1"),
		  "single jamo (NFD, as macOS does), not in syllables (NFC); write \"\xed\x95\x98\"", -EINVAL },
		{ MODEL("\xed\x95\x98"), NULL, 0 },
		{ MODEL("e\xcc\x81"), "two characters (NFD), not one (NFC); write it with the usual characters",
		  -EINVAL },
		{ MODEL("\xef\xbc\xa1\xef\xbd\x9a"), "full-width or half-width letters; write \"Az\"", -EINVAL },
		{ MODEL("ABC-1xx*"), "has no wildcards; write a class for each model", -EINVAL },
		{ MODEL("ABC-100 and variants"), "if \"variant\" means more models, write a class for each", 0 },
		{ CLASS("swname = \"fw\";"), NULL, 0 },
		{ CLASS("swname = \"fw \";"), "swname = \"fw \": it begins or ends with a space; unless devices send",
		  0 },
		{ CLASS("hwversion = \"\xef\xbc\x91\";"), "unless devices send exactly this, write \"1\"", 0 },
		{ "number = \"KR-1 \";", "write \"KR-1\"", -EINVAL },
		{ "number = \"KR\xe2\x80\x91"
		  "1\";",
		  "a dash other than '-'; write \"KR-1\"", -EINVAL },
		{ "lab = \"KTL\xef\xbc\x88"
		  "A\xef\xbc\x89\";",
		  NULL, 0 },
		{ "lab = \"KTL \";", "write \"KTL\"", -EINVAL },
#define DIGITS_64 "6161616161616161616161616161616161616161616161616161616161616161"
		{ MODEL("a234567890123456789012345678901"
			"2"),
		  NULL, 0 },
		{ MODEL("a2345678901234567890123456789012"
			"3"),
		  "it has 33 bytes, and no device sends more than 32 (RFC 9711 section 4.2.4); write what", -EINVAL },
		{ MODEL("a234567890123456789012345678901 *"), "it has 33 bytes", -EINVAL },
		{ MODEL("0x" DIGITS_64), NULL, 0 },
		{ MODEL("0x" DIGITS_64 "61"), "it has 33 bytes", -EINVAL },
		{ MODEL("0x" DIGITS_64 DIGITS_64), "it has 64 bytes", -EINVAL },
		{ MODEL("0x6"), "give 1 to 32 bytes, as text or as 0x and hex digits", -EINVAL },
		{ MODEL("0x*"), "give 1 to 32 bytes, as text or as 0x and hex digits", -EINVAL },
		{ MODEL("X* "),
		  "has no wildcards; write a class for each model. If devices send exactly these bytes, write 0x582a20",
		  -EINVAL },
	};
	_cleanup_place_ struct place place = place_new();
	struct label l;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *said = cases[i].said;
		int r;

		listen_in();
		r = load_with(&place, cases[i].line, &l);
		if (count_said(": model = ", false) > 1 ||
		    count_said(said ? said : "label.conf", true) != (said ? 1 : 0) || r != cases[i].r)
			fail_msg("not as expected (%d): %s", r, cases[i].line);
		label_done(&l);
	}
}

/* Settings and values stay as they are written. */
static void test_errors_in_korean(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label l;
	int r;

	(void)state;
	speak("ko");
	listen_in();
	r = load_with(&place, "number = \"KR-1 \";", &l);
	speak_english();
	assert_int_equal(count_said("number = \"KR-1 \": 공백으로 시작하거나 끝납니다. \"KR-1\"(으)로 쓰십시오", true),
			 1);
	assert_int_equal(r, -EINVAL);
	label_done(&l);
}

/* What is in an included file is told with that file and its line. */
static void test_included(void **state)
{
	static const struct {
		const char *part, *said;
	} cases[] = {
		{ "category = \"lamp\";\n", NULL },
		{ "\xef\xbb\xbf"
		  "category = \"lamp\";\n",
		  "part.conf:1: begins with a byte-order mark" },
		{ "\xff\xfe"
		  "c",
		  "part.conf:1: UTF-16. Save the file as UTF-8" },
		{ "\ncategory = ;\n", "part.conf:2: syntax error; settings are name = value;" },
		{ "\n\ncolour = \"red\";\n", "part.conf:3: colour: a label has no such setting" },
		{ "\n\nbasis = \"guess\";\n", "part.conf:3: basis = \"guess\": give" },
	};
	_cleanup_place_ struct place place = place_new();
	struct label l;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *said = cases[i].said;
		char text[8192 + sizeof(good)];

		(void)snprintf(text, sizeof(text), "%.*s@include \"%s\"\n%s", (int)(strstr(good, "category") - good),
			       good, in(&place, "part.conf"), strchr(strstr(good, "category"), '\n') + 1);
		(void)put_text(&place, "part.conf", cases[i].part);
		listen_in();
		assert_int_equal(load(&place, text, &l), said ? -EINVAL : 0);
		if (count_said(said ? said : "conf", true) != (said ? 1 : 0))
			fail_msg("case %zu: not said: %s", i, said);
		label_done(&l);
	}
}

/* An included file is beside the one that includes it, and one that is not there is named. */
static void test_included_beside(void **state)
{
	_cleanup_place_ struct place place = place_new();
	char text[2 * sizeof(good)], said[8192 + 96];
	struct label l;
	(void)state;

	(void)put_text(&place, "rest.conf", "lab = \"KTL\";\n");
	(void)put_text(&place, "part.conf", "@include \"rest.conf\"\nfield = \"home\";\n");
	(void)snprintf(text, sizeof(text), "%s@include \"part.conf\"\n", good);
	listen_in();
	assert_int_equal(load(&place, text, &l), 0);
	assert_string_equal(l.lab, "KTL");
	assert_int_equal(count_said("conf", true), 0);
	label_done(&l);

	(void)put_text(&place, "rest.conf", "lob = \"KTL\";\n");
	listen_in();
	assert_int_equal(load(&place, text, &l), -EINVAL);
	(void)snprintf(said, sizeof(said), "%s:1: lob: a label has no such setting", in(&place, "rest.conf"));
	assert_int_equal(count_said(said, true), 1);

	(void)put_text(&place, "part.conf", "\n@include \"none.conf\"\n");
	listen_in();
	assert_int_equal(load(&place, text, &l), -EINVAL);
	(void)snprintf(said, sizeof(said), "cannot read the included file %s: No such file", in(&place, "none.conf"));
	assert_int_equal(count_said(said, false), 1);
	assert_int_equal(count_said("part.conf:2: ", true), 1);
}

/* A machine without glibc's converters: here, a process that cannot open one more file. */
static void read_without_converter(const struct place *place)
{
	const struct statement_source source = { .path = in(place, "l.conf"), .now_sec = NOW_SEC };
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct rlimit limit = { (rlim_t)fd + 1, (rlim_t)fd + 1 };
	struct label l;

	if (close(fd) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0)
		(void)statement_load(&source, &l);
	_exit(0);
}

/* The name is in doubt only when nothing could be read. */
static void test_files_that_are_not_read(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct statement_source source = { .path = in(&place, "absent.conf"), .issuer = "I", .now_sec = NOW_SEC };
	struct label_register r;
	struct label l;
	pid_t child;

	(void)state;
	listen_in();
	assert_int_equal(statement_load(&source, &l), -EINVAL);
	assert_int_equal(count_said("absent.conf: No such file or directory; is the name right?", true), 1);

	(void)put_file(&place, "l.conf", bytes_of("\xff\xfe\0\0", 4));
	listen_in();
	child = fork();
	if (child == 0)
		read_without_converter(&place);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(count_said("l.conf: UTF-16, which cannot be converted here. Save the file as UTF-8", true), 1);

	for (unsigned i = 0; i < 2; i++) {
		source.path = put_text(&place, i ? "large.csv" : "large.conf", "");
		assert_int_equal(truncate(source.path, ((off_t)64 << 20) + 1), 0);
		listen_in();
		assert_int_equal(statements_load(&source, &r), -EINVAL);
		assert_int_equal(count_said("is the name right", false), 0);
		assert_int_equal(count_said(": larger than 64 MiB; divide it, or name the right file", true), 1);
	}
}

static void test_limits(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label l;
	(void)state;

	for (unsigned n = HALLMARK_CLASSES_MAX; n <= HALLMARK_CLASSES_MAX + 1; n++) {
		char text[8192] = "classes = (";

		for (unsigned i = 0; i < n; i++)
			(void)sprintf(text + strlen(text), "%s{ maker = \"pen:1\"; model = \"m%u\"; }",
				      i > 0 ? "," : "", i);
		strcat(text, ");");
		assert_int_equal(load_with(&place, text, &l), n > HALLMARK_CLASSES_MAX ? -EINVAL : 0);
		label_done(&l);
	}
	for (unsigned n = HALLMARK_ANCHORS_MAX; n <= HALLMARK_ANCHORS_MAX + 1; n++) {
		char text[8192] = "anchors = [";

		for (unsigned i = 0; i < n; i++)
			(void)sprintf(text + strlen(text), "%s\"sha256:%064x\"", i > 0 ? "," : "", i + 1);
		strcat(text, "];");
		assert_int_equal(load_with(&place, text, &l), n > HALLMARK_ANCHORS_MAX ? -EINVAL : 0);
		label_done(&l);
	}
}

/* Truncated anywhere, the text is refused or, from its last settings on, whole. */
static void test_truncated(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label l;
	char text[sizeof(good)];
	(void)state;

	for (size_t n = 0; n < sizeof(good) - 3; n++) {
		memcpy(text, good, n);
		text[n] = '\0';
		assert_int_equal(load(&place, text, &l), -EINVAL);
	}
}

static void test_issuer_of_the_command_line(void **state)
{
	_cleanup_place_ struct place place = place_new();
	char text[sizeof(good)];
	struct statement_source source = { .now_sec = NOW_SEC, .issuer = "Other" };
	struct label l;
	(void)state;

	without_line(0, text);
	source.path = put_text(&place, "label.conf", text);
	assert_int_equal(statement_load(&source, &l), 0);
	assert_string_equal(l.issuer, "Other");
	label_done(&l);
	source.issuer = "";
	assert_int_equal(statement_load(&source, &l), -EINVAL);
}

static void test_configured_schemes(void **state)
{
	struct scheme kr = { .id = "KR-CIC", .levels = { "Lite", "Basic" }, .n_levels = 2 };
	char categories[][CATEGORY_SIZE] = { "lamp", "lighting", "toy" }, fields[][CATEGORY_SIZE] = { "housing" };
	struct recognition_rules rules = { .home = "KR-CIC",
					   .schemes = &kr,
					   .n_schemes = 1,
					   .categories = { categories, ARRAY_SIZE(categories), "categories" },
					   .fields = { fields, ARRAY_SIZE(fields), "fields" } };
	const struct {
		const char *line;
		int r;
		const char *said;
	} cases[] = {
		{ "category = \"lighting\";", 0, NULL },
		{ "category = \"lightning\";", -EINVAL,
		  "category = \"lightning\": not among the configured words; "
		  "correct it or add the word there; did you mean \"lighting\"?" },
		{ "category = \"boat\";", -EINVAL, "add the word there\n" },
		{ "field = \"housing\";", 0, NULL },
		{ "field = \"housings\";", -EINVAL, "did you mean \"housing\"?" },
		{ "scheme = \"KR-CID\";", -EINVAL, "did you mean \"KR-CIC\"?" },
		{ "level = 2;", 0, NULL },
		{ "level = 3;", -EINVAL, "levels 1 to 2" },
		{ "level-name = \"Basic\";", 0, NULL },
		{ "level-name = \"Lite\";", -EINVAL, "is \"Basic\"" },
		{ "scheme = \"KR-CIC\";", 0, NULL },
		{ "scheme = \"XY\";", -EINVAL, "add the scheme there\n" },
	};
	_cleanup_place_ struct place place = place_new();
	struct label l;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct statement_source source = { .path = in(&place, "label.conf"),
							 .rules = &rules,
							 .now_sec = NOW_SEC };

		assert_int_equal(load_with(&place, cases[i].line, &l), 0); /* not checked */
		label_done(&l);
		listen_in();
		assert_int_equal(statement_load(&source, &l), cases[i].r);
		if (count_said(cases[i].said ? cases[i].said : "label.conf", true) != (cases[i].r ? 1 : 0))
			fail_msg("not said: %s", cases[i].line);
		label_done(&l);
	}
	rules.categories.n = 0; /* not configured: any word */
	assert_int_equal(load_with(&place, "category = \"boat\";", &l), 0);
	label_done(&l);
	assert_int_equal(statement_load(&(struct statement_source){ .path = in(&place, "label.conf"),
								    .rules = &rules,
								    .now_sec = NOW_SEC },
					&l),
			 0);
	label_done(&l);
}

static int load_register(const struct place *place, const char *name, const char *text, const char *issuer,
			 struct label_register *ret)
{
	const struct statement_source source = { .path = put_text(place, name, text),
						 .issuer = issuer,
						 .now_sec = NOW_SEC };

	return statements_load(&source, ret);
}

#define ANCHOR "sha256:0101010101010101010101010101010101010101010101010101010101010101"
#define GROUP(number, more)                                                                                            \
	"{ number = \"" number "\"; scheme = \"S\"; level = 1; category = \"c\"; valid-from = \"2026-01-01\"; "        \
	"valid-until = \"2027-01-01\"; classes = ( { maker = \"pen:1\"; model = \"m\"; } ); anchors = [ \"" ANCHOR     \
	"\" ]; " more "}"

static void test_register_of_libconfig(void **state)
{
	const struct {
		const char *text, *issuer;
		int r;
	} cases[] = {
		{ "issuer = \"I\"; labels = ( " GROUP("1", "") ", " GROUP("2", "") " );", NULL, 0 },
		{ "labels = ( " GROUP("1", "") ", " GROUP("2", "") " );", "I", 0 },
		{ "labels = ( " GROUP("1", "issuer = \"I\"; ") ", " GROUP("2", "") " );", NULL, 0 },
		{ "labels = ( " GROUP("1", "") ", " GROUP("2", "") " );", NULL, -EINVAL },
		{ "labels = ( " GROUP("1", "issuer = \"J\"; ") ", " GROUP("2", "") " );", "I", -EINVAL },
		{ "issuer = \"I\"; labels = ( );", NULL, -EINVAL },
		{ "issuer = \"I\";", NULL, -EINVAL },
		{ "issuer = \"I\"; labels = 5;", NULL, -EINVAL },
		{ "issuer = \"I\"; labels = ( 5 );", NULL, -EINVAL },
		{ "issuer = \"I\"; number = 5; labels = ( " GROUP("1", "") " );", NULL, -EINVAL },
		{ "issuer = \"I\"; labels = ( " GROUP("1", "") ", " GROUP("2", "level-name = 1.5; ") " );", NULL,
		  -EINVAL },
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct label_register r;

		if (load_register(&place, "r.conf", cases[i].text, cases[i].issuer, &r) != cases[i].r)
			fail_msg("not as expected: %s", cases[i].text);
		assert_int_equal(r.n_labels, cases[i].r == 0 ? 2 : 0);
		for (size_t k = 0; k < r.n_labels; k++)
			assert_string_equal(r.labels[k].issuer, "I");
		label_register_done(&r);
	}
}

#define HEADER                                                                                                         \
	"number,scheme,level,category,valid-from,valid-until,maker,model,version-from,version-to,version-scheme,"      \
	"anchors\n"
#define ROW(number, model) number ",S,1,c,2026-01-01,2027-01-01,pen:1," model ",1.0.0,1.9.9,semver," ANCHOR "\n"

static void test_register_of_csv(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label_register r;
	(void)state;

	assert_int_equal(load_register(&place, "r.CSV",
				       HEADER ROW("1", "a") ROW("1", "\"b \"\"x\"\", c\"") "\r\n" ROW("2", "\"d\""),
				       "I", &r),
			 0);
	assert_int_equal(r.n_labels, 2);
	assert_int_equal(r.labels[0].n_classes, 2);
	assert_string_equal(r.labels[0].classes[1].product.model, "b \"x\", c");
	assert_string_equal(r.labels[0].classes[1].version_to, "1.9.9");
	assert_string_equal(r.labels[1].number, "2");
	assert_string_equal(r.labels[1].classes[0].product.model, "d");
	label_register_done(&r);
}

/* Two classes of one label share its place in a list; an empty cell is no place. */
static void test_status_of_csv(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct label_register r;
	(void)state;

	assert_int_equal(load_register(&place, "r.csv",
				       "status-uri,status-index," HEADER
				       "https://x,0," ROW("1", "a") "https://x,0," ROW("1", "b") ",," ROW("2", "c"),
				       "I", &r),
			 0);
	assert_int_equal(r.n_labels, 2);
	assert_int_equal(r.labels[0].n_classes, 2);
	assert_string_equal(r.labels[0].status_uri, "https://x");
	assert_int_equal(r.labels[0].status_index, 0);
	assert_string_equal(r.labels[1].status_uri, "");
	label_register_done(&r);
	assert_int_equal(
		load_register(&place, "r.csv", "status-uri,status-index," HEADER "https://x,," ROW("1", "a"), "I", &r),
		-EINVAL);
}

static void test_bad_csv(void **state)
{
	static const char *const cases[] = {
		"",
		HEADER,
		"number,colour\n1,red\n",
		HEADER "1,S,1\n",
		HEADER ROW("1", "a,b"),
		HEADER ROW("1", "\"a"),
		HEADER ROW("1", "\"a\"b"),
		HEADER ROW("1", ""),
		HEADER ROW("", "a"),
		HEADER ROW("1", "a") ROW("1", ""),
		HEADER ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n",
	};
	_cleanup_place_ struct place place = place_new();
	struct label_register r;
	char text[20000];
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (load_register(&place, "r.csv", cases[i], "I", &r) != -EINVAL)
			fail_msg("accepted: %s", cases[i]);

	(void)snprintf(text, sizeof(text), "%s%.*s", HEADER, 1, "\"");
	memset(text + strlen(text), 'x', 9000);
	text[sizeof(HEADER) + 9000] = '\0';
	assert_int_equal(load_register(&place, "r.csv", text, "I", &r), -EINVAL);
	assert_int_equal(load_register(&place, "r.csv", HEADER ROW("1", "a"), "I", &r), 0);
	label_register_done(&r);
}

/* The good register as spreadsheets save it; NULL: it must be read, else what is said of it. */
struct saved {
	const char *bytes;
	size_t n;
	const char *said;
};
#define SAVED(text) text, sizeof(text) - 1
#define COLUMNS(s)                                                                                                     \
	"number" s "scheme" s "level" s "category" s "valid-from" s "valid-until" s "maker" s "model" s "anchors"
#define CELLS(s, number, model) number s "S" s "1" s "c" s "2026-01-01" s "2027-01-01" s "pen:1" s model s ANCHOR

static void test_csv_of_spreadsheets(void **state)
{
	static const struct saved cases[] = {
		{ SAVED("\xef\xbb\xbf" COLUMNS(",") "\r\n" CELLS(",", "1", "a") "\r\n"), NULL },
		{ SAVED(COLUMNS(";") "\r\n" CELLS(";", "1", "a") "\r\n"), NULL },
		{ SAVED(COLUMNS("\t") "\r\n" CELLS("\t", "1", "a") "\r\n"), NULL },
		{ SAVED("sep=;\r\n" COLUMNS(";") "\r\n" CELLS(";", "1", "a") "\r\n"), NULL },
		{ SAVED(COLUMNS(",") "\r" CELLS(",", "1", "a") "\r"), NULL },
		{ SAVED("\n" COLUMNS(",") "\n\n" CELLS(",", "1", "a")), NULL },
		{ SAVED("\n" COLUMNS(";") "\n\n" CELLS(";", "1", "a")), NULL },
		{ SAVED(";;;;\r\n\"\";\"\"\r\n" COLUMNS(";") "\r\n" CELLS(";", "1", "a") "\r\n"), NULL },
		{ SAVED("\t\t\t\n" COLUMNS("\t") "\n" CELLS("\t", "1", "a") "\n"), NULL },
		{ SAVED("\n\n"), ":1: empty; the first row names" },
		{ SAVED(COLUMNS(",") ",,\n" CELLS(",", "1", "a") ",,\n"), NULL },
		{ SAVED(COLUMNS(",") "\n" CELLS(",", "1",
						"a") "\n,,,,,,,,\n,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n"),
		  NULL },
		{ SAVED(COLUMNS(",") "\n" CELLS(",", "1", "a\",\"b") "\n"), ":2:40: a quote" },
		{ SAVED(COLUMNS(",") "\n" CELLS(",", "1", "a") ",x\n"),
		  ":2:111: field 10 of the row has no column, the first row names 9; write a field with , in it as" },
		{ SAVED(COLUMNS(";") "\n" CELLS(";", "1", "a") ";x\n"), "write a field with ; in it as" },
		{ SAVED(COLUMNS("\t") "\n" CELLS("\t", "1", "a") "\tx\n"), "write a field with a tab in it as" },
		{ SAVED("number,,level\n1,S,1\n"), ":1:8: column 2 has no name" },
		{ SAVED(COLUMNS(",") ",model\n" CELLS(",", "1", "a") ",b\n"), ":1:73: column \"model\" occurs twice" },
		{ SAVED(COLUMNS(",") "\n" CELLS(",", "1", "\"a\nb\"") "\n"), ":2:37: model: there is a line break" },
		{ SAVED(COLUMNS(",") "\n" CELLS(",", "\"1\n2\"", "a") "\n3,S,0,c,,,,,\n"), ":4:5: level = \"0\"" },
		{ SAVED(COLUMNS(",") "\n" CELLS(",", "1", "\xb7\xa5\xc7\xc1") "\n"), ":2: not UTF-8; Korean programs" },
		{ SAVED("n\0u\0m\0b\0e\0r\0,\0"), ":1: a byte with value 0" },
		{ SAVED("\xff\xfen\0u\0m"), "begins as UTF-16" },
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct statement_source source = { .path = put_file(&place, "r.csv",
									  bytes_of(cases[i].bytes, cases[i].n)),
							 .issuer = "I",
							 .now_sec = NOW_SEC };
		const char *said = cases[i].said;
		struct label_register r;
		int result;

		listen_in();
		result = statements_load(&source, &r);
		if (count_said(said ? said : "r.csv", true) != (said ? 1 : 0) || result != (said ? -EINVAL : 0))
			fail_msg("case %zu: not as expected: %s", i, cases[i].bytes);
		assert_int_equal(r.n_labels, said ? 0 : 1);
		if (!said)
			assert_string_equal(r.labels[0].classes[0].product.model, "a");
		label_register_done(&r);
	}
}

/* UTF-16 of ASCII, in either order, with its mark. */
static struct bytes utf16_of(const char *text, bool is_little, uint8_t *ret)
{
	const size_t n = strlen(text) + 1;

	memset(ret, 0, 2 * n);
	for (size_t i = 1; i < n; i++)
		ret[2 * i + !is_little] = (uint8_t)text[i - 1];
	ret[!is_little] = 0xff;
	ret[is_little] = 0xfe;
	return bytes_of(ret, 2 * n);
}

static void test_files_of_other_systems(void **state)
{
	_cleanup_place_ struct place place = place_new();
	struct statement_source source = { .issuer = "I", .now_sec = NOW_SEC };
	uint8_t wide[4096];
	char text[sizeof(good) + 16];
	struct label l;
	(void)state;

	for (unsigned i = 0; i < 2; i++) {
		struct label_register r;

		source.path = put_file(&place, "r.csv", utf16_of(HEADER ROW("1", "a"), i, wide));
		assert_int_equal(statements_load(&source, &r), 0);
		assert_string_equal(r.labels[0].classes[0].product.model, "a");
		label_register_done(&r);
		source.path = put_file(&place, "l.conf", utf16_of(good, i, wide));
		assert_int_equal(statement_load(&source, &l), 0);
		assert_string_equal(l.number, "KR-1");
		label_done(&l);
	}
	(void)snprintf(text, sizeof(text), "\xef\xbb\xbf%s", good);
	assert_int_equal(load(&place, text, &l), 0);
	label_done(&l);
	listen_in();
	assert_int_equal(load_with(&place, "category = \"\xc1\xb6\xb8\xed\";", &l), -EINVAL);
	assert_int_equal(count_said(":9: category: not UTF-8; Korean programs", true), 1);
	assert_int_equal(load_with(&place, "category = \"\xec\xa1\xb0\xeb\xaa\x85\";", &l), 0);
	label_done(&l);
}

#define PLACED(number, index, model)                                                                                   \
	"https://x," index "," number ",S,1,c,2026-01-01,2027-01-01,pen:1," model ",,,," ANCHOR "\n"

/* One number is one statement, whatever it says; a product may have two numbers. */
static void test_numbers_that_stand_twice(void **state)
{
	static const struct {
		const char *name, *text;
		int r;
	} cases[] = {
		{ "r.csv", HEADER ROW("1", "a") "1,S,2,c,2026-01-01,2027-01-01,pen:1,a,,,," ANCHOR "\n", -EINVAL },
		{ "r.csv", HEADER ROW("1", "a") "2,S,2,c,2026-01-01,2027-01-01,pen:1,a,,,," ANCHOR "\n", 0 },
		{ "r.csv", HEADER ROW("1", "a") ROW("2", "b") ROW("1", "c"), -EINVAL },
		{ "r.csv", HEADER ROW("1", "a") ROW("1", "c") ROW("2", "b"), 0 },
		{ "r.csv", HEADER ROW("SG-1", "a") ROW("sg-1", "b"), -EINVAL },
		{ "r.csv", HEADER ROW("SG-1", "a") ROW(" SG - 1 ", "b"), -EINVAL },
		{ "r.csv", HEADER ROW("SG-1", "a") ROW("SG-11", "b"), 0 },
		{ "r.csv", HEADER ROW("1", "a") "1,T,1,c,2026-01-01,2027-01-01,pen:1,a,,,," ANCHOR "\n", 0 },
		{ "r.conf", "labels = ( " GROUP("1", "") ", " GROUP("1", "") " );", -EINVAL },
		{ "r.conf", "labels = ( " GROUP("1", "") ", " GROUP("2", "") " );", 0 },
		{ "r.csv", "status-uri,status-index," HEADER PLACED("1", "7", "a") PLACED("2", "7", "b"), -EINVAL },
		{ "r.csv", "status-uri,status-index," HEADER PLACED("1", "7", "a") PLACED("2", "8", "b"), 0 },
		{ "r.csv", "status-uri,status-index," HEADER PLACED("1", "7", "a") PLACED("1", "7", "b"), 0 },
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct label_register r;

		if (load_register(&place, cases[i].name, cases[i].text, "I", &r) != cases[i].r)
			fail_msg("not as expected: %s", cases[i].text);
		label_register_done(&r);
	}
}

/* What stands twice is told where it is, and where it was first. */
static void test_numbers_in_included_files(void **state)
{
	static const char list[] = "labels = (\n@include \"a.conf\"\n,\n@include \"b.conf\"\n);\n";
	static const struct {
		const char *b, *said, *first;
	} cases[] = {
		{ "\n" GROUP("1", ""), "b.conf:2: number 1 of S occurs twice, first in line 1 of ",
		  "/a.conf; remove one" },
		{ GROUP("2", "") ",\n" GROUP("2", ""), "b.conf:2: number 2 of S occurs twice, first in line 1; ", "" },
		{ "\n" GROUP("2", "status = { uri = \"https://x\"; index = 7; };"),
		  "b.conf:2: index 7 of https://x is already the place of number 1 in line 1 of ",
		  "/a.conf; give each" },
		{ "\n" GROUP("2", "status = { uri = \"https://x\"; index = 8; };"), NULL, NULL },
	};
	_cleanup_place_ struct place place = place_new();
	(void)state;

	(void)put_text(&place, "a.conf", GROUP("1", "status = { uri = \"https://x\"; index = 7; };"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *said = cases[i].said;
		struct label_register r;

		(void)put_text(&place, "b.conf", cases[i].b);
		listen_in();
		assert_int_equal(load_register(&place, "r.conf", list, "I", &r), said ? -EINVAL : 0);
		if (said && count_said(cases[i].first, false) < 1)
			fail_msg("not said: %s", cases[i].first);
		if (count_said(said ? said : "conf", true) != (said ? 1 : 0))
			fail_msg("not said: %s", said ? said : "nothing");
		label_register_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_that_are_not_read), /* before one was converted */
		cmocka_unit_test(test_all_fields),
		cmocka_unit_test(test_each_line_is_needed),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_texts_that_look_the_same),
		cmocka_unit_test(test_errors_in_korean),
		cmocka_unit_test(test_included),
		cmocka_unit_test(test_included_beside),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_issuer_of_the_command_line),
		cmocka_unit_test(test_configured_schemes),
		cmocka_unit_test(test_register_of_libconfig),
		cmocka_unit_test(test_register_of_csv),
		cmocka_unit_test(test_status_of_csv),
		cmocka_unit_test(test_bad_csv),
		cmocka_unit_test(test_csv_of_spreadsheets),
		cmocka_unit_test(test_files_of_other_systems),
		cmocka_unit_test(test_numbers_that_stand_twice),
		cmocka_unit_test(test_numbers_in_included_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
