/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/backup/archive.h"

#include <errno.h>
#include <string.h>

#include "base/language.h"

#define BLOCK        512
#define TYPE_REGULAR '0'
#define MODES        0777
#define SIZE_LIMIT   077777777777U /* eleven digits: 8 GiB less a byte */

/* The block before each file's content. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], time[12], sum[8];
	char type;
	char link[100], magic[8], owner[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "POSIX");

static const char magic[] = "ustar\00000"; /* with its version, and the terminator that both have no room for */

/* --- Names --- */

bool archive_name_is_safe(const char *name)
{
	size_t n;

	if (!bytes_are_text(bytes_of_string(name)))
		return false;
	for (const char *part = name;; part += n + 1) {
		n = strcspn(part, "/");
		if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		if (part[n] == '\0')
			return true;
	}
}

/* A name too long for its field is divided at a '/'. */
static bool put_name(struct header *h, const char *name)
{
	const size_t n = strlen(name);
	const char *slash = name;

	if (n <= sizeof(h->name)) {
		memcpy(h->name, name, n);
		return true;
	}
	while (slash && strlen(slash + 1) > sizeof(h->name))
		slash = strchr(slash + 1, '/');
	if (!slash || (size_t)(slash - name) > sizeof(h->prefix))
		return false;
	memcpy(h->prefix, name, (size_t)(slash - name));
	memcpy(h->name, slash + 1, strlen(slash + 1));
	return true;
}

static bool take_name(const struct header *h, char ret[static ARCHIVE_NAME_SIZE])
{
	const int n = (int)strnlen(h->name, sizeof(h->name)), n_prefix = (int)strnlen(h->prefix, sizeof(h->prefix));

	return snprintf(ret, ARCHIVE_NAME_SIZE, "%.*s%s%.*s", n_prefix, h->prefix, n_prefix > 0 ? "/" : "", n,
			h->name) < ARCHIVE_NAME_SIZE &&
	       archive_name_is_safe(ret);
}

/* --- Numbers: octal, as text that fills its field --- */

static bool take_number(const char *field, size_t n, uint64_t *ret)
{
	size_t i = 0;

	for (*ret = 0; i < n && field[i] >= '0' && field[i] <= '7'; i++)
		*ret = *ret * 8 + (uint64_t)(field[i] - '0');
	return i > 0 && (i == n || field[i] == '\0' || field[i] == ' ');
}

/* All bytes of the header, its own field as spaces. */
static unsigned sum_of(const struct header *h)
{
	struct header copy = *h;
	const uint8_t *p = (const uint8_t *)&copy;
	unsigned sum = 0;

	memset(copy.sum, ' ', sizeof(copy.sum));
	for (size_t i = 0; i < sizeof(copy); i++)
		sum += p[i];
	return sum;
}

/* --- Writing --- */

static size_t padding_of(size_t n)
{
	return (BLOCK - n % BLOCK) % BLOCK;
}

int archive_put(FILE *f, const struct archive_member *m)
{
	static const uint8_t zeros[BLOCK];
	struct header h = { .type = TYPE_REGULAR };

	if (m->content.n > SIZE_LIMIT)
		return -EFBIG;
	if (!put_name(&h, m->name))
		return -ENAMETOOLONG;
	(void)snprintf(h.mode, sizeof(h.mode), "%07o", m->mode & MODES);
	(void)snprintf(h.uid, sizeof(h.uid), "%07o", 0);
	(void)snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	(void)snprintf(h.size, sizeof(h.size), "%011zo", m->content.n);
	(void)snprintf(h.time, sizeof(h.time), "%011llo", (unsigned long long)m->time_sec);
	memcpy(h.magic, magic, sizeof(h.magic));
	(void)snprintf(h.owner, sizeof(h.owner), "%s", m->owner);
	(void)snprintf(h.group, sizeof(h.group), "%s", m->group);
	(void)snprintf(h.sum, sizeof(h.sum), "%06o", sum_of(&h));
	h.sum[7] = ' ';
	(void)fwrite(&h, 1, sizeof(h), f);
	(void)fwrite(m->content.p, 1, m->content.n, f);
	(void)fwrite(zeros, 1, padding_of(m->content.n), f);
	return 0;
}

void archive_end(FILE *f)
{
	static const uint8_t zeros[2 * BLOCK];

	(void)fwrite(zeros, 1, sizeof(zeros), f);
}

/* --- Reading --- */

static bool is_zero(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] != 0)
			return false;
	return true;
}

/* Returns NULL, or what is wrong. */
static const char *take_fields(const struct header *h, struct archive_member *ret, uint64_t *ret_size)
{
	uint64_t sum, mode, time;

	if (memcmp(h->magic, magic, sizeof(h->magic)) != 0 || !take_number(h->sum, sizeof(h->sum), &sum) ||
	    sum != sum_of(h))
		return TO_TRANSLATE("damaged, or no archive of `hallmarkctl backup`; take another copy");
	if (h->type != TYPE_REGULAR)
		return TO_TRANSLATE("it holds a link, a folder or a device, which `hallmarkctl backup` never writes");
	if (!take_name(h, ret->name))
		return TO_TRANSLATE(
			"it holds a file with an absolute name, with \"..\" or with control characters, which "
			"`hallmarkctl backup` never writes");
	if (!take_number(h->mode, sizeof(h->mode), &mode) || mode > MODES ||
	    !take_number(h->size, sizeof(h->size), ret_size) || !take_number(h->time, sizeof(h->time), &time) ||
	    !memchr(h->owner, '\0', sizeof(h->owner)) || !memchr(h->group, '\0', sizeof(h->group)))
		return TO_TRANSLATE("damaged: a file's size, mode, time or owner cannot be; take another copy");
	ret->mode = (unsigned)mode;
	ret->time_sec = (int64_t)time;
	memcpy(ret->owner, h->owner, sizeof(ret->owner));
	memcpy(ret->group, h->group, sizeof(ret->group));
	return NULL;
}

static const char cut_off[] = TO_TRANSLATE("it is cut off: its end is missing; take another copy");

int archive_take(struct bytes *rest, struct archive_member *ret, const char **reterr_fault)
{
	struct header h;
	uint64_t size = 0;

	*ret = (struct archive_member){ 0 };
	*reterr_fault = cut_off;
	if (rest->n < 2 * BLOCK)
		return -EBADMSG;
	if (is_zero(bytes_of(rest->p, 2 * BLOCK)))
		return 0;
	memcpy(&h, rest->p, sizeof(h));
	*reterr_fault = take_fields(&h, ret, &size);
	if (*reterr_fault)
		return -EBADMSG;
	*reterr_fault = cut_off;
	if (size > rest->n - BLOCK || padding_of(size) > rest->n - BLOCK - size)
		return -EBADMSG;
	ret->content = bytes_of(rest->p + BLOCK, size);
	ret->is_borrowed = true;
	*rest = bytes_of(rest->p + BLOCK + size + padding_of(size), rest->n - BLOCK - size - padding_of(size));
	return 1;
}
