/* SPDX-License-Identifier: Apache-2.0 */
/* Names of token contents, for reports. Nothing is decoded here, so the core may use this file. */
#pragma once

#include "hallmark/protocol.h"

struct product;

/* As "maker model version", or "unnamed device". */
#define PRODUCT_TEXT_SIZE 256
char *product_to_text(const struct product *p, char ret[static PRODUCT_TEXT_SIZE]);

/* Returns a static name, "transcriber" or "scheme"; "" when no trusted issuer signed. */
const char *issuer_role_name(enum hallmark_issuer_role role);
