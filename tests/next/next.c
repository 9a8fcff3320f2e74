/* SPDX-License-Identifier: Apache-2.0 */
/* What a next version may change in the store: a column, a table, and what the hash of an entry covers. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/version.h"
#include "store/entry.h"
#include "store/record.h"
#include "store/steps.h"
#include "store/store.h"

DEFINE_CLEANUP(struct digest *, digest_free);

unsigned __real_store_version(void);
unsigned __wrap_store_version(void);
const char *__real_store_step(unsigned from);
const char *__wrap_store_step(unsigned from);
uint32_t __real_entry_encoding(void);
uint32_t __wrap_entry_encoding(void);
int __real_entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN]);
int __wrap_entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN]);
void __real_version_print(const char *program, FILE *out);
void __wrap_version_print(const char *program, FILE *out);

unsigned __wrap_store_version(void)
{
	return __real_store_version() + 1;
}

const char *__wrap_store_step(unsigned from)
{
	static char step[256];

	if (from != __real_store_version())
		return __real_store_step(from);
	(void)snprintf(step, sizeof(step),
		       "ALTER TABLE verdict ADD COLUMN mood TEXT;"
		       "CREATE TABLE weather (day INTEGER PRIMARY KEY) STRICT; INSERT INTO weather VALUES (1);"
		       "PRAGMA user_version = %u",
		       __wrap_store_version());
	return step;
}

uint32_t __wrap_entry_encoding(void)
{
	return __real_entry_encoding() + 1;
}

int __wrap_entry_hash(const struct record *r, uint8_t ret[static SHA256_LEN])
{
	_cleanup_(digest_freep) struct digest *d = digest_new();
	struct record former = *r;
	char name[32];
	int e;

	if (r->encoding != __wrap_entry_encoding())
		return __real_entry_hash(r, ret);
	former.encoding = __real_entry_encoding();
	e = __real_entry_hash(&former, ret);
	if (e < 0 || !d)
		return e < 0 ? e : -ENOMEM;
	(void)snprintf(name, sizeof(name), "hallmark-record-%u", r->encoding);
	digest_put(d, bytes_of_string(name));
	digest_put(d, bytes_of(ret, SHA256_LEN));
	return digest_end(d, ret);
}

void __wrap_version_print(const char *program, FILE *out)
{
	__real_version_print(program, out);
	(void)fprintf(out, "a next version, for tests: schema %u\n", __wrap_store_version());
}
