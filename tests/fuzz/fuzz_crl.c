/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/* dictionary: asn1 */
/* DER or PEM → a CRL that is kept; no input is our fault. */
#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "identity/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct anchors *anchors = anchors_new();
	int r = anchors_add_crl(anchors, bytes_of(in, n), true, NULL);

	if (r < 0 && r != -EBADMSG && r != -E2BIG && r != -ENOTUNIQ)
		abort();
	anchors_free(anchors);
	return 0;
}
