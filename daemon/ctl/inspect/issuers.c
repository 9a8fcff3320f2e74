/* SPDX-License-Identifier: Apache-2.0 */
/* The issuers of a gateway's configuration, for `verify`. No other trust of the gateway is read. */
#include <errno.h>

#include "appraise/appraise.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "config/files.h"
#include "ctl/file.h"
#include "ctl/inspect/inspection.h"

#define KEY_FILE_MAX 65536

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct trust *, trust_free);

static int add_issuer(struct trust *t, const struct config_file *issuer)
{
	_cleanup_(free_bytes) struct bytes pem = { 0 };
	int r = file_load(issuer->path, KEY_FILE_MAX, &pem);

	if (r < 0)
		return r;
	r = trust_add_issuer(t, issuer->name, issuer->scope, pem);
	if (r < 0)
		return log_errno(r, "%s: no usable public key of the issuer \"%s\"", issuer->path, issuer->name);
	trust_set_issuer_role(t, issuer->role);
	r = issuer->makers[0] != '\0' ? trust_add_makers(t, issuer->makers) : 0;
	return r < 0 ? log_errno(r, "too many makers of the issuer \"%s\"", issuer->name) : 0;
}

int issuers_load(const char *config, struct trust **ret)
{
	_cleanup_(config_freep) struct config *c = NULL;
	_cleanup_(trust_freep) struct trust *t = trust_new();
	int r = config_load(config, &c);

	if (r < 0 || !t)
		return r < 0 ? r : -ENOMEM;
	for (size_t i = 0; i < c->n_issuers && r == 0; i++)
		r = add_issuer(t, &c->issuers[i]);
	if (r == 0)
		*ret = TAKE_PTR(t);
	return r;
}
