/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "config/config.h"
#include "config/credential.h"
#include "edge/edge.h"
#include "token/cose.h"
#include "token/pem.h"

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
