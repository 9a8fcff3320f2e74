/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include <errno.h>
#include <limits.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/language.h"
#include "base/log.h"
#include "config/config.h"
#include "config/credential.h"
#include "edge/edge.h"
#include "identity/describe.h"
#include "token/pem.h"

#define KEY_FILE_MAX 65536 /* bytes; a key has some hundred */

int keys_load_result(const char *configured, EVP_PKEY **ret)
{
	_cleanup_free_ uint8_t *pem = NULL;
	char credential[PATH_MAX];
	const char *path = credential_path(configured, credential), *fault = NULL;
	size_t n = 0;
	int r = file_read(path, KEY_FILE_MAX, &pem, &n);

	if (r < 0)
		return log_errno(r, "Cannot read the result key %s; check the path in the configuration", path);
	r = pem_key_decode(bytes_of(pem, n), PEM_PRIVATE_KEY, ret, &fault);
	if (r < 0)
		log_error("gateway.result-key, %s: %s", path, translated(fault));
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
		log_error("gateway.certificate, %s: %s", config->certificate, translated(of_certificate));
	if (of_key)
		log_error("gateway.key, %s: %s", key_path, translated(of_key));
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

struct chain_dates {
	const char *path;
	int64_t now_sec;
	unsigned n;
	bool is_bad;
};

static int check_date(struct bytes der, void *userdata)
{
	struct chain_dates *chain = userdata;
	struct certificate_text text;
	char when[32];

	chain->n++;
	if (certificate_describe(der, &text) < 0)
		return 0;
	if (text.fault[0])
		log_error("gateway.certificate, %s: certificate %u of it, \"%s\": %s", chain->path, chain->n,
			  text.subject, text.fault);
	else if (chain->now_sec >= text.not_after_sec)
		log_error("gateway.certificate, %s: certificate %u of it, \"%s\", ended %s, and devices abort the "
			  "handshake; "
			  "have a new one issued",
			  chain->path, chain->n, text.subject, time_to_text(text.not_after_sec, when));
	else if (chain->now_sec < text.not_before_sec)
		log_error("gateway.certificate, %s: certificate %u of it, \"%s\", begins %s, and devices abort the "
			  "handshake; "
			  "set the clock, or wait",
			  chain->path, chain->n, text.subject, time_to_text(text.not_before_sec, when));
	else
		return 0;
	chain->is_bad = true;
	return 0;
}

int keys_check_dates(const struct config *config, int64_t now_sec)
{
	struct chain_dates chain = { .path = config->certificate, .now_sec = now_sec };
	_cleanup_free_ uint8_t *pem = NULL;
	size_t n = 0;

	if (file_read(config->certificate, KEY_FILE_MAX, &pem, &n) < 0)
		return 0;
	(void)pem_each(bytes_of(pem, n), PEM_STRING_X509, check_date, &chain);
	return chain.is_bad ? -EKEYEXPIRED : 0;
}
