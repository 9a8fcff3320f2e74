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

int core_check(const struct config *config)
{
	_cleanup_(material_freep) struct material *material = NULL;
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *result_key = NULL;
	_cleanup_close_ int fd = material_seal(config, NULL);

	if (fd < 0 || material_open(fd, clock_realtime_sec(), &material) < 0 || keys_check_gateway(config) < 0 ||
	    keys_load_result(config->result_key, &result_key) < 0)
		return EXIT_FAILURE;
	if (material->n_left_out > 0)
		return EXIT_FAILURE; /* logged */
	return EXIT_SUCCESS;
}
