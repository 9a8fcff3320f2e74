/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a call on the bus as a text, {key: value, ...} and [value, ...], that expect() looks into. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include <cmocka.h>

#include "pki.h"

static char answer[65536];

static inline void put_value(FILE *f, sd_bus_message *m, char type)
{
	union {
		const char *text;
		uint8_t number8;
		uint16_t number16;
		uint32_t number32;
		int64_t number64;
		int boolean;
	} value;

	assert_true(sd_bus_message_read_basic(m, type, &value) > 0);
	if (type == 's')
		must(fputs(value.text, f) >= 0);
	else if (type == 'b')
		must(fputs(value.boolean ? "true" : "false", f) >= 0);
	else if (type == 'u')
		must(fprintf(f, "%u", value.number32) > 0);
	else if (type == 'y')
		must(fprintf(f, "%u", value.number8) > 0);
	else if (type == 'q')
		must(fprintf(f, "%u", value.number16) > 0);
	else
		must(fprintf(f, "%lld", (long long)value.number64) > 0);
}

static inline void put_all(FILE *f, sd_bus_message *m, const char *between)
{
	const char *contents;
	char type;

	for (bool is_first = true; sd_bus_message_peek_type(m, &type, &contents) > 0; is_first = false) {
		bool is_map = type == 'a' && contents[0] == '{';

		must(fputs(is_first ? "" : between, f) >= 0);
		if (!contents) {
			put_value(f, m, type);
			continue;
		}
		assert_true(sd_bus_message_enter_container(m, type, contents) > 0);
		must(fputs(is_map ? "{" : type == 'a' ? "[" : "", f) >= 0);
		put_all(f, m, type == 'e' ? ": " : ", ");
		must(fputs(is_map ? "}" : type == 'a' ? "]" : "", f) >= 0);
		assert_true(sd_bus_message_exit_container(m) >= 0);
	}
}

/* An error is an answer, too. */
static inline void take_answer(sd_bus_message *m)
{
	FILE *f = fmemopen(answer, sizeof(answer), "w");

	assert_non_null(f);
	if (sd_bus_message_is_method_error(m, NULL))
		must(fprintf(f, "%s: %s", sd_bus_message_get_error(m)->name, sd_bus_message_get_error(m)->message) > 0);
	else
		put_all(f, m, ", ");
	(void)fclose(f);
}

static inline void expect(const char *part)
{
	if (!strstr(answer, part))
		fail_msg("\"%s\" is not in: %s", part, answer);
}
