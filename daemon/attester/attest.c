/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshake → handle → evidence → submission → result. Reads the files that the options name. The claims come from the
 * command line; a real device would measure them.
 */
#include "attester/attest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>

#include "attester/gateway.h"
#include "attester/options.h"
#include "attester/place.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "token/cose.h"
#include "token/evidence.h"
#include "token/pem.h"
#include "token/submission.h"

DEFINE_CLEANUP(struct client *, client_close);

/* One byte more than the largest allowed file, so that a larger one is detected. */
struct file {
	uint8_t *p; /* owned */
	size_t n;
};

struct device {
	const struct options *options;
	EVP_PKEY *key;          /* owned: of the certificate; signs the evidence */
	EVP_PKEY *verifier_key; /* owned; NULL: results are not verified */
	struct file labels[HALLMARK_LABELS_MAX];
};

static int load(const char *path, struct file *ret)
{
	int r = file_read(path, HALLMARK_TOKEN_MAX, &ret->p, &ret->n);

	if (r == -EFBIG || (r == 0 && ret->n == 0)) {
		log_error("%s: %s; a file here has 1 to %u bytes", path, r < 0 ? "too large" : "empty",
			  HALLMARK_TOKEN_MAX);
		return -E2BIG;
	}
	return r < 0 ? log_errno(r, "%s", path) : 0;
}

/* Clears the memory: it may have held a key. */
static void file_done(struct file *f)
{
	if (f->p)
		OPENSSL_cleanse(f->p, f->n);
	free(f->p);
}

static void device_done(struct device *d)
{
	EVP_PKEY_free(d->key);
	EVP_PKEY_free(d->verifier_key);
	for (size_t i = 0; i < HALLMARK_LABELS_MAX; i++)
		file_done(&d->labels[i]);
}

static int key_read(const char *path, enum pem_wanted wanted, EVP_PKEY **ret)
{
	_cleanup_(file_done) struct file file = { 0 };
	const char *fault = NULL;
	int r;

	r = load(path, &file);
	if (r < 0)
		return r;

	r = pem_key_decode(bytes_of(file.p, file.n), wanted, ret, &fault);
	if (r < 0)
		log_error("%s: %s", path, fault);
	return r;
}

static int device_init(const struct options *o, struct device *d)
{
	int r;

	*d = (struct device){ .options = o };
	r = key_read(o->key, PEM_PRIVATE_KEY, &d->key);
	if (r < 0)
		return r;

	if (o->verifier_key) {
		r = key_read(o->verifier_key, PEM_PUBLIC_KEY, &d->verifier_key);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < o->n_labels; i++) {
		r = load(o->labels[i], &d->labels[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int ask_nonce(struct client *client, struct answer *answer, uint8_t *ret_handle)
{
	const struct request request = { .path = HALLMARK_PATH_ATTEST };
	struct bytes nonce;
	unsigned lifetime_sec;
	int r;

	r = client_exchange(client, &request, answer);
	if (r < 0 || answer->code != 205)
		return r;

	r = challenge_decode(bytes_of(answer->body, answer->n), &nonce, &lifetime_sec);
	if (r < 0 || nonce.n != HALLMARK_HANDLE_LEN) {
		log_error("the answer to GET /attest is not a nonce of %u bytes", HALLMARK_HANDLE_LEN);
		return -EBADMSG;
	}
	memcpy(ret_handle, nonce.p, nonce.n);
	return 0;
}

static int make_submission(const struct device *d, const uint8_t *handle, const struct place *place,
			   struct writer *body)
{
	struct evidence evidence = d->options->claims;
	struct submission submission = { .n_labels = d->options->n_labels };
	uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(token);
	int r;

	evidence.nonces[0] = bytes_of(handle, HALLMARK_HANDLE_LEN);
	evidence.n_nonces = 1;
	evidence.place = place_said_of(place);
	r = evidence_sign(&evidence, NULL, d->key, &w);
	if (r == -EINVAL)
		log_error("a claim has a wrong form; --help shows the forms of --oemid and "
			  "--hwmodel");
	else if (r < 0)
		(void)log_errno(r, "the evidence cannot be signed");
	if (r < 0)
		return r;

	submission.evidence = writer_bytes(&w);
	for (size_t i = 0; i < submission.n_labels; i++)
		submission.labels[i] = bytes_of(d->labels[i].p, d->labels[i].n);
	r = submission_encode(&submission, body);
	if (r < 0)
		log_error("evidence and labels together are over %u bytes; send fewer labels", HALLMARK_BODY_MAX);
	return r;
}

static int submit(const struct device *d, struct client *client, const uint8_t *handle, struct answer *answer)
{
	uint8_t body[HALLMARK_BODY_MAX];
	struct writer w = WRITER(body);
	struct place place;
	int r;

	client_place(client, d->options->no_link, &place);
	r = make_submission(d, handle, &place, &w);
	if (r < 0)
		return r;

	const struct request request = {
		.post = true,
		.path = HALLMARK_PATH_ATTEST,
		.content_format = HALLMARK_CF_MULTIPART,
		.body = writer_bytes(&w),
	};

	return client_exchange(client, &request, answer);
}

/* One submission with a handle of the given kind. After an answer of 4.xx or 5.xx *ret_result is unchanged. */
static int attest_once(const struct device *d, struct client *client, bool nonce, struct answer *answer,
		       struct result *ret_result)
{
	uint8_t handle[HALLMARK_HANDLE_LEN];
	int r;

	if (nonce) {
		r = ask_nonce(client, answer, handle);
		if (r < 0 || answer->code != 205)
			return r;
	} else {
		r = client_channel_value(client, handle);
		if (r < 0)
			return r;
	}

	r = submit(d, client, handle, answer);
	if (r < 0 || answer->code >= 400)
		return r;
	return result_decode(answer, d->verifier_key, handle, ret_result);
}

static int ask_admission(const struct device *d, struct client *client, struct answer *answer,
			 struct result *ret_result)
{
	const struct request request = { .path = HALLMARK_PATH_ADMISSION };
	int r;

	r = client_exchange(client, &request, answer);
	if (r < 0 || answer->code >= 400)
		return r;
	return result_decode(answer, d->verifier_key, NULL, ret_result);
}

static int converse(const struct device *d, struct client *client, bool admission, struct attestation *a)
{
	int r;

	if (admission)
		return ask_admission(d, client, &a->answer, &a->result);

	r = attest_once(d, client, d->options->nonce, &a->answer, &a->result);
	if (r < 0 || a->answer.code >= 400 || !result_has_reason(&a->result.ear, REASON_CHANNEL_SPENT))
		return r;

	log_notice("the gateway no longer accepts the channel value; trying again with a nonce");
	return attest_once(d, client, true, &a->answer, &a->result);
}

/* Tries each that was not tried yet. Returns 0, -EINVAL as client_open() does, or -EHOSTUNREACH. */
static int try_new(const struct options *o, const struct credentials *credentials, struct gateways *g, size_t *n_tried,
		   struct client **ret)
{
	while (*n_tried < g->n) {
		struct gateway *gateway = &g->at[(*n_tried)++];
		int r;

		place_towards(&gateway->address, &gateway->place);
		r = client_open(gateway, credentials, o->timeout_sec, ret);
		if (r == 0 || r == -EINVAL)
			return r;
	}
	return -EHOSTUNREACH;
}

/* One place after the other, until a gateway shows that it is ours: the one of before comes first. */
static int search(const struct options *o, const struct credentials *credentials, struct gateways *g, size_t *n_tried,
		  struct client **ret)
{
	int r = try_new(o, credentials, g, n_tried, ret);

	for (enum gateway_source source = 0; r == -EHOSTUNREACH && source < _GATEWAY_SOURCE_MAX; source++) {
		gateways_look(g, source);
		r = try_new(o, credentials, g, n_tried, ret);
		if (r == 0)
			log_notice("the gateway is %s", g->at[*n_tried - 1].text);
	}
	if (r == -EHOSTUNREACH)
		log_error("no gateway has been found; it looked at %s", g->looked);
	return r;
}

static int reach(const struct options *o, const struct credentials *credentials, struct gateways *g,
		 struct client **ret)
{
	size_t n_tried = 0;
	int r;

	g->looked[0] = '\0';
	g->n = g->is_found && !o->gateway ? 1 : 0;
	g->is_found = false;
	if (o->gateway) {
		r = gateways_add_told(g, o->gateway);
		if (r == 0)
			r = try_new(o, credentials, g, &n_tried, ret);
	} else {
		r = search(o, credentials, g, &n_tried, ret);
	}
	if (r < 0)
		return r;
	g->at[0] = g->at[n_tried - 1];
	g->n = 1;
	g->is_found = true;
	return 0;
}

enum outcome attest(const struct options *options, bool admission, struct gateways *gateways, struct attestation *ret)
{
	_cleanup_(device_done) struct device device = { 0 };
	_cleanup_(client_closep) struct client *client = NULL;
	int r;

	*ret = (struct attestation){ 0 };
	if (device_init(options, &device) < 0)
		return OUTCOME_USAGE;

	const struct credentials credentials = { options->certificate, device.key, options->ca };

	r = reach(options, &credentials, gateways, &client);
	if (r < 0)
		return r == -EINVAL ? OUTCOME_USAGE : OUTCOME_NO_ANSWER;
	if (converse(&device, client, admission, ret) < 0)
		return OUTCOME_NO_ANSWER;
	if (ret->answer.code >= 400)
		return OUTCOME_REFUSED;

	ret->result.gateway_authenticated = options->ca != NULL;
	return result_outcome(&ret->result.ear);
}

void attestation_show(const struct attestation *a, enum outcome outcome, bool json, FILE *out)
{
	if (outcome == OUTCOME_REFUSED)
		(json ? refusal_show_json : refusal_show)(&a->answer, out);
	else if (outcome <= OUTCOME_CONTRAINDICATED && json)
		result_show_json(&a->result, out);
	else if (outcome <= OUTCOME_CONTRAINDICATED)
		result_show(&a->result, clock_realtime_sec(), out);
}
