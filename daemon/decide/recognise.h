/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schemes and arrangements as data → the level of the home scheme that a label is worth. Pure: one step and
 * never two, so a chain of arrangements cannot be expressed.
 */
#pragma once

#include "appraise/appraise.h"

#define LEVELS_MAX          8
#define ARRANGEMENT_ID_SIZE 16
#define CATEGORIES_MAX      32
#define VERSIONS_MAX        4

/* What a scheme makes of its own label while that is suspended. */
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
	uint32_t max_years, extension_years; /* of a label, and of one that continues another; 0: any */
};

enum arrangement_mode {
	MODE_NONE = 0,
	MODE_APPLICATION, /* only eases an application: recognises nothing unless the operator opts in */
	MODE_RECOGNISED,
	MODE_DEEMED, /* deemed compliant by law */
};

/* One way, from a level of one scheme to a fixed level of another. */
struct arrangement {
	char id[ARRANGEMENT_ID_SIZE];
	char from[SCHEME_ID_SIZE], to[SCHEME_ID_SIZE];
	uint8_t from_level, from_level_max; /* both included; 0 when the levels are not known */
	uint8_t to_level;                   /* the cap, whatever the label's level */
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
	char versions[VERSIONS_MAX][24]; /* of the label's scheme; n_versions 0: any, and none */
	uint8_t n_versions;
	char condition[FURTHER_SIZE]; /* further evidence that the label must name; "" for none */
	bool refuse_unknown_basis;    /* beside labels that were issued by recognition, which none takes */
	char source[160];
};

struct recognition_rules {
	char home[SCHEME_ID_SIZE];
	struct scheme *schemes;
	size_t n_schemes;
	struct arrangement *arrangements;
	size_t n_arrangements;
};

void recognition_rules_done(struct recognition_rules *r);

/* Returns NULL when there is none. */
const struct scheme *scheme_find(const struct recognition_rules *r, const char *id);

/* Level by name within a scheme (exact), 0 when there is none; and its name, "none" for 0 or an unknown level. */
uint8_t scheme_level(const struct scheme *s, const char *name);
const char *scheme_level_name(const struct scheme *s, uint8_t level);

/* The answer for one label. Zeroed, nothing is recognised. */
struct recognised {
	struct check_result check;    /* check 15 */
	struct check_result validity; /* check 13 as the label's own scheme has it of the length of its period */
	struct check_result status;   /* check 14 as the label's own scheme has it of suspended labels */
	uint8_t level;                /* of the home scheme; 0 when check has not passed */
	enum arrangement_mode mode;   /* MODE_NONE for the home scheme's own labels */
	char arrangement[ARRANGEMENT_ID_SIZE]; /* "" for the home scheme's own; also names the one that refused */
	struct expiry expiry;                  /* of the arrangement */
};

/*
 * Finds what the home scheme makes of one label at now_sec. Where several arrangements apply the highest level
 * counts, then the one that lasts longest; where none does, the reason is that of the one that came furthest.
 * Looks only at what the label says of itself: whether it is good is not its question, but for a suspension, which
 * some schemes let pass.
 */
void recognise(const struct recognition_rules *r, const struct label_facts *label, int64_t now_sec,
	       struct recognised *ret);

/*
 * Marks each label in whose place another is that continues it, at once or by way of others, and holds: label-superseded.
 * All are of one device.
 */
void labels_supersede(const struct recognition_rules *r, struct appraised_label *labels, size_t n, int64_t now_sec);
