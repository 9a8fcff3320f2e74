/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmark-label inspect`: shows what a file says, as far as it can be read. It does not judge: no signature is
 * verified, no period compared. Numbers without a name are shown in diagnostic notation. Names are those of the
 * specifications, in every language.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/inspect/claim_names.h"
#include "ctl/inspect/diagnostic.h"
#include "ctl/page.h"
#include "ctl/value.h"
#include "hallmark/protocol.h"
#include "identity/describe.h"
#include "token/cbor.h"

DEFINE_CLEANUP(struct value *, value_free);

#define DIAGNOSTIC_SIZE 1600 /* of one value: the rest is cut */
#define MEMBERS_SHOWN   100  /* of one list */
#define TAG_CWT         61   /* RFC 8392 section 6 */
#define TAG_SIGN1       18   /* RFC 9052 section 4.2 */
#define NAME_SIZE       80

/* --- CBOR → values. The input was checked: nesting is bounded. --- */

static int put_members(struct value *to, const char *key, struct cbor_cursor *c, const struct names *inside);

static int put_diagnostic(struct value *to, const char *key, struct cbor_cursor *c)
{
	char text[DIAGNOSTIC_SIZE];
	int r = diagnostic_write(c, text, sizeof(text));

	if (r == 0)
		value_add_text(to, key, text);
	return r;
}

/* The text of a number is its display form, where that differs from the number itself. */
static void put_number(struct value *to, const char *key, int64_t number, const char *shown)
{
	value_add_number(to, key, number);
	to->last->text = shown ? strdup(shown) : NULL;
}

static int put_integer(struct value *to, const char *key, struct cbor_cursor *c, const struct name *name)
{
	struct cbor_cursor start = *c;
	char text[32];
	int64_t number;

	if (cbor_int(c, &number) < 0) { /* beyond 63 bits */
		*c = start;
		return put_diagnostic(to, key, c);
	}
	if (name && name->is_time && number >= 0 && number <= TIME_MAX)
		put_number(to, key, number, time_to_text(number, text));
	else
		put_number(to, key, number, NULL);
	return 0;
}

static int put_value(struct value *to, const char *key, struct cbor_cursor *c, const struct name *name,
		     const struct names *inside)
{
	char text[DIAGNOSTIC_SIZE];
	struct cbor_cursor start = *c;
	struct bytes string;

	switch (cbor_peek(c)) {
	case CBOR_UINT:
	case CBOR_NEGINT:
		return put_integer(to, key, c, name);
	case CBOR_TSTR:
		if (cbor_tstr(c, &string) == 0 && bytes_to_text(string, text, sizeof(text))) {
			value_add_text(to, key, text);
			return 0;
		}
		*c = start;
		return put_diagnostic(to, key, c);
	case CBOR_MAP:
	case CBOR_ARRAY:
		return inside ? put_members(to, key, c, inside) : put_diagnostic(to, key, c);
	default:
		return put_diagnostic(to, key, c);
	}
}

/* One pair of a map. A key without a name is shown as it is. */
static int put_pair(struct value *map, struct cbor_cursor *c, const struct names *names)
{
	struct cbor_cursor start = *c;
	const struct name *name = NULL;
	char key[NAME_SIZE];
	int64_t number;
	int r;

	if (cbor_int(c, &number) == 0)
		name = name_find(names, number);
	*c = start;
	r = diagnostic_write(c, key, sizeof(key));
	if (r < 0)
		return r;
	return put_value(map, name ? name->text : key, c, name, name ? name->inside : names ? names->otherwise : NULL);
}

static int put_map(struct value *map, struct cbor_cursor *c, const struct names *names)
{
	size_t n;
	int r;

	r = cbor_map(c, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = put_pair(map, c, names);
	return r;
}

static int put_list(struct value *list, struct cbor_cursor *c, const struct names *inside)
{
	size_t n;
	int r;

	r = cbor_array(c, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = i < MEMBERS_SHOWN ? put_value(list, NULL, c, NULL, inside) : cbor_skip(c, NULL);
	if (r == 0 && n > MEMBERS_SHOWN) {
		char more[48];

		(void)snprintf(more, sizeof(more), "and %zu more", n - MEMBERS_SHOWN);
		value_add_text(list, NULL, more);
	}
	return r;
}

static int put_members(struct value *to, const char *key, struct cbor_cursor *c, const struct names *inside)
{
	if (cbor_peek(c) == CBOR_MAP)
		return put_map(value_add_new(to, key, VALUE_MAP), c, inside);
	return put_list(value_add_new(to, key, VALUE_LIST), c, inside);
}

/* --- Tokens --- */

/* The parts of a COSE_Sign1, also of one that breaks rules of the protocol. */
struct parts {
	struct bytes protected_header, unprotected, payload, signature;
};

static bool split_sign1(struct bytes token, struct parts *ret)
{
	struct cbor_cursor c = cbor_cursor_of(token);
	struct cbor_item item;
	size_t n;

	while (cbor_peek(&c) == CBOR_TAG) {
		if (cbor_next(&c, &item) < 0 || (item.number != TAG_CWT && item.number != TAG_SIGN1))
			return false;
	}
	return cbor_array(&c, &n) == 0 && n == 4 && cbor_bstr(&c, &ret->protected_header) == 0 &&
	       cbor_peek(&c) == CBOR_MAP && cbor_skip(&c, &ret->unprotected) == 0 &&
	       cbor_bstr(&c, &ret->payload) == 0 && cbor_bstr(&c, &ret->signature) == 0;
}

/* Shows a map with names. Other CBOR is shown as it is; anything else as bytes. */
static int put_encoded(struct value *to, const char *key, struct bytes encoded, const struct names *names)
{
	struct cbor_cursor c = cbor_cursor_of(encoded);
	uint8_t head[9 + DIAGNOSTIC_SIZE];
	struct writer w = WRITER(head);

	if (encoded.n > 0 && cbor_check(encoded) == 0)
		return put_value(to, key, &c, NULL, cbor_peek(&c) == CBOR_MAP ? names : NULL);

	cbor_put_bstr(&w, bytes_of(encoded.p, encoded.n < DIAGNOSTIC_SIZE ? encoded.n : DIAGNOSTIC_SIZE));
	c = cbor_cursor_of(writer_bytes(&w));
	return put_diagnostic(to, key, &c);
}

/* Call after headers and claims are read: the profile says more than the type. */
static const char *kind_of(const struct value *header, const struct value *claims)
{
	const char *kind = kind_of_profile(value_text(claims, "profile"));

	if (!kind)
		kind = kind_of_type(value_text(header, "type"));
	return kind ? kind : "signed token (COSE_Sign1)";
}

static void name_algorithm(const struct value *header)
{
	char text[32];

	for (struct value *v = header ? header->first : NULL; v; v = v->next) {
		if (v->kind != VALUE_NUMBER || strcmp(v->key, "algorithm") != 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s (%" PRId64 ")", algorithm_name(v->number), v->number);
		v->text = strdup(text);
	}
}

static int put_sign1(struct value *to, const struct parts *parts)
{
	struct value *kind;
	char text[64];
	int r;

	value_add_text(to, "kind", "");
	kind = to->last;
	r = put_encoded(to, "protected", parts->protected_header, &names_of_headers);
	if (r == 0 && parts->unprotected.n > 1)
		r = put_encoded(to, "unprotected", parts->unprotected, &names_of_headers);
	if (r == 0)
		r = put_encoded(to, "claims", parts->payload, &names_of_claims);
	if (r < 0)
		return r;

	(void)snprintf(text, sizeof(text), "%zu bytes, not verified here", parts->signature.n);
	value_add_text(to, "signature", text);
	name_algorithm(value_get(to, "protected"));
	name_algorithm(value_get(to, "unprotected"));
	free(kind->text);
	kind->text = strdup(kind_of(value_get(to, "protected"), value_get(to, "claims")));
	return 0;
}

static int put_cbor(struct value *to, struct bytes file);

/* A part that is not CBOR is shown as bytes. */
static int put_part(struct value *parts, uint64_t format, struct bytes body)
{
	struct value *part = value_add_new(parts, NULL, VALUE_MAP);

	value_add_number(part, "content format", (int64_t)format);
	value_add_number(part, "bytes", (int64_t)body.n);
	if (body.n > 0 && cbor_check(body) == 0)
		return put_cbor(part, body);
	return put_encoded(part, "body", body, NULL);
}

/* multipart-core (RFC 8710): content format and body alternate. */
static bool is_multipart(struct bytes file)
{
	struct cbor_cursor c = cbor_cursor_of(file);
	uint64_t format;
	size_t n = 0;

	if (cbor_array(&c, &n) < 0 || n == 0 || n % 2 != 0)
		return false;
	for (size_t i = 0; i < n; i += 2)
		if (cbor_uint(&c, UINT16_MAX, &format) < 0 || cbor_peek(&c) != CBOR_BSTR || cbor_skip(&c, NULL) < 0)
			return false;
	return true;
}

static int put_multipart(struct value *to, struct bytes file)
{
	struct cbor_cursor c = cbor_cursor_of(file);
	struct value *parts;
	struct bytes body;
	uint64_t format;
	size_t n = 0;
	int r;

	value_add_text(to, "kind", "submission of several parts (multipart-core)");
	parts = value_add_new(to, "parts", VALUE_LIST);
	r = cbor_array(&c, &n);
	for (size_t i = 0; i < n && r == 0; i += 2) {
		r = cbor_uint(&c, UINT16_MAX, &format);
		if (r == 0)
			r = cbor_bstr(&c, &body);
		if (r == 0)
			r = put_part(parts, format, body);
	}
	return r;
}

/* Any single item of checked CBOR. Parts do not nest: a part of a part is shown as CBOR. */
static int put_cbor(struct value *to, struct bytes file)
{
	struct cbor_cursor c = cbor_cursor_of(file);
	struct parts parts;

	if (split_sign1(file, &parts))
		return put_sign1(to, &parts);
	value_add_text(to, "kind", "CBOR");
	return put_diagnostic(to, "item", &c);
}

/* --- Certificates and CRLs --- */

static void put_time(struct value *to, const char *key, int64_t time_sec)
{
	char text[32];

	if (time_sec > 0)
		put_number(to, key, time_sec, time_to_text(time_sec, text));
}

static bool put_certificate(struct value *to, struct bytes der)
{
	struct certificate_text text;
	char hex[SHA256_HEX_SIZE];

	if (certificate_describe(der, &text) < 0)
		return false;
	value_add_text(to, "subject", text.subject);
	value_add_text(to, "issuer", text.issuer);
	value_add_text(to, "serial", text.serial);
	value_add_text(to, "key", text.key);
	value_add_text(to, "authority", text.is_ca ? "yes, a CA's" : "no");
	put_time(to, "not before", text.not_before_sec);
	put_time(to, "not after", text.not_after_sec);
	bytes_to_hex(BYTES(text.hash), hex);
	value_add_text(to, "sha-256", hex);
	return true;
}

static bool put_crl(struct value *to, struct bytes der)
{
	struct crl_text text;
	struct value *revoked;
	char more[48], vouches[160];

	if (crl_describe(der, &text) < 0)
		return false;
	value_add_text(to, "issuer", text.issuer);
	put_time(to, "this update", text.this_update_sec);
	put_time(to, "next update", text.next_update_sec);
	value_add_text(to, "revokes", "what it names");
	(void)snprintf(vouches, sizeof(vouches), "%s%s",
		       text.limit == CRL_IS_COMPLETE ? "for what it does not name, while it is current" :
						       "for nobody: ",
		       text.limit == CRL_IS_COMPLETE ? "" : crl_limit_text(text.limit));
	value_add_text(to, "vouches", vouches);
	revoked = value_add_new(to, "revoked", VALUE_LIST);
	for (size_t i = 0; i < text.n_revoked && i < CRL_SERIALS_MAX; i++)
		value_add_text(revoked, NULL, text.revoked[i]);
	(void)snprintf(more, sizeof(more), "%zu in all", text.n_revoked);
	value_add_text(revoked, NULL, more);
	return true;
}

/* The PEM blocks of one name, each as a member of a list. */
static bool put_pem(struct value *to, struct bytes pem, const char *what, const char *kind,
		    bool (*put)(struct value *to, struct bytes der))
{
	_cleanup_(certificates_done) struct certificates blocks = { 0 };
	struct value *list;
	bool ok = true;

	if (pem_decode(pem, what, &blocks) < 0)
		return false;
	value_add_text(to, "kind", kind);
	list = value_add_new(to, "contents", VALUE_LIST);
	for (size_t i = 0; i < blocks.n && ok; i++)
		ok = put(value_add_new(list, NULL, VALUE_MAP), blocks.der[i]);
	return ok;
}

static bool put_der(struct value *to, struct bytes der)
{
	_cleanup_(value_freep) struct value *certificate = value_new(VALUE_MAP);

	if (put_certificate(certificate, der)) {
		value_add_text(to, "kind", "certificate");
		return put_certificate(to, der);
	}
	if (!put_crl(certificate, der))
		return false;
	value_add_text(to, "kind", "certificate revocation list");
	return put_crl(to, der);
}

/* --- The command --- */

#define STEP 2 /* columns of indentation for each level */

static void show(const struct page *page, const struct value *v, unsigned depth);

static void show_one(const struct page *page, const struct value *v, const char *name, unsigned depth)
{
	char label[NAME_SIZE + 32], clean[NAME_SIZE];

	(void)snprintf(label, sizeof(label), "%*s%s", (int)(depth * STEP), "", page_clean(name, clean, sizeof(clean)));
	if (v->kind == VALUE_MAP || v->kind == VALUE_LIST) {
		(void)fprintf(page->out, "%s\n", label);
		show(page, v, depth + 1);
		return;
	}
	if (strlen(label) >= PAGE_INDENT) {
		(void)fprintf(page->out, "%s\n", label);
		label[0] = '\0';
	}
	if (v->text)
		page_item(page, label, "%s", v->text);
	else
		page_item(page, label, "%" PRId64, v->number);
}

static void show(const struct page *page, const struct value *v, unsigned depth)
{
	unsigned place = 0;
	char number[16];

	for (const struct value *member = v->first; member; member = member->next) {
		(void)snprintf(number, sizeof(number), "%u", ++place);
		show_one(page, member, member->key ? member->key : number, depth);
	}
}

static bool read_file(struct value *root, struct bytes file)
{
	if (file_is_pem(file))
		return put_pem(root, file, "CERTIFICATE", "certificates", put_certificate) ||
		       put_pem(root, file, "X509 CRL", "certificate revocation lists", put_crl);
	if (cbor_check(file) == 0)
		return (is_multipart(file) ? put_multipart(root, file) : put_cbor(root, file)) == 0;
	return put_der(root, file);
}

enum ctl_exit ctl_inspect(const struct ctl *ctl)
{
	_cleanup_(value_freep) struct value *root = value_new(VALUE_MAP);
	_cleanup_(free_bytes) struct bytes file = { 0 };
	const struct page page = page_open(ctl->out, 0);

	if (file_load(ctl->operand, HALLMARK_REGISTER_MAX, &file) < 0)
		return CTL_FAULT;

	value_add_text(root, "file", ctl->operand);
	value_add_number(root, "bytes", (int64_t)file.n);
	if (!read_file(root, file)) {
		log_error("%s: cannot be read; it is neither CBOR in the protocol's form (docs/protocol.md section 4), "
			  "nor a certificate or CRL in PEM or DER",
			  ctl->operand);
		return CTL_NO;
	}
	if (ctl->json)
		value_to_json(root, ctl->out);
	else
		show(&page, root, 0);
	return CTL_YES;
}
