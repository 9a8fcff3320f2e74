/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester edge identity */
/*
 * The attester against a gateway: what it sends, what its exit status and its lines say of each answer, and when it asks again. The
 * gateway is a child with the daemon's edge on a loopback socket; it answers as the steps in `shared` say.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "attester/attest.h"
#include "attester/gateway.h"
#include "attester/options.h"
#include "attester/place.h"
#include "attester/serve.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "edge/edge.h"
#include "identity/handshake.h"
#include "limits_kit.h"
#include "log_kit.h"
#include "token/ear.h"
#include "token/evidence.h"
#include "token/submission.h"

#define LIFE_SEC 8000

static const uint8_t ueid[] = { 0x01, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t nonce[HALLMARK_HANDLE_LEN] = { 0x11, 0x22 };

/* --- the gateway --- */

enum what { RESULT = 0, PROBLEM, SILENCE };

/* The answer to one POST /attest or GET /admission; zeroed: affirmed. */
struct step {
	enum what what;
	enum ear_status status;
	enum hallmark_reason reason;
	uint8_t code;
	uint32_t max_age_sec, renew_sec;
	bool is_of_others, is_of_stranger, is_of_other_format;
};

static struct {
	struct step steps[4];
	unsigned at; /* the next of them */
	bool is_nonce_bad;
	bool is_leaving; /* sessions end behind the nonce */
	unsigned n_nonces, n_posts, n_admissions;
	unsigned n_labels; /* of the last submission */
	bool has_channel, has_nonce;
	uint8_t place[32]; /* as encoded in that */
	size_t n_place;
} * shared;

static struct pki_node ca, other_ca, gateway_node, maker, device;
static EVP_PKEY *result_key, *stranger_key;
static struct edge *edge;
static int gateway_fd;
static pid_t gateway_pid;

/* As the daemon derives it. */
static void channel_value_of(const struct session *session, uint8_t ret[static HALLMARK_HANDLE_LEN])
{
	struct handshake_proof proof;
	struct handshake handshake;

	must(session_handshake(session, &handshake) && handshake_verify(&handshake, device.key, &proof) == 0);
	memcpy(ret, proof.channel_value, sizeof(proof.channel_value));
}

static void respond_result(const struct edge_request *request, const struct step *step, bool is_admission)
{
	const int64_t now_sec = clock_realtime_sec();
	uint8_t body[HALLMARK_ANSWER_MAX];
	struct writer w = WRITER(body);
	struct ear ear = { .iat_sec = now_sec,
			   .exp_sec = now_sec + LIFE_SEC,
			   .n_handles = 1,
			   .verifier = "gate",
			   .policy = "home",
			   .zone = "trusted",
			   .status = step->status ? step->status : EAR_AFFIRMING,
			   .reasons = { step->reason },
			   .n_reasons = step->reason != REASON_ADMITTED,
			   .expires_first = "policy",
			   .renew_after_sec = now_sec + (step->renew_sec > 0 ? step->renew_sec : LIFE_SEC / 2) };

	channel_value_of(request->session, ear.handles[0]);
	if (shared->has_nonce && !is_admission)
		memcpy(ear.handles[0], nonce, sizeof(nonce));
	if (step->is_of_others)
		ear.handles[0][3] ^= 1;
	must(ear_sign(&ear, step->is_of_stranger ? stranger_key : result_key, &w) == 0);
	(void)edge_respond(edge, request->id,
			   &(struct edge_response){ .code = is_admission ? COAP_CODE(2, 5) : COAP_CODE(2, 4),
						    .content_format = step->is_of_other_format ? HALLMARK_CF_CBOR :
												 HALLMARK_CF_EAT_CWT,
						    .body = writer_bytes(&w) });
}

static void respond_step(const struct edge_request *request, bool is_admission)
{
	const struct step *step = &shared->steps[shared->at++];
	uint8_t body[HALLMARK_ANSWER_MAX];
	struct writer w = WRITER(body);

	if (step->what == RESULT)
		respond_result(request, step, is_admission);
	if (step->what != PROBLEM)
		return;
	must(problem_encode(step->reason, &w) == 0);
	(void)edge_respond(edge, request->id,
			   &(struct edge_response){ .code = step->code,
						    .content_format = HALLMARK_CF_PROBLEM,
						    .max_age_sec = step->max_age_sec,
						    .body = writer_bytes(&w) });
}

/* The claim, to the end of the addresses 127.0.0.1 and 127.0.0.1. */
static void note_place(struct bytes evidence)
{
	static const uint8_t key[] = { 0x3a, 0x00, 0x01, 0x11, 0x76 };
	const uint8_t *at = memmem(evidence.p, evidence.n, key, sizeof(key));
	size_t n = at ? (size_t)(evidence.p + evidence.n - at) : 0;

	shared->n_place = n < sizeof(shared->place) ? n : sizeof(shared->place);
	memcpy(shared->place, at ? at : evidence.p, shared->n_place);
}

static void note_submission(const struct edge_request *request)
{
	uint8_t value[HALLMARK_HANDLE_LEN];
	struct submission submission = { 0 };
	enum hallmark_reason reason;

	must(submission_decode(request->content_format, request->body, &submission, &reason) == 0 &&
	     reason == REASON_ADMITTED);
	channel_value_of(request->session, value);
	shared->n_posts++;
	shared->n_labels = (unsigned)submission.n_labels;
	shared->has_channel = memmem(submission.evidence.p, submission.evidence.n, value, sizeof(value)) != NULL;
	note_place(submission.evidence);
	shared->has_nonce = memmem(submission.evidence.p, submission.evidence.n, nonce, sizeof(nonce)) != NULL;
}

static void on_request(const struct edge_request *request, void *userdata)
{
	bool is_admission = strcmp(request->path, HALLMARK_PATH_ADMISSION) == 0;
	uint8_t body[128];
	struct writer w = WRITER(body);

	(void)userdata;
	if (request->method == EDGE_GET && !is_admission) {
		shared->n_nonces++;
		must(challenge_encode(bytes_of(nonce, sizeof(nonce) - (shared->is_nonce_bad ? 1 : 0)), 120, &w) == 0);
		(void)edge_respond(edge, request->id,
				   &(struct edge_response){ .code = COAP_CODE(2, 5),
							    .content_format = HALLMARK_CF_CBOR,
							    .body = writer_bytes(&w) });
		if (shared->is_leaving)
			session_close(request->session);
		return;
	}
	if (is_admission)
		shared->n_admissions++;
	else
		note_submission(request);
	respond_step(request, is_admission);
}

/* Until it is killed. */
static void be_gateway(void)
{
	static const struct edge_callbacks callbacks = { .on_request = on_request };
	char *certificate = pki_certificate_pem(&gateway_node), *key = pki_private_pem(gateway_node.key);
	struct pollfd p = { .fd = gateway_fd, .events = POLLIN };

	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0);
	must(edge_new(gateway_fd, bytes_of_string(certificate), bytes_of_string(key), &usual_limits, &callbacks, NULL,
		      &edge) == 0);
	edge_add_beacon(edge, (const uint8_t[BEACON_LEN]){ 1 });
	for (;;) {
		(void)poll(&p, 1, 20);
		edge_on_readable(edge);
		(void)edge_on_timer(edge, clock_monotonic_usec());
	}
}

/* Dual stack, as the daemon's. */
static int open_socket(uint16_t *ret_port)
{
	struct sockaddr_in6 own = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(own);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), off = 0, on = 1;

	must(fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) == 0 &&
	     bind(fd, (struct sockaddr *)&own, size) == 0 && getsockname(fd, (struct sockaddr *)&own, &size) == 0);
	*ret_port = ntohs(own.sin6_port);
	return fd;
}

/* --- the device --- */

static char folder[] = "/tmp/hallmark-attester-XXXXXX";
static char paths[16][64];
static size_t n_paths;
static struct options usual;
static char address[32];

/* A file that goes away with the folder. */
static const char *file_of(const char *name, const char *content, size_t n)
{
	char *path = paths[n_paths++];
	FILE *f;

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	f = fopen(path, "w");
	must(f && fwrite(content, 1, n, f) == n);
	must(fclose(f) == 0);
	return path;
}

static const char *file_of_pem(const char *name, char *pem)
{
	const char *path = file_of(name, pem, strlen(pem));

	free(pem);
	return path;
}

static const char *chain_file(void)
{
	_cleanup_free_ char *leaf = pki_certificate_pem(&device), *above = pki_certificate_pem(&maker), *both = NULL;

	must(asprintf(&both, "%s%s", leaf, above) > 0);
	return file_of("chain.pem", both, strlen(both));
}

static struct attestation got; /* of the last attempt */
static struct gateways gateways;

/* One attempt, of which the gateway makes this. */
static enum outcome attempt(const struct options *o, bool is_admission, struct step step)
{
	memset(shared, 0, sizeof(*shared));
	shared->steps[0] = step;
	return attest(o, is_admission, &gateways, &got);
}

/* The same, and how many lines said this. */
static enum outcome attempt_that_says(const struct options *o, struct step step, const char *line)
{
	enum outcome outcome;

	listen_in();
	outcome = attempt(o, false, step);
	assert_int_equal(count_said(line, true), 1);
	return outcome;
}

static const struct step affirmed = { 0 };

/* --- what is answered --- */

static void test_a_result(void **state)
{
	(void)state;
	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
	assert_string_equal(got.result.ear.zone, "trusted");
	assert_true(got.result.gateway_authenticated && got.result.signature_verified);
	assert_int_equal(shared->n_posts, 1);
	assert_int_equal(shared->n_nonces, 0);
	assert_true(shared->has_channel); /* the evidence is of this handshake */
	assert_int_equal(shared->n_labels, 1);

	assert_int_equal(attempt(&usual, false, (struct step){ .status = EAR_WARNING }), OUTCOME_WARNING);
	assert_int_equal(
		attempt(&usual, false, (struct step){ .status = EAR_CONTRAINDICATED, .reason = REASON_DEBUG_ENABLED }),
		OUTCOME_CONTRAINDICATED);
	assert_int_equal(got.result.ear.reasons[0], REASON_DEBUG_ENABLED);
}

/* A gateway, or a relay, on the device itself: the ends of that session are no place. */
static void test_no_place_on_loopback(void **state)
{
	(void)state;
	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
	assert_int_equal(shared->n_place, 0);
}

static void test_the_place(void **state)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000207) };
	struct sockaddr_in gateway = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	struct place_said said;
	struct place p;

	(void)state;
	place_find((const struct sockaddr *)&own, (const struct sockaddr *)&gateway, true, &p);
	said = place_said_of(&p);
	assert_int_equal(said.link.n, 0); /* of no interface here, and hidden */
	assert_int_equal(said.own.n, 4);
	assert_int_equal(said.gateway.n, 4);
	assert_memory_equal(said.own.p, &own.sin_addr, 4);
	assert_memory_equal(said.gateway.p, &gateway.sin_addr, 4);
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	place_find((const struct sockaddr *)&own, (const struct sockaddr *)&gateway, true, &p);
	assert_int_equal(place_said_of(&p).own.n, 0);
}

static void test_a_nonce(void **state)
{
	struct options o = usual;

	(void)state;
	o.nonce = true;
	assert_int_equal(attempt(&o, false, affirmed), OUTCOME_AFFIRMED);
	assert_int_equal(shared->n_nonces, 1);
	assert_true(shared->has_nonce && !shared->has_channel);

	memset(shared, 0, sizeof(*shared));
	shared->is_nonce_bad = true;
	listen_in();
	assert_int_equal(attest(&o, false, &gateways, &got), OUTCOME_NO_ANSWER);
	assert_int_equal(count_said("the answer to GET /attest is not a nonce of", true), 1);
	assert_int_equal(shared->n_posts, 0);
}

/* Where the gateway does not take the channel value any more, a nonce is asked for, once. */
static void test_a_channel_value_that_is_spent(void **state)
{
	const struct step spent = { .status = EAR_CONTRAINDICATED, .reason = REASON_CHANNEL_SPENT };

	(void)state;
	assert_int_equal(attempt(&usual, false, spent), OUTCOME_AFFIRMED);
	assert_int_equal(shared->n_posts, 2);
	assert_int_equal(shared->n_nonces, 1);
	assert_true(shared->has_nonce);

	memset(shared, 0, sizeof(*shared));
	shared->steps[0] = shared->steps[1] = spent;
	assert_int_equal(attest(&usual, false, &gateways, &got), OUTCOME_CONTRAINDICATED);
	assert_int_equal(shared->n_posts, 2);
}

static void test_an_admission(void **state)
{
	const struct step none = { .what = PROBLEM, .code = COAP_CODE(4, 4), .reason = REASON_NOT_ADMITTED };

	(void)state;
	assert_int_equal(attempt(&usual, true, affirmed), OUTCOME_AFFIRMED);
	assert_int_equal(shared->n_admissions, 1);
	assert_int_equal(shared->n_posts, 0);
	assert_int_equal(attempt(&usual, true, none), OUTCOME_REFUSED);
	assert_int_equal(got.answer.code, 404);
}

static void shown(enum outcome outcome, bool json, char *ret, size_t size)
{
	FILE *out = fmemopen(ret, size, "w");

	assert_non_null(out);
	attestation_show(&got, outcome, json, out);
	assert_int_equal(fclose(out), 0);
}

static void test_what_is_shown(void **state)
{
	const struct step busy = { .what = PROBLEM, .code = COAP_CODE(5, 3), .reason = REASON_BUSY, .max_age_sec = 17 };
	char text[4096];

	(void)state;
	assert_int_equal(attempt(&usual, false, busy), OUTCOME_REFUSED);
	assert_int_equal(got.answer.code, 503);
	assert_int_equal(got.answer.max_age_sec, 17);
	shown(OUTCOME_REFUSED, false, text, sizeof(text));
	assert_non_null(strstr(text, "5.03"));
	assert_non_null(strstr(text, "17"));
	shown(OUTCOME_REFUSED, true, text, sizeof(text));
	assert_int_equal(text[0], '{');
	assert_non_null(strstr(text, "busy"));

	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
	shown(OUTCOME_AFFIRMED, false, text, sizeof(text));
	assert_non_null(strstr(text, "gateway     gate, authenticated"));
	assert_non_null(strstr(text, "zone        trusted until "));
	shown(OUTCOME_AFFIRMED, true, text, sizeof(text));
	assert_int_equal(text[0], '{');
	assert_non_null(strstr(text, "\"trusted\""));

	memset(text, 0, sizeof(text));
	shown(OUTCOME_NO_ANSWER, false, text, sizeof(text)); /* its line was logged */
	assert_string_equal(text, "");
}

/* --- what is not believed --- */

static void test_what_is_not_believed(void **state)
{
	const struct step strange = { .is_of_stranger = true };
	struct options o = usual;

	(void)state;
	assert_int_equal(attempt_that_says(&usual, (struct step){ .is_of_others = true },
					   "the result is for other evidence: do not rely on it"),
			 OUTCOME_NO_ANSWER);
	assert_int_equal(attempt_that_says(&usual, strange, "the result is not signed with --verifier-key"),
			 OUTCOME_NO_ANSWER);
	assert_int_equal(attempt_that_says(&usual, (struct step){ .is_of_other_format = true },
					   "this is not a hallmark gateway"),
			 OUTCOME_NO_ANSWER);
	o.verifier_key = NULL; /* then nothing is said of the signature */
	assert_int_equal(attempt(&o, false, strange), OUTCOME_AFFIRMED);
	assert_false(got.result.signature_verified);
	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
}

static void test_another_ca(void **state)
{
	struct options o = usual;

	(void)state;
	o.ca = file_of_pem("other-ca.pem", pki_certificate_pem(&other_ca));
	assert_int_equal(attempt_that_says(&o, affirmed, "If so, one side refused the other"), OUTCOME_NO_ANSWER);
	assert_int_equal(shared->n_posts, 0); /* it hears nothing of this device */
	o.ca = NULL;
	assert_int_equal(attempt(&o, false, affirmed), OUTCOME_AFFIRMED);
	assert_false(got.result.gateway_authenticated);
}

/* --- no answer --- */

static void test_no_answer(void **state)
{
	struct options o = usual;
	char text[32];
	uint16_t port;
	int fd = open_socket(&port); /* where nobody reads */

	(void)state;
	o.timeout_sec = 1;
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	o.gateway = text;
	assert_int_equal(attempt_that_says(&o, affirmed, "no answer in 1 s; is hallmarkd running there"),
			 OUTCOME_NO_ANSWER);
	(void)close(fd);
	o.timeout_sec = 3; /* where nobody is */
	assert_int_equal(attempt_that_says(&o, affirmed, "does hallmarkd listen there?"), OUTCOME_NO_ANSWER);

	o = usual;
	o.timeout_sec = 5; /* the handshake is in time on a slow machine, too */
	assert_int_equal(attempt_that_says(&o, (struct step){ .what = SILENCE }, "no answer from /attest"),
			 OUTCOME_NO_ANSWER);
	assert_int_equal(shared->n_posts, 1);
	o.nonce = true;
	o.timeout_sec = 30;
	memset(shared, 0, sizeof(*shared));
	shared->is_leaving = true;
	listen_in();
	assert_int_equal(attest(&o, false, &gateways, &got), OUTCOME_NO_ANSWER);
	assert_int_equal(count_said("no answer from /attest: ", true), 1);
	assert_int_equal(shared->n_posts, 0);
	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
}

static void test_addresses(void **state)
{
	struct options o = usual;
	char text[32];

	(void)state;
	o.gateway = "127.0.0.1:99999";
	assert_int_equal(attempt_that_says(&o, affirmed, "--gateway \"127.0.0.1:99999\": not an address"),
			 OUTCOME_USAGE);
	o.gateway = "fe80::1%no-such"; /* which may come up later */
	assert_int_equal(attempt_that_says(&o, affirmed, "--gateway \"fe80::1%no-such\": "), OUTCOME_NO_ANSWER);
	(void)snprintf(text, sizeof(text), "[::1]%s", strchr(address, ':'));
	o.gateway = text;
	assert_int_equal(attempt(&o, false, affirmed), OUTCOME_AFFIRMED);
}

/* --- files --- */

static void test_files(void **state)
{
	static const char large[HALLMARK_TOKEN_MAX + 1] = { 1 };
	const char *const empty = file_of("empty", "", 0), *const garbage = file_of("garbage", "garbage", 7);
	const char *const others_key = file_of_pem("others.key", pki_private_pem(maker.key));
	const struct {
		const char *line, *key, *certificate, *ca, *verifier_key;
	} cases[] = {
		/* NULL: the good one */
		{ "/nonexistent/key: No such file", .key = "/nonexistent/key" },
		{ "empty: empty; a file here has 1 to ", .key = empty },
		{ "garbage: it holds nothing in PEM", .key = garbage },
		{ "--key must be the key of the first certificate in --cert", .key = others_key },
		{ "--cert takes a PEM file, the device's certificate first", .certificate = garbage },
		{ "--ca takes a PEM file of CA certificates", .ca = garbage },
		{ "garbage: it holds nothing in PEM", .verifier_key = garbage },
		{ "it holds a certificate, and a private key belongs here", .key = usual.certificate },
		{ "others.key: it holds a private key, and a public key belongs here", .verifier_key = others_key },
	};
	struct options o = usual;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		o = usual;
		o.key = cases[i].key ? cases[i].key : o.key;
		o.certificate = cases[i].certificate ? cases[i].certificate : o.certificate;
		o.ca = cases[i].ca ? cases[i].ca : o.ca;
		o.verifier_key = cases[i].verifier_key ? cases[i].verifier_key : o.verifier_key;
		assert_int_equal(attempt_that_says(&o, affirmed, cases[i].line), OUTCOME_USAGE);
		assert_int_equal(shared->n_posts, 0);
	}
	o = usual;
	o.labels[0] = file_of("large", large, sizeof(large));
	assert_int_equal(attempt_that_says(&o, affirmed, "large: too large; a file here has 1 to "), OUTCOME_USAGE);
	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
}

/* The key and its certificates in one file, in both orders. */
static void test_two_in_a_file(void **state)
{
	_cleanup_free_ char *key = pki_private_pem(device.key), *leaf = pki_certificate_pem(&device),
			    *above = pki_certificate_pem(&maker);
	const char *const orders[][3] = { { key, leaf, above }, { leaf, above, key } };
	struct options o = usual;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		char *both = NULL;

		assert_true(asprintf(&both, "%s%s%s", orders[i][0], orders[i][1], orders[i][2]) > 0);
		o.key = o.certificate = file_of_pem("both.pem", both);
		assert_int_equal(attempt(&o, false, affirmed), OUTCOME_AFFIRMED);
	}
}

static void test_a_claim_that_has_no_form(void **state)
{
	struct options o = usual;

	(void)state;
	(void)snprintf(o.claims.product.maker, sizeof(o.claims.product.maker), "nobody");
	assert_int_equal(attempt_that_says(&o, affirmed, "a claim has a wrong form; --help shows the forms"),
			 OUTCOME_NO_ANSWER);
	assert_int_equal(shared->n_posts, 0);
	assert_int_equal(attempt(&usual, false, affirmed), OUTCOME_AFFIRMED);
}

/* --- for ever --- */

static const struct step final = { .what = PROBLEM, .code = COAP_CODE(4, 0), .reason = REASON_MALFORMED };

/* Serves until the gateway's last step; how many lines said this. */
static unsigned serve_that_says(const struct options *o, FILE *out, enum outcome expected, const char *line)
{
	listen_in();
	assert_int_equal(serve(o, out), expected);
	return count_said(line, true);
}

static void test_it_asks_again(void **state)
{
	char text[4096] = "", *second;
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct options o = usual;

	(void)state;
	assert_non_null(out);
	o.json = true;
	memset(shared, 0, sizeof(*shared));
	shared->steps[0].renew_sec = 1;
	shared->steps[1] = final;
	assert_int_equal(serve_that_says(&o, out, OUTCOME_REFUSED, "zone trusted, affirming; next in "), 1);
	assert_int_equal(shared->n_posts, 2);
	assert_int_equal(shared->n_admissions, 0);
	assert_int_equal(fclose(out), 0);
	second = strchr(text, '\n'); /* a line for each answer */
	assert_true(second && second[1] == '{');
	assert_non_null(strstr(second, "malformed"));

	memset(shared, 0, sizeof(*shared));
	shared->steps[0] = final;
	assert_int_equal(
		serve_that_says(&usual, stdout, OUTCOME_REFUSED, "refused with 4.00: asking again would not help"), 1);
}

/* With --fast, what the gateway still holds is asked for first. */
static void test_it_begins_with_the_admission(void **state)
{
	struct options o = usual;

	(void)state;
	o.fast = true;
	memset(shared, 0, sizeof(*shared));
	shared->steps[0] = (struct step){ .what = PROBLEM, .code = COAP_CODE(4, 4), .reason = REASON_NOT_ADMITTED };
	shared->steps[1] = final;
	assert_int_equal(serve_that_says(&o, stdout, OUTCOME_REFUSED, "refused with 4.04; next in 0.0 s"), 1);
	assert_int_equal(shared->n_admissions, 1);
	assert_int_equal(shared->n_posts, 1);
}

static void test_it_ends_without_its_files(void **state)
{
	struct options o = usual;

	(void)state;
	o.key = "/nonexistent/key";
	assert_int_equal(serve_that_says(&o, stdout, OUTCOME_USAGE, "cannot attest; see the line above: asking again"),
			 1);
}

static void test_a_signal_ends_it(void **state)
{
	const uint64_t end_usec = clock_monotonic_usec() + 60 * USEC_PER_SEC;
	int status;
	pid_t pid;

	(void)state;
	memset(shared, 0, sizeof(*shared));
	pid = fork();
	if (pid == 0)
		_exit((int)serve(&usual, stdout) + 100);
	assert_true(pid > 0);
	while (*(volatile unsigned *)&shared->n_posts == 0 && clock_monotonic_usec() < end_usec)
		(void)usleep(1000);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- */

static void issue(void)
{
	ca = pki_issue(NULL, &(struct pki_request){ .name = "operator", .ca = true });
	other_ca = pki_issue(NULL, &(struct pki_request){ .name = "another operator", .ca = true });
	gateway_node = pki_issue(&ca, &(struct pki_request){ .name = "gateway" });
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	device = pki_issue(&maker, &(struct pki_request){ .serial = "0102030405060708" });
	result_key = pki_key_new(PKI_P256);
	stranger_key = pki_key_new(PKI_P256);
}

static int set_up(void **state)
{
	uint16_t port;

	(void)state;
	log_set_level(-1);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !mkdtemp(folder))
		return -1;
	issue();
	gateway_fd = open_socket(&port);
	gateway_pid = fork();
	if (gateway_pid == 0)
		be_gateway();
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	usual = (struct options){
		.gateway = address,
		.certificate = chain_file(),
		.key = file_of_pem("device.key", pki_private_pem(device.key)),
		.ca = file_of_pem("ca.pem", pki_certificate_pem(&ca)),
		.verifier_key = file_of_pem("result.pem", pki_public_pem(result_key)),
		.labels = { file_of("label", "any bytes", 9) },
		.n_labels = 1,
		.claims = { .ueid = BYTES(ueid),
			    .debug = DEBUG_DISABLED,
			    .product = { .maker = "pen:32473",
					 .model = "WP-700",
					 .swversion = "1.2.0",
					 .swversion_scheme = VERSION_SEMVER } },
		.timeout_sec = 30,
	};
	return gateway_pid > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)kill(gateway_pid, SIGKILL);
	(void)waitpid(gateway_pid, NULL, 0);
	for (size_t i = 0; i < n_paths; i++)
		(void)unlink(paths[i]);
	pki_done(&ca);
	pki_done(&other_ca);
	pki_done(&gateway_node);
	pki_done(&maker);
	pki_done(&device);
	EVP_PKEY_free(result_key);
	EVP_PKEY_free(stranger_key);
	(void)close(gateway_fd);
	(void)munmap(shared, sizeof(*shared));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_result),
		cmocka_unit_test(test_the_place),
		cmocka_unit_test(test_no_place_on_loopback),
		cmocka_unit_test(test_a_nonce),
		cmocka_unit_test(test_a_channel_value_that_is_spent),
		cmocka_unit_test(test_an_admission),
		cmocka_unit_test(test_what_is_shown),
		cmocka_unit_test(test_what_is_not_believed),
		cmocka_unit_test(test_another_ca),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_two_in_a_file),
		cmocka_unit_test(test_a_claim_that_has_no_form),
		cmocka_unit_test(test_it_asks_again),
		cmocka_unit_test(test_it_begins_with_the_admission),
		cmocka_unit_test(test_it_ends_without_its_files),
		cmocka_unit_test(test_a_signal_ends_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
