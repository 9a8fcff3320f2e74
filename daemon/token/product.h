/* SPDX-License-Identifier: Apache-2.0 */
/* The type of a device's product: evidence names it for the device, a label for its classes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct writer;

/* Version schemes of RFC 9393 section 6.7 (CoSWID), as RFC 9711 section 4.2.7 uses them. */
enum version_scheme {
	VERSION_NONE = 0,
	VERSION_MULTIPARTNUMERIC = 1,
	VERSION_MULTIPARTNUMERIC_SUFFIX = 2,
	VERSION_ALPHANUMERIC = 3,
	VERSION_DECIMAL = 4,
	VERSION_SEMVER = 16384,
};

/* RFC 9711 section 4.2.9: a claim of evidence */
enum debug_status {
	DEBUG_ENABLED = 0,
	DEBUG_DISABLED,
	DEBUG_DISABLED_SINCE_BOOT,
	DEBUG_DISABLED_PERMANENTLY,
	DEBUG_DISABLED_FULLY_AND_PERMANENTLY,
	_DEBUG_MAX,
};

#define PRODUCT_MODEL_MAX 32 /* bytes, RFC 9711 section 4.2.4 */

/* Texts are "" when not given. */
#define PRODUCT_FIELDS(ONE, MANY)                                                                                      \
	/* oemid, RFC 9711 section 4.2.3: "pen:32473", "ieee:acde48" or "random:" and 32 digits */                     \
	MANY(TEXT, char, maker, [48])                                                                                  \
	/* hwmodel, section 4.2.4, up to 32 bytes: as text when printable, else as "0x" and hex */                     \
	MANY(TEXT, char, model, [67])                                                                                  \
	MANY(TEXT, char, hwversion, [33]) /* section 4.2.5 */                                                          \
	MANY(TEXT, char, swname, [65])    /* section 4.2.6 */                                                          \
	MANY(TEXT, char, swversion, [33]) /* section 4.2.7 */                                                          \
	/* enum version_scheme */                                                                                      \
	ONE(ENUM, uint16_t, swversion_scheme, VERSION_NONE, VERSION_MULTIPARTNUMERIC, VERSION_MULTIPARTNUMERIC_SUFFIX, \
	    VERSION_ALPHANUMERIC, VERSION_DECIMAL, VERSION_SEMVER)
RECORD(product, PRODUCT_FIELDS)

struct cbor_cursor;
struct claim_type;

/*
 * The claims of a product between CBOR and the text forms above, for evidence and label. Decoding returns 0 or
 * -EBADMSG. Encoding a text of another form returns -EINVAL. A model whose bytes are a text that begins with "0x" also
 * has the hex form: no two models share a text.
 */
int product_decode_maker(struct cbor_cursor *c, char *ret, size_t size);
int product_encode_maker(const char *text, struct writer *w);
int product_decode_model(struct cbor_cursor *c, char *ret, size_t size);
int product_encode_model(const char *text, struct writer *w);
bool product_model_is_hex(const char *text); /* begins as the hex form */
/* [version, ? scheme] of claims 260 and 271, never empty; ret_scheme may be NULL. */
int product_decode_version(struct cbor_cursor *c, char *ret, size_t size, enum version_scheme *ret_scheme);
void product_encode_version(const char *version, enum version_scheme scheme, struct writer *w);

/* The same as rows of a table of claims. */
extern const struct claim_type claim_maker, claim_model, claim_hwversion;
