/* SPDX-License-Identifier: Apache-2.0 */
/* The time that admissions are counted by. */
#pragma once

#include <stdint.h>

struct settler;

/*
 * The time that verdicts are judged and counted by (base/timekeeper.h). When it was set, that is seen to first: verdicts of this
 * boot move with it, so that no lifetime gets longer or shorter, and all devices are to be judged again.
 */
int64_t admissions_now(struct settler *settler);
