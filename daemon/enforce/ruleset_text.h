/* SPDX-License-Identifier: Apache-2.0 */
/* nft text as it grows, and what the tables have in common. Private to ruleset*.c. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "enforce/membership.h"
#include "enforce/ruleset.h"

/* A rule is one line, and counted. */
struct text {
	FILE *out;
	size_t n_rules;
};

/* What stands in the sets. */
struct filling {
	struct nft_sets sets;
	struct set_entry *entries; /* owned; in the order of entry_compare(), all with a timeout */
	size_t n;
	const struct opening *opening; /* or NULL */
};

/* A line within the table: a comment, or where a set or chain begins or ends. */
void put_line(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A property of a set. */
void put_property(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

void put_rule(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The head of a chain with a hook, and of one without; both end with put_line(t, "}"). */
void put_base_chain(struct text *t, const char *hook, const char *priority);
void put_chain(struct text *t, const char *prefix, const char *name);

/* --- Lists --- */

/* What stands before item i of a set's elements, and after the last of n. */
void put_separator(struct text *t, size_t i, size_t per_line);
void put_list_end(struct text *t, size_t n);

/* A set of interfaces; patterns make it one of intervals. */
void put_interfaces(struct text *t, const char *set, const char (*names)[IFNAMSIZ], size_t n);

bool is_pattern(const char *name);

#define MEMBERS_MAX (2 * INTERFACES_MAX + SERVERS_MAX)

/* Names of several lists as one. */
struct members {
	const char *names[MEMBERS_MAX];
	size_t n;
	bool has_pattern;
};

/* The set of what is forwarded from and to beside what is guarded: uplinks, what is trusted, and servers' interfaces. */
void put_outside(struct text *t, const struct ruleset *r);

/* The set of ports of bridges that no devices are behind. */
void put_excepted(struct text *t, const struct ruleset *r);

/* The interfaces of a household that one of the tables sees: ports of bridges, or all others. */
void members_of(const struct ruleset *r, const struct segment *segment, bool are_ports, struct members *ret);

/* The pairs of interfaces of one household. Where one is a pattern no set can hold them: put_same_segment(). */
void put_pairs(struct text *t, const struct ruleset *r, bool are_ports);

/* Rules that match between the interfaces of one household, with this behind them. */
void put_same_segment(struct text *t, const struct ruleset *r, bool are_ports, const char *verdict);

/* The same as a list in braces, for a match. */
void put_members(struct text *t, const struct members *members);

/* --- Sets and counters of zones --- */

void put_admissions(struct text *t, const struct ruleset *r, const struct filling *f, int family);

#define SOURCES_MAX 65535 /* sources that a limit or the speakers remember: about 4 MB when full */

/* One that packets fill. `type` is "type ..." or "typeof ...". */
void put_dynamic_set(struct text *t, const char *name, const char *type, const char *timeout);
void put_limit_set(struct text *t, const char *prefix, const char *name);
void put_rate_sets(struct text *t, const struct ruleset *r);
void put_opened_set(struct text *t, const struct opening *opening);
void put_counter(struct text *t, const char *name);
void put_zone_counters(struct text *t, const struct ruleset *r);

/* --- Who speaks --- */

/*
 * The core believes a table of the kernel (neighbours, a bridge's ports) only where it says what the datagrams to the daemon
 * say. `speaks` has who speaks, `spoken` what for: one at a time, the first, for as long as it goes on; what others send is
 * dropped and counted as n_speaker. per_sec: new ones of an interface; 0: any number.
 */
void put_speaker_sets(struct text *t, const char *suffix, const char *type, const char *spoken_type);
void put_speakers(struct text *t, const char *suffix, const char *speaker, const char *spoken, uint32_t per_sec);

/* --- What comes back (ruleset_answer.c) --- */

void put_answer_sets(struct text *t, const struct ruleset *r);

/* Notes the sender's address, as that of a zone or of a device that is monitored whatever its zone. */
void put_note_sender(struct text *t, const struct ruleset *r, uint8_t zone);
void put_note_watched(struct text *t);

/* The chain c_answer, for packets of flows that are established or related to one, and a chain for each zone. */
void put_answers(struct text *t, const struct ruleset *r);

/* In the table bridge: what goes from the gateway to a port, and is such an answer. */
void put_bridge_answers(struct text *t, const struct ruleset *r);

/* --- Chains of zones --- */

/* Protocol and port ("dport" or "sport") of a reach, as a match with a space behind it. */
void service_to_text(const struct reach *reach, const char *port, char *ret, size_t size);

/* Whether any of the places that a zone reaches is of this kind. */
bool zone_reaches(const struct ruleset *r, uint8_t zone, enum reach_kind kind);

/* To the chain of the sender's zone. For every packet, so that a device that loses its zone loses it at the next. */
void put_zone_lookup(struct text *t, const struct ruleset *r, const char *prefix);

/* Refuses what is over the zone's rate; nothing when it has none. */
void put_rate(struct text *t, const struct ruleset *r, uint8_t zone);

/* The chain at the end of a zone: what comes here is dropped, or monitored. */
void put_refusal(struct text *t, const struct ruleset *r, uint8_t zone);

/* Lets pass what was only to be watched. Counter may be "". */
void put_would_drop(struct text *t, const char *counter);

/* --- The tables --- */

void put_inet(struct text *t, const struct ruleset *r, const struct filling *f);
void put_bridge(struct text *t, const struct ruleset *r, const struct filling *f);
