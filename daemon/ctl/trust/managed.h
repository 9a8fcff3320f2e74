/* SPDX-License-Identifier: Apache-2.0 */
/* The file of trust that hallmarkctl writes, whole each time (trust.managed). */
#pragma once

#include "ctl/trust/trust.h"

struct config_file;

/*
 * Writes the managed entries of the configuration without `removed` and with `added` of that kind (either may be
 * NULL), once the whole configuration loads with them. Returns 0, or a negative errno that was logged.
 */
int managed_write(const struct desk *desk, enum trust_kind kind, const struct config_file *added,
		  const struct config_file *removed);
