/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's signals, from its private socket. Connects again when the daemon has restarted, and says what may have been missed
 * meanwhile. The daemon's state is asked for regularly; what it says of the gateway as a whole becomes events of the kind "gateway".
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

struct listener;
struct value;

struct listening {
	sd_event *event;
	const char *control;
	const char *state; /* folder of what is known after a restart; NULL: nothing is */
	void (*on_event)(const struct value *event, void *userdata);
	void (*on_status)(const struct value *status, void *userdata);
	int64_t (*waiting_since)(
		void *userdata); /* of what was heard and is not told yet, in memory alone; 0: nothing */
	void *userdata;
};

/* Returns 0 or a negative errno. */
int listener_new(const struct listening *l, struct listener **ret);
void listener_free(struct listener *l);
