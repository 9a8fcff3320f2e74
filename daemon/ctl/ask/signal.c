/* SPDX-License-Identifier: Apache-2.0 */
/* The signals of include/hallmark/bus.h, by their names for people. */
#include "ctl/ask/signal.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/ask/answer.h"
#include "ctl/value.h"

DEFINE_CLEANUP(struct value *, value_free);

static const struct {
	const char *member, *event;
} kinds[] = {
	{ "AdmissionChanged", "admission" },
	{ "UnknownDevice", "unknown" },
	{ "Wave", "wave" },
};

int signal_read(sd_bus_message *m, int64_t now_sec, struct value **ret)
{
	_cleanup_(value_freep) struct value *fields = NULL, *v = NULL;

	*ret = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !v; i++) {
		if (strcmp(kinds[i].member, sd_bus_message_get_member(m)) != 0)
			continue;
		v = value_new(VALUE_MAP);
		value_add_text(v, "event", kinds[i].event);
	}
	if (!v)
		return 0;

	int r = answer_read(m, &fields);

	if (r < 0 || fields->kind != VALUE_MAP)
		return r < 0 ? r : -EBADMSG;
	value_add_number(v, "time", now_sec);
	value_append(v, fields);
	*ret = TAKE_PTR(v);
	return 0;
}
