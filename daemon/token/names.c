/* SPDX-License-Identifier: Apache-2.0 */
#include "token/names.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "token/product.h"

char *product_to_text(const struct product *p, char ret[static PRODUCT_TEXT_SIZE])
{
	if (p->maker[0] == '\0')
		(void)snprintf(ret, PRODUCT_TEXT_SIZE, "unnamed device");
	else
		(void)snprintf(ret, PRODUCT_TEXT_SIZE, "%s %s%s%s", p->maker, p->model, p->swversion[0] ? " " : "",
			       p->swversion);
	return ret;
}

const char *issuer_role_name(enum hallmark_issuer_role role)
{
	switch (role) {
	case HALLMARK_ISSUER_TRANSCRIBER:
		return "transcriber";
	case HALLMARK_ISSUER_SCHEME:
		return "scheme";
	default:
		return "";
	}
}

static const struct {
	enum version_scheme scheme;
	const char *name;
} version_schemes[] = {
	{ VERSION_MULTIPARTNUMERIC, "multipartnumeric" },
	{ VERSION_MULTIPARTNUMERIC_SUFFIX, "multipartnumeric+suffix" },
	{ VERSION_ALPHANUMERIC, "alphanumeric" },
	{ VERSION_DECIMAL, "decimal" },
	{ VERSION_SEMVER, "semver" },
};

const char *version_scheme_name(enum version_scheme scheme)
{
	for (size_t i = 0; i < ARRAY_SIZE(version_schemes); i++)
		if (version_schemes[i].scheme == scheme)
			return version_schemes[i].name;
	return NULL;
}

const char *version_scheme_text(enum version_scheme scheme)
{
	const char *name = version_scheme_name(scheme);

	return name ? name : "none";
}

enum version_scheme version_scheme_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(version_schemes); i++)
		if (strcmp(version_schemes[i].name, name) == 0)
			return version_schemes[i].scheme;
	return VERSION_NONE;
}
