/* SPDX-License-Identifier: Apache-2.0 */
/* The UDP socket below a DTLS stack, and what may go wrong there: datagrams that are lost, slow computing, short buffers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WIRE_TIMEOUT 0 /* of wire_receive() */

struct wire {
	int fd;
	unsigned drop;         /* the datagram with this number is not sent; 0: all are */
	unsigned lose;         /* the datagram with this number does not arrive */
	unsigned slow_sec;     /* of computing before the third datagram, which begins the flight of keys */
	unsigned receive_size; /* a longer datagram loses what is behind, as in a device with such a buffer */

	unsigned sent, received;         /* datagrams, with those that were lost */
	size_t most_sent, most_received; /* bytes of the longest one */
};

/* Returns 0, or -1 and has said why. */
int wire_open(struct wire *w, const char *host, const char *port);
void wire_close(struct wire *w);

/* Returns n, or -1. */
int wire_send(struct wire *w, const void *p, size_t n);

/* Returns the bytes of a datagram, WIRE_TIMEOUT or -1. */
int wire_receive(struct wire *w, void *ret, size_t size, unsigned timeout_msec);
