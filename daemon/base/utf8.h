/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, character by character. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The first character of b and its length in bytes; 0 when b is empty or does not begin with well-formed UTF-8. */
size_t utf8_next(struct bytes b, uint32_t *ret);
