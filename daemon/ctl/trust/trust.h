/* SPDX-License-Identifier: Apache-2.0 */
/* Configured trust for the commands of `trust`: kinds, entries, and what the daemon would do with each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/set.h"

struct bytes;
struct config;
struct ctl;
struct trust;
struct value;

/* In the order in which the daemon reads them: anchors and issuers verify the rest. */
enum trust_kind {
	TRUST_ANCHOR = 0,
	TRUST_ISSUER,
	TRUST_CRL,
	TRUST_STATUS_LIST,
	TRUST_REFERENCE,
	TRUST_REGISTER,
	_TRUST_KIND_MAX,
};

/* "anchor", "issuer", "crl", "status-list", "reference", "register"; and the key of its list in the configuration. */
const char *trust_kind_name(enum trust_kind kind);
const char *trust_kind_list(enum trust_kind kind);
bool trust_kind_from_name(const char *name, enum trust_kind *ret);

/* Signed sets may have an address and replace each other; anchors and issuers have a name. */
static inline bool trust_kind_is_set(enum trust_kind kind)
{
	return kind >= TRUST_CRL;
}

/* The configuration's entries of a kind. */
const struct config_file *trust_files(const struct config *config, enum trust_kind kind, size_t *ret_n);

/*
 * True when the word is the entry's name, its path (relative to here or to the configuration), or its file's base name.
 */
bool trust_file_is(const struct config_file *file, const char *word);

enum trust_state {
	TRUST_LEFT_OUT = 0, /* the daemon does not use it */
	TRUST_MISSING,      /* there is no such file */
	TRUST_STALE,        /* it has expired */
	TRUST_CURRENT,
	_TRUST_STATE_MAX,
};

const char *trust_state_name(enum trust_state state);

#define TRUST_WHY_SIZE 768 /* of a text below, translated */

/* Its texts, and those of the commands of `trust`, are in English; translated_parts() is for who reads them. */
struct trust_finding {
	enum trust_state state;
	char why[256];  /* why it is not current; "" when it is */
	char note[256]; /* limits of a current one; "": none */
	struct set_mark
		mark; /* kind SET_NONE unless the file was understood and is held; for an anchor or issuer, the known parts */
};

/*
 * Adds an entry's bytes to t, as the daemon would at that time. Returns 0 and the result, or a negative errno for our
 * own faults. Logs nothing.
 */
int trust_take(struct trust *t, enum trust_kind kind, const struct config_file *file, struct bytes in, int64_t now_sec,
	       struct trust_finding *ret);

/* The same for an installed file: an expired one is also held, as TRUST_STALE, to compare a newer one with it. */
int trust_hold(struct trust *t, enum trust_kind kind, const struct config_file *file, struct bytes in, int64_t now_sec,
	       struct trust_finding *ret);

#define ISSUER_KEY ", key " /* before the key in an issuer's identity */

/* The configuration that a command works on. */
struct desk {
	const char *path; /* of the configuration */
	struct config *config;
	int64_t now_sec;
	int lock_fd; /* 0: none */
};

/*
 * All return 0, or a negative errno (logged). Commands that write use desk_open_alone(): two at once would overwrite
 * each other's changes; it then returns -EAGAIN.
 */
int desk_open(const struct ctl *ctl, struct desk *ret);
int desk_open_alone(const struct ctl *ctl, struct desk *ret);
/* Only the anchors and issuers; release with trust_free(). */
int desk_trust(const struct desk *desk, struct trust **ret);
void desk_done(struct desk *desk);

/* Adds each entry to a list, as `trust list --json` prints it. Returns 0, or a negative errno (logged). */
int trust_describe(const struct desk *desk, struct value *list);

/*
 * The set that the daemon accepted last from that file, in any encoding, is in force until a newer one comes: a finding
 * that is not newer becomes TRUST_LEFT_OUT. Without a store, as before the daemon's first start, nothing is remembered.
 */
void trust_remember(const struct desk *desk, const struct config_file *file, struct trust_finding *finding);
