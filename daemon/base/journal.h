/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds one journal entry: its text, its message id and the fields of include/hallmark/journal.h. When stderr is not
 * the journal, only the text is written, as one line. Also writes events of the daemon itself in one call.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/sizes.h"

#define ENTRY_FIELDS_MAX 40
#define ENTRY_BYTES      4096
#define ENTRY_TEXT_SIZE  1024

/* A field that does not fit is left out. */
struct entry {
	int priority;
	struct iovec iov[ENTRY_FIELDS_MAX];
	int n;
	char text[ENTRY_TEXT_SIZE];
	char bytes[ENTRY_BYTES];
	size_t used;
};

void entry_begin(struct entry *e, int priority, const char *message_id, const char *text);
void entry_add(struct entry *e, const char *field, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Writes it, unless lines of that priority are not shown. */
void entry_send(const struct entry *e);

/* An event of the daemon itself, with one of the message ids. */
void journal_event(int priority, const char *message_id, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for an error; appends the text of the error and returns r. */
int journal_errno(int r, const char *message_id, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for one device. */
void journal_device_event(int priority, const char *message_id, const uint8_t device[static SHA256_LEN],
			  const char *format, ...) __attribute__((format(printf, 4, 5)));
