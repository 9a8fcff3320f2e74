/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoAP over DTLS with libcoap's own client stack. It carries bytes and does not examine them. What the client stack of
 * libcoap 4.3.1 does not do is set on its SSL object right after the session is made, when only the ClientHello was
 * sent: chain, key and CA store (its additional_tls_setup_call_back is for servers only; of its PEM files it keeps only
 * one certificate).
 */
#include "attester/client.h"

#include <coap3/coap.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "attester/gateway.h"
#include "attester/place.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

DEFINE_CLEANUP(SSL_CTX *, SSL_CTX_free);
DEFINE_CLEANUP(struct client *, client_close);

#define HANDSHAKE_DEPTH 4   /* certificates of the gateway's chain above its own */
#define TURN_MSEC       100 /* maximum wait in one turn of the loop */

struct client {
	coap_context_t *context;
	coap_session_t *session;
	struct gateway gateway;
	unsigned timeout_sec;
	bool connected;
	int failure; /* negative errno, 0 while there is no failure */
	uint8_t token[8];
	size_t n_token;
	bool waiting;
	struct answer *answer; /* destination of the awaited answer */
};

static int on_event(coap_session_t *session, coap_event_t event)
{
	struct client *c = coap_session_get_app_data(session);

	if (!c)
		return 0;
	if (event == COAP_EVENT_DTLS_CONNECTED)
		c->connected = true;
	else if (c->failure != 0)
		return 0;
	else if (event == COAP_EVENT_DTLS_ERROR)
		c->failure = -EPROTO;
	else if (event == COAP_EVENT_DTLS_CLOSED)
		c->failure = c->connected ? -ECONNRESET : -ECONNABORTED;
	return 0;
}

static void on_nack(coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
		    const coap_mid_t mid)
{
	struct client *c = coap_session_get_app_data(session);
	(void)sent;
	(void)mid;

	if (!c || (c->failure != 0 && c->failure != -EPROTO))
		return;
	switch (reason) {
	case COAP_NACK_TOO_MANY_RETRIES:
		c->failure = -ETIMEDOUT;
		return;
	case COAP_NACK_ICMP_ISSUE:
		c->failure = -ECONNREFUSED;
		return;
	case COAP_NACK_TLS_FAILED:
		c->failure = -EPROTO;
		return;
	default:
		c->failure = -ECONNRESET;
	}
}

static unsigned option_number(const coap_pdu_t *pdu, coap_option_num_t number, unsigned otherwise)
{
	coap_opt_iterator_t iterator;
	coap_opt_t *option = coap_check_option(pdu, number, &iterator);

	return option ? coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) : otherwise;
}

static coap_response_t on_response(coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
				   const coap_mid_t mid)
{
	struct client *c = coap_session_get_app_data(session);
	coap_bin_const_t token = coap_pdu_get_token(received);
	const uint8_t *body = NULL;
	size_t n = 0;
	(void)sent;
	(void)mid;

	if (!c || !c->waiting || !bytes_equal(bytes_of(token.s, token.length), bytes_of(c->token, c->n_token)))
		return COAP_RESPONSE_FAIL;

	c->waiting = false;
	(void)coap_get_data(received, &n, &body);
	if (n > sizeof(c->answer->body)) {
		c->failure = -E2BIG;
		return COAP_RESPONSE_OK;
	}

	coap_pdu_code_t code = coap_pdu_get_code(received);

	c->answer->code = COAP_RESPONSE_CLASS(code) * 100u + (code & 0x1fu);
	c->answer->content_format = option_number(received, COAP_OPTION_CONTENT_FORMAT, HALLMARK_CF_NONE);
	c->answer->max_age_sec = option_number(received, COAP_OPTION_MAXAGE, 60);
	c->answer->n = n;
	if (n > 0)
		memcpy(c->answer->body, body, n);
	return COAP_RESPONSE_OK;
}

static void on_log(coap_log_t level, const char *message)
{
	log_line(level, "libcoap: %.*s", (int)strcspn(message, "\n"), message);
}

/* Why the last call of OpenSSL failed, as a static text. */
static const char *ssl_complaint(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "unknown";
}

/*
 * The gateway's chain must end in one of `ca`: the store replaces whatever the SSL_CTX trusts. Names are not compared:
 * a gateway is reached by address, and the CA is for the operator's gateways only.
 */
static int trust_ca(SSL *ssl, const char *ca)
{
	_cleanup_(SSL_CTX_freep) SSL_CTX *holder = SSL_CTX_new(DTLS_client_method());

	ERR_clear_error();
	if (!holder || SSL_CTX_load_verify_locations(holder, ca, NULL) != 1 ||
	    SSL_set1_verify_cert_store(ssl, SSL_CTX_get_cert_store(holder)) != 1) {
		log_error("%s: %s; --ca takes a PEM file of CA certificates", ca, ssl_complaint());
		return -EINVAL;
	}
	return 0;
}

static int present(SSL *ssl, const struct credentials *credentials)
{
	ERR_clear_error();
	if (SSL_use_certificate_chain_file(ssl, credentials->certificate) != 1) {
		log_error("%s: %s; --cert takes a PEM file, the device's certificate first", credentials->certificate,
			  ssl_complaint());
		return -EINVAL;
	}
	if (SSL_use_PrivateKey(ssl, credentials->key) != 1 || SSL_check_private_key(ssl) != 1) {
		log_error("%s: %s; --key must be the key of the first certificate in --cert", credentials->certificate,
			  ssl_complaint());
		return -EINVAL;
	}
	return 0;
}

/* Runs the loop until the flag has the wanted value, something failed or the time is over. */
static int run_until(struct client *c, const bool *flag, bool wanted)
{
	uint64_t end_usec = clock_monotonic_usec() + c->timeout_sec * USEC_PER_SEC;

	while (*flag != wanted && c->failure == 0) {
		if (clock_monotonic_usec() >= end_usec)
			return -ETIMEDOUT;
		if (coap_io_process(c->context, TURN_MSEC) < 0)
			return -EIO;
	}
	return *flag == wanted ? 0 : c->failure;
}

static int log_handshake(const struct client *c, int r)
{
	const int level = c->gateway.is_hint ? LOG_NOTICE : LOG_ERR;

	if (r == -ETIMEDOUT)
		log_line(level,
			 "%s: no answer in %u s; is hallmarkd running there, and UDP to its port "
			 "let through?",
			 c->gateway.text, c->timeout_sec);
	else if (r == -ECONNABORTED) /* an ICMP error, or retransmissions without an answer */
		log_line(level,
			 "%s: the session ended before the handshake did; does hallmarkd listen "
			 "there? If so, too many packets are lost: try again",
			 c->gateway.text);
	else
		log_line(level,
			 "%s: the DTLS handshake failed; does hallmarkd listen there? If so, one side "
			 "refused the other: see the lines above, or the gateway's journal",
			 c->gateway.text);
	return r;
}

static int client_new(const struct gateway *gateway, unsigned timeout_sec, struct client **ret)
{
	_cleanup_(client_closep) struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->gateway = *gateway;
	c->timeout_sec = timeout_sec;

	coap_startup();
	coap_set_log_handler(on_log);
	coap_set_log_level(LOG_WARNING);
	coap_dtls_set_log_level(LOG_WARNING);
	c->context = coap_new_context(NULL);
	if (!c->context)
		return -ENOMEM;

	coap_context_set_block_mode(c->context, COAP_BLOCK_USE_LIBCOAP);
	coap_register_event_handler(c->context, on_event);
	coap_register_nack_handler(c->context, on_nack);
	coap_register_response_handler(c->context, on_response);
	*ret = TAKE_PTR(c);
	return 0;
}

static SSL *session_ssl(const struct client *c)
{
	coap_tls_library_t library = COAP_TLS_LIBRARY_NOTLS;
	void *tls = c->session ? coap_session_get_tls(c->session, &library) : NULL;

	return library == COAP_TLS_LIBRARY_OPENSSL ? tls : NULL;
}

static int start_session(struct client *c, const struct credentials *credentials)
{
	coap_dtls_pki_t setup = {
		.version = COAP_DTLS_PKI_SETUP_VERSION,
		.verify_peer_cert = credentials->ca != NULL,
		.cert_chain_validation = 1,
		.cert_chain_verify_depth = HANDSHAKE_DEPTH,
	};
	coap_address_t address;
	int r;

	coap_address_init(&address);
	address.size = endpoint_size(&c->gateway.address);
	memcpy(&address.addr, &c->gateway.address, address.size);

	c->session = coap_new_client_session_pki(c->context, NULL, &address, COAP_PROTO_DTLS, &setup);
	SSL *ssl = session_ssl(c);
	if (!ssl)
		return log_handshake(c, c->session ? -ECONNABORTED : -EIO);

	coap_session_set_app_data(c->session, c);
	if (credentials->ca) {
		r = trust_ca(ssl, credentials->ca);
		if (r < 0)
			return r;
	}
	return present(ssl, credentials);
}

int client_open(const struct gateway *gateway, const struct credentials *credentials, unsigned timeout_sec,
		struct client **ret)
{
	_cleanup_(client_closep) struct client *c = NULL;
	int r;

	r = client_new(gateway, timeout_sec, &c);
	if (r < 0)
		return log_errno(r, "libcoap");

	r = start_session(c, credentials);
	if (r < 0)
		return r;

	r = run_until(c, &c->connected, true);
	if (r < 0)
		return log_handshake(c, r);

	*ret = TAKE_PTR(c);
	return 0;
}

void client_close(struct client *c)
{
	if (c->session) {
		coap_session_set_app_data(c->session, NULL);
		coap_session_release(c->session);
	}
	if (c->context)
		coap_free_context(c->context);
	coap_cleanup();
	free(c);
}

int client_channel_value(const struct client *c, uint8_t ret[static HALLMARK_HANDLE_LEN])
{
	SSL *ssl = session_ssl(c);

	/* Without the extended master secret the value would not be bound to this handshake only: RFC 7627. */
	if (!ssl || SSL_get_extms_support(ssl) != 1) {
		log_error("%s: the session has no extended master secret (RFC 7627); attest with "
			  "--nonce",
			  c->gateway.text);
		return -EPROTO;
	}
	if (SSL_export_keying_material(ssl, ret, HALLMARK_HANDLE_LEN, HALLMARK_EXPORTER_LABEL,
				       strlen(HALLMARK_EXPORTER_LABEL), NULL, 0, 0) != 1) {
		log_error("%s: no exporter value (RFC 5705): %s", c->gateway.text, ssl_complaint());
		return -EPROTO;
	}
	return 0;
}

void client_place(const struct client *c, bool is_hidden, struct place *ret)
{
	const coap_address_t *own = coap_session_get_addr_local(c->session);
	const coap_address_t *gateway = coap_session_get_addr_remote(c->session);

	place_find(&own->addr.sa, &gateway->addr.sa, is_hidden, ret);
}

/* Writes options in the order of their numbers, as libcoap requires. */
static bool fill_request(struct client *c, const struct request *request, coap_pdu_t *pdu)
{
	uint8_t format[4];
	unsigned n_format = coap_encode_var_safe(format, sizeof(format), request->content_format);

	coap_session_new_token(c->session, &c->n_token, c->token);
	if (!coap_add_token(pdu, c->n_token, c->token) ||
	    !coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(request->path), (const uint8_t *)request->path))
		return false;
	if (request->body.n == 0)
		return true;
	return coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, n_format, format) &&
	       coap_add_data_large_request(c->session, pdu, request->body.n, request->body.p, NULL, NULL);
}

static int send_request(struct client *c, const struct request *request)
{
	coap_pdu_code_t code = request->post ? COAP_REQUEST_CODE_POST : COAP_REQUEST_CODE_GET;
	coap_pdu_t *pdu = coap_new_pdu(COAP_MESSAGE_CON, code, c->session);

	if (!pdu)
		return -ENOMEM;
	if (!fill_request(c, request, pdu)) {
		coap_delete_pdu(pdu);
		return -E2BIG;
	}
	return coap_send(c->session, pdu) == COAP_INVALID_MID ? -EIO : 0;
}

int client_exchange(struct client *c, const struct request *request, struct answer *ret)
{
	int r;

	c->answer = ret;
	c->waiting = true;
	r = send_request(c, request);
	if (r == 0)
		r = run_until(c, &c->waiting, false);
	if (r == 0 && c->failure != 0)
		r = c->failure;
	c->waiting = false;
	if (r < 0)
		return log_errno(r, "%s: no answer from /%s", c->gateway.text, request->path);
	return 0;
}
