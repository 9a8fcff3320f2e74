/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction of set elements on its way to the kernel. Only for this folder. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "enforce/kernel_inside.h"

struct bytes;

#define BATCH_ELEMENTS 500 /* of one message: its list of elements has a length of 16 bits */
#define BATCH_TOPICS   32

struct batch {
	uint8_t *p; /* owned */
	size_t n;
	uint32_t begin_seq; /* the messages' sequence numbers follow that of the beginning */
	uint32_t n_messages;
	uint8_t *topics; /* owned: of each message, what it is about */
	struct nlmsghdr *open;
	struct nlattr *list; /* of the open message */
};

/* How it went. The first error of each topic counts: what is refused after it follows from it. */
struct batch_answer {
	int error;        /* -ENOENT, or the first one that is not -ENFILE, or -ENFILE, or 0 */
	uint32_t refused; /* mask of topics */
	uint32_t full;    /* mask of topics whose set is full */
};

/* Makes room for so many messages and elements of them. Returns 0 or -ENOMEM; release with batch_done() in both cases. */
int batch_begin(struct batch *b, size_t n_messages, size_t n_elements);
void batch_done(struct batch *b);

/* Opens a message NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM; `topic` is below BATCH_TOPICS. */
void batch_open(struct batch *b, uint16_t type, int family, const char *set, uint8_t topic);
void batch_close(struct batch *b);

/* A message that is about the table itself. */
void batch_table(struct batch *b, uint16_t type, int family);

/* An element of the open message; timeout 0 and empty userdata are not said. */
void batch_element(struct batch *b, struct bytes key, uint64_t timeout_msec, struct bytes userdata);

/*
 * Ends it, sends it and awaits the answer to each message. When an answer is lost it is said again: batches here are
 * idempotent. Returns the answer's error.
 */
int batch_send(struct kernel *k, struct batch *b, struct batch_answer *ret);
