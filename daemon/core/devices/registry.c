/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three hash tables and two orders of the same entries, rings of those at one place, and a queue of devices that were never
 * admitted.
 */
#include "core/devices/registry_inside.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/keyed_hash.h"
#include "base/packed.h"
#include "base/signed_inputs.h"
#include "core/devices/used.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/reason.h"

static const struct {
	size_t offset, size;
} names[_NAMES_MAX] = {
	[NAME_DEVICE] = { offsetof(struct known, device), sizeof(((struct known *)0)->device) },
	[NAME_UEID] = { offsetof(struct known, ueid), sizeof(((struct known *)0)->ueid) },
	[NAME_PLACE] = { offsetof(struct known, place), sizeof(((struct known *)0)->place) },
};

#define SLOTS_MIN          64
#define CHANGE_ROOM        24 /* bytes behind a packed verdict: times and flags that were zero get there without memory */
#define STRANGER_BYTES_MAX 8192 /* of one stranger: a chain, evidence and two labels need half of that */

/* --- Names --- */

static const uint8_t *name_of(const struct known *k, enum name name)
{
	return (const uint8_t *)k + names[name].offset;
}

_Static_assert(sizeof(((struct known *)0)->ueid) % 4 == 0 && sizeof(((struct known *)0)->place) % 4 == 0,
	       "keyed_hash() takes whole words");

static uint64_t hash_of(const struct registry *r, const struct known *k, enum name name)
{
	const size_t n = names[name].size, n_first = n < KEYED_HASH_MAX ? n : KEYED_HASH_MAX;
	const uint8_t *p = name_of(k, name);

	return keyed_hash(&r->keys[0], p, n_first) +
	       (n > n_first ? keyed_hash(&r->keys[1], p + n_first, n - n_first) : 0);
}

static struct known **slot_of(const struct registry *r, const struct known *k, enum name name)
{
	return &r->of[name].slots[(hash_of(r, k, name) >> 32) & (r->of[name].n_slots - 1)];
}

/* Where the entry with the name is linked, or would be. */
static struct known **link_of(const struct registry *r, const struct known *k, enum name name)
{
	struct known **link = slot_of(r, k, name);

	while (*link && memcmp(name_of(*link, name), name_of(k, name), names[name].size) != 0)
		link = &(*link)->next_of[name];
	return link;
}

static void grow(struct registry *r, enum name name)
{
	const struct index former = r->of[name];
	struct known **slots = calloc(2 * former.n_slots, sizeof(struct known *));

	if (!slots)
		return;
	r->of[name].slots = slots;
	r->of[name].n_slots *= 2;
	for (size_t i = 0; i < former.n_slots; i++)
		for (struct known *k = former.slots[i], *next; k; k = next) {
			struct known **slot = slot_of(r, k, name);

			next = k->next_of[name];
			k->next_of[name] = *slot;
			*slot = k;
		}
	free(former.slots);
}

/* It is found under its name from now on, and who was before is not. */
static void take_name(struct registry *r, struct known *k, enum name name)
{
	struct known **link = link_of(r, k, name);

	if (*link == k)
		return;
	r->of[name].n += !*link;
	k->next_of[name] = *link ? (*link)->next_of[name] : NULL;
	*link = k;
	if (r->of[name].n > r->of[name].n_slots)
		grow(r, name);
}

static void leave_name(struct registry *r, struct known *k, enum name name)
{
	struct known **link = link_of(r, k, name);

	if (*link != k)
		return;
	*link = k->next_of[name];
	r->of[name].n--;
}

struct known *known_find(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known key;

	memcpy(key.device, device, SHA256_LEN);
	return *link_of(r, &key, NAME_DEVICE);
}

static void set_ueid(struct known *k, struct bytes ueid)
{
	memset(&k->ueid, 0, sizeof(k->ueid));
	k->ueid.n = (uint8_t)ueid.n;
	memcpy(k->ueid.bytes, ueid.p, ueid.n);
}

static void set_place(struct known *k, const char *interface, const uint8_t mac[static 6])
{
	memset(&k->place, 0, sizeof(k->place));
	(void)snprintf(k->place.interface, sizeof(k->place.interface), "%s", interface);
	memcpy(k->place.mac, mac, sizeof(k->place.mac));
}

static struct known *find_place(const struct registry *r, const char *interface, const uint8_t mac[static 6])
{
	struct known key;

	set_place(&key, interface, mac);
	return *link_of(r, &key, NAME_PLACE);
}

/* --- Orders --- */

static int compare_ids(const struct ordered_node *a, const struct ordered_node *b)
{
	return memcmp(known_of(a, REGISTRY_BY_ID)->device, known_of(b, REGISTRY_BY_ID)->device, SHA256_LEN);
}

static int compare_ends(const struct ordered_node *a, const struct ordered_node *b)
{
	const struct known *x = known_of(a, REGISTRY_BY_END), *y = known_of(b, REGISTRY_BY_END);

	if (x->ends_sec != y->ends_sec)
		return x->ends_sec < y->ends_sec ? -1 : 1;
	return memcmp(x->device, y->device, SHA256_LEN);
}

/* The hash is a sum: mixed, its order has nothing of that of the ids. */
static uint64_t priority_of(const struct registry *r, const struct known *k)
{
	uint64_t h = hash_of(r, k, NAME_DEVICE);

	h = (h ^ h >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 29;
}

static void join_orders(struct registry *r, struct known *k)
{
	for (int i = 0; i < _REGISTRY_ORDERS_MAX; i++) {
		k->in[i].priority = priority_of(r, k);
		ordered_insert(&r->in[i], &k->in[i]);
	}
}

static void leave_orders(struct registry *r, struct known *k)
{
	for (int i = 0; i < _REGISTRY_ORDERS_MAX; i++)
		ordered_remove(&r->in[i], &k->in[i]);
}

static void set_end(struct registry *r, struct known *k, int64_t ends_sec)
{
	if (k->ends_sec == ends_sec)
		return;
	ordered_remove(&r->in[REGISTRY_BY_END], &k->in[REGISTRY_BY_END]);
	k->ends_sec = ends_sec;
	ordered_insert(&r->in[REGISTRY_BY_END], &k->in[REGISTRY_BY_END]);
}

/* --- One verdict --- */

const struct verdict *known_show(const struct known *k, struct verdict *room)
{
	if (!k)
		return NULL;
	(void)packed_read(bytes_of(k->packed, k->n_packed), room, sizeof(*room)); /* it was packed here */
	room->edition = k->edition;
	return room;
}

/* --- What it is also found by --- */

size_t known_addresses(const struct verdict *v, struct in6_addr ret[static KNOWN_ADDRESSES_MAX])
{
	static const struct in6_addr none;
	size_t n = 0;

	if (address_from_text(v->address, &ret[n]))
		n++;
	if (v->address4.s_addr != 0)
		ret[n++] = address_map(v->address4);
	if (memcmp(&v->address6, &none, sizeof(none)) != 0)
		ret[n++] = v->address6;
	return n;
}

bool known_has_label(const struct label_facts *label)
{
	return label->number[0] && label->checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED;
}

static uint64_t words_of(const struct verdict *v)
{
	struct in6_addr addresses[KNOWN_ADDRESSES_MAX];
	const size_t n = known_addresses(v, addresses);
	uint64_t words = 0;

	for (size_t i = 0; i < n; i++)
		words |= hint_of(BYTES(addresses[i].s6_addr));
	for (size_t i = 0; i < v->facts.n_labels; i++)
		if (known_has_label(&v->facts.labels[i]))
			words |= hint_of(bytes_of_string(v->facts.labels[i].number));
	return words;
}

static void give_name(const struct registry *r, struct known *k, const struct verdict *v)
{
	k->named = (struct registry_naming){ 0 };
	if (r->name)
		r->name(v, r->naming, &k->named);
}

void registry_name_by(struct registry *r, registry_namer *name, void *userdata)
{
	struct verdict room;
	struct known *k;

	r->name = name;
	r->naming = userdata;
	TAILQ_FOREACH(k, &r->all, entry)
	give_name(r, k, known_show(k, &room));
}

/* --- Keeping it --- */

/* Keeps the verdict, without the keys. On failure the former one stays. */
static int keep_packed(struct registry *r, struct known *k, const struct verdict *v)
{
	uint8_t packed[PACKED_MAX(sizeof(struct verdict))];
	const size_t n = packed_make(v, sizeof(*v), packed);

	_Static_assert(sizeof(struct verdict) % PACKED_WORD == 0, "it can be packed");
	_Static_assert(sizeof(packed) + CHANGE_ROOM <= UINT16_MAX, "its size fits");
	if (n > k->room || n + 2 * CHANGE_ROOM < k->room) {
		uint8_t *room = realloc(k->packed, n + CHANGE_ROOM);

		if (!room && n > k->room)
			return -ENOMEM;
		if (room) {
			k->packed = room;
			k->room = (uint16_t)(n + CHANGE_ROOM);
		}
	}
	memcpy(k->packed, packed, n);
	k->n_packed = (uint16_t)n;
	k->zone = v->decision.zone;
	set_end(r, k, v->decision.expiry.at_sec);
	k->words = words_of(v);
	give_name(r, k, v);
	return 0;
}

DEFINE_CLEANUP(struct registry *, registry_free);

struct registry *registry_new(void)
{
	_cleanup_(registry_freep) struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	TAILQ_INIT(&r->all);
	TAILQ_INIT(&r->strangers);
	r->in[REGISTRY_BY_ID].compare = compare_ids;
	r->in[REGISTRY_BY_END].compare = compare_ends;
	for (int i = 0; i < _NAMES_MAX; i++) {
		r->of[i].slots = calloc(SLOTS_MIN, sizeof(struct known *));
		r->of[i].n_slots = SLOTS_MIN;
		if (!r->of[i].slots)
			return NULL;
	}
	return hash_keys_make(&r->keys[0]) < 0 || hash_keys_make(&r->keys[1]) < 0 ? NULL : TAKE_PTR(r);
}

static void release(struct known *k)
{
	used_done(&k->used);
	free(k->shown);
	free(k->packed);
	free(k);
}

void registry_free(struct registry *r)
{
	struct known *k;

	if (!r)
		return;
	while ((k = TAILQ_FIRST(&r->all))) {
		TAILQ_REMOVE(&r->all, k, entry);
		release(k);
	}
	for (int i = 0; i < _NAMES_MAX; i++)
		free(r->of[i].slots);
	free(r);
}

const struct verdict *registry_find(const struct registry *r, const uint8_t device[static SHA256_LEN],
				    struct verdict *room)
{
	return known_show(known_find(r, device), room);
}

const struct verdict *registry_ueid_owner(const struct registry *r, struct bytes ueid, struct verdict *room)
{
	struct known key;

	if (ueid.n == 0 || ueid.n > UEID_MAX)
		return NULL;
	set_ueid(&key, ueid);
	return known_show(*link_of(r, &key, NAME_UEID), room);
}

const struct verdict *registry_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6],
					struct verdict *room)
{
	return known_show(find_place(r, interface, mac), room);
}

void registry_each_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6],
			    registry_visitor *visit, void *userdata)
{
	const struct known *first = find_place(r, interface, mac), *k = first;
	struct verdict room;

	for (bool is_first = true; k && (is_first || k != first); k = k->next_here, is_first = false)
		visit(known_show(k, &room), userdata);
}

size_t registry_count_at_place(const struct registry *r, const char *interface, const uint8_t mac[static 6])
{
	const struct known *first = find_place(r, interface, mac), *k = first;
	size_t n = 0;

	for (; k && (n == 0 || k != first); k = k->next_here)
		n++;
	return n;
}

/* --- Who has which name --- */

/* The latest at a place has it; the others are behind it. */
static void take_place(struct registry *r, struct known *k)
{
	struct known *there = *link_of(r, k, NAME_PLACE);

	take_name(r, k, NAME_PLACE);
	k->next_here = there ? there->next_here : k;
	if (there)
		there->next_here = k;
}

static void leave_place(struct registry *r, struct known *k)
{
	struct known *before = k;

	if (!k->next_here)
		return;
	while (before->next_here != k)
		before = before->next_here;
	if (before != k && *link_of(r, k, NAME_PLACE) == k)
		take_name(r, before, NAME_PLACE);
	leave_name(r, k, NAME_PLACE);
	before->next_here = k->next_here;
	k->next_here = NULL;
}

/* A device that an operator admitted although its UEID is not proved must not keep the genuine device out. */
static bool may_hold_ueid(const struct verdict *v)
{
	return v->facts.n_ueid > 0 && (v->decision.reason != REASON_OPERATOR_ALLOWED || verdict_is_proved(v));
}

/*
 * Only admitted or monitored devices have entries by UEID and place: a denied device may claim any UEID, and has no
 * place.
 */
static void take_names(struct registry *r, struct known *k, const struct verdict *v)
{
	const bool is_admitted = v->decision.zone != ZONE_QUARANTINE;

	set_ueid(k, bytes_of(v->facts.ueid, v->facts.n_ueid <= UEID_MAX ? v->facts.n_ueid : 0));
	set_place(k, v->interface, v->mac);
	if (!is_admitted && !v->monitored_until_sec)
		return;
	if (is_admitted && may_hold_ueid(v))
		take_name(r, k, NAME_UEID);
	take_place(r, k);
}

static void leave_names(struct registry *r, struct known *k)
{
	leave_name(r, k, NAME_UEID);
	leave_place(r, k);
}

/* --- Strangers --- */

static void drop_shown(struct known *k)
{
	free(k->shown);
	k->shown = NULL;
}

static void leave_strangers(struct registry *r, struct known *k)
{
	drop_shown(k);
	if (!k->is_stranger)
		return;
	TAILQ_REMOVE(&r->strangers, k, stranger);
	k->is_stranger = false;
	r->n_strangers--;
}

static void forget(struct registry *r, struct known *k)
{
	leave_strangers(r, k);
	leave_names(r, k);
	leave_name(r, k, NAME_DEVICE);
	leave_orders(r, k);
	TAILQ_REMOVE(&r->all, k, entry);
	r->n--;
	release(k);
}

static void join_strangers(struct registry *r, struct known *k)
{
	TAILQ_INSERT_TAIL(&r->strangers, k, stranger);
	k->is_stranger = true;
	r->n_strangers++;
	if (r->n_strangers > REGISTRY_REFUSED_MAX)
		forget(r, TAILQ_FIRST(&r->strangers));
}

/* --- Changes --- */

static struct known *insert(struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	memcpy(k->device, device, SHA256_LEN);
	take_name(r, k, NAME_DEVICE);
	join_orders(r, k);
	TAILQ_INSERT_TAIL(&r->all, k, entry);
	r->n++;
	return k;
}

int registry_put(struct registry *r, const struct verdict *v)
{
	struct known *k = known_find(r, v->facts.device);

	if (k)
		leave_names(r, k);
	else
		k = insert(r, v->facts.device);
	if (!k)
		return -ENOMEM;
	leave_strangers(r, k);
	if (keep_packed(r, k, v) < 0) {
		forget(r, k);
		return -ENOMEM;
	}
	k->edition = ++r->editions;
	if (!v->was_admitted)
		join_strangers(r, k);
	take_names(r, k, v);
	return 0;
}

int registry_change(struct registry *r, const struct verdict *v)
{
	struct known *k = known_find(r, v->facts.device);

	return k ? keep_packed(r, k, v) : 0;
}

/* --- A stranger's signed inputs --- */

static struct bytes keep_bytes(uint8_t *room, size_t *at, struct bytes b)
{
	struct bytes kept = bytes_of(room + *at, b.n);

	if (b.n > 0)
		memcpy(room + *at, b.p, b.n);
	*at += b.n;
	return kept;
}

static size_t count_bytes(const struct signed_inputs *inputs)
{
	size_t n = inputs->evidence.n;

	for (size_t i = 0; i < inputs->n_chain; i++)
		n += inputs->chain[i].n;
	for (size_t i = 0; i < inputs->n_labels; i++)
		n += inputs->labels[i].n;
	return n;
}

void registry_keep_inputs(struct registry *r, const uint8_t device[static SHA256_LEN],
			  const struct signed_inputs *inputs)
{
	struct known *k = known_find(r, device);
	size_t n = count_bytes(inputs), at = 0;
	struct shown *shown;

	if (!k || !k->is_stranger || n == 0 || n > STRANGER_BYTES_MAX)
		return;
	drop_shown(k);
	shown = malloc(sizeof(*shown) + n);
	if (!shown)
		return;
	shown->inputs = *inputs;
	shown->inputs.evidence = keep_bytes(shown->bytes, &at, inputs->evidence);
	for (size_t i = 0; i < inputs->n_chain; i++)
		shown->inputs.chain[i] = keep_bytes(shown->bytes, &at, inputs->chain[i]);
	for (size_t i = 0; i < inputs->n_labels; i++)
		shown->inputs.labels[i] = keep_bytes(shown->bytes, &at, inputs->labels[i]);
	k->shown = shown;
}

const struct signed_inputs *registry_inputs(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	const struct known *k = known_find(r, device);

	return k && k->shown ? &k->shown->inputs : NULL;
}

struct used_beacon *registry_used(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known *k = known_find(r, device);

	return k ? &k->used : NULL;
}

struct stored_row *registry_row(const struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known *k = known_find(r, device);

	return k ? &k->row : NULL;
}

void registry_remove(struct registry *r, const uint8_t device[static SHA256_LEN])
{
	struct known *k = known_find(r, device);

	if (k)
		forget(r, k);
}

/* --- All of them --- */

void registry_clear(struct registry *r)
{
	while (!TAILQ_EMPTY(&r->all))
		forget(r, TAILQ_FIRST(&r->all));
}

size_t registry_count(const struct registry *r)
{
	return r->n;
}

size_t registry_count_admitted(const struct registry *r)
{
	return r->n - r->n_strangers;
}
