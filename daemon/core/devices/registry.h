/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's memory of devices: the current verdict of each. Devices that were never admitted are kept only for
 * operators to see, and only the latest of them, so that invented identities cannot fill the memory.
 *
 * Verdicts are kept packed (base/packed.h): a gateway may know 100,000. So whoever looks at one gets a copy in a room of his own,
 * and a change of that copy changes nothing here.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/sizes.h"

struct in6_addr;
struct signed_inputs;
struct used_beacon;
struct verdict;

#define REGISTRY_REFUSED_MAX 512 /* devices kept that were never admitted: as many as an operator reads */

/* What the store holds of a device's verdict. */
struct stored_row {
	int64_t attested_sec; /* of the verdict that it holds; 0: not known, because a write failed */
	int64_t written_sec;  /* when it was written; 0: not known */
	uint64_t row_in;      /* number of the transaction with the latest write, */
	uint64_t inputs_in;   /* and of that with the latest signed inputs; 0: none since the start */
	bool is_behind;       /* it lacks renewals of the verdict (core/settle/renewal.h) */
};

/* What people call a device, by numbers that begin with 1; 0: nothing. */
struct registry_naming {
	uint32_t row;     /* of the inventory */
	uint16_t segment; /* of the configuration */
};

struct registry;

struct registry *registry_new(void);
void registry_free(struct registry *r);

/*
 * Each verdict that is kept is named so from now on, and those that are there at once: call it again when the configuration is another
 * one. Without it, none has a name.
 */
typedef void registry_namer(const struct verdict *v, void *userdata, struct registry_naming *ret);
void registry_name_by(struct registry *r, registry_namer *name, void *userdata);

/*
 * Keeps a copy, replaces the device's former verdict, and gives it a new edition. Returns 0 or -ENOMEM: then the device is
 * unknown, because its former verdict holds no more.
 */
int registry_put(struct registry *r, const struct verdict *v);

/*
 * For a verdict of which only times, flags, addresses and the result are others than those that were put: its edition stays. Does nothing when the device
 * is unknown. A visitor may call it. Returns 0 or -ENOMEM: then the former one stays. Some of these changes need no memory.
 */
int registry_change(struct registry *r, const struct verdict *v);

/* These copy to *room, and return it; NULL when there is none. */
const struct verdict *registry_find(const struct registry *r, const uint8_t device[static SHA256_LEN],
				    struct verdict *room);

/* The device that was admitted last with this UEID. verdict_zone() tells whether it still is. */
const struct verdict *registry_ueid_owner(const struct registry *r, struct bytes ueid, struct verdict *room);

/* The device that is admitted at this place now, or monitored there; of several (network.shared) the latest. */
const struct verdict *registry_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6],
					struct verdict *room);

/* What a visitor gets is valid until it returns. It must not put or remove a verdict, unless this is said. */
typedef void registry_visitor(const struct verdict *v, void *userdata);

/* All that are at this place. */
void registry_each_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6],
			    registry_visitor *visit, void *userdata);

/* How many. */
size_t registry_count_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6]);

/*
 * Where those are that have no entry by place: in quarantine, and not monitored. It costs little. The visitor must not put or remove a
 * verdict.
 */
typedef void registry_place_visitor(const char *interface, const uint8_t mac[static 6], void *userdata);
void registry_each_denied(const struct registry *r, registry_place_visitor *visit, void *userdata);

/*
 * Keeps a copy of the signed inputs of a device that was never admitted, so that an operator can still allow it. Only
 * in memory: nothing of strangers is stored. Does nothing for other devices, or beyond a limit.
 */
void registry_keep_inputs(struct registry *r, const uint8_t device[static SHA256_LEN],
			  const struct signed_inputs *inputs);

/* NULL when there are none; valid until the next put. */
const struct signed_inputs *registry_inputs(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* For the caller to change; NULL: the device is unknown. Only in memory: after a restart no old beacon counts. */
struct used_beacon *registry_used(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* For the caller to change; another verdict leaves it. NULL: the device is unknown. Only in memory. */
struct stored_row *registry_row(const struct registry *r, const uint8_t device[static SHA256_LEN]);

/* Forgets a device; does nothing when it is unknown. */
void registry_remove(struct registry *r, const uint8_t device[static SHA256_LEN]);

/* Forgets all of them. Needs no memory. */
void registry_clear(struct registry *r);

size_t registry_count(const struct registry *r);

/* Without devices that were never admitted: invented identities do not count. */
size_t registry_count_admitted(const struct registry *r);

/* Who is known longest comes first. The visitor may remove the device that it visits. */
void registry_each(const struct registry *r, registry_visitor *visit, void *userdata);

/* The same, but only those whose decision gives a zone, and ends at this time or before. The others cost little. */
void registry_each_ended(const struct registry *r, int64_t at_sec, registry_visitor *visit, void *userdata);

/* The same of those that are not alone at their place. */
void registry_each_in_company(const struct registry *r, registry_visitor *visit, void *userdata);

/* Orders in which devices are shown page by page. */
enum registry_order {
	REGISTRY_BY_ID = 0,
	REGISTRY_BY_END, /* when the decision ends; those of one second by id */
	_REGISTRY_ORDERS_MAX,
};

/* A place in an order, between devices. It stays good when devices come, change or go. */
struct registry_mark {
	int64_t ends_sec; /* only for REGISTRY_BY_END */
	uint8_t device[SHA256_LEN];
};

/* A page: the devices behind a mark that are taken. */
struct registry_page {
	enum registry_order order;
	const struct registry_mark *after; /* NULL: from the first on */
	size_t most;                       /* taken, from 1 */
	size_t looks;                      /* looked at, from 1: the bound of a page's cost when few are taken */
	bool (*take)(const struct verdict *v, void *userdata); /* as a visitor; may lower `most` */
	void *userdata;
};

/*
 * Takes the devices of a page. Returns whether there are more behind the last one that was looked at; then the next page begins
 * after ret_next. It costs as much as the devices that are looked at, however many are known, and no memory.
 */
bool registry_each_of_page(const struct registry *r, const struct registry_page *page, struct registry_mark *ret_next);

/* Where a device may be. */
struct registry_place {
	char interface[IFNAMSIZ];
	uint8_t mac[6];
};

/* For qsort() and bsearch(). */
int registry_compare_places(const void *a, const void *b);

/* What an operator may write of a device; a device that one of these fits is meant. */
struct registry_names {
	bool has_ids;
	uint8_t id_least[SHA256_LEN], id_most[SHA256_LEN]; /* a range of ids */
	struct bytes ueid;                                 /* none: nothing */
	const uint8_t *mac;                                /* NULL: nothing */
	const struct registry_place *places;               /* sorted by registry_compare_places() */
	size_t n_places;
	const struct in6_addr *address; /* that it attested from, IPv4 as mapped; NULL: nothing */
	const char *label;              /* the number of one whose signature was accepted; NULL: nothing */
	uint16_t segment;               /* as it was named; 0: nothing */
	const uint32_t *rows;
	size_t n_rows; /* the same */
};

/*
 * Visits the first of those that are meant, at most so many: by id those of the range, then of the others who is known longest. Returns how
 * many there are altogether. Unpacks only those that it visits, and few others.
 */
size_t registry_each_named(const struct registry *r, const struct registry_names *names, size_t most,
			   registry_visitor *visit, void *userdata);

/* How many devices are in each zone at this time, and when the first of them that is admitted ends; 0: none is. */
int64_t registry_count_zones(const struct registry *r, int64_t now_sec, uint32_t ret[static ZONES_MAX]);

/* How many decisions that give a zone end after the one time, and not after each of the others. It costs as much as the above. */
void registry_count_ending(const struct registry *r, int64_t after_sec, size_t n, const int64_t *until_sec,
			   uint64_t *ret);

/*
 * How many devices are in each zone at this time of each segment as it was named: ret has a row for each number up to n_segments. It costs
 * as much as the above.
 */
void registry_count_segments(const struct registry *r, int64_t now_sec, size_t n_segments, uint32_t (*ret)[ZONES_MAX]);
