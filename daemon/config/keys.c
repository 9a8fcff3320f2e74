/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "config/config.h"
#include "config/credential.h"
#include "edge/edge.h"
#include "identity/describe.h"
#include "token/cose.h"
#include "token/pem.h"

DEFINE_CLEANUP(BIO *, BIO_free);

#define KEY_FILE_MAX 65536 /* bytes; a key has some hundred */

int keys_load_result(const char *configured, EVP_PKEY **ret)
{
	_cleanup_free_ uint8_t *pem = NULL;
	char credential[PATH_MAX];
	const char *path = credential_path(configured, credential);
	size_t n = 0;
	int r = file_read(path, KEY_FILE_MAX, &pem, &n);

	if (r < 0)
		return log_errno(r, "Cannot read the result key %s; check the path in the configuration", path);
	r = key_decode_private(bytes_of(pem, n), ret);
	if (r < 0)
		log_error("gateway.result-key, %s: %s", path,
			  pem_fault(bytes_of(pem, n), PEM_PRIVATE_KEY,
				    "it holds no private key of P-256, P-384 or Ed25519 that can sign results"));
	explicit_bzero(pem, n);
	return r;
}

static int read_pem(const char *what, const char *path, struct bytes *ret, uint8_t **ret_owned)
{
	size_t n = 0;
	int r = file_read(path, KEY_FILE_MAX, ret_owned, &n);

	if (r < 0)
		return log_errno(r,
				 "Cannot read gateway.%s, %s; check the path in the configuration and the file's mode",
				 what, path);
	*ret = bytes_of(*ret_owned, n);
	return 0;
}

static int check_pair(const struct config *config, const char *key_path, struct bytes certificate, struct bytes key)
{
	const char *of_certificate = pem_fault(certificate, PEM_CERTIFICATE, NULL),
		   *of_key = pem_fault(key, PEM_PRIVATE_KEY, NULL);

	if (of_certificate)
		log_error("gateway.certificate, %s: %s", config->certificate, of_certificate);
	if (of_key)
		log_error("gateway.key, %s: %s", key_path, of_key);
	if (of_certificate || of_key)
		return -EINVAL;
	if (edge_check(certificate, key) == 0)
		return 0;
	log_error(
		"gateway.key, %s, is not the private key of gateway.certificate, %s, or a certificate of the chain is "
		"damaged: no edge could listen. `openssl pkey -in KEY -pubout` and `openssl x509 -in CERTIFICATE "
		"-noout "
		"-pubkey` must print the same; put the right key there, or have a certificate issued for this one",
		key_path, config->certificate);
	return -EINVAL;
}

int keys_check_gateway(const struct config *config)
{
	_cleanup_free_ uint8_t *certificate_pem = NULL, *key_pem = NULL;
	struct bytes certificate = { 0 }, key = { 0 };
	char credential[PATH_MAX];
	const char *path = credential_path(config->key, credential);
	const int failure = read_pem("certificate", config->certificate, &certificate, &certificate_pem);
	int r = read_pem("key", path, &key, &key_pem);

	if (failure == 0 && r == 0)
		r = check_pair(config, path, certificate, key);
	if (key_pem)
		explicit_bzero(key_pem, key.n);
	return failure < 0 ? failure : r;
}

static int check_date(const char *path, unsigned number, struct bytes der, int64_t now_sec)
{
	struct certificate_text text;
	char when[32];

	if (certificate_describe(der, &text) < 0)
		return 0;
	if (now_sec >= text.not_after_sec)
		log_error("gateway.certificate, %s: certificate %u of it, \"%s\", ended %s, and devices abort the "
			  "handshake; "
			  "have a new one issued",
			  path, number, text.subject, time_to_text(text.not_after_sec, when));
	else if (now_sec < text.not_before_sec)
		log_error("gateway.certificate, %s: certificate %u of it, \"%s\", begins %s, and devices abort the "
			  "handshake; "
			  "set the clock, or wait",
			  path, number, text.subject, time_to_text(text.not_before_sec, when));
	else
		return 0;
	return -EKEYEXPIRED;
}

int keys_check_dates(const struct config *config, int64_t now_sec)
{
	_cleanup_free_ uint8_t *pem = NULL;
	_cleanup_(BIO_freep) BIO *bio = NULL;
	size_t n = 0;
	int r = 0;

	if (file_read(config->certificate, KEY_FILE_MAX, &pem, &n) < 0)
		return 0;
	bio = BIO_new_mem_buf(pem, (int)n);
	for (unsigned i = 1; bio; i++) {
		uint8_t *der = NULL;
		long n_der = 0;

		if (PEM_bytes_read_bio(&der, &n_der, NULL, PEM_STRING_X509, bio, NULL, NULL) != 1)
			break;
		if (check_date(config->certificate, i, bytes_of(der, (size_t)n_der), now_sec) < 0)
			r = -EKEYEXPIRED;
		OPENSSL_free(der);
	}
	ERR_clear_error();
	return r;
}
