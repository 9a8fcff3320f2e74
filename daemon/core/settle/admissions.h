/* SPDX-License-Identifier: Apache-2.0 */
/* The time by which admissions are counted. */
#pragma once

#include <stdint.h>

struct settler;

/*
 * The time by which verdicts are judged and counted (base/timekeeper.h). When time was set, that is handled first:
 * verdicts of this boot move with it, so that no lifetime changes, and all devices become due for a review.
 */
int64_t admissions_now(struct settler *settler);
