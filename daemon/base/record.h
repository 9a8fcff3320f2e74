/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that one process sends to another. A table declares the struct, and says of each field what a receiver takes: the
 * sender may have been taken over. Records are compared and stored as memory, so there is no hole between fields either. A field
 * without a rule, and a hole, do not compile.
 *
 *	#define EXAMPLE_FIELDS(ONE, MANY)                  \
 *		MANY(TEXT, char, name, [24])               \
 *		ONE(INT, uint32_t, level, 1, MAX)          \
 *		MANY(ZERO, uint8_t, reserved, [4])
 *	RECORD(example, EXAMPLE_FIELDS)
 *
 * declares struct example and example_is_sound(). A row has rule, type, name, of an array its size, and what the rule asks for;
 * there `r` is the record, so that a field can be held against another one. All bytes of `(struct example){ 0 }` are zero. Tests make
 * records of the same tables (tests/fuzz/fuzz_ipc.c).
 *
 *	INT(low, high)     a number within these bounds; an array of uint64_t: each of them
 *	END(low)           a time from low on, or TIME_FOREVER
 *	ENUM(values...)    one of these numbers
 *	REASON             an enum hallmark_reason that there is (base/check.h)
 *	FLAG               0 or 1; never a bool, of which no other byte may even be read
 *	ANY                whatever it says: digests, and numbers that mean nothing to the receiver alone
 *	ADDRESS            the same of a struct in6_addr
 *	ZERO               nothing: it fills a hole
 *	TEXT               printable and ended; zeros behind its end
 *	NAME               the same, and not ""
 *	TEXTS(n)           as many of them as the field n says; zeros behind
 *	BYTES(n)           as many entries of any value; zeros behind
 *	CHECK(check)       a struct check_result of that check (base/check_result.h)
 *	CHECKS(set)        of each check that is in the set one; the others are zero
 *	PART               another record; its type is the record's name
 *	PART_IF(condition) the same; zero unless the condition holds
 *	LIST(n)            as many other records; zeros behind
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Declares one record, and what checks it and a list of it. */
#define RECORD(tag, FIELDS)                                                                                            \
	struct tag {                                                                                                   \
		RECORD_MEMBERS(FIELDS)                                                                                 \
	};                                                                                                             \
	typedef struct tag tag##_record; /* so that no other struct is a part of one */                                \
	_Static_assert(sizeof(struct tag) == 0 FIELDS(RECORD_SIZE_ONE, RECORD_SIZE_MANY),                              \
		       "struct " #tag " has a hole: fill it with ZERO");                                               \
	static inline bool tag##_is_sound(const struct tag *r)                                                         \
	{                                                                                                              \
		FIELDS(RECORD_CHECK_ONE, RECORD_CHECK_MANY)                                                            \
		return r != NULL;                                                                                      \
	}                                                                                                              \
	static inline bool tag##_list_is_sound(const struct tag *list, size_t n, size_t room)                          \
	{                                                                                                              \
		for (size_t i = 0; i < n && i < room; i++)                                                             \
			if (!tag##_is_sound(&list[i]))                                                                 \
				return false;                                                                          \
		return record_ends(list, n, room, sizeof(*list));                                                      \
	}

/* The members alone, for a struct that goes on behind them. */
#define RECORD_MEMBERS(FIELDS) FIELDS(RECORD_MEMBER_ONE, RECORD_MEMBER_MANY)

bool record_in(int64_t value, int64_t low, int64_t high);
bool record_all_in(const uint64_t *values, size_t n, int64_t low, int64_t high);
bool record_among(uint64_t value, const uint64_t *values, size_t n);
bool record_is_zero(const void *p, size_t n);
bool record_is_text(const char *text, size_t size);
bool record_are_texts(const char *texts, size_t n, size_t room, size_t size);

/* True when no more than n of the entries that there is room for are set. */
bool record_ends(const void *list, size_t n, size_t room, size_t size);

/* --- what becomes of a row --- */

#define RECORD_MEMBER_ONE(rule, type, name, ...)        RECORD_TYPE_##rule(type) name;
#define RECORD_MEMBER_MANY(rule, type, name, size, ...) RECORD_TYPE_##rule(type) name size;
#define RECORD_SIZE_ONE(rule, type, name, ...)          +sizeof(RECORD_TYPE_##rule(type))
#define RECORD_SIZE_MANY(rule, type, name, size, ...)   +sizeof(RECORD_TYPE_##rule(type) size)
#define RECORD_CHECK_ONE(rule, type, name, ...)                                                                        \
	if (!RECORD_ONE_##rule(type, r->name, __VA_ARGS__))                                                            \
		return false;
#define RECORD_CHECK_MANY(rule, type, name, size, ...)                                                                 \
	if (!RECORD_MANY_##rule(type, r->name, __VA_ARGS__))                                                           \
		return false;

#define RECORD_ROOM(array) (sizeof(array) / sizeof((array)[0]))

/* --- the rules: first which types they take, and no others: neither a bool nor an enum --- */

#define RECORD_TYPE_INT(type)     RECORD_NUMBER_##type
#define RECORD_TYPE_END(type)     RECORD_TIME_##type
#define RECORD_TYPE_ENUM(type)    RECORD_NUMBER_##type
#define RECORD_TYPE_REASON(type)  RECORD_NUMBER_##type
#define RECORD_TYPE_FLAG(type)    RECORD_BYTE_##type
#define RECORD_TYPE_ANY(type)     RECORD_NUMBER_##type
#define RECORD_TYPE_ADDRESS(type) RECORD_ADDRESS_##type
#define RECORD_TYPE_ZERO(type)    RECORD_BYTE_##type
#define RECORD_TYPE_TEXT(type)    RECORD_TEXT_##type
#define RECORD_TYPE_NAME(type)    RECORD_TEXT_##type
#define RECORD_TYPE_TEXTS(type)   RECORD_TEXT_##type
#define RECORD_TYPE_BYTES(type)   RECORD_NUMBER_##type
#define RECORD_TYPE_CHECK(type)   RECORD_CHECKED_##type
#define RECORD_TYPE_CHECKS(type)  RECORD_CHECKED_##type
#define RECORD_TYPE_PART(type)    type##_record
#define RECORD_TYPE_PART_IF(type) type##_record
#define RECORD_TYPE_LIST(type)    type##_record

#define RECORD_NUMBER_uint8_t  uint8_t
#define RECORD_NUMBER_uint16_t uint16_t
#define RECORD_NUMBER_uint32_t uint32_t
#define RECORD_NUMBER_uint64_t uint64_t
#define RECORD_NUMBER_int32_t  int32_t
#define RECORD_NUMBER_int64_t  int64_t

#define RECORD_TIME_int64_t         int64_t
#define RECORD_BYTE_uint8_t         uint8_t
#define RECORD_TEXT_char            char
#define RECORD_ADDRESS_in6_addr     struct in6_addr
#define RECORD_CHECKED_check_result struct check_result

/* --- and then what they ask for --- */

#define RECORD_ONE_INT(type, field, low, high)  record_in((int64_t)(field), low, high)
#define RECORD_MANY_INT(type, field, low, high) record_all_in(field, RECORD_ROOM(field), low, high)
#define RECORD_ONE_END(type, field, low)        (record_in(field, low, TIME_MAX) || (field) == TIME_FOREVER)
#define RECORD_ONE_ENUM(type, field, ...)                                                                              \
	record_among(field, (const uint64_t[]){ __VA_ARGS__ },                                                         \
		     sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define RECORD_ONE_REASON(type, field, ...)  reason_is_known((enum hallmark_reason)(field))
#define RECORD_ONE_FLAG(type, field, ...)    record_in(field, 0, 1)
#define RECORD_ONE_ANY(type, field, ...)     true
#define RECORD_MANY_ANY(type, field, ...)    true
#define RECORD_ONE_ADDRESS(type, field, ...) true
#define RECORD_MANY_ZERO(type, field, ...)   record_is_zero(field, sizeof(field))
#define RECORD_MANY_TEXT(type, field, ...)   record_is_text(field, sizeof(field))
#define RECORD_MANY_NAME(type, field, ...)   ((field)[0] && record_is_text(field, sizeof(field)))
#define RECORD_MANY_TEXTS(type, field, n)    record_are_texts((field)[0], r->n, RECORD_ROOM(field), sizeof((field)[0]))
#define RECORD_MANY_BYTES(type, field, n)    record_ends(field, r->n, RECORD_ROOM(field), sizeof((field)[0]))
#define RECORD_ONE_CHECK(type, field, check) check_result_is_of(&(field), check)
#define RECORD_MANY_CHECKS(type, field, set) check_results_are_of(field, RECORD_ROOM(field), set)
#define RECORD_ONE_PART(type, field, ...)    type##_is_sound(&(field))
#define RECORD_ONE_PART_IF(type, field, condition)                                                                     \
	((condition) ? type##_is_sound(&(field)) : record_is_zero(&(field), sizeof(field)))
#define RECORD_MANY_LIST(type, field, n) type##_list_is_sound(field, r->n, RECORD_ROOM(field))
