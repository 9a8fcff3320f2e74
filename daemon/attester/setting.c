/* SPDX-License-Identifier: Apache-2.0 */
/* One table of settings for both command line and file. Opens no file. */
#include "attester/setting.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attester/options.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/ueid.h"
#include "hallmark/protocol.h"
#include "token/names.h"
#include "token/product.h"

#define TIMEOUT_MAX_SEC 3600

struct named {
	const char *name;
	int value;
};

static const struct named debug_states[] = {
	{ "enabled", DEBUG_ENABLED },
	{ "disabled", DEBUG_DISABLED },
	{ "disabled-since-boot", DEBUG_DISABLED_SINCE_BOOT },
	{ "disabled-permanently", DEBUG_DISABLED_PERMANENTLY },
	{ "disabled-fully-and-permanently", DEBUG_DISABLED_FULLY_AND_PERMANENTLY },
};

bool setting_wrong(const struct origin *at, const char *name, const char *text, const char *remedy, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, remedy);
	(void)vsnprintf(what, sizeof(what), remedy, ap);
	va_end(ap);
	if (at->file)
		log_error("%s:%u: %s = \"%s\": %s", at->file, at->line, name, text, what);
	else
		log_error("--%s \"%s\": %s", name, text, what);
	return false;
}

static void *member_of(struct options *o, const struct setting *setting)
{
	return (char *)o + setting->offset;
}

static bool set_flag(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	(void)at;
	(void)text;
	*(bool *)member_of(o, setting) = true;
	return true;
}

static bool set_once(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	(void)setting;
	(void)at;
	(void)text;
	o->daemon = false;
	return true;
}

static bool set_borrowed(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	if (text[0] == '\0')
		return setting_wrong(at, setting->name, text, "it is empty; leave it out or name something");
	*(const char **)member_of(o, setting) = text;
	return true;
}

static bool set_text(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	if (text[0] != '\0' && bytes_to_text(bytes_of_string(text), member_of(o, setting), setting->size))
		return true;
	return setting_wrong(at, setting->name, text, "give 1 to %zu bytes of printable UTF-8", setting->size - 1);
}

static bool set_ueid(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	size_t n = strlen(text) / 2;

	if (n > UEID_MAX || !bytes_from_hex(text, o->ueid, n) || !ueid_is_sound(bytes_of(o->ueid, n)))
		return setting_wrong(at, setting->name, text,
				     "give 14 to 66 hex digits that begin with 01, 02 or 03, as 01 and 32 random ones");
	o->claims.ueid = bytes_of(o->ueid, n);
	return true;
}

static bool set_timeout(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	char *rest;
	unsigned long value = strtoul(text, &rest, 10);

	if (*text < '0' || *text > '9' || *rest != '\0' || value < 1 || value > TIMEOUT_MAX_SEC)
		return setting_wrong(at, setting->name, text, "give seconds, 1 to %u", TIMEOUT_MAX_SEC);
	o->timeout_sec = (unsigned)value;
	return true;
}

static bool add_label(struct options *o, const struct setting *setting, const struct origin *at, const char *path)
{
	if (!at->file && o->labels_from_file)
		o->n_labels = 0;
	o->labels_from_file = at->file != NULL;
	if (path[0] == '\0')
		return setting_wrong(at, setting->name, path, "name the file of a label statement");
	if (o->n_labels == HALLMARK_LABELS_MAX)
		return setting_wrong(at, setting->name, path, "a submission takes %u labels; leave one out",
				     HALLMARK_LABELS_MAX);
	o->labels[o->n_labels++] = path;
	return true;
}

static bool set_version_scheme(struct options *o, const struct setting *setting, const struct origin *at,
			       const char *text)
{
	o->claims.product.swversion_scheme = version_scheme_from_name(text);
	return o->claims.product.swversion_scheme != VERSION_NONE ||
	       setting_wrong(at, setting->name, text, "no such name; --help lists them");
}

static bool set_debug(struct options *o, const struct setting *setting, const struct origin *at, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(debug_states); i++) {
		if (strcmp(debug_states[i].name, text) != 0)
			continue;
		o->claims.debug = (enum debug_status)debug_states[i].value;
		return true;
	}
	return setting_wrong(at, setting->name, text, "no such name; --help lists them");
}

#define INTO(member)    offsetof(struct options, member), sizeof(((struct options *)0)->member)
#define PRODUCT(member) INTO(claims.product.member)

const struct setting settings[] = {
	{ "gateway", SETTING_TEXT, set_borrowed, INTO(gateway) },
	{ "cert", SETTING_PATH, set_borrowed, INTO(certificate) },
	{ "key", SETTING_PATH, set_borrowed, INTO(key) },
	{ "ca", SETTING_PATH, set_borrowed, INTO(ca) },
	{ "verifier-key", SETTING_PATH, set_borrowed, INTO(verifier_key) },
	{ "label", SETTING_PATHS, add_label, 0, 0 },
	{ "ueid", SETTING_TEXT, set_ueid, 0, 0 },
	{ "oemid", SETTING_TEXT, set_text, PRODUCT(maker) },
	{ "hwmodel", SETTING_TEXT, set_text, PRODUCT(model) },
	{ "hwversion", SETTING_TEXT, set_text, PRODUCT(hwversion) },
	{ "swname", SETTING_TEXT, set_text, PRODUCT(swname) },
	{ "swversion", SETTING_TEXT, set_text, PRODUCT(swversion) },
	{ "version-scheme", SETTING_TEXT, set_version_scheme, 0, 0 },
	{ "dbgstat", SETTING_TEXT, set_debug, 0, 0 },
	{ "timeout", SETTING_NUMBER, set_timeout, 0, 0 },
	{ "nonce", SETTING_FLAG, set_flag, INTO(nonce) },
	{ "no-link", SETTING_FLAG, set_flag, INTO(no_link) },
	{ "admission", SETTING_FLAG, set_flag, INTO(admission) },
	{ "json", SETTING_FLAG, set_flag, INTO(json) },
	{ "once", SETTING_FLAG, set_once, 0, 0 },
	{ "daemon", SETTING_FLAG, set_flag, INTO(daemon) },
	{ "fast", SETTING_FLAG, set_flag, INTO(fast) },
};
const size_t n_settings = ARRAY_SIZE(settings);
