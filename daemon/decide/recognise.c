/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The level that the home scheme gives one label: its own level, or the fixed level of one arrangement. It does not
 * judge the label. It never uses its own result as input: there is no second step.
 */
#include "decide/recognise.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appraise/facts.h"
#include "base/clock.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"

static bool is_listed(const char (*list)[CATEGORY_SIZE], uint8_t n, const char *name)
{
	for (uint8_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool covers_version(const struct arrangement *a, const char *version)
{
	for (uint8_t i = 0; i < a->n_versions; i++)
		if (strcmp(a->versions[i], version) == 0)
			return true;
	return a->n_versions == 0;
}

static bool meets_condition(const struct arrangement *a, const struct label_facts *label)
{
	for (uint8_t i = 0; i < label->n_further; i++)
		if (strcmp(label->further[i], a->condition) == 0)
			return true;
	return a->condition[0] == '\0';
}

static bool covers_category(const struct arrangement *a, const char *category)
{
	if (is_listed(a->except, a->n_except, category))
		return false;
	return a->n_categories == 0 || is_listed(a->categories, a->n_categories, category);
}

/*
 * How far a label came, to choose the reason when nothing recognises it: first what the operator switched off, then
 * what the arrangement does not cover, then what this label lacks. The level is last: it is the closest miss.
 */
enum progress {
	PROGRESS_NONE = 0, /* no arrangement joins the two schemes */
	PROGRESS_OFF,
	PROGRESS_APPLICATION,
	PROGRESS_DATE,
	PROGRESS_BASIS,
	PROGRESS_BASIS_UNKNOWN,
	PROGRESS_CATEGORY,
	PROGRESS_FIELD,
	PROGRESS_VERSION,
	PROGRESS_CONDITION,
	PROGRESS_LEVEL,
	PROGRESS_RECOGNISED,
};

static const enum hallmark_reason progress_reasons[] = {
	[PROGRESS_NONE] = REASON_NO_ARRANGEMENT,
	[PROGRESS_OFF] = REASON_ARRANGEMENT_OFF,
	[PROGRESS_APPLICATION] = REASON_ARRANGEMENT_APPLICATION,
	[PROGRESS_DATE] = REASON_ARRANGEMENT_DATE,
	[PROGRESS_BASIS] = REASON_LABEL_BASIS,
	[PROGRESS_BASIS_UNKNOWN] = REASON_LABEL_BASIS_UNKNOWN,
	[PROGRESS_CATEGORY] = REASON_ARRANGEMENT_CATEGORY,
	[PROGRESS_FIELD] = REASON_ARRANGEMENT_FIELD,
	[PROGRESS_VERSION] = REASON_ARRANGEMENT_VERSION,
	[PROGRESS_CONDITION] = REASON_ARRANGEMENT_CONDITION,
	[PROGRESS_LEVEL] = REASON_ARRANGEMENT_LEVEL,
};

static enum progress arrangement_try(const struct arrangement *a, const struct label_facts *label, int64_t now_sec)
{
	if (!a->enabled || a->mode == MODE_NONE)
		return PROGRESS_OFF;
	if (a->mode == MODE_APPLICATION && !a->accept_application)
		return PROGRESS_APPLICATION;
	if (now_sec < a->effective_sec || now_sec >= a->ends_sec)
		return PROGRESS_DATE;
	if (label->basis == HALLMARK_BASIS_RECOGNITION)
		return PROGRESS_BASIS;
	if (label->basis != HALLMARK_BASIS_TESTED && a->refuse_unknown_basis)
		return PROGRESS_BASIS_UNKNOWN;
	if (!covers_category(a, label->category))
		return PROGRESS_CATEGORY;
	if (a->n_fields > 0 && !is_listed(a->fields, a->n_fields, label->field))
		return PROGRESS_FIELD;
	if (!covers_version(a, label->scheme_version))
		return PROGRESS_VERSION;
	if (!meets_condition(a, label))
		return PROGRESS_CONDITION;
	if (label->level < a->from_level || label->level > a->from_level_max)
		return PROGRESS_LEVEL;
	return PROGRESS_RECOGNISED;
}

static bool is_better(const struct arrangement *a, const struct arrangement *b)
{
	if (a->to_level != b->to_level)
		return a->to_level > b->to_level;
	return a->ends_sec > b->ends_sec;
}

/* Returns the arrangement that recognises the label best, else the one that came furthest, else NULL. */
static const struct arrangement *arrangement_find(const struct recognition_rules *r, const struct label_facts *label,
						  int64_t now_sec, enum progress *ret_progress)
{
	const struct arrangement *best = NULL;
	enum progress furthest = PROGRESS_NONE;

	for (size_t i = 0; i < r->n_arrangements; i++) {
		const struct arrangement *a = &r->arrangements[i];

		if (strcmp(a->from, label->scheme) != 0 || strcmp(a->to, r->home) != 0)
			continue;

		enum progress progress = arrangement_try(a, label, now_sec);

		if (progress < furthest)
			continue;
		if (progress == furthest && (progress != PROGRESS_RECOGNISED || !is_better(a, best)))
			continue;
		best = a;
		furthest = progress;
	}
	*ret_progress = furthest;
	return best;
}

/* The reason stays set, so that a reader of the passed check sees what was accepted. */
static struct check_result status_at(const struct scheme *scheme, const struct label_facts *label)
{
	struct check_result status = label->checks[CHECK_LABEL_STATUS];

	if (scheme && scheme->suspended == SUSPENSION_KEEP && status.state == CHECK_FAILED &&
	    status.reason == REASON_LABEL_SUSPENDED)
		status.state = CHECK_PASSED;
	return status;
}

/* One day is added: a period that is given in days includes its last day. */
static int64_t years_after(int64_t from_sec, uint32_t years)
{
	time_t from = (time_t)from_sec;
	struct tm tm;

	if (!gmtime_r(&from, &tm))
		return from_sec;
	tm.tm_year += (int)years;
	tm.tm_mday += 1;
	return (int64_t)timegm(&tm);
}

static struct check_result validity_at(const struct scheme *scheme, const struct label_facts *label)
{
	struct check_result validity = label->checks[CHECK_LABEL_VALIDITY];
	uint32_t years = !scheme                                        ? 0 :
			 label->is_extension && scheme->extension_years ? scheme->extension_years :
									  scheme->max_years;

	if (validity.state == CHECK_PASSED && years > 0 && label->exp_sec > years_after(label->nbf_sec, years))
		return check_failed(REASON_LABEL_PERIOD);
	return validity;
}

void recognise(const struct recognition_rules *r, const struct label_facts *label, int64_t now_sec,
	       struct recognised *ret)
{
	const struct scheme *scheme = scheme_find(r, label->scheme);
	enum progress progress;

	*ret = (struct recognised){ .validity = validity_at(scheme, label), .status = status_at(scheme, label) };
	if (!scheme || !scheme_find(r, r->home)) {
		ret->check = check_failed(REASON_SCHEME_UNKNOWN);
		return;
	}
	if (label->level == 0 || label->level > scheme->n_levels) {
		ret->check = check_failed(REASON_LEVEL_UNKNOWN);
		return;
	}
	if (strcmp(label->scheme, r->home) == 0) {
		ret->check = check_passed();
		ret->level = label->level;
		ret->expiry.at_sec = TIME_FOREVER;
		return;
	}

	const struct arrangement *a = arrangement_find(r, label, now_sec, &progress);

	if (a)
		memcpy(ret->arrangement, a->id, sizeof(ret->arrangement));
	if (!a || progress != PROGRESS_RECOGNISED) {
		ret->check = check_failed(progress_reasons[progress]);
		return;
	}
	ret->check = check_passed();
	ret->level = a->to_level;
	ret->mode = a->mode;
	ret->expiry.at_sec = TIME_FOREVER;
	expiry_bound(&ret->expiry, a->ends_sec, EXPIRY_ARRANGEMENT);
}
