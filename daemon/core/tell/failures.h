/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes that failed, as the edge tells them: the last one of each sender, for operators and for whoever installs a device.
 * A sender is an address at an interface. The journal has a sender when it begins to fail, when the cause changes, and
 * once an hour, as long as these are not too many. Nothing is decided by it.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/failed_handshake.h"

struct teller;

#define FAILURES_MAX 128 /* senders; when there are more, the oldest goes of the interface and port that have most */

/* Senders may be invented: what they fill the journal with is not taken from the lines of verdicts (tell/wave.h). */
#define FAILURES_LINES     50                 /* entries at once, */
#define FAILURES_LINE_USEC (3 * USEC_PER_SEC) /* and one more in this time */

struct failure {
	struct in6_addr address; /* IPv4 as mapped */
	uint32_t ifindex;
	uint16_t udp_port;
	char interface[IF_NAMESIZE];
	char port[IF_NAMESIZE];                    /* of a bridge; "": none, or not known */
	uint8_t mac[6];                            /* zero: not known */
	uint32_t n;                                /* how many were told */
	uint64_t first_usec, last_usec, told_usec; /* monotonic; told 0: not yet, of this cause */
	struct failed_handshake what;
};

/* Zeroed, nothing has failed. */
struct failures {
	struct failure list[FAILURES_MAX]; /* in no order */
	size_t n;
	struct budget budget, lines;
};

/* The MAC as text; "" when it is not known. Returns ret. */
const char *failure_mac(const struct failure *f, char ret[static MAC_TEXT_SIZE]);

/* Whether one more may be looked at: an edge that was taken over tells as many as it likes. */
bool failures_may_add(struct failures *f, uint64_t now_usec);

/* One more of this sender; n and the times are set here. */
void failures_add(struct teller *t, const struct failure *one, uint64_t now_usec);
