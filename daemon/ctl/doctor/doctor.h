/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl doctor`: shared by its checks. Each checks one thing and writes nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum doctor_level {
	DOCTOR_OK = 0,
	DOCTOR_UNKNOWN, /* it could not be checked */
	DOCTOR_WARNING, /* everything is enforced, but something will end soon or could be better */
	DOCTOR_FAULT,   /* something does not work, or is not enforced */
	_DOCTOR_LEVEL_MAX,
};

struct doctor {
	const struct ctl *ctl;
	const char *path;       /* of the configuration */
	struct config *config;  /* NULL: it is not valid */
	struct value *status;   /* of the daemon; NULL: it does not answer */
	struct value *findings; /* a list of maps: check, level, text, remedy */
	const char *check;      /* the one that runs now */
	bool is_root, has_systemd;
	int64_t now_sec;
	unsigned n[_DOCTOR_LEVEL_MAX];
};

/* One finding of the present check: a sentence, and what to do (NULL when nothing is wrong). Both are translated. */
void doctor_find(struct doctor *d, enum doctor_level level, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Formats a remedy, in the language of its reader; valid until the next call. */
const char *doctor_remedy(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes all findings to d->ctl->out: as a page, or as described in docs/json.md. */
void doctor_show(const struct doctor *d);
void doctor_print_json(const struct doctor *d);

/*
 * Runs a program without a shell, with a limit of some seconds, and reads its stdout, without the final newline.
 * Returns its exit status, or a negative errno: -ENOENT when it does not exist, -ETIMEDOUT.
 */
int doctor_run(const char *const argv[], char *ret, size_t size);

/* The path of the daemon's control socket. */
const char *doctor_socket(const struct doctor *d);

/* The first line of a small file. Returns false when it cannot be read. */
bool doctor_read_line(const char *path, char *ret, size_t size);

/* Part of doctor_firewalls(): rules of other tables that stop what ours let pass. Needs root and d->config. */
void doctor_rules(struct doctor *d);

/* doctor_programs() with another /proc. */
void doctor_programs_in(struct doctor *d, const char *proc);

/* --- The checks --- */

void doctor_kernel(struct doctor *d);
void doctor_forwarding(struct doctor *d);
void doctor_nft(struct doctor *d);
void doctor_openssl(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_configuration(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_access(struct doctor *d);
void doctor_trust(struct doctor *d);
void doctor_state(struct doctor *d);
void doctor_interfaces(struct doctor *d);
void doctor_firewalls(struct doctor *d);
void doctor_units(struct doctor *d);
void doctor_programs(struct doctor *d);
void doctor_journal(struct doctor *d);
void doctor_daemon(struct doctor *d);
void doctor_tables(struct doctor *d);
void doctor_handshakes(struct doctor *d);
