/* SPDX-License-Identifier: Apache-2.0 */
/* A file of trust material: a name, a scope and a path. Of an issuer with two keys there are two. */
#pragma once

#include <stdbool.h>

#include "hallmark/protocol.h"

struct config_file {
	char name[64];
	char scope[192];  /* issuers: comma-separated schemes; crls: when stale, "refuse" or "accept"; else "" */
	char makers[192]; /* issuers: comma-separated makers that it may sign for; "" when none are named */
	char path[256];
	char url[256];    /* where `hallmarkctl trust refresh` fetches it, https alone; "" when nowhere */
	char source[256]; /* the configuration file that it stands in, and where */
	unsigned line;
	bool is_managed;                /* that file is the one that hallmarkctl writes */
	enum hallmark_issuer_role role; /* issuers */
};
