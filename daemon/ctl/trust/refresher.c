/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl trust refresh` is hallmark-refresh with the same arguments. */
#include "ctl/trust/refresher.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/files.h"

#define PROGRAM     "hallmark-refresh"
#define OPTIONS_MAX 12 /* its name, all options with their values, "--" and NULL */

extern char **environ;

/* Beside this program, as in a build; else where both are installed. Not by PATH: the caller may be root. */
static bool find(char *ret, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		if ((size_t)snprintf(ret, size, "%s/" PROGRAM, dirname(self)) < size && access(ret, X_OK) == 0)
			return true;
	}
	(void)snprintf(ret, size, "%s", HALLMARK_BINDIR "/" PROGRAM);
	if (access(ret, X_OK) == 0)
		return true;
	log_error("%s cannot be run; install the package hallmark-refresh: it is the program that fetches sets", ret);
	return false;
}

/* Its arguments before the operands; returns their number. */
static size_t put_options(const struct ctl *ctl, const char *url, const char *ret[static OPTIONS_MAX])
{
	const struct {
		const char *name, *value;
	} options[] = { { "--socket", ctl->socket }, { "--config", ctl->config }, { "--url", url } };
	size_t n = 0;

	ret[n++] = PROGRAM;
	if (ctl->json)
		ret[n++] = "--json";
	if (ctl->force)
		ret[n++] = "--force";
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!options[i].value)
			continue;
		ret[n++] = options[i].name;
		ret[n++] = options[i].value;
	}
	ret[n++] = "--";
	return n;
}

enum ctl_exit ctl_trust_refresh(const struct ctl *ctl)
{
	_cleanup_free_ const char **argv = calloc(OPTIONS_MAX + ctl->n_words, sizeof(*argv));
	char path[PATH_MAX];
	size_t n;

	if (!argv) {
		log_errno(-ENOMEM, PROGRAM);
		return CTL_FAULT;
	}
	if (!find(path, sizeof(path)))
		return CTL_FAULT;
	n = put_options(ctl, NULL, argv);
	for (unsigned i = 0; i < ctl->n_words; i++)
		argv[n++] = ctl->words[i];
	(void)execv(path, (char *const *)(uintptr_t)argv);
	log_errno(-errno, "%s", path);
	return CTL_FAULT;
}

enum ctl_exit refresher_fetch(const struct ctl *ctl, enum trust_kind kind, const struct config_file *file)
{
	const char *argv[OPTIONS_MAX + 2] = { 0 };
	char path[PATH_MAX];
	int status = 0, r;
	pid_t pid;
	size_t n = put_options(ctl, file->url, argv);

	argv[n++] = trust_kind_name(kind);
	argv[n++] = file->path;
	if (!find(path, sizeof(path)))
		return CTL_FAULT;
	r = posix_spawn(&pid, path, NULL, NULL, (char *const *)(uintptr_t)argv, environ);
	if (r == 0 && waitpid(pid, &status, 0) < 0)
		r = errno;
	if (r != 0) {
		log_errno(-r, "%s", path);
		return CTL_FAULT;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) <= CTL_NO ? (enum ctl_exit)WEXITSTATUS(status) : CTL_FAULT;
}
