/* SPDX-License-Identifier: Apache-2.0 */
/* Why a CRL cannot show that a certificate is not revoked when it does not name it. It still revokes what it names. */
#pragma once

enum crl_limit {
	CRL_IS_COMPLETE = 0, /* it can, while it is current */
	CRL_IS_DELTA,
	CRL_HAS_SCOPE, /* issuingDistributionPoint, in any form */
	CRL_IS_OF_ATTRIBUTES,
	CRL_HAS_CRITICAL,
	CRL_HAS_OTHERS_ENTRY,
	CRL_HAS_CRITICAL_ENTRY,
	CRL_IS_VERSION_1,
	CRL_HAS_NO_END,
	CRL_HAS_BAD_NUMBER,
	CRL_IS_BESIDE, /* another of its CA leads */
	CRL_IS_EARLY,
	_CRL_LIMIT_MAX,
};

const char *crl_limit_text(enum crl_limit limit);
