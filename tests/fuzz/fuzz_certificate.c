/* SPDX-License-Identifier: Apache-2.0 */
/* links: identity base */
/* dictionary: asn1 */
/* DER → identity: the input is cut into a leaf and a CA at a length given by its first two bytes. */
#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "identity/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct anchors *anchors;
	struct identity *id = NULL;

	if (!anchors)
		anchors = anchors_new();
	if (n < 2)
		return 0;

	size_t cut = ((size_t)in[0] << 8 | in[1]) % (n - 1);
	const struct bytes chain[] = { bytes_of(in + 2, cut), bytes_of(in + 2 + cut, n - 2 - cut) };
	int r = identity_verify(chain, chain[1].n > 0 ? 2 : 1, anchors, 1800000000, &id);

	if (r < 0 ? r != -EBADMSG && r != -E2BIG : id->chain.state == CHECK_PASSED)
		abort(); /* no input is our fault, and there is no anchor */
	identity_free(id);
	return 0;
}
