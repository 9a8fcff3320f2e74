/* SPDX-License-Identifier: Apache-2.0 */
/* A judge takes a slot. Whoever had it before is ended first: by then the core has no more use for it. */
#include "judge/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "appraise/appraise.h"
#include "appraise/news.h"
#include "base/algorithms.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/log.h"
#include "base/stage.h"
#include "base/timekeeper.h"
#include "identity/identity.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "ipc/sandbox.h"
#include "judge/judge.h"
#include "judge/material_open.h"

#define NICENESS      10          /* of judges in the background */
#define MEMORY_BYTES  (64u << 20) /* for a judge, beyond what the zygote has */
#define ALONE_CPU_SEC 2           /* for one case: the dearest honest one takes 14 ms, docs/threat-model.md */

DEFINE_CLEANUP(struct material *, material_free);

struct zygote {
	struct material *material;
	bool is_same_material; /* as the former */
	int sizes_fd;          /* /proc/self/statm */
	rlim_t memory;
	pid_t judges[IPC_SLOTS_MAX]; /* 0: none */
};

/* --- Accepted sets, and changed answers --- */

/* The core reads what comes: it is waited for. */
static int send_record(struct ipc_record *record)
{
	struct pollfd p = { .fd = ZYGOTE_IPC, .events = POLLOUT };
	int r;

	while ((r = ipc_send(ZYGOTE_IPC, record, NULL)) == -EAGAIN)
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	return r;
}

static int send_accepted(const struct material *m)
{
	for (size_t i = 0; i < m->n_accepted; i++) {
		struct ipc_record record = { .kind = IPC_SET, .set = m->accepted[i] };
		int r = send_record(&record);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Copies a part of the list, from *at on, to a record's. Returns how many. */
static uint32_t take_part(void *ret, size_t max, const void *list, size_t n, size_t size, size_t *at)
{
	size_t part = n - *at < max ? n - *at : max;

	if (part > 0)
		memcpy(ret, (const uint8_t *)list + *at * size, part * size);
	*at += part;
	return (uint32_t)part;
}

static int send_changes(const struct changes *c)
{
	size_t id = 0, news = 0;
	int r;

	do {
		struct ipc_record record = { .kind = IPC_CHANGES };
		struct ipc_changes *part = &record.changes;

		part->n = take_part(part->ids, IPC_CHANGES_MAX, c->ids, c->n, sizeof(*c->ids), &id);
		part->n_news = take_part(part->news, IPC_NEWS_MAX, c->news, c->n_news, sizeof(*c->news), &news);
		part->is_last = id == c->n && news == c->n_news;
		r = send_record(&record);
	} while (r == 0 && (id < c->n || news < c->n_news));
	return r;
}

static bool is_same_material(void)
{
	struct stat now, former;

	return fstat(ZYGOTE_MATERIAL, &now) == 0 && fstat(ZYGOTE_FORMER, &former) == 0 && now.st_dev == former.st_dev &&
	       now.st_ino == former.st_ino;
}

/* When they cannot be compared, everything may have changed. */
static int compare(const struct zygote *z, int64_t now_sec)
{
	static uint64_t all = DEPENDENCY_ALL;
	_cleanup_(material_freep) struct material *former = NULL;
	_cleanup_(changes_done) struct changes changes = { 0 };
	int level = log_level();

	if (z->is_same_material)
		return send_changes(&changes);
	log_set_level(LOG_EMERG); /* problems in the former material were logged when it was new */
	int r = material_open(ZYGOTE_FORMER, now_sec, &former);
	log_set_level(level);

	if (r == 0)
		r = trust_changes(former->trust, z->material->trust, now_sec, &changes.ids, &changes.n);
	if (r == 0)
		r = trust_news(former->trust, z->material->trust, now_sec, &changes);
	return send_changes(r == 0 ? &changes : &(struct changes){ .ids = &all, .n = 1 });
}

/* --- Judges --- */

static int set_limits(const struct zygote *z, const struct ipc_fork *f)
{
	const struct {
		__rlimit_resource_t resource;
		rlim_t limit;
	} limits[] = {
		{ RLIMIT_AS, z->memory + MEMORY_BYTES },
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_CPU, f->is_alone ? ALONE_CPU_SEC : RLIM_INFINITY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (setrlimit(limits[i].resource, &(struct rlimit){ limits[i].limit, limits[i].limit }) < 0)
			return -errno;
	if (f->is_background)
		(void)setpriority(PRIO_PROCESS, 0,
				  NICENESS); /* a unit may refuse it, and then they are only not as polite */
	return 0;
}

/* In the fork: keeps the log and its own socket, and gives up all that a zygote may do. */
static int be_judge(const struct zygote *z, const struct ipc_fork *f, int socket_fd)
{
	int r;

	stages_forked();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || dup2(socket_fd, ZYGOTE_IPC) < 0 ||
	    close_range(ZYGOTE_IPC + 1, ~0U, 0) < 0)
		return -errno;
	r = set_limits(z, f);
	if (r == 0)
		r = sandbox_enter_judge();
	return r < 0 ? log_errno(r, "A judge cannot give up its rights") : judge_serve(ZYGOTE_IPC, z->material);
}

static void note_ended(struct zygote *z)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < ARRAY_SIZE(z->judges); i++)
			if (z->judges[i] == pid)
				z->judges[i] = 0;
}

static void end_judge(struct zygote *z, uint32_t slot)
{
	note_ended(z); /* a pid that was not waited for belongs to nobody else */
	process_end(z->judges[slot]);
	z->judges[slot] = 0;
}

/* Without a judge the core sees the end of its socket. Does not return in the fork. */
static void start_judge(struct zygote *z, const struct ipc_fork *f, int socket_fd)
{
	pid_t pid;

	end_judge(z, f->slot);
	pid = fork();
	if (pid == 0)
		_exit(be_judge(z, f, socket_fd) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	if (pid < 0)
		log_errno(-errno, "Cannot fork a judge");
	else
		z->judges[f->slot] = pid;
}

static int serve(struct zygote *z)
{
	static struct ipc_message message; /* 80 KiB: too large for the stack */

	for (;;) {
		_cleanup_close_ int socket_fd = -1;
		int r = ipc_await(ZYGOTE_IPC, IPC_TO_ZYGOTE, &message, &socket_fd);

		if (r <= 0)
			return r;
		if (message.record.kind == IPC_CLOCK)
			log_set_level(message.record.clock.log_level);
		else if (socket_fd >= 0)
			start_judge(z, &message.record.fork, socket_fd);
		else
			return -EBADMSG;
	}
}

/* The first number is the pages that are mapped, proc(5). */
static int note_memory(struct zygote *z)
{
	char text[64] = "";

	if (z->sizes_fd < 0 || read(z->sizes_fd, text, sizeof(text) - 1) <= 0)
		return log_errno(-errno, "Cannot read /proc/self/statm");
	z->memory = strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
	return 0;
}

static int run(struct zygote *z)
{
	struct timekeeper_record clock;
	int r = ipc_receive_clock(ZYGOTE_IPC, IPC_TO_ZYGOTE, &clock);

	if (r < 0)
		return r;
	log_set_level(clock.log_level);

	int64_t now_sec = timekeeper_read(&clock);

	r = material_open(ZYGOTE_MATERIAL, now_sec, &z->material);
	if (r < 0)
		return log_errno(r, "The trust material cannot be used");
	r = identity_prepare(z->material->trust->anchors);
	if (r == 0)
		r = send_accepted(z->material);
	if (r == 0)
		r = compare(z, now_sec);
	if (r == 0)
		r = note_memory(z);
	return r < 0 ? r : serve(z);
}

int zygote_run(void)
{
	struct zygote z = { /* looked at before the sandbox, which refuses it */
			    .is_same_material = is_same_material(),
			    .sizes_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
	};
	int r;

	tzset();                                     /* reads a file, and would do so in each judge */
	(void)prctl(PR_SET_NAME, "hallmarkd-judge"); /* else the name would be that of /proc/self/exe */
	if (sandbox_prepare_judge() < 0 || sandbox_enter(SANDBOX_ZYGOTE) < 0)
		return EXIT_FAILURE;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return EXIT_FAILURE;
	r = algorithms_narrow();
	if (r < 0)
		log_errno(r, "OpenSSL lacks what certificates are decoded with");
	else
		r = run(&z);
	for (uint32_t slot = 0; slot < IPC_SLOTS_MAX; slot++)
		end_judge(&z, slot);
	material_free(z.material);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
