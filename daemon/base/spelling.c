/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spelling.h"

#include "base/cleanup.h"
#include "base/language.h"
#include "base/utf8.h"

/* Ranges that look like ASCII; `plain` is what the first one looks like, or '\0' when it is not known. */
static const struct look {
	uint32_t first, last;
	char plain;
	bool is_series; /* the next ones look like the next ones of ASCII */
	enum spelling is;
} looks[] = {
	{ 0xa0, 0xa0, ' ', false, SPELLING_OTHER_SPACE },     { 0x1680, 0x1680, ' ', false, SPELLING_OTHER_SPACE },
	{ 0x2000, 0x200a, ' ', false, SPELLING_OTHER_SPACE }, { 0x202f, 0x202f, ' ', false, SPELLING_OTHER_SPACE },
	{ 0x205f, 0x205f, ' ', false, SPELLING_OTHER_SPACE }, { 0x3000, 0x3000, ' ', false, SPELLING_OTHER_SPACE },
	{ 0x2010, 0x2015, '-', false, SPELLING_OTHER_DASH },  { 0x2212, 0x2212, '-', false, SPELLING_OTHER_DASH },
	{ 0xff01, 0xff5e, '!', true, SPELLING_WIDE },         { 0xff5f, 0xffee, '\0', false, SPELLING_WIDE },
};

/* Marks with which letters have composed forms (Unicode's canonical compositions), and those of kana. */
static const struct {
	uint32_t first, last;
} marks[] = {
	{ 0x300, 0x304 }, { 0x306, 0x30c }, { 0x30f, 0x30f }, { 0x311, 0x311 }, { 0x313, 0x314 },   { 0x31b, 0x31b },
	{ 0x323, 0x328 }, { 0x32d, 0x32e }, { 0x330, 0x331 }, { 0x338, 0x338 }, { 0x3099, 0x309a },
};

/* Hangul syllables: Unicode, section 3.12 */
#define SYLLABLE_FIRST 0xac00u
#define SYLLABLE_LAST  0xd7a3u
#define LEADING_FIRST  0x1100u
#define VOWEL_FIRST    0x1161u
#define TRAILING_BASE  0x11a7u
#define N_LEADING      19u
#define N_VOWELS       21u
#define N_TRAILING     28u

static bool is_combining(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (c >= marks[i].first && c <= marks[i].last)
			return true;
	return false;
}

static bool is_letter(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0xc0;
}

/* The syllable of two characters that follow each other; 0 when they do not compose. */
static uint32_t compose(uint32_t a, uint32_t b)
{
	if (a - LEADING_FIRST < N_LEADING && b - VOWEL_FIRST < N_VOWELS)
		return SYLLABLE_FIRST + ((a - LEADING_FIRST) * N_VOWELS + (b - VOWEL_FIRST)) * N_TRAILING;
	if (a >= SYLLABLE_FIRST && a <= SYLLABLE_LAST && (a - SYLLABLE_FIRST) % N_TRAILING == 0 &&
	    b - TRAILING_BASE - 1 < N_TRAILING - 1)
		return a + (b - TRAILING_BASE);
	return 0;
}

static uint32_t plain_of(uint32_t c, unsigned *found)
{
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		const struct look *look = &looks[i];

		if (c < look->first || c > look->last)
			continue;
		*found |= look->is;
		if (look->plain == '\0')
			return c;
		return (uint32_t)look->plain + (look->is_series ? c - look->first : 0);
	}
	return c;
}

/* A syllable or ASCII has at most three bytes. */
static void put(struct writer *w, uint32_t c)
{
	const uint8_t one = (uint8_t)c;
	const uint8_t three[] = { (uint8_t)(0xe0 | c >> 12), (uint8_t)(0x80 | (c >> 6 & 0x3f)),
				  (uint8_t)(0x80 | (c & 0x3f)) };

	writer_put(w, c < 0x80 ? bytes_of(&one, 1) : BYTES(three));
}

/* Writes what looks like the characters from *b on, and moves past them. */
static void put_next(struct bytes *b, uint32_t *before, struct writer *w, unsigned *found)
{
	uint32_t c, next, syllable, plain;
	size_t n = utf8_next(*b, &c);
	struct bytes rest;

	if (n == 0) { /* no UTF-8: nothing is known of it */
		b->n = 0;
		return;
	}
	rest = bytes_of(b->p + n, b->n - n);
	plain = plain_of(c, found);
	if (is_combining(c) && is_letter(*before))
		*found |= SPELLING_MARK;
	*before = c;
	for (n = utf8_next(rest, &next); n > 0 && (syllable = compose(plain, next)) != 0; n = utf8_next(rest, &next)) {
		*found |= SPELLING_JAMO;
		plain = syllable;
		rest = bytes_of(rest.p + n, rest.n - n);
	}
	if (plain != c)
		put(w, plain);
	else
		writer_put(w, bytes_of(b->p, b->n - rest.n));
	*b = rest;
}

unsigned spelling_find(const char *text, char *ret_near, size_t size)
{
	struct writer w = writer_of((uint8_t *)ret_near, size - 1);
	struct bytes b = bytes_of_string(text);
	uint32_t before = 0;
	unsigned found = 0;
	size_t first = 0;

	while (b.n > 0)
		put_next(&b, &before, &w, &found);
	if (w.overflow)
		w.n = 0;
	while (w.n > 0 && ret_near[w.n - 1] == ' ')
		w.n--;
	while (first < w.n && ret_near[first] == ' ')
		first++;
	memmove(ret_near, ret_near + first, w.n - first);
	ret_near[w.n - first] = '\0';
	if (text[0] == ' ' || (text[0] != '\0' && text[strlen(text) - 1] == ' '))
		found |= SPELLING_SPACE_AT_END;
	return found;
}

const char *spelling_text(unsigned found)
{
	if (found & SPELLING_SPACE_AT_END)
		return TO_TRANSLATE("it begins or ends with a space");
	if (found & SPELLING_OTHER_SPACE)
		return TO_TRANSLATE("it contains a space other than the usual one, as a no-break space");
	if (found & SPELLING_OTHER_DASH)
		return TO_TRANSLATE("it contains a dash other than '-'");
	if (found & SPELLING_WIDE)
		return TO_TRANSLATE("it contains full-width or half-width letters");
	if (found & SPELLING_JAMO)
		return TO_TRANSLATE(
			"its Hangul is written in single jamo (NFD, as macOS does), not in syllables (NFC)");
	return found & SPELLING_MARK ? TO_TRANSLATE("a letter and its mark are two characters (NFD), not one (NFC)") :
				       "";
}
