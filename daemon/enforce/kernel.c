/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our table and its elements as they should be. It decides nothing and remembers nothing between calls but its sequence
 * numbers.
 */
#include "enforce/kernel_inside.h"

#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "enforce/load.h"

#define TRANSACTION_MAX  2000           /* elements: enforcement rule 5 */
#define MESSAGE_ELEMENTS 500            /* a message's list of elements has a length of 16 bits */
#define ELEMENT_BYTES    64             /* at most, of one element in a message */
#define KEY_SIZE         (IFNAMSIZ + 8) /* fields of a concatenation are padded to 4 bytes */

DEFINE_CLEANUP(struct nftnl_set *, nftnl_set_free);
DEFINE_CLEANUP(struct kernel *, kernel_free);

int kernel_new(const char *nft, struct kernel **ret)
{
	_cleanup_(kernel_freep) struct kernel *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	if (strlen(nft) >= sizeof(k->nft))
		return -ENAMETOOLONG;
	(void)strcpy(k->nft, nft);
	r = netlink_open(&k->nf, NETLINK_NETFILTER);
	if (r < 0)
		return r;
	r = netlink_open(&k->route, NETLINK_ROUTE);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(k);
	return 0;
}

void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	netlink_close(&k->nf);
	netlink_close(&k->route);
	free(k);
}

static int key_compare(const struct element *a, const struct element *b)
{
	int order = strncmp(a->interface, b->interface, IFNAMSIZ);

	return order != 0 ? order : memcmp(a->mac, b->mac, sizeof(a->mac));
}

static int on_sort(const void *a, const void *b)
{
	const struct element *const *x = a, *const *y = b;
	int order = key_compare(*x, *y);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Sorts, and of elements with the same key keeps the last. Returns how many are left. */
static size_t keep_last(const struct element **elements, size_t n)
{
	size_t kept = 0;

	qsort(elements, n, sizeof(elements[0]), on_sort);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && key_compare(elements[i], elements[i + 1]) == 0)
			continue;
		elements[kept++] = elements[i];
	}
	return kept;
}

/*
 * Writes those elements that can stand in the text, each key once. One that cannot is left out: it
 * must not keep the gateway without a table, and a device that is left out is in quarantine.
 */
static int render_usable(const struct ruleset *r, const struct element *elements, size_t n, FILE *text)
{
	_cleanup_free_ const struct element **pointers = calloc(n + 1, sizeof(pointers[0]));
	_cleanup_free_ struct element *usable = calloc(n + 1, sizeof(usable[0]));
	size_t kept = 0;

	if (!pointers || !usable)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (elements[i].zone < r->policy->n_zones && interface_name_is_valid(elements[i].interface))
			pointers[kept++] = &elements[i];
	}
	if (kept < n)
		log_warning("%zu admissions left out: no such zone or interface", n - kept);
	kept = keep_last(pointers, kept);
	for (size_t i = 0; i < kept; i++)
		usable[i] = *pointers[i];
	return ruleset_render(r, usable, kept, text);
}

/* Gives the rendered table to nft in one way or another. */
static int hand_to_nft(const struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
		       int (*give)(const char *nft, int text_fd))
{
	_cleanup_close_ int fd = memfd_create("hallmark-ruleset", MFD_CLOEXEC);
	_cleanup_fclose_ FILE *text = fd < 0 ? NULL : fdopen(fd, "w+");
	int q;

	if (!text)
		return -errno;
	(void)TAKE_FD(fd); /* the stream closes it */
	q = render_usable(r, elements, n, text);
	if (q < 0)
		return log_errno(q, "cannot render the ruleset");
	return give(k->nft, fileno(text));
}

int kernel_check_ruleset(const struct kernel *k, const struct ruleset *r)
{
	return hand_to_nft(k, r, NULL, 0, check_ruleset);
}

int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded)
{
	bool complete = false;
	int q = kernel_table_is_complete(k, r, &complete);

	if (q < 0 && q != -ENOENT)
		return q;
	if (!complete) {
		q = hand_to_nft(k, r, elements, n, load_ruleset);
		if (q < 0)
			return q;
	}
	*ret_loaded = !complete;
	return 0;
}

/* One transaction: out of the sets in the mask, then into the element's own. Each key stands once. */
struct change {
	const struct policy *policy;
	const struct element **elements;
	size_t n;
	uint32_t zones; /* mask: sets that the keys are deleted from */
	bool own_only;  /* delete a key only from the set that it then goes into */
};

/* Messages on their way to the kernel. Their sequence numbers follow that of the beginning. */
struct batch {
	uint8_t *p;
	size_t n;
	uint32_t begin_seq;
	uint32_t n_messages;
};

/* What one message says of its elements. */
enum saying {
	SAY_PROBE, /* add for 1 s, so that the delete finds it, expired or not */
	SAY_DELETE,
	SAY_ADMIT, /* add with the element's own timeout */
};

/* Interface and MAC as `ifname . ether_addr` holds them. */
static void key_encode(const struct element *e, uint8_t ret[static KEY_SIZE])
{
	memset(ret, 0, KEY_SIZE);
	memcpy(ret, e->interface, strnlen(e->interface, IFNAMSIZ - 1));
	memcpy(ret + IFNAMSIZ, e->mac, sizeof(e->mac));
}

static int set_add(struct nftnl_set *set, const struct element *e, enum saying saying)
{
	struct nftnl_set_elem *element = nftnl_set_elem_alloc();
	uint64_t sec = saying == SAY_ADMIT && e->timeout_sec > 0 ? e->timeout_sec : 1;
	uint8_t key[KEY_SIZE];

	if (!element)
		return -ENOMEM;
	key_encode(e, key);
	(void)nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key, sizeof(key));
	if (saying != SAY_DELETE)
		nftnl_set_elem_set_u64(element, NFTNL_SET_ELEM_TIMEOUT, sec * MSEC_PER_SEC);
	nftnl_set_elem_add(set, element);
	return 0;
}

static void batch_put(struct batch *b, struct nftnl_set *set, enum saying saying)
{
	uint16_t type = saying == SAY_DELETE ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM;
	uint16_t flags = saying == SAY_DELETE ? NLM_F_ACK : NLM_F_ACK | NLM_F_CREATE;
	struct nlmsghdr *h =
		nftnl_nlmsg_build_hdr((char *)b->p + b->n, type, NFPROTO_INET, flags, b->begin_seq + ++b->n_messages);

	nftnl_set_elems_nlmsg_build_payload(h, set);
	b->n += NLMSG_ALIGN(h->nlmsg_len);
}

/* Writes one message about elements from *position on, as many as fit, and moves the position
 * behind them. */
static int put_some(struct batch *b, const struct change *c, uint8_t zone, enum saying saying, size_t *position)
{
	_cleanup_(nftnl_set_freep) struct nftnl_set *set = nftnl_set_alloc();
	char name[SET_NAME_SIZE];
	size_t said = 0;

	if (!set)
		return -ENOMEM;
	zone_set_name(c->policy, zone, name);
	if (nftnl_set_set_str(set, NFTNL_SET_TABLE, TABLE_NAME) < 0 || nftnl_set_set_str(set, NFTNL_SET_NAME, name) < 0)
		return -ENOMEM;

	for (; *position < c->n && said < MESSAGE_ELEMENTS; (*position)++) {
		const struct element *e = c->elements[*position];

		if (e->zone != zone && (saying == SAY_ADMIT || c->own_only))
			continue;
		if (set_add(set, e, saying) < 0)
			return -ENOMEM;
		said++;
	}
	if (said > 0)
		batch_put(b, set, saying);
	return 0;
}

static int put_zone(struct batch *b, const struct change *c, uint8_t zone, enum saying saying)
{
	int r = 0;

	for (size_t position = 0; position < c->n && r == 0;)
		r = put_some(b, c, zone, saying, &position);
	return r;
}

/* The idempotent write of enforcement rule 6. The caller's array holds batch_size() bytes. */
static int batch_fill(struct batch *b, const struct change *c)
{
	b->n = nftnl_batch_begin((char *)b->p, b->begin_seq)->nlmsg_len;
	b->n_messages = 0;
	for (uint8_t z = ZONE_QUARANTINE + 1; z < c->policy->n_zones; z++) {
		if (!(c->zones & 1u << z))
			continue;
		if (put_zone(b, c, z, SAY_PROBE) < 0 || put_zone(b, c, z, SAY_DELETE) < 0)
			return -ENOMEM;
	}
	for (uint8_t z = ZONE_QUARANTINE + 1; z < c->policy->n_zones; z++) {
		if (put_zone(b, c, z, SAY_ADMIT) < 0)
			return -ENOMEM;
	}
	b->n += nftnl_batch_end((char *)b->p + b->n, b->begin_seq + b->n_messages + 1)->nlmsg_len;
	return 0;
}

static size_t batch_size(const struct change *c)
{
	size_t messages = 3 * (size_t)c->policy->n_zones * (c->n / MESSAGE_ELEMENTS + 1);

	return (messages + 2) * MESSAGE_BYTES + 3 * (size_t)c->policy->n_zones * c->n * ELEMENT_BYTES;
}

/*
 * Takes one acknowledgement. The batch's own number stands for the whole: permission, memory,
 * commit. Returns 1 when it answers a message, 0 when it is of something else, or the whole batch's
 * negative errno.
 */
static int acknowledge(const struct batch *b, const struct nlmsghdr *h, int *first_error)
{
	uint32_t which = h->nlmsg_seq - b->begin_seq;
	const struct nlmsgerr *e;

	if (h->nlmsg_type != NLMSG_ERROR || which > b->n_messages || mnl_nlmsg_get_payload_len(h) < sizeof(*e))
		return 0;
	e = mnl_nlmsg_get_payload(h);
	if (which == 0)
		return e->error;
	if (*first_error == 0)
		*first_error = e->error;
	return 1;
}

static int await_acknowledgements(struct kernel *k, const struct batch *b)
{
	int first_error = 0;

	for (uint32_t answered = 0; answered < b->n_messages;) {
		ssize_t n = netlink_receive(&k->nf);
		int left = (int)n;

		if (n < 0)
			return (int)n;
		for (const struct nlmsghdr *h = (const void *)k->nf.answer; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			int r = acknowledge(b, h, &first_error);

			if (r < 0)
				return r;
			answered += (uint32_t)r;
		}
	}
	return first_error;
}

static int send_change(struct kernel *k, struct batch *b, const struct change *c)
{
	int r;

	b->begin_seq = k->nf.seq + 1;
	r = batch_fill(b, c);
	k->nf.seq = b->begin_seq + b->n_messages + 1;
	if (r < 0 || b->n_messages == 0)
		return r;
	if (mnl_socket_sendto(k->nf.socket, b->p, b->n) < 0)
		return -errno;
	return await_acknowledgements(k, b);
}

static int apply_change(struct kernel *k, const struct change *c)
{
	_cleanup_free_ uint8_t *p = malloc(batch_size(c));
	struct batch b = { .p = p };
	int r;

	if (!p)
		return -ENOMEM;
	r = send_change(k, &b, c);
	/* An answer was lost: what happened is not known, and saying it again does no harm. */
	if (r == -ENOBUFS || r == -ETIMEDOUT)
		r = send_change(k, &b, c);
	return r;
}

static int leave_zone(struct kernel *k, const struct change *all, size_t i, uint8_t zone)
{
	struct element stranger = *all->elements[i];
	const struct element *one = &stranger;
	struct change c = { .policy = all->policy, .elements = &one, .n = 1, .zones = 1u << zone };
	int r;

	stranger.zone = ZONE_QUARANTINE;
	r = apply_change(k, &c);
	return r == -ENFILE ? 0 : r; /* not even the probe fits: it is not in there */
}

/*
 * A full set takes no probe, and must not keep devices in another one. So each key leaves the other
 * sets by itself, and only then are the admissions tried, together.
 */
static int apply_to_full_sets(struct kernel *k, const struct change *c)
{
	struct change own = *c;

	log_warning("a zone's set in the kernel is full: raise set_size");
	for (size_t i = 0; i < c->n; i++) {
		for (uint8_t z = ZONE_QUARANTINE + 1; z < c->policy->n_zones; z++) {
			int r = z == c->elements[i]->zone ? 0 : leave_zone(k, c, i, z);

			if (r < 0)
				return r;
		}
	}
	own.own_only = true;
	return apply_change(k, &own);
}

int kernel_apply(struct kernel *k, const struct policy *policy, const struct element *elements, size_t n)
{
	size_t most = n < TRANSACTION_MAX ? n : TRANSACTION_MAX;
	_cleanup_free_ const struct element **pointers = calloc(most + 1, sizeof(pointers[0]));

	if (!pointers)
		return -ENOMEM;
	for (size_t done = 0; done < n; done += most) {
		struct change c = { .policy = policy, .elements = pointers, .zones = UINT32_MAX };
		int r;

		for (size_t i = done; i < n && c.n < most; i++)
			pointers[c.n++] = &elements[i];
		/* a second delete of a key in the batch would find nothing and abort it */
		c.n = keep_last(pointers, c.n);
		r = apply_change(k, &c);
		if (r == -ENFILE)
			r = apply_to_full_sets(k, &c);
		if (r < 0)
			return r;
	}
	return 0;
}
