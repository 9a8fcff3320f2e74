/* SPDX-License-Identifier: Apache-2.0 */
/* How those who tell of tokens name what is in them. Nothing is decoded here: it is for the core, too. */
#pragma once

#include "hallmark/protocol.h"

struct product;

/* As "maker model version", or "unnamed device". */
#define PRODUCT_TEXT_SIZE 256
char *product_to_text(const struct product *p, char ret[static PRODUCT_TEXT_SIZE]);

/* Returns a static name, "transcriber" or "scheme"; "" when nobody who is believed signed. */
const char *issuer_role_name(enum hallmark_issuer_role role);
