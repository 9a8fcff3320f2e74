/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that ask a running daemon do alike. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/commands.h"

struct page;
struct peer_question;
struct value;

typedef void (*show_function)(const struct page *page, const struct value *answer);

/*
 * Asks, and prints the answer: shown, or as JSON. *ret (may be NULL) is released with value_free(). Returns CTL_NO when the daemon
 * has no such device, or nothing to do it with.
 */
enum ctl_exit ask_daemon(const struct ctl *ctl, const struct peer_question *question, show_function show,
			 struct value **ret);

/* Asks over a connection, and prints nothing. Returns as ask_daemon(). */
enum ctl_exit ask_over(sd_bus *bus, const struct peer_question *question, struct value **ret);
