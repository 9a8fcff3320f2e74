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
	explicit_bzero(pem, n);
	if (r < 0)
		return log_errno(r, "%s holds no private key in PEM for P-256, P-384 or Ed25519", path);
	return 0;
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

int keys_check_gateway(const struct config *config)
{
	_cleanup_free_ uint8_t *certificate_pem = NULL, *key_pem = NULL;
	struct bytes certificate = { 0 }, key = { 0 };
	char credential[PATH_MAX];
	const char *path = credential_path(config->key, credential);
	int r = read_pem("certificate", config->certificate, &certificate, &certificate_pem);

	if (r == 0)
		r = read_pem("key", path, &key, &key_pem);
	if (r < 0)
		return r;
	r = edge_check(certificate, key);
	explicit_bzero(key_pem, key.n);
	if (r == 0)
		return 0;
	log_error("gateway.key, %s, is not the private key of gateway.certificate, %s, or one of them is not PEM: no "
		  "edge "
		  "could listen. `openssl pkey -in KEY -pubout` and `openssl x509 -in CERTIFICATE -noout -pubkey` must "
		  "print the same; put the right key there, or have a certificate issued for this one",
		  path, config->certificate);
	return -EINVAL;
}
