/* SPDX-License-Identifier: Apache-2.0 */
/* What the core counts from its start on, for `hallmarkctl metrics`. What is a state and no count is read when it is asked for. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "hallmark/reason.h"

#define METRICS_TALLIES 128 /* pairs of zone and reason: some twenty occur; all others count as the last one */
#define METRICS_BUCKETS 13

/* Upper bounds of the histogram of what a decision takes; as text they are the keys of include/hallmark/bus.h. */
extern const uint64_t metrics_bucket_usec[METRICS_BUCKETS];
extern const char *const metrics_bucket_text[METRICS_BUCKETS]; /* in seconds, as OpenMetrics writes them */

struct tally {
	char zone[ZONE_NAME_SIZE]; /* by name: numbers may mean another zone after a reload; "": of none */
	enum hallmark_reason reason;
	uint64_t n;
};

struct metrics {
	struct tally tallies[METRICS_TALLIES];
	size_t n_tallies;
	uint64_t latency[METRICS_BUCKETS]; /* how many took no longer than the bound, and longer than the one before */
	uint64_t n_latency, latency_usec;  /* all of them, and their sum */
	uint64_t decisions;                /* as `hallmarkctl status` counts them */
	uint64_t renewals, expiries;
	uint64_t returns;         /* devices that came back on an admission that still ran */
	uint64_t kernel_refusals; /* transactions that the kernel did not take as a whole */
	uint64_t waves, wave_changes;
};

/* A decision into a zone, or with zone "" a request that was not judged. */
void metrics_count(struct metrics *m, const char *zone, enum hallmark_reason reason);

/* From the arrival of a submission to the kernel's word. */
void metrics_took(struct metrics *m, uint64_t usec);
