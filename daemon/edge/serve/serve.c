/* SPDX-License-Identifier: Apache-2.0 */
/* Requests come from the room edge/, submissions go to the core, answers come back. No decision is made here. */
#include "edge/serve/serve.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/prctl.h>
#include <systemd/sd-event.h>

#include "base/algorithms.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/handshake.h"
#include "base/log.h"
#include "base/timekeeper.h"
#include "edge/edge.h"
#include "edge/serve/allowance.h"
#include "edge/serve/edge_material.h"
#include "edge/serve/peers.h"
#include "edge/serve/response.h"
#include "hallmark/reason.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "ipc/sandbox.h"
#include "token/submission.h"

#define IN_FLIGHT_MAX 1024 /* requests pending at the core: more would only wait longer */
#define COUNTERS_USEC (2 * USEC_PER_SEC)

static const char link_format[] = "</" HALLMARK_PATH_ATTEST ">;rt=\"rats.verifier\";ct=\"62 263\","
				  "</" HALLMARK_PATH_ADMISSION ">;rt=\"hallmark.admission\"";

struct server {
	sd_event *event;
	sd_event_source *timer;
	struct edge_material *material;
	struct edge *edge;
	struct peers *peers;
	struct allowance *allowance;
	unsigned in_flight;
	uint64_t counters_due_usec;
};

/* Data of a session, and what it has used of its freshness (docs/protocol.md section 4.1). */
struct visit {
	struct peer peer; /* first member: peers_each_of() finds it by device */
	bool channel_spent;
	bool nonce_good;
	bool nonce_issued;
	uint8_t nonce[HALLMARK_HANDLE_LEN];
	uint64_t nonce_ends_usec;
};

static void server_free(struct server *s)
{
	edge_free(s->edge);
	peers_free(s->peers);
	allowance_free(s->allowance);
	edge_material_free(s->material);
	sd_event_source_unref(s->timer);
	sd_event_unref(s->event);
	free(s);
}

DEFINE_CLEANUP(struct server *, server_free);

static void respond(struct server *s, uint64_t id, const struct edge_response *response)
{
	log_debug("Edge %d answers request %llu with %u.%02u", (int)getpid(), (unsigned long long)id,
		  response->code >> 5u, response->code & 31u);
	(void)edge_respond(s->edge, id, response); /* a session that has ended needs no answer */
}

static uint8_t random_byte(void)
{
	uint8_t byte = 0;

	(void)RAND_bytes(&byte, 1); /* on failure 0 is good enough */
	return byte;
}

static void respond_problem(struct server *s, const struct edge_request *request, enum hallmark_reason reason)
{
	uint8_t space[HALLMARK_ANSWER_MAX];
	struct writer writer = WRITER(space);
	struct edge_response response = response_of_problem(reason, random_byte(), &writer);

	respond(s, request->id, &response);
}

static void on_open(struct session *session, void *userdata)
{
	struct server *s = userdata;
	struct visit *v = calloc(1, sizeof(*v));

	if (!v) {
		session_close(session); /* without it, the core could not end the session later */
		return;
	}
	memcpy(v->peer.device, session_device(session), sizeof(v->peer.device));
	v->peer.session = session;
	peers_add(s->peers, &v->peer);
	session_set_userdata(session, v);
}

static void on_close(struct session *session, void *userdata)
{
	struct server *s = userdata;
	struct visit *v = session_userdata(session);

	if (v)
		peers_remove(s->peers, &v->peer);
	free(v);
	session_set_userdata(session, NULL);
}

static struct ipc_origin origin_of(const struct session *session)
{
	return (struct ipc_origin){
		.address = session_peer(session)->sin6_addr,
		.ifindex = session_ifindex(session),
		.mark = session_mark(session),
	};
}

/* The device's own log says no more than "handshake failure", and whoever installs it asks the operator. */
static void on_failed(const struct session *session, const struct failed_handshake *what, void *userdata)
{
	struct ipc_record record = { .kind = IPC_FAILED };

	(void)userdata;
	record.failed.origin = origin_of(session);
	record.failed.port = ntohs(session_peer(session)->sin6_port);
	record.failed.what = *what;
	(void)ipc_send(EDGE_IPC, &record, NULL); /* the counters have it in any case */
}

static void ask_core(struct server *s, const struct edge_request *request, struct ipc_record *record,
		     const struct ipc_inputs *inputs)
{
	int r = s->in_flight < IN_FLIGHT_MAX ? ipc_send(EDGE_IPC, record, inputs) : -EAGAIN;

	if (r < 0)
		respond_problem(s, request, REASON_BUSY);
	else
		edge_set_in_flight(s->edge, ++s->in_flight);
}

/* Takes the session's freshness and marks it as used: whatever the result, no second submission may use it. */
static void spend_freshness(const struct edge_request *request, struct visit *v, struct ipc_session *ret)
{
	uint64_t now = clock_monotonic_usec();

	ret->channel_good = !v->channel_spent &&
			    now - session_established_usec(request->session) <= HALLMARK_CHANNEL_SEC * USEC_PER_SEC;
	ret->nonce_issued = v->nonce_issued;
	ret->nonce_good = v->nonce_good && now < v->nonce_ends_usec;
	memcpy(ret->nonce, v->nonce, sizeof(ret->nonce));
	v->channel_spent = true;
	v->nonce_good = false;
}

/* Returns false when the session has no handshake to show. */
static bool describe_session(const struct edge_request *request, struct visit *v, struct ipc_submission *ret,
			     struct ipc_inputs *ret_inputs)
{
	struct handshake handshake;
	bool is_whole = session_handshake(request->session, &handshake);

	ret->origin = origin_of(request->session);
	memcpy(ret->device, v->peer.device, sizeof(ret->device));
	ret->session.content_format = request->content_format;
	spend_freshness(request, v, &ret->session);
	if (is_whole) {
		memcpy(ret->session.master_secret, handshake.master_secret, sizeof(ret->session.master_secret));
		ret_inputs->messages = handshake.messages;
		ret_inputs->certificate_verify = handshake.certificate_verify;
	}
	OPENSSL_cleanse(handshake.master_secret, sizeof(handshake.master_secret));
	return is_whole;
}

static void attest(struct server *s, const struct edge_request *request)
{
	struct ipc_record record = { .kind = IPC_SUBMISSION, .id = request->id };
	struct ipc_inputs inputs = { .body = request->body };
	struct visit *v = session_userdata(request->session);

	if (!v)
		respond_problem(s, request, REASON_INTERNAL);
	else if (!allowance_take(s->allowance, v->peer.device, clock_monotonic_usec()))
		respond_problem(s, request, REASON_TOO_OFTEN);
	else if (!describe_session(request, v, &record.submission, &inputs))
		respond_problem(s, request, REASON_INTERNAL);
	else
		ask_core(s, request, &record, &inputs);
	OPENSSL_cleanse(&record.submission.session, sizeof(record.submission.session));
}

/* A beacon, so that the core knows how old it is, and as many random bytes, so that no two are equal. */
static int make_nonce(const struct server *s, uint8_t ret[static HALLMARK_HANDLE_LEN])
{
	const uint8_t *beacon = edge_newest_beacon(s->edge);

	if (!beacon)
		return -EAGAIN;
	memcpy(ret, beacon, BEACON_LEN);
	return RAND_bytes(ret + BEACON_LEN, HALLMARK_HANDLE_LEN - BEACON_LEN) == 1 ? 0 : -EIO;
}

static void challenge(struct server *s, const struct edge_request *request)
{
	struct visit *f = session_userdata(request->session);
	uint8_t body[128];
	struct writer writer = WRITER(body);

	if (!f || make_nonce(s, f->nonce) < 0 || challenge_encode(BYTES(f->nonce), HALLMARK_NONCE_SEC, &writer) < 0) {
		respond_problem(s, request, REASON_INTERNAL);
		return;
	}
	f->nonce_issued = f->nonce_good = true;
	f->nonce_ends_usec = clock_monotonic_usec() + HALLMARK_NONCE_SEC * USEC_PER_SEC;
	respond(s, request->id,
		&(struct edge_response){
			.code = COAP_CODE(2, 5), .content_format = HALLMARK_CF_CBOR, .body = writer_bytes(&writer) });
}

static void admission(struct server *s, const struct edge_request *request)
{
	struct ipc_record record = { .kind = IPC_ADMISSION, .id = request->id };
	const struct visit *v = session_userdata(request->session);

	record.admission.origin = origin_of(request->session);
	if (!v) {
		respond_problem(s, request, REASON_INTERNAL);
		return;
	}
	memcpy(record.admission.device, v->peer.device, sizeof(record.admission.device));
	ask_core(s, request, &record, NULL);
}

static void discovery(struct server *s, const struct edge_request *request)
{
	respond(s, request->id,
		&(struct edge_response){ .code = COAP_CODE(2, 5),
					 .content_format = HALLMARK_CF_LINK,
					 .body = bytes_of_string(link_format) });
}

static const struct {
	const char *path;
	enum edge_method method;
	void (*handle)(struct server *s, const struct edge_request *request);
} resources[] = {
	{ HALLMARK_PATH_DISCOVERY, EDGE_GET, discovery },
	{ HALLMARK_PATH_ATTEST, EDGE_GET, challenge },
	{ HALLMARK_PATH_ATTEST, EDGE_POST, attest },
	{ HALLMARK_PATH_ADMISSION, EDGE_GET, admission },
};

static void on_request(const struct edge_request *request, void *userdata)
{
	struct server *s = userdata;
	bool known_path = false;

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		if (strcmp(resources[i].path, request->path) != 0)
			continue;
		if (resources[i].method == request->method) {
			resources[i].handle(s, request);
			return;
		}
		known_path = true;
	}
	respond(s, request->id,
		&(struct edge_response){ .code = known_path ? COAP_CODE(4, 5) : COAP_CODE(4, 4),
					 .content_format = EDGE_NO_FORMAT });
}

static void on_answer(struct server *s, const struct ipc_record *record)
{
	uint8_t space[HALLMARK_ANSWER_MAX];
	struct writer writer = WRITER(space);
	struct edge_response response = response_of_answer(&record->answer, random_byte(), &writer);

	edge_set_in_flight(s->edge, --s->in_flight);
	respond(s, record->id, &response);
}

static void end_session(struct session *session, void *userdata)
{
	(void)userdata;
	session_close(session);
}

static void on_end(struct server *s, const struct ipc_end *end)
{
	for (size_t i = 0; i < end->n; i++)
		peers_each_of(s->peers, end->devices[i], end_session, NULL);
}

static int schedule(struct server *s);

static int on_ipc(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	static struct ipc_message message; /* 80 KiB: too large for the stack */
	struct server *s = userdata;

	(void)source;
	(void)revents;
	while (true) {
		int r = ipc_receive(fd, IPC_TO_EDGE, &message);

		if (r == -EAGAIN)
			return schedule(s); /* ends the sessions that are marked */
		if (r > 0 && message.record.kind == IPC_ANSWER && s->in_flight > 0)
			on_answer(s, &message.record);
		else if (r > 0 && message.record.kind == IPC_CLOCK)
			log_set_level(message.record.clock.log_level); /* an edge needs no time */
		else if (r > 0 && message.record.kind == IPC_BEACON)
			edge_add_beacon(s->edge, message.record.beacon.bytes);
		else if (r > 0 && message.record.kind == IPC_END)
			on_end(s, &message.record.end);
		else
			return sd_event_exit(s->event, r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
}

static void send_counters(struct server *s, uint64_t now_usec)
{
	struct ipc_record record = { .kind = IPC_COUNTERS };

	if (now_usec < s->counters_due_usec)
		return;
	edge_get_counters(s->edge, &record.counters);
	(void)ipc_send(EDGE_IPC, &record, NULL); /* the next counters replace lost ones */
	s->counters_due_usec = now_usec + COUNTERS_USEC;
}

/* Does what is due in the edge and sets the timer for the next time. */
static int schedule(struct server *s)
{
	uint64_t now = clock_monotonic_usec();
	uint64_t next = edge_on_timer(s->edge, now);

	send_counters(s, now);
	if (next > s->counters_due_usec)
		next = s->counters_due_usec;
	if (sd_event_source_set_time(s->timer, next) < 0)
		return -EIO;
	return sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static int on_socket(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct server *s = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	edge_on_readable(s->edge);
	return schedule(s);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	return schedule(userdata);
}

static int make_tables(struct server *s)
{
	const struct edge_limits *limits = &s->material->limits;
	int r = peers_new(limits->sessions, &s->peers);

	if (r >= 0)
		r = allowance_new(limits->device_attestations, &s->allowance);
	return r < 0 ? log_errno(r, "The edge cannot set up its tables of devices") : 0;
}

static int server_new(struct server **ret)
{
	static const struct edge_callbacks callbacks = {
		.on_request = on_request, .on_open = on_open, .on_close = on_close, .on_failed = on_failed
	};
	_cleanup_(server_freep) struct server *s = calloc(1, sizeof(*s));
	struct timekeeper_record clock;
	int r;

	if (!s)
		return log_errno(-ENOMEM, "The edge cannot start");
	r = ipc_receive_clock(EDGE_IPC, IPC_TO_EDGE, &clock);
	if (r < 0)
		return log_errno(r, "The edge did not receive the time from the core");
	log_set_level(clock.log_level);
	r = edge_material_open(EDGE_MATERIAL, &s->material);
	if (r < 0)
		return log_errno(r, "The edge cannot read its certificate, key and limits");
	r = make_tables(s);
	if (r < 0)
		return r;
	r = edge_new(EDGE_SOCKET, s->material->certificate, s->material->key, &s->material->limits, &callbacks, s,
		     &s->edge);
	if (r < 0)
		return log_errno(r, "Cannot use the gateway's certificate and key; do they belong together?");
	edge_share_cookies(s->edge, s->material->cookie_secret);

	r = sd_event_new(&s->event);
	if (r >= 0)
		r = sd_event_add_io(s->event, NULL, EDGE_SOCKET, EPOLLIN, on_socket, s);
	if (r >= 0)
		r = sd_event_add_io(s->event, NULL, EDGE_IPC, EPOLLIN, on_ipc, s);
	if (r >= 0)
		r = sd_event_add_time(s->event, &s->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, s);
	if (r < 0)
		return log_errno(r, "The edge cannot set up its event loop");
	*ret = TAKE_PTR(s);
	return 0;
}

int edge_run(void)
{
	_cleanup_(server_freep) struct server *s = NULL;
	struct ipc_record ready = { .kind = IPC_READY };
	int r;

	(void)prctl(PR_SET_NAME, "hallmarkd-edge"); /* else the name would be that of /proc/self/exe */
	if (sandbox_enter(SANDBOX_EDGE) < 0)
		return EXIT_FAILURE;
	/* OpenSSL's configuration is a file, and an edge has none */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		return EXIT_FAILURE;
	r = algorithms_narrow();
	if (r < 0)
		(void)log_errno(r, "OpenSSL lacks what certificates are decoded with");
	if (r < 0 || server_new(&s) < 0)
		return EXIT_FAILURE;
	if (ipc_send(EDGE_IPC, &ready, NULL) < 0)
		return EXIT_FAILURE;
	return sd_event_loop(s->event) == EXIT_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
