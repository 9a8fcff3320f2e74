/* SPDX-License-Identifier: Apache-2.0 */
/* Who may vouch: anchors, issuers with their schemes, and the registers they signed. Built once, never changed. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "appraise/appraise.h"
#include "appraise/labels.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/language.h"
#include "identity/identity.h"
#include "token/cose.h"
#include "token/pem.h"

#define ISSUER_ROWS 16 /* schemes, or makers, of one issuer */

_Static_assert(ISSUER_SIZE - 1 == 63 && ISSUER_ROWS == 16, "trust_issuer_fault() says so");
_Static_assert(ARRAY_SIZE(((struct issuer *)0)->schemes) == ISSUER_ROWS, "parse_list() reads this many");
_Static_assert(ARRAY_SIZE(((struct issuer *)0)->makers) == ISSUER_ROWS, "as many as are read");

DEFINE_CLEANUP(struct trust *, trust_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);

struct trust *trust_new(void)
{
	_cleanup_(trust_freep) struct trust *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->anchors = anchors_new();
	t->cache = label_cache_new();
	return t->anchors && t->cache ? TAKE_PTR(t) : NULL;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	anchors_free(t->anchors);
	for (size_t i = 0; i < t->n_issuers; i++)
		EVP_PKEY_free(t->issuers[i].key);
	free(t->issuers);
	for (size_t i = 0; i < t->n_registers; i++)
		label_register_done(&t->registers[i].reg);
	free(t->registers);
	for (size_t i = 0; i < t->n_standings; i++)
		status_list_done(&t->standings[i].list);
	free(t->standings);
	for (size_t i = 0; i < t->n_references; i++)
		free(t->references[i].token);
	free(t->references);
	free(t->index);
	label_cache_free(t->cache);
	free(t);
}

/* Reads "KR-CIC, SG-CLS" into rows of `size`. Returns 0, or -E2BIG for too many entries or one that is too long. */
static int parse_list(const char *text, char *rows, size_t size, size_t *n_rows)
{
	for (;;) {
		text += strspn(text, ", ");

		size_t n = strcspn(text, ", ");

		if (n == 0)
			return 0;
		if (n >= size || *n_rows == ISSUER_ROWS)
			return -E2BIG;
		memcpy(rows + (*n_rows)++ * size, text, n);
		text += n;
	}
}

static const struct issuer *find_key(const struct trust *t, const uint8_t key_id[static SHA256_LEN])
{
	for (size_t i = 0; i < t->n_issuers; i++)
		if (memcmp(t->issuers[i].key_id, key_id, SHA256_LEN) == 0)
			return &t->issuers[i];
	return NULL;
}

int trust_add_issuer(struct trust *t, const char *name, const char *schemes, struct bytes pem)
{
	struct issuer issuer = { 0 };
	int r = parse_list(schemes, issuer.schemes[0], sizeof(issuer.schemes[0]), &issuer.n_schemes);

	if (r < 0)
		return r;
	if (!bytes_to_text(bytes_of_string(name), issuer.name, sizeof(issuer.name)))
		return -E2BIG;

	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;

	r = key_decode_public(pem, &key);
	if (r < 0)
		return r;
	r = key_id(key, issuer.key_id);
	if (r < 0)
		return r;
	if (find_key(t, issuer.key_id))
		return -EEXIST;

	struct issuer *issuers = reallocarray(t->issuers, t->n_issuers + 1, sizeof(*issuers));

	if (!issuers)
		return -ENOMEM;
	t->issuers = issuers;
	issuer.key = TAKE_PTR(key);
	issuer.role = HALLMARK_ISSUER_TRANSCRIBER;
	issuers[t->n_issuers++] = issuer;
	return 0;
}

/* The issuer that has the key already. */
static const char *holder_of(const struct trust *t, struct bytes pem)
{
	_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
	uint8_t id[SHA256_LEN];
	const struct issuer *holder =
		key_decode_public(pem, &key) == 0 && key_id(key, id) == 0 ? find_key(t, id) : NULL;

	return holder ? holder->name : "";
}

bool trust_issuer_fault(const struct trust *t, struct bytes pem, int error, char *ret, size_t size)
{
	switch (error) {
	case -EEXIST:
		(void)snprintf(ret, size,
			       TO_TRANSLATE("another issuer has the same key, and a key tells whose a signature is; "
					    "give each "
					    "issuer a key of its own, or put all that this key may speak for into one "
					    "entry") ": \"%s\"",
			       holder_of(t, pem));
		return true;
	case -EBADMSG:
	case -ENOTSUP:
		(void)snprintf(ret, size, "%s",
			       pem_fault(pem, PEM_PUBLIC_KEY, TO_TRANSLATE("it holds no usable public key in PEM")));
		return true;
	case -E2BIG:
		(void)snprintf(
			ret, size, "%s",
			TO_TRANSLATE(
				"its name is not printable text of at most 63 bytes, or it has more than 16 schemes "
				"or 16 makers; correct the name as its labels have it, or name fewer, and have the "
				"rest signed with another key"));
		return true;
	default:
		return false;
	}
}

int trust_add_makers(struct trust *t, const char *makers)
{
	struct issuer *issuer = &t->issuers[t->n_issuers - 1];

	return parse_list(makers, issuer->makers[0], sizeof(issuer->makers[0]), &issuer->n_makers);
}

int trust_note_rules(struct trust *t, struct bytes rules)
{
	uint8_t both[2 * SHA256_LEN];
	int r = digest_sha256(rules, both);

	memcpy(both + SHA256_LEN, t->rules, SHA256_LEN);
	return r < 0 ? r : digest_sha256(BYTES(both), t->rules);
}

void trust_set_issuer_role(struct trust *t, enum hallmark_issuer_role role)
{
	t->issuers[t->n_issuers - 1].role = role;
}

/*
 * One statement outside the issuer's schemes and makers makes the register invalid: such an issuer does not keep to
 * them.
 */
static enum hallmark_reason register_check(const struct label_register *reg, const struct issuer *issuer,
					   int64_t now_sec)
{
	if (now_sec >= reg->exp_sec)
		return REASON_LABEL_EXPIRED;
	for (size_t i = 0; i < reg->n_labels; i++) {
		enum hallmark_reason reason = issuer_check(issuer, &reg->labels[i]);

		if (reason != REASON_ADMITTED)
			return reason;
	}
	return REASON_ADMITTED;
}

static int number_check(const struct label_register *reg, enum hallmark_reason *ret_reason)
{
	int n = label_register_find_twice(reg, NULL, 0);

	if (n > 0)
		*ret_reason = REASON_REGISTER_NUMBER_TWICE;
	return n < 0 ? n : 0;
}

static int register_mark(const struct label_register *reg, struct bytes in, struct set_mark *ret)
{
	const char *const parts[] = { reg->issuer };

	*ret = (struct set_mark){ .sequence = reg->sequence, .issued_sec = reg->iat_sec, .until_sec = reg->exp_sec };

	int r = digest_sha256(in, ret->hash);

	return r < 0 ? r : set_mark_identify(ret, SET_REGISTER, parts, ARRAY_SIZE(parts));
}

void trust_expect(struct trust *t, int64_t latest_sec, bool is_remembering)
{
	t->latest_sec = latest_sec;
	t->is_remembering = is_remembering;
	anchors_expect(t->anchors, latest_sec, is_remembering);
}

enum set_order trust_order(const struct trust *t, const struct set_mark *held, const struct set_mark *next)
{
	if (!t->is_remembering)
		return set_order(held, next);
	switch (set_order(next, held)) {
	case SET_ADVANCE:
		return SET_STEP_BACK;
	case SET_STEP_BACK:
		return SET_ADVANCE;
	case SET_SAME:
		break;
	}
	return SET_SAME;
}

bool trust_is_early(const struct trust *t, const struct set_mark *mark)
{
	return t->latest_sec > 0 && !t->is_remembering && mark->issued_sec > t->latest_sec;
}

static struct known_register *register_find(const struct trust *t, const struct set_mark *mark)
{
	for (size_t i = 0; i < t->n_registers; i++)
		if (strcmp(t->registers[i].mark.identity, mark->identity) == 0)
			return &t->registers[i];
	return NULL;
}

/* The index points into the registers: it is rebuilt before the old one is released. */
static int register_replace(struct trust *t, struct known_register *held, struct known_register *known)
{
	struct known_register old = *held;

	*held = *known;

	int r = index_build(t);

	if (r < 0) {
		*held = old;
		return r;
	}
	*known = old; /* the caller releases it */
	return 0;
}

static int register_append(struct trust *t, struct known_register *known)
{
	struct known_register *registers = reallocarray(t->registers, t->n_registers + 1, sizeof(*registers));

	if (!registers)
		return -ENOMEM;
	t->registers = registers;
	registers[t->n_registers++] = *known;

	int r = index_build(t);

	if (r < 0)
		t->n_registers--;
	else
		known->reg = (struct label_register){ 0 };
	return r;
}

static int register_keep(struct trust *t, struct known_register *known, enum hallmark_reason *ret_reason)
{
	struct known_register *held = register_find(t, &known->mark);

	if (!held)
		return register_append(t, known);
	switch (trust_order(t, &held->mark, &known->mark)) {
	case SET_ADVANCE:
		return register_replace(t, held, known);
	case SET_STEP_BACK:
		*ret_reason = REASON_REGISTER_OLDER;
		return 0;
	case SET_SAME:
		break;
	}
	return 0;
}

static void known_register_done(struct known_register *known)
{
	label_register_done(&known->reg);
}

int trust_add_register(struct trust *t, struct bytes in, int64_t now_sec, struct set_mark *ret_mark,
		       enum hallmark_reason *ret_reason)
{
	_cleanup_(known_register_done) struct known_register known = { 0 };
	struct signature signature;
	struct set_mark mark;
	struct sign1 token;
	int r = label_register_decode(in, &token, &known.reg, ret_reason);

	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;

	r = signature_verify(t, &token, known.reg.issuer, &signature);
	if (r < 0)
		return r;
	if (t->is_remembering)
		now_sec = 0; /* the next register must be newer than an expired one, too */
	*ret_reason = signature.issuer ? register_check(&known.reg, signature.issuer, now_sec) : signature.reason;
	if (*ret_reason != REASON_ADMITTED)
		return 0;

	r = register_mark(&known.reg, in, &mark);
	if (r < 0)
		return r;
	if (trust_is_early(t, &mark)) {
		*ret_reason = REASON_REGISTER_NOT_YET;
		return 0;
	}
	r = number_check(&known.reg, ret_reason);
	if (r < 0 || *ret_reason != REASON_ADMITTED)
		return r;
	known.mark = mark;
	r = register_keep(t, &known, ret_reason);
	if (r == 0 && *ret_reason == REASON_ADMITTED && ret_mark)
		*ret_mark = mark;
	return r;
}
