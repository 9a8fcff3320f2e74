/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A good text and many that differ from it in one place: each bad one beside its must-pass twin. The test that includes this
 * has `good`, expect_good() and expect_bad() of its own.
 */
#pragma once

#include <stdio.h>
#include <string.h>

struct change {
	const char *find;       /* in `good`, once */
	const char *bad, *twin; /* instead */
	const char *word;       /* of the message */
	unsigned down;          /* lines below `find` at which it is said */
};

/* The good text with one thing replaced; ret_line is where that stood. */
static char *changed(const char *find, const char *with, unsigned *ret_line)
{
	const char *at = strstr(good, find);
	char *text = NULL;

	if (!at || strstr(at + 1, find))
		fail_msg("\"%s\" stands not once in the good text", find);
	*ret_line = 1;
	for (const char *c = good; c < at; c++)
		*ret_line += *c == '\n';
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good, with, at + strlen(find)) > 0);
	return text;
}

static void expect_changes(const struct change *changes, size_t n)
{
	expect_good(good);
	for (size_t i = 0; i < n; i++) {
		unsigned line;
		_cleanup_free_ char *bad = changed(changes[i].find, changes[i].bad, &line);
		_cleanup_free_ char *twin = changed(changes[i].find, changes[i].twin, &line);

		expect_bad(bad, line + changes[i].down, changes[i].word);
		expect_good(twin);
	}
}
