/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* The attester's command line and its gateway addresses: each accepted form beside one that is refused. */
#include <errno.h>

#include "attester/gateway.h"
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
	assert_false(o.nonce || o.no_link || o.admission || o.json || o.daemon || o.fast);
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

/* Only the gateway's certificate shows who answers a device that looks for it. */
static void test_no_gateway(void **state)
{
	static const char *const ca[12] = { "--ca", "ca.pem" };
	struct options o;
	(void)state;

	assert_int_equal(parse(1, NULL, &o), OPTIONS_WRONG);
	assert_int_equal(parse(1, ca, &o), OPTIONS_RUN);
	assert_null(o.gateway);
	assert_int_equal(parse(0, ca, &o), OPTIONS_RUN);
	assert_string_equal(o.gateway, "192.0.2.1");
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
		{ { "--daemon", "--fast" }, OPTIONS_RUN },
		{ { "--fast" }, OPTIONS_WRONG },
		{ { "--daemon", "--admission" }, OPTIONS_WRONG },
		{ { "--daemon", "--once", "--admission" }, OPTIONS_RUN },
		{ { "--config", "/nonexistent/attester.conf" }, OPTIONS_WRONG },
		{ { "--config", "/" }, OPTIONS_WRONG },
		{ { "--version" }, OPTIONS_SHOWN },
		{ { "--help" }, OPTIONS_SHOWN },
	};
	struct options o;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (parse(0, cases[i].more, &o) != cases[i].result)
			fail_msg("case %zu: %s", i, cases[i].more[1] ? cases[i].more[1] : cases[i].more[0]);
		options_done(&o);
	}
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

/* --- The file --- */

/* libconfig 1.5 leaks what it had read of a text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yy";
}

static const char whole[] = "gateway = \"192.0.2.9:1\";\n"
			    "cert = \"/etc/c.pem\";\n"
			    "key = \"k.pem\";\n"
			    "ca = \"ca.pem\";\n"
			    "verifier-key = \"v.pem\";\n"
			    "label = [\"1.label\", \"/2.label\"];\n"
			    "ueid = \"010203040506ff\"; oemid = \"pen:1\"; hwmodel = \"lamp-1\";\n"
			    "hwversion = \"2\"; swname = \"fw\"; swversion = \"7\"; version-scheme = \"decimal\";\n"
			    "dbgstat = \"enabled\"; timeout = 7;\n"
			    "nonce = true; json = true; daemon = true; fast = true;\n"
			    "admission = false; once = false;\n";

/* Parses `text` as the file DIR/attester.conf, with up to four arguments more. The log is in errors[]. */
static char errors[4096];

static enum options_result parse_file(const char *text, const char *const more[4], char ret_directory[static 64],
				      struct options *ret)
{
	char path[80];
	char *argv[8] = { (char *)(uintptr_t) "attester", (char *)(uintptr_t) "--config", path };
	int argc = 3, saved = dup(STDERR_FILENO);
	FILE *file, *log = tmpfile();

	(void)strcpy(ret_directory, "/tmp/hallmark-test.XXXXXX");
	assert_non_null(mkdtemp(ret_directory));
	(void)snprintf(path, sizeof(path), "%s/attester.conf", ret_directory);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_non_null(log);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	(void)fclose(file);
	for (size_t i = 0; more && i < 4 && more[i]; i++)
		argv[argc++] = (char *)(uintptr_t)more[i];

	(void)fflush(stderr);
	assert_true(dup2(fileno(log), STDERR_FILENO) >= 0);
	enum options_result r = options_parse(argc, argv, ret);

	(void)fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(log);
	memset(errors, 0, sizeof(errors));
	errors[fread(errors, 1, sizeof(errors) - 1, log)] = '\0';
	(void)fclose(log);
	(void)remove(path);
	(void)rmdir(ret_directory);
	return r;
}

static void test_file_with_a_mark(void **state)
{
	char directory[64], text[256];
	struct options o;
	(void)state;

	(void)snprintf(text, sizeof(text), "\xef\xbb\xbf%s", "gateway = ;\r\n");
	assert_int_equal(parse_file(text, NULL, directory, &o), OPTIONS_WRONG);
	assert_non_null(strstr(errors, "attester.conf:1: syntax error"));
	options_done(&o);
	(void)snprintf(text, sizeof(text), "\xef\xbb\xbf%s", "gateway = \"g\";\r\ncolour = 1;\r\n");
	assert_int_equal(parse_file(text, NULL, directory, &o), OPTIONS_WRONG);
	assert_non_null(strstr(errors, "attester.conf:2: colour: no such setting"));
	options_done(&o);
}

/* An included file is told with its own name; one that cannot be read, without a line. */
static void test_included_file(void **state)
{
	static const struct {
		const char *part, *said;
	} cases[] = {
		{ "\xef\xbb\xbf"
		  "gateway = \"g\";\n",
		  "part.conf:1: begins with a byte-order mark" },
		{ "\ngateway = ;\n", "part.conf:2: syntax error; settings are name = value;" },
		{ "\ncolour = 1;\n", "part.conf:2: colour: no such setting" },
		{ "gateway = \"g\";\n", NULL },
	};
	char directory[64], part[] = "/tmp/hallmark-test.XXXXXX", path[64], text[128];
	struct options o;
	(void)state;

	assert_non_null(mkdtemp(part));
	(void)snprintf(path, sizeof(path), "%s/part.conf", part);
	(void)snprintf(text, sizeof(text), "\n@include \"%s\"\n", path);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		FILE *file = fopen(path, "we");

		assert_true(file && fputs(cases[i].part, file) >= 0 && fclose(file) == 0);
		(void)parse_file(text, NULL, directory, &o);
		if (cases[i].said ? !strstr(errors, cases[i].said) : strstr(errors, "part.conf") != NULL)
			fail_msg("case %zu: %s", i, errors);
		options_done(&o);
	}
	assert_int_equal(remove(path), 0);
	assert_int_equal(rmdir(part), 0);
	(void)snprintf(text, sizeof(text), "%s", "\xff\xfex");
	assert_int_equal(parse_file(text, NULL, directory, &o), OPTIONS_WRONG);
	assert_non_null(strstr(errors, "attester.conf: begins as UTF-16 and is not UTF-16 to its end"));
	options_done(&o);
}

/* As the files that it names: in the folder of the configuration, wherever the attester was started. */
static void test_included_beside(void **state)
{
	static const char part[] = "/tmp/hallmark-test-part.conf";
	char directory[64];
	struct options o;
	FILE *file = fopen(part, "we");
	(void)state;

	assert_true(file && fputs("gateway = \"g\";\n", file) >= 0 && fclose(file) == 0);
	(void)parse_file("@include \"../hallmark-test-part.conf\"\n", NULL, directory, &o);
	assert_string_equal(o.gateway, "g");
	options_done(&o);
	(void)parse_file("\n@include \"none.conf\"\n", NULL, directory, &o);
	assert_non_null(strstr(errors, "attester.conf:2: cannot read the included file /tmp/hallmark-test"));
	assert_non_null(strstr(errors, "/none.conf: No such file or directory"));
	options_done(&o);
	assert_int_equal(remove(part), 0);
}

static void test_file(void **state)
{
	char directory[64], path[96];
	struct options o;
	(void)state;

	assert_int_equal(parse_file(whole, NULL, directory, &o), OPTIONS_RUN);
	assert_string_equal(o.gateway, "192.0.2.9:1");
	assert_string_equal(o.certificate, "/etc/c.pem");
	(void)snprintf(path, sizeof(path), "%s/k.pem", directory);
	assert_string_equal(o.key, path);
	assert_int_equal(o.n_labels, 2);
	(void)snprintf(path, sizeof(path), "%s/1.label", directory);
	assert_string_equal(o.labels[0], path);
	assert_string_equal(o.labels[1], "/2.label");
	assert_string_equal(o.claims.product.maker, "pen:1");
	assert_string_equal(o.claims.product.model, "lamp-1");
	assert_string_equal(o.claims.product.hwversion, "2");
	assert_string_equal(o.claims.product.swname, "fw");
	assert_string_equal(o.claims.product.swversion, "7");
	assert_int_equal(o.claims.product.swversion_scheme, VERSION_DECIMAL);
	assert_int_equal(o.claims.debug, DEBUG_ENABLED);
	assert_int_equal(o.timeout_sec, 7);
	assert_true(o.nonce && o.json && o.daemon && o.fast);
	assert_false(o.admission);
	options_done(&o);
}

static void test_command_line_goes_before_the_file(void **state)
{
	static const char *const label[4] = { "--label", "mine" };
	static const char *const gateway[4] = { "--gateway", "198.51.100.1", "--once", "--timeout=9" };
	char directory[64];
	struct options o;
	(void)state;

	assert_int_equal(parse_file(whole, label, directory, &o), OPTIONS_RUN);
	assert_int_equal(o.n_labels, 1);
	assert_string_equal(o.labels[0], "mine");
	assert_string_equal(o.gateway, "192.0.2.9:1");
	options_done(&o);
	assert_int_equal(parse_file(whole, gateway, directory, &o), OPTIONS_WRONG); /* fast is left alone then */
	assert_non_null(strstr(errors, "--fast is for --daemon"));
	assert_string_equal(o.gateway, "198.51.100.1");
	assert_int_equal(o.timeout_sec, 9);
	assert_false(o.daemon);
	options_done(&o);
}

/* A line that is added to the whole file, and the words of the error. */
static void test_file_errors(void **state)
{
	const struct {
		const char *line, *error;
	} cases[] = {
		{ "gatway = \"192.0.2.1\";", "attester.conf:12: gatway: no such setting" },
		{ "label-2 = \"x\";", "attester.conf:12: label-2: no such setting" },
		{ "help = true;", "attester.conf:12: help: no such setting" },
		{ "config = \"x\";", "attester.conf:12: config: no such setting" },
		{ "timeout = 8;", "attester.conf:12: duplicate setting name" },
		{ "rest", "attester.conf:13: syntax error" },
	};
	const struct {
		const char *text, *error;
	} files[] = {
		{ "timeout = 0;", "attester.conf:1: timeout = \"0\": give seconds" },
		{ "\ntimeout = \"7\";", "attester.conf:2: timeout: give a whole number" },
		{ "nonce = 1;", "attester.conf:1: nonce: give true or false" },
		{ "oemid = 32473;", "attester.conf:1: oemid: give a text in quotes" },
		{ "key = [\"a\"];", "attester.conf:1: key: give a file name" },
		{ "key = \"\";", "attester.conf:1: key = \"\": it is empty" },
		{ "label = [1];", "attester.conf:1: label: give file names" },
		{ "label = (\n\"a\", \"\");", "attester.conf:2: label = \"\": name the file" },
		{ "label = [\"1\", \"2\", \"3\", \"4\", \"5\"];", "a submission takes 4 labels" },
		{ "ueid = \"00\";", "attester.conf:1: ueid = \"00\": give 14 to 66 hex digits" },
		{ "swname = \"a\tb\";", "attester.conf:1: swname" },
		{ "dbgstat = \"maybe\";", "attester.conf:1: dbgstat = \"maybe\": no such name" },
		{ "a = 1;\nb = 2;", "attester.conf:2: b: no such setting" }, /* all mistakes at once */
		{ "", "--gateway is missing" },
	};
	char directory[64], text[2048];
	struct options o;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s%s\n", whole, cases[i].line);
		assert_int_equal(parse_file(text, NULL, directory, &o), OPTIONS_WRONG);
		if (!strstr(errors, cases[i].error))
			fail_msg("case %zu: %s", i, errors);
		options_done(&o);
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_int_equal(parse_file(files[i].text, NULL, directory, &o), OPTIONS_WRONG);
		if (!strstr(errors, files[i].error))
			fail_msg("file %zu: %s", i, errors);
		options_done(&o);
	}
}

/* The file that is shipped is whole, and each setting in it is known; commented ones too. */
static void test_shipped_file(void **state)
{
	static char text[16384];
	char directory[64];
	struct options o;
	size_t n = 0;
	(void)state;

	FILE *f = fopen("conf/hallmark-attester.conf", "re");

	assert_non_null(f);
	for (char line[256]; fgets(line, sizeof(line), f);) {
		bool is_setting = line[0] == '#' && strstr(line, " = ") && strchr(line, ';');

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", is_setting ? line + 1 : line);
	}
	(void)fclose(f);
	assert_int_equal(parse_file(text, NULL, directory, &o), OPTIONS_RUN);
	assert_string_equal(errors, "");
	assert_int_equal(o.n_labels, 1);
	assert_int_equal(o.timeout_sec, 20);
	options_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),         cmocka_unit_test(test_each_is_needed),
		cmocka_unit_test(test_no_gateway),       cmocka_unit_test(test_values),
		cmocka_unit_test(test_gateways),         cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_with_a_mark), cmocka_unit_test(test_included_file),
		cmocka_unit_test(test_included_beside),  cmocka_unit_test(test_command_line_goes_before_the_file),
		cmocka_unit_test(test_file_errors),      cmocka_unit_test(test_shipped_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
