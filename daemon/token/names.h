/* SPDX-License-Identifier: Apache-2.0 */
/* Names of token contents, for reports. Nothing is decoded here, so the core may use this file. */
#pragma once

#include "hallmark/protocol.h"
#include "token/product.h"

/* As "maker model version", or "unnamed device". */
#define PRODUCT_TEXT_SIZE 256
char *product_to_text(const struct product *p, char ret[static PRODUCT_TEXT_SIZE]);

/* Returns a static name, "transcriber" or "scheme"; "" when no trusted issuer signed. */
const char *issuer_role_name(enum hallmark_issuer_role role);

/* Names from RFC 9393 section 6.7; NULL and VERSION_NONE when the scheme is unknown. */
const char *version_scheme_name(enum version_scheme scheme);
const char *version_scheme_text(enum version_scheme scheme); /* the same for people: "none" instead of NULL */
enum version_scheme version_scheme_from_name(const char *name);
