/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge base */
/* Which session a datagram belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/session.h"

static struct route route_of(unsigned ifindex, uint8_t host, uint16_t port)
{
	struct route r = { .peer.sin6_port = port, .local.ipi6_ifindex = ifindex };

	memcpy(r.peer.sin6_addr.s6_addr, "\0\0\0\0\0\0\0\0\0\0\377\377\251\376\0", 15); /* 169.254.0.0 */
	r.peer.sin6_addr.s6_addr[15] = host;
	return r;
}

/* Devices that choose their address themselves, or two networks with the same addresses. */
static void test_who_is_one_peer(void **state)
{
	const struct route first = route_of(2, 1, 5684), other_interface = route_of(3, 1, 5684);
	const struct route other_address = route_of(2, 2, 5684), other_port = route_of(2, 1, 5685);
	struct session *s, *other;
	struct sessions t;

	(void)state;
	assert_int_equal(sessions_init(&t, 4), 0);
	s = sessions_add(&t, &first, 1);
	assert_ptr_equal(sessions_find(&t, &first), s);
	assert_null(sessions_find(&t, &other_interface));
	assert_null(sessions_find(&t, &other_address));
	assert_null(sessions_find(&t, &other_port));
	other = sessions_add(&t, &other_interface, 1);
	assert_ptr_equal(sessions_find(&t, &other_interface), other);
	assert_ptr_equal(sessions_find(&t, &first), s);
	sessions_remove(&t, s);
	assert_null(sessions_find(&t, &first));
	assert_ptr_equal(sessions_find(&t, &other_interface), other);
	sessions_remove(&t, other);
	sessions_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_one_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
