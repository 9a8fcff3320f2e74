/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of values from the bus or from a file, before it is shown as text or JSON. When there is no memory for it, the
 * program logs that and exits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum value_kind {
	VALUE_NULL = 0,
	VALUE_FLAG,
	VALUE_NUMBER,
	VALUE_TEXT,
	VALUE_LIST,
	VALUE_MAP,
	_VALUE_MAX,
};

struct value {
	enum value_kind kind;
	char *key;                  /* owned; in a map */
	int64_t number;             /* also of a flag */
	char *text;                 /* owned */
	struct value *first, *last; /* owned members of a list or map, in order */
	struct value *next;
};

struct value *value_new(enum value_kind kind);
struct value *value_new_text(const char *text);
void value_free(struct value *v);

/* Add a member; the map or list owns it. A list's member has the key NULL. */
void value_add(struct value *to, const char *key, struct value *member);
struct value *value_add_new(struct value *to, const char *key, enum value_kind kind);
void value_add_text(struct value *to, const char *key, const char *text);
void value_add_number(struct value *to, const char *key, int64_t number);
void value_add_flag(struct value *to, const char *key, bool flag);

/* Moves all members of a list to the end of another one. */
void value_append(struct value *to, struct value *from);

/* Removes a member from a map, if it is there. */
void value_drop(struct value *map, const char *key);

/* A member by key: NULL, "", 0 and false when there is none of that kind. */
const struct value *value_get(const struct value *map, const char *key);
const char *value_text(const struct value *map, const char *key);
int64_t value_number(const struct value *map, const char *key);
bool value_flag(const struct value *map, const char *key);

/* Writes JSON (RFC 8259) and a newline. */
void value_to_json(const struct value *v, FILE *out);

/* Writes only its members, with a comma between two; before the first one too unless they are the first of the whole. */
void value_members_to_json(const struct value *v, bool is_first, FILE *out);
