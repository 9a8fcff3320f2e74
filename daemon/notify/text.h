/* SPDX-License-Identifier: Apache-2.0 */
/* An event for people and for programs. Names that an operator, a maker or a device chose have no control characters in it. */
#pragma once

#include <stddef.h>

#define SUBJECT_SIZE 512

struct value;

/* One line, as "거실 월패드, 101동 1203호: restricted → quarantine (label-revoked)". Returns ret. */
char *text_subject(const struct value *event, char ret[static SUBJECT_SIZE]);

/* The subject, then a line for each field, each ended by '\n'. Release with free(); NULL: no memory. */
char *text_body(const struct value *event);

/* JSON on one line, without an end of line. Release with free(); NULL: no memory. */
char *text_json(const struct value *event);
