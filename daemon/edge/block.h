/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block-wise transfer (RFC 7959): one upload assembled from Block1 requests, and one answer sent in Block2 slices. Both
 * are allocated when a second block is needed, and freed with the last block.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;
struct coap_message;

/* Bodies in transfer, at most one in each direction; initially all zero. */
struct blocks {
	size_t answer_max; /* bytes of an answer that the peer takes at once; 0: the largest block */
	struct upload *upload;
	struct download *download;
};

void blocks_done(struct blocks *b);

/*
 * Takes one request with Block1. Returns the code to answer at once (2.31, or the 4.xx for an unexpected block); or 0:
 * the body is complete, is in *ret_body, and is valid until blocks_end_upload().
 */
uint8_t blocks_receive(struct blocks *b, const struct coap_message *m, struct bytes *ret_body);

/* Frees the upload when its body is complete. */
void blocks_end_upload(struct blocks *b);

/*
 * Cuts the first block from the body of the answer to `request`, sets its Block2, and keeps the rest for later
 * requests. Returns 0 or -ENOMEM.
 */
int blocks_slice(struct blocks *b, const struct coap_message *request, struct coap_message *answer);

/*
 * Answers a request for a later block of the kept body: sets code, options and body of *answer. Returns false when no
 * such block is kept.
 */
bool blocks_continue(struct blocks *b, const struct coap_message *request, struct coap_message *answer);

/* Frees the kept answer when `answer` contains its last block. */
void blocks_end_download(struct blocks *b, const struct coap_message *answer);
