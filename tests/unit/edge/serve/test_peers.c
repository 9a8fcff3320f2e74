/* SPDX-License-Identifier: Apache-2.0 */
/* links: serve */
/* Sessions by device: those of one device are found, all of them, and no other's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/serve/peers.h"

#define DEVICES  200 /* for far fewer there is room, so that they share places */
#define SESSIONS 3   /* of each */

static struct peer peers[DEVICES][SESSIONS];
static unsigned n_visited[DEVICES][SESSIONS];

/* A session is known by its address alone here. */
static struct session *session_of(size_t device, size_t i)
{
	return (struct session *)(void *)&peers[device][i];
}

static void visit(struct session *session, void *userdata)
{
	const struct peer *p = (const struct peer *)(const void *)session;
	size_t at = (size_t)(p - &peers[0][0]);

	assert_ptr_equal(userdata, peers);
	n_visited[at / SESSIONS][at % SESSIONS]++;
}

/* Each device's sessions with numbers below `n`, and nothing else, each once. */
static void assert_found(const struct peers *p, size_t n)
{
	for (size_t device = 0; device < DEVICES; device++) {
		memset(n_visited, 0, sizeof(n_visited));
		peers_each_of(p, peers[device][0].device, visit, peers);
		for (size_t other = 0; other < DEVICES; other++)
			for (size_t i = 0; i < SESSIONS; i++)
				assert_int_equal(n_visited[other][i], other == device && i < n);
	}
}

static void test_sessions_of_a_device(void **state)
{
	static const uint8_t unknown[SHA256_LEN] = { 0xff };
	struct peers *p;

	(void)state;
	assert_int_equal(peers_new(64, &p), 0);
	for (size_t i = 0; i < DEVICES * SESSIONS; i++) {
		struct peer *peer = &peers[i / SESSIONS][i % SESSIONS];

		peer->device[0] = (uint8_t)(i / SESSIONS);
		peer->session = session_of(i / SESSIONS, i % SESSIONS);
		peers_add(p, peer);
	}
	assert_found(p, SESSIONS);
	memset(n_visited, 0, sizeof(n_visited));
	peers_each_of(p, unknown, visit, peers);
	for (size_t i = 0; i < DEVICES * SESSIONS; i++)
		assert_int_equal(n_visited[i / SESSIONS][i % SESSIONS], 0);

	for (size_t n = SESSIONS; n-- > 0;) {
		for (size_t device = 0; device < DEVICES; device++)
			peers_remove(p, &peers[device][n]);
		assert_found(p, n);
	}
	peers_remove(p, &peers[0][0]); /* once more changes nothing */
	assert_found(p, 0);
	peers_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sessions_of_a_device) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
