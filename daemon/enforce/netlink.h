/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One netlink socket and the conversation on it: one request at a time, whose answer is waited for. Only for this folder.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdint.h>
#include <sys/types.h>

#define MESSAGE_BYTES 256 /* of a message without its elements, and of a batch's two ends */

struct netlink {
	struct mnl_socket *socket; /* owned */
	uint8_t *answer;           /* owned */
	uint32_t seq;              /* of the last message sent */
};

/* `bus` is one of NETLINK_*. Returns 0 or a negative errno; release with netlink_close() in both cases. */
int netlink_open(struct netlink *n, int bus);
void netlink_close(struct netlink *n);

/* Reads one datagram into `answer`. Returns its size, -ETIMEDOUT after 2 s or another negative errno. */
ssize_t netlink_receive(struct netlink *n);

/* Throws away what waits: answers to what was given up. */
void netlink_drain(struct netlink *n);

/*
 * Sends one request, numbered ++seq by the caller, and hands each message of the answer to on_message. Returns 0 or the
 * kernel's negative errno; -EINTR when a dump must be repeated.
 */
int netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t on_message, void *userdata);
