/* SPDX-License-Identifier: Apache-2.0 */
/* Text → struct reference: one range of good firmware versions of one product. */
#include "base/spelling.h"
#include "ctl/issue/conf.h"
#include "ctl/issue/list.h"
#include "ctl/issue/loader.h"
#include "ctl/issue/statement.h"
#include "token/cbor.h"
#include "token/measured.h"

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

/* --- Measurements: items of claim 273 --- */

#define COMPONENT_MAX 64 /* bytes of a component's name */
#define DIGEST_MAX    64

/* "boot loader sha-256:…": a measured component. */
static bool component_parse(const char *text, const char *algorithm, struct writer *w)
{
	const size_t n_name = (size_t)(algorithm - text) - 1;
	const char *digest = strchr(algorithm, ':');
	char name[COMPONENT_MAX + 1], near[COMPONENT_MAX + 1], method[16];
	uint8_t bytes[DIGEST_MAX];
	const size_t n = digest ? strlen(digest + 1) / 2 : 0;

	if (!digest || n_name == 0 || n_name > COMPONENT_MAX || (size_t)(digest - algorithm) >= sizeof(method) ||
	    n > sizeof(bytes) || !bytes_from_hex(digest + 1, bytes, n))
		return false;
	(void)snprintf(name, sizeof(name), "%.*s", (int)n_name, text);
	if (spelling_find(name, near, sizeof(near)) != 0 || !bytes_are_text(bytes_of_string(name)))
		return false;
	(void)snprintf(method, sizeof(method), "%.*s", (int)(digest - algorithm), algorithm);
	return measured_put_digest(name, method, bytes_of(bytes, n), w);
}

static bool measurement_parse(const char *text, struct writer *w)
{
	const char *space = strrchr(text, ' ');
	const size_t n = strlen(text) / 2;
	struct measured m;
	uint8_t bytes[1024];

	if (space)
		return component_parse(text, space + 1, w);
	if (n > sizeof(bytes) || !bytes_from_hex(text, bytes, n) || cbor_check(bytes_of(bytes, n)) < 0 ||
	    measured_decode(bytes_of(bytes, n), &m) < 0)
		return false;
	writer_put(w, bytes_of(bytes, n));
	return true;
}

static void add_measurement(struct loader *l, struct typed_reference *t, const char *text)
{
	struct writer w = writer_of(t->measured + t->n_measured, sizeof(t->measured) - t->n_measured);
	struct reference *reference = &t->reference;

	if (reference->n_measurements == HALLMARK_MEASUREMENTS_MAX) {
		loader_error(l, "at most %u measurements; give narrower ranges of versions a reference each",
			     HALLMARK_MEASUREMENTS_MAX);
		return;
	}
	if (!measurement_parse(text, &w)) {
		loader_error(
			l,
			"measurement \"%.80s\": give the component's name, one space and its digest, as \"firmware "
			"sha-256:…\" "
			"(sha-256, sha-384 or sha-512, in hex), or one item of claim 273 as hex of its CBOR, up to "
			"1024 bytes",
			text);
		return;
	}
	if (w.overflow) {
		loader_error(l,
			     "measurement %zu: with it they have more than %zu bytes together; give narrower ranges of "
			     "versions a reference each",
			     reference->n_measurements + 1, sizeof(t->measured));
		return;
	}
	reference->measurements[reference->n_measurements++] = writer_bytes(&w);
	t->n_measured += w.n;
}

static void read_measurements(struct loader *l, const config_setting_t *list, struct typed_reference *t)
{
	const int n = config_setting_is_aggregate(list) ? config_setting_length(list) : 0;

	if (n == 0)
		loader_error(l, "measurements: give a list, as [\"firmware sha-256:…\"], or leave it out");
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
	l->at.line = 0;
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
	const config_setting_t *root = conf_parse(&l);

	memset(ret, 0, sizeof(*ret));
	for (int i = 0; root && i < config_setting_length(root); i++)
		read_setting(&l, config_setting_get_elem(root, (unsigned)i), ret);
	finish(&l, &ret->reference);
	return loader_end(&l);
}
