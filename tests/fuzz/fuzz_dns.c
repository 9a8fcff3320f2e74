/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* dictionary: dns */
/* Whatever an answer of DNS holds, it is refused, or its records lead somewhere. */
#include "attester/dns_answer.h"

static bool leads_nowhere(const struct dns_record *record, int type)
{
	if (type == ns_t_a || type == ns_t_aaaa)
		return record->address.any.sa_family != (type == ns_t_a ? AF_INET : AF_INET6);
	return record->name[0] == '\0' || strcmp(record->name, ".") == 0 || (type == ns_t_srv && record->port == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const int types[] = { ns_t_ptr, ns_t_srv, ns_t_a, ns_t_aaaa };

	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		struct dns_records records = { 0 };

		(void)dns_answer_take(bytes_of(p, n), "a.local", types[t], &records);
		for (size_t i = 0; i < records.n; i++)
			if (leads_nowhere(&records.at[i], types[t]))
				__builtin_trap();
	}
	return 0;
}
