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
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "enforce/answer.h"
#include "enforce/kernel_answer.h"
#include "enforce/kernel_near.h"
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
			 const struct openings *openings, FILE *text)
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
	return ruleset_render(r, usable, kept, openings, text);
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

/* If these cannot be read, the rules learn them again. */
static void render_held(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, FILE *text)
{
	int q = kernel_keep_held(k, r, elements, n, text);

	if (q < 0)
		(void)log_errno(q, "cannot read which addresses devices hold on bridges; the rules learn them again");
}

/* `is_empty`: without the elements. What their devices send from and hold is there. */
static int load(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, bool is_empty,
		const struct openings *openings, int (*give)(const char *nft, int text_fd))
{
	_cleanup_fclose_ FILE *text = open_ruleset();
	int q;

	if (k->is_idle)
		return 0;
	if (!text)
		return -errno;
	q = render_usable(r, elements, is_empty ? 0 : n, openings, text);
	if (q < 0)
		return log_errno(q, "cannot render the ruleset");
	if (n > 0) {
		render_senders(k, r, elements, n, text);
		render_held(k, r, elements, n, text);
	}
	if (fflush(text) != 0)
		return -EIO;
	return give(k->nft, fileno(text));
}

int kernel_check_ruleset(struct kernel *k, const struct ruleset *r)
{
	return load(k, r, NULL, 0, true, NULL, check_ruleset);
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

/* Keeps what is open. What cannot be read, as in tables of an earlier version, counts as not open. */
static int load_open(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n, bool is_empty)
{
	_cleanup_free_ struct opening *list = NULL;
	struct openings openings = { .n = 0 };
	struct opening gateway;

	if (kernel_openings(k, r, &list, &openings.n) < 0)
		openings.n = 0;
	if (kernel_opening(k, r, &gateway) > 0) {
		struct opening *more = reallocarray(list, openings.n + 1, sizeof(*list));

		if (!more)
			return -ENOMEM;
		list = more;
		list[openings.n++] = gateway;
	}
	openings.list = list;
	return load(k, r, elements, n, is_empty, &openings, load_ruleset);
}

int kernel_ensure_table(struct kernel *k, const struct ruleset *r, const struct element *elements, size_t n,
			bool *ret_loaded)
{
	bool is_absent;
	int q = kernel_has_tables(k, r);

	*ret_loaded = false;
	k->has_all = false;
	if (q != 0)
		return q < 0 ? q : 0;
	/* nobody is admitted: nobody loses anything until the elements come, and nft needs ten times as long for them */
	is_absent = kernel_has_table(k) == 0;
	q = load_open(k, r, elements, n, is_absent);
	if (q == 0 && r->n_bridges == 0)
		q = drop_bridge_table(k);
	if (q < 0)
		return q;
	if (is_absent)
		k->has_all = kernel_fill(k, r, elements, n) == 0;
	k->alarmed = 0;
	k->knows_nobody = true;
	k->loaded_usec = clock_monotonic_usec();
	*ret_loaded = true;
	return 0;
}

bool kernel_has_all(const struct kernel *k)
{
	return k->has_all;
}
