/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink: the only file that knows libmnl and libnftnl. It moves elements between the zones' sets,
 * reads them back and asks the neighbour table. It decides nothing and remembers nothing between
 * calls but its sequence numbers.
 */
#include "enforce/kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <limits.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "enforce/load.h"

#define ANSWER_SIZE        65536          /* bytes: the kernel's dumps come in pieces of at most 32 KiB */
#define SOCKET_BUFFER      8388608        /* bytes: a full transaction is one message of below 2 MB */
#define ANSWER_TIMEOUT_SEC 2              /* the kernel answers at once, but an answer can be lost */
#define TRANSACTION_MAX    2000           /* elements: enforcement rule 5 */
#define MESSAGE_ELEMENTS   500            /* a message's list of elements has a length of 16 bits */
#define ELEMENT_BYTES      64             /* at most, of one element in a message */
#define MESSAGE_BYTES      256            /* of a message without its elements, and of the batch's two ends */
#define KEY_SIZE           (IFNAMSIZ + 8) /* fields of a concatenation are padded to 4 bytes */
#define MSEC_PER_SEC       1000
#define DUMP_RETRIES       8

DEFINE_CLEANUP(struct nftnl_set *, nftnl_set_free);
DEFINE_CLEANUP(struct nftnl_table *, nftnl_table_free);
DEFINE_CLEANUP(struct kernel *, kernel_free);

struct kernel {
	char nft[PATH_MAX];
	struct mnl_socket *nf;
	struct mnl_socket *route;
	uint32_t seq;    /* of the last message sent */
	uint8_t *answer; /* ANSWER_SIZE bytes */
};

static uint32_t next_seq(struct kernel *k)
{
	return ++k->seq;
}

static int socket_open(int bus, struct mnl_socket **ret)
{
	struct timeval limit = { .tv_sec = ANSWER_TIMEOUT_SEC };
	struct mnl_socket *s = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int on = 1, size = SOCKET_BUFFER, fd;

	if (!s)
		return -errno;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) {
		int r = -errno;

		(void)mnl_socket_close(s);
		return r;
	}

	/* An error does not repeat the message; where the kernel cannot, it only costs bytes. */
	(void)mnl_socket_setsockopt(s, NETLINK_CAP_ACK, &on, sizeof(on));
	fd = mnl_socket_get_fd(s);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	*ret = s;
	return 0;
}

int kernel_new(const char *nft, struct kernel **ret)
{
	_cleanup_(kernel_freep) struct kernel *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	if (strlen(nft) >= sizeof(k->nft))
		return -ENAMETOOLONG;
	(void)strcpy(k->nft, nft);
	k->seq = (uint32_t)time(NULL);
	k->answer = malloc(ANSWER_SIZE);
	if (!k->answer)
		return -ENOMEM;
	r = socket_open(NETLINK_NETFILTER, &k->nf);
	if (r < 0)
		return r;
	r = socket_open(NETLINK_ROUTE, &k->route);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(k);
	return 0;
}

void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	if (k->nf)
		(void)mnl_socket_close(k->nf);
	if (k->route)
		(void)mnl_socket_close(k->route);
	free(k->answer);
	free(k);
}

/* Reads one datagram of answers. Returns its size or a negative errno. */
static ssize_t receive(struct kernel *k, const struct mnl_socket *s)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(s, k->answer, ANSWER_SIZE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return n;
}

/* Sends one request and hands each message of the answer to on_message. Returns 0 or the kernel's negative errno. */
static int ask(struct kernel *k, const struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t on_message,
	       void *userdata)
{
	if (mnl_socket_sendto(s, request, request->nlmsg_len) < 0)
		return -errno;

	for (;;) {
		ssize_t n = receive(k, s);
		const struct nlmsghdr *first = (const struct nlmsghdr *)(const void *)k->answer;
		int r;

		if (n < 0)
			return (int)n;
		if (!mnl_nlmsg_ok(first, (int)n) || first->nlmsg_seq != request->nlmsg_seq)
			continue; /* left over from a request that was given up */
		r = mnl_cb_run(k->answer, (size_t)n, request->nlmsg_seq, mnl_socket_get_portid(s), on_message,
			       userdata);
		if (r < 0)
			return -errno;
		if (r == MNL_CB_STOP)
			return 0;
	}
}

/* A request about our table, or about one set of it. */
struct query {
	uint16_t type;
	const char *set; /* or NULL */
	mnl_cb_t on_message;
	void *userdata;
	size_t *n; /* what on_message counts; set back when a dump is repeated */
};

static int ask_table(struct kernel *k, const struct query *query)
{
	uint16_t flags = query->type == NFT_MSG_GETTABLE ? NLM_F_ACK : NLM_F_DUMP;
	size_t before = *query->n;
	int r = -EINTR;

	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++) {
		uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
		struct nlmsghdr *h =
			nftnl_nlmsg_build_hdr((char *)request, query->type, NFPROTO_INET, flags, next_seq(k));

		/* The attribute of a set's, rule's and element's table has the same number. */
		mnl_attr_put_strz(h, NFTA_TABLE_NAME, TABLE_NAME);
		if (query->set)
			mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, query->set);
		*query->n = before;
		r = ask(k, k->nf, h, query->on_message, query->userdata);
	}
	return r;
}

static int not_understood(void)
{
	errno = EBADMSG;
	return MNL_CB_ERROR;
}

/* What is there of our table. */
struct census {
	const struct policy *policy;
	char comment[UINT8_MAX + 1]; /* attributes of user data have lengths of 8 bits */
	uint32_t flags;
	uint32_t zones; /* mask of those whose set is there */
	size_t n;       /* of the objects asked for */
};

static int on_table_userdata(const struct nftnl_udata *attribute, void *userdata)
{
	struct census *c = userdata;

	if (nftnl_udata_type(attribute) == NFTNL_UDATA_TABLE_COMMENT)
		memcpy(c->comment, nftnl_udata_get(attribute), nftnl_udata_len(attribute));
	return 0;
}

static int on_table(const struct nlmsghdr *message, void *userdata)
{
	_cleanup_(nftnl_table_freep) struct nftnl_table *table = nftnl_table_alloc();
	struct census *c = userdata;
	const void *attributes;
	uint32_t n = 0;

	if (!table || nftnl_table_nlmsg_parse(message, table) < 0)
		return not_understood();
	c->flags = nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS);
	attributes = nftnl_table_get_data(table, NFTNL_TABLE_USERDATA, &n);
	if (attributes)
		(void)nftnl_udata_parse(attributes, n, on_table_userdata, c);
	return MNL_CB_OK;
}

static int on_set(const struct nlmsghdr *message, void *userdata)
{
	_cleanup_(nftnl_set_freep) struct nftnl_set *set = nftnl_set_alloc();
	struct census *c = userdata;

	if (!set || nftnl_set_nlmsg_parse(message, set) < 0)
		return not_understood();
	for (uint8_t z = ZONE_QUARANTINE + 1; z < c->policy->n_zones; z++) {
		char name[SET_NAME_SIZE];

		zone_set_name(c->policy, z, name);
		if (strcmp(name, nftnl_set_get_str(set, NFTNL_SET_NAME)) == 0)
			c->zones |= 1u << z;
	}
	return MNL_CB_OK;
}

static int on_rule(const struct nlmsghdr *message, void *userdata)
{
	struct census *c = userdata;

	(void)message;
	c->n++;
	return MNL_CB_OK;
}

static int on_counted_element(struct nftnl_set_elem *element, void *userdata)
{
	struct census *c = userdata;

	(void)element;
	c->n++;
	return 0;
}

static int for_each_element(const struct nlmsghdr *message, int (*f)(struct nftnl_set_elem *, void *), void *userdata)
{
	_cleanup_(nftnl_set_freep) struct nftnl_set *set = nftnl_set_alloc();

	if (!set || nftnl_set_elems_nlmsg_parse(message, set) < 0 || nftnl_set_elem_foreach(set, f, userdata) < 0)
		return not_understood();
	return MNL_CB_OK;
}

static int on_guarded(const struct nlmsghdr *message, void *userdata)
{
	return for_each_element(message, on_counted_element, userdata);
}

/* Our version, awake, with all rules, zones and guarded interfaces: else somebody changed it. */
static int census_is_complete(struct kernel *k, const struct ruleset *r, bool *ret)
{
	struct census c = { .policy = r->policy };
	const struct query table = { NFT_MSG_GETTABLE, NULL, on_table, &c, &c.n };
	const struct query sets = { NFT_MSG_GETSET, NULL, on_set, &c, &c.n };
	const struct query rules = { NFT_MSG_GETRULE, NULL, on_rule, &c, &c.n };
	const struct query guarded = { NFT_MSG_GETSETELEM, "guarded", on_guarded, &c, &c.n };
	uint32_t zones = ((1u << r->policy->n_zones) - 1) & ~(1u << ZONE_QUARANTINE);
	struct ruleset_mark mark;
	int q = ruleset_mark(r, &mark);

	if (q < 0)
		return q;
	q = ask_table(k, &table);
	if (q < 0 || strcmp(c.comment, mark.comment) != 0 || (c.flags & NFT_TABLE_F_DORMANT))
		return q;
	q = ask_table(k, &sets);
	if (q < 0 || c.zones != zones)
		return q;
	q = ask_table(k, &rules);
	if (q < 0 || c.n != mark.n_rules)
		return q;
	c.n = 0;
	q = ask_table(k, &guarded);
	if (q == 0)
		*ret = c.n == r->n_guarded;
	return q;
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
	int q = census_is_complete(k, r, &complete);

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
		ssize_t n = receive(k, k->nf);
		int left = (int)n;

		if (n < 0)
			return (int)n;
		for (const struct nlmsghdr *h = (const void *)k->answer; mnl_nlmsg_ok(h, left);
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

	b->begin_seq = k->seq + 1;
	r = batch_fill(b, c);
	k->seq = b->begin_seq + b->n_messages + 1;
	if (r < 0 || b->n_messages == 0)
		return r;
	if (mnl_socket_sendto(k->nf, b->p, b->n) < 0)
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

/* Elements as they come in. */
struct listing {
	struct element *elements; /* owned */
	size_t n, capacity;
	uint8_t zone;
};

static int listing_grow(struct listing *l)
{
	size_t capacity = l->capacity > 0 ? 2 * l->capacity : 64;
	struct element *grown;

	if (l->n < l->capacity)
		return 0;
	grown = reallocarray(l->elements, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->elements = grown;
	l->capacity = capacity;
	return 0;
}

/* Without an expiration the kernel will never forget it; with one of 0 ms it is about to. */
static uint32_t remaining_sec(struct nftnl_set_elem *element)
{
	uint64_t sec;

	if (!nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_EXPIRATION))
		return 0;
	sec = (nftnl_set_elem_get_u64(element, NFTNL_SET_ELEM_EXPIRATION) + MSEC_PER_SEC - 1) / MSEC_PER_SEC;
	if (sec == 0)
		return 1;
	return sec > UINT32_MAX ? UINT32_MAX : (uint32_t)sec;
}

static int on_listed_element(struct nftnl_set_elem *element, void *userdata)
{
	struct listing *l = userdata;
	uint32_t size = 0;
	const uint8_t *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
	struct element *e;

	if (!key || size < IFNAMSIZ + sizeof(e->mac) || listing_grow(l) < 0)
		return -1;
	e = &l->elements[l->n++];
	*e = (struct element){ .zone = l->zone, .timeout_sec = remaining_sec(element) };
	memcpy(e->interface, key, IFNAMSIZ - 1);
	memcpy(e->mac, key + IFNAMSIZ, sizeof(e->mac));
	return 0;
}

static int on_listed(const struct nlmsghdr *message, void *userdata)
{
	return for_each_element(message, on_listed_element, userdata);
}

int kernel_list(struct kernel *k, const struct policy *policy, struct element **ret, size_t *ret_n)
{
	struct listing l = { 0 };

	for (uint8_t z = ZONE_QUARANTINE + 1; z < policy->n_zones; z++) {
		char set[SET_NAME_SIZE];
		const struct query elements = { NFT_MSG_GETSETELEM, set, on_listed, &l, &l.n };
		int r;

		l.zone = z;
		zone_set_name(policy, z, set);
		r = ask_table(k, &elements);
		if (r < 0) {
			free(l.elements);
			return r;
		}
	}
	*ret = l.elements;
	*ret_n = l.n;
	return 0;
}

/* A neighbour as the answer describes it. */
struct neighbour {
	uint8_t mac[6];
	bool is_valid;
};

static int on_neighbour_attribute(const struct nlattr *attribute, void *userdata)
{
	struct neighbour *n = userdata;

	if (mnl_attr_get_type(attribute) != NDA_LLADDR || mnl_attr_get_payload_len(attribute) != sizeof(n->mac))
		return MNL_CB_OK;
	memcpy(n->mac, mnl_attr_get_payload(attribute), sizeof(n->mac));
	n->is_valid = true;
	return MNL_CB_OK;
}

static int on_neighbour(const struct nlmsghdr *message, void *userdata)
{
	static const uint16_t valid = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    !(header->ndm_state & valid))
		return MNL_CB_OK;
	return mnl_attr_parse(message, sizeof(*header), on_neighbour_attribute, userdata);
}

int kernel_neighbour(struct kernel *k, unsigned ifindex, const struct in6_addr *address, uint8_t ret_mac[static 6])
{
	uint64_t request[MESSAGE_BYTES / sizeof(uint64_t)];
	struct nlmsghdr *h = mnl_nlmsg_put_header(request);
	bool is_mapped = IN6_IS_ADDR_V4MAPPED(address);
	struct neighbour found = { 0 };
	struct ndmsg *header;
	int r;

	h->nlmsg_type = RTM_GETNEIGH;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = next_seq(k);
	header = mnl_nlmsg_put_extra_header(h, sizeof(*header));
	header->ndm_family = is_mapped ? AF_INET : AF_INET6;
	header->ndm_ifindex = (int)ifindex;
	if (is_mapped)
		mnl_attr_put(h, NDA_DST, 4, &address->s6_addr[12]);
	else
		mnl_attr_put(h, NDA_DST, sizeof(*address), address);

	r = ask(k, k->route, h, on_neighbour, &found);
	if (r < 0)
		return r;
	if (!found.is_valid)
		return -ENOENT;
	memcpy(ret_mac, found.mac, sizeof(found.mac));
	return 0;
}
