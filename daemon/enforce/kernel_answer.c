/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the address sets for answers follow the devices. Reads which addresses the rules noted, and moves or removes
 * them when a device's zone changes: a change of the zone alone would stop the device's packets, but not the answers to
 * it.
 *
 * Several devices may have used an address of an interface, one after the other. The address stays where any of them
 * is.
 */
#include "enforce/kernel_answer.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "decide/policy.h"
#include "enforce/answer.h"
#include "enforce/kernel_batch.h"
#include "enforce/kernel_near.h"
#include "enforce/kernel_plan.h"
#include "enforce/ruleset.h"
#include "enforce/unknown.h"

#define ASKED_MAX  64 /* elements whose zones are read one by one; for more, all addresses are read */
#define WATCHED    ZONES_MAX
#define MASK(zone) (UINT64_C(1) << (zone))

_Static_assert(ZONES_MAX < 64, "a bit for each zone, and one for monitored devices");

/* --- Lists of addresses --- */

struct senders {
	struct sender *list; /* owned */
	size_t n, capacity;
};

static void senders_done(struct senders *s)
{
	free(s->list);
}

static struct sender *senders_add(struct senders *s)
{
	const size_t capacity = s->capacity > 0 ? 2 * s->capacity : 64;
	struct sender *grown;

	if (s->n == s->capacity) {
		grown = reallocarray(s->list, capacity, sizeof(*grown));
		if (!grown)
			return NULL;
		s->list = grown;
		s->capacity = capacity;
	}
	s->list[s->n] = (struct sender){ .zone = ZONE_QUARANTINE };
	return &s->list[s->n++];
}

static int spot_compare(const struct sender *a, const struct sender *b)
{
	const int order = strncmp(a->interface, b->interface, IFNAMSIZ);

	return order != 0 ? order : memcmp(&a->address, &b->address, sizeof(a->address));
}

static int on_sort(const void *a, const void *b)
{
	const struct sender *x = a, *y = b;
	const int order = spot_compare(x, y);

	return order != 0 ? order : memcmp(x->mac, y->mac, sizeof(x->mac));
}

/* Sorts by interface and address, and keeps each sender once. */
static void senders_sort(struct senders *s)
{
	size_t kept = 0;

	if (s->n > 1)
		qsort(s->list, s->n, sizeof(s->list[0]), on_sort);
	for (size_t i = 0; i < s->n; i++)
		if (kept == 0 || on_sort(&s->list[kept - 1], &s->list[i]) != 0)
			s->list[kept++] = s->list[i];
	s->n = kept;
}

/* Reads back one set that the rules fill. */
struct reading {
	struct senders *to;
	bool has_mac, is_mapped;
	uint8_t zone; /* of at_ZONE, WATCHED of the others */
	size_t n_before;
};

static void put_address(struct sender *s, const uint8_t *p, bool is_mapped)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (is_mapped) {
		memcpy(s->address.s6_addr, prefix, sizeof(prefix));
		memcpy(s->address.s6_addr + sizeof(prefix), p, 4);
	} else {
		memcpy(s->address.s6_addr, p, sizeof(s->address));
	}
}

static int on_noted_element(const struct told *told, void *userdata)
{
	const struct reading *reading = userdata;
	const size_t at = IFNAMSIZ + (reading->has_mac ? 8 : 0);
	struct sender *s;

	if (told->key.n < at + (reading->is_mapped ? 4 : 16))
		return -1;
	s = senders_add(reading->to);
	if (!s)
		return -1;
	memcpy(s->interface, told->key.p, IFNAMSIZ - 1);
	if (reading->has_mac)
		memcpy(s->mac, told->key.p + IFNAMSIZ, sizeof(s->mac));
	s->zone = reading->zone;
	put_address(s, told->key.p + at, reading->is_mapped);
	return 0;
}

static int on_noted(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_noted_element, userdata);
}

static void on_noted_again(void *userdata)
{
	const struct reading *reading = userdata;

	reading->to->n = reading->n_before;
}

static int read_set(struct kernel *k, const char *set, struct reading *reading)
{
	const struct query query = { .family = NFPROTO_INET,
				     .type = NFT_MSG_GETSETELEM,
				     .set = set,
				     .on_message = on_noted,
				     .userdata = reading,
				     .restart = on_noted_again };

	reading->n_before = reading->to->n;
	return kernel_ask(k, &query);
}

/* All addresses that devices sent from lately. */
static int read_ledger(struct kernel *k, struct senders *to)
{
	struct reading four = { .to = to, .has_mac = true, .is_mapped = true, .zone = ZONE_QUARANTINE };
	struct reading six = { .to = to, .has_mac = true, .zone = ZONE_QUARANTINE };
	int r = read_set(k, "from4", &four);

	return r < 0 ? r : read_set(k, "from6", &six);
}

/* --- The sets of addresses --- */

struct answer_set {
	char name[ZONE_NAME_SIZE + 16];
	uint8_t zone; /* or WATCHED */
};

#define ANSWER_SETS_MAX (ZONES_MAX + 1)

/* Names without the suffix for the family. */
static size_t answer_sets(const struct ruleset *r, struct answer_set ret[static ANSWER_SETS_MAX])
{
	size_t n = 0;

	ret[n++] = (struct answer_set){ .name = "watched", .zone = WATCHED };
	for (uint8_t z = 0; z < r->policy->n_zones; z++) {
		if (!zone_is_answered(r, z))
			continue;
		ret[n].zone = z;
		(void)snprintf(ret[n++].name, sizeof(ret[0].name), "at_%s", r->policy->zones[z].name);
	}
	return n;
}

/* A sender that an answer set must contain, or must not. */
struct change {
	const struct sender *spot;
	const char *set;
	bool is_in;
};

struct changes {
	struct change *list; /* owned */
	size_t n, capacity;
};

static void changes_done(struct changes *c)
{
	free(c->list);
}

static int changes_add(struct changes *c, const struct sender *spot, const char *set, bool is_in)
{
	const size_t capacity = c->capacity > 0 ? 2 * c->capacity : 64;
	struct change *grown;

	if (c->n == c->capacity) {
		grown = reallocarray(c->list, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		c->list = grown;
		c->capacity = capacity;
	}
	c->list[c->n++] = (struct change){ spot, set, is_in };
	return 0;
}

static void put_change(struct batch *b, const struct change *c, uint16_t type, uint64_t timeout_msec)
{
	const bool is_mapped = IN6_IS_ADDR_V4MAPPED(&c->spot->address);
	const size_t at = is_mapped ? 12 : 0, n = sizeof(c->spot->address) - at;
	char set[ZONE_NAME_SIZE + 18];
	uint8_t key[KEY_MAX] = { 0 };

	memcpy(key, c->spot->interface, strnlen(c->spot->interface, IFNAMSIZ - 1));
	memcpy(key + IFNAMSIZ, c->spot->address.s6_addr + at, n);
	(void)snprintf(set, sizeof(set), "%s%s", c->set, is_mapped ? "4" : "6");
	batch_open(b, type, NFPROTO_INET, set, 0);
	batch_element(b, bytes_of(key, IFNAMSIZ + n), timeout_msec, (struct bytes){ 0 });
	batch_close(b);
}

/*
 * An address to remove is first added for a moment, so that the delete finds it (enforcement rule 6). Existing elements
 * keep their timeout.
 */
static int send_changes(struct kernel *k, const struct change *list, size_t n)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int r = batch_begin(&b, 2 * n, 2 * n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		put_change(&b, &list[i], NFT_MSG_NEWSETELEM,
			   list[i].is_in ? (uint64_t)ANSWERED_SEC * MSEC_PER_SEC : BATCH_PROBE_MSEC);
		if (!list[i].is_in)
			put_change(&b, &list[i], NFT_MSG_DELSETELEM, 0);
	}
	return batch_send(k, &b, &answer);
}

static int send_all(struct kernel *k, const struct changes *c)
{
	int r = 0;

	for (size_t done = 0; done < c->n && r == 0; done += BATCH_CHANGES)
		r = send_changes(k, c->list + done, c->n - done < BATCH_CHANGES ? c->n - done : BATCH_CHANGES);
	return r;
}

/* --- Zones of devices --- */

/* Elements by interface and MAC: the last of each, and those that share the place with it. */
struct directory {
	const struct element **list; /* owned */
	size_t n;
};

static void directory_done(struct directory *d)
{
	free(d->list);
}

static int directory_of(struct directory *d, const struct element *elements, size_t n)
{
	d->list = calloc(n + 1, sizeof(d->list[0]));
	if (!d->list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		d->list[i] = &elements[i];
	d->n = elements_keep_last(d->list, n);
	return 0;
}

static int on_search(const void *key, const void *member)
{
	const struct sender *s = key;
	const struct element *const *e = member;
	const int order = strncmp(s->interface, (*e)->interface, IFNAMSIZ);

	return order != 0 ? order : memcmp(s->mac, (*e)->mac, sizeof(s->mac));
}

/* Of several that share the place, any: their zone is the same, their addresses are not. */
static const struct element *directory_find(const struct directory *d, const struct sender *s)
{
	const struct element **found = bsearch(s, d->list, d->n, sizeof(d->list[0]), on_search);

	return found ? *found : NULL;
}

static uint64_t mask_of_element(const struct element *e)
{
	return (e->zone != ZONE_QUARANTINE ? MASK(e->zone) : 0) | (e->monitored_sec > 0 ? MASK(WATCHED) : 0);
}

static int on_there(const struct nlmsghdr *message, void *userdata)
{
	(void)message;
	(void)userdata;
	return MNL_CB_OK;
}

/* Reads from the kernel the zones of a place, and whether it is monitored. */
static int ask_mask(struct kernel *k, const struct ruleset *r, const char *interface, const uint8_t mac[static 6],
		    uint64_t *ret)
{
	uint8_t key[IFNAMSIZ + 8] = { 0 };
	struct nft_sets sets;

	*ret = 0;
	memcpy(key, interface, strnlen(interface, IFNAMSIZ - 1));
	memcpy(key + IFNAMSIZ, mac, 6);
	sets_of(r, &sets);
	for (size_t s = 0; s < sets.n; s++) {
		const struct nft_set *set = &sets.list[s];
		const struct query query = { .family = NFPROTO_INET,
					     .type = NFT_MSG_GETSETELEM,
					     .set = set->name,
					     .key = bytes_of(key, sizeof(key)),
					     .on_message = on_there };
		int q;

		if (set->family != NFPROTO_INET || (set->kind != SET_ZONE && set->kind != SET_MONITORED))
			continue;
		q = kernel_ask(k, &query);
		if (q < 0 && q != -ENOENT)
			return q;
		if (q == 0)
			*ret |= MASK(set->kind == SET_ZONE ? set->zone : WATCHED);
	}
	return 0;
}

/* --- Following --- */

/* Zones of a place after all is written. Several elements of it have different addresses; the last one counts. */
static uint64_t mask_after(const struct directory *d, const struct element *e)
{
	struct sender place = { 0 };
	const struct element *last;

	memcpy(place.interface, e->interface, sizeof(place.interface));
	memcpy(place.mac, e->mac, sizeof(place.mac));
	last = directory_find(d, &place);
	return mask_of_element(last ? last : e);
}

int kernel_movers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, bool *ret)
{
	_cleanup_(directory_done) struct directory d = { 0 };
	int q = k->is_idle ? 0 : directory_of(&d, elements, n);

	for (size_t i = 0; i < n && q == 0 && !k->is_idle; i++) {
		uint64_t before = 0;

		q = n <= ASKED_MAX ? ask_mask(k, r, elements[i].interface, elements[i].mac, &before) : 0;
		ret[i] = n > ASKED_MAX || (before & ~mask_after(&d, &elements[i])) != 0;
	}
	return q;
}

/* The zones in which the senders of one address are to get answers. */
static int mask_of_spot(struct kernel *k, const struct ruleset *r, const struct directory *d, const struct sender *spot,
			size_t n, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		const struct element *e = directory_find(d, &spot[i]);
		uint64_t mask = e ? mask_of_element(e) : 0;
		int q = !e || e->error < 0 ? ask_mask(k, r, spot[i].interface, spot[i].mac, &mask) : 0;

		if (q < 0)
			return q;
		*ret |= mask;
	}
	return 0;
}

static bool any_is_found(const struct directory *d, const struct sender *spot, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (directory_find(d, &spot[i]))
			return true;
	return false;
}

static size_t spot_length(const struct senders *s, size_t at)
{
	size_t n = 1;

	while (at + n < s->n && spot_compare(&s->list[at], &s->list[at + n]) == 0)
		n++;
	return n;
}

int kernel_follow(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	_cleanup_(senders_done) struct senders s = { 0 };
	_cleanup_(changes_done) struct changes c = { 0 };
	_cleanup_(directory_done) struct directory d = { 0 };
	struct answer_set sets[ANSWER_SETS_MAX];
	const size_t n_sets = answer_sets(r, sets);
	int q = n > 0 && !k->is_idle ? directory_of(&d, elements, n) : 0;

	if (q < 0 || d.n == 0)
		return q;
	q = read_ledger(k, &s);
	senders_sort(&s);
	for (size_t i = 0, length; i < s.n && q == 0; i += length) {
		uint64_t mask = 0;

		length = spot_length(&s, i);
		if (!any_is_found(&d, &s.list[i], length))
			continue;
		q = mask_of_spot(k, r, &d, &s.list[i], length, &mask);
		for (size_t j = 0; j < n_sets && q == 0; j++)
			q = changes_add(&c, &s.list[i], sets[j].name, mask & MASK(sets[j].zone));
	}
	if (q == 0)
		q = send_all(k, &c);
	return q < 0 ? q : kernel_release_held(k, r, elements, n);
}

/* --- Removing what should not be there --- */

static int read_answers(struct kernel *k, const char *set, uint8_t zone, struct senders *to)
{
	for (int is_mapped = 0; is_mapped < 2; is_mapped++) {
		struct reading reading = { .to = to, .is_mapped = is_mapped, .zone = zone };
		char name[ZONE_NAME_SIZE + 18];
		int q;

		(void)snprintf(name, sizeof(name), "%.*s%s", ZONE_NAME_SIZE + 15, set, is_mapped ? "4" : "6");
		q = read_set(k, name, &reading);
		if (q < 0)
			return q;
	}
	return 0;
}

static int on_spot(const void *key, const void *member)
{
	return spot_compare(key, member);
}

/* The first sender with that address and interface. */
static const struct sender *first_at(const struct senders *s, const struct sender *spot)
{
	const struct sender *found = s->n > 0 ? bsearch(spot, s->list, s->n, sizeof(s->list[0]), on_spot) : NULL;

	while (found && found > s->list && spot_compare(found - 1, spot) == 0)
		found--;
	return found;
}

/* Whether, by the elements, a sender of that address is in the zone. */
static bool is_wanted(const struct directory *d, const struct senders *ledger, const struct sender *answered)
{
	const struct sender *first = first_at(ledger, answered);
	const size_t at = first ? (size_t)(first - ledger->list) : 0, n = first ? spot_length(ledger, at) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct element *e = directory_find(d, &first[i]);

		if (e && (mask_of_element(e) & MASK(answered->zone)))
			return true;
	}
	return false;
}

int kernel_prune_answers(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n)
{
	_cleanup_(senders_done) struct senders ledger = { 0 }, answered = { 0 };
	_cleanup_(changes_done) struct changes c = { 0 };
	_cleanup_(directory_done) struct directory d = { 0 };
	struct answer_set sets[ANSWER_SETS_MAX];
	const size_t n_sets = answer_sets(r, sets);
	int q = k->is_idle ? 0 : directory_of(&d, elements, n);

	if (q < 0 || k->is_idle)
		return q;
	for (size_t j = 0; j < n_sets && q == 0; j++)
		q = read_answers(k, sets[j].name, sets[j].zone, &answered);
	if (q == 0)
		q = read_ledger(k, &ledger); /* read last, so that it contains every sender that has an answer set */
	senders_sort(&ledger);
	for (size_t i = 0; i < answered.n && q == 0; i++)
		for (size_t j = 0; j < n_sets && q == 0; j++)
			if (sets[j].zone == answered.list[i].zone && !is_wanted(&d, &ledger, &answered.list[i]))
				q = changes_add(&c, &answered.list[i], sets[j].name, false);
	return q < 0 ? q : send_all(k, &c);
}

/* --- Addresses known before tables are loaded --- */

static int on_neighbour_attribute(const struct nlattr *attribute, void *userdata)
{
	const struct nlattr **attributes = userdata;
	const uint16_t type = mnl_attr_get_type(attribute);

	if (type == NDA_DST || type == NDA_LLADDR)
		attributes[type] = attribute;
	return MNL_CB_OK;
}

static int on_neighbour(const struct nlmsghdr *message, void *userdata)
{
	static const uint16_t valid = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attributes[NDA_LLADDR + 1] = { 0 };
	struct sender *s;
	bool is_mapped;

	if (message->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    !(header->ndm_state & valid))
		return MNL_CB_OK;
	is_mapped = header->ndm_family == AF_INET;
	(void)mnl_attr_parse(message, sizeof(*header), on_neighbour_attribute, attributes);
	if (!attributes[NDA_DST] || mnl_attr_get_payload_len(attributes[NDA_DST]) != (is_mapped ? 4 : 16) ||
	    !attributes[NDA_LLADDR] || mnl_attr_get_payload_len(attributes[NDA_LLADDR]) != sizeof(s->mac))
		return MNL_CB_OK;
	s = senders_add(userdata);
	if (!s)
		return MNL_CB_ERROR;
	if (!if_indextoname((unsigned)header->ndm_ifindex, s->interface))
		s->interface[0] = '\0';
	memcpy(s->mac, mnl_attr_get_payload(attributes[NDA_LLADDR]), sizeof(s->mac));
	put_address(s, mnl_attr_get_payload(attributes[NDA_DST]), is_mapped);
	return MNL_CB_OK;
}

/*
 * The gateway's present neighbours: needed when the former tables were not ours, or of a version that noted no
 * addresses.
 */
static int read_neighbours(struct kernel *k, uint8_t family, struct senders *to)
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	struct ndmsg *header;

	h->nlmsg_type = RTM_GETNEIGH;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++k->route.seq;
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ndm_family = family;
	return netlink_ask(&k->route, h, on_neighbour, to);
}

int kernel_neighbours(struct kernel *k, struct sender **ret, size_t *ret_n)
{
	_cleanup_(senders_done) struct senders s = { 0 };
	int r = read_neighbours(k, AF_INET, &s);

	if (r == 0)
		r = read_neighbours(k, AF_INET6, &s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s.list);
	*ret_n = s.n;
	return 0;
}

static int add_bound(struct senders *to, const struct element *e, const struct in6_addr *address)
{
	struct sender *s;

	if (IN6_IS_ADDR_UNSPECIFIED(address))
		return 0;
	s = senders_add(to);
	if (!s)
		return -ENOMEM;
	memcpy(s->interface, e->interface, sizeof(s->interface));
	memcpy(s->mac, e->mac, sizeof(s->mac));
	s->address = *address;
	return 0;
}

/* The addresses that the device attested from. */
static int add_own(struct senders *to, const struct element *e)
{
	struct sender four = { 0 };
	int r = 0;

	if (e->address4.s_addr != INADDR_ANY) {
		put_address(&four, (const uint8_t *)&e->address4, true);
		r = add_bound(to, e, &four.address);
	}
	return r < 0 ? r : add_bound(to, e, &e->address6);
}

static bool is_bound_to(const struct element *e, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return memcmp(&address->s6_addr[12], &e->address4, sizeof(e->address4)) == 0;
	return IN6_ARE_ADDR_EQUAL(address, &e->address6);
}

/* Whether an element of that place is bound to the sender's address. */
static bool is_bound(const struct directory *d, const struct sender *s)
{
	const struct element **e = bsearch(s, d->list, d->n, sizeof(d->list[0]), on_search);

	while (e && e > d->list && on_search(s, e - 1) == 0)
		e--;
	for (; e && e < d->list + d->n && on_search(s, e) == 0; e++)
		if (is_bound_to(*e, &s->address))
			return true;
	return false;
}

/*
 * Keeps the senders that are admitted, with their zone; where addresses are bound, only the bound ones. A link-local
 * address is not routed.
 */
static void keep_admitted(struct senders *s, const struct ruleset *r, const struct directory *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct element *e = directory_find(d, &s->list[i]);

		if (!e || !element_is_possible(r, e) || IN6_IS_ADDR_LINKLOCAL(&s->list[i].address))
			continue;
		s->list[i].zone = e->zone;
		s->list[i].is_monitored = e->monitored_sec > 0;
		if (r->binding == BINDING_IP && !s->list[i].is_monitored && !is_bound(d, &s->list[i]))
			continue;
		s->list[kept++] = s->list[i];
	}
	s->n = kept;
}

int kernel_senders(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
		   struct sender **ret, size_t *ret_n)
{
	_cleanup_(senders_done) struct senders s = { 0 };
	_cleanup_(directory_done) struct directory d = { 0 };
	int q = directory_of(&d, elements, n);

	if (q == 0)
		q = read_ledger(k, &s);
	if (q == 0 || q == -ENOENT)
		q = read_neighbours(k, AF_INET, &s);
	if (q == 0)
		q = read_neighbours(k, AF_INET6, &s);
	for (size_t i = 0; i < n && q == 0; i++)
		q = add_own(&s, &elements[i]);
	if (q < 0)
		return q;
	keep_admitted(&s, r, &d);
	senders_sort(&s);
	*ret = TAKE_PTR(s.list);
	*ret_n = s.n;
	return 0;
}
