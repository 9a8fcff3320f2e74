/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile neighbour sends to the daemon's port, as frames that he makes himself:
 *
 *   flood INTERFACE GATEWAY-MAC GATEWAY-ADDRESS KIND SENDERS FLOWS RATE SECONDS [CERTIFICATES KEY [BODY]]
 *
 * KIND  records      records of a few bytes, in handshakes that are begun and not finished; of invented senders, records alone
 *       hellos       ClientHellos without a cookie
 *       cookies      ClientHellos with the cookie that came to their sender's address, each a new handshake
 *       handshakes   whole handshakes with this certificate, one after the other; sessions are left open
 *       submissions  POST /attest with this body, in sessions with this certificate
 * SENDERS is a number of MACs; or `invented`: another MAC and address each time; or MAC=ADDRESS,MAC=ADDRESS,… FLOWS is how many
 * ports they send from together. Rate in datagrams a second, 0: as fast as it goes. What is asked for their addresses is answered, and
 * so is the handshake. It prints "floods" when it begins, and at its end or at SIGTERM how much it sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "luck.h"
#include "tls.h"
#include "wire.h"

#define PORT           5684
#define FIRST_PORT     20000
#define FLOWS_MAX      4096
#define AT_ONCE        64
#define PATIENCE_USEC  UINT64_C(300000) /* of a handshake that is not answered */
#define BODY_MAX       1024
#define COAP_HEAD      (4 + 8 + 7 + 2 + 1)
#define HANDSHAKE      22
#define CLIENT_HELLO   1
#define VERIFY_REQUEST 3
#define COOKIE_MAX     255
#define AT_TYPE        13
#define AT_COOKIE      27

/* One port that somebody sends from. */
struct flow {
	struct host host;
	uint8_t cookie[COOKIE_MAX], n_cookie;
	bool has_begun;
	uint64_t sequence;
	SSL *ssl;
	bool is_up;
	uint64_t since_usec;
};

struct flood {
	struct wire *wire;
	struct host gateway;
	void (*turn)(struct flood *f, struct flow *flow);
	bool invents;
	unsigned n_flows;
	struct flow flows[FLOWS_MAX];
	SSL_CTX *ctx;
	uint8_t body[BODY_MAX];
	size_t n_body;
	uint16_t message_id;
	uint64_t luck;
};

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
	(void)number;
	is_over = 1;
}

/* --- Who sends --- */

static void set_number(struct host *host, const struct host *gateway, uint64_t number)
{
	uint8_t *at = host->address.s6_addr;

	host->address = gateway->address;
	if (IN6_IS_ADDR_V4MAPPED(&host->address)) {
		at[15] = (uint8_t)(100 + number % 100);
		return;
	}
	at[8] = 0x66;
	for (unsigned i = 0; i < 6; i++)
		at[15 - i] = (uint8_t)(number >> 8 * i);
}

static void invent(struct flood *f, struct flow *flow)
{
	const uint64_t number = luck_draw(&f->luck);

	flow->host.mac[0] = 0x02;
	flow->host.mac[1] = 0x66;
	memcpy(&flow->host.mac[2], &number, 4);
	set_number(&flow->host, &f->gateway, number >> 8);
	flow->n_cookie = 0;
}

static const struct host *find(const struct in6_addr *address, void *userdata)
{
	const struct flood *f = userdata;

	for (unsigned i = 0; i < f->n_flows; i++)
		if (IN6_ARE_ADDR_EQUAL(&f->flows[i].host.address, address))
			return &f->flows[i].host;
	return NULL;
}

/* --- ClientHellos and records, RFC 6347 --- */

static void put_number(struct writer *w, uint64_t number, unsigned n)
{
	while (n-- > 0)
		writer_put(w, bytes_of(&(uint8_t){ (uint8_t)(number >> 8 * n) }, 1));
}

static void put_record(struct flow *flow, struct writer *w, size_t n)
{
	put_number(w, HANDSHAKE, 1);
	put_number(w, 0xfefd, 2);
	put_number(w, flow->sequence++, 8);
	put_number(w, n, 2);
}

static void send_hello(struct flood *f, struct flow *flow)
{
	/* ECDHE with AES-128-CCM8 and -GCM; no compression; P-256, its points, ecdsa_secp256r1_sha256, extended master secret */
	static const uint8_t rest[] = { 0x00, 0x04, 0xc0, 0xae, 0xc0, 0x2b, 0x01, 0x00, 0x00, 0x1a, 0x00, 0x0a,
					0x00, 0x04, 0x00, 0x02, 0x00, 0x17, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00,
					0x00, 0x0d, 0x00, 0x04, 0x00, 0x02, 0x04, 0x03, 0x00, 0x17, 0x00, 0x00 };
	const size_t n = 2 + 32 + 1 + 1 + flow->n_cookie + sizeof(rest);
	uint8_t datagram[DATAGRAM_MAX];
	struct writer w = WRITER(datagram);

	put_record(flow, &w, 12 + n);
	put_number(&w, CLIENT_HELLO, 1);
	put_number(&w, n, 3);
	put_number(&w, flow->n_cookie > 0, 2);
	put_number(&w, 0, 3);
	put_number(&w, n, 3);
	put_number(&w, 0xfefd, 2);
	for (unsigned i = 0; i < 4; i++)
		put_number(&w, luck_draw(&f->luck), 8);
	put_number(&w, 0, 1);
	put_number(&w, flow->n_cookie, 1);
	writer_put(&w, bytes_of(flow->cookie, flow->n_cookie));
	writer_put(&w, BYTES(rest));
	wire_put(f->wire, &flow->host, writer_bytes(&w));
}

static void send_junk(struct flood *f, struct flow *flow)
{
	uint8_t datagram[64];
	struct writer w = WRITER(datagram);

	put_record(flow, &w, 3);
	put_number(&w, 0x100000, 3); /* the beginning of a ClientKeyExchange */
	wire_put(f->wire, &flow->host, writer_bytes(&w));
}

static void turn_records(struct flood *f, struct flow *flow)
{
	if (f->invents)
		invent(f, flow);
	if (f->invents || flow->has_begun) {
		send_junk(f, flow);
		return;
	}
	flow->has_begun = flow->n_cookie > 0;
	send_hello(f, flow);
}

static void turn_hellos(struct flood *f, struct flow *flow)
{
	if (f->invents)
		invent(f, flow);
	flow->n_cookie = 0;
	send_hello(f, flow);
}

/* An invented sender is another one once it has begun its handshake, or was not answered. */
static void turn_cookies(struct flood *f, struct flow *flow)
{
	if (f->invents && (flow->has_begun || flow->n_cookie == 0))
		invent(f, flow);
	flow->has_begun = flow->n_cookie > 0;
	send_hello(f, flow);
}

/* --- Handshakes and submissions --- */

static void send_all(struct flood *f, struct flow *flow)
{
	uint8_t datagram[DATAGRAM_MAX];
	struct writer w = WRITER(datagram);

	while (tls_take(flow->ssl, &w)) {
		wire_put(f->wire, &flow->host, writer_bytes(&w));
		w = WRITER(datagram);
	}
}

static void begin(struct flood *f, struct flow *flow)
{
	if (f->invents)
		invent(f, flow);
	SSL_free(flow->ssl);
	flow->ssl = tls_new(f->ctx);
	if (flow->ssl)
		tls_start(flow->ssl);
	flow->is_up = false;
	flow->since_usec = clock_monotonic_usec();
	if (flow->ssl)
		send_all(f, flow);
}

static void turn_handshakes(struct flood *f, struct flow *flow)
{
	if (!flow->ssl || flow->is_up || clock_monotonic_usec() - flow->since_usec > PATIENCE_USEC)
		begin(f, flow);
}

/* RFC 7252 section 3: a new message and token each time, so that it is no repetition. */
static void submit(struct flood *f, struct flow *flow)
{
	static const uint8_t options[] = { 0xb6, 'a', 't', 't', 'e', 's', 't', 0x11, 62, 0xff };
	uint8_t message[COAP_HEAD + BODY_MAX];
	struct writer w = WRITER(message);

	put_number(&w, 0x48, 1); /* confirmable, with a token of eight bytes */
	put_number(&w, 2, 1);    /* POST */
	put_number(&w, f->message_id++, 2);
	put_number(&w, luck_draw(&f->luck), 8);
	writer_put(&w, BYTES(options));
	writer_put(&w, bytes_of(f->body, f->n_body));
	tls_write(flow->ssl, writer_bytes(&w));
	send_all(f, flow);
}

static void turn_submissions(struct flood *f, struct flow *flow)
{
	if (flow->ssl && flow->is_up)
		submit(f, flow);
	else
		turn_handshakes(f, flow);
}

/* --- What comes --- */

static void on_cookie(struct flow *flow, struct bytes in)
{
	if (in.n <= AT_COOKIE || in.p[0] != HANDSHAKE || in.p[AT_TYPE] != VERIFY_REQUEST)
		return;

	const uint8_t n = in.p[AT_COOKIE];

	if (in.n < (size_t)AT_COOKIE + 1 + n)
		return;
	memcpy(flow->cookie, in.p + AT_COOKIE + 1, n);
	flow->n_cookie = n;
}

static void on_answer(struct flood *f, struct flow *flow, struct bytes in)
{
	int r = tls_feed(flow->ssl, in, NULL);

	send_all(f, flow);
	flow->is_up = r == 1;
	if (r >= 0)
		return;
	SSL_free(flow->ssl);
	flow->ssl = NULL;
}

static void arrived(const struct host *to, struct bytes payload, void *userdata)
{
	struct flood *f = userdata;
	const unsigned i = (unsigned)to->port - FIRST_PORT;

	if (i >= f->n_flows || !IN6_ARE_ADDR_EQUAL(&f->flows[i].host.address, &to->address))
		return;
	if (f->flows[i].ssl)
		on_answer(f, &f->flows[i], payload);
	else
		on_cookie(&f->flows[i], payload);
}

/* --- The flood --- */

static void run(struct flood *f, uint64_t rate, double seconds)
{
	const uint64_t begin_usec = clock_monotonic_usec(), life_usec = (uint64_t)(seconds * 1e6);
	uint64_t turns = 0, usec = 0;

	while (!is_over && usec < life_usec) {
		usec = clock_monotonic_usec() - begin_usec;
		usec = usec < life_usec ? usec : life_usec;

		const uint64_t due = rate > 0 ? usec * rate / USEC_PER_SEC : turns + AT_ONCE;

		for (; turns < due; turns++)
			f->turn(f, &f->flows[turns % f->n_flows]);
		wire_flush(f->wire);
		if (rate > 0)
			wire_wait(f->wire, 1);
		wire_receive(f->wire, find, arrived, f);
		wire_flush(f->wire);
	}
	(void)printf("%llu datagrams, %.0f a second\n", (unsigned long long)wire_sent(f->wire),
		     (double)wire_sent(f->wire) * 1e6 / (double)(usec + 1));
}

/* --- What is asked for --- */

static const struct {
	const char *name;
	void (*turn)(struct flood *f, struct flow *flow);
	int n_arguments; /* more of them */
} kinds[] = {
	{ "records", turn_records, 0 },       { "hellos", turn_hellos, 0 },           { "cookies", turn_cookies, 0 },
	{ "handshakes", turn_handshakes, 2 }, { "submissions", turn_submissions, 3 },
};

static bool read_address(const char *text, struct in6_addr *ret)
{
	char as_mapped[INET6_ADDRSTRLEN];

	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, ret) == 1;
	(void)snprintf(as_mapped, sizeof(as_mapped), "::ffff:%s", text);
	return inet_pton(AF_INET6, as_mapped, ret) == 1;
}

/* "MAC=ADDRESS,…", which is written to. Returns how many, 0 when it is something else. */
static unsigned read_senders(char *text, struct host *ret, unsigned max)
{
	unsigned n = 0;
	char *rest = NULL;

	for (char *one = strtok_r(text, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
		char *address = strchr(one, '=');

		if (!address || n == max)
			return 0;
		*address++ = '\0';
		if (!mac_from_text(one, ret[n].mac) || !read_address(address, &ret[n].address))
			return 0;
		n++;
	}
	return n;
}

static bool set_senders(struct flood *f, char *text)
{
	struct host senders[256] = { 0 };
	unsigned n = (unsigned)strtoul(text, NULL, 10);

	f->invents = strcmp(text, "invented") == 0;
	if (strchr(text, '='))
		n = read_senders(text, senders, ARRAY_SIZE(senders));
	else
		for (unsigned i = 0; i < n && i < ARRAY_SIZE(senders); i++) {
			memcpy(senders[i].mac, (uint8_t[]){ 0x02, 0x66, 0, 0, 1, (uint8_t)i }, MAC_LEN);
			set_number(&senders[i], &f->gateway, i);
		}
	if (!f->invents && (n == 0 || n > ARRAY_SIZE(senders)))
		return false;
	for (unsigned i = 0; i < f->n_flows; i++) {
		f->flows[i].host = f->invents ? (struct host){ 0 } : senders[i % n];
		f->flows[i].host.port = (uint16_t)(FIRST_PORT + i);
	}
	return true;
}

static bool read_body(struct flood *f, const char *path)
{
	_cleanup_fclose_ FILE *in = fopen(path, "re");

	f->n_body = in ? fread(f->body, 1, sizeof(f->body), in) : 0;
	return f->n_body > 0;
}

static bool set_kind(struct flood *f, int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, argv[4]) != 0 || argc != 9 + kinds[i].n_arguments)
			continue;
		f->turn = kinds[i].turn;
		if (argc > 9 && !(f->ctx = tls_context(argv[9], argv[10])))
			return false;
		return argc <= 11 || read_body(f, argv[11]);
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct flood f;
	int r;

	f.gateway.port = PORT;
	if (argc < 9 || !mac_from_text(argv[2], f.gateway.mac) || !read_address(argv[3], &f.gateway.address)) {
		(void)fputs("flood INTERFACE GATEWAY-MAC GATEWAY-ADDRESS KIND SENDERS FLOWS RATE SECONDS "
			    "[CERTIFICATES KEY [BODY]]\n",
			    stderr);
		return EXIT_FAILURE;
	}
	f.n_flows = (unsigned)strtoul(argv[6], NULL, 10);
	if (f.n_flows == 0 || f.n_flows > FLOWS_MAX || RAND_bytes((unsigned char *)&f.luck, sizeof(f.luck)) != 1 ||
	    !set_senders(&f, argv[5]) || !set_kind(&f, argc, argv)) {
		(void)fputs("flood: it does not know this kind, these senders or these files\n", stderr);
		return EXIT_FAILURE;
	}
	r = wire_new(argv[1], &f.gateway, &f.wire);
	if (r < 0) {
		(void)fprintf(stderr, "flood: %s: %s\n", argv[1], strerror(-r));
		return EXIT_FAILURE;
	}
	(void)signal(SIGTERM, on_signal);
	(void)puts("floods");
	(void)fflush(stdout);
	run(&f, strtoull(argv[7], NULL, 10), strtod(argv[8], NULL));
	for (unsigned i = 0; i < f.n_flows; i++)
		SSL_free(f.flows[i].ssl);
	SSL_CTX_free(f.ctx);
	wire_free(f.wire);
	return EXIT_SUCCESS;
}
