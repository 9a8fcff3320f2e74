/* SPDX-License-Identifier: Apache-2.0 */
/* A file of conf/ as it is read once it is installed: with the law data of this tree. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The text of a configuration that is `name`. The caller frees it. */
static inline char *shipped_text(const char *name)
{
	_cleanup_free_ char *top = getcwd(NULL, 0);
	char *text = NULL;

	assert_true(asprintf(&text, "law = \"%s/conf\";\n@include \"%s/%s\"\n", top, top, name) > 0);
	return text;
}
