/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must survive a power cut: for each device its verdict, where it was admitted, and the signed inputs.
 * SQLite in WAL mode. The decision record, the remembered trust sets and operators' orders are in the same file: record.h,
 * sets.h, orders.h.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>

#include "policy/policy.h"

#define STORE_FILE "verdicts.db" /* in the state directory */

struct store;

/* What a verdict was derived from: kept so that it can be derived again. */
struct signed_inputs {
	struct bytes chain[HALLMARK_CHAIN_MAX];
	size_t n_chain;
	struct bytes evidence;
	struct bytes labels[HALLMARK_LABELS_MAX];
	size_t n_labels;
};

/* One device as the core knows it. */
struct verdict {
	struct facts facts;
	struct decision decision;
	char zone[ZONE_NAME_SIZE]; /* by name: numbers may mean another zone after a change of configuration */
	char interface[IFNAMSIZ];  /* "" when it is on none of ours */
	char port
		[IFNAMSIZ]; /* of the bridge that the interface is, where the configuration keeps its ports apart; or "" */
	uint8_t mac[6];
	char address[48];        /* that it attested from last, as text */
	struct in_addr address4; /* the latest at this place that it attested from, of each family; all zero: none */
	struct in6_addr address6;
	struct {
		char interface[IFNAMSIZ], port[IFNAMSIZ];
		uint8_t mac[6];
		int64_t left_sec;
	} former;             /* place, and when the device was found to have left it; zeroed: none */
	bool was_admitted;    /* now or at some time: then a refusal is kept too */
	bool is_provisional;  /* attested_sec was told by a clock that nothing disciplined, */
	uint8_t boot[16];     /* in this boot of the machine */
	int64_t attested_sec; /* when the evidence came: lifetimes count from here */
	uint64_t edition;     /* of the registry: another one each time that the verdict is put there */
	struct {
		int64_t by_sec;   /* it must attest until then (run/reattest.h); 0: it need not */
		uint8_t boot[16]; /* that was said in this boot */
	} reattest;
	int64_t monitored_until_sec; /* until then what its zone drops is let pass; 0: not (run/orders.h) */
	enum hallmark_reason ended; /* it was under an order, and has nothing that comes back at its end: why; else 0 */
	bool is_unstored;           /* the store did not take it: what signed inputs it has may be of an earlier one */
	bool is_restored; /* of another build's row: its facts, and what it was decided by, are not known until a review */
	uint8_t ear[HALLMARK_ANSWER_MAX];
	uint16_t n_ear;
};

/*
 * Opens or creates the file, and brings one of an earlier schema version to this one. Returns 0; -EPROTO when it was
 * written by a later version and -EBADMSG when it is not a sound database (both logged with the remedy); else a negative
 * errno. Release with store_free().
 */
int store_open(const char *path, struct store **ret);

/* Opens a file as it is, beside the daemon that has it open or without one. Nothing can be put. Returns as store_open(). */
int store_open_to_read(const char *path, struct store **ret);
void store_free(struct store *s);

/* One transaction around many puts. A put that fails leaves the others of the transaction as they are. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s); /* nothing of it was */

/* What was committed so far survives a power cut from here on, and not only a crash. Returns 0 or a negative errno. */
int store_sync(struct store *s);

/* Replaces the device's verdict and, when inputs is given, its signed inputs. */
int store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs);

int store_remove(struct store *s, const uint8_t device[static SHA256_LEN]);

/*
 * Calls on_verdict for every row. One that another build wrote gives what its columns say, if signed inputs are stored to
 * derive the rest from: `is_restored`, no check but 1, 6 and 7 is known, and the zone has a name and no number. A row that
 * cannot be read is skipped and logged. Returns how many were given.
 */
int store_load(struct store *s, void (*on_verdict)(const struct verdict *v, void *userdata), void *userdata);

/*
 * The device in a zone other than quarantine that holds this UEID, the one admitted longest when there are several.
 * Returns 0, or -ENOENT when there is none. Whether its admission still lasts is the caller's question.
 */
int store_ueid_owner(struct store *s, const uint8_t *ueid, size_t n, uint8_t ret_device[static SHA256_LEN]);

/*
 * The signed inputs of a device; they stay valid until the next call. Returns 0 or -ENOENT.
 */
int store_inputs(struct store *s, const uint8_t device[static SHA256_LEN], struct signed_inputs *ret);

/* The digest of all of them, as hallmark/record.h has it. Returns 0, or -ENOENT when there are none (then it is all zero). */
int store_inputs_digest(struct store *s, const uint8_t device[static SHA256_LEN], uint8_t ret[static SHA256_LEN]);

/* The time floor: the latest time that was ever seen (architecture: honest clock). 0 when none was kept. */
int store_time_floor(struct store *s, int64_t *ret_sec);

/* Never lowers it. */
int store_raise_time_floor(struct store *s, int64_t now_sec);

/* For a time that is known to be right: a floor from a clock that was once in the future goes. */
int store_set_time_floor(struct store *s, int64_t now_sec);

/* Since when the brake has held something without a pause; 0: it holds nothing. */
int store_held_since(struct store *s, int64_t *ret_sec);
int store_set_held_since(struct store *s, int64_t since_sec);
