/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision record: append-only; each entry contains the hash of the previous one. Only the number of an entry's renewals
 * changes later, and is not hashed. It proves that an entry with a
 * known mark, and every entry before it back to the foot, is as it was written. There is no key: who can write to the
 * file can rewrite all of it, but not the marks in the journal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"

struct store;

#define RECORD_USER_SIZE 48
#define RECORD_TEXT_SIZE 64 /* of the inventory's */
#define RECORD_LINK_SIZE 16 /* IFNAMSIZ */

/* One entry. Texts are "" and numbers 0 when they do not apply, such as without a label. */
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
	uint32_t level, home_level; /* the label's own level, and the level that the home scheme recognises */
	char arrangement[ARRANGEMENT_ID_SIZE];
	char label[LABEL_NUMBER_SIZE]; /* its number */
	int64_t until_sec;
	uint32_t expiry_cause;        /* enum expiry_cause */
	uint8_t inputs[SHA256_LEN];   /* of the signed inputs: store_inputs_digest() */
	uint8_t trust[SHA256_LEN];    /* of the trust material in force at the decision */
	uint8_t previous[SHA256_LEN]; /* by record_append() */
	uint8_t hash[SHA256_LEN];     /* by record_append() */
	int64_t renewals;    /* by record_renew(), not hashed: times that the device attested, and nothing changed */
	int64_t renewed_sec; /* the last of them; 0: none */
	uint32_t encoding;   /* of the hash (hallmark/record.h), by record_append() */
	char ordered_by[RECORD_USER_SIZE],
		ordered_login[RECORD_USER_SIZE]; /* as "1001 (kim)"; "": no order, or no login */
	char ordered_role[32];                   /* "": no order, or root's */
	/* From the inventory, or where the device was, at that time; "": not known, or an entry of an earlier encoding. */
	char name[RECORD_TEXT_SIZE], segment[SEGMENT_NAME_SIZE], place[RECORD_TEXT_SIZE];
	char interface[RECORD_LINK_SIZE], port[RECORD_LINK_SIZE];
	uint8_t mac[6];
};

/* Identifies an entry: its sequence and the beginning of its hash. As text "SEQUENCE:HEX". */
struct record_mark {
	uint64_t sequence;
	uint8_t hash[SHA256_LEN];
	size_t n_hash; /* bytes of it that are known */
};

#define RECORD_MARK_BYTES 8 /* of the hash: this many are written, and at least this many must be given */
#define RECORD_MARK_SIZE  (20 + 1 + 2 * RECORD_MARK_BYTES + 1)

struct record_mark record_mark_of(const struct record *r);

char *record_mark_to_text(const struct record_mark *m, char ret[static RECORD_MARK_SIZE]);

/* Returns false when it is not a mark. */
bool record_mark_from_text(const char *text, struct record_mark *ret);

/* Returns a static name, "unknown" for a number that is not a cause. */
const char *record_cause_name(uint32_t cause);

/*
 * Appends an entry, within store_begin() or on its own, and sets sequence, encoding, previous and hash. Returns 0; -EINVAL for a
 * text that is not terminated; -EBADMSG when the previous entry is damaged; else a negative errno.
 */
int record_append(struct store *s, struct record *r);

/* Notes in the device's last entry that it was renewed, and when last. Returns 0, also when there is none, or a negative errno. */
int record_renew(struct store *s, const uint8_t device[static SHA256_LEN], int64_t renewals, int64_t renewed_sec);

/* The last entry; the foot when there is none; sequence 0 when there never was one. */
int record_head(struct store *s, struct record_mark *ret);

/* The last entry that retention removed; sequence 0 when there is none. */
int record_foot(struct store *s, struct record_mark *ret);

/*
 * Which entries are asked for: those that fit all of it. Zeroed, all. Texts and arrays are borrowed; NULL does not
 * limit.
 */
struct record_filter {
	uint64_t from;                /* the first sequence */
	int64_t since_sec, until_sec; /* not before the one, and before the other; 0: no limit */
	const char *segment;          /* "": of none that is known */
	const char *const *within;    /* of one of these segments, which are sorted by strcmp() */
	size_t n_within;
	bool has_reason;
	uint32_t reason;
	const char *who; /* who ordered it, or had logged in: user id, name, or "1001 (kim)"; or the role */
	/* Of this device, or of what people called so then: "NAME" or "NAME, SEGMENT". Either is enough. */
	const uint8_t *device;
	const char *name;
};

/* Whether the text is the name, or "NAME, SEGMENT". No text is an empty name. */
bool record_is_called(const char *name, const char *segment, const char *text);

/* The one place that decides it. */
bool record_fits(const struct record *r, const struct record_filter *filter);

/*
 * Calls on_record for each entry that fits (filter NULL: for all), in order. An entry that cannot be read is skipped and
 * logged. Returns how many were given, or a negative errno.
 */
int record_each(struct store *s, const struct record_filter *filter,
		void (*on_record)(const struct record *r, void *userdata), void *userdata);

/* Warns that n entries were skipped, if any. */
void record_log_unreadable(unsigned n);

/* A part of the record, of bounded work. */
struct record_page {
	const struct record_filter *filter;
	uint64_t after;   /* the entry behind which it begins; 0: at the first one, or the last one */
	bool is_backward; /* from the last entry to the first */
	uint32_t most;    /* entries that are given; `take` may set it to 0: then this was the last one */
	uint32_t looks;   /* entries that are looked at */
	/* Of an entry that is not readable only the sequence is known. */
	void (*take)(const struct record *r, bool is_readable, void *userdata);
	void *userdata;
};

/* Returns 0 or a negative errno, and `after` of the next page; 0: there are no more. */
int record_each_of_page(struct store *s, struct record_page *page, uint64_t *ret_next);

/* The sequence from which there are n entries that fit; 0 when there are no more than n. */
int record_last(struct store *s, const struct record_filter *filter, uint32_t n, uint64_t *ret_from);

/* The device whose id begins so, by at least four digits. Returns 0, -ENOENT, -EEXIST when there are several, or a negative errno. */
int record_find_id(struct store *s, const char *digits, uint8_t ret_device[static SHA256_LEN]);

/* Whether these are all digits of an id, which is never a name. */
bool record_is_whole_id(const char *text);

/*
 * Sets the filter's device, in `room`, by what a person wrote: the first digits of an id that the record has, or a MAC or UEID of a
 * device that is stored now. Unless it is a whole id, it is a name as well: a device may be called "1203". Returns 0; -EEXIST when several ids begin so; or a negative errno.
 */
int record_find(struct store *s, const char *word, uint8_t room[static SHA256_LEN], struct record_filter *ret);

/* What record_verify() found first. Zero is not a good result. */
enum record_flaw {
	RECORD_UNKNOWN = 0,
	RECORD_SOUND,
	RECORD_MISSING,    /* entries are missing */
	RECORD_ALTERED,    /* the entry's hash is not that of its fields */
	RECORD_UNLINKED,   /* the entry is intact, but does not follow from the previous one */
	RECORD_FOOT,       /* the first entry does not follow from what retention removed last */
	RECORD_CUT,        /* the record ends before the entry that the mark names */
	RECORD_REWRITTEN,  /* the entry that the mark names is another one */
	RECORD_UNCOMPARED, /* retention removed the entry that the mark names: the mark cannot be compared */
	RECORD_LATER,      /* entries follow, but are of a later version's encoding: what they say cannot be verified */
	_RECORD_MAX,
};

struct record_finding {
	enum record_flaw flaw;
	uint64_t sequence, last;       /* the entry; for missing and cut entries the first and the last */
	struct record_mark foot, head; /* of the file */
	uint64_t n_good;               /* entries from the foot on that were found good, */
	uint64_t n_kept;               /* and those that retention kept */
	uint64_t n_later;              /* of a later version: only that they follow was verified */
	uint64_t first_later, last_later;
	bool is_compared; /* the mark names one of those */
};

/* Static: a name, as "altered", and a sentence that says what it means. */
const char *record_flaw_name(enum record_flaw flaw);
const char *record_flaw_meaning(enum record_flaw flaw);

/* Nothing was found to be wrong: sound, or later. */
bool record_is_unbroken(enum record_flaw flaw);

/* Whether a later version of hallmarkd wrote it, with an encoding that is not known here. */
bool record_is_later(const struct record *r);

/*
 * Whether an entry is as it was written, and follows from the one before it, or (is_first) from the foot: RECORD_SOUND, or what is
 * wrong; RECORD_LATER when it follows and is of a later version; RECORD_UNKNOWN when its hash cannot be computed.
 */
enum record_flaw record_link(const struct record *r, const struct record_mark *before, bool is_first);

/*
 * Follows the chain from the foot to the head, in one snapshot of the file; mark may be NULL. Returns 0 when it could
 * be evaluated, whatever was found.
 */
int record_verify(struct store *s, const struct record_mark *mark, struct record_finding *ret);

#define RECORD_SHARE 4 /* entries of each device: its admission, and what became of it */

/*
 * What retention may remove: entries in excess of `keep`, and those before `before_sec`; the oldest first. Of each device
 * that has a verdict in the store, and of the gateway itself, the last `share` entries stay, until they are too old: what
 * many devices do, or one does often, must not remove what is known of the others.
 */
struct record_retention {
	uint64_t keep;
	int64_t before_sec;
	uint32_t at_most; /* entries that the foot passes in one call */
	uint32_t share;
};

/*
 * Moves the foot to the last entry that the chain no longer contains. An entry that stays behind the foot is kept as it
 * is; the foot has the digest of all of these (hallmark/record.h). Returns how many entries the foot passed; -EBADMSG,
 * without a change, when the chain or what is kept is not intact: nobody could examine the removed entries later.
 */
int record_prune(struct store *s, const struct record_retention *limits);
