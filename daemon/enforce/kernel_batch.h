/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction of set elements for the kernel. Private to enforce/. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "enforce/kernel_inside.h"

struct bytes;

#define BATCH_ELEMENTS 500 /* in one message: the length of its element list has 16 bits */
#define BATCH_TOPICS   32
#define BATCH_CHANGES  2000 /* devices or addresses in one transaction: the kernel takes no other meanwhile */

/* Of an element that is added for a moment, so that a delete finds it: a kernel refuses a batch that deletes what is not there. */
#define BATCH_PROBE_MSEC 1000

struct batch {
	uint8_t *p; /* owned */
	size_t n;
	uint32_t begin_seq; /* sequence number of the batch begin; those of the messages follow it */
	uint32_t n_messages;
	uint8_t *topics;       /* owned: the topic of each message */
	struct nlmsghdr *open; /* the last message */
	struct nlattr *list;   /* of the open message */
};

/* The result. The first error of each topic counts: later refusals follow from it. */
struct batch_answer {
	int error;        /* -ENOENT; else the first one other than -ENFILE; else -ENFILE or 0 */
	uint32_t refused; /* mask of topics */
	uint32_t full;    /* mask of topics whose set is full */
};

/* Makes room for that many messages and elements. Returns 0 or -ENOMEM; release with batch_done() in both cases. */
int batch_begin(struct batch *b, size_t n_messages, size_t n_elements);
void batch_done(struct batch *b);

/* Opens a message NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM; `topic` is below BATCH_TOPICS. */
void batch_open(struct batch *b, uint16_t type, int family, const char *set, uint8_t topic);
void batch_close(struct batch *b);

/* A message for the table itself. */
void batch_table(struct batch *b, uint16_t type, int family);

/* An element of the open message; a timeout of 0 and empty userdata are omitted. */
void batch_element(struct batch *b, struct bytes key, uint64_t timeout_msec, struct bytes userdata);

/* Two messages: the element is not in the set afterwards, whether or not it was. */
void batch_remove(struct batch *b, int family, const char *set, struct bytes key);

/*
 * Ends the batch, sends it and waits for the answer to its last message. When an answer is lost, it sends again: batches
 * here are idempotent. Returns the answer's error.
 */
int batch_send(struct kernel *k, struct batch *b, struct batch_answer *ret);
