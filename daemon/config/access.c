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
#include "config/files.h"
#include "config/inventory.h"
#include "config/reader.h"

#define CREDENTIALS "/run/credentials/hallmarkd.service" /* while it runs; systemd.exec(5) */

/* What the unit loads, when it does not run. */
static const char *const credentials[] = { HALLMARK_SYSCONFDIR "/gateway.key", HALLMARK_SYSCONFDIR "/result.key" };

/* One file of the configuration, or the state's directory. */
struct wanted {
	const char *path, *place;
	const char *source; /* NULL: the place is a key */
	unsigned line;
	bool is_key, is_state;
};

struct list {
	struct wanted *items;       /* owned */
	char (*included)[PATH_MAX]; /* owned: files that the configuration includes */
	size_t n, n_included;
};

static void list_done(struct list *l)
{
	free(l->items);
	free(l->included);
}

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

/* --- Which files --- */

static void add(struct list *l, struct wanted wanted)
{
	if (wanted.path[0] && !(wanted.is_key && is_credential(wanted.path)))
		l->items[l->n++] = wanted;
}

static void add_files(struct list *l, const struct config_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(l, (struct wanted){ .path = files[i].path, .source = files[i].source, .line = files[i].line });
}

/* The configuration has been read; which files it includes is only in its tree. */
static int read_included(struct list *l, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	struct reader r = { .path = path, .directory = copy ? dirname(copy) : NULL };
	_cleanup_(config_destroy) config_t tree;

	config_init(&tree);
	if (!copy)
		return -ENOMEM;
	if (!reader_parse(&r, path, &tree)) /* logged */
		return -EINVAL;
	l->n_included = reader_count_files(&tree);
	l->included = calloc(l->n_included + 1, sizeof(*l->included));
	for (size_t i = 0; l->included && i < l->n_included; i++) {
		const char *name = reader_file(&r, tree.filenames[i], l->included[i], sizeof(*l->included));

		if (name != l->included[i]) /* the main file: not listed twice */
			l->included[i][0] = '\0';
	}
	return l->included ? 0 : -ENOMEM;
}

static int list_init(struct list *l, const struct config *c)
{
	const size_t n = c->n_anchors + c->n_issuers + c->n_registers + c->n_crls + c->n_status_lists + c->n_references;
	const size_t n_inventory = c->inventory ? c->inventory->n_files : 0;
	int r = read_included(l, c->path);

	if (r < 0)
		return r;
	l->items = calloc(n + n_inventory + l->n_included + 6, sizeof(*l->items));
	if (!l->items)
		return -ENOMEM;
	for (size_t i = 0; i < l->n_included; i++)
		add(l, (struct wanted){ .path = l->included[i],
					.place = TO_TRANSLATE("a file that the configuration includes") });
	add(l, (struct wanted){ .path = c->path, .place = TO_TRANSLATE("the configuration") });
	add(l, (struct wanted){ .path = c->managed, .place = "trust.managed" });
	add(l, (struct wanted){ .path = c->certificate, .place = "gateway.certificate" });
	add(l, (struct wanted){ .path = c->key, .place = "gateway.key", .is_key = true });
	add(l, (struct wanted){ .path = c->result_key, .place = "gateway.result-key", .is_key = true });
	add(l, (struct wanted){ .path = c->state, .place = "gateway.state", .is_state = true });
	add_files(l, c->anchors, c->n_anchors);
	add_files(l, c->issuers, c->n_issuers);
	add_files(l, c->registers, c->n_registers);
	add_files(l, c->crls, c->n_crls);
	add_files(l, c->status_lists, c->n_status_lists);
	add_files(l, c->references, c->n_references);
	for (size_t i = 0; i < n_inventory; i++)
		add(l, (struct wanted){ .path = c->inventory->files[i].path, .place = "inventory.files" });
	return 0;
}

/* --- Trying, as the caller or as the daemon's user --- */

/* Returns 0 or a negative errno. */
static int try(const struct wanted *w)
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
static int try_all(const struct list *l, const struct passwd *user, int to)
{
	int r = become(user);

	if (r < 0)
		return -r;
	for (size_t i = 0; i < l->n; i++) {
		const int error = try(&l->items[i]);
		const struct refusal refusal = { (uint32_t)i, error,
						 error == -EACCES ? blocked_at(l->items[i].path) : 0 };

		if (error < 0 && write(to, &refusal, sizeof(refusal)) != sizeof(refusal))
			return EIO;
	}
	return 0;
}

/* --- What it means --- */

static void tell(const struct wanted *w, const struct refusal *refusal,
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
static int tell_all(const struct list *l, int from, void (*on_fault)(const struct access_fault *fault, void *userdata),
		    void *userdata)
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
	_cleanup_(list_done) struct list l = { 0 };
	int fds[2], status = 0, n;
	pid_t child;

	if (!user)
		return 0;
	n = list_init(&l, c);
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
