/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts and signed inputs in one SQLite file. A verdict is stored as the struct that it is in memory, packed (base/packed.h), with
 * the layout of that struct and the digest of what is stored, and also in columns that every build can read. For a row of another build
 * the columns count. A damaged row is skipped, and its device attests again. Whether a verdict is still in force is not judged
 * here.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "appraise/facts.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "base/digest.h"
#include "base/language.h"
#include "base/log.h"
#include "base/packed.h"
#include "base/signed_inputs.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/reason.h"
#include "hallmark/record.h"
#include "store/admission.h"
#include "store/earlier.h"
#include "store/outlook.h"
#include "store/schema.h"
#include "store/statement.h"
#include "token/product.h"

#define RECORD_VERSION 9 /* increase it when a field of struct verdict gets another meaning */

/* How a file is opened. */
struct mode {
	int flags, patience_msec;
	bool keeps_copy; /* of what another version wrote (store/beside.h) */
	const char *settings;
	const char *remedies[2]; /* for a file of another version, and for a damaged one */
};

/* A commit is in the WAL before it returns, but not always on the disk: a power cut may lose the last ones. */
#define KEEPING                                                                                                        \
	.flags = SQLITE_OPEN_READWRITE,                                                                                \
	.settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF"

static const struct mode to_keep = {
	KEEPING,
	.keeps_copy = true,
	.remedies = { TO_TRANSLATE(
			      "no intact copy from before lies beside it: install that version again, or move the file "
			      "away; then devices must attest again"),
		      TO_TRANSLATE("move the file away with its -wal and -shm; then devices must attest again") },
};

static const struct mode to_stage = {
	KEEPING,
	.remedies = { TO_TRANSLATE("take a copy that this version can read"), TO_TRANSLATE("take another copy") },
};

/* Waits because hallmarkd may be starting or stopping, and locks the file for a moment. */
static const struct mode to_read = {
	.flags = SQLITE_OPEN_READONLY,
	.patience_msec = 3000,
	.settings = "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF",
	.remedies = { TO_TRANSLATE("a hallmarkd of this version converts an earlier one when it starts"),
		      TO_TRANSLATE("examine it with `sqlite3 FILE 'PRAGMA integrity_check'`") },
};

/* The store holds these numbers. */
enum input_kind {
	INPUT_CHAIN = 1,
	INPUT_EVIDENCE = 2,
	INPUT_LABEL = 3,
};

DEFINE_CLEANUP(struct store *, store_free);
DEFINE_CLEANUP(struct digest *, digest_free);

/* Sizes and offsets of the record's structs: two builds with the same values have the same layout. */
static void describe_layout(char ret[static LAYOUT_SIZE])
{
	(void)snprintf(ret, LAYOUT_SIZE, "%d:%zu:%zu:%zu:%zu:%zu:%zu:%zu", RECORD_VERSION, sizeof(struct verdict),
		       sizeof(struct facts), sizeof(struct label_facts), sizeof(struct product),
		       sizeof(struct decision), offsetof(struct facts, labels), offsetof(struct decision, refusals));
}

/* --- Opening --- */

/* The file is created before SQLite opens it, because the WAL gets the file's mode. */
static int make_private(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fchmod(fd, 0600) < 0)
		return log_errno(-errno, "%s", path);
	return 0;
}

static int open_database(const char *path, const struct mode *mode, struct store *s)
{
	int code = sqlite3_open_v2(path, &s->db, mode->flags | SQLITE_OPEN_NOMUTEX, NULL);
	int r;

	if (code != SQLITE_OK)
		return statement_errno(code);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_timeout(s->db, mode->patience_msec);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	r = schema_check(s->db, mode->keeps_copy);
	if (r < 0)
		return r;
	r = statement_errno(sqlite3_exec(s->db, mode->settings, NULL, NULL, NULL));
	return r < 0 ? r : statement_prepare_all(s);
}

static int explain(int r, const char *path, const struct mode *mode)
{
	if (r == -EPROTO)
		log_error("%s: written by another version of hallmarkd; %s", path, translated(mode->remedies[0]));
	else if (r == -ENOTSUP)
		log_error(
			"%s: a later hallmarkd wrote its orders or trust sets in a form that this one cannot read, and "
			"without them a quarantine would be lifted; install that version again",
			path);
	else if (r == -EBADMSG)
		log_error("%s: not an intact store of hallmarkd; %s", path, translated(mode->remedies[1]));
	else if (r != -ENOSPC || !mode->keeps_copy) /* logged (store/beside.h), or by the core */
		(void)log_errno(r, "%s", path);
	return r;
}

/* What a later version wrote is taken over, if it kept a copy for this one. */
static int open_or_take(const char *path, const struct mode *mode, struct store *s)
{
	int r = open_database(path, mode, s);

	if (r != -EPROTO || !mode->keeps_copy)
		return r;
	(void)sqlite3_close(s->db);
	s->db = NULL;
	r = earlier_take(path);
	return r < 0 ? r : open_database(path, mode, s);
}

static int open_as(const char *path, const struct mode *mode, struct store **ret)
{
	_cleanup_(store_freep) struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	describe_layout(s->layout);
	r = open_or_take(path, mode, s);
	if (r == 0 && mode == &to_read)
		r = schema_check_soundness(s->db);
	if (r < 0)
		return explain(r, path, mode);

	*ret = TAKE_PTR(s);
	return 0;
}

int store_open(const char *path, struct store **ret)
{
	int r = make_private(path);

	return r < 0 ? r : open_as(path, &to_keep, ret);
}

int store_open_staged(const char *path, struct store **ret)
{
	int r = make_private(path);

	return r < 0 ? r : open_as(path, &to_stage, ret);
}

int store_examine(const char *path, struct store_outlook *ret)
{
	int r = outlook(path, ret);

	return r < 0 ? explain(r, path, &to_keep) : 0;
}

int store_open_to_read(const char *path, struct store **ret)
{
	/* SQLite only says that it cannot open the file; open(2) says why. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? log_errno(-errno, errno == EACCES ? "%s: run this as root" : "%s", path) :
			open_as(path, &to_read, ret);
}

int store_check(struct store *s)
{
	int r = schema_check_soundness(s->db);

	return r < 0 ? explain(r, sqlite3_db_filename(s->db, "main"), &to_keep) : 0;
}

static void release_held(struct store *s)
{
	for (size_t i = 0; i < s->n_held; i++)
		free(s->held[i]);
	s->n_held = 0;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	release_held(s);
	for (int i = 0; i < _STATEMENT_MAX; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
	free(s);
}

/* --- Writing --- */

int store_begin(struct store *s)
{
	return statement_run(s, BEGIN);
}

int store_commit(struct store *s)
{
	int r = statement_run(s, COMMIT);

	/* SQLite may have rolled back by itself; then there is nothing to undo. */
	if (r < 0 && !sqlite3_get_autocommit(s->db))
		(void)statement_run(s, ROLLBACK);
	return r;
}

void store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		(void)statement_run(s, ROLLBACK);
}

static int sync_log(struct store *s)
{
	sqlite3_file *log = NULL;
	int r = sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log);

	if (r != SQLITE_OK || !log || !log->pMethods)
		return -EIO;
	return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK ? 0 : -EIO;
}

/*
 * A passive checkpoint syncs the log before it copies it. Where somebody reads an older state of the file, it copies nothing of
 * what is newer, and may sync nothing.
 */
int store_sync(struct store *s)
{
	int n_frames = 0, n_copied = 0;
	int r = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_frames, &n_copied);

	if (r != SQLITE_OK && r != SQLITE_BUSY)
		return -EIO;
	return r == SQLITE_OK && n_copied == n_frames ? 0 : sync_log(s);
}

static int put_verdict(struct store *s, const struct verdict *v)
{
	sqlite3_stmt *put = s->statements[PUT];
	uint8_t packed[PACKED_MAX(sizeof(*v))], digest[SHA256_LEN], sum[SHA256_LEN];
	const struct bytes record = bytes_of(packed, packed_make(v, sizeof(*v), packed));
	int r = digest_sha256(record, digest);

	if (r == 0)
		r = admission_bind(put, 5, v, sum);
	if (r < 0)
		return r;
	(void)sqlite3_bind_int(put, 1, v->decision.zone != ZONE_QUARANTINE);
	statement_bind_text(put, 2, bytes_of_string(s->layout));
	statement_bind(put, 3, BYTES(digest));
	statement_bind(put, 4, record);
	return statement_run(s, PUT);
}

static int put_input(struct store *s, const uint8_t device[static SHA256_LEN], enum input_kind kind, size_t position,
		     struct bytes input)
{
	sqlite3_stmt *put = s->statements[PUT_INPUT];

	statement_bind(put, 1, bytes_of(device, SHA256_LEN));
	(void)sqlite3_bind_int(put, 2, kind);
	(void)sqlite3_bind_int64(put, 3, (int64_t)position);
	statement_bind(put, 4, input);
	return statement_run(s, PUT_INPUT);
}

static int put_inputs(struct store *s, const uint8_t device[static SHA256_LEN], const struct signed_inputs *inputs)
{
	int r = statement_run_for_device(s, REMOVE_INPUTS, device);

	for (size_t i = 0; i < inputs->n_chain && r == 0; i++)
		r = put_input(s, device, INPUT_CHAIN, i, inputs->chain[i]);
	if (r == 0)
		r = put_input(s, device, INPUT_EVIDENCE, 0, inputs->evidence);
	for (size_t i = 0; i < inputs->n_labels && r == 0; i++)
		r = put_input(s, device, INPUT_LABEL, i, inputs->labels[i]);
	return r;
}

int store_put(struct store *s, const struct verdict *v, const struct signed_inputs *inputs)
{
	int r;

	if (v->facts.n_ueid > sizeof(v->facts.ueid))
		return -EINVAL;
	if (inputs && (inputs->n_chain > HALLMARK_CHAIN_MAX || inputs->n_labels > HALLMARK_LABELS_MAX))
		return -E2BIG;

	r = statement_save(s);
	if (r < 0)
		return r;
	r = put_verdict(s, v);
	if (r == 0 && inputs)
		r = put_inputs(s, v->facts.device, inputs);
	return statement_end_saved(s, r);
}

int store_remove(struct store *s, const uint8_t device[static SHA256_LEN])
{
	int r = statement_save(s);

	if (r < 0)
		return r;
	r = statement_run_for_device(s, REMOVE, device);
	if (r == 0)
		r = statement_run_for_device(s, REMOVE_INPUTS, device);
	return statement_end_saved(s, r);
}

/* --- Reading --- */

/* The columns of LOAD. */
enum load_column {
	LOAD_ROW,
	LOAD_LAYOUT,
	LOAD_DIGEST,
	LOAD_RECORD,
	LOAD_DEVICE,
};

/* The columns of LOAD_OTHER. */
enum load_other_column {
	LOAD_HAS_INPUTS,
	LOAD_ADMISSION, /* and all that follow */
};

/* Reads the record from the present row of LOAD. Returns false when it is damaged. */
static bool read_record(sqlite3_stmt *row, struct verdict *ret)
{
	struct bytes device = statement_column(row, LOAD_DEVICE);
	struct bytes digest = statement_column(row, LOAD_DIGEST), record = statement_column(row, LOAD_RECORD);
	uint8_t expected[SHA256_LEN];

	if (digest_sha256(record, expected) < 0 || !bytes_equal(digest, BYTES(expected)))
		return false;
	return packed_read(record, ret, sizeof(*ret)) && bytes_equal(device, BYTES(ret->facts.device));
}

/*
 * Reads the columns, and marks the rest as unknown. Returns false when they are not sound, or there are no signed
 * inputs to derive the rest from.
 */
static bool restore(sqlite3_stmt *row, struct verdict *ret)
{
	if (sqlite3_column_int(row, LOAD_HAS_INPUTS) == 0 || !admission_read(row, LOAD_ADMISSION, ret))
		return false;
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (i != CHECK_POSSESSION && i != CHECK_FRESHNESS && i != CHECK_SAME_DEVICE && i != CHECK_PLACE)
			ret->facts.checks[i] = check_absent(REASON_RESTORED);
	if (ret->facts.checks[CHECK_PLACE].reason == REASON_INTERNAL) /* the row is of before there was that check */
		ret->facts.checks[CHECK_PLACE] = check_absent(REASON_PLACE_UNSAID);
	ret->facts.rests_on = (struct dependencies){ .ids = { DEPENDENCY_ALL }, .n = 1 };
	memcpy(ret->decision.device, ret->facts.device, sizeof(ret->decision.device));
	ret->decision.zone = ZONE_QUARANTINE;
	ret->decision.rule = ret->decision.label = -1;
	ret->was_admitted = true; /* other verdicts are not stored */
	ret->is_restored = true;
	return true;
}

static bool restore_row(struct store *s, int64_t number, struct verdict *ret)
{
	bool is_restored;

	(void)sqlite3_bind_int64(s->statements[LOAD_OTHER], 1, number);
	is_restored = statement_fetch(s, LOAD_OTHER) > 0 && restore(s->statements[LOAD_OTHER], ret);
	statement_reset(s, LOAD_OTHER);
	return is_restored;
}

int store_load(struct store *s, void (*on_verdict)(const struct verdict *v, void *userdata), void *userdata)
{
	_cleanup_free_ struct verdict *v = malloc(sizeof(*v));
	sqlite3_stmt *row = s->statements[LOAD];
	int given = 0, restored = 0, skipped = 0, r;

	if (!v)
		return -ENOMEM;
	for (r = statement_fetch(s, LOAD); r > 0; r = statement_fetch(s, LOAD)) {
		bool is_ours = bytes_equal_string(statement_column(row, LOAD_LAYOUT), s->layout);

		if (is_ours ? !read_record(row, v) : !restore_row(s, sqlite3_column_int64(row, LOAD_ROW), v)) {
			skipped++;
			continue;
		}
		on_verdict(v, userdata);
		given++;
		restored += !is_ours;
	}
	statement_reset(s, LOAD);
	if (restored > 0)
		log_info("store: %d verdicts of another build of hallmarkd restored: zones stay, and the stored "
			 "signed inputs are judged again now",
			 restored);
	if (skipped > 0)
		log_warning("store: %d verdicts that are damaged, or of another build without signed inputs, are "
			    "left out: those devices must attest again",
			    skipped);
	return r < 0 ? r : given;
}

int store_ueid_owner(struct store *s, const uint8_t *ueid, size_t n, uint8_t ret_device[static SHA256_LEN])
{
	struct bytes device;
	int r;

	if (n == 0)
		return -ENOENT;
	statement_bind(s->statements[UEID_OWNER], 1, bytes_of(ueid, n));
	r = statement_fetch(s, UEID_OWNER);
	device = r > 0 ? statement_column(s->statements[UEID_OWNER], 0) : bytes_of(NULL, 0);
	if (device.n == SHA256_LEN)
		memcpy(ret_device, device.p, SHA256_LEN);
	else if (r >= 0)
		r = -ENOENT;
	statement_reset(s, UEID_OWNER);
	return r < 0 ? r : 0;
}

/* Copies the present row of INPUTS to its place. Returns 0, -EBADMSG for an impossible place, -ENOMEM. */
static int take_input(struct store *s, struct signed_inputs *ret)
{
	sqlite3_stmt *row = s->statements[INPUTS];
	int64_t position = sqlite3_column_int64(row, 1);
	struct bytes input = statement_column(row, 2);
	uint8_t *copy;

	if (s->n_held == HELD_MAX)
		return -EBADMSG;
	copy = bytes_dup(input);
	if (!copy)
		return -ENOMEM;
	s->held[s->n_held++] = copy;
	input.p = copy;

	switch (sqlite3_column_int(row, 0)) {
	case INPUT_CHAIN:
		if (position != (int64_t)ret->n_chain || position >= HALLMARK_CHAIN_MAX)
			return -EBADMSG;
		ret->chain[ret->n_chain++] = input;
		return 0;
	case INPUT_EVIDENCE:
		ret->evidence = input;
		return 0;
	case INPUT_LABEL:
		if (position != (int64_t)ret->n_labels || position >= HALLMARK_LABELS_MAX)
			return -EBADMSG;
		ret->labels[ret->n_labels++] = input;
		return 0;
	default:
		return -EBADMSG;
	}
}

int store_inputs(struct store *s, const uint8_t device[static SHA256_LEN], struct signed_inputs *ret)
{
	struct signed_inputs inputs = { 0 };
	int r;

	release_held(s);
	statement_bind(s->statements[INPUTS], 1, bytes_of(device, SHA256_LEN));
	for (r = statement_fetch(s, INPUTS); r > 0;) {
		r = take_input(s, &inputs);
		if (r == 0)
			r = statement_fetch(s, INPUTS);
	}
	statement_reset(s, INPUTS);
	if (r < 0)
		return r;
	if (s->n_held == 0)
		return -ENOENT;

	*ret = inputs;
	return 0;
}

int store_inputs_digest(struct store *s, const uint8_t device[static SHA256_LEN], uint8_t ret[static SHA256_LEN])
{
	_cleanup_(digest_freep) struct digest *d = digest_new();
	sqlite3_stmt *row = s->statements[INPUTS];
	int r, n = 0;

	memset(ret, 0, SHA256_LEN);
	if (!d)
		return -ENOMEM;
	digest_put(d, bytes_of_string(HALLMARK_INPUTS_ENCODING));
	statement_bind(row, 1, bytes_of(device, SHA256_LEN));
	for (r = statement_fetch(s, INPUTS); r > 0; r = statement_fetch(s, INPUTS), n++) {
		digest_put_number(d, sqlite3_column_int64(row, 0));
		digest_put(d, statement_column(row, 2));
	}
	statement_reset(s, INPUTS);
	if (r < 0 || n == 0)
		return r < 0 ? r : -ENOENT;
	return digest_end(d, ret);
}

int store_time_floor(struct store *s, int64_t *ret_sec)
{
	int r = statement_fetch(s, TIME_FLOOR);

	if (r >= 0)
		*ret_sec = r > 0 ? sqlite3_column_int64(s->statements[TIME_FLOOR], 0) : 0;
	statement_reset(s, TIME_FLOOR);
	return r < 0 ? r : 0;
}

int store_raise_time_floor(struct store *s, int64_t now_sec)
{
	(void)sqlite3_bind_int64(s->statements[RAISE_TIME_FLOOR], 1, now_sec);
	return statement_run(s, RAISE_TIME_FLOOR);
}

int store_set_time_floor(struct store *s, int64_t now_sec)
{
	(void)sqlite3_bind_int64(s->statements[SET_TIME_FLOOR], 1, now_sec);
	return statement_run(s, SET_TIME_FLOOR);
}

int store_held_since(struct store *s, int64_t *ret_sec)
{
	int r = statement_fetch(s, HELD_SINCE);

	if (r >= 0)
		*ret_sec = r > 0 ? sqlite3_column_int64(s->statements[HELD_SINCE], 0) : 0;
	statement_reset(s, HELD_SINCE);
	return r < 0 ? r : 0;
}

int store_set_held_since(struct store *s, int64_t since_sec)
{
	(void)sqlite3_bind_int64(s->statements[SET_HELD_SINCE], 1, since_sec);
	return statement_run(s, SET_HELD_SINCE);
}
