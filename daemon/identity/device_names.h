/* SPDX-License-Identifier: Apache-2.0 */
/* What a device's certificate calls the device. Private to identity/. */
#pragma once

#include <openssl/types.h>

struct identity;

/*
 * Reads the names of the subject, the alternative names and the MUD URL into *id, and which UEIDs they name;
 * id->device must be set. Nothing is judged. Returns 0, -EBADMSG when a name occurs twice or does not fit (then *id holds those before it), -ENOMEM or
 * -EIO.
 */
int device_names_read(const X509 *leaf, struct identity *id);
