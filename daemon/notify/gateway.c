/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the gateway enforces, and what waits for a person. */
#include "notify/gateway.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct value *, value_free);

#define ENFORCES "enforcing"

static const struct {
	const char *enforcement, *sentence;
} states[] = {
	{ ENFORCES, "the gateway enforces again" },
	{ "monitor", "the gateway only monitors: devices are judged, and nothing is blocked" },
	{ "open", "the gateway is open: every device passes" },
	{ "none", "the kernel's tables cannot be kept: what passes is unknown; see `hallmarkctl doctor`" },
};

struct value *gateway_event(const char *gateway, int64_t now_sec, const char *state, const char *sentence)
{
	struct value *v = value_new(VALUE_MAP);

	value_add_text(v, "event", "gateway");
	value_add_number(v, "time", now_sec);
	value_add_text(v, "gateway", gateway);
	value_add_text(v, "state", state);
	value_add_text(v, "sentence", sentence);
	return v;
}

static const char *sentence_of(const char *enforcement)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (strcmp(states[i].enforcement, enforcement) == 0)
			return states[i].sentence;
	return enforcement;
}

void gateway_compare(struct gateway_state *g, const struct value *status, int64_t now_sec,
		     void (*tell)(const struct value *event, void *userdata), void *userdata)
{
	const char *gateway = value_text(status, "gateway"), *enforcement = value_text(status, "enforcement");
	const bool is_known = g->enforcement[0] != '\0';
	const int64_t held_since_sec = value_number(status, "held_since");
	char until[32], sentence[512];

	if (strcmp(g->enforcement, enforcement) != 0 && (is_known || strcmp(enforcement, ENFORCES) != 0)) {
		_cleanup_(value_freep) struct value *v =
			gateway_event(gateway, now_sec, enforcement, sentence_of(enforcement));

		tell(v, userdata);
	}
	if (held_since_sec > 0 && held_since_sec != g->held_since_sec) {
		(void)snprintf(sentence, sizeof(sentence),
			       "the brake holds a change (%s) until %s; `hallmarkctl status` says of what, and "
			       "`hallmarkctl reload --confirm` applies it",
			       value_text(status, "held"), time_to_text(value_number(status, "held_until"), until));

		_cleanup_(value_freep) struct value *v = gateway_event(gateway, now_sec, "held", sentence);

		tell(v, userdata);
	}
	(void)snprintf(g->enforcement, sizeof(g->enforcement), "%s", enforcement);
	g->held_since_sec = held_since_sec;
}
