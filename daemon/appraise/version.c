/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of versions under the version schemes of RFC 9393 section 6.7. A text that does not have its scheme's form
 * has no place in the order. Numbers are compared as digit strings, so their length is not limited.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "appraise/version.h"
#include "base/bytes.h"

#define DIGITS     "0123456789"
#define IDENTIFIER DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"

static int sign_of(int n)
{
	return (n > 0) - (n < 0);
}

static struct bytes without_zeros(struct bytes digits)
{
	while (digits.n > 0 && digits.p[0] == '0')
		digits = bytes_of(digits.p + 1, digits.n - 1);
	return digits;
}

static int numbers_compare(struct bytes a, struct bytes b)
{
	a = without_zeros(a);
	b = without_zeros(b);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n > 0 ? sign_of(memcmp(a.p, b.p, a.n)) : 0;
}

/* As strcmp(): a prefix sorts before the longer text. */
static int texts_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? sign_of(memcmp(a.p, b.p, n)) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Removes the longest run of the given characters from the start of *text, and returns it. */
static struct bytes take(const char **text, const char *characters)
{
	struct bytes run = bytes_of(*text, strspn(*text, characters));

	*text += run.n;
	return run;
}

static bool take_one(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

/* Numbers separated by dots. 1.2 sorts before 1.2.0, so a range must name the version in the same form. */
static bool is_multipart(const char *text)
{
	do {
		if (take(&text, DIGITS).n == 0)
			return false;
	} while (take_one(&text, '.'));
	return *text == '\0';
}

/* Parts between dots: the first two that differ decide, else more parts come later. */
static int parts_compare(const char *a, const char *b, const char *of, int (*compare)(struct bytes a, struct bytes b))
{
	bool more_a, more_b;

	do {
		int order = compare(take(&a, of), take(&b, of));

		if (order != 0)
			return order;
		more_a = take_one(&a, '.');
		more_b = take_one(&b, '.');
	} while (more_a && more_b);
	return more_a - more_b;
}

static int multipart_compare(const char *a, const char *b)
{
	return parts_compare(a, b, DIGITS, numbers_compare);
}

/* One decimal number: 1.25 comes before 1.3. */
static bool is_decimal(const char *text)
{
	if (take(&text, DIGITS).n == 0)
		return false;
	if (take_one(&text, '.') && take(&text, DIGITS).n == 0)
		return false;
	return *text == '\0';
}

static struct bytes take_fraction(const char **text)
{
	struct bytes digits = take_one(text, '.') ? take(text, DIGITS) : bytes_of(NULL, 0);

	while (digits.n > 0 && digits.p[digits.n - 1] == '0')
		digits.n--;
	return digits;
}

static int decimal_compare(const char *a, const char *b)
{
	int order = numbers_compare(take(&a, DIGITS), take(&b, DIGITS));

	return order != 0 ? order : texts_compare(take_fraction(&a), take_fraction(&b));
}

/* --- Semantic Versioning 2.0.0 --- */

static bool is_numeric(struct bytes identifier)
{
	for (size_t i = 0; i < identifier.n; i++)
		if (!isdigit(identifier.p[i]))
			return false;
	return true;
}

static bool has_leading_zero(struct bytes number)
{
	return number.n > 1 && number.p[0] == '0';
}

/* Identifiers separated by dots, each with at least one character (items 9 and 10). */
static bool take_identifiers(const char **text, bool may_lead_with_zero)
{
	do {
		struct bytes identifier = take(text, IDENTIFIER);

		if (identifier.n == 0)
			return false;
		if (!may_lead_with_zero && is_numeric(identifier) && has_leading_zero(identifier))
			return false;
	} while (take_one(text, '.'));
	return true;
}

static bool is_semver(const char *text)
{
	for (int i = 0; i < 3; i++) {
		struct bytes number = take(&text, DIGITS);

		if (number.n == 0 || has_leading_zero(number))
			return false;
		if (i < 2 && !take_one(&text, '.'))
			return false;
	}
	if (take_one(&text, '-') && !take_identifiers(&text, false))
		return false;
	if (take_one(&text, '+') && !take_identifiers(&text, true))
		return false;
	return *text == '\0';
}

/* Item 11: numbers by value and before words; words by their characters. */
static int identifiers_compare(struct bytes a, struct bytes b)
{
	if (is_numeric(a) != is_numeric(b))
		return is_numeric(a) ? -1 : 1;
	return is_numeric(a) ? numbers_compare(a, b) : texts_compare(a, b);
}

/* Both point after the three numbers, at '-', '+' or the end. Text after '+' is ignored (item 10). */
static int prerelease_compare(const char *a, const char *b)
{
	bool more_a = take_one(&a, '-'), more_b = take_one(&b, '-');

	if (!more_a || !more_b)
		return more_b - more_a; /* a release comes after its pre-releases */
	return parts_compare(a, b, IDENTIFIER, identifiers_compare);
}

static int semver_compare(const char *a, const char *b)
{
	for (int i = 0; i < 3; i++) {
		int order = numbers_compare(take(&a, DIGITS), take(&b, DIGITS));

		if (order != 0)
			return order;
		(void)take_one(&a, '.');
		(void)take_one(&b, '.');
	}
	return prerelease_compare(a, b);
}

int version_compare(enum version_scheme scheme, const char *a, const char *b, int *ret)
{
	bool (*is_of_form)(const char *) = NULL;
	int (*compare)(const char *, const char *) = NULL;

	switch (scheme) {
	case VERSION_MULTIPARTNUMERIC:
		is_of_form = is_multipart;
		compare = multipart_compare;
		break;
	case VERSION_DECIMAL:
		is_of_form = is_decimal;
		compare = decimal_compare;
		break;
	case VERSION_SEMVER:
		is_of_form = is_semver;
		compare = semver_compare;
		break;
	case VERSION_NONE:
	case VERSION_MULTIPARTNUMERIC_SUFFIX: /* RFC 9393 does not define the order of suffixes */
	case VERSION_ALPHANUMERIC:
		break;
	}
	if (compare && (!is_of_form(a) || !is_of_form(b)))
		return -EBADMSG;
	if (!compare && strcmp(a, b) != 0)
		return -ENOTSUP;
	*ret = compare ? compare(a, b) : 0;
	return 0;
}
