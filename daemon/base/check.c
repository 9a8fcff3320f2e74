/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#include <string.h>

#include "base/check_result.h"

static const struct {
	const char *name, *passes_when, *specification;
} checks[_CHECK_MAX] = {
#define X(number, id, name, subject, passes, spec) [CHECK_##id] = { name, passes, spec },
	HALLMARK_CHECKS(X)
#undef X
};

static const struct {
	enum hallmark_reason reason;
	const char *name, *sentence;
} reasons[] = {
#define X(number, id, name, sentence) { REASON_##id, name, sentence },
	HALLMARK_REASONS(X)
#undef X
};

_Static_assert((CHECKS_ALL & CHECK_BIT(REASONS_OF_RULES)) == 0, "REASONS_OF_RULES is not a check");

bool check_is_known(enum hallmark_check check)
{
	return check < _CHECK_MAX && (CHECKS_ALL & CHECK_BIT(check));
}

const char *check_name(enum hallmark_check check)
{
	return check_is_known(check) ? checks[check].name : "unknown";
}

const char *check_passes_when(enum hallmark_check check)
{
	return check_is_known(check) ? checks[check].passes_when : "unknown";
}

const char *check_specification(enum hallmark_check check)
{
	return check_is_known(check) ? checks[check].specification : "unknown";
}

enum hallmark_check check_from_name(const char *name)
{
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (checks[i].name && strcmp(checks[i].name, name) == 0)
			return (enum hallmark_check)i;
	return CHECK_NONE;
}

char *checks_to_text(uint32_t mask, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++) {
		if (!(mask & CHECKS_ALL & CHECK_BIT(i)))
			continue;

		size_t length = strlen(checks[i].name);

		if (n + (n > 0) + length >= size)
			break;
		if (n > 0)
			ret[n++] = ' ';
		memcpy(ret + n, checks[i].name, length + 1);
		n += length;
	}
	return ret;
}

bool reason_is_known(enum hallmark_reason reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].reason == reason)
			return true;
	return false;
}

const char *reason_name(enum hallmark_reason reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].reason == reason)
			return reasons[i].name;
	return "unknown";
}

const char *reason_sentence(enum hallmark_reason reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].reason == reason)
			return reasons[i].sentence;
	return "unknown";
}

bool reason_from_name(const char *name, enum hallmark_reason *ret)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].name, name) == 0) {
			*ret = reasons[i].reason;
			return true;
		}
	return false;
}

bool reason_takes_back(enum hallmark_reason reason)
{
	return reason == REASON_DEVICE_REVOKED || reason == REASON_LABEL_REVOKED || reason == REASON_LABEL_SUSPENDED;
}

bool check_result_is_of(const struct check_result *result, unsigned check)
{
	const enum hallmark_reason reason = result->reason;
	const unsigned owner = (unsigned)REASON_CHECK(reason);

	if (!check_result_is_sound(result))
		return false;
	if (result->state == CHECK_PASSED)
		return reason == REASON_ADMITTED;
	return reason != REASON_ADMITTED && reason_is_known(reason) && (owner == CHECK_NONE || owner == check);
}

bool check_results_are_of(const struct check_result *results, size_t n, uint32_t set)
{
	for (unsigned i = 0; i < n; i++)
		if (set & CHECK_BIT(i) ? !check_result_is_of(&results[i], i) :
					 !record_is_zero(&results[i], sizeof(results[i])))
			return false;
	return true;
}
