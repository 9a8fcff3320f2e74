/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A D-Bus dictionary, filled field by field. An error of sd-bus is remembered and returned at the end, so that callers
 * need not check each field.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <systemd/sd-bus.h>

/* An a{sv} that is being filled. */
struct dictionary {
	sd_bus_message *m;
	int r;
	size_t bytes; /* of the fields in the message, about */
};

#define DICTIONARY_FIELD_BYTES 24 /* of a field beside its texts: lengths, types, padding */

static inline struct dictionary dictionary_open(sd_bus_message *m)
{
	return (struct dictionary){ .m = m, .r = sd_bus_message_open_container(m, 'a', "{sv}") };
}

static inline int dictionary_close(struct dictionary *d)
{
	if (d->r >= 0)
		d->r = sd_bus_message_close_container(d->m);
	return d->r < 0 ? d->r : 0;
}

static inline void put_string(struct dictionary *d, const char *key, const char *value)
{
	d->bytes += DICTIONARY_FIELD_BYTES + strlen(key) + strlen(value);
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "{sv}", key, "s", value);
}

static inline void put_u32(struct dictionary *d, const char *key, uint32_t value)
{
	d->bytes += DICTIONARY_FIELD_BYTES + strlen(key);
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "{sv}", key, "u", value);
}

static inline void put_u64(struct dictionary *d, const char *key, uint64_t value)
{
	d->bytes += DICTIONARY_FIELD_BYTES + strlen(key);
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "{sv}", key, "t", value);
}

static inline void put_time(struct dictionary *d, const char *key, int64_t time_sec)
{
	d->bytes += DICTIONARY_FIELD_BYTES + strlen(key);
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "{sv}", key, "x", time_sec);
}

static inline void put_bool(struct dictionary *d, const char *key, bool value)
{
	d->bytes += DICTIONARY_FIELD_BYTES + strlen(key);
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "{sv}", key, "b", (int)value);
}

/* Opens the entry `key` and its variant of this type; close_entry() closes both. */
static inline void open_entry(struct dictionary *d, const char *key, const char *type)
{
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'e', "sv");
	if (d->r >= 0)
		d->r = sd_bus_message_append(d->m, "s", key);
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'v', type);
	if (d->r >= 0)
		d->r = sd_bus_message_open_container(d->m, 'a', type + 1);
}

static inline void close_entry(struct dictionary *d)
{
	for (int i = 0; i < 3 && d->r >= 0; i++) /* array, variant, entry */
		d->r = sd_bus_message_close_container(d->m);
}
