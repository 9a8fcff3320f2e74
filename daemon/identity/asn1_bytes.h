/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed bytes of OpenSSL's strings and object identifiers. Private to identity/. */
#pragma once

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <stdbool.h>

#include "base/bytes.h"

/* True when the contents of the object identifier are `oid`. */
static inline bool object_is(const ASN1_OBJECT *object, struct bytes oid)
{
	return bytes_equal(bytes_of(OBJ_get0_data(object), OBJ_length(object)), oid);
}

static inline struct bytes string_bytes(const ASN1_STRING *s)
{
	return bytes_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}
