/* SPDX-License-Identifier: Apache-2.0 */
/* Journal texts and fields about the people who give orders. */
#include "core/tell/orderer.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/journal.h"
#include "core/tell/journal_entry.h"
#include "decide/verdict.h"
#include "hallmark/journal.h"
#include "token/names.h"

#define DENIALS_MAX  10 /* entries in a minute: a script of somebody without a role fills no journal */
#define DENIALS_USEC (60 * USEC_PER_SEC)

char *orderer_user_to_text(uint32_t uid, const char *name, char ret[static ORDERER_USER_SIZE])
{
	(void)snprintf(ret, ORDERER_USER_SIZE, name[0] ? "%u (%s)" : "%u", uid, name);
	return ret;
}

_Static_assert(ORDERER_USER_SIZE >= sizeof("4294967295 ()") + ORDERER_NAME_SIZE - 1, "a number and a name");

char *orderer_to_text(const struct orderer *o, char ret[static ORDERER_TEXT_SIZE])
{
	const bool has_login = o->login_uid != ORDERER_NOBODY && o->login_uid != o->uid;
	char user[ORDERER_USER_SIZE], login[ORDERER_USER_SIZE] = "";

	(void)orderer_user_to_text(o->uid, o->name, user);
	if (has_login)
		(void)orderer_user_to_text(o->login_uid, o->login_name, login);
	(void)snprintf(ret, ORDERER_TEXT_SIZE, "user %s%s%s%s%s", user, o->role[0] ? " in role " : "", o->role,
		       has_login ? ", logged in as " : "", login);
	return ret;
}

_Static_assert(ORDERER_TEXT_SIZE >= sizeof("user  in role , logged in as ") + 2 * ORDERER_USER_SIZE +
					    sizeof(((struct orderer *)0)->role),
	       "each part of the text has room");

void entry_add_orderer(struct entry *e, const struct orderer *o)
{
	entry_add(e, HALLMARK_FIELD_ORDER_BY, "%u", o->uid);
	entry_add(e, HALLMARK_FIELD_ORDER_NAME, "%s", o->name);
	if (o->login_uid != ORDERER_NOBODY) {
		entry_add(e, HALLMARK_FIELD_ORDER_LOGIN, "%u", o->login_uid);
		entry_add(e, HALLMARK_FIELD_ORDER_LOGIN_NAME, "%s", o->login_name);
	}
	entry_add(e, HALLMARK_FIELD_ORDER_ROLE, "%s", o->role);
}

void journal_command(const struct orderer *by, const char *what)
{
	char who[ORDERER_TEXT_SIZE], text[ENTRY_TEXT_SIZE];
	struct entry e;

	(void)snprintf(text, sizeof(text), "Command %s, by %s", what, orderer_to_text(by, who));
	entry_begin(&e, LOG_NOTICE, HALLMARK_MESSAGE_COMMAND, text);
	entry_add(&e, HALLMARK_FIELD_ORDER, "%s", what);
	entry_add_orderer(&e, by);
	entry_send(&e);
}

/* --- Refused attempts --- */

bool denials_admit(struct denials *d, uint64_t now_usec, unsigned *ret_n_untold)
{
	if (d->n == 0 || now_usec - d->since_usec >= DENIALS_USEC) {
		d->since_usec = now_usec;
		d->n = 0;
	}
	d->n++;
	if (d->n > DENIALS_MAX) {
		d->n_untold++;
		return false;
	}
	*ret_n_untold = d->n_untold;
	d->n_untold = 0;
	return true;
}

static void describe(const struct denial *d, unsigned n_untold, char *ret, size_t size)
{
	char who[ORDERER_TEXT_SIZE], what[DEVICE_TEXT_SIZE], device[SHA256_HEX_SIZE],
		of[DEVICE_TEXT_SIZE + 32] = "", others[64] = "";

	if (d->device) {
		bytes_to_hex(BYTES(d->device->facts.device), device);
		(void)snprintf(of, sizeof(of), " for %s (%.16s)", device_to_text(d->config, d->device, what), device);
	}
	if (n_untold > 0)
		(void)snprintf(others, sizeof(others), "; %u refused attempts before it have no entry", n_untold);
	(void)snprintf(ret, size, "Refused: %s%s, by %s (limit: %s)%s", d->what, of, orderer_to_text(d->by, who),
		       d->limit, others);
}

void journal_denial(const struct denial *d, unsigned n_untold)
{
	char text[ENTRY_TEXT_SIZE];
	struct entry e;

	describe(d, n_untold, text, sizeof(text));
	entry_begin(&e, LOG_WARNING, HALLMARK_MESSAGE_DENIED, text);
	if (d->device)
		entry_add_device(&e, d->config, d->device);
	entry_add(&e, HALLMARK_FIELD_ORDER, "%s", d->what);
	entry_add(&e, HALLMARK_FIELD_ORDER_EVENT, "refused");
	entry_add(&e, HALLMARK_FIELD_ORDER_LIMIT, "%s", d->limit);
	entry_add_orderer(&e, d->by);
	entry_send(&e);
}
