/* SPDX-License-Identifier: Apache-2.0 */
#include "token/names.h"

#include <stdio.h>

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
