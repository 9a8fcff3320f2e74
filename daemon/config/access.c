/* SPDX-License-Identifier: Apache-2.0 */
#include "config/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "base/log.h"
#include "config/config.h"
#include "config/credential.h"
#include "config/named.h"

#define CREDENTIALS "/run/credentials/hallmarkd.service" /* while it runs; systemd.exec(5) */

/* What the unit loads, when it does not run. */
static const char *const credentials[] = { HALLMARK_SYSCONFDIR "/gateway.key", HALLMARK_SYSCONFDIR "/result.key" };

/* What the other process could not do. */
struct refusal {
	uint32_t index;
	int32_t error;
	uint32_t n_blocked; /* bytes of the path up to the folder that may not be entered; 0: it is the file itself */
};

/* Whether the daemon gets a copy of this key from systemd (LoadCredential=): then only root need read the file. */
static bool is_credential(const char *path)
{
	char loaded[PATH_MAX];

	if (access(CREDENTIALS, F_OK) == 0)
		return credential_is_in(CREDENTIALS, path, loaded);
	for (size_t i = 0; i < ARRAY_SIZE(credentials); i++)
		if (strcmp(credentials[i], path) == 0)
			return true;
	return false;
}

/* --- Trying, as the caller or as the daemon's user --- */

/* The daemon need not read the file itself. */
static bool is_given(const struct named_file *w)
{
	return w->is_key && is_credential(w->path);
}

/* Returns 0 or a negative errno. */
static int try(const struct named_file *w)
{
	if (w->is_state)
		return access(w->path, R_OK | W_OK | X_OK) < 0 ? -errno : 0;

	_cleanup_close_ int fd = open(w->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -errno : 0;
}

/* The first folder of the path that may not be entered. */
static uint32_t blocked_at(const char *path)
{
	char folder[PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = access(folder, X_OK);
		if (r < 0)
			return (uint32_t)(slash - folder);
		*slash = '/';
	}
	return 0;
}

static int become(const struct passwd *user)
{
	if (initgroups(user->pw_name, user->pw_gid) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return -errno;
	return 0;
}

/* Writes a refusal for each file; the exit status is that of the process. */
static int try_all(const struct named_files *l, const struct passwd *user, int to)
{
	int r = become(user);

	if (r < 0)
		return -r;
	for (size_t i = 0; i < l->n; i++) {
		const int error = is_given(&l->items[i]) ? 0 : try(&l->items[i]);
		const struct refusal refusal = { (uint32_t)i, error,
						 error == -EACCES ? blocked_at(l->items[i].path) : 0 };

		if (error < 0 && write(to, &refusal, sizeof(refusal)) != sizeof(refusal))
			return EIO;
	}
	return 0;
}

/* --- What it means --- */

static void tell(const struct named_file *w, const struct refusal *refusal,
		 void (*on_fault)(const struct access_fault *fault, void *userdata), void *userdata)
{
	char cause[PATH_MAX + 128], remedy[PATH_MAX + 128], place[384];
	const int n = (int)refusal->n_blocked;

	(void)snprintf(cause, sizeof(cause),
		       w->is_state ? translated("the user %s, as whom hallmarkd runs, cannot use it: %s") :
				     translated("the user %s, as whom hallmarkd runs, cannot read it: %s"),
		       DAEMON_USER, strerror(-refusal->error));
	if (n > 0) {
		(void)snprintf(cause, sizeof(cause),
			       translated("the user %s, as whom hallmarkd runs, may not enter the folder %.*s"),
			       DAEMON_USER, n, w->path);
		(void)snprintf(remedy, sizeof(remedy), "chmod a+x %.*s", n, w->path);
	} else if (w->is_state) {
		(void)snprintf(remedy, sizeof(remedy), "chown -R " DAEMON_USER ":" DAEMON_USER " %s", w->path);
	} else if (w->is_key) {
		(void)snprintf(remedy, sizeof(remedy),
			       translated("chown %s %s, or name it with LoadCredential= in hallmarkd.service"),
			       DAEMON_USER, w->path);
	} else {
		(void)snprintf(remedy, sizeof(remedy), "chmod a+r %s", w->path);
	}
	if (w->source)
		(void)snprintf(place, sizeof(place), "%s:%u", w->source, w->line);
	on_fault(&(struct access_fault){ w->path, w->source ? place : w->place, cause, remedy }, userdata);
}

/* Returns how many were told of. What the caller cannot use either is told by the checks of the file itself. */
static int tell_all(const struct named_files *l, int from,
		    void (*on_fault)(const struct access_fault *fault, void *userdata), void *userdata)
{
	struct refusal refusal;
	int n = 0;

	while (read(from, &refusal, sizeof(refusal)) == sizeof(refusal)) {
		if (refusal.index >= l->n || try(&l->items[refusal.index]) < 0)
			continue;
		tell(&l->items[refusal.index], &refusal, on_fault, userdata);
		n++;
	}
	return n;
}

static const struct passwd *daemon_user(const struct config *c)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam(DAEMON_USER) : NULL;
	struct stat st;

	return user && (stat(c->state, &st) < 0 || st.st_uid != 0) ? user : NULL;
}

int access_check(const struct config *c, void (*on_fault)(const struct access_fault *fault, void *userdata),
		 void *userdata)
{
	const struct passwd *user = daemon_user(c);
	_cleanup_(named_files_done) struct named_files l = { 0 };
	int fds[2], status = 0, n;
	pid_t child;

	if (!user)
		return 0;
	n = named_files_list(c, &l);
	if (n == 0 && pipe2(fds, O_CLOEXEC) < 0)
		n = -errno;
	if (n < 0)
		return log_errno(n, "Cannot try the files as the user %s", DAEMON_USER);
	child = fork();
	if (child == 0)
		_exit(try_all(&l, user, fds[1]));
	(void)close(fds[1]);
	n = child > 0 ? tell_all(&l, fds[0], on_fault, userdata) : -errno;
	(void)close(fds[0]);
	if (child > 0 && (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0))
		n = -EIO;
	return n < 0 ? log_errno(n, "Cannot try the files as the user %s", DAEMON_USER) : n;
}
