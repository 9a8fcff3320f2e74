/* SPDX-License-Identifier: Apache-2.0 */
/* Says to the caller which limit stands against the wish, and to the journal who wished it. */
#include "core/bus/access.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "config/config.h"
#include "core/bus/caller.h"
#include "core/core.h"

#define ACCOUNT_BYTES 4096

_Static_assert(CALLER_NO_LOGIN == ORDERER_NOBODY, "the login is copied");

/* --- Who --- */

static void find_name(uint32_t uid, char ret[static ORDERER_NAME_SIZE])
{
	char bytes[ACCOUNT_BYTES];
	struct passwd user, *found = NULL;

	ret[0] = '\0';
	if (uid != ORDERER_NOBODY && getpwuid_r(uid, &user, bytes, sizeof(bytes), &found) == 0 && found)
		(void)bytes_to_text(bytes_of_string(found->pw_name), ret, ORDERER_NAME_SIZE);
}

static void name_orderer(struct attempt *a, const struct grant *grant)
{
	struct orderer *by = &a->by;

	if (!a->has_names) {
		find_name(by->uid, by->name);
		find_name(by->login_uid, by->login_name);
		a->has_names = true;
	}
	if (grant->role)
		memcpy(by->role, grant->role->name, sizeof(by->role));
	else
		by->role[0] = '\0';
}

bool access_begin(sd_bus_message *call, const char *what, struct attempt *ret, sd_bus_error *error)
{
	int r = caller_of(call, &ret->caller);

	ret->what = what;
	ret->has_names = false;
	ret->by = (struct orderer){ .uid = ret->caller.uid, .login_uid = ret->caller.login_uid };
	if (r >= 0)
		return true;
	(void)sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
				TO_TRANSLATE("it is not known who is asking, so nobody may do that") ": %s",
				strerror(-r));
	return false;
}

/* --- Refusals --- */

static const char *const sentences[] = {
	[LIMIT_ROLE] = TO_TRANSLATE("you have no role that may do that; ask somebody who has, or use sudo"),
	[LIMIT_VERB] = TO_TRANSLATE("your role does not include that; ask somebody whose role does, or use sudo"),
	[LIMIT_SEGMENT] = TO_TRANSLATE("your role is not for the place where this device is; ask somebody whose role "
				       "is, or use sudo"),
	[LIMIT_ZONE] = TO_TRANSLATE("your role is not for that zone; ask somebody whose role is, or use sudo"),
	[LIMIT_HELD] = TO_TRANSLATE("your role could not give the order that is in force for this device, so it cannot "
				    "end it; ask somebody whose role can, or use sudo"),
	[LIMIT_TIME] = TO_TRANSLATE("your role is for shorter orders; give less time, ask somebody whose role is for "
				    "longer ones, or use sudo"),
	[LIMIT_REASON] = TO_TRANSLATE("your role needs a reason for that; give one"),
};

_Static_assert(ARRAY_SIZE(sentences) == LIMIT_NONE, "each limit has its sentence");

/* As ", at most 4 h". */
static void put_longest(uint32_t sec, char *ret, size_t size)
{
	const bool is_hours = sec % 3600 == 0, is_minutes = sec % 60 == 0;

	(void)snprintf(ret, size, ", at most %u %s",
		       is_hours   ? sec / 3600 :
		       is_minutes ? sec / 60 :
				    sec,
		       is_hours   ? "h" :
		       is_minutes ? "min" :
				    "s");
}

/* As "allow, role reception, at most 4 h; role manager may". */
static void detail(const struct attempt *a, const struct grant *g, char *ret, size_t size)
{
	char role[64] = "", longest[32] = "", other[64] = "; only root may";

	if (g->role)
		(void)snprintf(role, sizeof(role), ", role %s", g->role->name);
	if (g->limit == LIMIT_TIME)
		put_longest(g->role->longest_sec, longest, sizeof(longest));
	if (g->other)
		(void)snprintf(other, sizeof(other), "; role %s may", g->other->name);
	(void)snprintf(ret, size, "%s%s%s%s", a->what, role, longest, other);
}

static void tell(struct core *core, struct attempt *a, const struct wish *wish, const struct grant *grant)
{
	unsigned n_untold;

	if (!denials_admit(&core->denials, clock_monotonic_usec(), &n_untold))
		return;
	name_orderer(a, grant);
	journal_denial(&(struct denial){ .by = &a->by,
					 .what = a->what,
					 .limit = limit_name(grant->limit),
					 .device = wish->device,
					 .config = core->in_force.config },
		       n_untold);
}

static bool refuse(const struct attempt *a, const struct wish *wish, const struct grant *grant, sd_bus_error *error)
{
	char text[160];

	if (wish->verb == VERB_NONE || (!grant->role && !grant->other)) {
		(void)sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "only root may do that; use sudo");
		return false;
	}
	detail(a, grant, text, sizeof(text));
	(void)sd_bus_error_setf(
		error, SD_BUS_ERROR_ACCESS_DENIED, "%s: %s",
		wish->segment && grant->limit == LIMIT_SEGMENT ?
			TO_TRANSLATE("your role is not for that segment; ask somebody whose role is, or use "
				     "sudo") :
			sentences[grant->limit],
		text);
	return false;
}

static bool check(struct core *core, struct attempt *a, const struct wish *wish, struct grant *ret, sd_bus_error *error)
{
	const bool is_own = wish->verb == VERB_RELOAD && a->caller.uid == geteuid();

	if (access_grants(core->in_force.config, &a->caller, wish, ret) || is_own)
		return true;
	tell(core, a, wish, ret);
	return refuse(a, wish, ret, error);
}

bool access_permits(struct core *core, struct attempt *a, const struct wish *wish, sd_bus_error *error)
{
	struct grant grant;

	return check(core, a, wish, &grant, error);
}

bool access_allows(struct core *core, struct attempt *a, const struct wish *wish, sd_bus_error *error)
{
	struct grant grant;

	if (!check(core, a, wish, &grant, error))
		return false;
	name_orderer(a, &grant);
	return true;
}

bool access_may(struct core *core, sd_bus_message *call, const char *what, enum verb verb, struct orderer *ret_by,
		sd_bus_error *error)
{
	const struct wish wish = { .verb = verb };
	struct attempt a;

	if (!access_begin(call, what, &a, error) || !access_allows(core, &a, &wish, error))
		return false;
	*ret_by = a.by;
	return true;
}
