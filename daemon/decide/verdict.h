/* SPDX-License-Identifier: Apache-2.0 */
/* What was decided of one device, and where and until when it holds. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/sizes.h"
#include "decide/decision.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

struct policy;

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
		int64_t by_sec;   /* it must attest until then (core/act/reattest.h); 0: it need not */
		uint8_t boot[16]; /* that was said in this boot */
	} reattest;
	int64_t monitored_until_sec; /* until then what its zone drops is let pass; 0: not (decide/order.h) */
	enum hallmark_reason ended; /* it was under an order, and has nothing that comes back at its end: why; else 0 */
	bool was_taken_back; /* it lost its zone to a revocation or a suspension, and has had no better one since */
	bool is_unstored;    /* the store did not take it: what signed inputs it has may be of an earlier one */
	bool is_restored; /* of another build's row: its facts, and what it was decided by, are not known until a review */
	uint8_t ear[HALLMARK_ANSWER_MAX];
	uint16_t n_ear;
};

/* The label that decided or came closest; NULL: none. */
const struct label_facts *verdict_label(const struct verdict *v);

/* The name of what decided. */
const char *verdict_rule(const struct verdict *v, const struct policy *policy);

/* Where its chain ends: the configured CA's name, "label" when a label names the CA, else the name of the reason. */
const char *verdict_chain(const struct verdict *v);

/* Why an admitted device is not in the zone of an earlier rule; REASON_ADMITTED when none led elsewhere. */
enum hallmark_reason verdict_held_back(const struct verdict *v, const struct policy *policy);

/*
 * Whether somebody else than the device bears out that it is the one whose UEID it says: its chain ends in a CA that is
 * configured, or that a label names, and its certificate has the UEID. Of a restored one that was seen before.
 */
bool verdict_is_proved(const struct verdict *v);

/* The zone that the verdict gives at this time: its own until it ends, ZONE_QUARANTINE from then on. */
uint8_t verdict_zone(const struct verdict *v, int64_t now_sec);

/* Ends an admission whose time is over. */
void verdict_end(struct verdict *v, const struct policy *policy, int64_t now_sec);

/* Whether two verdicts are of one place: interface, port and MAC. */
bool place_is_same(const struct verdict *a, const struct verdict *b);

/* Whether both proved the same addresses. */
bool place_has_same_addresses(const struct verdict *a, const struct verdict *b);

/* Place and addresses of one verdict to another. */
void place_copy(struct verdict *to, const struct verdict *from);
