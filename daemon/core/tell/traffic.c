/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tell/traffic.h"

/* An edge may count to EDGE_COUNT_MAX. Edges that lie, one after the other, can make a sum wrong; nothing rests on it. */
static void add(struct edge_counters *sum, const struct edge_counters *c)
{
	sum->datagrams += c->datagrams;
	sum->handshakes += c->handshakes;
	sum->handshake_failures += c->handshake_failures;
	for (size_t i = 0; i < _HANDSHAKE_CAUSE_MAX; i++)
		sum->failures[i] += c->failures[i];
	for (size_t i = 0; i < _STAGE_MAX; i++)
		sum->spent_nsec[i] += c->spent_nsec[i];
	sum->requests += c->requests;
	sum->displaced_sessions += c->displaced_sessions;
	sum->refused_handshakes += c->refused_handshakes;
	sum->refused_requests += c->refused_requests;
	sum->sessions += c->sessions;
	sum->half_open += c->half_open;
}

/* One that counts backwards is not believed: a sum never falls. */
void traffic_note(struct traffic *t, unsigned edge, const struct edge_counters *latest)
{
	const struct edge_counters *before = &t->of[edge];

	if (latest->datagrams >= before->datagrams && latest->handshakes >= before->handshakes &&
	    latest->requests >= before->requests && latest->refused_handshakes >= before->refused_handshakes &&
	    latest->refused_requests >= before->refused_requests)
		t->of[edge] = *latest;
}

void traffic_end(struct traffic *t, unsigned edge)
{
	t->of[edge].sessions = t->of[edge].half_open = 0;
	add(&t->ended, &t->of[edge]);
	t->of[edge] = (struct edge_counters){ 0 };
}

void traffic_sum(const struct traffic *t, struct edge_counters *ret)
{
	*ret = t->ended;
	for (unsigned i = 0; i < EDGES_MAX; i++)
		add(ret, &t->of[i]);
}
