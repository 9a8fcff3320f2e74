/* SPDX-License-Identifier: Apache-2.0 */
/* Schemes and arrangements between them, as data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct suggestion;

#define LEVELS_MAX     8
#define CATEGORIES_MAX 64 /* an arrangement may list all that are shipped, and some of the operator's */
#define VERSIONS_MAX   4

/* Effect of a suspension on a label of this scheme. */
enum suspension {
	SUSPENSION_REFUSE = 0, /* the label has no effect */
	SUSPENSION_KEEP,       /* it stays valid */
};

struct scheme {
	char id[SCHEME_ID_SIZE];
	char country[4];
	char name[96];
	char levels[LEVELS_MAX][24]; /* [0] is level 1 */
	uint8_t n_levels;
	enum suspension suspended;
	uint32_t max_years, extension_years; /* of a label, and of an extension; 0: no limit */
};

enum arrangement_mode {
	MODE_NONE = 0,
	MODE_APPLICATION, /* only eases an application: recognises nothing unless the operator opts in */
	MODE_RECOGNISED,
	MODE_DEEMED, /* deemed compliant by law */
};

/* One direction, from levels of one scheme to a fixed level of another. */
struct arrangement {
	char id[ARRANGEMENT_ID_SIZE];
	char from[SCHEME_ID_SIZE], to[SCHEME_ID_SIZE];
	uint8_t from_level, from_level_max; /* both included; 0 when the levels are not known */
	uint8_t to_level;                   /* the result, whatever the label's level */
	enum arrangement_mode mode;
	bool enabled;
	bool accept_application;                        /* the operator's opt-in for MODE_APPLICATION */
	int64_t effective_sec;                          /* in force from this time, inclusive */
	int64_t ends_sec;                               /* to this time, exclusive; TIME_FOREVER */
	char categories[CATEGORIES_MAX][CATEGORY_SIZE]; /* n_categories 0: every category */
	uint8_t n_categories;
	char except[CATEGORIES_MAX][CATEGORY_SIZE];
	uint8_t n_except;
	char fields[CATEGORIES_MAX][CATEGORY_SIZE]; /* n_fields 0: every field */
	uint8_t n_fields;
	char versions[VERSIONS_MAX][24]; /* of the label's scheme; n_versions 0: any or none */
	uint8_t n_versions;
	char condition[FURTHER_SIZE]; /* further evidence that the label must name; "" for none */
	bool refuse_unknown_basis;    /* labels issued by recognition are never accepted */
	char source[160];
};

/* The words that labels may use. */
struct vocabulary {
	char (*words)[CATEGORY_SIZE]; /* owned */
	size_t n;                     /* 0: any word is valid */
	const char *name;             /* in the configuration */
};

struct recognition_rules {
	char home[SCHEME_ID_SIZE];
	struct scheme *schemes;
	size_t n_schemes;
	struct arrangement *arrangements;
	size_t n_arrangements;
	struct vocabulary categories, fields;
};

void recognition_rules_done(struct recognition_rules *r);

/* Returns NULL when there is none. */
const struct scheme *scheme_find(const struct recognition_rules *r, const char *id);

/* Whether labels may use the word. If not, *ret has the nearest one that they may use. */
bool vocabulary_has(const struct vocabulary *v, const char *word, struct suggestion *ret);

/*
 * Level by name within a scheme (exact), 0 when there is none. And the name of a level, "none" for 0 or an unknown
 * level.
 */
uint8_t scheme_level(const struct scheme *s, const char *name);
const char *scheme_level_name(const struct scheme *s, uint8_t level);
