/* SPDX-License-Identifier: Apache-2.0 */
/* Files: the configuration, keys and certificate, trust, the state. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "config/access.h"
#include "config/config.h"
#include "config/law.h"
#include "ctl/doctor/doctor.h"
#include "ctl/file.h"
#include "ctl/trust/trust.h"
#include "ctl/value.h"
#include "edge/edge.h"
#include "identity/describe.h"
#include "token/pem.h"

#define PEM_MAX      65536
#define SOON_SEC     (INT64_C(30) * 86400) /* renewing a certificate takes less time */
#define SET_SOON_SEC (INT64_C(2) * 86400)
#define ROOM_LEAST   (UINT64_C(8) << 20) /* bytes */
#define ROOM_ENOUGH  (UINT64_C(64) << 20)
#define OTHERS       (S_IRWXG | S_IRWXO)

DEFINE_CLEANUP(struct value *, value_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

/* Without law there is nothing that an entry could replace, so both are not told at once. */
static void find_law(const char *text, void *userdata)
{
	struct doctor *d = userdata;

	doctor_find(d, d->config->lacks_law ? DOCTOR_WARNING : DOCTOR_OK, NULL, "%s", text);
}

void doctor_configuration(struct doctor *d)
{
	if (config_load(d->path, &d->config) < 0) {
		doctor_find(d, DOCTOR_FAULT,
			    doctor_remedy("correct it; `hallmarkd --check --config %s` names each line", d->path),
			    "%s is not valid: the files that it names were not checked", d->path);
		return;
	}
	doctor_find(d, DOCTOR_OK, NULL, "%s: %u rules, %zu issuers, home scheme %s", d->path, d->config->policy.n_rules,
		    d->config->n_issuers, d->config->recognition.home);
	law_each_note(d->config, find_law, d);
}

/* --- Keys --- */

/* root, the daemon's user, or the user who runs this. */
static bool owner_is_good(uid_t uid)
{
	const struct passwd *user = getpwnam(DAEMON_USER);

	return uid == 0 || uid == geteuid() || (user && uid == user->pw_uid);
}

/* Returns whether it can be read. */
static bool find_file(struct doctor *d, const char *kind, const char *path, bool is_private)
{
	const char *what = translated(kind);
	struct stat st;

	if (stat(path, &st) < 0) {
		doctor_find(d, errno == EACCES ? DOCTOR_UNKNOWN : DOCTOR_FAULT,
			    errno == EACCES ? TO_TRANSLATE("run this as root") :
					      TO_TRANSLATE("install it there, or correct its path in gateway"),
			    "the %s %s cannot be checked: %s", what, path, strerror(errno));
		return false;
	}
	if (is_private && (st.st_mode & OTHERS))
		doctor_find(d, DOCTOR_FAULT,
			    doctor_remedy("chmod 600 %s; and replace it when others may have read it", path),
			    "the %s %s has mode %04o: users other than its owner may use it", what, path,
			    st.st_mode & 07777);
	if (!owner_is_good(st.st_uid))
		doctor_find(d, DOCTOR_FAULT, doctor_remedy("chown root:root %s", path),
			    "the %s %s belongs to user %u, who may replace it", what, path, st.st_uid);
	if (access(path, R_OK) == 0)
		return true;
	doctor_find(d, DOCTOR_UNKNOWN, "run this as root", "you may not read the %s %s", what, path);
	return false;
}

static void find_validity(struct doctor *d, struct bytes pem)
{
	_cleanup_(certificates_done) struct certificates chain = { 0 };
	struct certificate_text leaf = { 0 };
	char when[32];

	if (certificates_decode(pem, &chain) < 0 || certificate_describe(chain.der[0], &leaf) < 0)
		return; /* then it does not match its key either */
	if (leaf.fault[0])
		doctor_find(d, DOCTOR_FAULT, "have a new one issued, then `systemctl restart hallmarkd`",
			    "the gateway's certificate: %s", leaf.fault);
	else if (d->now_sec >= leaf.not_after_sec)
		doctor_find(d, DOCTOR_FAULT, "have a new one issued, then `systemctl restart hallmarkd`",
			    "the gateway's certificate ended %s: devices abort the handshake",
			    time_to_text(leaf.not_after_sec, when));
	else if (d->now_sec < leaf.not_before_sec)
		doctor_find(d, DOCTOR_FAULT, "set the clock, or wait",
			    "the gateway's certificate begins %s: devices abort the handshake",
			    time_to_text(leaf.not_before_sec, when));
	else if (leaf.not_after_sec - d->now_sec < SOON_SEC)
		doctor_find(d, DOCTOR_WARNING, "have a new one issued, then `systemctl restart hallmarkd`",
			    "the gateway's certificate ends in %s",
			    span_to_text(leaf.not_after_sec - d->now_sec, when));
	else
		doctor_find(d, DOCTOR_OK, NULL, "the gateway's certificate lasts until %s",
			    time_to_text(leaf.not_after_sec, when));
}

/* Cause and remedy are one text there, in every language. Returns whether there was one. */
static bool find_misplaced(struct doctor *d, const char *path, const char *fault)
{
	const char *text = fault ? translated(fault) : "", *remedy = strstr(text, "; ");

	if (fault)
		doctor_find(d, DOCTOR_FAULT, remedy ? remedy + 2 : TO_TRANSLATE("name the right file"), "%s: %.*s",
			    path, remedy ? (int)(remedy - text) : (int)strlen(text), text);
	return fault != NULL;
}

static void find_denied(const struct access_fault *fault, void *userdata)
{
	doctor_find(userdata, DOCTOR_FAULT, fault->remedy, "%s, %s: %s", translated(fault->place), fault->path,
		    fault->cause);
}

void doctor_access(struct doctor *d)
{
	if (!d->config)
		return;

	const int n = access_check(d->config, find_denied, d);

	if (n < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "see the messages on stderr", "it could not be tried as %s",
			    DAEMON_USER);
	else if (n == 0 && d->is_root)
		doctor_find(d, DOCTOR_OK, NULL, "hallmarkd's user may read all files of the configuration");
	else if (n == 0)
		doctor_find(d, DOCTOR_UNKNOWN, "run this as root", "only root can try the files as hallmarkd's user");
}

static void find_pair(struct doctor *d)
{
	const struct config *c = d->config;
	_cleanup_(free_bytes) struct bytes certificate = { 0 }, key = { 0 };
	bool is_misplaced;

	if (file_load(c->certificate, PEM_MAX, &certificate) < 0 || file_load(c->key, PEM_MAX, &key) < 0) {
		doctor_find(d, DOCTOR_FAULT, "install them again", "certificate or key cannot be read");
		return;
	}
	is_misplaced = find_misplaced(d, c->certificate, pem_fault(certificate, PEM_CERTIFICATE, NULL));
	is_misplaced |= find_misplaced(d, c->key, pem_fault(key, PEM_PRIVATE_KEY, NULL));
	if (!is_misplaced && edge_check(certificate, key) < 0)
		doctor_find(d, DOCTOR_FAULT, "install the certificate that was issued for this key, leaf first",
			    "%s and %s do not belong together", c->certificate, c->key);
	OPENSSL_cleanse((void *)(uintptr_t)key.p, key.n);
	find_validity(d, certificate);
}

static void find_result_key(struct doctor *d)
{
	_cleanup_(free_bytes) struct bytes pem = { 0 };
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
	const char *fault = NULL;

	if (file_load(d->config->result_key, PEM_MAX, &pem) < 0)
		doctor_find(d, DOCTOR_FAULT, "install it again", "the result key cannot be read");
	else if (pem_key_decode(pem, PEM_PRIVATE_KEY, &key, &fault) < 0)
		(void)find_misplaced(d, d->config->result_key, fault);
	OPENSSL_cleanse((void *)(uintptr_t)pem.p, pem.n);
}

void doctor_keys(struct doctor *d)
{
	const unsigned before = d->n[DOCTOR_FAULT] + d->n[DOCTOR_UNKNOWN];
	bool has_certificate, has_key;

	if (!d->config)
		return;
	has_certificate = find_file(d, TO_TRANSLATE("certificate"), d->config->certificate, false);
	has_key = find_file(d, TO_TRANSLATE("private key"), d->config->key, true);
	if (has_certificate && has_key)
		find_pair(d);
	if (find_file(d, TO_TRANSLATE("private key"), d->config->result_key, true))
		find_result_key(d);
	if (d->n[DOCTOR_FAULT] + d->n[DOCTOR_UNKNOWN] == before)
		doctor_find(d, DOCTOR_OK, NULL, "the keys exist, and only their owner can read them");
}

/* --- Trust --- */

static const char *name_of(const struct value *entry)
{
	const char *name = value_text(entry, "name"), *file = value_text(entry, "file");
	const char *slash = strrchr(file, '/');

	return name[0] ? name : slash ? slash + 1 : file;
}

/* One that the daemon does not use, or not yet. */
static void find_unused(struct doctor *d, const struct value *entry)
{
	const char *state = value_text(entry, "state");
	const bool has_url = value_text(entry, "url")[0] != '\0';
	char why[TRUST_WHY_SIZE];

	doctor_find(d, has_url && strcmp(state, trust_state_name(TRUST_MISSING)) == 0 ? DOCTOR_WARNING : DOCTOR_FAULT,
		    has_url ? TO_TRANSLATE("`hallmarkctl trust refresh`; `hallmarkctl trust list` says more") :
			      TO_TRANSLATE("install a valid one there, then `hallmarkctl reload`; `hallmarkctl trust "
					   "list` says more"),
		    "the %s %s is %s: %s (%s)", value_text(entry, "kind"), name_of(entry), translated(state),
		    translated_parts(value_text(entry, "why"), why, sizeof(why)), value_text(entry, "file"));
}

static void find_failures(struct doctor *d, const struct value *entry)
{
	const int64_t n = value_number(entry, "failures");
	char why[TRUST_WHY_SIZE];

	doctor_find(d, DOCTOR_WARNING, "`hallmarkctl trust refresh --force` tries again",
		    translated_n("the %s %s could not be fetched %lld time: %s",
				 "the %s %s could not be fetched %lld times; the last time: %s", n),
		    value_text(entry, "kind"), name_of(entry), (long long)n,
		    translated_parts(value_text(entry, "failure"), why, sizeof(why)));
}

/* Returns whether it made a finding. */
static bool find_entry(struct doctor *d, const struct value *entry)
{
	const char *kind = value_text(entry, "kind"), *state = value_text(entry, "state");
	const bool has_url = value_text(entry, "url")[0] != '\0';
	const int64_t until_sec = value_number(entry, "until");
	char left[32], note[TRUST_WHY_SIZE];

	if (strcmp(state, trust_state_name(TRUST_CURRENT)) != 0)
		find_unused(d, entry);
	else if (value_number(entry, "failures") > 0)
		find_failures(d, entry);
	else if (until_sec > 0 && until_sec - d->now_sec < SET_SOON_SEC)
		doctor_find(d, DOCTOR_WARNING,
			    has_url ? TO_TRANSLATE("`hallmarkctl trust refresh`") :
				      TO_TRANSLATE("install the next one there"),
			    "the %s %s ends in %s", kind, name_of(entry), span_to_text(until_sec - d->now_sec, left));
	else if (value_text(entry, "note")[0])
		doctor_find(d, DOCTOR_WARNING,
			    "for rules that require device-revocation, name a complete list of this CA as well",
			    "the %s %s: %s", kind, name_of(entry),
			    translated_parts(value_text(entry, "note"), note, sizeof(note)));
	else
		return false;
	return true;
}

void doctor_trust(struct doctor *d)
{
	_cleanup_(value_freep) struct value *list = value_new(VALUE_LIST);
	const struct desk desk = { .path = d->path, .config = d->config, .now_sec = d->now_sec };
	unsigned n_good = 0, n = 0;

	if (!d->config)
		return;
	if (trust_describe(&desk, list) < 0)
		doctor_find(d, DOCTOR_UNKNOWN, "see the messages on stderr", "it cannot be evaluated");
	for (const struct value *entry = list->first; entry; entry = entry->next, n++)
		n_good += !find_entry(d, entry);
	if (d->config->n_issuers == 0)
		doctor_find(d, DOCTOR_WARNING, "name one: `hallmarkctl trust add issuer KEY.pem --name N --schemes S`",
			    "no issuer of labels is trusted: no label counts");
	else
		doctor_find(d, DOCTOR_OK, NULL, "%u of %u keys, certificates and sets are current", n_good, n);
}

/* --- The state --- */

static void find_room(struct doctor *d)
{
	struct statvfs fs;
	uint64_t room;

	if (statvfs(d->config->state, &fs) < 0)
		return;
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (room < ROOM_ENOUGH)
		doctor_find(d, room < ROOM_LEAST ? DOCTOR_FAULT : DOCTOR_WARNING,
			    "free space, or lower gateway.record-keep: what does not fit is lost at a restart",
			    "%s has room for %llu kB", d->config->state, (unsigned long long)(room >> 10));
}

void doctor_state(struct doctor *d)
{
	struct stat st;

	if (!d->config)
		return;
	if (stat(d->config->state, &st) < 0 || !S_ISDIR(st.st_mode)) {
		doctor_find(d, errno == EACCES ? DOCTOR_UNKNOWN : DOCTOR_FAULT,
			    errno == EACCES ?
				    TO_TRANSLATE("run this as root") :
				    doctor_remedy("`systemctl start hallmarkd` makes it; by hand: install -d -m 700 -o "
						  "%s -g %s",
						  DAEMON_USER, DAEMON_USER),
			    "there is no directory %s: no verdict would survive a restart", d->config->state);
		return;
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		doctor_find(d, DOCTOR_FAULT, doctor_remedy("chmod 700 %s", d->config->state),
			    "%s has mode %04o: other users may replace verdicts", d->config->state, st.st_mode & 07777);
	else if (!owner_is_good(st.st_uid))
		doctor_find(d, DOCTOR_FAULT,
			    doctor_remedy("chown -R %s:%s %s", DAEMON_USER, DAEMON_USER, d->config->state),
			    "%s belongs to user %u, who may replace verdicts", d->config->state, st.st_uid);
	else
		doctor_find(d, DOCTOR_OK, NULL, "%s exists", d->config->state);
	find_room(d);
}
