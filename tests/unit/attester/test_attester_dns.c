/* SPDX-License-Identifier: Apache-2.0 */
/* links: attester */
/* Discovery by DNS-SD: what is taken from an answer that anybody may have sent, and whom a domain leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "attester/dns_answer.h"
#include "attester/dnssd.h"
#include "base/cleanup.h"

#define SERVICES "_hallmark._udp.home.arpa"
#define INSTANCE "gateway._hallmark._udp.home.arpa"
#define HOST     "gateway.home.arpa"

/* --- messages --- */

static uint8_t message[70000];
static size_t n_message;

static void put(const void *p, size_t n)
{
	memcpy(message + n_message, p, n);
	n_message += n;
}

static void put16(unsigned value)
{
	put((const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

/* Labels between dots; no escapes. */
static void put_name(const char *name)
{
	for (size_t n; *name && *name != '.'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		put((const uint8_t[]){ (uint8_t)n }, 1);
		put(name, n);
	}
	put("", 1);
}

/* An answer (QR, AA) to one question. */
static void begin(const char *name, int type, unsigned n_answers)
{
	n_message = 0;
	put16(0x1234);
	put16(0x8400);
	put16(1);
	put16(n_answers);
	put16(0);
	put16(0);
	put_name(name);
	put16((unsigned)type);
	put16(ns_c_in);
}

/* Up to its data, of n bytes. */
static void put_head(const char *name, int type, size_t n)
{
	put_name(name);
	put16((unsigned)type);
	put16(ns_c_in);
	put16(0);
	put16(120);
	put16((unsigned)n);
}

static size_t length_of_name(const char *name)
{
	return strcmp(name, ".") == 0 ? 1 : strlen(name) + 2;
}

static void put_ptr(const char *name, const char *to)
{
	put_head(name, ns_t_ptr, length_of_name(to));
	put_name(to);
}

static void put_srv(const char *name, unsigned priority, unsigned port, const char *target)
{
	put_head(name, ns_t_srv, 6 + length_of_name(target));
	put16(priority);
	put16(0);
	put16(port);
	put_name(target);
}

static void put_address(const char *name, const char *address)
{
	bool is_six = strchr(address, ':') != NULL;
	uint8_t bytes[16];

	assert_int_equal(inet_pton(is_six ? AF_INET6 : AF_INET, address, bytes), 1);
	put_head(name, is_six ? ns_t_aaaa : ns_t_a, is_six ? 16 : 4);
	put(bytes, is_six ? 16 : 4);
}

static int take(const char *name, int type, struct dns_records *ret)
{
	uint8_t *exact = malloc(n_message); /* so that the sanitizer sees one read too many */
	int r;

	assert_non_null(exact);
	memcpy(exact, message, n_message);
	*ret = (struct dns_records){ 0 };
	r = dns_answer_take(bytes_of(exact, n_message), name, type, ret);
	free(exact);
	return r;
}

/* --- one answer --- */

static void test_each_type(void **state)
{
	struct dns_records got;
	(void)state;

	begin(SERVICES, ns_t_ptr, 2);
	put_ptr(SERVICES, INSTANCE);
	put_ptr(SERVICES, "second._hallmark._udp.home.arpa");
	assert_int_equal(take(SERVICES, ns_t_ptr, &got), 0);
	assert_int_equal(got.n, 2);
	assert_string_equal(got.at[0].name, INSTANCE);

	begin(INSTANCE, ns_t_srv, 1);
	put_srv(INSTANCE, 7, 5684, HOST);
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.at[0].name, HOST);
	assert_int_equal(got.at[0].priority, 7);
	assert_int_equal(got.at[0].port, 5684);
	assert_int_equal(take("GATEWAY._hallmark._UDP.home.arpa", ns_t_srv, &got), 0); /* RFC 4343 */
	assert_int_equal(got.n, 1);

	begin(HOST, ns_t_a, 1);
	put_address(HOST, "192.0.2.1");
	assert_int_equal(take(HOST, ns_t_a, &got), 0);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.at[0].address.in.sin_family, AF_INET);
	assert_int_equal(got.at[0].address.in.sin_addr.s_addr, htonl(0xc0000201));

	begin(HOST, ns_t_aaaa, 1);
	put_address(HOST, "2001:db8::1");
	assert_int_equal(take(HOST, ns_t_aaaa, &got), 0);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.at[0].address.in6.sin6_family, AF_INET6);
}

/* The flag of multicast DNS, and names that stand compressed. */
static void test_flags_and_compression(void **state)
{
	struct dns_records got;
	(void)state;

	begin(INSTANCE, ns_t_srv, 1);
	put16(0xc00c); /* the name of the question */
	put16(ns_t_srv);
	put16(0x8001);
	put16(0);
	put16(120);
	put16(8);
	put16(0);
	put16(0);
	put16(5684);
	put16(0xc00c);
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.at[0].name, INSTANCE);
}

static void test_records_that_lead_nowhere(void **state)
{
	static const char *const addresses[] = {
		"0.0.0.0",   "0.1.2.3", "127.0.0.1", "224.0.0.251", "255.255.255.255",
		"240.0.0.1", "::",      "::1",       "ff02::fb",    "::ffff:192.0.2.1"
	};
	struct dns_records got;
	(void)state;

	begin(INSTANCE, ns_t_srv, 3);
	put_srv(INSTANCE, 0, 5684, "."); /* RFC 2782: decidedly not available */
	put_srv(INSTANCE, 0, 0, HOST);
	put_srv(INSTANCE, 0, 5684, HOST);
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.at[0].name, HOST);

	begin(SERVICES, ns_t_ptr, 1);
	put_ptr(SERVICES, ".");
	assert_int_equal(take(SERVICES, ns_t_ptr, &got), 0);
	assert_int_equal(got.n, 0);

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		int type = strchr(addresses[i], ':') ? ns_t_aaaa : ns_t_a;

		begin(HOST, type, 2);
		put_address(HOST, addresses[i]);
		put_address(HOST, type == ns_t_a ? "192.0.2.1" : "fe80::1");
		assert_int_equal(take(HOST, type, &got), 0);
		assert_int_equal(got.n, 1);
	}
}

static void test_answers_of_others(void **state)
{
	struct dns_records got;
	(void)state;

	begin(INSTANCE, ns_t_srv, 5);
	put_srv("other._hallmark._udp.home.arpa", 0, 5684, HOST);
	put_srv("gateway._hallmark._udp.home.arpa.example", 0, 5684, HOST);
	put_ptr(INSTANCE, HOST);
	put_address(INSTANCE, "192.0.2.1");
	put_srv(INSTANCE, 0, 5684, "good.home.arpa");
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.at[0].name, "good.home.arpa");
	assert_int_equal(take(INSTANCE, ns_t_txt, &got), 0);
	assert_int_equal(got.n, 0);

	message[n_message - length_of_name("good.home.arpa") - 6 - 7] = 3; /* the class CHAOS */
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, 0);
}

static void test_what_is_no_answer(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 2, 0x04 }, /* a question */
		{ 2, 0x94 }, /* another operation: 2 */
		{ 3, 0x03 }, /* NXDOMAIN */
		{ 5, 9 },    /* more questions than there are */
		{ 7, 9 },    /* more answers */
		{ 11, 9 },   /* more additional records */
	};
	struct dns_records got;
	(void)state;

	for (size_t i = 0; i <= ARRAY_SIZE(changes); i++) {
		begin(INSTANCE, ns_t_srv, 1);
		put_srv(INSTANCE, 0, 5684, HOST);
		if (i < ARRAY_SIZE(changes))
			message[changes[i].at] = changes[i].value;
		assert_int_equal(take(INSTANCE, ns_t_srv, &got), i < ARRAY_SIZE(changes) ? -EBADMSG : 0);
	}
	n_message = 0;
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), -EBADMSG);
}

static void test_names_in_a_circle(void **state)
{
	struct dns_records got;
	(void)state;

	begin(INSTANCE, ns_t_srv, 1);
	put_head(INSTANCE, ns_t_srv, 8);
	put16(0);
	put16(0);
	put16(5684);
	put16(0xc000 | (unsigned)n_message); /* the target is itself */
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), -EBADMSG);

	begin(INSTANCE, ns_t_srv, 1);
	put16(0xc000 | (unsigned)n_message); /* the owner is itself */
	put16(ns_t_srv);
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), -EBADMSG);
}

/* Cut anywhere, and with the length of the data one more and one less. */
static void test_lengths(void **state)
{
	struct dns_records got;
	size_t whole, at;
	(void)state;

	begin(INSTANCE, ns_t_srv, 1);
	put_srv(INSTANCE, 0, 5684, HOST);
	whole = n_message;
	for (n_message = 0; n_message < whole; n_message++)
		assert_int_equal(take(INSTANCE, ns_t_srv, &got), -EBADMSG);
	at = whole - length_of_name(HOST) - 6 - 1;
	for (int more = -1; more <= 1; more++) {
		n_message = whole;
		message[at] = (uint8_t)(6 + (int)length_of_name(HOST) + more);
		assert_int_equal(take(INSTANCE, ns_t_srv, &got), more == 0 ? 0 : -EBADMSG);
	}
	for (unsigned n = 0; n <= 6; n++) { /* no target, or not even a port */
		begin(INSTANCE, ns_t_srv, 1);
		put_head(INSTANCE, ns_t_srv, n);
		put("\0\0\0\0\x16\x34", n);
		assert_int_equal(take(INSTANCE, ns_t_srv, &got), -EBADMSG);
	}
	begin(HOST, ns_t_a, 1);
	put_head(HOST, ns_t_a, 5);
	put("\xc0\0\2\1\1", 5);
	assert_int_equal(take(HOST, ns_t_a, &got), -EBADMSG);
}

/* A TXT record as long as can be is passed over, and so is what is behind the fourth record. */
static void test_much(void **state)
{
	static const uint8_t zeros[60000];
	struct dns_records got;
	(void)state;

	begin(INSTANCE, ns_t_srv, 2);
	put_head(INSTANCE, ns_t_txt, sizeof(zeros));
	put(zeros, sizeof(zeros));
	put_srv(INSTANCE, 0, 5684, HOST);
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, 1);
	n_message = 65536;
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), -EBADMSG);

	begin(INSTANCE, ns_t_srv, 800);
	for (unsigned i = 0; i < 800; i++)
		put_srv(INSTANCE, 0, 5684 + i, HOST);
	assert_int_equal(take(INSTANCE, ns_t_srv, &got), 0);
	assert_int_equal(got.n, DNS_RECORDS_MAX);
}

/* As from two links: the same answer twice. */
static void test_the_same_again(void **state)
{
	struct dns_records got = { 0 };
	(void)state;

	begin(SERVICES, ns_t_ptr, 3);
	put_ptr(SERVICES, INSTANCE);
	put_ptr(SERVICES, INSTANCE);
	put_ptr(SERVICES, "second._hallmark._udp.home.arpa");
	for (int i = 0; i < 2; i++)
		assert_int_equal(dns_answer_take(bytes_of(message, n_message), SERVICES, ns_t_ptr, &got), 0);
	assert_int_equal(got.n, 2);
	assert_string_equal(got.at[1].name, "second._hallmark._udp.home.arpa");
}

/* --- three questions --- */

/* What the server has of each name, and whether it answers. */
static struct row {
	const char *name;
	int type;
	const char *value;
	unsigned priority, port;
	const char *by; /* the neighbour's address */
} rows[24];
static unsigned n_asked;
static uint64_t end_usec = UINT64_MAX;

static int ask(void *userdata, const char *name, int type, struct dns_records *records)
{
	unsigned n = 0;

	if (n_asked++ == *(unsigned *)userdata)
		return -EAGAIN;
	for (size_t i = 0; i < ARRAY_SIZE(rows) && rows[i].name; i++)
		n += strcmp(rows[i].name, name) == 0 && rows[i].type == type;
	begin(name, type, n);
	for (size_t i = 0; i < ARRAY_SIZE(rows) && rows[i].name; i++) {
		const struct row *row = &rows[i];

		if (strcmp(row->name, name) != 0 || row->type != type)
			continue;
		if (type == ns_t_ptr)
			put_ptr(name, row->value);
		else if (type == ns_t_srv)
			put_srv(name, row->priority, row->port, row->value);
		else
			put_address(name, row->value);
	}
	n = (unsigned)take(name, type, records);
	for (size_t i = 0, k = 0; i < ARRAY_SIZE(rows) && rows[i].name && k < records->n; i++) {
		struct sockaddr_in *by = &records->at[k].by.in;

		if (strcmp(rows[i].name, name) != 0 || rows[i].type != type)
			continue;
		k++;
		if (rows[i].by) {
			by->sin_family = AF_INET;
			assert_int_equal(inet_pton(AF_INET, rows[i].by, &by->sin_addr), 1);
		}
	}
	return (int)n;
}

static int find(unsigned silent_at, struct dnssd_places *ret)
{
	*ret = (struct dnssd_places){ 0 };
	n_asked = 0;
	return dnssd_find(&(struct dns_server){ .ask = ask, .userdata = &silent_at, .end_usec = end_usec },
			  "home.arpa.", ret);
}

static void set_rows(const struct row *wanted, size_t n)
{
	memset(rows, 0, sizeof(rows));
	memcpy(rows, wanted, n * sizeof(*wanted));
}
#define SET_ROWS(...)                                                                                                  \
	set_rows((const struct row[]){ __VA_ARGS__ }, sizeof((const struct row[]){ __VA_ARGS__ }) / sizeof(struct row))

static void assert_place(const union endpoint *place, const char *address, unsigned port)
{
	char text[INET6_ADDRSTRLEN];
	bool is_six = place->any.sa_family == AF_INET6;

	assert_non_null(inet_ntop(place->any.sa_family,
				  is_six ? (const void *)&place->in6.sin6_addr : (const void *)&place->in.sin_addr,
				  text, sizeof(text)));
	assert_string_equal(text, address);
	assert_int_equal(ntohs(is_six ? place->in6.sin6_port : place->in.sin_port), port);
}

static void test_a_domain(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, INSTANCE, 0, 0, NULL }, { INSTANCE, ns_t_srv, HOST, 0, 5685, NULL },
		 { HOST, ns_t_a, "192.0.2.1", 0, 0, NULL }, { HOST, ns_t_aaaa, "2001:db8::1", 0, 0, NULL });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(n_asked, 4);
	assert_int_equal(got.n, 2);
	assert_place(&got.at[0], "192.0.2.1", 5685);
	assert_place(&got.at[1], "2001:db8::1", 5685);
}

/* Whatever is missing, nothing is found, and nothing else is asked. */
static void test_nothing(void **state)
{
	struct dnssd_places got;
	(void)state;

	memset(rows, 0, sizeof(rows));
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(n_asked, 1);
	assert_int_equal(got.n, 0);
	SET_ROWS({ SERVICES, ns_t_ptr, INSTANCE, 0, 0, NULL });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(n_asked, 2);
	assert_int_equal(got.n, 0);
	SET_ROWS({ SERVICES, ns_t_ptr, INSTANCE, 0, 0, NULL }, { INSTANCE, ns_t_srv, HOST, 0, 5684, NULL });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(n_asked, 4);
	assert_int_equal(got.n, 0);
}

static void test_a_server_that_is_silent(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, INSTANCE, 0, 0, NULL }, { INSTANCE, ns_t_srv, HOST, 0, 5684, NULL },
		 { HOST, ns_t_a, "192.0.2.1", 0, 0, NULL });
	for (unsigned at = 0; at < 4; at++) {
		static const unsigned asked[] = { 1, 2, 4, 4 };

		assert_int_equal(find(at, &got), at == 3 ? 0 : -EAGAIN);
		assert_int_equal(n_asked, asked[at]);
		assert_int_equal(got.n, at == 3);
	}
}

/* A name of which the server says nothing does not stand for the others. */
static void test_silence_about_one(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, "a", 0, 0, NULL }, { SERVICES, ns_t_ptr, "b", 0, 0, NULL },
		 { "a", ns_t_srv, "a1", 0, 1, NULL }, { "b", ns_t_srv, "b1", 0, 2, NULL },
		 { "a1", ns_t_a, "192.0.2.1", 0, 0, NULL }, { "b1", ns_t_a, "192.0.2.2", 0, 0, NULL });
	for (unsigned at = 1; at <= 2; at++) {
		assert_int_equal(find(at, &got), 0);
		assert_int_equal(got.n, 1);
		assert_place(&got.at[0], at == 1 ? "192.0.2.2" : "192.0.2.1", at == 1 ? 2 : 1);
	}
	assert_int_equal(find(3, &got), 0); /* about one address */
	assert_int_equal(got.n, 1);
	assert_place(&got.at[0], "192.0.2.2", 2);
}

static void test_the_time_is_over(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, INSTANCE, 0, 0, NULL }, { INSTANCE, ns_t_srv, HOST, 0, 5684, NULL },
		 { HOST, ns_t_a, "192.0.2.1", 0, 0, NULL });
	end_usec = 0;
	assert_int_equal(find(99, &got), -ETIMEDOUT);
	assert_int_equal(n_asked, 0);
	end_usec = UINT64_MAX;
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(got.n, 1);
}

static void test_priorities(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, "a", 0, 0, NULL }, { SERVICES, ns_t_ptr, "b", 0, 0, NULL },
		 { "a", ns_t_srv, "a1", 30, 1, NULL }, { "a", ns_t_srv, "a2", 10, 2, NULL },
		 { "b", ns_t_srv, "b1", 20, 3, NULL }, { "b", ns_t_srv, "b2", 20, 4, NULL },
		 { "b", ns_t_srv, "b3", 5, 5, NULL }, { "a1", ns_t_a, "192.0.2.1", 0, 0, NULL },
		 { "a2", ns_t_a, "192.0.2.2", 0, 0, NULL }, { "b1", ns_t_a, "192.0.2.3", 0, 0, NULL },
		 { "b2", ns_t_a, "192.0.2.4", 0, 0, NULL }, { "b3", ns_t_a, "192.0.2.5", 0, 0, NULL });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(got.n, DNSSD_PLACES_MAX);
	assert_place(&got.at[0], "192.0.2.5", 5);
	assert_place(&got.at[1], "192.0.2.2", 2);
	assert_place(&got.at[2], "192.0.2.3", 3);
	assert_place(&got.at[3], "192.0.2.1",
		     1); /* the second of "a" comes before the third of "b", which is left out */
}

/* One who announces as much as he can leaves room for another. */
static void test_turns(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, "evil", 0, 0, NULL }, { SERVICES, ns_t_ptr, "good", 0, 0, NULL },
		 { "evil", ns_t_srv, "e1", 0, 1, NULL }, { "evil", ns_t_srv, "e2", 0, 2, NULL },
		 { "evil", ns_t_srv, "e3", 0, 3, NULL }, { "evil", ns_t_srv, "e4", 0, 4, NULL },
		 { "good", ns_t_srv, "g", 10, 5, NULL }, { "e1", ns_t_a, "192.0.2.1", 0, 0, NULL },
		 { "e1", ns_t_a, "192.0.2.2", 0, 0, NULL }, { "e1", ns_t_a, "192.0.2.3", 0, 0, NULL },
		 { "e1", ns_t_a, "192.0.2.4", 0, 0, NULL }, { "e2", ns_t_a, "192.0.2.5", 0, 0, NULL },
		 { "g", ns_t_a, "192.0.2.6", 0, 0, NULL }, { "g", ns_t_aaaa, "2001:db8::6", 0, 0, NULL });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(got.n, DNSSD_PLACES_MAX);
	assert_place(&got.at[0], "192.0.2.1", 1);
	assert_place(&got.at[1], "192.0.2.6", 5);
	assert_place(&got.at[2], "192.0.2.5", 2);
	assert_place(&got.at[3], "192.0.2.2", 1);
}

/* On the link anybody may answer in anybody's name: whom a neighbour calls a gateway, and where, is taken together. */
static void test_neighbours(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, "evil", 0, 0, "192.0.2.1" }, { SERVICES, ns_t_ptr, "good", 0, 0, "192.0.2.9" },
		 { "evil", ns_t_srv, "e", 0, 1, "192.0.2.1" }, { "evil", ns_t_srv, "e", 0, 2, "192.0.2.2" },
		 { "good", ns_t_srv, "g", 0, 3, "192.0.2.1" }, { "good", ns_t_srv, "g", 0, 4, "192.0.2.2" },
		 { "good", ns_t_srv, "g", 10, 5, "192.0.2.9" }, { "e", ns_t_a, "192.0.2.1", 0, 0, "192.0.2.1" },
		 { "g", ns_t_a, "192.0.2.1", 0, 0, "192.0.2.1" }, { "g", ns_t_a, "192.0.2.2", 0, 0, "192.0.2.2" },
		 { "g", ns_t_a, "192.0.2.9", 0, 0, "192.0.2.9" });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(got.n, DNSSD_PLACES_MAX);
	assert_place(&got.at[0], "192.0.2.1", 1);
	assert_place(&got.at[1], "192.0.2.1", 2);
	assert_place(&got.at[2], "192.0.2.9", 5);
	assert_place(&got.at[3], "192.0.2.1", 3);
}

/* Instances without end do not make questions without end. */
static void test_questions_have_an_end(void **state)
{
	struct dnssd_places got;
	(void)state;

	SET_ROWS({ SERVICES, ns_t_ptr, SERVICES, 0, 0, NULL }, { SERVICES, ns_t_ptr, "a", 0, 0, NULL },
		 { SERVICES, ns_t_ptr, "b", 0, 0, NULL }, { SERVICES, ns_t_ptr, "c", 0, 0, NULL },
		 { SERVICES, ns_t_ptr, "d", 0, 0, NULL }, { "a", ns_t_srv, "a", 0, 1, NULL },
		 { "a", ns_t_srv, "b", 0, 1, NULL }, { "b", ns_t_srv, "a", 0, 1, NULL },
		 { "b", ns_t_srv, "b", 0, 1, NULL }, { "c", ns_t_srv, "c", 0, 1, NULL });
	assert_int_equal(find(99, &got), 0);
	assert_int_equal(n_asked, 1 + DNS_RECORDS_MAX + 2 * DNS_RECORDS_MAX);
	assert_int_equal(got.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type),
		cmocka_unit_test(test_flags_and_compression),
		cmocka_unit_test(test_records_that_lead_nowhere),
		cmocka_unit_test(test_answers_of_others),
		cmocka_unit_test(test_what_is_no_answer),
		cmocka_unit_test(test_names_in_a_circle),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_a_domain),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_a_server_that_is_silent),
		cmocka_unit_test(test_silence_about_one),
		cmocka_unit_test(test_the_time_is_over),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_questions_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
