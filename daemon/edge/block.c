/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block1 and Block2 with bounds: a fixed block size, contiguous blocks, at most HALLMARK_BODY_MAX bytes. A block that
 * does not continue the upload is refused: the device must start again at block 0.
 */
#include "block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "edge/codec.h"
#include "edge/edge.h"
#include "hallmark/protocol.h"

/* The received part of a body: blocks 0 to n / size - 1 of one request. */
struct upload {
	uint8_t code;
	uint8_t szx;
	bool whole;
	char path[COAP_PATH_SIZE];
	size_t n;
	uint8_t body[];
};

/* An answer of which the device has read a part. */
struct download {
	uint8_t request_code;
	char path[COAP_PATH_SIZE];
	struct coap_message answer; /* its body is the array below */
	uint8_t body[];
};

static void drop_upload(struct blocks *b)
{
	free(b->upload);
	b->upload = NULL;
}

static void drop_download(struct blocks *b)
{
	free(b->download);
	b->download = NULL;
}

void blocks_done(struct blocks *b)
{
	drop_upload(b);
	drop_download(b);
}

void blocks_end_upload(struct blocks *b)
{
	if (b->upload && b->upload->whole)
		drop_upload(b);
}

/* A session has one upload: a new one replaces the former. */
static bool begin_upload(struct blocks *b, const struct coap_message *m)
{
	drop_upload(b);
	b->upload = calloc(1, sizeof(*b->upload));
	if (!b->upload)
		return false;

	b->upload->code = m->code;
	b->upload->szx = m->block1.szx;
	memcpy(b->upload->path, m->path, sizeof(m->path));
	return true;
}

static bool continues(const struct upload *u, const struct coap_message *m)
{
	return u && !u->whole && u->code == m->code && u->szx == m->block1.szx &&
	       u->n == m->block1.number * coap_block_size(m->block1.szx) && strcmp(u->path, m->path) == 0;
}

static bool append(struct blocks *b, struct bytes body)
{
	struct upload *grown = realloc(b->upload, sizeof(*grown) + b->upload->n + body.n);

	if (!grown)
		return false;

	b->upload = grown;
	if (body.n > 0)
		memcpy(grown->body + grown->n, body.p, body.n);
	grown->n += body.n;
	return true;
}

/* Every block except the last is full, RFC 7959 section 2.2. */
static bool has_its_size(const struct coap_message *m)
{
	size_t size = coap_block_size(m->block1.szx);

	return m->block1.more ? m->body.n == size : m->body.n <= size;
}

static uint8_t take_block(struct blocks *b, const struct coap_message *m)
{
	if (!has_its_size(m))
		return COAP_CODE(4, 0);
	if (m->size1 > HALLMARK_BODY_MAX)
		return COAP_CODE(4, 13);
	if (m->block1.number == 0 && !begin_upload(b, m))
		return COAP_CODE(5, 3);
	if (!continues(b->upload, m))
		return COAP_CODE(4, 8); /* RFC 7959 section 2.9.2 */
	if (m->body.n > HALLMARK_BODY_MAX - b->upload->n)
		return COAP_CODE(4, 13);
	return append(b, m->body) ? 0 : COAP_CODE(5, 3);
}

uint8_t blocks_receive(struct blocks *b, const struct coap_message *m, struct bytes *ret_body)
{
	uint8_t code = take_block(b, m);

	if (code != 0) {
		drop_upload(b);
		return code;
	}
	if (m->block1.more)
		return COAP_CODE(2, 31);

	b->upload->whole = true;
	*ret_body = bytes_of(b->upload->body, b->upload->n);
	return 0;
}

/* The slice of the whole body that block2 names; false when there is none. */
static bool cut(struct bytes whole, const struct coap_block *block2, struct coap_message *answer)
{
	size_t size = coap_block_size(block2->szx), offset = block2->number * size;

	if (offset >= whole.n)
		return false;

	answer->body = bytes_of(whole.p + offset, whole.n - offset < size ? whole.n - offset : size);
	answer->block2 = (struct coap_block){
		.present = true,
		.more = whole.n - offset > size,
		.szx = block2->szx,
		.number = block2->number,
	};
	return true;
}

/* As large as the request asks for and the peer takes. */
static struct coap_block first_block(const struct blocks *b, const struct coap_message *request)
{
	struct coap_block first = { .szx = request->block2.present ? request->block2.szx : COAP_SZX_MAX };

	while (b->answer_max > 0 && first.szx > 0 && coap_block_size(first.szx) > b->answer_max)
		first.szx--;
	return first;
}

int blocks_slice(struct blocks *b, const struct coap_message *request, struct coap_message *answer)
{
	struct coap_block first = first_block(b, request);
	struct bytes whole = answer->body;
	struct download *kept;

	drop_download(b);
	if (whole.n <= coap_block_size(first.szx) || (!request->block2.present && whole.n <= b->answer_max))
		return 0;

	kept = calloc(1, sizeof(*kept) + whole.n);
	if (!kept)
		return -ENOMEM;

	memcpy(kept->body, whole.p, whole.n);
	memcpy(kept->path, request->path, sizeof(kept->path));
	kept->request_code = request->code;
	kept->answer = *answer;
	kept->answer.body = bytes_of(kept->body, whole.n);
	b->download = kept;
	(void)cut(whole, &first, answer); /* block 0 of a body longer than a block */
	return 0;
}

bool blocks_continue(struct blocks *b, const struct coap_message *request, struct coap_message *answer)
{
	struct download *kept = b->download;

	if (!kept || kept->request_code != request->code || strcmp(kept->path, request->path) != 0)
		return false;

	answer->code = kept->answer.code;
	answer->content_format = kept->answer.content_format;
	answer->max_age_sec = kept->answer.max_age_sec;
	return cut(kept->answer.body, &request->block2, answer);
}

void blocks_end_download(struct blocks *b, const struct coap_message *answer)
{
	if (b->download && answer->block2.present && !answer->block2.more)
		drop_download(b);
}
