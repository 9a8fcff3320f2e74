/* SPDX-License-Identifier: Apache-2.0 */
/* Private to decide.c and again.c. */
#pragma once

#include <stdint.h>

struct circumstances;
struct facts;
struct policy;
struct verdict;

/* From the verdict's facts, after decide_check_ueid(), without the order. */
void decide_alone(const struct circumstances *c, struct verdict *v);

void decide_set_zone(const struct policy *policy, struct verdict *v, uint8_t zone);

/* Fails check 7 of the facts when another device has their UEID now. */
void decide_check_ueid(const struct circumstances *c, struct facts *facts);
