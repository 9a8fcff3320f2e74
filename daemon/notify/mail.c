/* SPDX-License-Identifier: Apache-2.0 */
/* Headers, encoded words and a body in base64, so that no line is too long and no byte means anything to a mail server. */
#include "notify/mail.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "ctl/value.h"
#include "notify/settings.h"
#include "notify/text.h"

#define PLAIN_MAX 66 /* bytes of a subject that need no second line */
#define WORD_MAX                                                                                                       \
	39 /* bytes in an encoded word: with "Subject: " the line is within 76 characters (RFC 2047 section 2) */
#define BODY_LINE 57 /* bytes in a line of the body: 76 characters */

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return strlen(text) <= PLAIN_MAX && !strstr(text, "=?");
}

/* How many whole characters fit into a word. */
static size_t word_length(struct bytes text)
{
	size_t n = 0;

	while (n < text.n) {
		uint32_t character;
		size_t length = utf8_next(bytes_of(text.p + n, text.n - n), &character);

		length = length > 0 ? length : 1;
		if (n + length > WORD_MAX)
			break;
		n += length;
	}
	return n;
}

char *mail_encode(const char *text, char ret[static MAIL_SUBJECT_SIZE])
{
	struct bytes rest = bytes_of_string(text);
	size_t used = 0;

	if (is_plain(text)) {
		(void)snprintf(ret, MAIL_SUBJECT_SIZE, "%s", text);
		return ret;
	}
	ret[0] = '\0';
	while (rest.n > 0 && used + 96 < MAIL_SUBJECT_SIZE) {
		const size_t n = word_length(rest);
		uint8_t word[4 * (WORD_MAX / 3 + 1) + 1];

		(void)EVP_EncodeBlock(word, rest.p, (int)n);
		used += (size_t)snprintf(ret + used, MAIL_SUBJECT_SIZE - used,
					 "%s=?UTF-8?B?%s?=", used > 0 ? "\n " : "", (const char *)word);
		rest = bytes_of(rest.p + n, rest.n - n);
	}
	return ret;
}

static void put_headers(FILE *out, const char *from, const struct texts *to, const struct value *event)
{
	const time_t now = (time_t)value_number(event, "time");
	char subject[SUBJECT_SIZE], encoded[MAIL_SUBJECT_SIZE], full[SUBJECT_SIZE + 80], date[64] = "", hex[33];
	const char *gateway = value_text(event, "gateway");
	uint8_t random[16] = { 0 };
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S %z", &tm);
	(void)RAND_bytes(random, sizeof(random));
	bytes_to_hex(BYTES(random), hex);
	(void)snprintf(full, sizeof(full), "%s%s%s", gateway, gateway[0] ? ": " : "", text_subject(event, subject));
	(void)fprintf(out, "From: <%s>\nTo: ", from);
	for (size_t i = 0; i < to->n; i++)
		(void)fprintf(out, "%s<%s>", i > 0 ? ",\n " : "", to->list[i]);
	(void)fprintf(out, "\nSubject: %s\nDate: %s\nMessage-ID: <%s%s>\n", mail_encode(full, encoded), date, hex,
		      strchr(from, '@'));
	(void)fputs("Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
		    "Content-Transfer-Encoding: base64\n\n",
		    out);
}

static void put_body(FILE *out, struct bytes body)
{
	uint8_t line[4 * (BODY_LINE / 3 + 1) + 1];

	while (body.n > 0) {
		const size_t n = body.n < BODY_LINE ? body.n : BODY_LINE;

		(void)EVP_EncodeBlock(line, body.p, (int)n);
		(void)fprintf(out, "%s\n", (const char *)line);
		body = bytes_of(body.p + n, body.n - n);
	}
}

char *mail_compose(const char *from, const struct texts *to, const struct value *event)
{
	_cleanup_free_ char *body = text_body(event);
	char *letter = NULL;
	size_t n;
	FILE *out = body ? open_memstream(&letter, &n) : NULL;

	if (!out)
		return NULL;
	put_headers(out, from, to, event);
	put_body(out, bytes_of_string(body));
	if (fclose(out) == 0)
		return letter;
	free(letter);
	return NULL;
}
