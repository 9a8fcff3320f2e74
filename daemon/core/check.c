/* SPDX-License-Identifier: Apache-2.0 */
/* Checks trust material as a zygote would, keys as the core and its edge would, and all files as the daemon's user. */
#include "core/check.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "config/access.h"
#include "config/config.h"
#include "config/exceptions.h"
#include "config/keys.h"
#include "config/roles.h"
#include "core/act/material.h"
#include "enforce/kernel.h"
#include "judge/material_open.h"
#include "store/store.h"

DEFINE_CLEANUP(struct material *, material_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(struct kernel *, kernel_free);

/* Files that cannot be read are left out, so that the others are checked all the same. */
static bool check_material(const struct config *config)
{
	_cleanup_(material_freep) struct material *material = NULL;
	int failure = 0;
	_cleanup_close_ int fd = material_seal_to_check(config, &failure);

	if (fd < 0 || material_open(fd, clock_realtime_sec(), &material) < 0 || failure < 0)
		return false; /* logged */
	return material->n_left_out == 0;
}

static bool check_keys(const struct config *config)
{
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *result_key = NULL;
	bool is_good = keys_check_gateway(config) == 0;

	is_good &= keys_check_dates(config, clock_realtime_sec()) == 0;
	is_good &= keys_load_result(config->result_key, &result_key) == 0;
	return is_good;
}

static void report(const struct access_fault *fault, void *userdata)
{
	(void)userdata;
	log_error("%s, %s: %s; %s", translated(fault->place), fault->path, fault->cause, fault->remedy);
}

static void warn_of_lack(const struct kernel_lack *lack, void *userdata)
{
	(void)userdata;
	log_warning("this kernel's nf_tables lack %s: %s; %s", translated(lack->what), translated(lack->effect),
		    translated(lack->remedy));
}

/*
 * Only warns: the configuration may be for another machine. Without the right to use nf_tables, nothing is known of
 * them.
 */
static void look_at_kernel(const struct config *config)
{
	_cleanup_(kernel_freep) struct kernel *k = NULL;
	struct kernel_abilities can = { 0 };

	if (geteuid() != 0 || kernel_new(config->nft, &k) < 0 || kernel_probe(k, &config->ruleset, &can) < 0 ||
	    !can.has_inet)
		return;
	if (!can.has_routes)
		log_warning("this kernel has no `fib` in nf_tables; use one, 5.19 or later, with CONFIG_NFT_FIB_INET");
	if (config->ruleset.n_bridges > 0 && !can.has_bridge)
		log_warning("this kernel has no nf_tables for bridges; use one with CONFIG_NF_TABLES_BRIDGE");
	(void)kernel_lacks(k, &config->ruleset, warn_of_lack, NULL);
}

int core_check(const struct config *config)
{
	bool is_good = check_material(config);

	is_good &= check_keys(config);
	is_good &= exceptions_check_ends(config, clock_realtime_sec()) == 0;
	is_good &= access_check(config, report, NULL) == 0;
	look_at_kernel(config);
	roles_warn_of_missing(config);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int core_check_store(const struct config *config, FILE *out)
{
	char path[sizeof(config->state) + sizeof("/" STORE_FILE)];
	struct store_outlook o;

	(void)snprintf(path, sizeof(path), "%s/" STORE_FILE, config->state);
	if (store_examine(path, &o) < 0)
		return EXIT_FAILURE; /* logged */
	(void)fprintf(out, "store %s: ", path);
	if (o.version == 0)
		(void)fputs("there is none yet; the start makes it\n", out);
	else if (o.version == store_version())
		(void)fprintf(out, "schema %u, this program's\n", o.version);
	else
		(void)fprintf(out, "schema %u; the start %s, which needs %llu MB of %llu MB that are free\n", o.version,
			      o.earlier > 0 ? "goes on from the earlier copy beside it and keeps this file" :
					      "will convert it and keep a copy",
			      (unsigned long long)(o.needed + (1 << 20) - 1) >> 20, (unsigned long long)o.free >> 20);
	return EXIT_SUCCESS;
}
