/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a host by its name, without waiting for a name server that does not answer. */
#pragma once

#include <netdb.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct lookup;

/* `found` is NULL when there is none, and `why` says so; it is valid during the call. */
typedef void (*lookup_function)(const struct addrinfo *found, const char *why, void *userdata);

/* Calls back once, later. Returns 0 or a negative errno. */
int lookup_begin(sd_event *event, const char *host, uint16_t port, int socket_type, lookup_function on_end,
		 void *userdata, struct lookup **ret);

/* It is not wanted any more, or has called back. NULL is accepted. */
void lookup_end(struct lookup *l);
