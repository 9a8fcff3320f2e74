/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams → CoAP requests: one UDP socket, DTLS 1.2 with OpenSSL, the CoAP message layer, and block-wise transfer
 * with libcoap as the codec. Only this room knows SSL and CoAP. It judges nothing: it reports who proved which key.
 */
#pragma once

#include <netinet/in.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/handshake.h"
#include "base/sessions.h"
#include "hallmark/protocol.h"

struct edge;
struct failed_handshake;
struct session;

/* CoAP request codes, RFC 7252 section 12.1.1. */
enum edge_method {
	EDGE_GET = 1,
	EDGE_POST = 2,
	EDGE_PUT = 3,
	EDGE_DELETE = 4,
};

/* 2.05 is COAP_CODE(2, 5). */
#define COAP_CODE(class, detail) ((uint8_t)((class) << 5 | (detail)))
#define EDGE_NO_FORMAT           UINT16_MAX

/* A complete request, after de-duplication and reassembly; valid only during the call. */
struct edge_request {
	struct session *session;
	uint64_t id; /* identifies the request for edge_respond(), also after the call */
	enum edge_method method;
	const char *path;        /* without leading slash, "" for the root; at most 64 characters */
	uint16_t content_format; /* EDGE_NO_FORMAT when absent */
	uint16_t accept;
	struct bytes body;
};

struct edge_response {
	uint8_t code; /* COAP_CODE() */
	uint16_t content_format;
	uint32_t max_age_sec; /* 0: the option is omitted */
	struct bytes body;    /* a body longer than HALLMARK_ANSWER_MAX costs the device another round trip */
};

struct edge_callbacks {
	/* Answer with edge_respond(), in the call or later; the device retransmits until then. */
	void (*on_request)(const struct edge_request *request, void *userdata);
	/* The handshake is complete: the session's device is known. May be NULL. */
	void (*on_open)(struct session *session, void *userdata);
	/* The session ends: release what session_set_userdata() stored. */
	void (*on_close)(struct session *session, void *userdata);
	/* A handshake has failed; of one sender at most four at once, and then one in 15 s. May be NULL. */
	void (*on_failed)(const struct session *session, const struct failed_handshake *what, void *userdata);
};

/* Whether certificate and key are usable for an edge: 0, or a negative errno. */
int edge_check(struct bytes certificate_pem, struct bytes key_pem);

/*
 * `fd` is a bound, non-blocking AF_INET6 UDP socket (dual stack) with IPV6_RECVPKTINFO, which gives the destination
 * address and interface of each datagram. Whoever makes the socket sets that option, because the process of the edge
 * cannot. The caller keeps the socket. certificate_pem holds the gateway's chain, leaf first. Returns 0; -EBADMSG when
 * certificate or key cannot be read or do not match; -EINVAL for a limit of 0.
 */
int edge_new(int fd, struct bytes certificate_pem, struct bytes key_pem, const struct edge_limits *limits,
	     const struct edge_callbacks *callbacks, void *userdata, struct edge **ret);
void edge_free(struct edge *e);

/*
 * How many requests are not answered yet. With many, known senders whose ClientHello comes wait (edge/waiting.h), and one begins for each
 * that is answered, in edge_on_timer() or edge_on_readable().
 */
void edge_set_in_flight(struct edge *e, unsigned n);

/* With the secret of other edges, a cookie of one is good at each. Without it, an edge has a secret of its own. */
void edge_share_cookies(struct edge *e, const uint8_t secret[static COOKIE_SECRET_LEN]);

/* Random bytes that are in the cookies from now on (base/beacon.h). Without any, no handshake begins. */
void edge_add_beacon(struct edge *e, const uint8_t beacon[static BEACON_LEN]);
const uint8_t *edge_newest_beacon(const struct edge *e); /* NULL: there is none yet */

/* Reads at most 64 datagrams. Call when the socket is readable. */
void edge_on_readable(struct edge *e);

/*
 * Does what is due (retransmissions, idle sessions). Returns the monotonic time in µs of the next call; UINT64_MAX:
 * none. Call it also after edge_on_readable() and session_close(), which change that time.
 */
uint64_t edge_on_timer(struct edge *e, uint64_t now_usec);

/*
 * Answers a request once. Returns 0; -ENOENT when its session has ended or it was already answered; -ENOMEM: not
 * answered, the device will ask again. A body longer than HALLMARK_ANSWER_MAX is sent in blocks (RFC 7959), up to
 * HALLMARK_BODY_MAX.
 */
int edge_respond(struct edge *e, uint64_t request_id, const struct edge_response *response);

void edge_get_counters(const struct edge *e, struct edge_counters *ret);

/* --- Session data. Valid while the session lives. --- */

void session_set_userdata(struct session *s, void *userdata);
void *session_userdata(const struct session *s);

/* The peer's address (IPv4 as mapped), the interface on which its datagrams arrive, and their mark (base/sender_mark.h). */
const struct sockaddr_in6 *session_peer(const struct session *s);
unsigned session_ifindex(const struct session *s);
uint32_t session_mark(const struct session *s);

/* Who proved its key: the SHA-256 of the SubjectPublicKeyInfo in its certificate, SHA256_LEN bytes. */
const uint8_t *session_device(const struct session *s);

uint64_t session_established_usec(const struct session *s);

/* What the handshake proved, for identity/handshake.h. The bytes live as long as the session. Returns false when there is none. */
bool session_handshake(const struct session *s, struct handshake *ret);

/*
 * Ends the session (close_notify) once no request waits for its answer: when the handler returns, in edge_respond(), or
 * in the next edge_on_timer(). It lives until on_close. Used when the device must prove possession again.
 */
void session_close(struct session *s);
