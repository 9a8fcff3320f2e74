/* SPDX-License-Identifier: Apache-2.0 */
/* links: notify */
/* dictionary: queue */
/* A file of hallmark-notify's queue, as a disk may give it back. */
#include "notify/queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes message;

	if (queue_decode(bytes_of(data, size), &message) == 0 && (message.n > size || message.p < data))
		__builtin_trap();
	return 0;
}
