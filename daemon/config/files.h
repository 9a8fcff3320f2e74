/* SPDX-License-Identifier: Apache-2.0 */
/* A file of trust material: a name, a scope and a path. An issuer with two keys has two. */
#pragma once

#include <stdbool.h>

#include "hallmark/protocol.h"

struct config_file {
	char name[64];
	char scope[192];  /* issuers: comma-separated schemes; crls: when stale, "refuse" or "accept"; else "" */
	char makers[192]; /* issuers: comma-separated makers that it may sign for; "": not restricted */
	char path[256];
	char url[256];    /* where `hallmarkctl trust refresh` fetches it, only https; "": nowhere */
	char source[256]; /* the configuration file with this entry, and where in it */
	unsigned line;
	bool is_managed;                /* the entry is in the file that hallmarkctl writes */
	enum hallmark_issuer_role role; /* issuers */
};
