/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the peer sends comes from OpenSSL, which puts fragments together. What is sent is read from the datagrams: OpenSSL
 * writes the header of a fragment over bytes of the message before it shows the message, so a message that it sent in
 * fragments cannot be had otherwise. A message that is sent or comes again is known by its message_seq (RFC 6347
 * section 4.2.2).
 */
#include "edge/transcript.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/handshake.h"
#include "edge/record_format.h"
#include "hallmark/protocol.h"

#define FIRST_SIZE         2048 /* bytes: enough for most handshakes */
#define CERTIFICATE_VERIFY 15

/* Of one side. */
struct side {
	bool has_begun;
	unsigned next; /* message_seq of the message after those that are kept */
};

struct transcript {
	uint8_t *p;
	size_t n, size;
	struct side peer, own;
	size_t missing;    /* bytes of our last message that are not sent yet */
	size_t n_messages; /* bytes before the CertificateVerify */
	bool is_complete, bad;
};

struct transcript *transcript_new(void)
{
	return calloc(1, sizeof(struct transcript));
}

void transcript_free(struct transcript *t)
{
	if (!t)
		return;
	free(t->p);
	free(t);
}

static unsigned number_at(const uint8_t *p, size_t n)
{
	unsigned number = 0;

	for (size_t i = 0; i < n; i++)
		number = number << 8 | p[i];
	return number;
}

static void append(struct transcript *t, struct bytes b)
{
	if (t->n + b.n > HANDSHAKE_BYTES_MAX)
		t->bad = true;
	while (!t->bad && t->n + b.n > t->size) {
		size_t size = t->size ? 2 * t->size : FIRST_SIZE;
		uint8_t *p = realloc(t->p, size);

		if (!p) {
			t->bad = true;
			break;
		}
		t->p = p;
		t->size = size;
	}
	if (t->bad)
		return;
	memcpy(t->p + t->n, b.p, b.n);
	t->n += b.n;
}

/* Is this the side's next message? Then the one after it is. */
static bool take_turn(struct side *side, unsigned sequence)
{
	if (side->has_begun && sequence != side->next)
		return false;
	side->has_begun = true;
	side->next = sequence + 1;
	return true;
}

/* The messages of most sessions are kept for a minute: without what is not used of the memory. */
static void complete(struct transcript *t)
{
	uint8_t *p = realloc(t->p, t->n);

	t->is_complete = true;
	if (!p)
		return;
	t->p = p;
	t->size = t->n;
}

void transcript_received(struct transcript *t, struct bytes message)
{
	if (t->is_complete || t->bad || message.n < MESSAGE_HEADER ||
	    !take_turn(&t->peer, number_at(message.p + AT_SEQUENCE, 2)))
		return;
	t->bad |= t->missing > 0;
	t->n_messages = t->n;
	append(t, message);
	if (message.p[0] == CERTIFICATE_VERIFY && !t->bad)
		complete(t);
}

/* A message begins with the header that it would have in one fragment. */
static void begin_message(struct transcript *t, struct bytes fragment)
{
	uint8_t header[MESSAGE_HEADER];

	memcpy(header, fragment.p, sizeof(header));
	memcpy(header + AT_FRAGMENT_LENGTH, header + AT_LENGTH, 3);
	append(t, BYTES(header));
	t->missing = number_at(header + AT_LENGTH, 3);
}

static void on_fragment(struct transcript *t, struct bytes fragment)
{
	unsigned sequence = number_at(fragment.p + AT_SEQUENCE, 2);
	unsigned length = number_at(fragment.p + AT_LENGTH, 3);
	unsigned offset = number_at(fragment.p + AT_OFFSET, 3);
	struct bytes part = bytes_of(fragment.p + MESSAGE_HEADER, fragment.n - MESSAGE_HEADER);

	if (t->missing == 0 && offset == 0 && take_turn(&t->own, sequence))
		begin_message(t, fragment);
	else if (t->missing == 0 || sequence + 1 != t->own.next || offset != length - t->missing)
		return;
	if (part.n > t->missing) {
		t->bad = true;
		return;
	}
	append(t, part);
	t->missing -= part.n;
}

void transcript_sent(struct transcript *t, struct bytes datagram)
{
	while (datagram.n >= RECORD_HEADER && !t->is_complete && !t->bad) {
		size_t n = number_at(datagram.p + AT_RECORD_LENGTH, 2);
		bool is_plaintext = number_at(datagram.p + AT_EPOCH, 2) == 0;
		struct bytes record = bytes_of(datagram.p + RECORD_HEADER, n);

		if (n > datagram.n - RECORD_HEADER)
			return;
		if (datagram.p[0] == CONTENT_HANDSHAKE && is_plaintext && n >= MESSAGE_HEADER)
			on_fragment(t, record); /* OpenSSL sends one in each record */
		datagram = bytes_of(record.p + n, datagram.n - RECORD_HEADER - n);
	}
}

bool transcript_get(const struct transcript *t, struct bytes *ret_messages, struct bytes *ret_certificate_verify)
{
	if (!t->is_complete)
		return false;
	*ret_messages = bytes_of(t->p, t->n_messages);
	*ret_certificate_verify = bytes_of(t->p + t->n_messages, t->n - t->n_messages);
	return true;
}
