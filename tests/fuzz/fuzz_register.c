/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* dictionary: token */
/* A register that is accepted holds statements of its own issuer alone. */
#include <string.h>

#include "base/bytes.h"
#include "token/cose.h"
#include "token/label.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct label_register reg;
	struct sign1 token;

	int r = label_register_decode(bytes_of(p, n), &token, &reg, &reason);
	if (r < 0 || reason == REASON_INTERNAL)
		__builtin_trap();
	if (reason != REASON_ADMITTED)
		return 0;
	for (size_t i = 0; i < reg.n_labels; i++)
		if (strcmp(reg.labels[i].issuer, reg.issuer) != 0 || reg.labels[i].n_classes == 0)
			__builtin_trap();
	label_register_done(&reg);
	return 0;
}
