/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision record: append-only, each entry bound to the one before by its hash. What it proves: an entry that a
 * known mark names is as it was written, and so is every one before it down to the foot. It has no key: who can write to
 * the file can write all of it anew, but not the marks that went to the journal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"

struct store;

/* One entry. Texts are "" and numbers 0 where there is nothing to say, as without a label. */
struct record {
	uint64_t sequence; /* by record_append() */
	int64_t time_sec;
	uint8_t device[SHA256_LEN];
	uint32_t cause; /* enum hallmark_cause */
	char zone_before[ZONE_NAME_SIZE], zone_after[ZONE_NAME_SIZE];
	char rule[RULE_NAME_SIZE];
	uint32_t reason;  /* enum hallmark_reason */
	uint32_t missing; /* mask of CHECK_BIT */
	char scheme[SCHEME_ID_SIZE];
	uint32_t level, home_level; /* the label's own, and what the home scheme recognises */
	char arrangement[ARRANGEMENT_ID_SIZE];
	char label[LABEL_NUMBER_SIZE]; /* its number */
	int64_t until_sec;
	uint32_t expiry_cause;        /* enum expiry_cause */
	uint8_t inputs[SHA256_LEN];   /* digest of the signed inputs: store_inputs_digest() */
	uint8_t trust[SHA256_LEN];    /* digest of the trust material that it was judged with */
	uint8_t previous[SHA256_LEN]; /* by record_append() */
	uint8_t hash[SHA256_LEN];     /* by record_append() */
};

/* Names an entry: its sequence and the beginning of its hash. As text "SEQUENCE:HEX". */
struct record_mark {
	uint64_t sequence;
	uint8_t hash[SHA256_LEN];
	size_t n_hash; /* bytes of it that are known */
};

#define RECORD_MARK_BYTES 8 /* of the hash: that many are written, and that many at least must be given */
#define RECORD_MARK_SIZE  (20 + 1 + 2 * RECORD_MARK_BYTES + 1)

struct record_mark record_mark_of(const struct record *r);

char *record_mark_to_text(const struct record_mark *m, char ret[static RECORD_MARK_SIZE]);

/* Returns false when it is no mark. */
bool record_mark_from_text(const char *text, struct record_mark *ret);

/* Returns a static name, "unknown" for a number that is none. */
const char *record_cause_name(uint32_t cause);

/*
 * Appends an entry, within store_begin() or on its own, and fills in sequence, previous and hash. Returns 0; -EINVAL for a
 * text that does not end; -EBADMSG when the entry before is not one that can be followed; else a negative errno.
 */
int record_append(struct store *s, struct record *r);

/* The last entry; the foot when there is none; sequence 0 when there never was one. */
int record_head(struct store *s, struct record_mark *ret);

/* What retention removed last; sequence 0 when nothing was. */
int record_foot(struct store *s, struct record_mark *ret);

/*
 * Calls on_record for each entry from `from` on, of one device or (NULL) of all, in order. An entry that cannot be read is
 * passed over and logged. Returns how many were given, or a negative errno.
 */
int record_each(struct store *s, const uint8_t *device, uint64_t from,
		void (*on_record)(const struct record *r, void *userdata), void *userdata);

/* From where on there are n entries of the device or (NULL) of all; 0 when there are no more than that. */
int record_last(struct store *s, const uint8_t *device, uint32_t n, uint64_t *ret_from);

/* The device of the record whose id lies between the two. Returns 0, -ENOENT, -EEXIST for several, or a negative errno. */
int record_find_device(struct store *s, const uint8_t low[static SHA256_LEN], const uint8_t high[static SHA256_LEN],
		       uint8_t ret_device[static SHA256_LEN]);

/* What record_verify() found first. Zero is no. */
enum record_flaw {
	RECORD_UNKNOWN = 0,
	RECORD_SOUND,
	RECORD_MISSING,    /* entries are not there */
	RECORD_ALTERED,    /* the entry's hash is not that of its fields */
	RECORD_UNLINKED,   /* the entry is whole, but does not follow from the one before */
	RECORD_FOOT,       /* the first entry does not follow from what retention removed last */
	RECORD_CUT,        /* the record ends before the entry that the mark names */
	RECORD_REWRITTEN,  /* the entry that the mark names is another one */
	RECORD_UNCOMPARED, /* the entry that the mark names was removed by retention: the mark says nothing any more */
	_RECORD_MAX,
};

struct record_finding {
	enum record_flaw flaw;
	uint64_t sequence, last;       /* the entry; missing ones and those cut off from the first to the last */
	struct record_mark foot, head; /* of the file */
	uint64_t n_good;               /* entries that were found good */
};

/* Static: a name, as "altered", and a sentence that says what it means. */
const char *record_flaw_name(enum record_flaw flaw);
const char *record_flaw_meaning(enum record_flaw flaw);

/*
 * Follows the chain from the foot to the head, at one state of the file; mark may be NULL. Returns 0 when it could be
 * evaluated, whatever was found.
 */
int record_verify(struct store *s, const struct record_mark *mark, struct record_finding *ret);

/* What retention may remove: entries that are more than `keep`, and those before `before_sec`; the oldest first. */
struct record_retention {
	uint64_t keep;
	int64_t before_sec;
	uint32_t at_most; /* at a time */
};

/*
 * The last entry removed becomes the foot. Returns how many were; -EBADMSG, and removes nothing, where the chain does not
 * hold: what retention goes over can never be seen again.
 */
int record_prune(struct store *s, const struct record_retention *limits);
