/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people call devices and households: rows of CSV files that the configuration names. Names and expectations, by which nothing is
 * decided, and exceptions: a zone for a device that nobody judged. Which rows define a household is the network's too (config_add_segments()).
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/csv.h"
#include "base/sizes.h"

struct config;
struct segment;
struct verdict;

#define INVENTORY_ROWS_MAX                                                                                             \
	(131072 + 4096)        /* of all files: each device of a city, and each household of a large complex */
#define INVENTORY_FILES_MAX 64 /* one for each building of a large complex */
#define INVENTORY_TEXT_MAX  63 /* bytes of a name, as of a segment's */

/* A row. Texts are "" where nothing is given, and in any script; they are parts of the file's text. */
struct inventory_row {
	const char *name, *segment;
	const char *place;        /* the room, or a note */
	const char *reference;    /* the owner's own */
	const struct segment *in; /* the segment of that name; NULL: none is given */
	const char *
		interface; /* of a row with a MAC: where the device is; else of a household: interface, port or pattern */
	const char *category, *maker; /* that the device is expected to have */
	const char *exception; /* the zone that the device has at its interface until then, although nobody judged it */
	int64_t until_sec;     /* 0: not given */
	struct csv_place at, segment_at, interface_at, exception_at, until_at;
	uint16_t file;
	uint8_t n_ueid;
	bool has_key, has_mac;
	uint8_t key[SHA256_LEN], mac[6], ueid[UEID_MAX];
};

struct inventory_file {
	char path[256];
	char *text; /* owned, divided */
};

#define EXCEPTION_DAYS_MAX 92 /* of an exception, from now: a quarter of a year */

/* Of a row with one. By interface and MAC, as admissions are, and so forgeable by who is on the same wire. */
struct exception {
	char interface[IFNAMSIZ]; /* guarded; the bridge of a port */
	char port[IFNAMSIZ];      /* of the bridge; "": none */
	uint8_t mac[6];
	uint8_t zone; /* of the policy; never quarantine */
	int64_t until_sec;
	uint32_t row; /* its number */
};

struct inventory {
	struct inventory_file *files; /* owned */
	size_t n_files;
	struct inventory_row *rows; /* owned */
	size_t n_rows, room;
	uint32_t *slots; /* owned: rows by what they are found by, hashed */
	size_t n_slots, n_used;
	struct exception *exceptions; /* owned; by interface and MAC */
	size_t n_exceptions;
};

/* What finds a row. */
enum inventory_key {
	INVENTORY_BY_KEY = 0, /* SHA-256 of the device's public key */
	INVENTORY_BY_UEID,
	INVENTORY_BY_MAC,
	INVENTORY_BY_NAME, /* within its segment */
	_INVENTORY_BY_MAX,
};

void inventory_free(struct inventory *i);

/* Appends a row. Returns it, or NULL when there is no memory. */
struct inventory_row *inventory_add(struct inventory *i, const struct inventory_row *row);

/*
 * Makes a row, which was added, found by one of its keys. A row with an exception may stand beside others of its MAC, and is found only if
 * these have one too. Returns 0; -EEXIST with the row that is already found by the same; or -ENOMEM.
 */
int inventory_index(struct inventory *i, const struct inventory_row *row, enum inventory_key key,
		    const struct inventory_row **ret_other);

/* By key, UEID or MAC; NULL: there is none. */
const struct inventory_row *inventory_find(const struct inventory *i, enum inventory_key key, struct bytes value);

/*
 * The row of a device: by its key, by its UEID where a certificate proves that; by its MAC alone where the row has neither, the device is
 * not in another household than the row says, and the operator does not say that others share the MAC. NULL: there is none.
 */
const struct inventory_row *inventory_row_of(const struct config *c, const struct verdict *v);

/* Whether the row says which interfaces are a household's. */
bool inventory_is_household(const struct inventory_row *row);

/* The household at whose interface or port the device is; else that of its row (or NULL); NULL: neither is known. */
const struct segment *inventory_segment(const struct config *c, const struct inventory_row *row,
					const struct verdict *v);

/* Its name; "": none is known. */
const char *inventory_segment_of(const struct config *c, const struct inventory_row *row, const struct verdict *v);
