/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file notify.conf (libconfig) → one immutable struct: whom to tell, and what. A key that is in no table is an error with
 * file and line. Every error message says what to do.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGETS_MAX 32
#define RULES_MAX   64
#define SECRET_MAX  256 /* bytes of a key or password */

enum target_kind {
	TARGET_NONE = 0,
	TARGET_PROGRAM,
	TARGET_MAIL,
	TARGET_WEBHOOK,
	TARGET_MQTT,
	TARGET_SYSLOG,
	_TARGET_MAX,
};

/* The kinds of events, as bits. */
enum event_kind {
	EVENT_ADMISSION = 1 << 0,
	EVENT_ORDER = 1 << 1, /* an admission of a device under an operator's order */
	EVENT_UNKNOWN = 1 << 2,
	EVENT_WAVE = 1 << 3,
	EVENT_GATEWAY = 1 << 4,
};

struct texts {
	const char **list; /* owned, ends with NULL; the texts belong to the file's tree */
	size_t n;
};

struct target_settings {
	enum target_kind kind;
	char name[64];
	unsigned queue;       /* messages that wait at most */
	uint32_t timeout_sec; /* of one delivery */
	struct texts command; /* program */
	struct texts to;      /* mail */
	char from[256], sendmail[256];
	char url[512], key[PATH_MAX], ca[PATH_MAX]; /* webhook; ca: mqtt too */
	bool insecure;                              /* http, or a password without TLS, to elsewhere */
	uint8_t secret[SECRET_MAX];                 /* what key or password holds */
	size_t n_secret;
	char host[256]; /* mqtt, syslog */
	uint16_t port;
	char user[128], password[PATH_MAX], topic[128], discovery[128]; /* mqtt */
	bool tls;
	unsigned facility; /* syslog */
	bool is_stream;
	char id[64]; /* of the structured data: NAME@NUMBER */
};

struct rule_settings {
	char name[64];
	unsigned kinds;                        /* of enum event_kind; all when none is named */
	struct texts zones, segments, reasons; /* none: any */
	size_t targets[TARGETS_MAX];
	size_t n_targets;
	bool is_urgent; /* told in quiet hours, too */
	unsigned most;  /* events within that time that are told one by one */
	uint32_t within_sec;
};

/* Minutes since midnight, local time; the same when there are no quiet hours. */
struct quiet {
	unsigned from_min, until_min;
};

struct settings {
	void *tree; /* owned */
	char control[108], state[PATH_MAX];
	struct quiet quiet;
	struct target_settings *targets; /* owned */
	struct rule_settings *rules;     /* owned */
	size_t n_targets, n_rules;
};

/* Returns 0 (release with settings_free()), -EINVAL after logging all errors as FILE:LINE: text, or -ENOMEM. */
int settings_load(const char *path, struct settings **ret);
void settings_free(struct settings *s);

/* "admission", … of one bit. */
const char *event_kind_name(enum event_kind kind);
const char *target_kind_name(enum target_kind kind);
