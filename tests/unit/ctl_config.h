/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration of the daemon in a folder that goes away, with the keys and the state that it names. */
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include "ctl_kit.h"
#include "hallmark/protocol.h"
#include "pki.h"

/* `trust` is what stands between the braces of that section. Returns the path. */
static inline const char *put_config_at(const struct place *p, uint16_t port, const char *trust)
{
	_cleanup_free_ char *text = NULL, *top = getcwd(NULL, 0);

	assert_true(asprintf(&text,
			     "law = \"%s/conf\";\n"
			     "gateway = { name = \"test-gateway\"; home = \"KR-CIC\"; policy = \"test\";"
			     " certificate = \"gateway.crt\"; key = \"gateway.key\"; result-key = \"result.key\";"
			     " state = \"%s/state\"; control = \"%s/control\"; };"
			     " listen = { port = %u; };\n"
			     "network = { guarded = [ \"port1\" ]; uplinks = [ \"wan0\" ]; };\n"
			     "trust = { %s };\n"
			     "zones = ( { name = \"trusted\"; reach = [ \"internet\" ]; } );\n"
			     "rules = ( { name = \"all\"; zone = \"trusted\"; lifetime = \"1h\";"
			     " require = [ \"identity\", \"label\" ]; } );\n",
			     top, p->path, p->path, port, trust) > 0);
	return put_text(p, "hallmarkd.conf", text);
}

static inline const char *put_config(const struct place *p, const char *trust)
{
	return put_config_at(p, HALLMARK_PORT, trust);
}

static inline void put_private(const struct place *p, const char *name, const char *text)
{
	assert_int_equal(chmod(put_text(p, name, text), 0600), 0);
}

/* Certificate and keys as they should be, new ones each time. */
static inline void put_keys(const struct place *p)
{
	struct pki_node gateway = pki_issue(NULL, &(struct pki_request){ .ca = true });
	EVP_PKEY *result = pki_key_new(PKI_P256);
	_cleanup_free_ char *certificate = pki_certificate_pem(&gateway), *key = pki_private_pem(gateway.key),
			    *result_key = pki_private_pem(result);

	(void)put_text(p, "gateway.crt", certificate);
	put_private(p, "gateway.key", key);
	put_private(p, "result.key", result_key);
	EVP_PKEY_free(result);
	pki_done(&gateway);
}

/* These, and the state's directory. */
static inline void put_installation(const struct place *p)
{
	put_keys(p);
	assert_int_equal(mkdir(in(p, "state"), 0700), 0);
}
