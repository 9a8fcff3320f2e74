/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claim 273, measurements (RFC 9711 section 4.2.16): an array of [content format, body]. Of measured components in CBOR
 * (RFC 10013) name, version and value are known; any other body is bytes or a text, compared as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct claim_type;
struct writer;

/* One item; all bytes are borrowed. Of what is no measured component in CBOR only format and body are set. */
struct measured {
	uint16_t format; /* CoAP content format */
	struct bytes body;
	struct bytes name;      /* a text, never empty */
	struct bytes version;   /* encoded; n is 0 when absent */
	struct bytes algorithm; /* of a digest, encoded: a number of the Named Information registry, or a text */
	struct bytes value;     /* the digest, or what was measured */
	bool is_digest;
};

/* Decodes one item of checked CBOR. Returns 0, or -EBADMSG for another form. */
int measured_decode(struct bytes item, struct measured *ret);

/*
 * Whether a claim says nothing but what is among the good items, and something of each component (or content format of
 * something else) that these name. The claim is one that was decoded, or n is 0; so are the items.
 */
bool measurements_are_good(struct bytes claim, const struct bytes *good, size_t n_good);

/* Writes one item: the digest of the component `name`, by its name in the Named Information registry. False for another. */
bool measured_put_digest(const char *name, const char *algorithm, struct bytes digest, struct writer *w);

/* struct bytes: the whole claim, encoded, of 1 to HALLMARK_MEASUREMENTS_MAX items. */
extern const struct claim_type claim_measurements;
