/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge base */
/* wraps: senders_make_place */
/* ClientHellos that wait for a place: the ring, and an edge whose places are all taken by handshakes that are spared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/sessions.h"
#include "edge/senders.h"
#include "edge/waiting.h"
#include "edge_client.h"

#define NOW USEC_PER_SEC

/* --- the ring --- */

static struct waiting *waiting;

/* Of MAC `mac` at a port. */
static bool add_from(uint8_t address, uint64_t port, uint64_t mac, const char *text, uint64_t now_usec)
{
	struct sender_port at = { .key = port };
	const struct sender sender = { .port = &at, .key = mac };
	const struct datagram hello = { .route.mark = (uint32_t)mac,
					.route.peer.sin6_addr.s6_addr[15] = address,
					.payload = bytes_of_string(text) };

	return waiting_add(waiting, &sender, &hello, now_usec);
}

static bool add(uint64_t port, uint64_t mac, const char *text, uint64_t now_usec)
{
	return add_from(1, port, mac, text, now_usec);
}

/* "": there is none. */
static const char *take(uint32_t mac)
{
	static uint8_t space[WAITING_BYTES];
	struct datagram hello;

	if (!waiting_take(waiting, space, &hello))
		return "";
	assert_int_equal(hello.route.mark, mac);
	assert_true(hello.payload.n < sizeof(space));
	space[hello.payload.n] = '\0';
	return (const char *)space;
}

static int set_up(void **state)
{
	(void)state;
	waiting = waiting_new();
	return waiting ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	waiting_free(waiting);
	return 0;
}

static void test_the_first_is_served_first(void **state)
{
	(void)state;
	assert_string_equal(take(0), "");
	assert_true(add(1, 1, "one", NOW));
	assert_true(add(1, 2, "two", NOW));
	assert_true(add(2, 1, "another port's", NOW));
	assert_true(add(1, 1, "one, repeated", NOW)); /* and keeps its turn */
	assert_string_equal(take(1), "one, repeated");
	assert_true(add(1, 1, "one again", NOW));
	assert_string_equal(take(2), "two");
	assert_string_equal(take(1), "another port's");
	assert_string_equal(take(1), "one again");
	assert_string_equal(take(0), "");
}

/* Their mark is the same. */
static void test_two_devices_wait_each_for_itself(void **state)
{
	(void)state;
	assert_true(add_from(1, 1, 1, "one", NOW));
	assert_true(add_from(2, 1, 1, "another", NOW));
	assert_true(add_from(1, 1, 1, "one, repeated", NOW));
	assert_string_equal(take(1), "one, repeated");
	assert_string_equal(take(1), "another");
	assert_string_equal(take(0), "");
}

static void test_old_ones_are_dropped(void **state)
{
	(void)state;
	assert_true(add(1, 1, "old", NOW));
	assert_true(add(1, 2, "not so old", NOW + 1));
	assert_int_equal(waiting_drop_old(waiting, NOW + WAITING_USEC), 0);
	assert_int_equal(waiting_drop_old(waiting, NOW + WAITING_USEC + 1), 1);
	assert_string_equal(take(2), "not so old");
	assert_string_equal(take(0), "");
}

static void test_so_many_wait(void **state)
{
	char text[WAITING_BYTES + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[WAITING_BYTES + 1] = '\0';
	assert_false(add(1, 1, text, NOW));
	text[WAITING_BYTES] = '\0';
	assert_true(add(1, 0, text, NOW));
	for (unsigned i = 1; i < WAITING_MAX; i++)
		assert_true(add(1, i, "hello", NOW));
	assert_false(add(1, WAITING_MAX, "one too many", NOW));
	assert_true(add(1, 7, "repeated", NOW)); /* needs no more room */
	assert_int_equal(waiting_drop_old(waiting, NOW + WAITING_USEC + 1), WAITING_MAX);
	assert_string_equal(take(0), "");
	assert_true(add(1, WAITING_MAX, "later", NOW));
}

/* --- the edge --- */

bool __real_senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			       struct session **ret_session);
bool __wrap_senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			       struct session **ret_session);

/* As with handshakes that are spared (test_senders.c): nobody goes. */
bool __wrap_senders_make_place(struct senders *t, const struct sender *s, const struct route *from, uint64_t now_usec,
			       struct session **ret_session)
{
	if (!__real_senders_make_place(t, s, from, now_usec, ret_session))
		return false;
	if (!*ret_session)
		return true;
	*ret_session = NULL;
	return false;
}

/* Each at an address of its own. */
static void client_init_at(struct client *c, const struct gateway *g, const struct identity *id, unsigned number)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + number) };
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = g->port,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	client_init(c, g, id, true);
	(void)close(c->fd);
	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(c->fd >= 0);
	assert_int_equal(bind(c->fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(connect(c->fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	client_restart(c);
}

/* Until it has sent its ClientHello with the cookie. */
static void begin(struct client *c, struct gateway *g)
{
	(void)client_step(c, g);
	(void)client_step(c, g);
}

/* A gateway, and clients with one key that stand at addresses of their own. */
static struct client clients[12];
static struct identity id;
static struct gateway g;
static unsigned n_clients;

/* N more begin. */
static void come(unsigned n)
{
	for (; n > 0; n--, n_clients++) {
		client_init_at(&clients[n_clients], &g, &id, 1 + n_clients);
		begin(&clients[n_clients], &g);
	}
}

static void open_gateway(unsigned handshakes, unsigned handshake_sec)
{
	struct edge_limits limits = usual_limits;

	limits.handshakes = handshakes;
	limits.sessions = ARRAY_SIZE(clients);
	limits.handshake_sec = handshake_sec;
	n_clients = 0;
	identity_init(&id, EVP_EC_gen("P-256"), EVP_sha256(), 1);
	gateway_init(&g, &limits);
}

static void close_gateway(void)
{
	for (unsigned i = 0; i < n_clients; i++)
		client_done(&clients[i]);
	gateway_done(&g);
	identity_done(&id);
}

/* Those that found no place are served as others finish, without a datagram more of theirs. */
static void test_who_waits_is_served(void **state)
{
	(void)state;
	open_gateway(3, 60);
	come(ARRAY_SIZE(clients));
	assert_int_equal(counters(&g).half_open, 3);
	assert_int_equal(counters(&g).refused_handshakes, 0);
	assert_false(is_readable(clients[3].fd, WAIT_MSEC)); /* no answer yet */
	assert_true(client_connect(&clients[0], &g));
	assert_int_equal(counters(&g).half_open, 3);
	assert_true(is_readable(clients[3].fd, WAIT_MSEC)); /* it has the place */
	assert_false(is_readable(clients[4].fd, WAIT_MSEC));
	for (unsigned i = 1; i < ARRAY_SIZE(clients); i++)
		assert_true(client_connect(&clients[i], &g));
	assert_int_equal(counters(&g).handshakes, ARRAY_SIZE(clients));
	assert_int_equal(counters(&g).refused_handshakes, 0);
	close_gateway();
}

/* A handshake would be for nothing, if its request found the gateway busy. But each answer lets one begin, whoever keeps it busy. */
static void test_those_that_wait_while_it_is_busy(void **state)
{
	(void)state;
	open_gateway(4, 60);
	come(1);
	edge_set_in_flight(g.edge, 64);
	come(3);
	assert_true(client_connect(&clients[0], &g)); /* what has begun goes on */
	(void)pass_time(&g, 0);
	assert_int_equal(counters(&g).half_open, 0);
	assert_false(is_readable(clients[1].fd, WAIT_MSEC));

	edge_set_in_flight(g.edge, 65);
	edge_set_in_flight(g.edge, 64);
	(void)pass_time(&g, 0);
	assert_int_equal(counters(&g).half_open, 1);
	assert_true(client_connect(&clients[1], &g));
	assert_int_equal(counters(&g).half_open, 0);

	edge_set_in_flight(g.edge, 63);
	(void)pass_time(&g, 0);
	assert_int_equal(counters(&g).half_open, 2);
	for (unsigned i = 2; i < n_clients; i++)
		assert_true(client_connect(&clients[i], &g));
	close_gateway();
}

/* Who waited for longer is told of as refused. */
static void test_those_that_waited_too_long(void **state)
{
	(void)state;
	open_gateway(1, 60);
	come(2);
	assert_int_equal(counters(&g).refused_handshakes, 0);
	(void)pass_time(&g, 16);
	assert_int_equal(counters(&g).refused_handshakes, 1);
	close_gateway();
}

/* A handshake that comes to nothing leaves its place as well, and soon. */
static void test_a_place_that_nobody_needs(void **state)
{
	(void)state;
	open_gateway(1, 60);
	come(2);
	(void)pass_time(&g, 7);
	assert_false(is_readable(clients[1].fd, WAIT_MSEC));
	(void)pass_time(&g, 9);
	assert_true(client_connect(&clients[1], &g));
	close_gateway();
}

/* While nobody waits, a slow device has the time that the operator gave. */
static void test_a_slow_handshake(void **state)
{
	(void)state;
	open_gateway(1, 60);
	come(1);
	(void)pass_time(&g, 59);
	assert_int_equal(counters(&g).half_open, 1);
	(void)pass_time(&g, 61);
	assert_int_equal(counters(&g).half_open, 0);
	close_gateway();
}

int main(void)
{
#define RING(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RING(test_the_first_is_served_first),
		RING(test_two_devices_wait_each_for_itself),
		RING(test_old_ones_are_dropped),
		RING(test_so_many_wait),
		cmocka_unit_test(test_who_waits_is_served),
		cmocka_unit_test(test_those_that_wait_while_it_is_busy),
		cmocka_unit_test(test_those_that_waited_too_long),
		cmocka_unit_test(test_a_place_that_nobody_needs),
		cmocka_unit_test(test_a_slow_handshake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
