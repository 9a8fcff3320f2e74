/* SPDX-License-Identifier: Apache-2.0 */
/* The a{sv} of a call that says what is asked for: its keys, and whether each has a value of its type. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* Texts are borrowed of the call. */
union filter_value {
	const char *text;
	uint32_t number;
	uint64_t wide;
	int64_t time;
	int boolean;
};

struct filter_key {
	const char *name, *type; /* the type as D-Bus has it, */
	const char *kind;        /* and in words */
	/* Returns 0, or -EINVAL by filter_refuse(). */
	int (*take)(const union filter_value *value, void *userdata, sd_bus_error *error);
};

/* Sets the error InvalidArgs, whose text has the rejected value at its end. Returns -EINVAL. */
int filter_refuse(sd_bus_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes each entry of the call's next item, and notes bit i of *ret_given for each keys[i]. Returns 0 or a negative errno. */
int filter_read(sd_bus_message *call, const struct filter_key *keys, size_t n, void *userdata, uint32_t *ret_given,
		sd_bus_error *error);
