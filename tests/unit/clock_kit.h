/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of base/clock.c at link time: a clock that goes when the test says so, and times as plain numbers. */
#pragma once

#include "base/clock.h"
#include "pki.h"

#define NOW INT64_C(1800000000)

static uint64_t elapsed_usec;

int64_t clock_realtime_sec(void)
{
	return NOW + (int64_t)(elapsed_usec / USEC_PER_SEC);
}

uint64_t clock_monotonic_usec(void)
{
	return USEC_PER_SEC + elapsed_usec;
}

bool clock_is_synchronised(void)
{
	return true;
}

char *time_to_text(int64_t time_sec, char ret[static 32])
{
	must(snprintf(ret, 32, "%lld", (long long)time_sec) > 0);
	return ret;
}

char *span_to_text(int64_t span_sec, char ret[static 32])
{
	must(snprintf(ret, 32, "%lld s", (long long)span_sec) > 0);
	return ret;
}
