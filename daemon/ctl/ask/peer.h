/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon at the other end of its control socket (include/hallmark/bus.h). */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct value;

/* Returns 0, or a negative errno (logged, with the remedy). */
int peer_connect(const char *path, sd_bus **ret);

/* The same, but that no daemon runs is not logged: then -ENOENT. */
int peer_connect_if_running(const char *path, sd_bus **ret);

/* Speaks D-Bus over a connected socket, which it takes over. */
int peer_attach(int fd, sd_bus **ret);

/* A method and its arguments. */
struct peer_question {
	const char *method;
	const char *text;      /* a device or a file; NULL: not an argument */
	const int64_t *number; /* NULL: not an argument */
	/* Appends the arguments instead of these; `text` is then only for errors. NULL: these are appended. */
	int (*append)(sd_bus_message *m, const void *userdata);
	const void *userdata;
	struct value **ret_second; /* what the answer has behind its first item; NULL: nothing is expected there */
};

/*
 * Returns 0 and the answer, -ENODEV when the daemon has no such device, -ENODATA when the daemon lacks the data for it,
 * or another negative errno (all logged).
 */
int peer_call(sd_bus *bus, const struct peer_question *question, struct value **ret);

#define PEER_WHY_SIZE 768

/*
 * Connects and calls a method without arguments, when a missing answer is not an error. Returns 0 and the answer, or a
 * negative errno and the reason; logs nothing.
 */
struct peer_errand {
	const char *path, *method;
	uint64_t timeout_usec; /* 0: as long as peer_call() waits */
};

int peer_ask(const struct peer_errand *errand, struct value **ret, char reterr_why[static PEER_WHY_SIZE]);
