/* SPDX-License-Identifier: Apache-2.0 */
/* Each checks the caller, starts the action, and answers from a callback; the message is kept meanwhile. */
#include "core/bus/command.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "core/bus/access.h"
#include "core/bus/find_device.h"
#include "core/core.h"
#include "core/devices/registry.h"
#include "core/review/reload.h"
#include "core/review/replay.h"
#include "decide/verdict.h"
#include "hallmark/bus.h"
#include "token/names.h"

/* --- Deferred answers --- */

static sd_bus_message *begin_answer(sd_bus_message *call)
{
	sd_bus_message *answer = NULL;

	if (sd_bus_message_new_method_return(call, &answer) < 0 ||
	    sd_bus_message_open_container(answer, 'a', "{sv}") < 0)
		return sd_bus_message_unref(answer);
	return answer;
}

/* Takes over both messages. When the answer cannot be made or sent, there is none: the caller's call times out. */
static void end_answer(sd_bus_message *call, sd_bus_message *answer, int r)
{
	if (answer && r >= 0)
		r = sd_bus_message_close_container(answer);
	if (answer && r >= 0)
		r = sd_bus_send(NULL, answer, NULL);
	if (r < 0)
		log_errno(r, "Cannot make an answer for the control socket");
	sd_bus_message_unref(answer);
	sd_bus_message_unref(call);
}

static int append_move(sd_bus_message *m, const struct core *core, const struct review_move *move)
{
	struct verdict room;
	const struct verdict *v = registry_find(core->settler.registry, move->device, &room);
	enum hallmark_reason reason = move->held_back != REASON_ADMITTED ? move->held_back : move->reason;
	char device[SHA256_HEX_SIZE], product[PRODUCT_TEXT_SIZE] = "";

	bytes_to_hex(BYTES(move->device), device);
	if (v)
		(void)product_to_text(&v->facts.product, product);
	return sd_bus_message_append(m, "a{sv}", 8, "device", "s", device, "product", "s", product, "before", "s",
				     move->before, "after", "s", move->after, "lesser", "b", (int)move->is_demotion,
				     "refused", "b", (int)move->is_refused, "reason", "s", reason_name(reason),
				     "sentence", "s", reason_sentence(reason));
}

static int append_moves(sd_bus_message *m, const struct core *core, const struct review_report *report)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "moves");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aa{sv}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	for (size_t i = 0; i < report->n_moves && r >= 0; i++)
		r = append_move(m, core, &report->moves[i]);
	for (int i = 0; i < 3 && r >= 0; i++) /* array, variant, entry */
		r = sd_bus_message_close_container(m);
	return r;
}

/* A caller that waits for the end of a review or replay. */
struct waiting {
	struct core *core;
	sd_bus_message *call; /* owned */
};

static struct waiting *wait_with(struct core *core, sd_bus_message *call)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (w)
		*w = (struct waiting){ .core = core, .call = sd_bus_message_ref(call) };
	return w;
}

static void forget(struct waiting *w)
{
	sd_bus_message_unref(w->call);
	free(w);
}

static void on_reviewed(const struct review_report *report, void *userdata)
{
	_cleanup_free_ struct waiting *w = userdata;
	sd_bus_message *answer = begin_answer(w->call);
	int r = answer ? sd_bus_message_append(answer, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}", "outcome", "s",
					       review_outcome_name(report->outcome), "admitted", "u",
					       (uint32_t)report->n_admitted, "judged", "u", (uint32_t)report->n_judged,
					       "moved", "u", (uint32_t)report->n_moved, "refused", "u",
					       (uint32_t)report->n_refused, "demoted", "u",
					       (uint32_t)report->stakes.demoted, "reinstated", "u",
					       (uint32_t)report->stakes.reinstated, "stopped", "u",
					       (uint32_t)report->stakes.stopped) :
			 -ENOMEM;

	if (r >= 0)
		r = append_moves(answer, w->core, report);
	end_answer(w->call, answer, r);
}

/* A failed start, as an error of the bus. */
static int refuse(struct waiting *w, int r, sd_bus_error *error)
{
	forget(w);
	switch (r) {
	case -EBUSY:
		return sd_bus_error_set(error, HALLMARK_BUS_BUSY,
					"devices are being judged again at this moment; try again when that has ended");
	case -EREMCHG:
		return sd_bus_error_set(
			error, HALLMARK_BUS_NEEDS_RESTART,
			"listen.port, listen.edges, gateway.state, control and nft change only with a restart");
	case -EINVAL:
		return sd_bus_error_set(error, HALLMARK_BUS_BAD_CONFIGURATION,
					"the configuration, or a file that it names, is not valid, and the one in "
					"force stays; the daemon's journal and `hallmarkd --check` say why");
	case -ENOENT:
		return sd_bus_error_set(error, HALLMARK_BUS_NOTHING_HELD, "the brake holds nothing");
	default:
		return r;
	}
}

static int begin_reload(sd_bus_message *call, struct core *core, const char *path, bool is_trial, sd_bus_error *error)
{
	struct waiting *w;
	struct orderer by;
	int r;

	if (!(is_trial ? access_may(core, call, "try", VERB_NONE, &by, error) :
			 access_may(core, call, "reload", VERB_RELOAD, &by, error)))
		return -EACCES;
	journal_command(&by, is_trial ? "try" : "reload");
	w = wait_with(core, call);
	if (!w)
		return -ENOMEM;
	r = reload_begin(&core->reviewer, path, is_trial, on_reviewed, w);
	return r < 0 ? refuse(w, r, error) : 1;
}

int command_reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	return begin_reload(call, userdata, NULL, false, error);
}

int command_try(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	const char *path;
	int r = sd_bus_message_read(call, "s", &path);

	return r < 0 ? r : begin_reload(call, userdata, path[0] ? path : NULL, true, error);
}

int command_confirm(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct core *core = userdata;
	struct waiting *w;
	struct orderer by;
	int r;

	if (!access_may(core, call, "confirm", VERB_NONE, &by, error))
		return -EACCES;
	journal_command(&by, "confirm");
	w = wait_with(core, call);
	if (!w)
		return -ENOMEM;
	r = reload_confirm(&core->reviewer, on_reviewed, w);
	return r < 0 ? refuse(w, r, error) : 1;
}

int command_discard(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct core *core = userdata;
	struct orderer by;

	if (!access_may(core, call, "discard", VERB_NONE, &by, error))
		return -EACCES;
	journal_command(&by, "discard");
	if (reload_discard(&core->reviewer) < 0)
		return sd_bus_error_set(error, HALLMARK_BUS_NOTHING_HELD, "the brake holds nothing");
	end_answer(sd_bus_message_ref(call), begin_answer(call), 0);
	return 1;
}

/* --- Replay --- */

static int append_differences(sd_bus_message *m, const struct replay_report *report)
{
	int r = sd_bus_message_append(m, "s", "differences");

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aa{sv}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	for (size_t i = 0; i < report->n_differences && r >= 0; i++)
		r = sd_bus_message_append(m, "a{sv}", 3, "what", "s", report->differences[i].what, "stored", "s",
					  report->differences[i].stored, "derived", "s",
					  report->differences[i].derived);
	for (int i = 0; i < 2 && r >= 0; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static void on_replayed(const struct replay_report *report, void *userdata)
{
	_cleanup_free_ struct waiting *w = userdata;
	sd_bus_message *answer;
	int r;

	if (report->has_failed) {
		(void)sd_bus_reply_method_errorf(
			w->call, HALLMARK_BUS_NO_INPUTS, "%s",
			TO_TRANSLATE("the verdict could not be derived; the daemon's journal says why"));
		sd_bus_message_unref(w->call);
		return;
	}
	answer = begin_answer(w->call);
	r = answer ? sd_bus_message_append(answer, "{sv}{sv}", "same", "b", (int)(report->n_differences == 0), "at",
					   "x", report->at_sec) :
		     -ENOMEM;
	if (r >= 0)
		r = sd_bus_message_open_container(answer, 'e', "sv");
	if (r >= 0)
		r = append_differences(answer, report);
	if (r >= 0)
		r = sd_bus_message_close_container(answer);
	end_answer(w->call, answer, r);
}

int command_replay(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct core *core = userdata;
	const struct verdict *v;
	struct verdict room;
	struct waiting *w;
	const char *device;
	int64_t at_sec;
	int r = sd_bus_message_read(call, "sx", &device, &at_sec);

	if (r < 0)
		return r;
	v = find_device(core, device, &room, error);
	if (!v)
		return -sd_bus_error_get_errno(error);
	w = wait_with(core, call);
	if (!w)
		return -ENOMEM;
	r = replay_begin(&core->reviewer, v, at_sec, on_replayed, w);
	if (r >= 0)
		return 1;
	if (r != -ENOENT)
		return refuse(w, r, error);
	forget(w);
	return sd_bus_error_setf(
		error, HALLMARK_BUS_NO_INPUTS,
		TO_TRANSLATE("no signed inputs of this device are stored, as it was never admitted") ": \"%s\"",
		device);
}
