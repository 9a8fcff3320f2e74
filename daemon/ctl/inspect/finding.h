/* SPDX-License-Identifier: Apache-2.0 */
/* The result of `verify` for one file: its kind, its contents, the findings, and the answer from these. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check_result.h"
#include "ctl/commands.h"
#include "hallmark/check.h"

/* A finding that is not a check of a device, and its specification. */
struct question {
	const char *name, *specification;
};

struct findings {
	struct value *root;     /* owned */
	struct value *contents; /* in root, a map: name → text, number or list */
	struct value *list;     /* in root, of maps: check, state, sentence, specification */
	bool any_failed, any_open;
};

/* `kind` says what the file is, as "label statement". Release with findings_done(). */
void findings_init(struct findings *f, const char *path, const char *kind);
void findings_done(struct findings *f);

/* Adds the result of a check; CHECK_ABSENT means that it could not be evaluated. */
void findings_add(struct findings *f, enum hallmark_check check, struct check_result result);

/* The same for a finding that is not a check of a device, such as the validity of a register. */
void findings_add_text(struct findings *f, const struct question *question, enum check_state state,
		       const char *sentence);

/* Adds the answer, prints everything, and returns the answer as an exit status. */
enum ctl_exit findings_show(struct findings *f, const struct ctl *ctl, int64_t now_sec);
