/* SPDX-License-Identifier: Apache-2.0 */
/* Identity of a signed set as one text, and the order of two sets. */
#include "set.h"

#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "bytes.h"

static const char *const kind_names[_SET_KIND_MAX] = {
	[SET_REGISTER] = "register",
	[SET_STATUS_LIST] = "status-list",
	[SET_REFERENCE] = "reference",
	[SET_CRL] = "crl",
};

const char *set_kind_name(enum set_kind kind)
{
	return kind > SET_NONE && kind < _SET_KIND_MAX ? kind_names[kind] : "unknown";
}

/* Escapes the spaces of a part, so that the end of the part is unambiguous. */
static void put_part(struct writer *w, const char *part)
{
	writer_put(w, bytes_of_string(" "));
	for (; *part; part++) {
		if (*part == ' ')
			writer_put(w, bytes_of_string("%20"));
		else if (*part == '%')
			writer_put(w, bytes_of_string("%25"));
		else
			writer_put(w, bytes_of(part, 1));
	}
}

/* A hash stands for parts that are too long or not printable. */
static int put_hash(struct writer *w, const char *const *parts, size_t n)
{
	uint8_t hashes[SET_PARTS_MAX][SHA256_LEN], hash[SHA256_LEN];
	char hex[SHA256_HEX_SIZE];
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = digest_sha256(bytes_of_string(parts[i]), hashes[i]);
	if (r == 0)
		r = digest_sha256(bytes_of(hashes, n * SHA256_LEN), hash);
	if (r < 0)
		return r;
	bytes_to_hex(BYTES(hash), hex);
	writer_put(w, bytes_of_string(" sha256:"));
	writer_put(w, bytes_of_string(hex));
	return 0;
}

int set_mark_identify(struct set_mark *mark, enum set_kind kind, const char *const *parts, size_t n)
{
	uint8_t space[SET_IDENTITY_SIZE - 1];
	struct writer w = WRITER(space);

	if (n > SET_PARTS_MAX)
		return -EIO;
	writer_put(&w, bytes_of_string(set_kind_name(kind)));
	for (size_t i = 0; i < n; i++)
		put_part(&w, parts[i]);
	if (w.overflow || !bytes_are_text(writer_bytes(&w))) {
		w = WRITER(space);
		writer_put(&w, bytes_of_string(set_kind_name(kind)));

		int r = put_hash(&w, parts, n);

		if (r < 0)
			return r;
	}
	mark->kind = kind;
	return bytes_to_text(writer_bytes(&w), mark->identity, sizeof(mark->identity)) ? 0 : -EIO;
}

enum set_order set_order(const struct set_mark *held, const struct set_mark *next)
{
	if (memcmp(held->hash, next->hash, SHA256_LEN) == 0)
		return SET_SAME;
	if (next->issued_sec <= held->issued_sec || next->sequence < held->sequence)
		return SET_STEP_BACK;
	return next->kind == SET_REGISTER && next->sequence == held->sequence ? SET_STEP_BACK : SET_ADVANCE;
}
