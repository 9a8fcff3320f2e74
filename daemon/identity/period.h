/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The period of a certificate: the form of its two times (RFC 5280 section 4.1.2.5), and whether it runs. Private to
 * identity/.
 */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "hallmark/reason.h"

#define PERIOD_FAULT_SIZE 192

/*
 * REASON_ADMITTED, or REASON_CERTIFICATE_TIME, _PERIOD, _NOT_YET or _DATE. An issuer's clock may be TIME_SLACK_SEC ahead
 * of ours: what it has issued just now counts as begun.
 */
enum hallmark_reason period_check(const X509 *certificate, int64_t now_sec);

bool period_has_begun(const X509 *certificate, int64_t now_sec);

/* What is wrong with the two times, whatever the time is now, and the remedy; "" when nothing is. Returns ret. */
const char *period_fault(const X509 *certificate, char ret[static PERIOD_FAULT_SIZE]);
