/* SPDX-License-Identifier: Apache-2.0 */
/* An edge's sessions by the device that proved its key in each. A device may have several. */
#pragma once

#include <stdint.h>

#include "base/sizes.h"

struct peers;
struct session;

/* One session; embedded in a struct of the caller. */
struct peer {
	uint8_t device[SHA256_LEN];
	struct session *session;
	struct peer *next;
};

/* Room for about this many sessions. Returns 0, -ENOMEM or -EIO. */
int peers_new(unsigned limit, struct peers **ret);
void peers_free(struct peers *p); /* must be empty */

void peers_add(struct peers *p, struct peer *peer);
void peers_remove(struct peers *p, struct peer *peer);

/* visit() must not add or remove sessions. */
void peers_each_of(const struct peers *p, const uint8_t device[static SHA256_LEN],
		   void (*visit)(struct session *session, void *userdata), void *userdata);
