/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims of a product between CBOR and text. Each text form has exactly one encoding, and each encoding exactly one
 * text.
 */
#include "token/product.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "token/claims.h"

#define OEMID_PEN_MAX    UINT32_MAX /* RFC 9371 section 2.1 */
#define OEMID_IEEE_LEN   3          /* RFC 9711 section 4.2.3 */
#define OEMID_RANDOM_LEN 16
#define HEX_PREFIX       "0x"

static int decode_pen(struct cbor_cursor *c, char *ret, size_t size)
{
	uint64_t pen;

	int r = cbor_uint(c, OEMID_PEN_MAX, &pen);
	if (r < 0)
		return r;

	int n = snprintf(ret, size, "pen:%llu", (unsigned long long)pen);
	return n > 0 && (size_t)n < size ? 0 : -EBADMSG;
}

static int text_of_hex(const char *prefix, struct bytes b, char *ret, size_t size)
{
	size_t n = strlen(prefix);

	if (n + 2 * b.n + 1 > size)
		return -EBADMSG;
	memcpy(ret, prefix, n + 1);
	bytes_to_hex(b, ret + n);
	return 0;
}

int product_decode_maker(struct cbor_cursor *c, char *ret, size_t size)
{
	struct bytes b;

	if (cbor_peek(c) == CBOR_UINT)
		return decode_pen(c, ret, size);
	if (cbor_bstr(c, &b) < 0)
		return -EBADMSG;
	if (b.n == OEMID_IEEE_LEN)
		return text_of_hex("ieee:", b, ret, size);
	return b.n == OEMID_RANDOM_LEN ? text_of_hex("random:", b, ret, size) : -EBADMSG;
}

static int encode_pen(const char *digits, struct writer *w)
{
	char *end = NULL;

	if (digits[0] < '0' || digits[0] > '9' || strlen(digits) > 10)
		return -EINVAL;

	unsigned long long pen = strtoull(digits, &end, 10);
	if (*end != '\0' || pen > OEMID_PEN_MAX)
		return -EINVAL;
	cbor_put_int(w, (int64_t)pen);
	return 0;
}

static int encode_hex(const char *digits, size_t n, struct writer *w)
{
	uint8_t b[PRODUCT_MODEL_MAX];

	if (n > sizeof(b) || !bytes_from_hex(digits, b, n))
		return -EINVAL;
	cbor_put_bstr(w, bytes_of(b, n));
	return 0;
}

int product_encode_maker(const char *text, struct writer *w)
{
	if (strncmp(text, "pen:", 4) == 0)
		return encode_pen(text + 4, w);
	if (strncmp(text, "ieee:", 5) == 0)
		return encode_hex(text + 5, OEMID_IEEE_LEN, w);
	if (strncmp(text, "random:", 7) == 0)
		return encode_hex(text + 7, OEMID_RANDOM_LEN, w);
	return -EINVAL;
}

bool product_model_is_hex(const char *text)
{
	return strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) == 0;
}

int product_decode_model(struct cbor_cursor *c, char *ret, size_t size)
{
	struct bytes b;

	if (cbor_bstr(c, &b) < 0 || b.n == 0 || b.n > PRODUCT_MODEL_MAX)
		return -EBADMSG;
	/* A model whose text looks like our hex form is written in hex, so that no two models share a text. */
	if (bytes_to_text(b, ret, size) && !product_model_is_hex(ret))
		return 0;
	return text_of_hex(HEX_PREFIX, b, ret, size);
}

int product_encode_model(const char *text, struct writer *w)
{
	size_t n = strlen(text);

	if (product_model_is_hex(text) && n > 2 && n % 2 == 0)
		return encode_hex(text + 2, (n - 2) / 2, w);
	if (product_model_is_hex(text) || n == 0 || n > PRODUCT_MODEL_MAX)
		return -EINVAL;
	cbor_put_bstr(w, bytes_of_string(text));
	return 0;
}

/* RFC 9393 section 6.7. An unknown scheme has no order, like a missing one. */
static int decode_scheme(struct cbor_cursor *c, enum version_scheme *ret)
{
	int64_t scheme;

	*ret = VERSION_NONE;
	if (cbor_peek(c) == CBOR_TSTR)
		return cbor_skip(c, NULL);
	if (cbor_int(c, &scheme) < 0)
		return -EBADMSG;
	if ((scheme >= VERSION_MULTIPARTNUMERIC && scheme <= VERSION_DECIMAL) || scheme == VERSION_SEMVER)
		*ret = (enum version_scheme)scheme;
	return 0;
}

int product_decode_version(struct cbor_cursor *c, char *ret, size_t size, enum version_scheme *ret_scheme)
{
	enum version_scheme scheme = VERSION_NONE;
	size_t n;

	if (cbor_array(c, &n) < 0 || n < 1 || n > 2 || cbor_text(c, ret, size) < 0 || ret[0] == '\0')
		return -EBADMSG;
	if (n == 2 && decode_scheme(c, &scheme) < 0)
		return -EBADMSG;
	if (ret_scheme)
		*ret_scheme = scheme;
	return 0;
}

void product_encode_version(const char *version, enum version_scheme scheme, struct writer *w)
{
	cbor_put_array(w, scheme == VERSION_NONE ? 1 : 2);
	cbor_put_tstr(w, version);
	if (scheme != VERSION_NONE)
		cbor_put_int(w, scheme);
}

static bool is_given(const struct claim *claim, const void *member)
{
	(void)claim;
	return *(const char *)member != '\0';
}

static int read_maker(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	return product_decode_maker(c, member, claim->size);
}

static int write_maker(struct writer *w, const struct claim *claim, const void *member)
{
	(void)claim;
	return product_encode_maker(member, w);
}

static int read_model(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	return product_decode_model(c, member, claim->size);
}

static int write_model(struct writer *w, const struct claim *claim, const void *member)
{
	(void)claim;
	return product_encode_model(member, w);
}

static int read_hwversion(struct cbor_cursor *c, const struct claim *claim, void *member)
{
	return product_decode_version(c, member, claim->size, NULL);
}

static int write_hwversion(struct writer *w, const struct claim *claim, const void *member)
{
	(void)claim;
	product_encode_version(member, VERSION_NONE, w);
	return 0;
}

const struct claim_type claim_maker = { read_maker, write_maker, is_given };
const struct claim_type claim_model = { read_model, write_model, is_given };
const struct claim_type claim_hwversion = { read_hwversion, write_hwversion, is_given };
