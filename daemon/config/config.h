/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file (libconfig) → one immutable struct config. Driven by tables; a key that is in no table is an
 * error with file and line. Every error message says what to do.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/sessions.h"
#include "config/law.h"
#include "config/roles.h"
#include "decide/policy.h"
#include "decide/scheme.h"
#include "enforce/ruleset.h"

struct inventory;

struct config {
	char gateway[64];                /* name, for EARs and journals */
	char certificate[256], key[256]; /* DTLS, PEM */
	char result_key[256];            /* signs EARs, PEM */
	char state[256];                 /* directory of the store */
	char control[108];               /* path of the control socket */
	char nft[256];                   /* the nft program */
	char path[512];                  /* of the file, absolute */
	char law[256];                   /* folder of the law data, absolute; "": none */
	char law_files[LAW_FILES][288];  /* in it; "": none is read */
	bool lacks_law;                  /* nothing is installed there, and the configuration has all entries itself */
	unsigned brake_percent;  /* a change that takes the zone from more of the admitted devices, in percent, */
	unsigned brake_devices;  /* and from more devices than this, is held */
	uint32_t brake_hold_sec; /* for at most this time */
	unsigned record_keep;    /* entries of the decision record */
	uint32_t record_age_sec;
	char fetch_ca[256]; /* PEM, CAs of the servers that sets are fetched from; "": the system's */
	char managed[256];  /* the file of trust that hallmarkctl writes, which may be missing; "": none */
	uint16_t port;
	unsigned edges;            /* processes; 0: as many as CPUs, but no more than 4 */
	struct edge_limits limits; /* of all edges together, if not of one sender, session or device */
	struct config_file *anchors, *issuers, *registers;    /* owned */
	struct config_file *crls, *status_lists, *references; /* owned */
	size_t n_anchors, n_issuers, n_registers;
	size_t n_crls, n_status_lists, n_references;
	struct recognition_rules recognition;
	struct inventory *inventory; /* owned; names of devices; never NULL after loading */
	struct policy policy;
	struct law_override *overrides; /* owned; config/law.h */
	size_t n_overrides;
	struct role *roles; /* owned */
	size_t n_roles;
	struct ruleset ruleset; /* ruleset.policy points to policy above */
};

/*
 * Loads, checks and adds defaults; relative paths are relative to the file's directory. Returns 0 and sets *ret
 * (release with config_free()); -EINVAL after logging all errors as FILE:LINE: text (at most 20); or -ENOMEM.
 */
int config_load(const char *path, struct config **ret);

/* The same with another file instead of trust.managed, to try it; NULL: the configured one. */
int config_load_with(const char *path, const char *managed, struct config **ret);
void config_free(struct config *c);

/*
 * Loads the file and writes the effective configuration: every key with its value, in the file's own syntax and with
 * absolute paths, and the shipped entries with it. Loading and writing that output again gives the same text, but for
 * the comments that say which file an entry is from. Returns as config_load().
 */
int config_print(const char *path, FILE *out);

/* A line that summarises a valid configuration, and one for each thing in it that should be known. */
void config_describe(const struct config *c, const char *path, FILE *out);
