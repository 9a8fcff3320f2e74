/* SPDX-License-Identifier: Apache-2.0 */
/* A D-Bus message as a tree of values. The meaning of the keys is not known here. */
#include "ctl/ask/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/value.h"

#define DEPTH_MAX 16 /* an answer to Explain has ten levels */

DEFINE_CLEANUP(struct value *, value_free);

static int read_item(sd_bus_message *m, unsigned depth, struct value **ret);

static int read_text(sd_bus_message *m, char type, struct value **ret)
{
	const char *text;
	int r;

	r = sd_bus_message_read_basic(m, type, &text);
	if (r < 0)
		return r;

	*ret = value_new_text(text);
	return 0;
}

/* Every D-Bus number type, widened; a counter above the range of int64_t is shown as the largest number. */
static int read_number(sd_bus_message *m, char type, struct value **ret)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		int b;
	} in = { 0 };
	int64_t number;
	int r;

	r = sd_bus_message_read_basic(m, type, &in);
	if (r < 0)
		return r;

	switch (type) {
	case SD_BUS_TYPE_BYTE:
		number = in.y;
		break;
	case SD_BUS_TYPE_INT16:
		number = in.n;
		break;
	case SD_BUS_TYPE_UINT16:
		number = in.q;
		break;
	case SD_BUS_TYPE_UINT32:
		number = in.u;
		break;
	case SD_BUS_TYPE_INT64:
		number = in.x;
		break;
	case SD_BUS_TYPE_UINT64:
		number = in.t > INT64_MAX ? INT64_MAX : (int64_t)in.t;
		break;
	default:
		number = in.i; /* also a boolean, which is read as an int */
		break;
	}
	*ret = value_new(type == SD_BUS_TYPE_BOOLEAN ? VALUE_FLAG : VALUE_NUMBER);
	(*ret)->number = number;
	return 0;
}

/* One entry of a map: its key as text, then its value. */
static int read_entry(sd_bus_message *m, const char *types, unsigned depth, struct value *map)
{
	_cleanup_(value_freep) struct value *key = NULL;
	struct value *value = NULL;
	char number[32];
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, types);
	if (r < 0)
		return r;

	r = read_item(m, depth, &key);
	if (r < 0)
		return r;

	r = read_item(m, depth, &value);
	if (r < 0)
		return r;

	(void)snprintf(number, sizeof(number), "%" PRId64, key->number);
	value_add(map, key->kind == VALUE_TEXT ? key->text : number, value);
	return sd_bus_message_exit_container(m);
}

/* The items of an array, a struct or a variant, until its end. */
static int read_members(sd_bus_message *m, unsigned depth, struct value *to)
{
	const char *contents;
	char type;

	for (;;) {
		struct value *member = NULL;
		int r = sd_bus_message_peek_type(m, &type, &contents);

		if (r <= 0)
			return r;

		if (type == SD_BUS_TYPE_DICT_ENTRY) {
			r = read_entry(m, contents, depth, to);
		} else {
			r = read_item(m, depth, &member);
			if (r >= 0)
				value_add(to, NULL, member);
		}
		if (r < 0)
			return r;
	}
}

static int read_container(sd_bus_message *m, char type, const char *contents, unsigned depth, struct value **ret)
{
	bool is_map = type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN;
	_cleanup_(value_freep) struct value *v = value_new(is_map ? VALUE_MAP : VALUE_LIST);
	int r;

	r = sd_bus_message_enter_container(m, type, contents);
	if (r < 0)
		return r;

	r = read_members(m, depth, v);
	if (r < 0)
		return r;

	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(v);
	return 0;
}

static int read_variant(sd_bus_message *m, const char *contents, unsigned depth, struct value **ret)
{
	_cleanup_(value_freep) struct value *v = NULL;
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, contents);
	if (r < 0)
		return r;

	r = read_item(m, depth, &v);
	if (r < 0)
		return r;

	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(v);
	return 0;
}

static int read_item(sd_bus_message *m, unsigned depth, struct value **ret)
{
	const char *contents;
	char type;
	int r;

	if (depth == DEPTH_MAX)
		return -E2BIG;

	r = sd_bus_message_peek_type(m, &type, &contents);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;

	if (type == SD_BUS_TYPE_VARIANT)
		return read_variant(m, contents, depth + 1, ret);
	if (type == SD_BUS_TYPE_ARRAY || type == SD_BUS_TYPE_STRUCT)
		return read_container(m, type, contents, depth + 1, ret);
	if (strchr("sog", type))
		return read_text(m, type, ret);
	if (strchr("bynqiuxt", type))
		return read_number(m, type, ret);

	*ret = value_new(VALUE_NULL);
	r = sd_bus_message_skip(m, (char[]){ type, '\0' });
	return r < 0 ? r : 0;
}

int answer_read(sd_bus_message *m, struct value **ret)
{
	return read_item(m, 0, ret);
}
