/* SPDX-License-Identifier: Apache-2.0 */
/* An invalid candidate changes nothing: all errors are found before the review begins, or by its zygote. */
#include "core/review/reload.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/interfaces.h"
#include "config/keys.h"
#include "config/roles.h"
#include "core/act/brake.h"
#include "core/act/material.h"
#include "core/devices/in_force.h"
#include "core/devices/registry.h"
#include "core/settle/settler.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "hallmark/journal.h"

/* Keys that processes use only at their start. */
static int check_fixed(const struct config *now, const struct config *next)
{
	const struct {
		const char *key;
		bool is_other;
	} fixed[] = {
		{ "listen.port", now->port != next->port },
		{ "listen.edges", now->edges != next->edges },
		{ "gateway.state", strcmp(now->state, next->state) != 0 },
		{ "gateway.control", strcmp(now->control, next->control) != 0 },
		{ "gateway.nft", strcmp(now->nft, next->nft) != 0 },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].is_other) {
			log_error("%s: %s has changed; that needs a restart", next->path, fixed[i].key);
			r = -EREMCHG;
		}
	return r;
}

/* A table without room for the present admissions could not be loaded, even if nft accepts it without them. */
static int check_room(const struct reviewer *reviewer, const struct config *next)
{
	uint32_t n[ZONES_MAX];
	int r = 0;

	(void)registry_count_zones(reviewer->settler->registry, timekeeper_peek(&reviewer->settler->time), n);
	for (size_t z = ZONE_QUARANTINE + 1; z < reviewer->in_force->config->policy.n_zones; z++)
		if (n[z] > next->ruleset.set_size) {
			log_error("%s: network.set-size = %u is too small: zone %s has %u devices. Raise it",
				  next->path, next->ruleset.set_size, reviewer->in_force->config->policy.zones[z].name,
				  n[z]);
			r = -EINVAL;
		}
	return r;
}

static int load(const struct reviewer *reviewer, const char *path, struct proposal *ret)
{
	int r = config_load(path, &ret->config);

	if (r < 0)
		return r;
	r = check_fixed(reviewer->in_force->config, ret->config);
	if (r == 0)
		r = check_room(reviewer, ret->config);
	if (r == 0)
		r = exceptions_check_ends(ret->config, timekeeper_peek(&reviewer->settler->time));
	if (r == 0)
		r = interfaces_check(ret->config);
	if (r < 0)
		return r;
	roles_warn_of_missing(ret->config);
	r = kernel_check_ruleset(reviewer->settler->kernel, &ret->config->ruleset);
	if (r < 0)
		return log_errno(r, "%s: the table made from it cannot be loaded", path);
	r = keys_load_result(ret->config->result_key, &ret->result_key);
	if (r < 0)
		return r;
	r = keys_check_gateway(ret->config);
	if (r < 0)
		return r;
	ret->material_fd = material_seal(ret->config, reviewer->settler->store);
	if (ret->material_fd < 0)
		return ret->material_fd;
	if (material_equals(ret->material_fd,
			    reviewer->in_force->material_fd)) /* then the judges need not be replaced */
		closep(&ret->material_fd), ret->material_fd = -1;
	ret->edge_fd = material_seal_edge(ret->config, &reviewer->in_force->edges);
	if (ret->edge_fd < 0)
		return ret->edge_fd;
	if (material_equals(ret->edge_fd, reviewer->in_force->edge_fd)) /* then no session ends */
		closep(&ret->edge_fd), ret->edge_fd = -1;
	return 0;
}

/* Replaces a review that nobody waits for. Its cause stays due until a review of all devices is in force. */
static int make_way(struct reviewer *reviewer, struct review_order *order)
{
	if (reviewer->review && !review_supersede(reviewer))
		return log_errno(-EBUSY, "All devices are being judged again; reload when that has ended");
	order->is_everyone = reviewer->due->cause && !order->is_trial;
	return 0;
}

int reload_begin(struct reviewer *reviewer, const char *path, bool is_trial, review_function on_end, void *userdata)
{
	struct review_order order = { .cause = is_trial ? "trial" : "reload",
				      .is_trial = is_trial,
				      .proposal = PROPOSAL_NONE };
	int r = make_way(reviewer, &order);

	if (r < 0)
		return r;
	r = load(reviewer, path ? path : reviewer->in_force->config->path, &order.proposal);
	if (r < 0) {
		proposal_done(&order.proposal);
		journal_event(
			LOG_ERR, HALLMARK_MESSAGE_RELOAD,
			"The new configuration is not valid, and the one in force stays; `hallmarkd --check` says why");
		return r == -EREMCHG ? r : r == -ENOMEM ? r : -EINVAL;
	}
	return review_start(reviewer, &order, on_end, userdata);
}

static int confirm(struct reviewer *reviewer, bool is_due, review_function on_end, void *userdata)
{
	struct held *held = reviewer->due->held;
	struct review_order order;

	if (!held)
		return -ENOENT;
	if (reviewer->review && !review_supersede(reviewer))
		return -EBUSY;
	order = held->order;
	order.is_confirmed = true;
	order.is_due = is_due;
	order.confirmed = held->stakes;
	reviewer->due->held = NULL; /* a review that does not succeed holds it again */
	free(held);
	return review_start(reviewer, &order, on_end, userdata);
}

int reload_confirm(struct reviewer *reviewer, review_function on_end, void *userdata)
{
	return confirm(reviewer, false, on_end, userdata);
}

int reload_carry_out(struct reviewer *reviewer)
{
	return confirm(reviewer, true, NULL, NULL);
}

int reload_discard(struct reviewer *reviewer)
{
	struct due *due = reviewer->due;

	if (!due->held)
		return -ENOENT;
	journal_event(LOG_NOTICE, HALLMARK_MESSAGE_BRAKE,
		      "The changes that the brake held were dropped: %zu devices keep their zone",
		      due->held->stakes.demoted + due->held->stakes.reinstated);
	due->is_put_off = due->held->order.is_everyone;
	held_free(due->held);
	due->held = NULL;
	brake_end(due, reviewer->settler->store);
	return 0;
}
