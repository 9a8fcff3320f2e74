/* SPDX-License-Identifier: Apache-2.0 */
/* Records out of a fuzzer's bytes, by the tables that declare them (base/record.h): whatever the bytes are, they are sound. */
#pragma once

#include <string.h>

#include "base/record.h"
#include "hallmark/reason.h"

/* What is left of the input; zeros when it is over. */
struct source {
	const uint8_t *p;
	size_t n;
};

static inline void take_bytes(struct source *s, void *ret, size_t n)
{
	size_t given = n < s->n ? n : s->n;

	memset(ret, 0, n);
	if (given > 0)
		memcpy(ret, s->p, given);
	s->p += given;
	s->n -= given;
}

static inline uint64_t take_number(struct source *s, size_t n)
{
	uint64_t number = 0;

	take_bytes(s, &number, n);
	return number;
}

/* Bounds come first, since what is at one of them says most. */
static inline int64_t take_within(struct source *s, size_t n, int64_t low, int64_t high)
{
	uint64_t span = (uint64_t)high - (uint64_t)low + 1;
	uint64_t number = take_number(s, n);

	if (number < 2)
		return number == 0 ? low : high;
	return (int64_t)((uint64_t)low + (span ? number % span : number));
}

static inline void take_text(struct source *s, char *ret, size_t size, size_t least)
{
	size_t n = (size_t)take_within(s, 1, (int64_t)least, (int64_t)size - 1);

	for (size_t i = 0; i < n; i++)
		ret[i] = (char)(' ' + take_number(s, 1) % ('~' - ' ' + 1));
}

static const uint16_t reasons[] = {
#define X(number, ...) number,
	HALLMARK_REASONS(X)
#undef X
};
#define N_REASONS (sizeof(reasons) / sizeof(reasons[0]))

static inline struct check_result take_check(struct source *s, unsigned check)
{
	const uint16_t state = (uint16_t)(take_number(s, 1) % (CHECK_PASSED + 1));
	size_t at = take_number(s, 1) % N_REASONS;

	if (state == CHECK_PASSED)
		return check_passed();
	while (reasons[at] == REASON_ADMITTED ||
	       (REASON_CHECK(reasons[at]) != 0 && (unsigned)REASON_CHECK(reasons[at]) != check))
		at = (at + 1) % N_REASONS;
	return (struct check_result){ .state = state, .reason = reasons[at] };
}

/* Declares fill_TAG(), which takes a record that is zero. Numbers first: they say how many there are of the rest. */
#define RECORD_FILL(tag, FIELDS)                                                                                       \
	static void fill_##tag(struct tag *r, struct source *s)                                                        \
	{                                                                                                              \
		FIELDS(FILL_ONE, FILL_NOTHING)                                                                         \
		FIELDS(FILL_NOTHING, FILL_MANY)                                                                        \
		(void)r, (void)s;                                                                                      \
	}

#define FILL_ONE(rule, type, name, ...)        FILL_ONE_##rule(type, r->name, __VA_ARGS__);
#define FILL_MANY(rule, type, name, size, ...) FILL_MANY_##rule(type, r->name, __VA_ARGS__);
#define FILL_NOTHING(...)

#define FILL_ONE_INT(type, field, low, high) (field) = (type)take_within(s, sizeof(field), low, high)
#define FILL_MANY_INT(type, field, low, high)                                                                          \
	for (size_t i = 0; i < RECORD_ROOM(field); i++) {                                                              \
		(field)[i] = (type)take_within(s, sizeof((field)[i]), low, high);                                      \
	}
#define FILL_ONE_END(type, field, low) (field) = take_number(s, 1) & 1 ? TIME_FOREVER : take_within(s, 8, low, TIME_MAX)
#define FILL_ONE_ENUM(type, field, ...)                                                                                \
	(field) = (type)((const uint64_t[]){                                                                           \
		__VA_ARGS__ })[take_number(s, 1) % (sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8)]
#define FILL_ONE_REASON(type, field, ...)  (field) = reasons[take_number(s, 1) % N_REASONS]
#define FILL_ONE_FLAG(type, field, ...)    (field) = take_number(s, 1) & 1
#define FILL_ONE_ANY(type, field, ...)     take_bytes(s, &(field), sizeof(field))
#define FILL_MANY_ANY(type, field, ...)    take_bytes(s, field, sizeof(field))
#define FILL_ONE_ADDRESS(type, field, ...) take_bytes(s, &(field), sizeof(field))
#define FILL_MANY_ZERO(type, field, ...)   (void)(field)
#define FILL_MANY_TEXT(type, field, ...)   take_text(s, field, sizeof(field), 0)
#define FILL_MANY_NAME(type, field, ...)   take_text(s, field, sizeof(field), 1)
#define FILL_MANY_TEXTS(type, field, count)                                                                            \
	for (size_t i = 0; i < r->count; i++) {                                                                        \
		take_text(s, (field)[i], sizeof((field)[i]), 0);                                                       \
	}
#define FILL_MANY_BYTES(type, field, count) take_bytes(s, field, r->count * sizeof((field)[0]))
#define FILL_ONE_CHECK(type, field, check)  (field) = take_check(s, check)
#define FILL_MANY_CHECKS(type, field, set)                                                                             \
	for (unsigned i = 0; i < RECORD_ROOM(field); i++) {                                                            \
		(field)[i] = (set)&CHECK_BIT(i) ? take_check(s, i) : (struct check_result){ 0 };                       \
	}
#define FILL_ONE_PART(type, field, ...) fill_##type(&(field), s)
#define FILL_ONE_PART_IF(type, field, condition)                                                                       \
	if (condition) {                                                                                               \
		fill_##type(&(field), s);                                                                              \
	}
#define FILL_MANY_LIST(type, field, count)                                                                             \
	for (size_t i = 0; i < r->count; i++) {                                                                        \
		fill_##type(&(field)[i], s);                                                                           \
	}
