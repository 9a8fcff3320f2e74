/* SPDX-License-Identifier: Apache-2.0 */
/* links: backup */
/* dictionary: backup */
/* A backup → its files: each is a part of the archive and has a harmless name; a manifest that is read is written as it was. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "ctl/backup/archive.h"
#include "ctl/backup/manifest.h"

/* Numbers may have zeros in front of them; nothing else is read in two ways. */
static void read_manifest(struct bytes text)
{
	_cleanup_free_ char *once = NULL, *twice = NULL;
	char **const texts[] = { &once, &twice };
	struct manifest m;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		FILE *f;

		if (manifest_read(i == 0 ? text : bytes_of_string(once), &m) < 0) {
			if (i > 0)
				abort();
			return;
		}
		f = open_memstream(texts[i], &n);
		if (f)
			manifest_write(&m, f);
		if (!f || fclose(f) != 0)
			abort();
		manifest_done(&m);
	}
	if (strcmp(once, twice) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes rest = bytes_of(p, n);
	struct archive_member m;
	const char *fault = NULL;
	int r;

	read_manifest(rest);
	while ((r = archive_take(&rest, &m, &fault)) > 0) {
		if (!archive_name_is_safe(m.name) || m.content.p < p || m.content.n > n ||
		    m.content.p + m.content.n > p + n || m.mode > 0777)
			abort();
		read_manifest(m.content);
	}
	if (r < 0 && !fault)
		abort();
	return 0;
}
