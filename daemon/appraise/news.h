/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is new in trust material: the questions that it answers otherwise than the material before (base/dependency.h), and, for a place
 * of a status list, the answer itself. A zygote says so, who read both and no device's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check_result.h"
#include "base/clock.h"
#include "base/record.h"
#include "hallmark/check.h"

/* What a status list says now of a place whose status has changed: check 14 of each label that is there. */
#define STATUS_NEWS_FIELDS(ONE, MANY)                                                                                  \
	ONE(ANY, uint64_t, entry) /* of which place: status_entry_question(); and */                                   \
	ONE(ANY, uint64_t, list)  /* of which list: status_question(). Half a digest alone could be met on purpose */  \
	ONE(END, int64_t, until_sec, 0) /* when the answer becomes stale; TIME_FOREVER: it does not */                 \
	ONE(CHECK, check_result, status, CHECK_LABEL_STATUS)                                                           \
	MANY(ZERO, uint8_t, reserved, [4])
RECORD(status_news, STATUS_NEWS_FIELDS)

struct changes {
	uint64_t *ids; /* owned; sorted */
	size_t n;
	struct status_news *news; /* owned; of some of the ids, in their order */
	size_t n_news;
	bool is_all; /* anything may have changed: the rest means nothing */
};

void changes_done(struct changes *c);
