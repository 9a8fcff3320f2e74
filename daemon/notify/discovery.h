/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's state as JSON for MQTT, and what Home Assistant needs to show it (its "MQTT discovery"). */
#pragma once

struct target_settings;
struct value;

/* What of Status() is published: version, gateway, zones, unknown, enforcement. Release with value_free(). */
struct value *discovery_state(const struct value *status);

/* The names of the zones in it, which decide what there is to show. Release with free(); NULL: no memory. */
char *discovery_zones(const struct value *state);

/* Calls `publish` with topic and JSON for a sensor for each zone, for unknown devices and for enforcement. */
void discovery_publish(const struct target_settings *s, const struct value *state,
		       void (*publish)(const char *topic, const char *text, void *userdata), void *userdata);
