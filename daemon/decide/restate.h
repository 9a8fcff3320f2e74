/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts after a change of trust material that says something else of a device's labels, and of nothing else that they rest on. Pure. No
 * judge is asked: the facts come from judges who obeyed the rule (docs/architecture.md), and the news from a zygote, who met no
 * device. What comes of both is arithmetic.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct changes;
struct facts;

/*
 * Whether these facts rest on nothing that changed but statuses of their labels that are in the news, and on no time that has passed.
 * Else only judges can say what follows.
 */
bool facts_are_restatable(const struct facts *f, const struct changes *c, int64_t now_sec);

/* Changes check 14 and the end of the labels as the news say; nothing else. Only if facts_are_restatable(). */
void facts_restate(struct facts *f, const struct changes *c);
