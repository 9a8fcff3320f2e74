/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl doctor`: what its checks share. Each looks at one thing and writes nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum doctor_level {
	DOCTOR_OK = 0,
	DOCTOR_UNKNOWN, /* it could not be looked at */
	DOCTOR_WARNING, /* all is enforced, but not for ever, or less well than it could be */
	DOCTOR_FAULT,   /* something does not work, or is not enforced */
	_DOCTOR_LEVEL_MAX,
};

struct doctor {
	const struct ctl *ctl;
	const char *path;       /* of the configuration */
	struct config *config;  /* NULL: it is not good */
	struct value *status;   /* of the daemon; NULL: it does not answer */
	struct value *findings; /* a list of maps: check, level, text, remedy */
	const char *check;      /* that runs */
	bool is_root, has_systemd;
	int64_t now_sec;
	unsigned n[_DOCTOR_LEVEL_MAX];
};

/* One finding of the check that runs: a sentence, and what to do (NULL when it is well). */
void doctor_find(struct doctor *d, enum doctor_level level, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A remedy that names things; it lives until the next one is made. */
const char *doctor_remedy(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* All findings to d->ctl->out: as a page, or as docs/json.md has them. */
void doctor_show(const struct doctor *d);
void doctor_print_json(const struct doctor *d);

/*
 * Runs a program without a shell for at most some seconds, and reads what it writes to stdout, without the newline at the
 * end. Returns its exit status, or a negative errno: -ENOENT when there is none, -ETIMEDOUT.
 */
int doctor_run(const char *const argv[], char *ret, size_t size);

/* The first line of a small file. Returns false when it cannot be read. */
bool doctor_read_line(const char *path, char *ret, size_t size);

/* --- The checks --- */

void doctor_kernel(struct doctor *d);
void doctor_forwarding(struct doctor *d);
void doctor_nft(struct doctor *d);
void doctor_openssl(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_configuration(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_trust(struct doctor *d);
void doctor_state(struct doctor *d);
void doctor_interfaces(struct doctor *d);
void doctor_firewalls(struct doctor *d);
void doctor_units(struct doctor *d);
void doctor_journal(struct doctor *d);
void doctor_daemon(struct doctor *d);
void doctor_tables(struct doctor *d);
