/* SPDX-License-Identifier: Apache-2.0 */
/* What was decided about one device, where it applies and until when. */
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

/* One device as the core knows it. */
struct verdict {
	struct facts facts;
	struct decision decision;
	char zone[ZONE_NAME_SIZE]; /* by name: numbers may mean another zone in another configuration */
	char interface[IFNAMSIZ];  /* "" when it is on no guarded interface */
	char port[IFNAMSIZ];       /* bridge port, when the interface is a bridge whose ports are isolated; else "" */
	uint8_t mac[6];
	char address[48]; /* that it attested from last, as text */
	struct in_addr
		address4; /* the latest addresses that it attested from at this place, one of each family; all zero: none */
	struct in6_addr address6;
	struct {
		char interface[IFNAMSIZ], port[IFNAMSIZ];
		uint8_t mac[6];
		int64_t left_sec;
	} former;             /* place, and when the device was found to have left it; zeroed: none */
	bool was_admitted;    /* now or earlier: then a denial is kept too */
	bool is_provisional;  /* attested_sec is from a clock that was not synchronised, */
	uint8_t boot[16];     /* in this boot of the machine */
	int64_t attested_sec; /* when the evidence arrived: lifetimes count from here */
	int64_t renewals;     /* times that it attested since the record's last entry of it, and nothing changed */
	uint64_t edition;     /* changes each time that the registry stores the verdict */
	struct {
		int64_t by_sec;   /* it must attest by then (core/act/reattest.h); 0: no demand */
		uint8_t boot[16]; /* boot in which the demand was made */
	} reattest;
	int64_t monitored_until_sec; /* packets that its zone would drop pass until then; 0: no (decide/order.h) */
	enum hallmark_reason ended;  /* it was under an order, and nothing returns at the order's end: why; else 0 */
	bool was_taken_back;         /* it lost its zone to a revocation or suspension, and got no better one since */
	bool is_unstored; /* the store did not accept it: the stored signed inputs may be of an earlier verdict */
	bool is_restored; /* from a row of another build: facts and rule are not known until a review */
	uint8_t ear[HALLMARK_ANSWER_MAX];
	uint16_t n_ear;
};

/* The label that decided or came closest; NULL: none. */
const struct label_facts *verdict_label(const struct verdict *v);

/* The name of the rule or order that decided. */
const char *verdict_rule(const struct verdict *v, const struct policy *policy);

/*
 * Where its chain ends: the name of the configured CA, "label" when a label names the CA, else the name of the reason.
 */
const char *verdict_chain(const struct verdict *v);

/*
 * Why an admitted device is not in the zone of an earlier rule; REASON_ADMITTED when no earlier rule leads elsewhere.
 */
enum hallmark_reason verdict_held_back(const struct verdict *v, const struct policy *policy);

/*
 * Whether a trusted certificate confirms the UEID: the chain ends in a CA that is configured or that a label names, and
 * the certificate has the UEID. For a restored verdict, as it was found before.
 */
bool verdict_is_proved(const struct verdict *v);

/* Where it is: the port of the bridge where that is known, else the interface. Borrowed from the verdict. */
const char *place_at(const struct verdict *v);

/* The zone that the verdict gives at this time: its own until it ends, then ZONE_QUARANTINE. */
uint8_t verdict_zone(const struct verdict *v, int64_t now_sec);

/* Ends the verdict: quarantine with REASON_EXPIRED. */
void verdict_end(struct verdict *v, const struct policy *policy, int64_t now_sec);

/* Whether two verdicts have the same place: interface, port and MAC. */
bool place_is_same(const struct verdict *a, const struct verdict *b);

/* Whether both proved the same addresses. */
bool place_has_same_addresses(const struct verdict *a, const struct verdict *b);

/* Copies place and addresses from one verdict to another. */
void place_copy(struct verdict *to, const struct verdict *from);
