/* SPDX-License-Identifier: Apache-2.0 */
/* The first file of a backup, as text: what it is of, and the digest of each other file. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/sizes.h"
#include "ctl/backup/archive.h"
#include "store/record.h"

#define MANIFEST_NAME  "MANIFEST"
#define MANIFEST_FILES 65536 /* at most: more than a configuration can name */

struct manifest_file {
	char name[ARCHIVE_NAME_SIZE];
	uint64_t size;
	uint8_t digest[SHA256_LEN];
};

struct manifest {
	char gateway[64];
	char version[32]; /* of hallmark */
	int64_t time_sec;
	char config[512], state[256]; /* absolute: the file, and the store's directory */
	unsigned schema;              /* of the store; 0: there is none */
	struct record_mark head;      /* of the record; sequence 0: it has no entry */
	char answer[16];              /* of `log verify` at the backup */
	struct manifest_file *files;  /* owned; sorted by name, each once */
	size_t n;
};

void manifest_done(struct manifest *m);

void manifest_write(const struct manifest *m, FILE *out);

/* Returns 0; -EPROTO for a later format; -EBADMSG when it is none; or -ENOMEM. Release with manifest_done() if 0. */
int manifest_read(struct bytes text, struct manifest *ret);
