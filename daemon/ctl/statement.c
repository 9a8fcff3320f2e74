/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text → struct label, by two tables of fields that serve libconfig and CSV alike. Whether a
 * statement is true is its signer's business; here it only has to be whole and of the right form.
 */
#include "ctl/statement.h"

#include <errno.h>
#include <libconfig.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "ctl/file.h"
#include "ctl/when.h"
#include "identity/identity.h"

#define ANCHOR_FILE_MAX 65536
#define ERRORS_MAX      20   /* shown; more only bury the first */
#define COLUMNS_MAX     32   /* of a CSV row: more than there are fields */
#define ROW_MAX         8192 /* bytes of a CSV row */

DEFINE_CLEANUP(struct anchors *, anchors_free);

/* State of one load. */
struct loader {
	const struct statement_source *source;
	unsigned line; /* that is being read; 0: the file as a whole */
	unsigned n_errors;
};

enum field_kind {
	FIELD_NONE = 0,
	FIELD_TEXT,
	FIELD_LEVEL,
	FIELD_BASIS,
	FIELD_FROM,     /* a day, from its beginning; or a time */
	FIELD_UNTIL,    /* a day, to its end; or a time */
	FIELD_VERSIONS, /* the scheme that orders versions */
	FIELD_FURTHER,  /* words of a label, separated by spaces */
};

struct field {
	const char *name;
	enum field_kind kind;
	bool required;
	size_t offset, size;
};

#define INTO(type, member) offsetof(type, member), sizeof(((type *)0)->member)

static const struct field label_fields[] = {
	{ "issuer", FIELD_TEXT, false, INTO(struct label, issuer) },
	{ "number", FIELD_TEXT, true, INTO(struct label, number) },
	{ "scheme", FIELD_TEXT, true, INTO(struct label, scheme) },
	{ "level", FIELD_LEVEL, true, INTO(struct label, level) },
	{ "level-name", FIELD_TEXT, false, INTO(struct label, level_name) },
	{ "basis", FIELD_BASIS, false, INTO(struct label, basis) },
	{ "category", FIELD_TEXT, true, INTO(struct label, category) },
	{ "field", FIELD_TEXT, false, INTO(struct label, field) },
	{ "scheme-version", FIELD_TEXT, false, INTO(struct label, scheme_version) },
	{ "lab", FIELD_TEXT, false, INTO(struct label, lab) },
	{ "extends", FIELD_TEXT, false, INTO(struct label, extends) },
	{ "further", FIELD_FURTHER, false, INTO(struct label, further) },
	{ "issued", FIELD_FROM, false, INTO(struct label, iat_sec) },
	{ "valid-from", FIELD_FROM, true, INTO(struct label, nbf_sec) },
	{ "valid-until", FIELD_UNTIL, true, INTO(struct label, exp_sec) },
	{ "support-until", FIELD_UNTIL, false, INTO(struct label, support_until_sec) },
};

static const struct field class_fields[] = {
	{ "maker", FIELD_TEXT, true, INTO(struct label_class, product.maker) },
	{ "model", FIELD_TEXT, true, INTO(struct label_class, product.model) },
	{ "hwversion", FIELD_TEXT, false, INTO(struct label_class, product.hwversion) },
	{ "swname", FIELD_TEXT, false, INTO(struct label_class, product.swname) },
	{ "version-from", FIELD_TEXT, false, INTO(struct label_class, version_from) },
	{ "version-to", FIELD_TEXT, false, INTO(struct label_class, version_to) },
	{ "version-scheme", FIELD_VERSIONS, false, INTO(struct label_class, version_scheme) },
};

struct named {
	const char *name;
	unsigned value;
};

static const struct named bases[] = {
	{ "tested", HALLMARK_BASIS_TESTED },
	{ "recognition", HALLMARK_BASIS_RECOGNITION },
	{ "unknown", HALLMARK_BASIS_UNKNOWN },
};

static void error_at(struct loader *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void error_at(struct loader *l, const char *format, ...)
{
	char text[512];
	va_list ap;

	if (++l->n_errors > ERRORS_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (l->line > 0)
		log_error("%s:%u: %s", l->source->path, l->line, text);
	else
		log_error("%s: %s", l->source->path, text);
}

/* --- One field from its text --- */

static const struct named *find_named(const struct named *table, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, text) == 0)
			return &table[i];
	return NULL;
}

static void set_text(struct loader *l, const struct field *f, const char *text, char *dest)
{
	if (text[0] == '\0' || !bytes_to_text(bytes_of_string(text), dest, f->size))
		error_at(l, "%s = \"%s\": give 1 to %zu bytes of printable UTF-8", f->name, text, f->size - 1);
}

static void set_level(struct loader *l, const struct field *f, const char *text, uint8_t *dest)
{
	char *rest;
	unsigned long level = strtoul(text, &rest, 10);

	if (text[0] < '0' || text[0] > '9' || *rest != '\0' || level < 1 || level > UINT8_MAX)
		error_at(l, "%s = \"%s\": give the level's place in the scheme's own order, 1 to 255", f->name, text);
	else
		*dest = (uint8_t)level;
}

static void set_time(struct loader *l, const struct field *f, const char *text, int64_t *dest)
{
	bool ok = f->kind == FIELD_UNTIL ? when_parse_end(text, dest) : when_parse(text, dest, NULL);

	if (!ok)
		error_at(l, "%s = \"%s\": give a day as 2026-05-31, or a time as 2026-05-31T12:00:00Z", f->name, text);
}

static void set_further(struct loader *l, const char *text, struct label *label)
{
	label->n_further = 0;
	for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (label->n_further == HALLMARK_FURTHER_MAX ||
		    !bytes_to_text(bytes_of(at, n), label->further[label->n_further], FURTHER_SIZE)) {
			label->n_further = 0;
			break;
		}
		label->n_further++;
		at += n;
	}
	if (label->n_further == 0)
		error_at(l, "further = \"%s\": give 1 to %u words of up to %u bytes, separated by spaces", text,
			 HALLMARK_FURTHER_MAX, FURTHER_SIZE - 1);
}

static void set_field(struct loader *l, const struct field *f, const char *text, void *record)
{
	void *dest = (char *)record + f->offset;
	const struct named *named;

	switch (f->kind) {
	case FIELD_TEXT:
		set_text(l, f, text, dest);
		return;
	case FIELD_LEVEL:
		set_level(l, f, text, dest);
		return;
	case FIELD_BASIS:
		named = find_named(bases, ARRAY_SIZE(bases), text);
		if (named)
			*(enum hallmark_basis *)dest = (enum hallmark_basis)named->value;
		else
			error_at(l, "basis = \"%s\": give tested, recognition or unknown", text);
		return;
	case FIELD_VERSIONS:
		*(enum version_scheme *)dest = version_scheme_from_name(text);
		if (*(enum version_scheme *)dest == VERSION_NONE)
			error_at(l,
				 "version-scheme = \"%s\": give semver, multipartnumeric, "
				 "multipartnumeric+suffix, alphanumeric or decimal",
				 text);
		return;
	case FIELD_FURTHER:
		set_further(l, text, record);
		return;
	default:
		set_time(l, f, text, dest);
	}
}

static const struct field *find_field(const struct field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static bool field_is_set(const struct field *f, const void *record)
{
	const char *at = (const char *)record + f->offset;

	for (size_t i = 0; i < f->size; i++)
		if (at[i] != 0)
			return true;
	return false;
}

/* Only when all before was of the right form: a field that was refused is not missing too. */
static void check_required(struct loader *l, const struct field *fields, size_t n, const void *record)
{
	if (l->n_errors > 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (fields[i].required && !field_is_set(&fields[i], record))
			error_at(l, "%s is missing; a statement cannot do without it", fields[i].name);
}

/* --- Anchors --- */

/* The CA certificate must be the only one in its file, and identity/ must take it as an anchor. */
static int digest_of_file(struct loader *l, const char *path, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(free_bytes) struct bytes pem = { 0 };
	_cleanup_(certificates_done) struct certificates found = { 0 };
	_cleanup_(anchors_freep) struct anchors *anchors = anchors_new();

	if (file_load(path, ANCHOR_FILE_MAX, &pem) < 0) {
		error_at(l, "anchor \"%s\": cannot be read", path);
		return -EINVAL;
	}
	if (!anchors || anchors_add(anchors, path, pem) != 1 || certificates_decode(pem, &found) < 0) {
		error_at(l,
			 "anchor \"%s\": give a PEM file of one CA certificate, or sha256: and 64 "
			 "hex digits",
			 path);
		return -EINVAL;
	}
	return digest_sha256(found.der[0], ret);
}

static int digest_of_anchor(struct loader *l, const char *text, uint8_t ret[static SHA256_LEN])
{
	_cleanup_free_ char *source = NULL, *path = NULL;

	if (strncmp(text, "sha256:", 7) == 0) {
		if (bytes_from_hex(text + 7, ret, SHA256_LEN))
			return 0;
		error_at(l, "anchor \"%s\": give sha256: and 64 hex digits", text);
		return -EINVAL;
	}
	if (text[0] == '/')
		return digest_of_file(l, text, ret);

	source = strdup(l->source->path);
	if (!source || asprintf(&path, "%s/%s", dirname(source), text) < 0)
		return -ENOMEM;
	return digest_of_file(l, path, ret);
}

static void add_anchor(struct loader *l, struct label *label, const char *text)
{
	uint8_t digest[SHA256_LEN];

	if (digest_of_anchor(l, text, digest) < 0)
		return;
	for (size_t i = 0; i < label->n_anchors; i++)
		if (memcmp(label->anchors[i], digest, SHA256_LEN) == 0)
			return;
	if (label->n_anchors == HALLMARK_ANCHORS_MAX)
		error_at(l, "a label names at most %u anchors; make two labels", HALLMARK_ANCHORS_MAX);
	else
		memcpy(label->anchors[label->n_anchors++], digest, SHA256_LEN);
}

/* --- Whole classes and labels --- */

static void check_versions(struct loader *l, const struct label_class *c)
{
	int order = 0;

	if ((c->version_from[0] == '\0') != (c->version_to[0] == '\0'))
		error_at(l, "a range of versions needs its first and its last");
	else if (c->version_from[0] == '\0' && c->version_scheme != VERSION_NONE)
		error_at(l, "version-scheme is given and no versions; give versions or leave both out");
	else if (c->version_from[0] != '\0' && c->version_scheme == VERSION_NONE)
		error_at(l, "versions need a version-scheme that orders them, as \"semver\"");
	else if (c->version_from[0] != '\0' &&
		 version_compare(c->version_scheme, c->version_from, c->version_to, &order) == -EBADMSG)
		error_at(l, "versions \"%s\" to \"%s\": not of the form of their version-scheme", c->version_from,
			 c->version_to);
	else if (order > 0)
		error_at(l, "versions \"%s\" to \"%s\": the first is above the last; swap them", c->version_from,
			 c->version_to);
}

static void check_class(struct loader *l, const struct label_class *c)
{
	uint8_t scratch[128];
	struct writer w = WRITER(scratch);

	check_required(l, class_fields, ARRAY_SIZE(class_fields), c);
	if (c->product.maker[0] != '\0' && product_encode_maker(c->product.maker, &w) < 0)
		error_at(l, "maker = \"%s\": give pen:32473, ieee:acde48 or random: and 32 hex digits",
			 c->product.maker);
	if (c->product.model[0] != '\0' && product_encode_model(c->product.model, &w) < 0)
		error_at(l, "model = \"%s\": give 1 to 32 bytes, as text or as 0x and hex digits", c->product.model);
	check_versions(l, c);
}

static void add_class(struct loader *l, struct label *label, const struct label_class *class)
{
	check_class(l, class);
	if (label->n_classes == HALLMARK_CLASSES_MAX) {
		error_at(l, "a label has at most %u classes; make two labels", HALLMARK_CLASSES_MAX);
		return;
	}

	struct label_class *more = reallocarray(label->classes, label->n_classes + 1, sizeof(*more));

	if (!more) {
		error_at(l, "out of memory");
		return;
	}
	label->classes = more;
	label->classes[label->n_classes++] = *class;
}

/* Only with --config: the scheme, its level and the level's name are as configured. */
static void check_scheme(struct loader *l, const struct label *label)
{
	const struct scheme *scheme = scheme_find(l->source->rules, label->scheme);

	if (!scheme)
		error_at(l,
			 "scheme = \"%s\": not in the configuration; correct it or add the scheme "
			 "there",
			 label->scheme);
	else if (label->level > scheme->n_levels)
		error_at(l, "level = %u: %s has levels 1 to %u", label->level, scheme->id, scheme->n_levels);
	else if (label->level_name[0] != '\0' &&
		 strcmp(label->level_name, scheme_level_name(scheme, label->level)) != 0)
		error_at(l, "level-name = \"%s\": level %u of %s is \"%s\"", label->level_name, label->level,
			 scheme->id, scheme_level_name(scheme, label->level));
}

static void finish_label(struct loader *l, struct label *label)
{
	check_required(l, label_fields, ARRAY_SIZE(label_fields), label);
	if (label->n_classes == 0)
		error_at(l, "the label has no class; name what it covers in classes");
	if (label->n_anchors == 0)
		error_at(l, "the label names no anchor; name the CA that certifies these devices, "
			    "or any maker's device "
			    "could claim them");
	if (label->exp_sec > 0 && label->exp_sec <= label->nbf_sec)
		error_at(l, "valid-until is before valid-from; swap them");
	if (label->iat_sec == 0)
		label->iat_sec = l->source->now_sec;
	if (l->source->rules && label->scheme[0] != '\0' && label->level > 0)
		check_scheme(l, label);
}

static struct label *new_label(struct loader *l, struct label_register *r)
{
	struct label *more = reallocarray(r->labels, r->n_labels + 1, sizeof(*more));

	if (!more) {
		error_at(l, "out of memory");
		return NULL;
	}
	r->labels = more;
	r->labels[r->n_labels] = (struct label){ 0 };
	return &r->labels[r->n_labels++];
}

static void set_issuer(struct loader *l, const char *text, char ret[static ISSUER_SIZE])
{
	set_text(l, &label_fields[0], text, ret);
}

/* --- libconfig --- */

static void enter(struct loader *l, const config_setting_t *setting)
{
	l->line = config_setting_source_line(setting);
}

/* A text or a whole number, as text; NULL for anything else. */
static const char *setting_text(const config_setting_t *setting, char ret_number[static 24])
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return config_setting_get_string(setting);
	if (config_setting_type(setting) != CONFIG_TYPE_INT)
		return NULL;
	(void)snprintf(ret_number, 24, "%d", config_setting_get_int(setting));
	return ret_number;
}

static void read_setting(struct loader *l, const struct field *f, const config_setting_t *setting, void *record)
{
	char number[24];
	const char *text = setting_text(setting, number);

	if (text)
		set_field(l, f, text, record);
	else
		error_at(l, "%s: give a text in quotes or a whole number", f->name);
}

/* versions = ["1.0.0", "1.9.9"]; one alone is first and last. */
static void read_versions(struct loader *l, const config_setting_t *list, struct label_class *class)
{
	int n = config_setting_is_aggregate(list) ? config_setting_length(list) : 0;
	const char *from = n > 0 ? config_setting_get_string_elem(list, 0) : NULL;
	const char *to = n > 0 ? config_setting_get_string_elem(list, n - 1) : NULL;

	if (n < 1 || n > 2 || !from || !to) {
		error_at(l, "versions: give the first and the last, as [\"1.0.0\", \"1.9.9\"]");
		return;
	}
	set_field(l, find_field(class_fields, ARRAY_SIZE(class_fields), "version-from"), from, class);
	set_field(l, find_field(class_fields, ARRAY_SIZE(class_fields), "version-to"), to, class);
}

static void read_class(struct loader *l, const config_setting_t *group, struct label *label)
{
	struct label_class class = { 0 };

	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++) {
		const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(setting);
		const struct field *f = find_field(class_fields, ARRAY_SIZE(class_fields), name);

		enter(l, setting);
		if (f)
			read_setting(l, f, setting, &class);
		else if (strcmp(name, "versions") == 0)
			read_versions(l, setting, &class);
		else
			error_at(l, "%s: a class has no such setting; correct or remove it", name);
	}
	enter(l, group);
	add_class(l, label, &class);
}

static void read_classes(struct loader *l, const config_setting_t *list, struct label *label)
{
	if (!config_setting_is_list(list))
		error_at(l, "classes: give a list of groups, as ( { maker = \"pen:32473\"; model = "
			    "\"x\"; } )");
	for (int i = 0; config_setting_is_list(list) && i < config_setting_length(list); i++)
		read_class(l, config_setting_get_elem(list, (unsigned)i), label);
}

static void read_anchors(struct loader *l, const config_setting_t *list, struct label *label)
{
	int n = config_setting_is_aggregate(list) ? config_setting_length(list) : 0;

	if (n == 0)
		error_at(l, "anchors: give a list, as [\"ca.pem\", \"sha256:…\"]");
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (text)
			add_anchor(l, label, text);
		else
			error_at(l, "anchors: give texts in quotes");
	}
}

static void read_label_setting(struct loader *l, const config_setting_t *setting, struct label *label)
{
	const char *name = config_setting_name(setting);
	const struct field *f = find_field(label_fields, ARRAY_SIZE(label_fields), name);

	enter(l, setting);
	if (f)
		read_setting(l, f, setting, label);
	else if (strcmp(name, "classes") == 0)
		read_classes(l, setting, label);
	else if (strcmp(name, "anchors") == 0)
		read_anchors(l, setting, label);
	else
		error_at(l, "%s: a label has no such setting; correct or remove it", name);
}

static void read_label(struct loader *l, const config_setting_t *group, struct label *label)
{
	for (int i = 0; config_setting_is_group(group) && i < config_setting_length(group); i++)
		read_label_setting(l, config_setting_get_elem(group, (unsigned)i), label);
	enter(l, group);
	finish_label(l, label);
}

static void read_register(struct loader *l, const config_setting_t *root, struct label_register *ret)
{
	char number[24];

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
		const char *name = config_setting_name(setting);

		enter(l, setting);
		if (strcmp(name, "issuer") == 0 && setting_text(setting, number)) {
			set_issuer(l, setting_text(setting, number), ret->issuer);
		} else if (strcmp(name, "labels") == 0 && config_setting_is_list(setting)) {
			for (int k = 0; k < config_setting_length(setting); k++) {
				struct label *label = new_label(l, ret);

				if (label)
					read_label(l, config_setting_get_elem(setting, (unsigned)k), label);
			}
		} else {
			error_at(l, "%s: a register has issuer = \"…\" and labels = ( { … } )", name);
		}
	}
}

static bool parse_file(struct loader *l, config_t *config)
{
	if (config_read_file(config, l->source->path) == CONFIG_TRUE)
		return true;

	l->line = config_error_type(config) == CONFIG_ERR_PARSE ? (unsigned)config_error_line(config) : 0;
	error_at(l, "%s%s", config_error_text(config),
		 l->line > 0 ? "; settings are name = value;" : "; is the name right?");
	return false;
}

/* --- CSV (RFC 4180, without line breaks within fields) --- */

/* Splits a row in place. Returns the number of fields, or -1 for a quote that is not closed. */
static int split_row(char *row, char *ret[static COLUMNS_MAX])
{
	char *in = row, *out = row;
	int n = 0;

	row[strcspn(row, "\r\n")] = '\0';
	while (n < COLUMNS_MAX) {
		bool quoted = *in == '"';

		ret[n++] = out;
		for (in += quoted; *in != '\0' && (quoted || *in != ','); in++) {
			if (quoted && *in == '"' && in[1] != '"')
				break;
			in += quoted && *in == '"';
			*out++ = *in;
		}
		if (quoted && *in++ != '"')
			return -1;

		char end = *in++;

		*out++ = '\0';
		if (end != ',')
			return end == '\0' ? n : -1;
	}
	return -1;
}

static void read_cell(struct loader *l, const char *column, char *cell, struct label *label, struct label_class *class)
{
	const struct field *of_label = find_field(label_fields, ARRAY_SIZE(label_fields), column);
	const struct field *of_class = find_field(class_fields, ARRAY_SIZE(class_fields), column);

	if (cell[0] == '\0')
		return;
	if (of_label)
		set_field(l, of_label, cell, label);
	if (of_class)
		set_field(l, of_class, cell, class);
	if (strcmp(column, "anchors") != 0)
		return;

	char *rest = NULL;

	for (char *one = strtok_r(cell, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
		add_anchor(l, label, one);
}

static bool header_is_known(struct loader *l, char *const *columns, int n)
{
	unsigned before = l->n_errors;

	for (int i = 0; i < n; i++)
		if (!find_field(label_fields, ARRAY_SIZE(label_fields), columns[i]) &&
		    !find_field(class_fields, ARRAY_SIZE(class_fields), columns[i]) &&
		    strcmp(columns[i], "anchors") != 0)
			error_at(l,
				 "column \"%s\": not known; the first row names the settings of a "
				 "label and of a class",
				 columns[i]);
	return l->n_errors == before;
}

/* A row like the one before it but for its class is one more class of the same label. */
static bool continues(const struct label *before, const struct label *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(label_fields); i++) {
		const struct field *f = &label_fields[i];

		if (memcmp((const char *)before + f->offset, (const char *)row + f->offset, f->size) != 0)
			return false;
	}
	return memcmp(before->anchors, row->anchors, sizeof(row->anchors)) == 0;
}

static void read_row(struct loader *l, char *const *columns, char *const *cells, int n, struct label_register *ret)
{
	struct label row = { 0 }, *label = ret->n_labels > 0 ? &ret->labels[ret->n_labels - 1] : NULL;
	struct label_class class = { 0 };

	for (int i = 0; i < n; i++)
		read_cell(l, columns[i], cells[i], &row, &class);
	if (row.iat_sec == 0)
		row.iat_sec = l->source->now_sec;
	if (label && continues(label, &row)) {
		add_class(l, label, &class);
		return;
	}
	label = new_label(l, ret);
	if (!label)
		return;
	*label = row;
	add_class(l, label, &class);
	finish_label(l, label);
}

static void read_csv(struct loader *l, FILE *f, struct label_register *ret)
{
	char header[ROW_MAX], text[ROW_MAX], *columns[COLUMNS_MAX], *cells[COLUMNS_MAX];
	int n_columns = 0;

	for (l->line = 1; fgets(l->line == 1 ? header : text, ROW_MAX, f); l->line++) {
		char *row = l->line == 1 ? header : text;

		if (!strchr(row, '\n') && !feof(f)) {
			error_at(l, "the row is longer than %u bytes", ROW_MAX);
			return;
		}
		if (l->line == 1) {
			n_columns = split_row(row, columns);
			if (n_columns < 0 || !header_is_known(l, columns, n_columns))
				return;
		} else if (row[strspn(row, "\r\n")] != '\0') {
			int n = split_row(row, cells);

			if (n == n_columns)
				read_row(l, columns, cells, n, ret);
			else
				error_at(l,
					 "the row does not have the %d fields of the first; quote "
					 "commas with \"…\"",
					 n_columns);
		}
	}
}

/* --- Doors --- */

static int load_csv(struct loader *l, struct label_register *ret)
{
	_cleanup_fclose_ FILE *f = fopen(l->source->path, "re");

	if (!f)
		return log_errno(-errno, "%s", l->source->path);
	read_csv(l, f, ret);
	return 0;
}

static bool source_is_csv(const struct statement_source *source)
{
	size_t n = strlen(source->path);

	return n > 4 && strcasecmp(source->path + n - 4, ".csv") == 0;
}

/* All labels of a register carry its issuer. */
static void spread_issuer(struct loader *l, struct label_register *r)
{
	l->line = 0;
	if (l->source->issuer)
		set_issuer(l, l->source->issuer, r->issuer);
	for (size_t i = 0; i < r->n_labels && r->issuer[0] == '\0'; i++)
		memcpy(r->issuer, r->labels[i].issuer, ISSUER_SIZE);
	if (r->issuer[0] == '\0')
		error_at(l, "nobody is named as issuer; give issuer in the file or --issuer NAME");
	for (size_t i = 0; i < r->n_labels; i++) {
		struct label *label = &r->labels[i];

		if (label->issuer[0] != '\0' && strcmp(label->issuer, r->issuer) != 0)
			error_at(l,
				 "label \"%s\" has issuer \"%s\", the register \"%s\": one "
				 "register has one issuer",
				 label->number, label->issuer, r->issuer);
		memcpy(label->issuer, r->issuer, ISSUER_SIZE);
	}
	if (r->n_labels == 0)
		error_at(l, "there is no label in it");
}

static int outcome(const struct loader *l)
{
	if (l->n_errors > ERRORS_MAX)
		log_error("%s: and %u errors more", l->source->path, l->n_errors - ERRORS_MAX);
	return l->n_errors > 0 ? -EINVAL : 0;
}

int statement_load(const struct statement_source *source, struct label *ret)
{
	struct loader l = { .source = source };
	config_t config;

	*ret = (struct label){ 0 };
	config_init(&config);
	if (parse_file(&l, &config))
		read_label(&l, config_root_setting(&config), ret);
	config_destroy(&config);
	l.line = 0;
	if (source->issuer)
		set_issuer(&l, source->issuer, ret->issuer);
	if (l.n_errors == 0 && ret->issuer[0] == '\0')
		error_at(&l, "nobody is named as issuer; give issuer in the file or --issuer NAME");
	if (outcome(&l) == 0)
		return 0;

	label_done(ret);
	return -EINVAL;
}

int statements_load(const struct statement_source *source, struct label_register *ret)
{
	struct loader l = { .source = source };
	config_t config;
	int r = 0;

	*ret = (struct label_register){ 0 };
	config_init(&config);
	if (source_is_csv(source))
		r = load_csv(&l, ret);
	else if (parse_file(&l, &config))
		read_register(&l, config_root_setting(&config), ret);
	config_destroy(&config);
	if (r == 0 && l.n_errors == 0)
		spread_issuer(&l, ret);
	if (r == 0)
		r = outcome(&l);
	if (r < 0)
		label_register_done(ret);
	return r;
}
