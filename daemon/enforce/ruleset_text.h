/* SPDX-License-Identifier: Apache-2.0 */
/* Writes nft text, with the parts that both tables have. Private to ruleset*.c. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "enforce/membership.h"
#include "enforce/ruleset.h"

/* A rule is one line, and is counted. */
struct text {
	FILE *out;
	size_t n_rules;
};

/* Content of the sets. */
struct filling {
	struct nft_sets sets;
	struct set_entry *entries; /* owned; in the order of entry_compare(), all with a timeout */
	size_t n;
	const struct openings *openings; /* or NULL */
};

/* A line within the table: a comment, or the begin or end of a set or chain. */
void put_line(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A property of a set. */
void put_property(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

void put_rule(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The head of a chain with a hook, and of one without; end both with put_line(t, "}"). */
void put_base_chain(struct text *t, const char *hook, const char *priority);
void put_chain(struct text *t, const char *prefix, const char *name);

/* --- Lists --- */

/* Text before item i of a set's elements, and after the last of n. */
void put_separator(struct text *t, size_t i, size_t per_line);
void put_list_end(struct text *t, size_t n);

/* The timeout of an element, with a space before it. */
void put_timeout(struct text *t, uint32_t timeout_sec);

/* A set of interfaces; patterns make it an interval set. */
void put_interfaces(struct text *t, const char *set, const char (*names)[IFNAMSIZ], size_t n);

bool is_pattern(const char *name);

#define MEMBERS_MAX (2 * INTERFACES_MAX + SERVERS_MAX)

/* Names from several lists. */
struct members {
	const char *names[MEMBERS_MAX];
	size_t n;
	bool has_pattern;
};

/*
 * The set of unguarded interfaces that are forwarded from and to: uplinks, trusted interfaces, and servers' interfaces.
 */
void put_outside(struct text *t, const struct ruleset *r);

/* The set of bridge ports without devices. */
void put_excepted(struct text *t, const struct ruleset *r);

/* The interfaces of a household that one of the tables sees: ports of bridges, or all others. */
void members_of(const struct ruleset *r, const struct segment *segment, bool are_ports, struct members *ret);

/* The same as a list in braces, for a match. */
void put_members(struct text *t, const struct members *members);

/* The pairs of interfaces of one household. A set cannot hold patterns: put_same_segment() handles those. */
void put_pairs(struct text *t, const struct ruleset *r, bool are_ports);

/* Rules that match between the interfaces of one household, followed by `verdict`. */
void put_same_segment(struct text *t, const struct ruleset *r, bool are_ports, const char *verdict);

/* Begins a rule for all guarded bridges: `field` is iifname or oifname. */
void put_bridges(struct text *t, const struct ruleset *r, const char *field);

/* --- Sets and counters of zones --- */

void put_admissions(struct text *t, const struct ruleset *r, const struct filling *f, int family);

#define SOURCES_MAX 65535 /* sources that a limit or the speakers remember: about 4 MB when full */

/* A set that packets fill. `type` is "type ..." or "typeof ...". */
void put_dynamic_set(struct text *t, const char *name, const char *type, const char *timeout);
void put_limit_set(struct text *t, const char *prefix, const char *name);
void put_rate_sets(struct text *t, const struct ruleset *r);
void put_counter(struct text *t, const char *name);
void put_zone_counters(struct text *t, const struct ruleset *r);

/* --- Speakers --- */

/*
 * The core uses a table of the kernel (neighbours, a bridge's ports) only where it agrees with the datagrams to the
 * daemon. `speaks` holds the speakers, `spoken` the addresses that they speak for: one speaker at a time, the first, as
 * long as it continues. Datagrams of others are dropped and counted as n_speaker. The rates of put_fair() limit new
 * speakers.
 */
void put_speaker_sets(struct text *t, const char *suffix, const char *type, const char *spoken_type);
void put_speakers(struct text *t, const char *suffix, const char *speaker, const char *spoken);

/* --- Who is in quarantine (ruleset_unknown.c) --- */

/* Sets, and the chains that fill them; put_note_unknown() jumps to it in the chain of quarantine, and does nothing in others. */
void put_unknown_sets(struct text *t);
void put_unknown_chain(struct text *t);
void put_note_unknown(struct text *t, uint8_t zone);

/* The same for what is refused: before the goto to the chain that refuses it, which may be as deep as the kernel allows. */
void put_note_refused(struct text *t, uint8_t zone);

/* --- Opened by the operator (ruleset_opened.c) --- */

#define COUNT_OPENED "counter name \"n_opened\" "

/*
 * Sets that hold what is open: the gateway (`opened`), and interfaces, or in the table bridge ports, that alone are open
 * (`opened_alone`). In the table inet `opened_ports` says that a port is open.
 */
void put_opened_sets(struct text *t, const struct ruleset *r, const struct filling *f, bool are_ports);

/* The table inet: from interfaces that alone are open through the gateway, with the chain to jump to. */
void put_from_opened(struct text *t);
void put_opened_chain(struct text *t, const struct ruleset *r);

/*
 * The same table, in its base chains: what the table bridge has marked gets the verdict, a chain that begins with put_mark_removal().
 * Clears the mark of all others, before anything passes.
 */
void put_from_opened_port(struct text *t, const struct ruleset *r, const char *verdict);
void put_mark_removal(struct text *t);

/* The same table: to what is open alone. For a bridge with an open port, the table bridge decides about what nothing else passes. */
void put_to_opened(struct text *t);
void put_to_opened_port(struct text *t, const struct ruleset *r);

/*
 * The table bridge: marks what comes from an open port; passes what is between open ports of one household; passes what is for an open
 * port, of answers, and with a chain of its own of what is for nobody else.
 */
void put_opened_mark(struct text *t);
void put_opened_household(struct text *t, const struct ruleset *r);
void put_answer_opened(struct text *t);
void put_only_opened(struct text *t);
void put_only_opened_chain(struct text *t);

/* --- Senders to the daemon (ruleset_fair.c) --- */

/* New flows of one sender in a second. */
uint32_t new_flows_of(const struct ruleset *r);

void put_fair_sets(struct text *t, const struct ruleset *r);
void put_fair_counters(struct text *t);

/* The chain c_fair, to jump to: drops what exceeds a rate. */
void put_fair(struct text *t, const struct ruleset *r);

/* In the table bridge the chain c_tag: notes the port for the table inet, which removes it from what is forwarded. */
void put_port_tag(struct text *t);
void put_tag_removal(struct text *t, const struct ruleset *r);

/* In the table inet the chain c_sender: the rates, and the mark of base/sender_mark.h. */
void put_sender_mark(struct text *t, const struct ruleset *r);

/* --- Answers (ruleset_answer.c) --- */

#define MARK_ALL    0xff000000U /* the bits of a packet's mark that are used, and cleared again */
#define MARK_ANSWER 0x80000000U /* to a bridge, with a bit for each zone; from a bridge, MARK_ALL is of an open port */
#define MARK_OPENED 0x7f000000U /* to a bridge, for an open port and no other: no answer is without MARK_ANSWER */

void put_answer_sets(struct text *t, const struct ruleset *r);

/* Notes the sender's address, for a zone, or for a device that is monitored whatever its zone. */
void put_note_sender(struct text *t, const struct ruleset *r, uint8_t zone);
void put_note_watched(struct text *t);

/* The chain c_answer, for packets of established or related flows, and a chain for each zone. */
void put_answers(struct text *t, const struct ruleset *r);

/* In the table bridge: what the gateway sends to ports, also such answers. */
void put_output(struct text *t, const struct ruleset *r);

/* --- Addresses among neighbours on a bridge (ruleset_near.c) --- */

void put_near_sets(struct text *t, const struct ruleset *r);

/* The chain c_neighbour, to jump to: refuses addresses that are not the sender's. */
void put_neighbour(struct text *t, const struct ruleset *r);

/* Rules for what the gateway sends to ports: notes its addresses, which no device may use towards neighbours. */
void put_gateway_addresses(struct text *t);

/* --- Devices that moved to another port of a bridge (ruleset_moved.c) --- */

void put_moved_sets(struct text *t);

/* The chains c_moved, for frames with a MAC that is admitted on another port, and c_moving. */
void put_moved(struct text *t, const struct ruleset *r);

/* A rule: refuses what would leave by a port that is not the destination's own. The chain is put_to_moved()'s. */
void put_only_own_port(struct text *t);

/* The same for what the gateway sends, with the chain c_to_moved for what passes all the same. */
void put_answer_moved(struct text *t);
void put_to_moved(struct text *t, const struct ruleset *r);

/* --- Chains of zones --- */

/* Protocol and port ("dport" or "sport") of a reach, as a match with a trailing space. */
void service_to_text(const struct reach *reach, const char *port, char *ret, size_t size);

/* Whether the zone reaches anything of this kind. */
bool zone_reaches(const struct ruleset *r, uint8_t zone, enum reach_kind kind);

/*
 * Jumps to the chain of the sender's zone. For every packet, so that a device that loses its zone loses it with the
 * next packet.
 */
void put_zone_lookup(struct text *t, const struct ruleset *r, const char *prefix);

/* Refuses packets above the zone's rate; nothing when it has none. */
void put_rate(struct text *t, const struct ruleset *r, uint8_t zone);

/* The last chain of a zone: drops its packets, or monitors them. */
void put_refusal(struct text *t, const struct ruleset *r, uint8_t zone);

/* Passes packets that are only monitored. Counter may be "". */
void put_would_drop(struct text *t, const char *counter);

/* --- The tables --- */

void put_inet(struct text *t, const struct ruleset *r, const struct filling *f);
void put_bridge(struct text *t, const struct ruleset *r, const struct filling *f);
