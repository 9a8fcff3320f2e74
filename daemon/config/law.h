/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Law data: schemes, arrangements and their vocabularies, as installed with the program (HALLMARK_DATADIR) and replaced
 * with it. An entry of the configuration with the id of a shipped one takes its place, or changes some of its keys.
 */
#pragma once

#include <stdbool.h>

#include "base/sizes.h"

struct config;

#define LAW_FILES 2

enum law_relation {
	LAW_REPLACES = 0, /* the entry is complete */
	LAW_CHANGES,      /* it has only some keys; the others are the shipped ones */
	LAW_REPEATS,      /* it says nothing new, and would hide a newer one */
};

/* An entry of the configuration, and the shipped one with its id. */
struct law_override {
	char id[ARRANGEMENT_ID_SIZE];
	enum law_relation relation;
	char keys[160]; /* those that differ, as text */
	char file[256], shipped_file[256];
	unsigned line, shipped_line;
};

/* One line for people, for each file with entries that say nothing new, and for each other override. */
void law_each_note(const struct config *c, void (*on_note)(const char *text, void *userdata), void *userdata);
