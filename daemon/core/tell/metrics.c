/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tell/metrics.h"

#include <stdio.h>
#include <string.h>

const uint64_t metrics_bucket_usec[METRICS_BUCKETS] = { 1000,   2500,   5000,    10000,   25000,   50000,   100000,
							250000, 500000, 1000000, 2500000, 5000000, 10000000 };
const char *const metrics_bucket_text[METRICS_BUCKETS] = { "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
							   "0.25",  "0.5",    "1.0",   "2.5",  "5.0",   "10.0" };

void metrics_count(struct metrics *m, const char *zone, enum hallmark_reason reason)
{
	size_t i = 0;

	while (i < m->n_tallies && (m->tallies[i].reason != reason || strcmp(m->tallies[i].zone, zone) != 0))
		i++;
	if (i == METRICS_TALLIES)
		i--;
	if (i == m->n_tallies) {
		m->n_tallies++;
		m->tallies[i].reason = reason;
		(void)snprintf(m->tallies[i].zone, sizeof(m->tallies[i].zone), "%s", zone);
	}
	m->tallies[i].n++;
}

void metrics_took(struct metrics *m, uint64_t usec)
{
	size_t i = 0;

	while (i < METRICS_BUCKETS && usec > metrics_bucket_usec[i])
		i++;
	if (i < METRICS_BUCKETS)
		m->latency[i]++;
	m->n_latency++;
	m->latency_usec += usec;
}

void metrics_judged(struct metrics *m, const uint64_t nsec[static _STAGE_MAX])
{
	for (int i = 0; i < _STAGE_MAX; i++)
		m->judges_nsec[i] += nsec[i];
}
