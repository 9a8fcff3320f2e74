/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What its operator opens: the gateway, by one element in a set that matches every packet; or an interface or port alone, by its name
 * in another set. The kernel ends it, even if the daemon dies.
 */
#include "enforce/kernel_batch.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "enforce/nft_message.h"
#include "enforce/ruleset.h"

#define SET_OPENED     "opened"
#define SET_ALONE      "opened_alone"
#define SET_PORTS      "opened_ports"
#define USERDATA_BYTES (2 + OPENING_REASON_SIZE) /* type, length and the reason with its terminator */
#define PLACES         2                         /* of one opening, at most */

static const int families[] = { NFPROTO_INET, NFPROTO_BRIDGE };

static size_t n_tables(const struct ruleset *r)
{
	return r->n_bridges > 0 ? 2 : 1;
}

static const uint16_t everything = ARPHRD_ETHER; /* iface_type has host byte order */

/* Encodes the comment as nft does. nft prints it in quotes, so it must not contain any. Returns its size. */
static size_t comment_of(const struct opening *opening, uint8_t ret[static USERDATA_BYTES])
{
	size_t n = strnlen(opening->reason, OPENING_REASON_SIZE - 1);

	if (n == 0)
		return 0;
	ret[0] = NFT_COMMENT;
	ret[1] = (uint8_t)(n + 1);
	for (size_t i = 0; i < n; i++)
		ret[2 + i] = opening->reason[i] == '"' ? '\'' : (uint8_t)opening->reason[i];
	ret[2 + n] = '\0';
	return 2 + n + 1;
}

/* --- Writing --- */

/* Removes an element, then adds it again if it has time left: enforcement rule 6. */
static void put_element(struct batch *b, int family, const char *set, struct bytes key, const struct opening *o)
{
	uint8_t userdata[USERDATA_BYTES];
	size_t n = comment_of(o, userdata);

	batch_remove(b, family, set, key);
	if (o->left_sec == 0)
		return;
	batch_open(b, NFT_MSG_NEWSETELEM, family, set, 0);
	batch_element(b, key, (uint64_t)o->left_sec * MSEC_PER_SEC, bytes_of(userdata, n));
	batch_close(b);
}

static void put_gateway(struct batch *b, const struct ruleset *r, const struct opening *o)
{
	for (size_t i = 0; i < n_tables(r); i++)
		put_element(b, families[i], SET_OPENED, bytes_of(&everything, sizeof(everything)), o);
}

/* The name as the kernel has it: `o` itself may not be filled behind the end of its text. */
static void put_alone(struct batch *b, const struct opening *o)
{
	char name[IFNAMSIZ] = "";

	memcpy(name, o->alone, strnlen(o->alone, IFNAMSIZ - 1));
	put_element(b, o->is_port ? NFPROTO_BRIDGE : NFPROTO_INET, SET_ALONE, bytes_of(name, sizeof(name)), o);
}

/* The table inet has only whether a port is open: as long as the last one. */
static void put_ports(struct batch *b, uint32_t left_sec)
{
	const struct opening any = { .left_sec = left_sec };

	put_element(b, NFPROTO_INET, SET_PORTS, bytes_of(&everything, sizeof(everything)), &any);
}

/* For this many openings that are written or removed. */
static int begin(struct batch *b, size_t n)
{
	return batch_begin(b, 3 * PLACES * n, 3 * PLACES * n);
}

static int write_gateway(struct kernel *k, const struct ruleset *r, const struct opening *o)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int q = begin(&b, 1);

	if (q < 0)
		return q;
	put_gateway(&b, r, o);
	return batch_send(k, &b, &answer);
}

/* How long the last of the ports is open, beside this one. */
static uint32_t ports_left_sec(const struct opening *list, size_t n, const char *beside)
{
	uint32_t left_sec = 0;

	for (size_t i = 0; i < n; i++)
		if (list[i].is_port && strcmp(list[i].alone, beside) != 0 && list[i].left_sec > left_sec)
			left_sec = list[i].left_sec;
	return left_sec;
}

static int write_alone(struct kernel *k, const struct ruleset *r, const struct opening *o)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	_cleanup_free_ struct opening *list = NULL;
	struct batch_answer answer;
	uint32_t left_sec;
	size_t n = 0;
	int q = kernel_openings(k, r, &list, &n);

	if (q == 0)
		q = begin(&b, 1);
	if (q < 0)
		return q;
	left_sec = ports_left_sec(list, n, o->alone);
	put_alone(&b, o);
	if (o->is_port)
		put_ports(&b, o->left_sec > left_sec ? o->left_sec : left_sec);
	return batch_send(k, &b, &answer);
}

int kernel_open(struct kernel *k, const struct ruleset *r, const struct opening *opening)
{
	const struct bytes reason = bytes_of(opening->reason, strnlen(opening->reason, OPENING_REASON_SIZE));

	if (opening->left_sec == 0 || reason.n == OPENING_REASON_SIZE || !bytes_are_text(reason) ||
	    (opening->alone[0] && !interface_name_is_valid(opening->alone)))
		return -EINVAL;
	return opening->alone[0] ? write_alone(k, r, opening) : write_gateway(k, r, opening);
}

int kernel_close(struct kernel *k, const struct ruleset *r)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	_cleanup_free_ struct opening *list = NULL;
	const struct opening closed = { 0 };
	struct batch_answer answer;
	bool has_ports = false;
	size_t n = 0;
	int q = kernel_openings(k, r, &list, &n);

	if (q == 0)
		q = begin(&b, n + 2);
	if (q < 0)
		return q;
	put_gateway(&b, r, &closed);
	for (size_t i = 0; i < n; i++) {
		has_ports |= list[i].is_port;
		list[i].left_sec = 0;
		put_alone(&b, &list[i]);
	}
	if (has_ports)
		put_ports(&b, 0);
	return batch_send(k, &b, &answer);
}

int kernel_close_alone(struct kernel *k, const struct ruleset *r, const char *name)
{
	_cleanup_free_ struct opening *list = NULL;
	size_t n = 0;
	int q = kernel_openings(k, r, &list, &n);

	for (size_t i = 0; i < n && q == 0; i++) {
		if (strcmp(list[i].alone, name) != 0)
			continue;
		list[i].left_sec = 0;
		q = write_alone(k, r, &list[i]);
	}
	return q;
}

/* --- Reading it back --- */

struct reading {
	struct opening opening;
	bool is_open;
};

static void note_reason(struct opening *o, const struct told *told)
{
	(void)bytes_to_text(nft_comment(told->userdata), o->reason, sizeof(o->reason));
}

/* Open in one table counts as open; the longest time counts. */
static int on_opened(const struct told *told, void *userdata)
{
	uint32_t left_sec = told->is_permanent ? UINT32_MAX : told_left_sec(told);
	struct reading *reading = userdata;

	if (left_sec == 0 || (reading->is_open && left_sec <= reading->opening.left_sec))
		return 0;
	*reading = (struct reading){ .opening.left_sec = left_sec, .is_open = true };
	note_reason(&reading->opening, told);
	return 0;
}

static int on_message(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_opened, userdata);
}

int kernel_opening(struct kernel *k, const struct ruleset *r, struct opening *ret)
{
	struct reading reading = { 0 };
	size_t n_there = 0;

	for (size_t i = 0; i < n_tables(r); i++) {
		const struct query query = { .family = families[i],
					     .type = NFT_MSG_GETSETELEM,
					     .set = SET_OPENED,
					     .on_message = on_message,
					     .userdata = &reading };
		int q = kernel_ask(k, &query);

		if (q < 0 && q != -ENOENT)
			return q;
		n_there += q == 0;
	}
	if (n_there == 0)
		return -ENOENT;
	*ret = reading.opening;
	return reading.is_open;
}

/* --- What is open alone --- */

struct listing {
	struct opening *list; /* owned */
	size_t n, n_before;   /* of the table before this one */
	bool are_ports;
};

/* A name that another program wrote, and that no ruleset may contain, is passed over: the tables must be loaded again. */
static int on_alone(const struct told *told, void *userdata)
{
	struct opening o = { .left_sec = told->is_permanent ? UINT32_MAX : told_left_sec(told) }, *more;
	struct listing *l = userdata;

	if (o.left_sec == 0 || told->key.n != IFNAMSIZ)
		return 0;
	memcpy(o.alone, told->key.p, IFNAMSIZ - 1);
	if (!interface_name_is_valid(o.alone))
		return 0;
	o.is_port = l->are_ports;
	note_reason(&o, told);
	more = reallocarray(l->list, l->n + 1, sizeof(*more));
	if (!more)
		return -1;
	l->list = more;
	more[l->n++] = o;
	return 0;
}

static int on_alones(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_alone, userdata);
}

static void forget_alones(void *userdata)
{
	struct listing *l = userdata;

	l->n = l->n_before;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct opening *)a)->alone, ((const struct opening *)b)->alone);
}

int kernel_openings(struct kernel *k, const struct ruleset *r, struct opening **ret, size_t *ret_n)
{
	struct listing l = { 0 };

	for (size_t i = 0; i < n_tables(r); i++) {
		const struct query query = { .family = families[i],
					     .type = NFT_MSG_GETSETELEM,
					     .set = SET_ALONE,
					     .on_message = on_alones,
					     .userdata = &l,
					     .restart = forget_alones };
		int q;

		l.are_ports = families[i] == NFPROTO_BRIDGE;
		l.n_before = l.n;
		q = kernel_ask(k, &query);
		if (q < 0 && q != -ENOENT) {
			free(l.list);
			return q;
		}
	}
	if (l.n > 0)
		qsort(l.list, l.n, sizeof(*l.list), compare_names);
	*ret = l.list;
	*ret_n = l.n;
	return 0;
}

/* --- What the tables guard --- */

/* With patterns a set has intervals: the name is in it when the greatest key that is not above it begins one. */
struct search {
	uint8_t name[IFNAMSIZ], nearest[IFNAMSIZ];
	bool is_found, is_begin, has_intervals;
};

static int on_name(const struct told *told, void *userdata)
{
	struct search *s = userdata;
	int order;

	s->has_intervals |= told->is_end;
	if (told->key.n != IFNAMSIZ || memcmp(told->key.p, s->name, IFNAMSIZ) > 0)
		return 0;
	order = s->is_found ? memcmp(told->key.p, s->nearest, IFNAMSIZ) : 1;
	if (order < 0)
		return 0;
	s->is_begin = !told->is_end || (order == 0 && s->is_begin); /* one may begin where another ends */
	s->is_found = true;
	memcpy(s->nearest, told->key.p, IFNAMSIZ);
	return 0;
}

static int on_names(const struct nlmsghdr *message, void *userdata)
{
	return kernel_each_told(message, on_name, userdata);
}

static void forget_names(void *userdata)
{
	struct search *s = userdata;

	s->is_found = s->is_begin = s->has_intervals = false;
}

static int has_name(struct kernel *k, int family, const char *set, const char *name)
{
	struct search s = { .is_found = false };
	const struct query query = { .family = family,
				     .type = NFT_MSG_GETSETELEM,
				     .set = set,
				     .on_message = on_names,
				     .userdata = &s,
				     .restart = forget_names };
	int q;

	memcpy(s.name, name, strnlen(name, IFNAMSIZ - 1));
	q = kernel_ask(k, &query);
	if (q < 0)
		return q;
	return s.is_begin && (s.has_intervals || memcmp(s.nearest, s.name, IFNAMSIZ) == 0);
}

int kernel_guards(struct kernel *k, const char *interface)
{
	return has_name(k, NFPROTO_INET, "guarded", interface);
}

int kernel_guards_port(struct kernel *k, const char *bridge, const char *port)
{
	int q = kernel_guards(k, bridge);

	if (q <= 0)
		return q;
	q = has_name(k, NFPROTO_BRIDGE, "excepted", port);
	return q < 0 ? q : !q;
}
