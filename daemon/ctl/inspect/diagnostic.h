/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR as readable text: diagnostic notation, RFC 8949 section 8. */
#pragma once

#include <stddef.h>

struct cbor_cursor;

/*
 * Writes one item of checked CBOR with everything in it, and moves past it. A text that does not fit ends with " …" (in
 * UTF-8); size is at least 8. Returns 0, or -EBADMSG.
 */
int diagnostic_write(struct cbor_cursor *c, char *ret, size_t size);
