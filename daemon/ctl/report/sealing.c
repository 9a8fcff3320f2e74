/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/report/sealing.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/log.h"
#include "ctl/ask/online.h"
#include "ctl/ask/peer.h"
#include "ctl/file.h"
#include "ctl/value.h"
#include "hallmark/bus.h"
#include "hallmark/protocol.h"
#include "token/seal.h"

DEFINE_CLEANUP(struct value *, value_free);

struct statement {
	uint8_t sha256[SHA256_LEN];
	uint64_t n_bytes;
};

static int append_statement(sd_bus_message *m, const void *userdata)
{
	const struct statement *s = userdata;
	int r = sd_bus_message_append_array(m, 'y', s->sha256, sizeof(s->sha256));

	return r < 0 ? r : sd_bus_message_append(m, "t", s->n_bytes);
}

static bool seal_path(const char *path, char ret[static PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s" SEAL_SUFFIX, path) < PATH_MAX;
}

enum ctl_exit sealing_save(const char *path, struct bytes report)
{
	char seal[PATH_MAX];

	if (!seal_path(path, seal)) {
		log_error("%s: the name is too long; give another place with -o", path);
		return CTL_FAULT;
	}
	if (unlink(seal) < 0 && errno != ENOENT) {
		(void)log_errno(-errno, "%s: the seal of an older report cannot be removed; give another place with -o",
				seal);
		return CTL_FAULT;
	}
	return file_save(path, report) < 0 ? CTL_FAULT : CTL_YES;
}

/* The bytes are numbers in the tree. */
static enum ctl_exit write_seal(const char *path, const struct value *answer)
{
	const struct value *list = value_get(answer, "seal");
	uint8_t room[HALLMARK_TOKEN_MAX];
	char seal[PATH_MAX];
	size_t n = 0;

	for (const struct value *v = list ? list->first : NULL; v && n < sizeof(room); v = v->next)
		room[n++] = (uint8_t)v->number;
	return seal_path(path, seal) && file_save(seal, bytes_of(room, n)) == 0 ? CTL_YES : CTL_FAULT;
}

enum ctl_exit sealing_ask(const struct ctl *ctl, const char *path, struct bytes report)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(value_freep) struct value *answer = NULL;
	struct statement statement = { .n_bytes = report.n };
	const struct peer_question question = { .method = "SealReport",
						.append = append_statement,
						.userdata = &statement };
	enum ctl_exit r = CTL_FAULT;

	if (digest_sha256(report, statement.sha256) == 0 &&
	    peer_connect(ctl->socket ? ctl->socket : HALLMARK_BUS_SOCKET, &bus) == 0)
		r = ask_over(bus, &question, &answer);
	if (r == CTL_YES)
		r = write_seal(path, answer);
	if (r != CTL_YES)
		log_error("%s: the report is written, but it is not signed; make it again when hallmarkd runs, as root "
			  "or "
			  "in a role with the verb \"record\"",
			  path);
	return r == CTL_YES ? CTL_YES : CTL_FAULT;
}
