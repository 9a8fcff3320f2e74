/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bus/filter.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/language.h"

int filter_refuse(sd_bus_error *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)sd_bus_error_setfv(error, SD_BUS_ERROR_INVALID_ARGS, format, ap);
	va_end(ap);
	return -EINVAL;
}

static const struct filter_key *find_key(const struct filter_key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static int read_value(sd_bus_message *call, const struct filter_key *key, union filter_value *ret, sd_bus_error *error)
{
	const char *type;
	int r = sd_bus_message_peek_type(call, NULL, &type);

	if (r < 0)
		return r;
	if (strcmp(type, key->type) != 0)
		return filter_refuse(error, TO_TRANSLATE("a filter has a value of another type") ": \"%s\" takes %s",
				     key->name, key->kind);
	r = sd_bus_message_enter_container(call, 'v', type);
	if (r >= 0)
		r = sd_bus_message_read_basic(call, type[0], ret);
	return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* One entry. Returns 0 or a negative errno. */
static int take_entry(sd_bus_message *call, const struct filter_key *keys, size_t n, void *userdata, uint32_t *given,
		      sd_bus_error *error)
{
	const struct filter_key *key;
	union filter_value value;
	const char *name;
	int r = sd_bus_message_read_basic(call, 's', &name);

	if (r < 0)
		return r;
	key = find_key(keys, n, name);
	if (!key)
		return filter_refuse(error,
				     TO_TRANSLATE("this hallmarkd has no such filter; hallmarkd(8) has all") ": \"%s\"",
				     name);
	if (*given & 1u << (key - keys))
		return filter_refuse(error, TO_TRANSLATE("a filter is given twice") ": \"%s\"", name);
	r = read_value(call, key, &value, error);
	if (r < 0)
		return r;
	*given |= 1u << (key - keys);
	return key->take(&value, userdata, error);
}

int filter_read(sd_bus_message *call, const struct filter_key *keys, size_t n, void *userdata, uint32_t *ret_given,
		sd_bus_error *error)
{
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	*ret_given = 0;
	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = take_entry(call, keys, n, userdata, ret_given, error);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r < 0 ? r : sd_bus_message_exit_container(call);
}
