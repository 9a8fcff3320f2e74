/* SPDX-License-Identifier: Apache-2.0 */
/* What the core seals for an edge and for a zygote, item by item. */
#pragma once

#include <sys/mman.h>

#include "config/config.h"
#include "ipc/material_item.h"
#include "limits_kit.h"
#include "pki.h"

static inline int material_new(void)
{
	int fd = memfd_create("material", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static inline void material_put(int fd, enum material_kind kind, const char *name, const char *scope,
				struct bytes value)
{
	const struct item item = {
		.kind = kind, .name = bytes_of_string(name), .scope = bytes_of_string(scope), .value = value
	};

	assert_int_equal(item_put(fd, &item), 0);
}

/* A text of pki.h, which goes away. */
static inline void material_put_pem(int fd, enum material_kind kind, const char *name, const char *scope, char *pem)
{
	material_put(fd, kind, name, scope, bytes_of_string(pem));
	free(pem);
}

/* All that an edge has. */
static inline void material_put_edge(int fd, const struct pki_node *certificate, const struct pki_node *key,
				     const struct edge_limits *limits)
{
	material_put_pem(fd, MATERIAL_CERTIFICATE, "", "", pki_certificate_pem(certificate));
	material_put_pem(fd, MATERIAL_KEY, "", "", pki_private_pem(key->key));
	material_put(fd, MATERIAL_LIMITS, "", "", bytes_of(limits, sizeof(*limits)));
	material_put(fd, MATERIAL_COOKIE_SECRET, "", "",
		     bytes_of("the secret of a cookie: 32 bytes", COOKIE_SECRET_LEN));
}

/* What all trust material begins with. */
static inline void material_put_rules(int fd, const struct config *config)
{
	const struct recognition_rules *r = &config->recognition;

	material_put(fd, MATERIAL_HOME, "", "", bytes_of_string(r->home));
	material_put(fd, MATERIAL_SCHEMES, "", "", bytes_of(r->schemes, r->n_schemes * sizeof(*r->schemes)));
	material_put(fd, MATERIAL_ARRANGEMENTS, "", "",
		     bytes_of(r->arrangements, r->n_arrangements * sizeof(*r->arrangements)));
	material_put(fd, MATERIAL_POLICY, "", "", bytes_of(&config->policy, sizeof(config->policy)));
}
