/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of public key OpenSSL decodes in certificates. */
#pragma once

/*
 * From now on OpenSSL knows, in this thread and in certificates, the public keys of named curves, Ed25519, X25519 and RSA. It asks
 * each kind of key and each decoder that it has about each certificate, and has some hundred: with these it decodes one in a third
 * of the time (OpenSSL 3.0), and a device's bytes reach no decoder of another kind. RSA is here so that such a certificate is
 * refused for its key and not as malformed. All other algorithms stay.
 *
 * To be called once. Returns 0, -ENOTSUP when this OpenSSL lacks one of them, or -EIO.
 */
int algorithms_narrow(void);
