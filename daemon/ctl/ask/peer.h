/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon at the other end of its control socket (include/hallmark/bus.h). */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

struct value;

/* Returns 0, or a negative errno; why and the remedy were logged. */
int peer_connect(const char *path, sd_bus **ret);

/* Speaks D-Bus over a connected socket, which it takes. */
int peer_attach(int fd, sd_bus **ret);

/* A method and what it is given. */
struct peer_question {
	const char *method;
	const char *text;      /* a device or a file; NULL: it takes none */
	const int64_t *number; /* NULL: it takes none */
	/* Appends what it is given in place of these; `text` is then for errors only. NULL: these are appended. */
	int (*append)(sd_bus_message *m, const void *userdata);
	const void *userdata;
};

/*
 * Returns 0 and the answer, -ENODEV when the daemon holds no such device, -ENODATA when it has nothing to do it with,
 * or another negative errno (all logged).
 */
int peer_call(sd_bus *bus, const struct peer_question *question, struct value **ret);

#define PEER_WHY_SIZE 256

/*
 * Connects and calls a method that takes nothing, where it is no fault that nobody answers. Returns 0 and the answer,
 * or a negative errno and why; nothing is logged.
 */
struct peer_errand {
	const char *path, *method;
	uint64_t timeout_usec; /* 0: as long as peer_call() waits */
};

int peer_ask(const struct peer_errand *errand, struct value **ret, char reterr_why[static PEER_WHY_SIZE]);
