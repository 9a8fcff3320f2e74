/* SPDX-License-Identifier: Apache-2.0 */
/* Text → struct reference: one range of good firmware versions of one product. */
#include "ctl/issue/conf.h"
#include "ctl/issue/list.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"
#include "token/cbor.h"

static const struct field of_reference[] = {
	{ "issuer", FIELD_TEXT, false, INTO(struct reference, issuer) },
	{ "maker", FIELD_TEXT, true, INTO(struct reference, class.product.maker) },
	{ "model", FIELD_MODEL, true, INTO(struct reference, class.product.model) },
	{ "hwversion", FIELD_DEVICE, false, INTO(struct reference, class.product.hwversion) },
	{ "version-from", FIELD_TEXT, true, INTO(struct reference, class.version_from) },
	{ "version-to", FIELD_TEXT, true, INTO(struct reference, class.version_to) },
	{ "version-scheme", FIELD_VERSIONS, true, INTO(struct reference, class.version_scheme) },
	{ "issued", FIELD_FROM, false, INTO(struct reference, iat_sec) },
	{ "valid-until", FIELD_UNTIL, true, INTO(struct reference, exp_sec) },
};
static const struct fields reference_fields = FIELDS(of_reference);

/* --- Measurements: claim 273 as the device encodes it --- */

static bool measurement_parse(const char *text, struct writer *w)
{
	uint8_t bytes[1024];
	const size_t n = strlen(text) / 2;

	if (strncmp(text, "sha256:", 7) == 0) {
		if (!bytes_from_hex(text + 7, bytes, SHA256_LEN))
			return false;
		cbor_put_bstr(w, bytes_of(bytes, SHA256_LEN));
		return true;
	}
	if (n > sizeof(bytes) || !bytes_from_hex(text, bytes, n) || cbor_check(bytes_of(bytes, n)) < 0)
		return false;
	writer_put(w, bytes_of(bytes, n));
	return true;
}

static void add_measurement(struct loader *l, struct typed_reference *t, const char *text)
{
	struct writer w = writer_of(t->measured + t->n_measured, sizeof(t->measured) - t->n_measured);
	struct reference *reference = &t->reference;

	if (reference->n_measurements == HALLMARK_MEASUREMENTS_MAX) {
		loader_error(l, "at most %u measurements; make two references", HALLMARK_MEASUREMENTS_MAX);
		return;
	}
	if (!measurement_parse(text, &w) || w.overflow) {
		loader_error(
			l,
			"measurement \"%s\": give sha256: and 64 hex digits, or the claim of the evidence as hex of "
			"one item of CBOR, up to 1024 bytes",
			text);
		return;
	}
	reference->measurements[reference->n_measurements++] = writer_bytes(&w);
	t->n_measured += w.n;
}

static void read_measurements(struct loader *l, const config_setting_t *list, struct typed_reference *t)
{
	const int n = config_setting_is_aggregate(list) ? config_setting_length(list) : 0;

	if (n == 0)
		loader_error(l, "measurements: give a list, as [\"sha256:…\"], or leave it out");
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (text)
			add_measurement(l, t, text);
		else
			loader_error(l, "measurements: give texts in quotes");
	}
}

/* --- The reference --- */

static void read_setting(struct loader *l, const config_setting_t *setting, struct typed_reference *t)
{
	const char *name = config_setting_name(setting);
	const struct field *f = field_find(&reference_fields, name);

	conf_enter(l, setting);
	if (f)
		conf_read(l, f, setting, &t->reference);
	else if (strcmp(name, "versions") == 0)
		conf_read_versions(l, setting, &t->reference.class);
	else if (strcmp(name, "measurements") == 0)
		read_measurements(l, setting, t);
	else
		loader_error(l, "%s: a reference has no such setting; correct or remove it", name);
}

static void finish(struct loader *l, struct reference *reference)
{
	l->line = 0;
	fields_check(l, &reference_fields, reference);
	statement_check_class(l, &reference->class);
	if (l->source->issuer)
		statement_set_issuer(l, l->source->issuer, reference->issuer);
	if (reference->issuer[0] == '\0' && l->n_errors == 0)
		loader_error(l, "no issuer is named; give issuer in the file or --issuer NAME");
	if (reference->iat_sec == 0)
		reference->iat_sec = l->source->now_sec;
	if (reference->exp_sec <= reference->iat_sec && l->n_errors == 0)
		loader_error(l, "valid-until is before the issue time; give a future day");
}

int reference_load(const struct statement_source *source, struct typed_reference *ret)
{
	struct loader l = { .source = source };
	config_t config;

	memset(ret, 0, sizeof(*ret));
	config_init(&config);
	if (conf_parse(&l, &config))
		for (int i = 0; i < config_setting_length(config_root_setting(&config)); i++)
			read_setting(&l, config_setting_get_elem(config_root_setting(&config), (unsigned)i), ret);
	config_destroy(&config);
	finish(&l, &ret->reference);
	return loader_result(&l);
}
