/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements: their form, and how what a device says is compared with what is good. */
#include "token/measured.h"

#include <errno.h>

#include "base/cleanup.h"
#include "hallmark/protocol.h"
#include "token/cbor.h"
#include "token/claims.h"

/* RFC 10013 section 4.2 */
enum component_key {
	COMPONENT_ID = 1,
	COMPONENT_DIGEST = 2,
	COMPONENT_RAW = 5,
};

#define COMPONENT_ROOM 160 /* bytes of a component that we write, with a name of 64: at most 145 */

/* IANA, Named Information Hash Algorithm Registry (RFC 6920 section 9.4), of full length. */
static const struct digest_kind {
	int64_t number;
	const char *name;
	size_t n;
} digest_kinds[] = {
	{ 1, "sha-256", 32 },
	{ 7, "sha-384", 48 },
	{ 8, "sha-512", 64 },
};

static const struct digest_kind *digest_kind_of(struct bytes encoded)
{
	struct cbor_cursor c = cbor_cursor_of(encoded), again = c;
	struct bytes name = { 0 };
	int64_t number = 0;

	if (cbor_int(&c, &number) < 0 && cbor_tstr(&again, &name) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(digest_kinds); i++)
		if (number == digest_kinds[i].number || bytes_equal_string(name, digest_kinds[i].name))
			return &digest_kinds[i];
	return NULL;
}

/* [name, ? [version, ? scheme]] */
static int read_id(struct cbor_cursor *c, struct measured *ret)
{
	size_t n, parts = 0;

	if (cbor_array(c, &n) < 0 || n < 1 || n > 2 || cbor_tstr(c, &ret->name) < 0 || ret->name.n == 0 ||
	    !bytes_are_text(ret->name))
		return -EBADMSG;
	if (n == 1)
		return 0;

	struct cbor_cursor version = *c;

	if (cbor_skip(c, &ret->version) < 0 || cbor_array(&version, &parts) < 0 || parts < 1 || parts > 2 ||
	    cbor_peek(&version) != CBOR_TSTR)
		return -EBADMSG;
	return 0;
}

/* [algorithm, value] */
static int read_digest(struct cbor_cursor *c, struct measured *ret)
{
	size_t n;

	if (cbor_array(c, &n) < 0 || n != 2)
		return -EBADMSG;

	enum cbor_kind kind = cbor_peek(c);

	if ((kind != CBOR_UINT && kind != CBOR_NEGINT && kind != CBOR_TSTR) || cbor_skip(c, &ret->algorithm) < 0 ||
	    cbor_bstr(c, &ret->value) < 0 || ret->value.n == 0)
		return -EBADMSG;

	const struct digest_kind *known = digest_kind_of(ret->algorithm);

	ret->is_digest = true;
	return known && ret->value.n != known->n ? -EBADMSG : 0;
}

/* Authorities (3) and flags (4) have no meaning in our profile; a gateway does not look at them. */
static int read_component(struct bytes body, struct measured *ret)
{
	struct cbor_cursor c = cbor_cursor_of(body);
	unsigned values = 0;
	size_t pairs = 0;
	int r = cbor_check(body) < 0 || cbor_map(&c, &pairs) < 0 ? -EBADMSG : 0;

	for (size_t i = 0; r == 0 && i < pairs; i++) {
		int64_t key = 0;

		r = cbor_int(&c, &key) < 0 ? -EBADMSG : 0;
		if (r == 0 && key == COMPONENT_ID)
			r = read_id(&c, ret);
		else if (r == 0 && key == COMPONENT_DIGEST)
			r = read_digest(&c, ret);
		else if (r == 0 && key == COMPONENT_RAW)
			r = cbor_bstr(&c, &ret->value);
		else if (r == 0)
			r = cbor_skip(&c, NULL);
		values += key == COMPONENT_DIGEST || key == COMPONENT_RAW;
	}
	return r == 0 && (ret->name.n == 0 || values != 1) ? -EBADMSG : r;
}

int measured_decode(struct bytes item, struct measured *ret)
{
	struct cbor_cursor c = cbor_cursor_of(item);
	uint64_t format;
	size_t n;

	*ret = (struct measured){ 0 };
	if (cbor_array(&c, &n) < 0 || n != 2 || cbor_uint(&c, UINT16_MAX, &format) < 0)
		return -EBADMSG;
	ret->format = (uint16_t)format;
	if (format == HALLMARK_CF_COMPONENT_JSON)
		return cbor_tstr(&c, &ret->body) < 0 ? -EBADMSG : 0;
	if (cbor_bstr(&c, &ret->body) < 0)
		return -EBADMSG;
	return format == HALLMARK_CF_COMPONENT ? read_component(ret->body, ret) : 0;
}

static bool is_same_algorithm(struct bytes a, struct bytes b)
{
	const struct digest_kind *kind = digest_kind_of(a);

	return kind ? kind == digest_kind_of(b) : bytes_equal(a, b);
}

/* Of one component, or of one content format. */
static bool is_of_same_part(const struct measured *a, const struct measured *b)
{
	return a->format == b->format && bytes_equal(a->name, b->name);
}

static bool is_equal(const struct measured *good, const struct measured *said)
{
	if (!is_of_same_part(good, said))
		return false;
	if (good->name.n == 0)
		return bytes_equal(good->body, said->body);
	return (good->version.n == 0 || bytes_equal(good->version, said->version)) &&
	       good->is_digest == said->is_digest && is_same_algorithm(good->algorithm, said->algorithm) &&
	       bytes_equal(good->value, said->value);
}

/* The next item, in a claim or of an array of items. */
static bool next_item(struct cbor_cursor *c, struct measured *ret)
{
	struct bytes item;

	return cbor_skip(c, &item) == 0 && measured_decode(item, ret) == 0;
}

static bool is_among(const struct measured *said, const struct bytes *good, size_t n_good)
{
	struct measured m;

	for (size_t i = 0; i < n_good; i++)
		if (measured_decode(good[i], &m) == 0 && is_equal(&m, said))
			return true;
	return false;
}

static bool says_something_of(struct bytes claim, struct bytes good)
{
	struct cbor_cursor c = cbor_cursor_of(claim);
	struct measured part, said;
	size_t n = 0;

	if (measured_decode(good, &part) < 0 || cbor_array(&c, &n) < 0)
		return false;
	for (size_t i = 0; i < n && next_item(&c, &said); i++)
		if (is_of_same_part(&part, &said))
			return true;
	return false;
}

bool measurements_are_good(struct bytes claim, const struct bytes *good, size_t n_good)
{
	struct cbor_cursor c = cbor_cursor_of(claim);
	struct measured said;
	size_t n = 0;

	if (cbor_array(&c, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!next_item(&c, &said) || !is_among(&said, good, n_good))
			return false;
	for (size_t i = 0; i < n_good; i++)
		if (!says_something_of(claim, good[i]))
			return false;
	return true;
}

bool measured_put_digest(const char *name, const char *algorithm, struct bytes digest, struct writer *w)
{
	uint8_t space[COMPONENT_ROOM];
	struct writer component = WRITER(space);

	for (size_t i = 0; i < ARRAY_SIZE(digest_kinds); i++) {
		if (strcmp(algorithm, digest_kinds[i].name) != 0 || digest.n != digest_kinds[i].n)
			continue;
		cbor_put_map(&component, 2);
		cbor_put_int(&component, COMPONENT_ID);
		cbor_put_array(&component, 1);
		cbor_put_tstr(&component, name);
		cbor_put_int(&component, COMPONENT_DIGEST);
		cbor_put_array(&component, 2);
		cbor_put_int(&component, digest_kinds[i].number);
		cbor_put_bstr(&component, digest);
		cbor_put_array(w, 2);
		cbor_put_int(w, HALLMARK_CF_COMPONENT);
		cbor_put_bstr(w, writer_bytes(&component));
		return !component.overflow;
	}
	return false;
}

static int read_claim(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	struct cbor_cursor items = *c;
	struct measured m;
	size_t n;

	(void)claim;
	if (cbor_array(&items, &n) < 0 || n == 0)
		return -EBADMSG;
	if (n > HALLMARK_MEASUREMENTS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (!next_item(&items, &m))
			return -EBADMSG;
	return cbor_skip(c, member);
}

static int write_claim(struct writer *w, const struct claim *claim, const void *member)
{
	return claim_encoded.write(w, claim, member);
}

static bool claim_given(const struct claim *claim, const void *member)
{
	return claim_encoded.given(claim, member);
}

const struct claim_type claim_measurements = { read_claim, write_claim, claim_given };
