/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for one target, oldest first: a file for each message in a folder of its own, so that nothing is lost by a restart or a
 * power cut. A message is bytes for the target; nothing here reads them. Where the disk refuses one, it waits in memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define QUEUE_MESSAGE_MAX 65536

struct queue;

/*
 * Opens the folder, which is made where there is none; NULL: memory alone. What is there waits again. A file that is not whole is put
 * aside as NAME.torn, and more than `max` are dropped (both logged). Returns 0, also where the folder cannot be used (logged), or -ENOMEM.
 */
int queue_open(const char *folder, size_t max, struct queue **ret);
void queue_free(struct queue *q);

size_t queue_length(const struct queue *q);

/*
 * Adds a message; `usec`, the real time, makes its number, which no other message of this queue had. Returns how many of the oldest went
 * for it, or -ENOMEM or -EMSGSIZE.
 */
int queue_put(struct queue *q, struct bytes message, uint64_t usec);

/* The oldest message and its number; release *ret with free(). Returns 0 or -ENODATA. One that cannot be read is left out (logged). */
int queue_first(struct queue *q, uint8_t **ret, size_t *ret_n, uint64_t *ret_number);

/* Removes the oldest if it has this number: it may have gone for another meanwhile. */
void queue_drop(struct queue *q, uint64_t number);

/* A file of the queue → the message in it. Returns 0 and a part of `file`, or -EBADMSG. */
int queue_decode(struct bytes file, struct bytes *ret);
