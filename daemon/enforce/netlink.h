/* SPDX-License-Identifier: Apache-2.0 */
/* One netlink socket: one request at a time, and the wait for its answer. Private to enforce/. */
#pragma once

#include <libmnl/libmnl.h>
#include <stdint.h>
#include <sys/types.h>

#define MESSAGE_BYTES 256 /* of a message without its elements, and of begin and end of a batch */

struct netlink {
	struct mnl_socket *socket; /* owned */
	uint8_t *answer;           /* owned */
	uint32_t seq;              /* of the last message sent */
};

/* `bus` is one of NETLINK_*. Returns 0 or a negative errno; call netlink_close() in both cases. */
int netlink_open(struct netlink *n, int bus);
void netlink_close(struct netlink *n);

/* Reads one datagram into `answer`. Returns its size, -ETIMEDOUT after 2 s or another negative errno. */
ssize_t netlink_receive(struct netlink *n);

/* Discards pending messages: answers to abandoned requests. */
void netlink_drain(struct netlink *n);

/*
 * Sends one request (the caller sets its number, ++seq) and gives each message of the answer to on_message. Returns 0
 * or the kernel's negative errno; -EINTR when a dump must be repeated.
 */
int netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t on_message, void *userdata);
