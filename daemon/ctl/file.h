/* SPDX-License-Identifier: Apache-2.0 */
/* The files that the command line and its inputs name. All errors are logged with the file's name and the remedy. */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/bytes.h"

/* Reads a file of 1 to max bytes; free (*ret)->p with free_bytes(). Returns 0, or a negative errno. */
int file_load(const char *path, size_t max, struct bytes *ret);
void free_bytes(struct bytes *b);

/* All of a large file, not in memory; undo with unmap_bytes(). Returns 0, or a negative errno. */
int file_map(const char *path, struct bytes *ret);
void unmap_bytes(struct bytes *b);

/* Writes the whole file or nothing. Returns 0, or a negative errno. */
int file_save(const char *path, struct bytes contents);

/* The same, written by a function that returns 0 or a negative errno. */
typedef int (*file_writer)(FILE *f, void *userdata);
int file_save_with(const char *path, file_writer put, void *userdata);

/* The same for an existing file, whose mode and (as root) owner are kept; synced to the disk. Errors are not logged. */
int file_replace(const char *path, struct bytes contents);

/* The absolute path with links in its directories resolved; free it. NULL when its directory does not exist. */
char *file_absolute(const char *path);

/*
 * Read a PEM key (the public one may be in a certificate); free it with EVP_PKEY_free(). Return 0, or a negative errno.
 */
int file_load_private_key(const char *path, EVP_PKEY **ret);
int file_load_public_key(const char *path, EVP_PKEY **ret);

#define CERTIFICATES_MAX 8 /* in one PEM file: a chain, with reserve */

/* Certificates in DER, in the order of the file. Each is owned. */
struct certificates {
	struct bytes der[CERTIFICATES_MAX];
	size_t n;
};

void certificates_done(struct certificates *c);

bool file_is_pem(struct bytes file);

/* Takes the blocks of one name out of PEM, as "X509 CRL". Returns 0, -EBADMSG when there is none or one is damaged,
 * or -E2BIG (not logged). */
int pem_decode(struct bytes pem, const char *what, struct certificates *ret);

/* The same for certificates. */
int certificates_decode(struct bytes pem, struct certificates *ret);
