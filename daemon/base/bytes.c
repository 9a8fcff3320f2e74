/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>

#include "utf8.h"

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool bytes_equal_string(struct bytes a, const char *s)
{
	return bytes_equal(a, bytes_of_string(s));
}

uint8_t *bytes_dup(struct bytes b)
{
	uint8_t *copy = malloc(b.n > 0 ? b.n : 1);

	if (copy && b.n > 0)
		memcpy(copy, b.p, b.n);
	return copy;
}

void bytes_to_hex(struct bytes b, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < b.n; i++) {
		ret_hex[2 * i] = digits[b.p[i] >> 4];
		ret_hex[2 * i + 1] = digits[b.p[i] & 15];
	}
	ret_hex[2 * b.n] = '\0';
}

const char *mac_to_text(const uint8_t mac[static 6], char ret[static MAC_TEXT_SIZE])
{
	(void)snprintf(ret, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		       mac[5]);
	return ret;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool bytes_from_hex(const char *hex, uint8_t *ret, size_t ret_n)
{
	if (strlen(hex) != 2 * ret_n)
		return false;

	for (size_t i = 0; i < ret_n; i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool mac_from_text(const char *text, uint8_t ret[static 6])
{
	char hex[2 * 6 + 1];

	if (strlen(text) != 3 * 6 - 1)
		return false;
	for (size_t i = 0; i < 6; i++) {
		if (i > 0 && text[3 * i - 1] != ':')
			return false;
		memcpy(&hex[2 * i], &text[3 * i], 2);
	}
	hex[sizeof(hex) - 1] = '\0';
	return bytes_from_hex(hex, ret, 6);
}

/* No control characters, and none that hide or reorder other characters in an operator's view (Unicode UAX #9). */
static bool is_printable(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (c >= refused[i].first && c <= refused[i].last)
			return false;
	return true;
}

bool bytes_are_text(struct bytes b)
{
	for (size_t i = 0; i < b.n;) {
		uint32_t c;
		size_t length = utf8_next(bytes_of(b.p + i, b.n - i), &c);

		if (length == 0 || !is_printable(c))
			return false;
		i += length;
	}
	return true;
}

bool bytes_to_text(struct bytes b, char *ret, size_t size)
{
	ret[0] = '\0';
	if (b.n >= size || !bytes_are_text(b))
		return false;

	if (b.n > 0)
		memcpy(ret, b.p, b.n);
	ret[b.n] = '\0';
	return true;
}

void writer_put(struct writer *w, struct bytes b)
{
	if (w->overflow || b.n > w->cap - w->n) {
		w->overflow = true;
		return;
	}
	if (b.n > 0)
		memcpy(w->p + w->n, b.p, b.n);
	w->n += b.n;
}
