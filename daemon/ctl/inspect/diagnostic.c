/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one item recursively; the meaning of the items is not known here. */
#include "ctl/inspect/diagnostic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "token/cbor.h"

static const char more[] = " …";

/* Text that is being written; once it is full, the rest is skipped. */
struct text {
	char *p;
	size_t n, size;
	bool full;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->n - sizeof(more);
	va_list ap;
	int n;

	if (t->full)
		return;
	va_start(ap, format);
	n = vsnprintf(t->p + t->n, room + 1, format, ap);
	va_end(ap);
	t->full = n < 0 || (size_t)n > room;
	if (t->full)
		memcpy(t->p + t->n, more, sizeof(more));
	else
		t->n += (size_t)n;
}

static bool is_plain(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < ' ' || b.p[i] > '~' || b.p[i] == '\'' || b.p[i] == '\\')
			return false;
	return b.n > 0;
}

/* Bytes that are a text, such as a model's name, are shown as a text: 'text' (RFC 8949 section 8). */
static void put_bytes(struct text *t, struct bytes b, bool may_be_text)
{
	if (may_be_text && is_plain(b)) {
		put(t, "'%.*s'", (int)b.n, (const char *)b.p);
		return;
	}
	put(t, "h'");
	for (size_t i = 0; i < b.n && !t->full; i++)
		put(t, "%02x", b.p[i]);
	put(t, "'");
}

/* A text with control characters or invalid UTF-8 is shown as bytes. */
static void put_string(struct text *t, struct bytes b)
{
	if (!bytes_are_text(b)) {
		put(t, "text ");
		put_bytes(t, b, false);
		return;
	}
	put(t, "\"");
	for (size_t i = 0; i < b.n && !t->full;) {
		size_t n = 1;

		while (i + n < b.n && (b.p[i + n] & 0xc0) == 0x80)
			n++;
		put(t, "%s%.*s", b.p[i] == '"' || b.p[i] == '\\' ? "\\" : "", (int)n, (const char *)b.p + i);
		i += n;
	}
	put(t, "\"");
}

static int put_item(struct text *t, struct cbor_cursor *c);

/* cbor_check() limits the depth, and so the recursion. */
static int put_members(struct text *t, struct cbor_cursor *c, uint64_t n, bool is_map)
{
	int r = 0;

	put(t, is_map ? "{" : "[");
	for (uint64_t i = 0; i < n && r == 0; i++) {
		put(t, i > 0 ? ", " : "");
		r = put_item(t, c);
		if (r < 0 || !is_map)
			continue;
		put(t, ": ");
		r = put_item(t, c);
	}
	put(t, is_map ? "}" : "]");
	return r;
}

/* Shows the bits: an exact value needs no rounding (RFC 8610 appendix G.3 does the same for bytes). */
static void put_float(struct text *t, struct bytes encoded)
{
	put(t, "float ");
	put_bytes(t, bytes_of(encoded.p + 1, encoded.n - 1), false);
}

static int put_item(struct text *t, struct cbor_cursor *c)
{
	struct cbor_cursor start = *c;
	struct cbor_item item;
	int r;

	r = cbor_next(c, &item);
	if (r < 0)
		return r;
	switch (item.kind) {
	case CBOR_UINT:
		put(t, "%" PRIu64, item.number);
		return 0;
	case CBOR_NEGINT:
		if (item.number == UINT64_MAX)
			put(t, "-18446744073709551616");
		else
			put(t, "-%" PRIu64, item.number + 1);
		return 0;
	case CBOR_BSTR:
		put_bytes(t, item.string, true);
		return 0;
	case CBOR_TSTR:
		put_string(t, item.string);
		return 0;
	case CBOR_ARRAY:
	case CBOR_MAP:
		return put_members(t, c, item.number, item.kind == CBOR_MAP);
	case CBOR_TAG:
		put(t, "%" PRIu64 "(", item.number);
		r = put_item(t, c);
		put(t, ")");
		return r;
	case CBOR_BOOL:
		put(t, item.number ? "true" : "false");
		return 0;
	case CBOR_NULL:
		put(t, "null");
		return 0;
	case CBOR_FLOAT:
		put_float(t, bytes_of(start.rest.p, start.rest.n - c->rest.n));
		return 0;
	default:
		return -EBADMSG;
	}
}

int diagnostic_write(struct cbor_cursor *c, char *ret, size_t size)
{
	struct text t = { .p = ret, .size = size };

	ret[0] = '\0';
	return put_item(&t, c);
}
