/* SPDX-License-Identifier: Apache-2.0 */
/* Journal entries for many devices at once, and for requests without a decision. */
#pragma once

#include <stdint.h>

#include "hallmark/reason.h"

struct config;
struct policy;
struct record_mark;
struct store;
struct verdict;
struct wave_summary;

/*
 * The policy names the zones; the store (may be NULL) says how far the record goes by now, and `head` how far it went with the latest
 * decision.
 */
void journal_wave(const struct policy *policy, struct store *store, const struct wave_summary *s,
		  const struct record_mark *head);

/* This many devices were renewed; the decision record has grown to its head. */
void journal_renewals(uint32_t n, const struct record_mark *head);

/* A warning replaces the sentence of the reason. */
void journal_not_judged(const struct config *c, const struct verdict *v, enum hallmark_reason reason,
			const char *warning);

/* A change of a device that the kernel refused. */
void journal_refused(const struct config *c, const struct verdict *v, const char *text);
