/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a label and of a class, and what makes them whole. Whether a statement is true is its signer's
 * business; here it only has to be whole and of the right form.
 */
#include "ctl/issue/statement.h"

#include <errno.h>
#include <libgen.h>
#include <strings.h>

#include "appraise/version.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "ctl/file.h"
#include "ctl/issue/loader.h"
#include "decide/scheme.h"
#include "identity/identity.h"
#include "token/label.h"

#define ANCHOR_FILE_MAX 65536

DEFINE_CLEANUP(struct anchors *, anchors_free);

static const struct field of_label[] = {
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
	{ "status-uri", FIELD_TEXT, false, INTO(struct label, status_uri) },
	{ "status-index", FIELD_NUMBER, false, INTO(struct label, status_index) },
	{ "issued", FIELD_FROM, false, INTO(struct label, iat_sec) },
	{ "valid-from", FIELD_FROM, true, INTO(struct label, nbf_sec) },
	{ "valid-until", FIELD_UNTIL, true, INTO(struct label, exp_sec) },
	{ "support-until", FIELD_UNTIL, false, INTO(struct label, support_until_sec) },
};

static const struct field of_class[] = {
	{ "maker", FIELD_TEXT, true, INTO(struct label_class, product.maker) },
	{ "model", FIELD_TEXT, true, INTO(struct label_class, product.model) },
	{ "hwversion", FIELD_TEXT, false, INTO(struct label_class, product.hwversion) },
	{ "swname", FIELD_TEXT, false, INTO(struct label_class, product.swname) },
	{ "version-from", FIELD_TEXT, false, INTO(struct label_class, version_from) },
	{ "version-to", FIELD_TEXT, false, INTO(struct label_class, version_to) },
	{ "version-scheme", FIELD_VERSIONS, false, INTO(struct label_class, version_scheme) },
};

const struct fields label_fields = FIELDS(of_label);
const struct fields class_fields = FIELDS(of_class);

/* --- Anchors --- */

/* The CA certificate must be the only one in its file, and identity/ must take it as an anchor. */
static int digest_of_file(struct loader *l, const char *path, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(free_bytes) struct bytes pem = { 0 };
	_cleanup_(certificates_done) struct certificates found = { 0 };
	_cleanup_(anchors_freep) struct anchors *anchors = anchors_new();

	if (file_load(path, ANCHOR_FILE_MAX, &pem) < 0) {
		loader_error(l, "anchor \"%s\": cannot be read", path);
		return -EINVAL;
	}
	if (!anchors || anchors_add(anchors, path, pem) != 1 || certificates_decode(pem, &found) < 0) {
		loader_error(l,
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
		loader_error(l, "anchor \"%s\": give sha256: and 64 hex digits", text);
		return -EINVAL;
	}
	if (text[0] == '/')
		return digest_of_file(l, text, ret);

	source = strdup(l->source->path);
	if (!source || asprintf(&path, "%s/%s", dirname(source), text) < 0)
		return -ENOMEM;
	return digest_of_file(l, path, ret);
}

void statement_add_anchor(struct loader *l, struct label *label, const char *text)
{
	uint8_t digest[SHA256_LEN];

	if (digest_of_anchor(l, text, digest) < 0)
		return;
	for (size_t i = 0; i < label->n_anchors; i++)
		if (memcmp(label->anchors[i], digest, SHA256_LEN) == 0)
			return;
	if (label->n_anchors == HALLMARK_ANCHORS_MAX)
		loader_error(l, "a label names at most %u anchors; make two labels", HALLMARK_ANCHORS_MAX);
	else
		memcpy(label->anchors[label->n_anchors++], digest, SHA256_LEN);
}

/* --- Whole classes and labels --- */

static void check_versions(struct loader *l, const struct label_class *c)
{
	int order = 0;

	if ((c->version_from[0] == '\0') != (c->version_to[0] == '\0'))
		loader_error(l, "a range of versions needs its first and its last");
	else if (c->version_from[0] == '\0' && c->version_scheme != VERSION_NONE)
		loader_error(l, "version-scheme is given and no versions; give versions or leave both out");
	else if (c->version_from[0] != '\0' && c->version_scheme == VERSION_NONE)
		loader_error(l, "versions need a version-scheme that orders them, as \"semver\"");
	else if (c->version_from[0] != '\0' &&
		 version_compare(c->version_scheme, c->version_from, c->version_to, &order) == -EBADMSG)
		loader_error(l, "versions \"%s\" to \"%s\": not of the form of their version-scheme", c->version_from,
			     c->version_to);
	else if (order > 0)
		loader_error(l, "versions \"%s\" to \"%s\": the first is above the last; swap them", c->version_from,
			     c->version_to);
}

void statement_check_class(struct loader *l, const struct label_class *c)
{
	uint8_t scratch[128];
	struct writer w = WRITER(scratch);

	fields_check(l, &class_fields, c);
	if (c->product.maker[0] != '\0' && product_encode_maker(c->product.maker, &w) < 0)
		loader_error(l, "maker = \"%s\": give pen:32473, ieee:acde48 or random: and 32 hex digits",
			     c->product.maker);
	if (c->product.model[0] != '\0' && product_encode_model(c->product.model, &w) < 0)
		loader_error(l, "model = \"%s\": give 1 to 32 bytes, as text or as 0x and hex digits",
			     c->product.model);
	check_versions(l, c);
}

void statement_add_class(struct loader *l, struct label *label, const struct label_class *class)
{
	statement_check_class(l, class);
	if (label->n_classes == HALLMARK_CLASSES_MAX) {
		loader_error(l, "a label has at most %u classes; make two labels", HALLMARK_CLASSES_MAX);
		return;
	}

	struct label_class *more = reallocarray(label->classes, label->n_classes + 1, sizeof(*more));

	if (!more) {
		loader_error(l, "out of memory");
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
		loader_error(l,
			     "scheme = \"%s\": not in the configuration; correct it or add the scheme "
			     "there",
			     label->scheme);
	else if (label->level > scheme->n_levels)
		loader_error(l, "level = %u: %s has levels 1 to %u", label->level, scheme->id, scheme->n_levels);
	else if (label->level_name[0] != '\0' &&
		 strcmp(label->level_name, scheme_level_name(scheme, label->level)) != 0)
		loader_error(l, "level-name = \"%s\": level %u of %s is \"%s\"", label->level_name, label->level,
			     scheme->id, scheme_level_name(scheme, label->level));
}

void statement_finish(struct loader *l, struct label *label)
{
	fields_check(l, &label_fields, label);
	if (label->n_classes == 0)
		loader_error(l, "the label has no class; name what it covers in classes");
	if (label->n_anchors == 0)
		loader_error(l, "the label names no anchor; name the CA that certifies these devices, "
				"or any maker's device "
				"could claim them");
	if (label->exp_sec > 0 && label->exp_sec <= label->nbf_sec)
		loader_error(l, "valid-until is before valid-from; swap them");
	if ((label->status_uri[0] != '\0') != (label->status_index != STATUS_INDEX_NONE))
		loader_error(l, "the place in a status list needs its uri and its index; give both or neither");
	if (label->iat_sec == 0)
		label->iat_sec = l->source->now_sec;
	if (l->source->rules && label->scheme[0] != '\0' && label->level > 0)
		check_scheme(l, label);
}

struct label *statement_new(struct loader *l, struct label_register *r)
{
	struct label *more = reallocarray(r->labels, r->n_labels + 1, sizeof(*more));

	if (more)
		r->labels = more;

	unsigned *lines = reallocarray(l->lines, r->n_labels + 1, sizeof(*lines));

	if (lines)
		l->lines = lines;
	if (!more || !lines) {
		loader_error(l, "out of memory");
		return NULL;
	}
	l->lines[r->n_labels] = l->line;
	r->labels[r->n_labels] = (struct label){ .status_index = STATUS_INDEX_NONE };
	return &r->labels[r->n_labels++];
}

void statement_set_issuer(struct loader *l, const char *text, char ret[static ISSUER_SIZE])
{
	static const struct field issuer = { "issuer", FIELD_TEXT, false, 0, ISSUER_SIZE };

	field_set(l, &issuer, text, ret);
}

/* --- Doors --- */

bool source_is_csv(const struct statement_source *source)
{
	size_t n = strlen(source->path);

	return n > 4 && strcasecmp(source->path + n - 4, ".csv") == 0;
}

/* All labels of a register carry its issuer. */
static void spread_issuer(struct loader *l, struct label_register *r)
{
	l->line = 0;
	if (l->source->issuer)
		statement_set_issuer(l, l->source->issuer, r->issuer);
	for (size_t i = 0; i < r->n_labels && r->issuer[0] == '\0'; i++)
		memcpy(r->issuer, r->labels[i].issuer, ISSUER_SIZE);
	if (r->issuer[0] == '\0')
		loader_error(l, "nobody is named as issuer; give issuer in the file or --issuer NAME");
	for (size_t i = 0; i < r->n_labels; i++) {
		struct label *label = &r->labels[i];

		if (label->issuer[0] != '\0' && strcmp(label->issuer, r->issuer) != 0)
			loader_error(l,
				     "label \"%s\" has issuer \"%s\", the register \"%s\": one "
				     "register has one issuer",
				     label->number, label->issuer, r->issuer);
		memcpy(label->issuer, r->issuer, ISSUER_SIZE);
	}
	if (r->n_labels == 0)
		loader_error(l, "there is no label in it");
}

/* --- What stands twice in a register --- */

static void refuse_twice(struct loader *l, const struct label *first, const struct label *second, unsigned first_line)
{
	const bool is_same_text = strcmp(first->number, second->number) == 0;
	char what[64] = "";

	if (first->level != second->level)
		(void)snprintf(what, sizeof(what), ", with level %u and not %u", first->level, second->level);
	loader_error(
		l,
		"number %s of %s stands twice: in line %u already%s%s%s%s; remove one. Rows of one label differ in "
		"their class alone and stand one after the other",
		second->number, second->scheme, first_line, is_same_text ? "" : " as \"",
		is_same_text ? "" : first->number, is_same_text ? "" : "\"", what);
}

static void check_numbers(struct loader *l, const struct label_register *r)
{
	_cleanup_free_ struct label_pair *pairs = calloc(r->n_labels + 1, sizeof(*pairs));
	int n = pairs ? label_register_find_twice(r, pairs, r->n_labels) : -ENOMEM;

	if (n < 0)
		loader_error(l, "out of memory");
	for (int i = 0; i < n; i++) {
		l->line = l->lines[pairs[i].second];
		refuse_twice(l, &r->labels[pairs[i].first], &r->labels[pairs[i].second], l->lines[pairs[i].first]);
	}
}

static int compare_places(const void *left, const void *right)
{
	const struct label *a = *(const struct label *const *)left, *b = *(const struct label *const *)right;
	int order = strcmp(a->status_uri, b->status_uri);

	if (order == 0)
		order = (a->status_index > b->status_index) - (a->status_index < b->status_index);
	return order != 0 ? order : (a > b) - (a < b);
}

/* Who takes back one of two labels that share a place in a status list takes back the other. */
static void check_places(struct loader *l, const struct label_register *r)
{
	_cleanup_free_ const struct label **sorted = calloc(r->n_labels + 1, sizeof(struct label *));
	size_t n = 0;

	for (size_t i = 0; sorted && i < r->n_labels; i++)
		if (r->labels[i].status_uri[0] != '\0')
			sorted[n++] = &r->labels[i];
	if (!sorted)
		loader_error(l, "out of memory");
	else
		qsort(sorted, n, sizeof(struct label *), compare_places);
	for (size_t i = 1; i < n; i++) {
		const struct label *first = sorted[i - 1], *second = sorted[i];

		if (strcmp(first->status_uri, second->status_uri) != 0 || first->status_index != second->status_index)
			continue;
		l->line = l->lines[second - r->labels];
		loader_error(
			l,
			"index %lld of %s is the place of number %s in line %u already; give each label its own, or "
			"to revoke one would revoke both",
			(long long)second->status_index, second->status_uri, first->number,
			l->lines[first - r->labels]);
	}
}

int statement_load(const struct statement_source *source, struct label *ret)
{
	struct loader l = { .source = source };

	*ret = (struct label){ .status_index = STATUS_INDEX_NONE };
	statement_read_conf(&l, ret);
	l.line = 0;
	if (source->issuer)
		statement_set_issuer(&l, source->issuer, ret->issuer);
	if (l.n_errors == 0 && ret->issuer[0] == '\0')
		loader_error(&l, "nobody is named as issuer; give issuer in the file or --issuer NAME");
	if (loader_result(&l) == 0)
		return 0;

	label_done(ret);
	return -EINVAL;
}

int statements_load(const struct statement_source *source, struct label_register *ret)
{
	struct loader l = { .source = source };
	int r = 0;

	*ret = (struct label_register){ 0 };
	if (source_is_csv(source))
		r = statements_read_csv(&l, ret);
	else
		statements_read_conf(&l, ret);
	if (r == 0 && l.n_errors == 0)
		spread_issuer(&l, ret);
	if (r == 0 && l.n_errors == 0) {
		check_numbers(&l, ret);
		check_places(&l, ret);
	}
	free(l.lines);
	if (r == 0)
		r = loader_result(&l);
	if (r < 0)
		label_register_done(ret);
	return r;
}
