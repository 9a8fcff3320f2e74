/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge: assigns datagrams to sessions, manages the life of sessions, and gives requests to the handler. An unknown
 * peer gets only a cookie until it has returned that cookie.
 */
#include "edge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sessions.h"
#include "base/stage.h"
#include "edge/senders.h"
#include "edge/session.h"
#include "edge/transcript.h"
#include "edge/waiting.h"

#define BATCH        64 /* datagrams for each wake-up: bounds how long other event sources wait */
#define REQUESTS_SEC 10 /* requests of a session are counted over this time */
#define CROWDED_SEC  8 /* for which a handshake keeps its place while others wait: it was repeated after 1, 3 and 7 s */
#define BUSY         64 /* requests on their way: a handshake that begins now would be for nothing, if its own found no room */

/* Buffers for recvmmsg(). */
struct intake {
	struct mmsghdr headers[BATCH];
	struct iovec iovecs[BATCH];
	struct sockaddr_in6 peers[BATCH];
	union {
		struct cmsghdr align;
		uint8_t space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
	} controls[BATCH];
	uint8_t payloads[BATCH][DTLS_RECEIVE_MAX];
};

struct edge {
	int fd;
	uint64_t now_usec;
	struct edge_limits limits;
	struct edge_callbacks callbacks;
	void *userdata;

	struct dtls *dtls;
	struct sessions sessions;
	struct senders *senders;
	struct waiting *waiting;
	unsigned in_flight;      /* requests on their way to the core */
	unsigned turns;          /* while it is busy: so many of those that wait may begin */
	bool is_serving;         /* one that waited has its turn */
	struct session *serving; /* its datagram is being handled: must not be freed */
	struct edge_counters counters;
	struct intake intake;
};

DEFINE_CLEANUP(struct edge *, edge_free);
DEFINE_CLEANUP(struct transcript *, transcript_free);

static struct session_list *list_of(struct edge *e, enum session_state state)
{
	return &e->sessions.lists[state];
}

/* --- The end of a session --- */

static void end_session(struct edge *e, struct session *s)
{
	if (s->state == SESSION_ESTABLISHED && e->callbacks.on_close)
		e->callbacks.on_close(s, e->userdata);
	senders_remove(e->senders, s);
	sessions_remove(&e->sessions, s);
}

static void end_politely(struct edge *e, struct session *s)
{
	if (s->state == SESSION_ESTABLISHED)
		dtls_close(e->dtls, s->ssl, &s->route);
	end_session(e, s);
}

/* Of each sender only some are told: who tries without end has the same cause each time. */
static void fail_handshake(struct edge *e, struct session *s, enum hallmark_handshake_cause cause)
{
	attempt_end(&s->attempt, cause); /* if the attempt knows none */
	e->counters.handshake_failures++;
	e->counters.failures[s->attempt.what.cause]++;
	if (e->callbacks.on_failed && senders_may_tell(s->sender, e->now_usec))
		e->callbacks.on_failed(s, &s->attempt.what, e->userdata);
	end_session(e, s);
}

static void fail_late(struct edge *e, struct session *s)
{
	fail_handshake(e, s, HANDSHAKE_TIMEOUT);
}

static bool is_to_end(const struct session *s)
{
	return s->closing && !dialogue_is_waiting(&s->dialogue);
}

/* --- Handshake --- */

/* Returns false when the session has ended. */
static bool establish(struct edge *e, struct session *s)
{
	struct bytes messages, certificate_verify;

	if (!dtls_proved_possession(s->ssl) || !dtls_device(s->ssl, s->device) ||
	    !transcript_get(s->attempt.transcript, &messages, &certificate_verify)) {
		dtls_close(e->dtls, s->ssl, &s->route);
		fail_handshake(e, s, HANDSHAKE_PROTOCOL);
		return false;
	}
	dialogue_limit(&s->dialogue, dtls_max_fragment(s->ssl));
	e->counters.handshakes++;
	s->established_usec = e->now_usec;
	senders_move(e->senders, s, SESSION_ESTABLISHED);
	sessions_move(&e->sessions, s, SESSION_ESTABLISHED, e->now_usec);
	if (e->callbacks.on_open)
		e->callbacks.on_open(s, e->userdata);
	return true;
}

/* Returns false when the session has ended. */
static bool continue_handshake(struct edge *e, struct session *s)
{
	int r = dtls_handshake(s->ssl);

	if (r < 0) {
		fail_handshake(e, s, HANDSHAKE_PROTOCOL);
		return false;
	}
	if (r == 1)
		return establish(e, s);
	s->retransmit_usec = dtls_retransmit_usec(s->ssl, e->now_usec);
	return true;
}

static void displace(struct edge *e, struct session *s)
{
	if (s->state == SESSION_HANDSHAKING) {
		fail_handshake(e, s, HANDSHAKE_DISPLACED);
		return;
	}
	e->counters.displaced_sessions++;
	end_politely(e, s);
}

/*
 * Makes room for one more session of this sender: a device needs its session for one answer, and a new one costs it one handshake.
 * Two may have to go: one handshake of all, and one session of its own.
 */
static bool make_place(struct edge *e, const struct sender *sender, const struct route *from)
{
	struct session *s = NULL;

	do {
		if (!senders_make_place(e->senders, sender, from, e->now_usec, &s))
			return false;
		if (s)
			displace(e, s);
	} while (s);
	return true;
}

/* The same in the place of its old session, which stays when there is no place for another. */
static bool make_place_after(struct edge *e, const struct sender *sender, const struct route *from, struct session *old)
{
	bool has_place;

	if (!old)
		return make_place(e, sender, from);
	senders_remove(e->senders, old);
	has_place = make_place(e, sender, from);
	senders_add(e->senders, old->sender, old);
	return has_place;
}

static bool is_busy(const struct edge *e)
{
	return e->in_flight >= BUSY;
}

/* Known senders alone, so that nobody can fill the ring with what he invents. */
static bool may_wait(struct edge *e, const struct datagram *in, const struct session *old, const struct sender *sender)
{
	return !old && sender->is_known && waiting_add(e->waiting, sender, in, e->now_usec);
}

static struct session *begin(struct edge *e, const struct datagram *in, struct session *old, struct sender *sender)
{
	_cleanup_(transcript_freep) struct transcript *transcript = NULL;
	struct session *s = NULL;

	if (is_busy(e) && !e->is_serving && may_wait(e, in, old, sender))
		return NULL;
	transcript = transcript_new();
	if (transcript && make_place_after(e, sender, &in->route, old)) {
		if (old)
			end_session(e, old);
		s = sessions_add(&e->sessions, &in->route, e->now_usec);
	}
	if (!s) {
		if (!may_wait(e, in, old, sender))
			e->counters.refused_handshakes++;
		return NULL;
	}
	s->attempt.transcript = TAKE_PTR(transcript);
	s->ssl = dtls_take(e->dtls, &s->attempt);
	senders_add(e->senders, sender, s);
	memcpy(s->hello_random, dtls_hello_random(in->payload), DTLS_RANDOM_LEN);
	return s;
}

/*
 * For peers without a session, and for devices that lost theirs and start again from the same port. The old session
 * ends only when the cookie shows that the peer is at its address (RFC 6347 section 4.2.8). A handshake over the sender's
 * budget costs no more than checking its cookie.
 */
static struct session *admit(struct edge *e, const struct datagram *in, struct session *old)
{
	struct sender *sender;

	if (!dtls_hello_random(in->payload) || !dtls_listen(e->dtls, in))
		return NULL;
	sender = senders_of(e->senders, &in->route, e->now_usec);
	if (!sender || (!e->is_serving && !senders_may_begin(e->senders, sender, e->now_usec))) {
		e->counters.refused_handshakes++;
		return NULL;
	}
	return begin(e, in, old, sender);
}

/* --- Requests --- */

static void reply(struct edge *e, struct session *s, struct bytes message)
{
	if (message.n > 0)
		dtls_write(e->dtls, s->ssl, &s->route, message);
}

static void hand_over(struct edge *e, struct session *s, const struct outcome *what)
{
	const struct coap_message *m = &what->request->request;
	struct edge_request request = {
		.session = s,
		.id = what->request->request_id,
		.method = (enum edge_method)m->code,
		.path = m->path,
		.content_format = m->content_format,
		.accept = m->accept,
		.body = what->body,
	};

	e->counters.requests++;
	e->callbacks.on_request(&request, e->userdata);
}

static bool asks_too_often(const struct edge *e, struct session *s)
{
	if (e->now_usec - s->requests_since_usec >= REQUESTS_SEC * USEC_PER_SEC) {
		s->requests_since_usec = e->now_usec;
		s->n_requests = 0;
	}
	return ++s->n_requests > e->limits.session_requests;
}

/* 4.29, RFC 8516 */
static void turn_away(struct edge *e, uint64_t request_id)
{
	e->counters.refused_requests++;
	(void)edge_respond(e, request_id,
			   &(struct edge_response){ .code = COAP_CODE(4, 29),
						    .content_format = EDGE_NO_FORMAT,
						    .max_age_sec = REQUESTS_SEC });
}

static void on_message(struct edge *e, struct session *s, struct bytes message)
{
	struct arrival in = {
		.datagram = message,
		.now_usec = e->now_usec,
		.request_id = sessions_next_request(&e->sessions, s),
	};
	struct outcome what;

	dialogue_receive(&s->dialogue, &in, &what);
	reply(e, s, what.reply);
	if (!what.request)
		return;
	if (asks_too_often(e, s))
		turn_away(e, what.request->request_id);
	else
		hand_over(e, s, &what);
	dialogue_end_request(&s->dialogue);
}

/*
 * Reads the content of the datagram. Only a datagram with content is certain to be the peer's; then its route becomes
 * the session's.
 */
static void read_messages(struct edge *e, struct session *s, const struct route *route)
{
	AT_STAGE(STAGE_REQUEST);
	uint8_t message[DTLS_RECEIVE_MAX];
	int n = dtls_read(s->ssl, message, sizeof(message));

	for (; n > 0; n = dtls_read(s->ssl, message, sizeof(message))) {
		s->route = *route;
		if (!s->closing) {
			sessions_move(&e->sessions, s, SESSION_ESTABLISHED, e->now_usec);
			on_message(e, s, bytes_of(message, (size_t)n));
		}
		dtls_input(e->dtls, (struct bytes){ 0 }, &s->route);
	}
	if (n < 0 || is_to_end(s))
		end_politely(e, s);
}

/* --- Datagrams --- */

/* True for a ClientHello other than the one that began this session: not a late copy of that one. */
static bool begins_anew(const struct session *s, const struct datagram *in)
{
	const uint8_t *random = dtls_hello_random(in->payload);

	return random && memcmp(random, s->hello_random, DTLS_RANDOM_LEN) != 0;
}

static void on_datagram(struct edge *e, const struct datagram *in)
{
	AT_STAGE(STAGE_HANDSHAKE); /* of a session that is established, finding it */
	struct session *s = sessions_find(&e->sessions, &in->route);
	struct bytes payload = in->payload;

	if (!s || begins_anew(s, in)) {
		s = admit(e, in, s);
		payload = (struct bytes){ 0 }; /* DTLSv1_listen() has kept the ClientHello */
	}
	if (!s)
		return;

	e->serving = s;
	dtls_input(e->dtls, payload, &s->route);
	if (s->state == SESSION_ESTABLISHED || (continue_handshake(e, s) && s->state == SESSION_ESTABLISHED))
		read_messages(e, s, &in->route);
	dtls_input(e->dtls, (struct bytes){ 0 }, NULL);
	e->serving = NULL;
}

/* One that waited begins, if it still is there. */
static bool serve_one(struct edge *e)
{
	uint8_t space[WAITING_BYTES];
	struct datagram in;

	if (!waiting_take(e->waiting, space, &in))
		return false;
	e->is_serving = true;
	on_datagram(e, &in);
	e->is_serving = false;
	return true;
}

/*
 * Those that wait get the places that others have left; of a busy edge one for each request that was answered, whoever keeps it busy.
 * One that finds no place after all is at the end again.
 */
static void serve_waiting(struct edge *e)
{
	e->counters.refused_handshakes += waiting_drop_old(e->waiting, e->now_usec);
	for (unsigned i = 0; i < BATCH && list_of(e, SESSION_HANDSHAKING)->n < e->limits.handshakes; i++) {
		if ((is_busy(e) && e->turns == 0) || !serve_one(e))
			return;
		e->turns -= e->turns > 0;
	}
}

static void prepare_intake(struct intake *t)
{
	for (size_t i = 0; i < BATCH; i++) {
		t->iovecs[i] = (struct iovec){ .iov_base = t->payloads[i], .iov_len = DTLS_RECEIVE_MAX };
		t->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &t->peers[i],
			.msg_namelen = sizeof(t->peers[i]),
			.msg_iov = &t->iovecs[i],
			.msg_iovlen = 1,
			.msg_control = &t->controls[i],
			.msg_controllen = sizeof(t->controls[i]),
		};
	}
}

/* What the kernel says of a datagram. Returns false when it does not say where it was sent to. */
static bool take_control(struct msghdr *header, struct route *ret)
{
	bool has_local = false;

	ret->mark = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&ret->local, CMSG_DATA(c), sizeof(ret->local));
			has_local = true;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_MARK) {
			memcpy(&ret->mark, CMSG_DATA(c), sizeof(ret->mark));
		}
	}
	return has_local;
}

/* Returns false for what is cut short, or does not say where it was sent to. */
static bool take_in(struct intake *t, size_t i, struct datagram *ret)
{
	struct msghdr *header = &t->headers[i].msg_hdr;

	if ((header->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || header->msg_namelen != sizeof(struct sockaddr_in6) ||
	    !take_control(header, &ret->route))
		return false;
	ret->route.peer = t->peers[i];
	ret->route.peer.sin6_flowinfo = 0;
	ret->payload = bytes_of(t->payloads[i], t->headers[i].msg_len);
	return true;
}

void edge_on_readable(struct edge *e)
{
	struct datagram in;
	int n;

	prepare_intake(&e->intake);
	e->now_usec = clock_monotonic_usec();
	n = recvmmsg(e->fd, e->intake.headers, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		e->counters.datagrams++;
		if (take_in(&e->intake, (size_t)i, &in))
			on_datagram(e, &in);
	}
	serve_waiting(e);
}

/* --- Timers --- */

static uint64_t retransmit_due(struct edge *e)
{
	uint64_t next = UINT64_MAX;

	for (struct session *s = list_of(e, SESSION_HANDSHAKING)->oldest, *newer; s; s = newer) {
		newer = s->newer;
		if (s->retransmit_usec <= e->now_usec) {
			dtls_input(e->dtls, (struct bytes){ 0 }, &s->route);
			if (dtls_retransmit(s->ssl) < 0) {
				fail_late(e, s);
				continue;
			}
			s->retransmit_usec = dtls_retransmit_usec(s->ssl, e->now_usec);
		}
		if (s->retransmit_usec < next)
			next = s->retransmit_usec;
	}
	dtls_input(e->dtls, (struct bytes){ 0 }, NULL);
	return next;
}

/* Ends sessions that are marked to end or older than life_sec. Returns when the next one will be due. */
static uint64_t end_old(struct edge *e, enum session_state state, unsigned life_sec,
			void (*end)(struct edge *, struct session *))
{
	const uint64_t life = life_sec * USEC_PER_SEC;
	struct session *s = list_of(e, state)->oldest;

	for (; s && (is_to_end(s) || s->used_usec + life <= e->now_usec); s = list_of(e, state)->oldest)
		end(e, s);
	return s ? s->used_usec + life : UINT64_MAX;
}

/* The place of a device that has given up is free soon, when others wait for it. */
static unsigned handshake_life(const struct edge *e)
{
	return !waiting_is_empty(e->waiting) && e->limits.handshake_sec > CROWDED_SEC ? CROWDED_SEC :
											e->limits.handshake_sec;
}

uint64_t edge_on_timer(struct edge *e, uint64_t now_usec)
{
	e->now_usec = now_usec;

	uint64_t handshake = end_old(e, SESSION_HANDSHAKING, handshake_life(e), fail_late);
	uint64_t idle = end_old(e, SESSION_ESTABLISHED, e->limits.idle_sec, end_politely);
	uint64_t retransmit;

	serve_waiting(e);
	retransmit = retransmit_due(e);
	if (handshake < retransmit)
		retransmit = handshake;
	return idle < retransmit ? idle : retransmit;
}

/* --- Setup and answers --- */

int edge_check(struct bytes certificate_pem, struct bytes key_pem)
{
	struct dtls *dtls = NULL;
	int r = dtls_new(-1, certificate_pem, key_pem, &dtls);

	dtls_free(dtls);
	return r;
}

static bool are_limits(const struct edge_limits *l)
{
	return l->sessions > 0 && l->handshakes > 0 && l->idle_sec > 0 && l->handshake_sec > 0 &&
	       l->sender_sessions > 0 && l->sender_handshakes > 0 && l->session_requests > 0;
}

int edge_new(int fd, struct bytes certificate_pem, struct bytes key_pem, const struct edge_limits *limits,
	     const struct edge_callbacks *callbacks, void *userdata, struct edge **ret)
{
	_cleanup_(edge_freep) struct edge *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;

	e->fd = fd;
	e->limits = *limits;
	e->callbacks = *callbacks;
	e->userdata = userdata;
	if (!are_limits(limits))
		return -EINVAL;
	r = sessions_init(&e->sessions, limits->sessions);
	if (r < 0)
		return r;
	r = senders_new(limits, &e->senders);
	if (r < 0)
		return r;
	e->waiting = waiting_new();
	if (!e->waiting)
		return -ENOMEM;
	r = dtls_new(fd, certificate_pem, key_pem, &e->dtls);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(e);
	return 0;
}

void edge_set_in_flight(struct edge *e, unsigned n)
{
	e->turns = n < BUSY ? 0 : e->turns + (n < e->in_flight);
	e->in_flight = n;
}

void edge_share_cookies(struct edge *e, const uint8_t secret[static COOKIE_SECRET_LEN])
{
	dtls_share_cookies(e->dtls, secret);
}

void edge_add_beacon(struct edge *e, const uint8_t beacon[static BEACON_LEN])
{
	dtls_add_beacon(e->dtls, beacon);
}

const uint8_t *edge_newest_beacon(const struct edge *e)
{
	return dtls_newest_beacon(e->dtls);
}

void edge_free(struct edge *e)
{
	if (!e)
		return;

	for (int state = 0; state < _SESSION_STATE_MAX; state++)
		while (list_of(e, (enum session_state)state)->oldest)
			end_politely(e, list_of(e, (enum session_state)state)->oldest);
	sessions_done(&e->sessions);
	senders_free(e->senders);
	waiting_free(e->waiting);
	dtls_free(e->dtls);
	free(e);
}

int edge_respond(struct edge *e, uint64_t request_id, const struct edge_response *response)
{
	AT_STAGE(STAGE_REQUEST);
	struct session *s = sessions_by_request(&e->sessions, request_id);
	struct bytes message = { 0 };
	int r = s ? dialogue_answer(&s->dialogue, request_id, response, &message) : -ENOENT;

	if (r < 0)
		return r;

	reply(e, s, message);
	if (s != e->serving && is_to_end(s))
		end_politely(e, s);
	return 0;
}

void edge_get_counters(const struct edge *e, struct edge_counters *ret)
{
	*ret = e->counters;
	stage_spent(ret->spent_nsec);
	ret->half_open = e->sessions.lists[SESSION_HANDSHAKING].n;
	ret->sessions = ret->half_open + e->sessions.lists[SESSION_ESTABLISHED].n;
}

/* --- Session data --- */

void session_set_userdata(struct session *s, void *userdata)
{
	s->userdata = userdata;
}

void *session_userdata(const struct session *s)
{
	return s->userdata;
}

const struct sockaddr_in6 *session_peer(const struct session *s)
{
	return &s->route.peer;
}

unsigned session_ifindex(const struct session *s)
{
	return s->route.local.ipi6_ifindex;
}

uint32_t session_mark(const struct session *s)
{
	return s->route.mark;
}

const uint8_t *session_device(const struct session *s)
{
	return s->device;
}

uint64_t session_established_usec(const struct session *s)
{
	return s->established_usec;
}

bool session_handshake(const struct session *s, struct handshake *ret)
{
	return transcript_get(s->attempt.transcript, &ret->messages, &ret->certificate_verify) &&
	       dtls_master_secret(s->ssl, ret->master_secret);
}

void session_close(struct session *s)
{
	s->closing = true;
	if (!dialogue_is_waiting(&s->dialogue))
		sessions_expire(s);
}
