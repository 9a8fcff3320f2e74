/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stage.h"

#include <string.h>
#include <time.h>

static struct {
	enum stage now;
	uint64_t since_nsec; /* of the thread's clock */
	uint64_t nsec[_STAGE_MAX];
} watch;

const char *stage_name(enum stage stage)
{
	static const char *const names[_STAGE_MAX] = {
		[STAGE_OTHER] = "other",   [STAGE_HANDSHAKE] = "handshake", [STAGE_REQUEST] = "request",
		[STAGE_DECODE] = "decode", [STAGE_IDENTITY] = "identity",   [STAGE_APPRAISE] = "appraise",
		[STAGE_CHOOSE] = "choose", [STAGE_DECIDE] = "decide",       [STAGE_SIGN] = "sign",
		[STAGE_STORE] = "store",   [STAGE_KERNEL] = "kernel",       [STAGE_TELL] = "tell",
	};

	return names[stage];
}

static void charge(void)
{
	struct timespec now = { 0 };
	uint64_t now_nsec;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	now_nsec = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	watch.nsec[watch.now] += now_nsec - watch.since_nsec;
	watch.since_nsec = now_nsec;
}

enum stage stage_begin(enum stage stage)
{
	const enum stage before = watch.now;

	charge();
	watch.now = stage;
	return before;
}

void stage_end(enum stage *before)
{
	(void)stage_begin(*before);
}

void stages_forked(void)
{
	memset(&watch, 0, sizeof(watch)); /* and its clock began at 0 */
}

void stage_spent(uint64_t ret_nsec[static _STAGE_MAX])
{
	charge();
	memcpy(ret_nsec, watch.nsec, sizeof(watch.nsec));
}

void stage_take(uint64_t ret_nsec[static _STAGE_MAX])
{
	stage_spent(ret_nsec);
	memset(watch.nsec, 0, sizeof(watch.nsec));
}
