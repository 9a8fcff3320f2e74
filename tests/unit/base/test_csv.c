/* SPDX-License-Identifier: Apache-2.0 */
/* links: base */
/* What spreadsheets save is read alike, and what is wrong is told where it begins; each refused text has a good twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/csv.h"

/* The rows and errors of a text, as text. */
static char said[4096];

static const char *column(size_t i)
{
	static const char *const names[] = { "name", "mac", "place" };

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static void say(const char *text)
{
	(void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s", text);
}

static void read_row(const struct csv_row *row, void *to)
{
	char cell[256];

	assert_ptr_equal(to, said);
	for (int i = 0; i < row->n; i++) {
		(void)snprintf(cell, sizeof(cell), "%s=%s@%u:%u ", row->columns[i], row->cells[i], row->at[i].line,
			       row->at[i].column);
		say(cell);
	}
	say("\n");
}

static void on_error(struct csv_place at, const char *text, void *to)
{
	char where[64];

	assert_ptr_equal(to, said);
	(void)snprintf(where, sizeof(where), "%u:%u: ", at.line, at.column);
	say(where);
	say(text);
	say("\n");
}

static const char *read_text(const char *text)
{
	const struct csv_form form = {
		.what = "names", .column = column, .read_row = read_row, .on_error = on_error, .to = said
	};
	_cleanup_free_ char *copy = strdup(text);

	assert_non_null(copy);
	said[0] = '\0';
	csv_read(copy, &form);
	return said;
}

static void test_forms(void **state)
{
	static const char *const same[] = {
		"name,mac\nA,1\nB,2\n", "name;mac\r\nA;1\r\nB;2\r\n",       "name\tmac\rA\t1\rB\t2",
		"NAME,Mac\nA,1\nB,2\n", "name;mac;;\r\nA;1;;\r\nB;2;;\r\n",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_string_equal(read_text(same[i]), "name=A@2:1 mac=1@2:3 \nname=B@3:1 mac=2@3:3 \n");
	assert_string_equal(read_text("sep=;\r\nmac;name\r\n1;A\r\n"), "mac=1@3:1 name=A@3:3 \n");
	assert_string_equal(read_text("\"name\";\"mac\"\n\"A\";\"1\"\n\n;\n\"B\";\"2\""),
			    "name=A@2:1 mac=1@2:5 \nname=B@5:1 mac=2@5:5 \n");
}

/* A column counts characters, and a line is one of the file: also after a line break, or a doubled quote, in quotes. */
static void test_places(void **state)
{
	(void)state;
	assert_string_equal(read_text("name,mac,place\n거실 월패드,1,x\n"),
			    "name=거실 월패드@2:1 mac=1@2:8 place=x@2:10 \n");
	assert_string_equal(
		read_text("name,mac,place\n\"a \"\"b\"\"\",1,\"c\r\nd\",\n"), /* one field too many is empty */
		"name=a \"b\"@2:1 mac=1@2:11 place=c\r\nd@2:13 \n");
	assert_string_equal(read_text("name,mac\n\"a\nb\",1\nB,2\n"),
			    "name=a\nb@2:1 mac=1@3:4 \nname=B@4:1 mac=2@4:3 \n");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "", "1:0: empty; the first row names the names\n" },
		{ "name,mca\nA,1\n", "1:6: column \"mca\": not known; did you mean \"mac\"?\n" },
		{ "name,colour\nA,1\n", "1:6: column \"colour\": not known; the first row names the names\n" },
		{ "name,Name\nA,1\n", "1:6: column \"name\" occurs twice; remove one\n" },
		{ "name,,mac\nA,,1\n", "1:6: column 2 has no name; name it, or remove it from all rows\n" },
		{ "name,mac\nA\nB,2\n",
		  "2:0: the row has 1 fields, the first row names 2 columns\nname=B@3:1 mac=2@3:3 \n" },
		{ "name,mac\nA,1,x\n", "2:5: field 3 of the row has no column, the first row names 2; write a field "
				       "with , in it as \"…\"\n" },
		{ "name,mac\nA,\"1\n",
		  "2:3: a quote that is not closed, or text after one; a quote within a quoted field is doubled\n" },
		{ "name,mac\nA,\"1\"2\n",
		  "2:3: a quote that is not closed, or text after one; a quote within a quoted field is doubled\n" },
		{ "name,mac\nA,1\n", "name=A@2:1 mac=1@2:3 \n" },
		{ "name,mac\nA,\"1\"\n", "name=A@2:1 mac=1@2:3 \n" },
		{ "name,mac\n", "" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(read_text(cases[i].text), cases[i].said);
}

/* --- Writing --- */

/* What is written is read again; a formula comes with a tab, which its reader removes. */
static void test_writing(void **state)
{
	static const char *const columns[] = { "name", "mac", "place" };
	static const char *const rows[][3] = {
		{ "A", "", "a, b; c" },
		{ "=HYPERLINK(\"x\")", "+1", "-1" },
		{ "@x", " =x", "a=b-c" },
		{ "\xea\xb0\x80", "a\"b", "a\nb" },
	};
	_cleanup_free_ char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_non_null(out);
	csv_begin(out);
	csv_write(columns, 3, out);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		csv_write(rows[i], 3, out);
	(void)fclose(out);
	assert_string_equal(text, "\xef\xbb\xbfname,mac,place\r\n"
				  "A,,\"a, b; c\"\r\n"
				  "\"\t=HYPERLINK(\"\"x\"\")\",\"\t+1\",\"\t-1\"\r\n"
				  "\"\t@x\",\"\t =x\",a=b-c\r\n"
				  "\xea\xb0\x80,\"a\"\"b\",\"a\nb\"\r\n");
	assert_string_equal(read_text(text + 3), "name=A@2:1 mac=@2:3 place=a, b; c@2:4 \n"
						 "name=\t=HYPERLINK(\"x\")@3:1 mac=\t+1@3:22 place=\t-1@3:28 \n"
						 "name=\t@x@4:1 mac=\t =x@4:7 place=a=b-c@4:14 \n"
						 "name=\xea\xb0\x80@5:1 mac=a\"b@5:3 place=a\nb@5:10 \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
