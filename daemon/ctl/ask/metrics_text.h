/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of Metrics() (include/hallmark/bus.h) as text for a monitoring system, by one table of metrics. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct value;

enum metrics_format {
	METRICS_OPENMETRICS, /* 1.0, as over HTTP */
	METRICS_PROMETHEUS,  /* text format 0.0.4, for node_exporter's textfile collector */
};

/*
 * As of now_sec, which is written too, so that a reader sees the age. When `answer` is NULL, no daemon answers: then
 * the output only says that it is down, and that nothing enforces verdicts or listens.
 */
void metrics_write(const struct value *answer, enum metrics_format format, int64_t now_sec, FILE *out);
