/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a label and of a class, and the checks of a complete one. Only the form is checked: the signer is
 * responsible for the truth of a statement.
 */
#include "ctl/issue/statement.h"

#include <errno.h>
#include <string.h>

#include "appraise/version.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/included.h"
#include "base/language.h"
#include "base/suggestion.h"
#include "ctl/file.h"
#include "ctl/issue/loader.h"
#include "decide/scheme.h"
#include "identity/identity.h"
#include "token/label.h"
#include "token/pem.h"

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
	{ "lab", FIELD_PROSE, false, INTO(struct label, lab) },
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
	{ "model", FIELD_MODEL, true, INTO(struct label_class, product.model) },
	{ "hwversion", FIELD_DEVICE, false, INTO(struct label_class, product.hwversion) },
	{ "swname", FIELD_DEVICE, false, INTO(struct label_class, product.swname) },
	{ "version-from", FIELD_TEXT, false, INTO(struct label_class, version_from) },
	{ "version-to", FIELD_TEXT, false, INTO(struct label_class, version_to) },
	{ "version-scheme", FIELD_VERSIONS, false, INTO(struct label_class, version_scheme) },
};

const struct fields label_fields = FIELDS(of_label);
const struct fields class_fields = FIELDS(of_class);

/* --- Anchors --- */

/* The CA certificate must be the only one in its file, and identity/ must accept it as an anchor. */
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
		loader_error(l, "anchor \"%s\": %s", path,
			     translated(pem_fault(
				     pem, PEM_CA,
				     TO_TRANSLATE("give a PEM file of one CA certificate, or sha256: and 64 hex "
						  "digits"))));
		return -EINVAL;
	}
	return digest_sha256(found.der[0], ret);
}

static int digest_of_anchor(struct loader *l, const char *text, uint8_t ret[static SHA256_LEN])
{
	char path[PATH_MAX];

	if (strncmp(text, "sha256:", 7) == 0) {
		if (bytes_from_hex(text + 7, ret, SHA256_LEN))
			return 0;
		loader_error(l, "anchor \"%s\": give sha256: and 64 hex digits", text);
		return -EINVAL;
	}
	return digest_of_file(l, included_path(l->source->path, text, path), ret);
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

/* --- Complete classes and labels --- */

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

/* --- Only with --config: what the configuration knows --- */

/* No arrangement and no rule could ever apply to a word that is not configured. */
static void check_word(struct loader *l, const struct vocabulary *known, const char *name, const char *word)
{
	struct suggestion s;
	char hint[128];

	if (word[0] != '\0' && !vocabulary_has(known, word, &s))
		loader_error(l, "%s = \"%s\": not among the configured words; correct it or add the word there%s", name,
			     word, suggestion_text(&s, hint));
}

static void refuse_scheme(struct loader *l, const char *id)
{
	const struct recognition_rules *rules = l->source->rules;
	struct suggestion s = { .word = id };
	char hint[128];

	for (size_t i = 0; i < rules->n_schemes; i++)
		suggestion_offer(&s, rules->schemes[i].id);
	loader_error(l, "scheme = \"%s\": not in the configuration; correct it or add the scheme there%s", id,
		     suggestion_text(&s, hint));
}

/* The scheme, its level and the level's name must be as configured. */
static void check_scheme(struct loader *l, const struct label *label)
{
	const struct scheme *scheme = scheme_find(l->source->rules, label->scheme);

	if (!scheme)
		refuse_scheme(l, label->scheme);
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
				"or any maker's device could claim them");
	if (label->exp_sec > 0 && label->exp_sec <= label->nbf_sec)
		loader_error(l, "valid-until is before valid-from; swap them");
	else if (label->exp_sec > 0 && label->exp_sec <= l->source->now_sec)
		loader_warning(
			l,
			"label \"%s\" has expired already, and no gateway counts it; correct valid-until or remove it",
			label->number);
	if ((label->status_uri[0] != '\0') != (label->status_index != STATUS_INDEX_NONE))
		loader_error(l, "the place in a status list needs its uri and its index; give both or neither");
	if (label->iat_sec == 0)
		label->iat_sec = l->source->now_sec;
	if (l->source->rules && label->scheme[0] != '\0' && label->level > 0)
		check_scheme(l, label);
	if (l->source->rules) {
		check_word(l, &l->source->rules->categories, "category", label->category);
		check_word(l, &l->source->rules->fields, "field", label->field);
	}
}

struct label *statement_new(struct loader *l, struct label_register *r)
{
	struct label *more = reallocarray(r->labels, r->n_labels + 1, sizeof(*more));

	if (more)
		r->labels = more;

	struct position *begins = reallocarray(l->begins, r->n_labels + 1, sizeof(*begins));

	if (begins)
		l->begins = begins;
	if (!more || !begins) {
		loader_error(l, "out of memory");
		return NULL;
	}
	l->begins[r->n_labels] = l->at;
	r->labels[r->n_labels] = (struct label){ .status_index = STATUS_INDEX_NONE };
	return &r->labels[r->n_labels++];
}

void statement_set_issuer(struct loader *l, const char *text, char ret[static ISSUER_SIZE])
{
	static const struct field issuer = { "issuer", FIELD_TEXT, false, 0, ISSUER_SIZE };

	field_set(l, &issuer, text, ret);
}
