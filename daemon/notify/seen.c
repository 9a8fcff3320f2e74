/* SPDX-License-Identifier: Apache-2.0 */
/* A line of three numbers in a file "seen". Its loss costs one message, so it is not forced to the disk. */
#include "notify/seen.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/value.h"

struct seen_daemon seen_now(const struct value *status, int64_t now_sec)
{
	return (struct seen_daemon){ .at_sec = now_sec,
				     .started_sec = value_number(status, "started"),
				     .decisions = value_number(status, "decisions") };
}

bool seen_differs(const struct seen_daemon *before, const struct seen_daemon *now)
{
	return before->at_sec > 0 && (before->started_sec != now->started_sec || before->decisions != now->decisions);
}

struct seen_daemon seen_load(const char *folder)
{
	struct seen_daemon s = { 0 };
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/seen", folder);

	_cleanup_fclose_ FILE *in = fopen(path, "re");

	if (!in || fscanf(in, "%" SCNd64 " %" SCNd64 " %" SCNd64, &s.at_sec, &s.started_sec, &s.decisions) != 3)
		return (struct seen_daemon){ 0 };
	return s;
}

void seen_store(const char *folder, const struct seen_daemon *s)
{
	char path[PATH_MAX], unfinished[PATH_MAX];
	bool good;

	(void)snprintf(path, sizeof(path), "%s/seen", folder);
	(void)snprintf(unfinished, sizeof(unfinished), "%s/seen.new", folder);

	FILE *out = fopen(unfinished, "we");

	if (!out)
		return;
	good = fprintf(out, "%" PRId64 " %" PRId64 " %" PRId64 "\n", s->at_sec, s->started_sec, s->decisions) > 0;
	if (fclose(out) == 0 && good)
		(void)rename(unfinished, path);
}

struct value *seen_missed(const struct seen_daemon *before, const struct seen_daemon *now, const char *gateway)
{
	struct value *v = value_new(VALUE_MAP);
	char from[32], until[32], sentence[256];

	(void)snprintf(
		sentence, sizeof(sentence),
		"hallmarkd was not heard from %s to %s%s; `hallmarkctl log show` shows what it decided meanwhile",
		time_to_text(before->at_sec, from), time_to_text(now->at_sec, until),
		before->started_sec != now->started_sec ? ", and was restarted" : "");
	value_add_text(v, "event", "gateway");
	value_add_number(v, "time", now->at_sec);
	value_add_text(v, "gateway", gateway);
	value_add_text(v, "state", "missed");
	value_add_text(v, "sentence", sentence);
	value_add_number(v, "missed_from", before->at_sec);
	value_add_number(v, "missed_until", now->at_sec);
	return v;
}
