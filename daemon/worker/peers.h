/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's sessions by the device that proved its key in each. A device may have several. */
#pragma once

#include <stdint.h>

#include "base/sizes.h"

struct peers;
struct session;

/* One session; the caller's, who embeds it. */
struct peer {
	uint8_t device[SHA256_LEN];
	struct session *session;
	struct peer *next;
};

/* Room for so many, give or take. Returns 0, -ENOMEM or -EIO. */
int peers_new(unsigned limit, struct peers **ret);
void peers_free(struct peers *p); /* must be empty */

void peers_add(struct peers *p, struct peer *peer);
void peers_remove(struct peers *p, struct peer *peer);

/* The visit must not add or remove. */
void peers_each_of(const struct peers *p, const uint8_t device[static SHA256_LEN],
		   void (*visit)(struct session *session, void *userdata), void *userdata);
