/* SPDX-License-Identifier: Apache-2.0 */
/* What the edges count, all together: what one has counted stays counted when it ends, its sessions end with it. */
#pragma once

#include "base/sessions.h"

/* Zeroed, nothing was counted. */
struct traffic {
	struct edge_counters of[EDGES_MAX]; /* the latest that each edge sent */
	struct edge_counters ended;         /* the sum of those that have ended, without sessions */
};

void traffic_note(struct traffic *t, unsigned edge, const struct edge_counters *latest);

/* The edge has ended; the next one counts from 0. */
void traffic_end(struct traffic *t, unsigned edge);

void traffic_sum(const struct traffic *t, struct edge_counters *ret);
