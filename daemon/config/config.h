/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file (libconfig) → one immutable struct config. Table-driven; what the tables do not know is an
 * error with file and line. Every error names the remedy.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/sessions.h"
#include "decide/policy.h"
#include "decide/scheme.h"
#include "enforce/ruleset.h"

struct config {
	char gateway[64];                /* name, for EARs and journals */
	char certificate[256], key[256]; /* DTLS, PEM */
	char result_key[256];            /* signs EARs, PEM */
	char state[256];                 /* directory of the store */
	char control[108];               /* path of the control socket */
	char nft[256];                   /* the nft program */
	char path[512];                  /* of the file, absolute */
	unsigned brake_percent;          /* a change that takes the zone from more of the admitted devices, */
	unsigned brake_devices;          /* and from more than these, is held */
	uint32_t brake_hold_sec;         /* for no longer than that */
	unsigned record_keep;            /* entries of the decision record */
	unsigned record_days;
	char fetch_ca[256]; /* PEM, the CAs of the servers that sets are fetched from; "": the system's */
	char managed[256];  /* the file of trust that hallmarkctl writes; "": none, and it need not be there */
	uint16_t port;
	struct edge_limits limits;
	struct config_file *anchors, *issuers, *registers;    /* owned */
	struct config_file *crls, *status_lists, *references; /* owned */
	size_t n_anchors, n_issuers, n_registers;
	size_t n_crls, n_status_lists, n_references;
	struct recognition_rules recognition;
	struct policy policy;
	struct ruleset ruleset; /* ruleset.policy points to policy above */
};

/*
 * Loads, checks and completes; relative paths are relative to the file's directory. Returns 0 and sets *ret (release
 * with config_free()), or -EINVAL after all errors were logged as FILE:LINE: text (at most 20), or -ENOMEM.
 */
int config_load(const char *path, struct config **ret);

/* The same with another file in the place of trust.managed, to try it; NULL: the one that is configured. */
int config_load_with(const char *path, const char *managed, struct config **ret);
void config_free(struct config *c);

/*
 * Loads it and writes the effective configuration: every key with its value, in the file's own syntax and with absolute
 * paths. Loading what was written, and writing that, gives the same text. Returns as config_load().
 */
int config_print(const char *path, FILE *out);

/* One line that sums up a good configuration. */
void config_describe(const struct config *c, const char *path, FILE *out);
