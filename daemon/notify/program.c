/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets that are a program of this machine: the operator's own, which gets the event as JSON, and sendmail, which gets a letter. The
 * message is its standard input, an anonymous file. It has an environment without anything of this process, and is killed with its
 * children when it takes too long.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "notify/drivers.h"
#include "notify/mail.h"
#include "notify/settings.h"
#include "notify/target.h"
#include "notify/text.h"

struct child {
	struct target *target;
	sd_event_source *source; /* owned; NULL: none runs */
	pid_t pid;
};

/* --- Start --- */

/* A file that no other process sees, with the message, at its beginning. Returns it or a negative errno. */
static int message_file(struct bytes message)
{
	_cleanup_close_ int fd = memfd_create("message", MFD_CLOEXEC);

	int r = fd < 0 ? -errno : file_write(fd, message);

	if (r < 0)
		return r;
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

/* In a process group of its own, with all signals as usual. Returns 0 or a negative errno. */
static int spawn_with(const char *const *argv, const posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes,
		      pid_t *ret)
{
	char zone[128];
	const char *environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				      "LANG=C.UTF-8", NULL, NULL };
	sigset_t none, all;
	int r;

	if (getenv("TZ")) {
		(void)snprintf(zone, sizeof(zone), "TZ=%s", getenv("TZ"));
		environment[2] = zone;
	}
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	r = posix_spawnattr_setflags(attributes,
				     POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawn(ret, argv[0], files, attributes, (char *const *)(uintptr_t)argv,
				(char *const *)(uintptr_t)environment);
	return -r;
}

static int spawn(const char *const *argv, int input, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r = -posix_spawn_file_actions_init(&files);

	if (r < 0)
		return r;
	r = -posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = -posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
		if (r == 0) /* libraries have sockets that would stay open in it */
			r = -posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
		if (r == 0)
			r = spawn_with(argv, &files, &attributes, ret);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return r;
}

/* --- End --- */

static void forget(struct child *c)
{
	c->source = sd_event_source_disable_unref(c->source);
	c->pid = 0;
}

/*
 * sysexits.h. A mail system says of three things that this letter is wrong: how it was called, what is in it, to whom it goes; all else
 * is the mail server's, or the way to it. A program asks for another try by 75; a signal, and what a shell answers for a program that
 * cannot be run, is nothing said of the message.
 */
static bool is_refused(enum target_kind kind, int status)
{
	if (kind == TARGET_MAIL)
		return status == EX_USAGE || status == EX_DATAERR || status == EX_NOUSER;
	return status != EX_TEMPFAIL && status != 126 && status != 127;
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct child *c = userdata;
	const bool exited = info->si_code == CLD_EXITED;
	enum delivery delivery = DELIVERY_FAILED;
	char why[64];

	(void)source;
	(void)snprintf(why, sizeof(why), exited ? "it exits with status %d" : "signal %d ended it", info->si_status);
	if (exited && info->si_status == 0)
		delivery = DELIVERY_DONE;
	else if (exited && is_refused(c->target->settings->kind, info->si_status))
		delivery = DELIVERY_REFUSED;
	forget(c);
	target_done(c->target, delivery, why);
	return 0;
}

static void cancel(struct target *t)
{
	struct child *c = t->own;

	if (!c->source)
		return;
	(void)kill(-c->pid, SIGKILL);
	(void)sd_event_source_set_enabled(c->source, SD_EVENT_OFF);
	(void)waitpid(c->pid, NULL, 0); /* killed: this does not wait long */
	forget(c);
}

static void run(struct target *t, const char *const *argv, struct bytes message)
{
	_cleanup_close_ int input = message_file(message);
	struct child *c = t->own;
	int r = input < 0 ? input : spawn(argv, input, &c->pid);
	char why[512];

	if (r >= 0) {
		r = sd_event_add_child(t->event, &c->source, c->pid, WEXITED, on_end, c);
		if (r < 0)
			(void)kill(-c->pid, SIGKILL);
	}
	if (r >= 0)
		return;
	(void)snprintf(why, sizeof(why), "\"%s\" cannot be started: %s", argv[0], strerror(-r));
	target_done(t, DELIVERY_FAILED, why);
}

/* --- The drivers --- */

static int open_child(struct target *t)
{
	struct child *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->target = t;
	t->own = c;
	return 0;
}

static void close_child(struct target *t)
{
	cancel(t);
	free(t->own);
}

static char *render_json(const struct target *t, const struct value *event)
{
	(void)t;
	return text_json(event);
}

static void send_to_program(struct target *t, struct bytes message, uint64_t number)
{
	(void)number;
	run(t, t->settings->command.list, message);
}

static char *render_letter(const struct target *t, const struct value *event)
{
	return mail_compose(t->settings->from, &t->settings->to, event);
}

/* -oi: a line with a dot alone does not end it. */
static void send_letter(struct target *t, struct bytes message, uint64_t number)
{
	(void)number;
	run(t, (const char *const[]){ t->settings->sendmail, "-t", "-oi", NULL }, message);
}

const struct driver driver_program = {
	.open = open_child, .close = close_child, .render = render_json, .send = send_to_program, .cancel = cancel
};
const struct driver driver_mail = {
	.open = open_child, .close = close_child, .render = render_letter, .send = send_letter, .cancel = cancel
};
