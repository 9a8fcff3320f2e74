/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway does not read the report: whoever asked for the seal says what its digest is. So the seal names who that was, by which
 * role, and whether that person may read all of the record. Only those who may read it may ask.
 */
#include "core/bus/seal_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "config/config.h"
#include "core/bus/access.h"
#include "core/core.h"
#include "core/tell/dictionary.h"
#include "store/record.h"
#include "token/seal.h"

#define SEAL_SIZE 1024 /* bytes; the widest seal has about 600 */

/* As the record has it: the user, and who logged in before su or sudo. */
static void name_asker(const struct orderer *by, char *ret, size_t size)
{
	char user[ORDERER_USER_SIZE], login[ORDERER_USER_SIZE];

	(void)orderer_user_to_text(by->uid, by->name, user);
	if (by->login_uid != ORDERER_NOBODY && by->login_uid != by->uid)
		(void)snprintf(ret, size, "%s, logged in as %s", user,
			       orderer_user_to_text(by->login_uid, by->login_name, login));
	else
		(void)snprintf(ret, size, "%s", user);
}

static int sign(const struct core *c, const struct orderer *by, struct seal *seal, struct writer *w)
{
	struct record_mark head = { 0 };
	int r = record_head(c->settler.store, &head);

	if (r < 0)
		return r;
	seal->iat_sec = timekeeper_peek(&c->settler.time);
	seal->sequence = (int64_t)head.sequence;
	seal->head = bytes_of(head.hash, head.sequence > 0 ? head.n_hash : 0);
	(void)snprintf(seal->gateway, sizeof(seal->gateway), "%s", c->in_force.config->gateway);
	name_asker(by, seal->asked_by, sizeof(seal->asked_by));
	memcpy(seal->role, by->role, sizeof(seal->role));
	return seal_sign(seal, c->in_force.result_key, w);
}

/* Which entries of the record the caller may read. */
static int name_entries(const struct core *c, const struct caller *caller, struct seal *ret)
{
	_cleanup_free_ const char **segments = NULL;
	size_t n;
	const int r = access_segments(c->in_force.config, caller, VERB_RECORD, &segments, &n);

	(void)snprintf(ret->entries, sizeof(ret->entries), "%s", segments ? SEAL_ENTRIES_PART : SEAL_ENTRIES_ALL);
	return r;
}

static int answer(sd_bus_message *call, struct bytes token)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct dictionary d;
	int r = sd_bus_message_new_method_return(call, &m);

	if (r < 0)
		return r;
	d = dictionary_open(m);
	open_entry(&d, "seal", "ay");
	for (size_t i = 0; i < token.n && d.r >= 0; i++)
		d.r = sd_bus_message_append(m, "y", token.p[i]);
	close_entry(&d);
	r = dictionary_close(&d);
	return r < 0 ? r : sd_bus_send(NULL, m, NULL);
}

int command_seal_report(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	struct core *c = userdata;
	struct seal seal = { 0 };
	uint8_t room[SEAL_SIZE];
	struct writer w = WRITER(room);
	const void *digest;
	const struct wish wish = { .verb = VERB_RECORD };
	struct attempt attempt;
	uint64_t n_bytes;
	size_t n;
	int r = sd_bus_message_read_array(call, 'y', &digest, &n);

	if (r >= 0)
		r = sd_bus_message_read(call, "t", &n_bytes);
	if (r < 0)
		return r;
	if (!access_begin(call, "report", &attempt, error) || !access_allows(c, &attempt, &wish, error))
		return -EACCES;
	if (n != SHA256_LEN || n_bytes < 1 || n_bytes > SEAL_REPORT_MAX)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "give the report's SHA-256 in %d bytes, and its length, from 1 to %d bytes",
					 SHA256_LEN, SEAL_REPORT_MAX);
	journal_command(&attempt.by, "report");
	seal.sha256 = bytes_of(digest, n);
	seal.n_bytes = (int64_t)n_bytes;
	r = name_entries(c, &attempt.caller, &seal);
	if (r >= 0)
		r = sign(c, &attempt.by, &seal, &w);
	if (r < 0)
		return log_errno(r, "Cannot sign a report");
	return answer(call, writer_bytes(&w));
}
