/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of Metrics() (include/hallmark/bus.h) as text for a monitoring system, by one table of metrics. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct value;

enum metrics_format {
	METRICS_OPENMETRICS, /* 1.0, as answers over HTTP are */
	METRICS_PROMETHEUS,  /* text format 0.0.4, as node_exporter's textfile collector reads it */
};

/*
 * As of a time, which is told too: whoever reads it later sees its age. NULL for an answer: no daemon answers, and all that is
 * told is that it is not up, and that nobody holds the kernel to the verdicts or listens.
 */
void metrics_write(const struct value *answer, enum metrics_format format, int64_t now_sec, FILE *out);
