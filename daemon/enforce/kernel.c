/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps our tables as they should be. It decides nothing. Between calls it keeps only sequence numbers and which full
 * sets were logged.
 */
#include "enforce/kernel_batch.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "enforce/answer.h"
#include "enforce/kernel_answer.h"
#include "enforce/kernel_plan.h"
#include "enforce/load.h"
#include "enforce/ruleset.h"

DEFINE_CLEANUP(struct kernel *, kernel_free);

int kernel_new(const char *nft, struct kernel **ret)
{
	_cleanup_(kernel_freep) struct kernel *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	if (nft && strlen(nft) >= sizeof(k->nft))
		return -ENAMETOOLONG;
	k->is_idle = !nft;
	(void)strcpy(k->nft, nft ? nft : "");
	if (getrandom(&k->seed, sizeof(k->seed), 0) != (ssize_t)sizeof(k->seed))
		return -EIO;
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

/*
 * Writes the elements that can be in the text, each key once. An impossible element is left out: it must not prevent
 * loading the tables, and its device is then in quarantine.
 */
static int render_usable(const struct ruleset *r, const struct element *elements, size_t n,
			 const struct opening *opening, FILE *text)
{
	_cleanup_free_ const struct element **pointers = calloc(n + 1, sizeof(pointers[0]));
	_cleanup_free_ struct element *usable = calloc(n + 1, sizeof(usable[0]));
	size_t kept = 0;

	if (!pointers || !usable)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (element_is_possible(r, &elements[i]))
			pointers[kept++] = &elements[i];
	}
	if (kept < n)
		log_warning("%zu admissions left out: no such zone or interface", n - kept);
	kept = elements_keep_last(pointers, kept);
	for (size_t i = 0; i < kept; i++)
		usable[i] = *pointers[i];
	return ruleset_render(r, usable, kept, opening, text);
}

/* If the addresses of devices cannot be read, devices get answers from their next packet on. */
static void render_senders(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			   FILE *text)
{
	_cleanup_free_ struct sender *senders = NULL;
	size_t n_senders = 0;
	int q = kernel_senders(k, r, elements, n, &senders, &n_senders);

	if (q < 0)
		(void)log_errno(q,
				"cannot read which addresses devices use; devices get answers after their next packet");
	answers_render(r, senders, n_senders, text);
}

/* A stream on a memfd, which a child process can read. */
static FILE *open_text(void)
{
	_cleanup_close_ int fd = memfd_create("hallmark-ruleset", MFD_CLOEXEC);
	FILE *text = fd < 0 ? NULL : fdopen(fd, "w+");

	if (text)
		(void)TAKE_FD(fd); /* the stream closes it */
	return text;
}

static int load(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
		const struct opening *opening, int (*give)(const char *nft, int text_fd))
{
	_cleanup_fclose_ FILE *text = open_text();
	int q;

	if (k->is_idle)
		return 0;
	if (!text)
		return -errno;
	q = render_usable(r, elements, n, opening, text);
	if (q < 0)
		return log_errno(q, "cannot render the ruleset");
	if (n > 0)
		render_senders(k, r, elements, n, text);
	if (fflush(text) != 0)
		return -EIO;
	return give(k->nft, fileno(text));
}

int kernel_check_ruleset(struct kernel *k, const struct ruleset *r)
{
	return load(k, r, NULL, 0, NULL, check_ruleset);
}

/*
 * A bridge table from an earlier configuration would continue to drop packets. The nft text cannot delete it, because a
 * kernel without bridge tables would refuse the text.
 */
static int drop_bridge_table(struct kernel *k)
{
	_cleanup_(batch_done) struct batch b = { 0 };
	struct batch_answer answer;
	int r = batch_begin(&b, 1, 0);

	if (r < 0)
		return r;
	batch_table(&b, NFT_MSG_DELTABLE, NFPROTO_BRIDGE);
	r = batch_send(k, &b, &answer);
	return r == -ENOENT || r == -EAFNOSUPPORT || r == -EOPNOTSUPP ? 0 : r;
}

int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded)
{
	bool complete = k->is_idle;
	struct opening opening;
	int q = complete ? 0 : kernel_table_is_complete(k, r, &complete);

	if (q < 0 && q != -ENOENT)
		return q;
	if (!complete) {
		/* If it cannot be read, as in a table of an earlier version, the gateway counts as not open. */
		bool is_open = kernel_opening(k, r, &opening) > 0;

		q = load(k, r, elements, n, is_open ? &opening : NULL, load_ruleset);
		if (q == 0 && r->n_bridges == 0)
			q = drop_bridge_table(k);
		if (q < 0)
			return q;
		k->alarmed = 0;
		k->loaded_usec = clock_monotonic_usec();
	}
	*ret_loaded = !complete;
	return 0;
}

/*
 * The features that our tables use: a base chain, a set with concatenated fields, a named counter; and `more`, another
 * match.
 */
static int probe_family(const struct kernel *k, const char *family, const char *more)
{
	_cleanup_fclose_ FILE *text = open_text();

	if (!text)
		return -errno;
	(void)fprintf(text,
		      "table %s " TABLE_NAME "_probe {\n"
		      "\tcounter n { }\n"
		      "\tset s {\n\t\ttypeof iifname . ether saddr . @nh,64,128\n\t\tflags timeout\n\t}\n"
		      "\tchain c {\n\t\ttype filter hook forward priority 0; policy accept;\n"
		      "\t\tiifname . ether saddr . @nh,64,128 @s %scounter name \"n\" accept\n\t}\n}\n",
		      family, more);
	if (fflush(text) != 0)
		return -EIO;
	return try_ruleset(k->nft, fileno(text));
}

int kernel_probe(const struct kernel *k, const struct ruleset *r, struct kernel_abilities *ret)
{
	int q = k->is_idle ? 0 : probe_family(k, "inet", "");

	*ret = (struct kernel_abilities){ .has_inet = q == 0, .has_routes = k->is_idle };
	if (q == 0 && !k->is_idle) {
		q = probe_family(k, "inet", "fib saddr . iif oif missing ");
		ret->has_routes = q == 0;
	}
	if (ret->has_inet && r->n_bridges > 0 && !k->is_idle && (q == 0 || q == -EPROTO)) {
		q = probe_family(k, "bridge", "");
		ret->has_bridge = q == 0;
	}
	return q == -EPROTO ? 0 : q;
}
