/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ask/record_source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "config/config.h"
#include "store/store.h"

struct record_source {
	struct store *store; /* owned */
	char path[PATH_MAX];
};

DEFINE_CLEANUP(struct config *, config_free);
DEFINE_CLEANUP(struct record_source *, record_source_free);

/* The given file, in the given directory, or where the configuration has it. */
static bool find_store(const struct ctl *ctl, char *ret, size_t size)
{
	_cleanup_(config_freep) struct config *config = NULL;
	const char *place = ctl->state;
	struct stat st;

	if (!place) {
		if (config_load(ctl->config ? ctl->config : HALLMARK_SYSCONFDIR "/hallmarkd.conf", &config) < 0)
			return false;
		place = config->state;
	}

	bool is_directory = stat(place, &st) == 0 && S_ISDIR(st.st_mode);

	return snprintf(ret, size, "%s%s", place, is_directory || !ctl->state ? "/" STORE_FILE : "") < (int)size;
}

enum ctl_exit record_source_open(const struct ctl *ctl, struct record_source **ret)
{
	_cleanup_(record_source_freep) struct record_source *s = calloc(1, sizeof(*s));

	if (!s || !find_store(ctl, s->path, sizeof(s->path)) || store_open_to_read(s->path, &s->store) < 0)
		return CTL_FAULT; /* logged */
	*ret = TAKE_PTR(s);
	return CTL_YES;
}

void record_source_free(struct record_source *s)
{
	if (!s)
		return;
	store_free(s->store);
	free(s);
}

const char *record_source_file(const struct record_source *s)
{
	return s->path;
}

struct store *record_source_store(struct record_source *s)
{
	return s->store;
}

enum ctl_exit record_source_find(struct record_source *s, const char *word, uint8_t room[static SHA256_LEN],
				 struct record_filter *ret)
{
	const int r = record_find(s->store, word, room, ret);

	if (r == -EEXIST)
		log_error("several devices have \"%s\"; give more digits of the id that `hallmarkctl list` shows",
			  word);
	return r < 0 ? CTL_FAULT : CTL_YES;
}

int record_source_each(struct record_source *s, const struct record_filter *filter,
		       void (*on_record)(const struct record *r, void *userdata), void *userdata)
{
	return record_each(s->store, filter, on_record, userdata);
}

int record_source_last(struct record_source *s, const struct record_filter *filter, uint32_t n, uint64_t *ret_from)
{
	return record_last(s->store, filter, n, ret_from);
}

int record_source_ends(struct record_source *s, struct record_mark *ret_foot, struct record_mark *ret_head)
{
	const int r = record_foot(s->store, ret_foot);

	return r < 0 ? r : record_head(s->store, ret_head);
}
