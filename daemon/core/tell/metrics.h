/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of the core since its start, for `hallmarkctl metrics`. States are not counted: they are read when asked
 * for.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/sizes.h"
#include "base/stage.h"
#include "hallmark/reason.h"

#define METRICS_TALLIES 128 /* pairs of zone and reason: some twenty occur; all others share the last one */
#define METRICS_BUCKETS 13

/* Upper bounds of the histogram of decision times; as text they are the keys of include/hallmark/bus.h. */
extern const uint64_t metrics_bucket_usec[METRICS_BUCKETS];
extern const char *const metrics_bucket_text[METRICS_BUCKETS]; /* in seconds, in OpenMetrics format */

struct tally {
	char zone[ZONE_NAME_SIZE]; /* by name: numbers may mean another zone after a reload; "": not judged */
	enum hallmark_reason reason;
	uint64_t n;
};

struct metrics {
	struct tally tallies[METRICS_TALLIES];
	size_t n_tallies;
	uint64_t latency[METRICS_BUCKETS]; /* decisions up to each bound and above the bound before */
	uint64_t n_latency, latency_usec;  /* number of all decisions, and the sum of their times */
	uint64_t decisions;                /* as `hallmarkctl status` counts them */
	uint64_t renewals, expiries;
	uint64_t returns;         /* devices that reconnected while their admission was in force */
	uint64_t kernel_refusals; /* transactions that the kernel refused in whole or in part */
	uint64_t waves, wave_changes;
	uint64_t judges_nsec[_STAGE_MAX]; /* as they say */
};

/* A decision into a zone; with zone "" a request that was not judged. */
void metrics_count(struct metrics *m, const char *zone, enum hallmark_reason reason);

/* From the arrival of a submission to the kernel's acknowledgement. */
void metrics_took(struct metrics *m, uint64_t usec);

/* What a judge spent on one case. */
void metrics_judged(struct metrics *m, const uint64_t nsec[static _STAGE_MAX]);
