/* SPDX-License-Identifier: Apache-2.0 */
/* A line of numbers and a word in a file "seen". Its loss costs one message, so it is not forced to the disk. */
#include "notify/seen.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ctl/value.h"

#define GAP_SEC 5 /* longer than a connection takes */

struct seen_daemon seen_now(const struct value *status, int64_t now_sec)
{
	return (struct seen_daemon){ .at_sec = now_sec,
				     .started_sec = value_number(status, "started"),
				     .decisions = value_number(status, "decisions"),
				     .unknown = value_number(status, "unknown") };
}

bool seen_differs(const struct seen_daemon *before, const struct seen_daemon *now)
{
	return before->at_sec > 0 && (before->started_sec != now->started_sec || before->decisions != now->decisions ||
				      before->unknown != now->unknown || before->waiting_since_sec > 0 ||
				      now->at_sec - before->at_sec > GAP_SEC);
}

struct seen_daemon seen_load(const char *folder)
{
	struct seen_daemon s = { 0 };
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/seen", folder);

	_cleanup_fclose_ FILE *in = fopen(path, "re");

	if (!in || fscanf(in, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %31[a-z]",
			  &s.at_sec, &s.started_sec, &s.decisions, &s.unknown, &s.waiting_since_sec,
			  &s.gateway.held_since_sec, s.gateway.enforcement) != 7)
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
	good = fprintf(out, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s\n", s->at_sec,
		       s->started_sec, s->decisions, s->unknown, s->waiting_since_sec, s->gateway.held_since_sec,
		       s->gateway.enforcement) > 0;
	if (fclose(out) == 0 && good)
		(void)rename(unfinished, path);
}

struct value *seen_missed(const struct seen_daemon *before, const struct seen_daemon *now, const char *gateway)
{
	const bool is_lost = before->waiting_since_sec > 0;
	const int64_t from_sec =
		is_lost && before->waiting_since_sec < before->at_sec ? before->waiting_since_sec : before->at_sec;
	struct value *v = value_new(VALUE_MAP);
	char from[32], until[32], sentence[256];

	(void)snprintf(
		sentence, sizeof(sentence),
		"hallmarkd was not heard%s from %s to %s%s; `hallmarkctl log show` shows what it decided meanwhile",
		is_lost ? ", or what it said was not told," : "", time_to_text(from_sec, from),
		time_to_text(now->at_sec, until), before->started_sec != now->started_sec ? ", and was restarted" : "");
	value_add_text(v, "event", "gateway");
	value_add_number(v, "time", now->at_sec);
	value_add_text(v, "gateway", gateway);
	value_add_text(v, "state", "missed");
	value_add_text(v, "sentence", sentence);
	value_add_number(v, "missed_from", from_sec);
	value_add_number(v, "missed_until", now->at_sec);
	return v;
}
