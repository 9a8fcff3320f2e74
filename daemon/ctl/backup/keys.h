/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes for the holder of one key: CMS (RFC 5652) in DER, AuthEnvelopedData with AES-256-GCM (RFC 5083, RFC 5084), as
 * `openssl cms -decrypt` of OpenSSL 3.0 and later reads it.
 */
#pragma once

struct bytes;

/* For the first certificate of a PEM file: EC by ECDH, RSA by OAEP. Returns 0 (release with free_bytes()) or a negative errno (logged). */
int keys_seal(struct bytes plain, const char *certificate_path, struct bytes *ret);

/*
 * With a private key in PEM; openssl asks for its passphrase. Returns 0 (wipe it, and release with free_bytes()), or a negative errno:
 * -EACCES when it is another key's, -EBADMSG when it is not CMS (all logged).
 */
int keys_open(struct bytes sealed, const char *key_path, struct bytes *ret);
