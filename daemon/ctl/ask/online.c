/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that ask a running daemon. */
#include "ctl/ask/online.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "config/config.h"
#include "core/check.h"
#include "ctl/ask/peer.h"
#include "ctl/ask/progress.h"
#include "ctl/ask/show.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "hallmark/bus.h"

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct value *, value_free);

/* Members of the answer that are not asked for, ended by NULL. */
static void drop_members(struct value *answer, const char *const *keys)
{
	for (; *keys; keys++)
		value_drop(answer, *keys);
}

enum ctl_exit ask_over(sd_bus *bus, const struct peer_question *question, struct value **ret)
{
	char waited[96];
	struct progress *progress;
	int r;

	(void)snprintf(waited, sizeof(waited), translated("waiting for hallmarkd: %s"), question->method);
	progress = progress_begin(waited);
	r = peer_call(bus, question, ret);
	progress_end(progress);
	if (r < 0)
		return r == -ENODEV || r == -ENODATA ? CTL_NO : CTL_FAULT;
	return CTL_YES;
}

static enum ctl_exit ask(const struct ctl *ctl, const struct peer_question *question, struct value **ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;

	if (peer_connect(ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET, &bus) < 0)
		return CTL_FAULT;
	return ask_over(bus, question, ret);
}

static void print(const struct ctl *ctl, const struct value *answer, show_function show)
{
	const struct page page = page_open(ctl->out, clock_realtime_sec());

	if (ctl->json)
		value_to_json(answer, ctl->out);
	else
		show(&page, answer);
}

enum ctl_exit ask_daemon(const struct ctl *ctl, const struct peer_question *question, show_function show,
			 struct value **ret)
{
	_cleanup_(value_freep) struct value *answer = NULL;
	enum ctl_exit r = ask(ctl, question, &answer);

	if (r != CTL_YES)
		return r;
	if (show == show_one)
		drop_members(answer, (const char *const[]){ "checks", "labels", "rules", NULL });
	print(ctl, answer, show);
	if (ret)
		*ret = TAKE_PTR(answer);
	return CTL_YES;
}

enum ctl_exit ctl_status(const struct ctl *ctl)
{
	return ask_daemon(ctl, &(struct peer_question){ .method = "Status" }, show_status, NULL);
}

enum ctl_exit ctl_show(const struct ctl *ctl)
{
	return ask_daemon(ctl, &(struct peer_question){ .method = "Explain", .text = ctl->operand }, show_one, NULL);
}

enum ctl_exit ctl_explain(const struct ctl *ctl)
{
	return ask_daemon(ctl, &(struct peer_question){ .method = "Explain", .text = ctl->operand }, show_explain,
			  NULL);
}

enum ctl_exit ctl_replay(const struct ctl *ctl)
{
	_cleanup_(value_freep) struct value *answer = NULL;
	int64_t at_sec = 0;
	enum ctl_exit r;

	if (ctl->at && !when_parse(ctl->at, &at_sec, NULL)) {
		log_error("--at \"%s\": give a time as 2026-05-31, 2026-05-31T12:00:00Z, 2026-05-31T21:00:00+09:00 or "
			  "seconds since 1970",
			  ctl->at);
		return CTL_FAULT;
	}
	r = ask_daemon(ctl, &(struct peer_question){ .method = "Replay", .text = ctl->operand, .number = &at_sec },
		       show_replay, &answer);
	return r != CTL_YES || value_flag(answer, "same") ? r : CTL_NO;
}

enum ctl_exit ctl_reload(const struct ctl *ctl)
{
	const char *method = ctl->confirm ? "Confirm" : ctl->discard ? "Discard" : "Reload";
	_cleanup_(value_freep) struct value *answer = NULL;
	enum ctl_exit r;

	if (ctl->confirm && ctl->discard) {
		log_error("--confirm applies what the brake holds and --discard drops it: give one of them");
		return CTL_FAULT;
	}
	r = ask_daemon(ctl, &(struct peer_question){ .method = method }, show_review, &answer);
	return r != CTL_YES || ctl->discard || strcmp(value_text(answer, "outcome"), "applied") == 0 ? r : CTL_NO;
}

/* What a configuration means by itself; with --diff, its effect on the devices of the running gateway. */
enum ctl_exit ctl_check(const struct ctl *ctl)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(value_freep) struct value *answer = NULL;
	_cleanup_free_ char *path = realpath(ctl->operand, NULL);
	enum ctl_exit r;

	if (config_load(ctl->operand, &config) < 0 || core_check(config) != EXIT_SUCCESS)
		return CTL_NO;
	if (!ctl->diff || !path) {
		if (ctl->json)
			(void)fputs("{\"good\":true}\n", ctl->out);
		else
			config_describe(config, ctl->operand, ctl->out);
		return CTL_YES;
	}
	r = ask_daemon(ctl, &(struct peer_question){ .method = "Try", .text = path }, show_review, &answer);
	return r != CTL_YES || strcmp(value_text(answer, "outcome"), "tried") == 0 ? r : CTL_NO;
}

/* No difference means little where the tables limit nobody, and nothing where there are none to compare. */
static enum ctl_exit say_whether_compared(const struct ctl *ctl, const struct value *status)
{
	const struct page page = page_open(ctl->out, clock_realtime_sec());
	const struct value *alone = value_get(status, "open_alone");

	if (strcmp(value_text(status, "layer2"), HALLMARK_BUS_NO_ENFORCEMENT) == 0) {
		log_error("nothing is enforced, so there is nothing to compare: hallmarkd runs with --no-enforcement");
		return CTL_NO;
	}
	if (!ctl->json && (strcmp(value_text(status, "enforcement"), "enforcing") != 0 || (alone && alone->first)))
		show_whether_enforced(&page, status);
	return CTL_YES;
}

enum ctl_exit ctl_diff(const struct ctl *ctl)
{
	_cleanup_(value_freep) struct value *status = NULL, *answer = NULL;
	enum ctl_exit r = ask(ctl, &(struct peer_question){ .method = "Status" }, &status);

	if (r == CTL_YES)
		r = say_whether_compared(ctl, status);
	if (r == CTL_YES)
		r = ask_daemon(ctl, &(struct peer_question){ .method = "Diff" }, show_difference, &answer);
	return r != CTL_YES || !answer->first ? r : CTL_NO;
}
