/* SPDX-License-Identifier: Apache-2.0 */
/* A letter (RFC 5322, MIME) with an event. */
#pragma once

#include <stddef.h>

struct texts;
struct value;

/* Release with free(); NULL: no memory. Nothing of the event can begin a header or end them. */
char *mail_compose(const char *from, const struct texts *to, const struct value *event);

#define MAIL_SUBJECT_SIZE 2048

/* The value of a header: as it is when it is short and ASCII, else in encoded words (RFC 2047) on lines of their own. */
char *mail_encode(const char *text, char ret[static MAIL_SUBJECT_SIZE]);
