/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions: a label that extends another replaces it, and all labels that the other one extended. Only a valid
 * extension does so: a refused label ends nothing.
 */
#include "decide/recognise.h"

#include <string.h>

#include "appraise/appraise.h"
#include "appraise/facts.h"
#include "hallmark/check.h"
#include "token/label.h"

#define STEPS_MAX 16 /* in one chain of extensions: each lasts for years */

static bool is_of_one_family(const struct label_facts *a, const struct label_facts *b)
{
	return strcmp(a->issuer, b->issuer) == 0 && strcmp(a->scheme, b->scheme) == 0;
}

/* Whether the label is its issuer's latest statement for its number. */
static bool is_believed(const struct label_facts *l)
{
	return l->checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED &&
	       l->checks[CHECK_LABEL_VALIDITY].reason != REASON_LABEL_REPLACED &&
	       l->checks[CHECK_LABEL_VALIDITY].reason != REASON_LABEL_WITHDRAWN;
}

/*
 * Whether the label is for this device, in force, and valid under its own scheme. Recognition by the home scheme does
 * not matter.
 */
static bool holds(const struct recognition_rules *r, const struct label_facts *l, int64_t now_sec)
{
	struct recognised recognised;

	recognise(r, l, now_sec, &recognised);
	return l->checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED &&
	       l->checks[CHECK_LABEL_CLASS].state == CHECK_PASSED &&
	       l->checks[CHECK_LABEL_ANCHOR].state == CHECK_PASSED && recognised.validity.state == CHECK_PASSED &&
	       (recognised.status.state == CHECK_PASSED || !l->names_status) &&
	       recognised.check.reason != REASON_SCHEME_UNKNOWN && recognised.check.reason != REASON_LEVEL_UNKNOWN;
}

static const struct appraised_label *find(const struct appraised_label *labels, size_t n,
					  const struct appraised_label *like, const char *number)
{
	for (size_t i = 0; i < n; i++)
		if (is_believed(&labels[i].facts) && is_of_one_family(&labels[i].facts, &like->facts) &&
		    label_number_compare(labels[i].facts.number, number) == 0)
			return &labels[i];
	return NULL;
}

/* Whether `from` extends that number, directly or through others. A label does not extend itself. */
static bool leads_to(const struct appraised_label *labels, size_t n, const struct appraised_label *from,
		     const char *number)
{
	const struct appraised_label *at = from;

	for (int steps = 0; at && at->extends[0] && steps < STEPS_MAX; steps++) {
		if (label_number_compare(at->extends, number) == 0)
			return label_number_compare(from->facts.number, number) != 0;
		at = find(labels, n, from, at->extends);
	}
	return false;
}

/* When labels extend each other in a circle, none of them is the later one. */
static bool takes_place_of(const struct appraised_label *labels, size_t n, const struct appraised_label *a,
			   const struct appraised_label *b)
{
	return is_of_one_family(&a->facts, &b->facts) && leads_to(labels, n, a, b->facts.number) &&
	       !leads_to(labels, n, b, a->facts.number);
}

void labels_supersede(const struct recognition_rules *r, struct appraised_label *labels, size_t n, int64_t now_sec)
{
	for (size_t i = 0; i < n; i++)
		labels[i].takes_place = labels[i].extends[0] && holds(r, &labels[i].facts, now_sec);
	for (size_t i = 0; i < n; i++) {
		const struct appraised_label *later = &labels[i];

		if (!later->takes_place)
			continue;
		for (size_t k = 0; k < n; k++)
			if (is_believed(&labels[k].facts) && takes_place_of(labels, n, later, &labels[k]))
				labels[k].facts.checks[CHECK_LABEL_VALIDITY] = check_failed(REASON_LABEL_SUPERSEDED);
	}
}
