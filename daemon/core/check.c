/* SPDX-License-Identifier: Apache-2.0 */
/* Checks trust material as a zygote would, and keys as the core and its edge would. */
#include "core/check.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "config/config.h"
#include "config/keys.h"
#include "core/act/material.h"
#include "judge/material_open.h"

DEFINE_CLEANUP(struct material *, material_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

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

int core_check(const struct config *config)
{
	bool is_good = check_material(config);

	is_good &= check_keys(config);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
