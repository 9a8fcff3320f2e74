/* SPDX-License-Identifier: Apache-2.0 */
/* Sensors of one device, which is the gateway. */
#include "notify/discovery.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/value.h"
#include "notify/settings.h"
#include "notify/text.h"

#define ID_MAX 64

DEFINE_CLEANUP(struct value *, value_free);

struct value *discovery_state(const struct value *status)
{
	struct value *state = value_new(VALUE_MAP), *zones;
	const struct value *counts = value_get(status, "zones");

	value_add_text(state, "version", value_text(status, "version"));
	value_add_text(state, "gateway", value_text(status, "gateway"));
	value_add_text(state, "enforcement", value_text(status, "enforcement"));
	value_add_number(state, "unknown", value_number(status, "unknown"));
	zones = value_add_new(state, "zones", VALUE_MAP);
	for (const struct value *zone = counts ? counts->first : NULL; zone; zone = zone->next)
		value_add_number(zones, zone->key, zone->number);
	return state;
}

char *discovery_zones(const struct value *state)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	for (const struct value *zone = value_get(state, "zones")->first; zone; zone = zone->next)
		(void)fprintf(out, "%s\n", zone->key);
	(void)fclose(out);
	return text;
}

/* A part of a topic and of an id: letters, digits, '_' and '-'. */
static void put_id(FILE *out, const char *text)
{
	for (size_t i = 0; text[i] && i < ID_MAX; i++) {
		const char c = text[i];
		const bool fits =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';

		(void)fputc(fits ? c : '_', out);
	}
}

static char *id_of(const char *gateway, const char *sensor)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	(void)fputs("hallmark_", out);
	put_id(out, gateway);
	if (sensor) {
		(void)fputc('_', out);
		put_id(out, sensor);
	}
	(void)fclose(out);
	return text;
}

struct sensor {
	const char *id, *name;
	char value[160]; /* template: where it is in the state */
	bool is_count;
};

static void add_topic(struct value *v, const char *key, const struct target_settings *s, const char *below)
{
	char topic[sizeof(s->topic) + 32];

	(void)snprintf(topic, sizeof(topic), "%s/%s", s->topic, below);
	value_add_text(v, key, topic);
}

static void publish_sensor(const struct target_settings *s, const struct value *state, const struct sensor *sensor,
			   void (*publish)(const char *topic, const char *text, void *userdata), void *userdata)
{
	const char *gateway = value_text(state, "gateway");
	_cleanup_free_ char *whole = id_of(gateway, sensor->id), *device_id = id_of(gateway, NULL), *topic = NULL,
			    *text = NULL;
	_cleanup_(value_freep) struct value *v = value_new(VALUE_MAP);
	struct value *device;

	if (!whole || !device_id)
		return;
	value_add_text(v, "name", sensor->name);
	value_add_text(v, "unique_id", whole);
	add_topic(v, "state_topic", s, "state");
	value_add_text(v, "value_template", sensor->value);
	add_topic(v, "availability_topic", s, "availability");
	if (sensor->is_count) {
		value_add_text(v, "state_class", "measurement");
		value_add_text(v, "unit_of_measurement", "devices");
	}
	device = value_add_new(v, "device", VALUE_MAP);
	value_add(value_add_new(device, "identifiers", VALUE_LIST), NULL, value_new_text(device_id));
	value_add_text(device, "name", gateway);
	value_add_text(device, "manufacturer", "hallmark");
	value_add_text(device, "sw_version", value_text(state, "version"));
	text = text_json(v);
	if (text && asprintf(&topic, "%s/sensor/%s/config", s->discovery, whole) >= 0)
		publish(topic, text, userdata);
}

void discovery_publish(const struct target_settings *s, const struct value *state,
		       void (*publish)(const char *topic, const char *text, void *userdata), void *userdata)
{
	static const struct sensor fixed[] = {
		{ "unknown", "unknown devices", "{{ value_json.unknown }}", true },
		{ "enforcement", "enforcement", "{{ value_json.enforcement }}", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		publish_sensor(s, state, &fixed[i], publish, userdata);
	for (const struct value *zone = value_get(state, "zones")->first; zone; zone = zone->next) {
		char id[ID_MAX];
		struct sensor sensor = { .id = id, .name = zone->key, .is_count = true };

		(void)snprintf(id, sizeof(id), "zone_%s", zone->key);
		(void)snprintf(sensor.value, sizeof(sensor.value), "{{ value_json.zones['%s'] }}", zone->key);
		publish_sensor(s, state, &sensor, publish, userdata);
	}
}
