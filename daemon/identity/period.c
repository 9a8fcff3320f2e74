/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/period.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/language.h"
#include "base/timekeeper.h"
#include "identity/asn1_bytes.h"

enum form {
	FORM_GOOD = 0,
	FORM_FRACTION,
	FORM_SECONDS,
	FORM_OFFSET,
	FORM_ZONE,
	FORM_NONE,
	_FORM_MAX,
};

static const char *const form_texts[_FORM_MAX] = {
	[FORM_FRACTION] = TO_TRANSLATE("has a fraction of a second; its CA must leave that out"),
	[FORM_SECONDS] = TO_TRANSLATE("lacks its seconds; its CA must write them, also 00"),
	[FORM_OFFSET] = TO_TRANSLATE("has an offset; its CA must write the time of UTC, with Z"),
	[FORM_ZONE] = TO_TRANSLATE("lacks its Z; its CA must write the time of UTC, with Z"),
	[FORM_NONE] = TO_TRANSLATE("is not a time; its CA must issue the certificate again"),
};

static size_t count_digits(struct bytes text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return n;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. X509_cmp_time() takes no other form, and says only that. */
static enum form form_of(const ASN1_TIME *t)
{
	const struct bytes text = string_bytes(t);
	const size_t to_minutes = ASN1_STRING_type(t) == V_ASN1_UTCTIME ? 10 : 12, n = count_digits(text);
	const uint8_t next = n < text.n ? text.p[n] : '\0';
	time_t now = 0;

	if (X509_cmp_time(t, &now) != 0)
		return FORM_GOOD;
	if (n == to_minutes + 2 && (next == '.' || next == ','))
		return FORM_FRACTION;
	if ((n == to_minutes || n == to_minutes + 2) && (next == '+' || next == '-'))
		return FORM_OFFSET;
	if (n == to_minutes && next == 'Z')
		return FORM_SECONDS;
	return n == text.n && (n == to_minutes || n == to_minutes + 2) ? FORM_ZONE : FORM_NONE;
}

static bool ends_first(const X509 *certificate)
{
	return ASN1_TIME_compare(X509_get0_notAfter(certificate), X509_get0_notBefore(certificate)) < 0;
}

/* Its two digits are 1950 to 2049, so whoever means 2055 writes 1955. */
static bool is_of_last_century(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_STRING_type(t) == V_ASN1_UTCTIME && ASN1_TIME_to_tm(t, &tm) && tm.tm_year < 100;
}

bool period_has_begun(const X509 *certificate, int64_t now_sec)
{
	time_t latest = (time_t)(now_sec + TIME_SLACK_SEC);

	return X509_cmp_time(X509_get0_notBefore(certificate), &latest) < 0;
}

/* notAfter itself is already past the end, as OpenSSL treats it for CAs. */
enum hallmark_reason period_check(const X509 *certificate, int64_t now_sec)
{
	time_t now = (time_t)now_sec;

	if (form_of(X509_get0_notBefore(certificate)) != FORM_GOOD ||
	    form_of(X509_get0_notAfter(certificate)) != FORM_GOOD)
		return REASON_CERTIFICATE_TIME;
	if (ends_first(certificate))
		return REASON_CERTIFICATE_PERIOD;
	if (!period_has_begun(certificate, now_sec))
		return REASON_CERTIFICATE_NOT_YET;
	return X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0 ? REASON_ADMITTED : REASON_CERTIFICATE_DATE;
}

const char *period_fault(const X509 *certificate, char ret[static PERIOD_FAULT_SIZE])
{
	const ASN1_TIME *not_after = X509_get0_notAfter(certificate);
	const enum form before = form_of(X509_get0_notBefore(certificate)), after = form_of(not_after);

	ret[0] = '\0';
	if (before != FORM_GOOD)
		(void)snprintf(ret, PERIOD_FAULT_SIZE, "notBefore %s", translated(form_texts[before]));
	else if (after != FORM_GOOD)
		(void)snprintf(ret, PERIOD_FAULT_SIZE, "notAfter %s", translated(form_texts[after]));
	else if (is_of_last_century(not_after) && ends_first(certificate))
		(void)snprintf(
			ret, PERIOD_FAULT_SIZE,
			translated("notAfter is a UTCTime, which ends in 2049; its CA must write a GeneralizedTime"));
	else if (ends_first(certificate))
		(void)snprintf(ret, PERIOD_FAULT_SIZE,
			       translated("notAfter is before notBefore; its CA must issue the certificate again"));
	return ret;
}
