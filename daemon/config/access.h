/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the daemon's own user may read what a configuration names. Who checks a configuration is often root, who may read
 * everything.
 */
#pragma once

struct config;

#define DAEMON_USER "hallmark" /* as the units have it */

struct access_fault {
	const char *path, *place;   /* the file, and where the configuration names it: "FILE:LINE" or a key */
	const char *cause, *remedy; /* in the language of who reads them (base/language.h) */
};

/*
 * Tries each file as the daemon's user, in a process that has become that user, and calls back for each that it may not use though
 * the caller may. The user is DAEMON_USER; the caller's where that does not exist, where the caller is not root, and where root
 * owns the state, as a daemon has it that root runs. Returns how many there are, or a negative errno (logged).
 */
int access_check(const struct config *c, void (*on_fault)(const struct access_fault *fault, void *userdata),
		 void *userdata);
