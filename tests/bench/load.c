/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thousands of devices in one process, each with a key, a certificate, a MAC and an address of its own:
 *
 *   load FOLDER INTERFACE GATEWAY-MAC GATEWAY-ADDRESS KIND DEVICES FIRST RATE AT-ONCE COUNT LOSS [DISORDER]
 *
 * FOLDER   that make_store has filled; devices are numbered from FIRST, so that 0 to N - 1 are those that it has stored
 * KIND     attest     handshake, POST /attest with evidence and label
 *          change     the same with a firmware that the label does not name
 *          admission  handshake, GET /admission
 *          discovery  handshake, GET /.well-known/core, which every CoAP server answers
 *          hold       as admission, but sessions stay until SIGTERM, for which it waits once it has printed
 * RATE     how many begin in a second, whatever becomes of them; 0: AT-ONCE of them are always under way
 * COUNT    how many begin in all, by turns of the devices
 * LOSS     datagrams of 1,000 that are lost, in each direction
 * DISORDER datagrams of 1,000 that come twice, in each direction, and as many of those that are sent that come behind the next one
 *
 * A time counts from the moment when it had to begin to the answer of 2.xx, with all that was lost and with the waits that the
 * gateway asked for (4.29, 5.03). It prints one JSON object, in which each of COUNT is accounted for. "mistaken" are results that
 * do not echo what the device has just signed: another one's, or older ones.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../flood/luck.h"
#include "../flood/tls.h"
#include "../flood/wire.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "device.h"
#include "edge/codec.h"
#include "hallmark/protocol.h"
#include "token/evidence.h"
#include "token/submission.h"

#define PORT           5684
#define FIRST_PORT     20000 /* each attempt of a device has its own */
#define PORTS          40000
#define PATIENCE_USEC  (120 * USEC_PER_SEC) /* then it has failed */
#define HANDSHAKE_USEC (20 * USEC_PER_SEC)  /* of one attempt, as hallmark-attester by default; then it tries again */
#define ACK_USEC       (2 * USEC_PER_SEC)   /* until a request is repeated, RFC 7252 section 4.8; then doubled */
#define REPEATS_MAX    4
#define LOOK_USEC      20000 /* how often the timers are looked at */
#define OPTION_MAX_AGE 14
#define BODY_MAX       1100
#define SESSION_BYTES  49152 /* of the heap, while a handshake goes on */

enum phase { IDLE = 0, SHAKES, ASKS, WAITS };

/* Options of a request, as CoAP encodes them: Uri-Path, of a submission also Content-Format. */
#define TO_ATTEST    "\266attest\021\076\377"
#define TO_ADMISSION "\271admission"
#define TO_DISCOVERY "\273.well-known\004core"

static const struct kind {
	const char *name, *options, *swversion; /* NULL: what the label names */
	bool is_attesting, holds;
} kinds[] = {
	{ .name = "attest", .options = TO_ATTEST, .is_attesting = true },
	{ .name = "change", .options = TO_ATTEST, .is_attesting = true, .swversion = "99.0.0" },
	{ .name = "admission", .options = TO_ADMISSION },
	{ .name = "discovery", .options = TO_DISCOVERY },
	{ .name = "hold", .options = TO_ADMISSION, .holds = true },
};
_Static_assert(HALLMARK_CF_MULTIPART == 076, "the Content-Format in the options");

struct device {
	uint8_t mac[MAC_LEN];
	struct in6_addr address;
	uint16_t attempts;
	enum phase phase;
	X509 *certificate; /* owned */
	EVP_PKEY *key;     /* owned */
	uint8_t ueid[DEVICE_UEID_LEN];
	SSL *ssl;             /* owned; NULL while it waits, and when it is done */
	uint64_t begun_usec;  /* when it had to begin */
	uint64_t shakes_usec; /* SHAKES: since when */
	uint64_t due_usec;    /* ASKS: of the next repetition; WAITS: of the next attempt */
	uint64_t repeat_usec;
	unsigned repeats;
	uint16_t message_id;
	uint8_t handle[HALLMARK_HANDLE_LEN]; /* in its evidence, and so in the result of it */
	uint8_t message[BODY_MAX + 64];      /* the request */
	size_t n_message;
	bool is_listed; /* among those that the timers look at */
};

/* Log-linear: 32 parts of each power of two, so that a value is known to 3 %. */
#define PARTS 32
struct histogram {
	uint64_t counts[48 * PARTS], n, most;
};

struct load {
	struct wire *wire;
	struct host gateway, host; /* host: what find() has found */
	SSL_CTX *ctx;
	const struct kind *kind;
	struct device *devices;
	uint32_t first;
	unsigned n_devices;
	struct bytes label;
	unsigned *listed, n_listed; /* numbers of devices */
	uint64_t under_way;
	unsigned turn;
	uint64_t luck;
	unsigned loss, disorder;
	struct host late_of; /* what comes behind the next datagram, if late_n is above 0 */
	uint8_t late[DATAGRAM_MAX];
	size_t late_n;
	uint64_t begun, mistaken, refused[600], lost_sessions, given_up, unanswered, repeats, attempts;
	struct histogram answered;
};

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
	(void)number;
	is_over = 1;
}

/* One of 1,000 for each part. */
static bool is_drawn(struct load *l, unsigned parts)
{
	return parts > 0 && luck_draw(&l->luck) % 1000 < parts;
}

/* --- Times --- */

static unsigned bucket_of(uint64_t usec)
{
	const unsigned exponent = usec < PARTS ? 0 : 63 - (unsigned)__builtin_clzll(usec / PARTS) + 1;

	return exponent == 0 ? (unsigned)usec : exponent * PARTS + (unsigned)((usec >> (exponent - 1)) - PARTS);
}

/* The greatest value of a bucket. */
static uint64_t value_of(unsigned bucket)
{
	const unsigned exponent = bucket / PARTS;

	return exponent == 0 ? bucket : ((uint64_t)(PARTS + bucket % PARTS + 1) << (exponent - 1)) - 1;
}

static void histogram_add(struct histogram *h, uint64_t usec)
{
	h->counts[bucket_of(usec)]++;
	h->n++;
	h->most = usec > h->most ? usec : h->most;
}

static uint64_t histogram_at(const struct histogram *h, double part)
{
	const uint64_t wanted = (uint64_t)((double)h->n * part);
	uint64_t sum = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(h->counts); i++) {
		sum += h->counts[i];
		if (sum > wanted)
			return value_of(i) < h->most ? value_of(i) : h->most;
	}
	return h->most;
}

/* --- What is sent --- */

static struct host host_of(const struct device *d)
{
	struct host host = { .address = d->address, .port = (uint16_t)(FIRST_PORT + d->attempts % PORTS) };

	memcpy(host.mac, d->mac, sizeof(host.mac));
	return host;
}

/* As a bad line does it: not at all, twice, or behind the next datagram. */
static void pass_on(struct load *l, const struct host *host, struct bytes datagram)
{
	if (is_drawn(l, l->loss))
		return;
	if (l->late_n == 0 && is_drawn(l, l->disorder)) {
		l->late_of = *host;
		l->late_n = datagram.n;
		memcpy(l->late, datagram.p, datagram.n);
		return;
	}
	for (unsigned times = is_drawn(l, l->disorder) ? 2 : 1; times > 0; times--)
		wire_put(l->wire, host, datagram);
	if (l->late_n > 0)
		wire_put(l->wire, &l->late_of, bytes_of(l->late, l->late_n));
	l->late_n = 0;
}

static void send_all(struct load *l, struct device *d)
{
	const struct host host = host_of(d);
	uint8_t datagram[DATAGRAM_MAX];
	struct writer w = WRITER(datagram);

	while (tls_take(d->ssl, &w)) {
		pass_on(l, &host, writer_bytes(&w));
		w = WRITER(datagram);
	}
}

static void send_message(struct load *l, struct device *d, struct bytes message)
{
	tls_write(d->ssl, message);
	send_all(l, d);
}

static void put_head(struct load *l, struct device *d, struct writer *w, uint8_t code)
{
	const uint64_t token = luck_draw(&l->luck);

	d->message_id++;
	writer_put(w, bytes_of((uint8_t[]){ 0x48, code, (uint8_t)(d->message_id >> 8), (uint8_t)d->message_id }, 4));
	writer_put(w, bytes_of(&token, sizeof(token)));
}

static void put_submission(struct load *l, struct device *d, struct writer *w)
{
	uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer evidence_to = WRITER(token);
	struct evidence evidence = device_evidence();

	evidence.place = device_place(d->mac, &d->address, &l->gateway.address);
	evidence.nonces[0] = BYTES(d->handle);
	evidence.ueid = BYTES(d->ueid);
	if (l->kind->swversion)
		(void)snprintf(evidence.product.swversion, sizeof(evidence.product.swversion), "%s",
			       l->kind->swversion);
	must(SSL_export_keying_material(d->ssl, d->handle, sizeof(d->handle), HALLMARK_EXPORTER_LABEL,
					strlen(HALLMARK_EXPORTER_LABEL), NULL, 0, 0) == 1);
	must(evidence_sign(&evidence, NULL, d->key, &evidence_to) == 0);
	must(submission_encode(&(struct submission){ .evidence = writer_bytes(&evidence_to),
						     .labels = { l->label },
						     .n_labels = 1 },
			       w) == 0);
}

static void ask(struct load *l, struct device *d)
{
	struct writer w = WRITER(d->message);

	put_head(l, d, &w, l->kind->is_attesting ? 2 : 1);
	writer_put(&w, bytes_of_string(l->kind->options));
	if (l->kind->is_attesting)
		put_submission(l, d, &w);
	must(!w.overflow);
	d->n_message = w.n;
	d->phase = ASKS;
	d->repeats = 0;
	d->repeat_usec = ACK_USEC;
	d->due_usec = clock_monotonic_usec() + d->repeat_usec;
	send_message(l, d, writer_bytes(&w));
}

/* --- One attempt --- */

static void prepare(const struct load *l, struct device *d)
{
	d->ssl = tls_new(l->ctx);
	must(d->ssl && SSL_use_certificate(d->ssl, d->certificate) == 1 && SSL_use_PrivateKey(d->ssl, d->key) == 1);
}

static void attempt(struct load *l, struct device *d)
{
	d->attempts++;
	l->attempts++;
	d->phase = SHAKES;
	d->shakes_usec = clock_monotonic_usec();
	if (!d->ssl)
		prepare(l, d);
	tls_start(d->ssl);
	send_all(l, d);
}

static void begin(struct load *l, uint64_t at_usec)
{
	l->begun++;
	for (unsigned i = 0; i < l->n_devices; i++) {
		struct device *d = &l->devices[l->turn];
		const unsigned number = l->turn;

		l->turn = (l->turn + 1) % l->n_devices;
		if (d->phase != IDLE)
			continue;
		d->begun_usec = at_usec;
		if (!d->is_listed)
			l->listed[l->n_listed++] = number;
		d->is_listed = true;
		l->under_way++;
		attempt(l, d);
		return;
	}
	l->unanswered++; /* all of them are still under way: it could not even begin */
}

static void hang_up(struct load *l, struct device *d)
{
	if (!d->ssl)
		return;
	if (SSL_is_init_finished(d->ssl)) {
		(void)SSL_shutdown(d->ssl);
		send_all(l, d);
	}
	SSL_free(d->ssl);
	d->ssl = NULL;
}

static void finish(struct load *l, struct device *d)
{
	if (!l->kind->holds)
		hang_up(l, d);
	d->phase = IDLE;
	l->under_way--;
}

static void wait_for(struct device *d, uint64_t usec)
{
	d->phase = WAITS;
	d->due_usec = clock_monotonic_usec() + usec;
}

/* 5 s of chance, as docs/protocol.md section 1 asks for. */
static void come_again(struct load *l, struct device *d, unsigned age_sec)
{
	hang_up(l, d);
	wait_for(d, age_sec * USEC_PER_SEC + luck_draw(&l->luck) % (5 * USEC_PER_SEC));
}

/* --- What comes --- */

/* RFC 7252 section 5.10.5: 60 when there is none. */
static unsigned max_age_of(struct bytes in)
{
	size_t at = 4 + (in.p[0] & 15), number = 0;

	while (at < in.n && in.p[at] != 0xff) {
		unsigned delta = in.p[at] >> 4, n = in.p[at] & 15, age = 0;

		if (delta > 13 || n > 12)
			return 60;
		at++;
		if (delta == 13 && at < in.n)
			delta = 13 + in.p[at++];
		number += delta;
		for (unsigned i = 0; i < n && at < in.n; i++)
			age = age << 8 | in.p[at++];
		if (number == OPTION_MAX_AGE)
			return age;
	}
	return 60;
}

/* docs/protocol.md section 1 */
static bool may_come_again(unsigned code)
{
	return code == 429 || code == 500 || code == 503;
}

static void on_answer(struct load *l, struct device *d, const struct coap_message *m, struct bytes in)
{
	const unsigned code = (m->code >> 5) * 100u + (m->code & 31);

	if (code >= 600)
		return;
	if (code / 100 == 2) {
		l->mistaken += l->kind->is_attesting && !memmem(in.p, in.n, d->handle, sizeof(d->handle));
		histogram_add(&l->answered, clock_monotonic_usec() - d->begun_usec);
		finish(l, d);
		return;
	}
	l->refused[code]++;
	if (may_come_again(code)) {
		come_again(l, d, code == 500 ? 0 : max_age_of(in));
		return;
	}
	finish(l, d);
}

static void on_message(struct load *l, struct device *d, struct bytes in)
{
	struct coap_message m;

	if (d->phase != ASKS || in.n < 4 || coap_decode(in, &m) != COAP_DECODED)
		return;
	if (m.code == COAP_EMPTY && m.type == COAP_ACK && m.id == d->message_id) {
		d->due_usec = UINT64_MAX; /* the answer will come */
		return;
	}
	if (m.type == COAP_CON)
		send_message(l, d, bytes_of((uint8_t[]){ 0x60, 0, (uint8_t)(m.id >> 8), (uint8_t)m.id }, 4));
	if (m.code != COAP_EMPTY && m.token_len == COAP_TOKEN_MAX &&
	    memcmp(m.token, d->message + 4, COAP_TOKEN_MAX) == 0)
		on_answer(l, d, &m, in);
}

static void on_datagram(struct load *l, struct device *d, struct bytes in)
{
	uint8_t plain[2048];
	struct writer w = WRITER(plain);
	const int r = tls_feed(d->ssl, in, &w);

	send_all(l, d);
	if (r < 0) {
		l->lost_sessions++;
		SSL_free(d->ssl);
		d->ssl = NULL;
		wait_for(d, luck_draw(&l->luck) % (5 * USEC_PER_SEC));
	} else if (r == 1 && d->phase == SHAKES) {
		ask(l, d);
	} else if (w.n > 0) {
		on_message(l, d, writer_bytes(&w));
	}
}

static struct device *device_at(const struct load *l, const struct in6_addr *address)
{
	uint32_t number;

	memcpy(&number, address->s6_addr + 12, sizeof(number));
	number = ntohl(number) - 1 - l->first;
	if (number >= l->n_devices || !IN6_ARE_ADDR_EQUAL(&l->devices[number].address, address))
		return NULL;
	return &l->devices[number];
}

static const struct host *find(const struct in6_addr *address, void *userdata)
{
	struct load *l = userdata;
	const struct device *d = device_at(l, address);

	if (!d)
		return NULL;
	l->host = host_of(d);
	return &l->host;
}

static void arrived(const struct host *to, struct bytes payload, void *userdata)
{
	struct load *l = userdata;
	struct device *d = device_at(l, &to->address);

	if (!d || to->port != host_of(d).port || is_drawn(l, l->loss))
		return;
	for (unsigned times = is_drawn(l, l->disorder) ? 2 : 1; times > 0 && d->ssl; times--)
		on_datagram(l, d, payload);
}

/* --- Time --- */

static void repeat(struct load *l, struct device *d, uint64_t now_usec)
{
	if (d->repeats++ == REPEATS_MAX) {
		come_again(l, d, 0);
		return;
	}
	l->repeats++;
	d->repeat_usec *= 2;
	d->due_usec = now_usec + d->repeat_usec;
	send_message(l, d, bytes_of(d->message, d->n_message));
}

static void on_time(struct load *l, struct device *d, uint64_t now_usec)
{
	if (now_usec - d->begun_usec > PATIENCE_USEC) {
		l->unanswered++;
		finish(l, d);
	} else if (d->phase == SHAKES && now_usec - d->shakes_usec > HANDSHAKE_USEC) {
		l->given_up++;
		come_again(l, d, 0);
	} else if (d->phase == SHAKES) {
		if (DTLSv1_handle_timeout(d->ssl) > 0)
			l->repeats++;
		send_all(l, d);
	} else if (d->phase == ASKS && now_usec >= d->due_usec) {
		repeat(l, d, now_usec);
	} else if (d->phase == WAITS && now_usec >= d->due_usec) {
		attempt(l, d);
	}
}

static void look_at_all(struct load *l)
{
	const uint64_t now_usec = clock_monotonic_usec();
	unsigned kept = 0;

	for (unsigned i = 0; i < l->n_listed; i++) {
		struct device *d = &l->devices[l->listed[i]];

		if (d->phase != IDLE)
			on_time(l, d, now_usec);
		d->is_listed = d->phase != IDLE;
		if (d->is_listed)
			l->listed[kept++] = l->listed[i];
	}
	l->n_listed = kept;
}

/*
 * What each device has ready by itself before it begins, and one process for all of them has not: the objects of its session, and memory
 * to go on with.
 */
static void prepare_all(struct load *l)
{
	void *memory;

	for (unsigned i = 0; i < l->n_devices; i++)
		prepare(l, &l->devices[i]);
	must(mallopt(M_MMAP_MAX, 0) == 1 && mallopt(M_TRIM_THRESHOLD, INT_MAX) == 1);
	memory = malloc((size_t)l->n_devices * SESSION_BYTES);
	must(memory);
	memset(memory, 1, (size_t)l->n_devices * SESSION_BYTES);
	free(memory);
}

/* Returns how long it took. */
static uint64_t run(struct load *l, uint64_t rate, uint64_t at_once, uint64_t count)
{
	const uint64_t begin_usec = clock_monotonic_usec();
	uint64_t looked_usec = begin_usec;

	while (!is_over && (l->begun < count || l->under_way > 0)) {
		const uint64_t now_usec = clock_monotonic_usec();
		uint64_t due = rate > 0 ? (now_usec - begin_usec) * rate / USEC_PER_SEC + 1 :
					  l->begun + at_once - l->under_way;

		due = due < count ? due : count;
		while (l->begun < due)
			begin(l, rate > 0 ? begin_usec + l->begun * USEC_PER_SEC / rate : now_usec);
		wire_flush(l->wire);
		wire_wait(l->wire, 1);
		wire_receive(l->wire, find, arrived, l);
		wire_flush(l->wire);
		if (now_usec - looked_usec < LOOK_USEC)
			continue;
		looked_usec = now_usec;
		look_at_all(l);
	}
	return clock_monotonic_usec() - begin_usec;
}

static double msec(uint64_t usec)
{
	return (double)usec / 1e3;
}

/* After the others they come again. */
static uint64_t refused_for_good(const struct load *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(l->refused); i++)
		n += may_come_again(i) ? 0 : l->refused[i];
	return n;
}

static void print(const struct load *l, uint64_t took_usec)
{
	const struct histogram *h = &l->answered;

	(void)printf("{\"begun\":%ju,\"answered\":%ju,\"barred\":%ju,\"unanswered\":%ju,\"under_way\":%ju,"
		     "\"mistaken\":%ju,",
		     (uintmax_t)l->begun, (uintmax_t)h->n, (uintmax_t)refused_for_good(l), (uintmax_t)l->unanswered,
		     (uintmax_t)l->under_way, (uintmax_t)l->mistaken);
	(void)printf("\"refused\":{");
	for (unsigned i = 0, n = 0; i < ARRAY_SIZE(l->refused); i++)
		if (l->refused[i] > 0)
			(void)printf("%s\"%u.%02u\":%ju", n++ ? "," : "", i / 100, i % 100, (uintmax_t)l->refused[i]);
	(void)printf("},\"attempts\":%ju,\"lost_sessions\":%ju,\"given_up\":%ju,\"repeats\":%ju,",
		     (uintmax_t)l->attempts, (uintmax_t)l->lost_sessions, (uintmax_t)l->given_up,
		     (uintmax_t)l->repeats);
	(void)printf("\"seconds\":%.3f,\"a_second\":%.1f,", (double)took_usec / 1e6,
		     (double)h->n * 1e6 / (double)took_usec);
	(void)printf("\"twentieths_ms\":[");
	for (unsigned i = 1; i <= 20; i++) /* by when so many were answered */
		(void)printf("%s%.1f", i > 1 ? "," : "", msec(histogram_at(h, i / 20.0)));
	(void)printf("],");
	(void)printf("\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"most_ms\":%.2f}\n", msec(histogram_at(h, 0.5)),
		     msec(histogram_at(h, 0.99)), msec(histogram_at(h, 0.999)), msec(h->most));
}

/* --- Who they are --- */

static bool read_maker(const char *folder, struct pki_node *ret)
{
	char path[4096];
	_cleanup_fclose_ FILE *certificate = NULL, *key = NULL;

	(void)snprintf(path, sizeof(path), "%s/maker.crt", folder);
	certificate = fopen(path, "re");
	(void)snprintf(path, sizeof(path), "%s/maker.key", folder);
	key = fopen(path, "re");
	*ret = (struct pki_node){ 0 };
	if (certificate)
		ret->certificate = PEM_read_X509(certificate, NULL, NULL, NULL);
	if (key)
		ret->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
	return ret->certificate && ret->key;
}

static void make_device(const struct load *l, const struct pki_node *maker, uint32_t number, struct device *ret)
{
	struct pki_node node = device_issue(maker, number);

	*ret = (struct device){ .address = device_address(&l->gateway.address, number),
				.certificate = node.certificate,
				.key = node.key };
	device_mac(number, ret->mac);
	device_ueid(number, ret->ueid);
	OPENSSL_free(node.der);
}

static bool make_devices(struct load *l, const char *folder)
{
	struct pki_node maker;
	char path[4096];
	uint8_t *label = NULL;
	size_t n_label = 0;

	(void)snprintf(path, sizeof(path), "%s/wall-pad.label", folder);
	if (!read_maker(folder, &maker) || file_read(path, HALLMARK_TOKEN_MAX, &label, &n_label) < 0)
		return false;
	l->label = bytes_of(label, n_label); /* until the end */
	l->devices = calloc(l->n_devices, sizeof(*l->devices));
	l->listed = calloc(l->n_devices, sizeof(*l->listed));
	must(l->devices && l->listed);
	for (uint32_t i = 0; i < l->n_devices; i++)
		make_device(l, &maker, l->first + i, &l->devices[i]);
	pki_done(&maker);
	return true;
}

enum { DEVICES = 0, FIRST, RATE, AT_ONCE, COUNT, LOSS, DISORDER, NUMBERS };

/* The last one may be missing. */
static bool read_numbers(char **texts, int n, uint64_t ret[static NUMBERS])
{
	if (n != NUMBERS && n != NUMBERS - 1)
		return false;
	ret[DISORDER] = 0;
	for (int i = 0; i < n; i++) {
		char *rest;

		ret[i] = strtoull(texts[i], &rest, 10);
		if (texts[i][0] < '0' || texts[i][0] > '9' || *rest != '\0' || ret[i] > UINT32_MAX)
			return false;
	}
	return ret[DEVICES] > 0 && ret[COUNT] > 0 && ret[RATE] + ret[AT_ONCE] > 0 && ret[LOSS] < 1000 &&
	       ret[DISORDER] < 1000;
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* Answers who asks where the devices are, or the gateway forgets it. */
static void hold(struct load *l)
{
	(void)fflush(stdout);
	while (!is_over) {
		wire_wait(l->wire, 100);
		wire_receive(l->wire, find, arrived, l);
		wire_flush(l->wire);
	}
}

int main(int argc, char **argv)
{
	static struct load l;
	uint64_t numbers[NUMBERS];
	int r;

	if (argc < 6 || !mac_from_text(argv[3], l.gateway.mac) ||
	    inet_pton(AF_INET6, argv[4], &l.gateway.address) != 1 || !(l.kind = find_kind(argv[5])) ||
	    !read_numbers(argv + 6, argc - 6, numbers)) {
		(void)fputs("load FOLDER INTERFACE GATEWAY-MAC GATEWAY-ADDRESS KIND DEVICES FIRST RATE AT-ONCE COUNT "
			    "LOSS [DISORDER]\n"
			    "KIND is attest, change, admission, discovery or hold.\n"
			    "The address is IPv6. RATE or AT-ONCE is above 0, LOSS and DISORDER below 1000.\n",
			    stderr);
		return EXIT_FAILURE;
	}
	l.gateway.port = PORT;
	l.n_devices = (unsigned)numbers[DEVICES];
	l.first = (uint32_t)numbers[FIRST];
	l.loss = (unsigned)numbers[LOSS];
	l.disorder = (unsigned)numbers[DISORDER];
	l.ctx = tls_context(NULL, NULL);
	must(l.ctx && RAND_bytes((unsigned char *)&l.luck, sizeof(l.luck)) == 1);
	if (!make_devices(&l, argv[1])) {
		(void)fprintf(stderr, "load: %s has not all files of make_store\n", argv[1]);
		return EXIT_FAILURE;
	}
	r = wire_new(argv[2], &l.gateway, &l.wire);
	if (r < 0) {
		(void)fprintf(stderr, "load: %s: %s\n", argv[2], strerror(-r));
		return EXIT_FAILURE;
	}
	(void)signal(SIGTERM, on_signal);
	if (numbers[RATE] > 0)
		prepare_all(&l);
	print(&l, run(&l, numbers[RATE], numbers[AT_ONCE], numbers[COUNT]));
	if (l.kind->holds)
		hold(&l);
	wire_free(l.wire);
	return EXIT_SUCCESS;
}
