/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's errors have the same names in 3.0 and 3.5; what has no row here is told by the alert alone. */
#include "edge/attempt.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "base/cleanup.h"

#define ALERT_LEN 2 /* level and description, RFC 5246 section 7.2 */

static const struct {
	int reason;
	enum hallmark_handshake_cause cause;
} reasons[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, HANDSHAKE_VERSION },
	{ SSL_R_VERSION_TOO_LOW, HANDSHAKE_VERSION },
	{ SSL_R_NO_SHARED_CIPHER, HANDSHAKE_SUITE },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, HANDSHAKE_SIGNATURE },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, HANDSHAKE_SIGNATURE },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, HANDSHAKE_NO_CERTIFICATE },
	{ SSL_R_WRONG_CURVE, HANDSHAKE_CERTIFICATE_KEY },
	{ SSL_R_WRONG_SIGNATURE_TYPE, HANDSHAKE_CERTIFICATE_KEY },
	{ SSL_R_UNKNOWN_CERTIFICATE_TYPE, HANDSHAKE_CERTIFICATE_KEY },
	{ SSL_R_SIGNATURE_FOR_NON_SIGNING_CERTIFICATE, HANDSHAKE_CERTIFICATE_KEY },
	{ SSL_R_EXCESSIVE_MESSAGE_SIZE, HANDSHAKE_CERTIFICATE_SIZE },
	{ SSL_R_BAD_SIGNATURE, HANDSHAKE_POSSESSION },
};

/* --- What the peer offers --- */

static uint16_t number_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Numbers of two bytes each; the first of them are kept. */
static uint16_t keep(struct bytes list, uint16_t ret[static OFFER_MAX])
{
	uint16_t n = 0;

	for (; n < OFFER_MAX && list.n >= 2 * (n + 1U); n++)
		ret[n] = number_at(list.p + 2U * n);
	return n;
}

/* Of an extension that is a list behind its length, RFC 8422 section 5.1.1 and RFC 5246 section 7.4.1.4.1. */
static uint16_t keep_extension(SSL *ssl, unsigned type, uint16_t ret[static OFFER_MAX])
{
	const unsigned char *p;
	size_t n;

	if (SSL_client_hello_get0_ext(ssl, type, &p, &n) != 1 || n < 2)
		return 0;
	return keep(bytes_of(p + 2, n - 2), ret);
}

static bool is_our_suite(const SSL *ssl, uint16_t number)
{
	const STACK_OF(SSL_CIPHER) *ours = SSL_get_ciphers(ssl);

	for (int i = 0; i < sk_SSL_CIPHER_num(ours); i++)
		if (SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(ours, i)) == number)
			return true;
	return false;
}

static bool has_our_suite(const SSL *ssl, struct bytes offered)
{
	for (size_t i = 0; i + 2 <= offered.n; i += 2)
		if (is_our_suite(ssl, number_at(offered.p + i)))
			return true;
	return false;
}

bool attempt_take_hello(struct attempt *a, SSL *ssl)
{
	struct failed_handshake *f = &a->what;
	const unsigned char *p;
	size_t n;

	f->version = (uint16_t)SSL_client_hello_get0_legacy_version(ssl);
	f->extended_master_secret = SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_extended_master_secret, &p, &n) == 1;
	n = SSL_client_hello_get0_ciphers(ssl, &p);
	f->n_suites = keep(bytes_of(p, n), f->suites);
	a->has_suite = has_our_suite(ssl, bytes_of(p, n));
	f->n_groups = keep_extension(ssl, TLSEXT_TYPE_supported_groups, f->groups);
	f->n_signatures = keep_extension(ssl, TLSEXT_TYPE_signature_algorithms, f->signatures);
	if (f->extended_master_secret || f->version == DTLS_1_0) /* OpenSSL refuses the latter, with the better alert */
		return true;
	attempt_end(a, HANDSHAKE_EXTENDED_MASTER_SECRET);
	return false;
}

/* --- Why it failed --- */

void attempt_note_alert(struct attempt *a, bool is_sent, struct bytes alert)
{
	const bool is_first = a->what.alert_sender == ALERT_OF_NOBODY;
	bool ends;

	if (alert.n != ALERT_LEN || !is_first)
		return;
	ends = alert.p[0] == SSL3_AL_FATAL || alert.p[1] == SSL_AD_CLOSE_NOTIFY;
	if (!ends)
		return;
	a->what.alert_sender = is_sent ? ALERT_OF_GATEWAY : ALERT_OF_DEVICE;
	a->what.alert = alert.p[1];
}

void attempt_end(struct attempt *a, enum hallmark_handshake_cause cause)
{
	if (a->what.cause == HANDSHAKE_NOT_FAILED)
		a->what.cause = (uint8_t)cause;
}

/* What the device itself says. */
static enum hallmark_handshake_cause cause_of_alert(uint8_t alert)
{
	switch (alert) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
		return HANDSHAKE_GATEWAY_UNTRUSTED;
	case SSL_AD_PROTOCOL_VERSION:
		return HANDSHAKE_VERSION;
	default:
		return HANDSHAKE_DEVICE_ENDED;
	}
}

static enum hallmark_handshake_cause cause_of_queue(const struct attempt *a)
{
	const unsigned long error = ERR_peek_error();

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (ERR_GET_LIB(error) != ERR_LIB_SSL || ERR_GET_REASON(error) != reasons[i].reason)
			continue;
		if (reasons[i].cause == HANDSHAKE_SUITE && a->has_suite)
			return HANDSHAKE_GROUP; /* OpenSSL counts a suite as shared only when there is a group for it too */
		return reasons[i].cause;
	}
	return ERR_GET_LIB(error) == ERR_LIB_ASN1 || ERR_GET_LIB(error) == ERR_LIB_X509 ? HANDSHAKE_CERTIFICATE :
											  HANDSHAKE_PROTOCOL;
}

static void describe_key(SSL *ssl, char ret[static KEY_KIND_SIZE])
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	const EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
	char group[KEY_KIND_SIZE] = "";
	size_t n = 0;

	if (key && EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1)
		(void)snprintf(ret, KEY_KIND_SIZE, "%s", group);
	else if (type)
		(void)snprintf(ret, KEY_KIND_SIZE, "%s %d", type, EVP_PKEY_get_bits(key));
}

void attempt_fail(struct attempt *a, SSL *ssl)
{
	struct failed_handshake *f = &a->what;

	attempt_end(a, f->alert_sender == ALERT_OF_DEVICE ? cause_of_alert(f->alert) : cause_of_queue(a));
	describe_key(ssl, f->key);
	ERR_clear_error();
}
