/* SPDX-License-Identifier: Apache-2.0 */
/* The private keys that a configuration names (config/credential.h says where they are read). */
#pragma once

#include <openssl/types.h>
#include <stdint.h>

struct config;

/* Reads the key that signs results. Returns 0 or a negative errno (logged). */
int keys_load_result(const char *configured, EVP_PKEY **ret);

/*
 * Whether the gateway's certificate and key are usable and match: else each edge would exit. Returns 0, or a negative
 * errno (logged, with file and remedy).
 */
int keys_check_gateway(const struct config *config);

/*
 * Whether each certificate of the gateway's chain is valid at this time: else devices with a clock abort the handshake. Returns
 * 0, also for what keys_check_gateway() refuses, or -EKEYEXPIRED (logged).
 */
int keys_check_dates(const struct config *config, int64_t now_sec);
