/* SPDX-License-Identifier: Apache-2.0 */
/* The file of trust that hallmarkctl writes (trust.managed), as a whole each time. */
#pragma once

#include "ctl/trust/trust.h"

struct config_file;

/*
 * Writes the managed entries of the configuration without `removed` and with `added` of that kind (either may be NULL),
 * if the whole configuration loads with them. Returns 0, or a negative errno (logged).
 */
int managed_write(const struct desk *desk, enum trust_kind kind, const struct config_file *added,
		  const struct config_file *removed);
