/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an upgrade replaced on the disk and a unit still runs: the new program, and what it mends, is in force only after a restart. Of
 * which unit a process is, its control group says.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/language.h"
#include "ctl/doctor/doctor.h"

#define UNITS_MAX  32
#define UNIT_SIZE  80
#define GROUP_SIZE 512

DEFINE_CLEANUP(DIR *, closedir);

struct unit {
	char name[UNIT_SIZE], program[128]; /* the one that was replaced; "": none */
	unsigned unseen;                    /* processes whose program this user may not know */
};

/* The path in a line of /proc/PID/cgroup that is systemd's; NULL: it is another hierarchy's. */
static const char *group_in(const char *line)
{
	static const char only[] = "0::", named[] = ":name=systemd:";
	const char *at = strstr(line, named);

	return strncmp(line, only, strlen(only)) == 0 ? line + strlen(only) : at ? at + strlen(named) : NULL;
}

/* The control group that systemd gave it; "": none. */
static void read_group(const char *proc, const char *process, char ret[static GROUP_SIZE])
{
	char path[PATH_MAX], line[GROUP_SIZE];
	_cleanup_fclose_ FILE *f = snprintf(path, sizeof(path), "%s/%s/cgroup", proc, process) < (int)sizeof(path) ?
					   fopen(path, "re") :
					   NULL;

	ret[0] = '\0';
	while (f && !ret[0] && fgets(line, sizeof(line), f)) {
		const char *group = group_in(line);

		line[strcspn(line, "\n")] = '\0';
		if (group && strcmp(group, "/") != 0)
			(void)strcpy(ret, group);
	}
}

/*
 * "hallmarkd.service" of "/system.slice/hallmarkd.service". A container's systemd has its units in a group below: these are
 * not of this system.
 */
static bool find_unit(const char *group, const char *top, char ret[static UNIT_SIZE])
{
	static const char slice[] = "/system.slice/", end[] = ".service";
	const size_t n_top = strlen(top);
	const char *at = strstr(group, "/hallmark");
	const size_t n = at ? strcspn(at + 1, "/") : 0;

	if (strncmp(group, top, n_top) != 0 || strncmp(group + n_top, slice, strlen(slice)) != 0)
		return false;
	if (n < strlen(end) || n >= UNIT_SIZE || strncmp(at + 1 + n - strlen(end), end, strlen(end)) != 0)
		return false;
	(void)snprintf(ret, UNIT_SIZE, "%.*s", (int)n, at + 1);
	return true;
}

/* The kernel ends the path of a file that is no longer there with this. */
static void look_at_program(const char *proc, const char *process, struct unit *u)
{
	static const char gone[] = " (deleted)";
	char path[PATH_MAX], program[PATH_MAX];
	ssize_t n = -1;

	if (snprintf(path, sizeof(path), "%s/%s/exe", proc, process) < (int)sizeof(path))
		n = readlink(path, program, sizeof(program) - 1);
	if (n < 0) { /* ENOENT: it has ended */
		u->unseen += errno != ENOENT;
		return;
	}
	program[n] = '\0';
	if ((size_t)n > strlen(gone) && strcmp(program + n - strlen(gone), gone) == 0)
		(void)snprintf(u->program, sizeof(u->program), "%.*s", (int)((size_t)n - strlen(gone)), program);
}

/* NULL when there is no room for one more. */
static struct unit *unit_of(struct unit units[static UNITS_MAX], size_t *n, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	if (*n == UNITS_MAX)
		return NULL;
	units[*n] = (struct unit){ .unseen = 0 };
	(void)strcpy(units[*n].name, name);
	return &units[(*n)++];
}

static size_t read_units(const char *proc, struct unit units[static UNITS_MAX])
{
	_cleanup_(closedirp) DIR *folder = opendir(proc);
	char top[GROUP_SIZE], group[GROUP_SIZE], name[UNIT_SIZE];
	const struct dirent *entry;
	size_t n = 0;
	char *scope;

	read_group(proc, "1", top); /* "/init.scope", or below where this system is itself a container */
	scope = strstr(top, "/init.scope");
	if (scope)
		*scope = '\0';
	while (folder && (entry = readdir(folder))) {
		struct unit *u;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		read_group(proc, entry->d_name, group);
		u = find_unit(group, top, name) ? unit_of(units, &n, name) : NULL;
		if (u)
			look_at_program(proc, entry->d_name, u);
	}
	return n;
}

void doctor_programs_in(struct doctor *d, const char *proc)
{
	struct unit units[UNITS_MAX];
	const size_t n = read_units(proc, units);
	bool is_well = true;

	for (size_t i = 0; i < n; i++) {
		const struct unit *u = &units[i];

		if (u->program[0])
			doctor_find(d, DOCTOR_WARNING, doctor_remedy("`systemctl restart %s`", u->name),
				    "%s still runs a program that was replaced: %s", u->name, u->program);
		else if (u->unseen > 0)
			doctor_find(d, DOCTOR_UNKNOWN, "run this as root",
				    "which program %s runs is only for root to see", u->name);
		else
			continue;
		is_well = false;
	}
	if (is_well)
		doctor_find(d, DOCTOR_OK, NULL, "no unit runs a program that was replaced");
}

void doctor_programs(struct doctor *d)
{
	doctor_programs_in(d, "/proc");
}
