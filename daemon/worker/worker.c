/* SPDX-License-Identifier: Apache-2.0 */
/* Requests come from the edge, facts go to the core, answers come back. No decision is made here. */
#include "worker/worker.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/prctl.h>
#include <systemd/sd-event.h>

#include "appraise/appraise.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/handshake.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "edge/edge.h"
#include "hallmark/reason.h"
#include "identity/identity.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "token/submission.h"
#include "worker/allowance.h"
#include "worker/material_open.h"
#include "worker/peers.h"
#include "worker/pipeline.h"
#include "worker/response.h"
#include "worker/sandbox.h"

#define IN_FLIGHT_MAX    1024 /* requests pending at the core: more would only wait longer */
#define COUNTERS_USEC    (2 * USEC_PER_SEC)
#define UNSUPPORTED_USEC (60 * USEC_PER_SEC)

static const char link_format[] = "</" HALLMARK_PATH_ATTEST ">;rt=\"rats.verifier\";ct=\"62 263\","
				  "</" HALLMARK_PATH_ADMISSION ">;rt=\"hallmark.admission\"";

struct worker {
	sd_event *event;
	sd_event_source *timer;
	struct material *material;
	struct edge *edge;
	struct peers *peers;
	struct allowance *allowance;
	struct timekeeper_record clock;
	unsigned in_flight;
	uint64_t counters_due_usec;
	uint64_t unsupported_due_usec; /* no line about such a device before */
};

/* Data of a session, and what it has used of its freshness (docs/protocol.md section 4.1). */
struct visit {
	struct peer peer; /* first member: peers_each_of() finds it by device */
	bool has_device;  /* the certificate could be decoded */
	bool channel_spent;
	bool nonce_good;
	bool nonce_issued;
	uint8_t nonce[HALLMARK_HANDLE_LEN];
	uint64_t nonce_ends_usec;
};

static void worker_free(struct worker *w)
{
	edge_free(w->edge);
	peers_free(w->peers);
	allowance_free(w->allowance);
	material_free(w->material);
	sd_event_source_unref(w->timer);
	sd_event_unref(w->event);
	free(w);
}

DEFINE_CLEANUP(struct worker *, worker_free);

static void respond(struct worker *w, uint64_t id, const struct edge_response *response)
{
	log_debug("Worker %d answers request %llu with %u.%02u", (int)getpid(), (unsigned long long)id,
		  response->code >> 5u, response->code & 31u);
	(void)edge_respond(w->edge, id, response); /* a session that has ended needs no answer */
}

static uint8_t random_byte(void)
{
	uint8_t byte = 0;

	(void)RAND_bytes(&byte, 1); /* on failure 0 is good enough */
	return byte;
}

static void respond_problem(struct worker *w, const struct edge_request *request, enum hallmark_reason reason)
{
	uint8_t space[HALLMARK_ANSWER_MAX];
	struct writer writer = WRITER(space);
	struct edge_response response = response_of_problem(reason, random_byte(), &writer);

	respond(w, request->id, &response);
}

static void on_open(struct session *session, void *userdata)
{
	struct worker *w = userdata;
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct visit *v = calloc(1, sizeof(*v));

	if (!v) {
		session_close(session); /* without it, the core could not end the session later */
		return;
	}
	v->has_device = session_chain(session, chain) > 0 && identity_device(chain[0], v->peer.device) == 0;
	v->peer.session = session;
	if (v->has_device)
		peers_add(w->peers, &v->peer);
	session_set_userdata(session, v);
}

static void on_close(struct session *session, void *userdata)
{
	struct worker *w = userdata;
	struct visit *v = session_userdata(session);

	if (v && v->has_device)
		peers_remove(w->peers, &v->peer);
	free(v);
	session_set_userdata(session, NULL);
}

/*
 * The device's own log says no more than "handshake failure", and whoever installs it asks the operator. One line a minute: a device
 * tries again for ever.
 */
static void on_unsupported(const struct sockaddr_in6 *peer, unsigned ifindex, void *userdata)
{
	char address[INET6_ADDRSTRLEN];
	struct worker *w = userdata;
	uint64_t now = clock_monotonic_usec();

	if (now < w->unsupported_due_usec)
		return;
	w->unsupported_due_usec = now + UNSUPPORTED_USEC;
	log_warning(
		"Handshake of %s (interface %u) refused: the device's DTLS library does not offer the extended master "
		"secret (RFC 7627). Enable it in the device's firmware; hallmark-protocol(7), section 2",
		address_to_text(&peer->sin6_addr, address), ifindex);
}

static struct ipc_origin origin_of(const struct edge_request *request)
{
	return (struct ipc_origin){
		.address = session_peer(request->session)->sin6_addr,
		.ifindex = session_ifindex(request->session),
	};
}

static void ask_core(struct worker *w, const struct edge_request *request, struct ipc_record *record,
		     const struct signed_inputs *inputs)
{
	int r = w->in_flight < IN_FLIGHT_MAX ? ipc_send(WORKER_IPC, record, inputs) : -EAGAIN;

	if (r < 0)
		respond_problem(w, request, REASON_BUSY);
	else
		w->in_flight++;
}

/* Takes the session's freshness and marks it as used: whatever the result, no second submission may use it. */
static int spend_freshness(const struct edge_request *request, struct channel *ret)
{
	struct visit *f = session_userdata(request->session);
	uint64_t now = clock_monotonic_usec();

	if (!f)
		return -ENOMEM;

	*ret = (struct channel){
		.channel_good = !f->channel_spent &&
				now - session_established_usec(request->session) <= HALLMARK_CHANNEL_SEC * USEC_PER_SEC,
		.nonce_issued = f->nonce_issued,
		.nonce_good = f->nonce_good && now < f->nonce_ends_usec,
	};
	memcpy(ret->nonce, f->nonce, sizeof(ret->nonce));
	f->channel_spent = true;
	f->nonce_good = false;
	return 0;
}

static bool attests_too_often(struct worker *w, const struct edge_request *request)
{
	const struct visit *v = session_userdata(request->session);

	return v && v->has_device && !allowance_take(w->allowance, v->peer.device, clock_monotonic_usec());
}

static void attest(struct worker *w, const struct edge_request *request)
{
	struct ipc_record record = { .kind = IPC_SUBMISSION, .id = request->id };
	struct signed_inputs inputs = { 0 };
	struct bytes chain[HALLMARK_CHAIN_MAX];
	struct channel channel = { 0 };
	struct handshake handshake;
	enum hallmark_reason reason = REASON_INTERNAL;
	const struct attestation attestation = {
		.chain = chain,
		.n_chain = session_chain(request->session, chain),
		.channel = &channel,
		.handshake = &handshake,
		.content_format = request->content_format,
		.body = request->body,
	};
	int r;

	if (attests_too_often(w, request)) {
		respond_problem(w, request, REASON_TOO_OFTEN);
		return;
	}
	r = spend_freshness(request, &channel);
	record.submission.origin = origin_of(request);
	if (r == 0 && !session_handshake(request->session, &handshake))
		r = -EIO;
	if (r == 0)
		r = pipeline_appraise(&attestation, w->material->trust, &w->material->rules, timekeeper_read(&w->clock),
				      &record.submission.facts, &record.submission.fresh, &inputs, &reason);
	if (r < 0)
		reason = REASON_INTERNAL;
	OPENSSL_cleanse(handshake.master_secret, sizeof(handshake.master_secret));
	if (reason != REASON_ADMITTED) {
		respond_problem(w, request, reason);
		return;
	}
	ask_core(w, request, &record, &inputs);
}

/* A beacon, so that the core knows how old it is, and as many random bytes, so that no two are equal. */
static int make_nonce(const struct worker *w, uint8_t ret[static HALLMARK_HANDLE_LEN])
{
	const uint8_t *beacon = edge_newest_beacon(w->edge);

	if (!beacon)
		return -EAGAIN;
	memcpy(ret, beacon, BEACON_LEN);
	return RAND_bytes(ret + BEACON_LEN, HALLMARK_HANDLE_LEN - BEACON_LEN) == 1 ? 0 : -EIO;
}

static void challenge(struct worker *w, const struct edge_request *request)
{
	struct visit *f = session_userdata(request->session);
	uint8_t body[128];
	struct writer writer = WRITER(body);

	if (!f || make_nonce(w, f->nonce) < 0 || challenge_encode(BYTES(f->nonce), HALLMARK_NONCE_SEC, &writer) < 0) {
		respond_problem(w, request, REASON_INTERNAL);
		return;
	}
	f->nonce_issued = f->nonce_good = true;
	f->nonce_ends_usec = clock_monotonic_usec() + HALLMARK_NONCE_SEC * USEC_PER_SEC;
	respond(w, request->id,
		&(struct edge_response){
			.code = COAP_CODE(2, 5), .content_format = HALLMARK_CF_CBOR, .body = writer_bytes(&writer) });
}

static void admission(struct worker *w, const struct edge_request *request)
{
	struct ipc_record record = { .kind = IPC_ADMISSION, .id = request->id };
	const struct visit *v = session_userdata(request->session);

	record.admission.origin = origin_of(request);
	if (!v || !v->has_device) {
		respond_problem(w, request, REASON_CERTIFICATE_MALFORMED);
		return;
	}
	memcpy(record.admission.device, v->peer.device, sizeof(record.admission.device));
	ask_core(w, request, &record, NULL);
}

static void discovery(struct worker *w, const struct edge_request *request)
{
	respond(w, request->id,
		&(struct edge_response){ .code = COAP_CODE(2, 5),
					 .content_format = HALLMARK_CF_LINK,
					 .body = bytes_of_string(link_format) });
}

static const struct {
	const char *path;
	enum edge_method method;
	void (*handle)(struct worker *w, const struct edge_request *request);
} resources[] = {
	{ HALLMARK_PATH_DISCOVERY, EDGE_GET, discovery },
	{ HALLMARK_PATH_ATTEST, EDGE_GET, challenge },
	{ HALLMARK_PATH_ATTEST, EDGE_POST, attest },
	{ HALLMARK_PATH_ADMISSION, EDGE_GET, admission },
};

static void on_request(const struct edge_request *request, void *userdata)
{
	struct worker *w = userdata;
	bool known_path = false;

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		if (strcmp(resources[i].path, request->path) != 0)
			continue;
		if (resources[i].method == request->method) {
			resources[i].handle(w, request);
			return;
		}
		known_path = true;
	}
	respond(w, request->id,
		&(struct edge_response){ .code = known_path ? COAP_CODE(4, 5) : COAP_CODE(4, 4),
					 .content_format = EDGE_NO_FORMAT });
}

static void on_answer(struct worker *w, const struct ipc_record *record)
{
	uint8_t space[HALLMARK_ANSWER_MAX];
	struct writer writer = WRITER(space);
	struct edge_response response = response_of_answer(&record->answer, random_byte(), &writer);

	w->in_flight--;
	respond(w, record->id, &response);
}

static void end_session(struct session *session, void *userdata)
{
	(void)userdata;
	session_close(session);
}

static void on_end(struct worker *w, const struct ipc_end *end)
{
	for (size_t i = 0; i < end->n; i++)
		peers_each_of(w->peers, end->devices[i], end_session, NULL);
}

static int schedule(struct worker *w);

static void take_clock(struct worker *w, const struct timekeeper_record *clock)
{
	w->clock = *clock;
	log_set_level(clock->log_level);
}

static int on_ipc(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	static struct ipc_message message; /* 32 KiB: too large for the stack */
	struct worker *w = userdata;

	(void)source;
	(void)revents;
	while (true) {
		int r = ipc_receive(fd, IPC_TO_WORKER, &message);

		if (r == -EAGAIN)
			return schedule(w); /* ends the sessions that are marked */
		if (r > 0 && message.record.kind == IPC_ANSWER && w->in_flight > 0)
			on_answer(w, &message.record);
		else if (r > 0 && message.record.kind == IPC_CLOCK)
			take_clock(w, &message.record.clock);
		else if (r > 0 && message.record.kind == IPC_BEACON)
			edge_add_beacon(w->edge, message.record.beacon.bytes);
		else if (r > 0 && message.record.kind == IPC_END)
			on_end(w, &message.record.end);
		else
			return sd_event_exit(w->event, r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
}

static void send_counters(struct worker *w, uint64_t now_usec)
{
	struct ipc_record record = { .kind = IPC_COUNTERS };

	if (now_usec < w->counters_due_usec)
		return;
	edge_get_counters(w->edge, &record.counters);
	(void)ipc_send(WORKER_IPC, &record, NULL); /* the next counters replace lost ones */
	w->counters_due_usec = now_usec + COUNTERS_USEC;
}

/* Does what is due in the edge and sets the timer for the next time. */
static int schedule(struct worker *w)
{
	uint64_t now = clock_monotonic_usec();
	uint64_t next = edge_on_timer(w->edge, now);

	send_counters(w, now);
	if (next > w->counters_due_usec)
		next = w->counters_due_usec;
	if (sd_event_source_set_time(w->timer, next) < 0)
		return -EIO;
	return sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static int on_socket(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct worker *w = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	edge_on_readable(w->edge);
	return schedule(w);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	return schedule(userdata);
}

static int worker_new(struct worker **ret)
{
	static const struct edge_callbacks callbacks = {
		.on_request = on_request, .on_open = on_open, .on_close = on_close, .on_unsupported = on_unsupported
	};
	_cleanup_(worker_freep) struct worker *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	r = ipc_receive_clock(WORKER_IPC, IPC_TO_WORKER, &w->clock);
	if (r < 0)
		return log_errno(r, "Worker did not receive the time from the core");
	log_set_level(w->clock.log_level);
	r = material_open(WORKER_MATERIAL, timekeeper_read(&w->clock), &w->material);
	if (r < 0)
		return log_errno(r, "Worker cannot read its trust material");
	r = peers_new(w->material->limits.sessions, &w->peers);
	if (r < 0)
		return r;
	r = allowance_new(w->material->limits.device_attestations, &w->allowance);
	if (r < 0)
		return r;
	r = edge_new(WORKER_SOCKET, w->material->certificate, w->material->key, &w->material->limits, &callbacks, w,
		     &w->edge);
	if (r < 0)
		return log_errno(r, "Cannot use the gateway's certificate and key; do they belong together?");

	r = sd_event_new(&w->event);
	if (r >= 0)
		r = sd_event_add_io(w->event, NULL, WORKER_SOCKET, EPOLLIN, on_socket, w);
	if (r >= 0)
		r = sd_event_add_io(w->event, NULL, WORKER_IPC, EPOLLIN, on_ipc, w);
	if (r >= 0)
		r = sd_event_add_time(w->event, &w->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, w);
	if (r < 0)
		return log_errno(r, "Worker cannot set up its event loop");
	*ret = TAKE_PTR(w);
	return 0;
}

int worker_run(void)
{
	_cleanup_(worker_freep) struct worker *w = NULL;
	struct ipc_record ready = { .kind = IPC_READY };

	(void)prctl(PR_SET_NAME, "hallmarkd"); /* else the name would be that of /proc/self/exe */
	if (sandbox_enter() < 0)
		return EXIT_FAILURE;
	/* OpenSSL's configuration is a file, and a worker has none */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return EXIT_FAILURE;
	if (worker_new(&w) < 0)
		return EXIT_FAILURE;
	if (ipc_send(WORKER_IPC, &ready, NULL) < 0)
		return EXIT_FAILURE;
	return sd_event_loop(w->event) == EXIT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
