/* SPDX-License-Identifier: Apache-2.0 */
/* links: edge base */
/* What each sender has of an edge: its budget of handshakes, its places, and who has to go when there are none left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sender_mark.h"
#include "base/sessions.h"
#include "edge/senders.h"
#include "edge/session.h"

#define NOW (UINT64_C(1000) * USEC_PER_SEC)

#define NO_SHARES .sender_handshakes = 1000, .sender_sessions = 1000 /* none that is used up */

static struct senders *senders;
static struct session places[64];
static size_t n_places;

static void begin(const struct edge_limits *limits)
{
	n_places = 0;
	assert_int_equal(senders_new(limits, &senders), 0);
}

static void end(void)
{
	for (size_t i = 0; i < n_places; i++)
		if (places[i].sender)
			senders_remove(senders, &places[i]);
	senders_free(senders);
}

static struct route route_of(uint32_t mark)
{
	return (struct route){ .local.ipi6_ifindex = 2, .mark = mark };
}

/* MAC `mac` at port `port`. */
static struct sender *newcomer(uint32_t port, uint32_t mac)
{
	const struct route r = route_of(port << SENDER_MARK_PORT_SHIFT | mac);

	return senders_of(senders, &r, NOW);
}

static struct sender *known(uint32_t port, uint32_t mac)
{
	const struct route r = route_of(SENDER_MARK_KNOWN | port << SENDER_MARK_PORT_SHIFT | mac);

	return senders_of(senders, &r, NOW);
}

static struct session *place(struct sender *s, enum session_state state)
{
	struct session *session = &places[n_places++];

	*session = (struct session){ .state = state, .used_usec = NOW + n_places };
	senders_add(senders, s, session);
	return session;
}

#define NO_PLACE (places + ARRAY_SIZE(places))

static void leave(struct session *session)
{
	senders_remove(senders, session);
	session->sender = NULL;
}

/* Who goes for another place of this sender: the session, NULL for nobody, NO_PLACE where there is no place. */
static struct session *goes_at(struct sender *s, uint64_t now_usec)
{
	const struct route from = route_of(0);
	struct session *session;

	return senders_make_place(senders, s, &from, now_usec, &session) ? session : NO_PLACE;
}

static struct session *goes_for(struct sender *s)
{
	return goes_at(s, NOW);
}

static void test_who_is_one_sender(void **state)
{
	struct route by_address = route_of(0), other_address = route_of(0), other_interface = route_of(1 << 16 | 7);
	const struct route foreign = route_of(7);

	(void)state;
	begin(&(struct edge_limits){ .sessions = 4, .handshakes = 4, NO_SHARES });
	assert_ptr_equal(newcomer(1, 7), newcomer(1, 7));
	assert_ptr_equal(newcomer(1, 7), known(1, 7));
	assert_ptr_not_equal(newcomer(1, 7), newcomer(1, 8));
	assert_ptr_not_equal(newcomer(1, 7), newcomer(2, 7));
	other_interface.local.ipi6_ifindex = 3;
	assert_ptr_not_equal(newcomer(1, 7), senders_of(senders, &other_interface, NOW));

	other_address.peer.sin6_addr.s6_addr[15] = 1;
	assert_ptr_equal(senders_of(senders, &by_address, NOW), senders_of(senders, &by_address, NOW));
	assert_ptr_not_equal(senders_of(senders, &by_address, NOW), senders_of(senders, &other_address, NOW));
	assert_true(senders_of(senders, &by_address, NOW)->is_known); /* nobody says who is: all are alike */
	assert_ptr_equal(senders_of(senders, &by_address, NOW),
			 senders_of(senders, &foreign, NOW)); /* another's mark */
	assert_false(newcomer(1, 7)->is_known);
	assert_true(known(1, 7)->is_known);
	end();
}

static void test_budget(void **state)
{
	struct sender *s;

	(void)state;
	begin(&(struct edge_limits){ .sessions = 4, .handshakes = 4, .sender_handshakes = 4, .sender_sessions = 4 });
	s = newcomer(1, 1);
	for (int i = 0; i < 4; i++)
		assert_true(senders_may_begin(senders, s, NOW));
	assert_false(senders_may_begin(senders, s, NOW));
	assert_true(senders_may_begin(senders, newcomer(1, 2), NOW)); /* the others have theirs */
	assert_false(senders_may_begin(senders, s, NOW + USEC_PER_SEC / 4));
	assert_true(senders_may_begin(senders, s, NOW + USEC_PER_SEC / 2)); /* two a second */
	assert_false(senders_may_begin(senders, s, NOW + USEC_PER_SEC / 2));
	for (int i = 0; i < 4; i++)
		assert_true(senders_may_begin(senders, s, NOW + 60 * USEC_PER_SEC));
	assert_false(senders_may_begin(senders, s, NOW + 60 * USEC_PER_SEC)); /* no more than the burst is saved up */
	end();
}

static void test_own_share(void **state)
{
	const struct edge_limits limits = {
		.sessions = 64, .handshakes = 64, .sender_handshakes = 2, .sender_sessions = 3
	};
	struct session *first, *second, *third;
	struct sender *s, *other;

	(void)state;
	begin(&limits);
	s = newcomer(1, 1);
	other = newcomer(1, 2);
	place(other, SESSION_ESTABLISHED);
	first = place(s, SESSION_HANDSHAKING);
	assert_null(goes_for(s));
	second = place(s, SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(s), first); /* its own oldest */
	assert_null(goes_for(other));

	senders_move(senders, first, SESSION_ESTABLISHED);
	first->state = SESSION_ESTABLISHED;
	first->used_usec += 60 * USEC_PER_SEC;
	senders_move(senders, second, SESSION_ESTABLISHED);
	second->state = SESSION_ESTABLISHED;
	assert_null(goes_for(s));
	third = place(s, SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(s), second); /* of three; the first was heard since */
	leave(third);
	assert_null(goes_for(s));
	end();
}

/* Its own go for its own share, and no other's: also where they are all handshakes. */
static void test_own_share_of_handshakes(void **state)
{
	const struct edge_limits limits = {
		.sessions = 64, .handshakes = 64, .sender_handshakes = 4, .sender_sessions = 2
	};
	struct session *first;
	struct sender *s;

	(void)state;
	begin(&limits);
	for (uint32_t i = 0; i < 4; i++)
		place(known(2, i), SESSION_HANDSHAKING);
	s = known(1, 1);
	first = place(s, SESSION_HANDSHAKING);
	assert_null(goes_for(s));
	place(s, SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(s), first);
	leave(first);
	assert_null(goes_for(s));
	end();
}

/* Where handshakes have no place left and it has its share of sessions, one of each goes. */
static void test_own_share_among_many_handshakes(void **state)
{
	const struct edge_limits limits = {
		.sessions = 64, .handshakes = 2, .sender_handshakes = 4, .sender_sessions = 2
	};
	struct session *first, *handshake;
	struct sender *s;

	(void)state;
	begin(&limits);
	s = known(1, 1);
	first = place(s, SESSION_ESTABLISHED);
	place(s, SESSION_ESTABLISHED);
	handshake = place(known(2, 1), SESSION_HANDSHAKING);
	place(known(2, 1), SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(s), handshake);
	leave(handshake);
	assert_ptr_equal(goes_for(s), first);
	leave(first);
	assert_null(goes_for(s));
	end();
}

/* The port that holds most loses one, and at it who holds most; so nobody else does. */
static void test_who_holds_most_goes(void **state)
{
	const struct edge_limits limits = { .sessions = 64, .handshakes = 8, NO_SHARES };
	struct session *flood[4];
	bool has_gone[4] = { false };

	(void)state;
	begin(&limits);
	place(known(1, 1), SESSION_HANDSHAKING); /* two at its port hold one each */
	place(known(1, 2), SESSION_HANDSHAKING);
	place(known(2, 1), SESSION_HANDSHAKING);
	place(known(2, 1), SESSION_HANDSHAKING); /* at this one, one holds two; the third holds four */
	for (uint32_t i = 0; i < 4; i++)
		flood[i] = place(known(3, i), SESSION_HANDSHAKING);
	for (int i = 0; i < 200; i++) {
		struct session *s = goes_for(known(1, 3));

		for (size_t k = 0; k < ARRAY_SIZE(flood); k++)
			has_gone[k] |= s == flood[k];
		assert_true(s >= flood[0] && s <= flood[3]);
	}
	for (size_t k = 0; k < ARRAY_SIZE(flood); k++)
		assert_true(has_gone[k]); /* any of them */
	leave(flood[0]);
	flood[0] = place(known(3, 1), SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(known(1, 3)), flood[1]); /* who has two, its oldest */
	end();
}

static void test_half_is_for_known_senders(void **state)
{
	const struct edge_limits limits = { .sessions = 8, .handshakes = 4, NO_SHARES };
	struct session *a, *b, *gone;

	(void)state;
	begin(&limits);
	a = place(newcomer(1, 1), SESSION_HANDSHAKING);
	b = place(newcomer(1, 2), SESSION_HANDSHAKING);
	gone = goes_for(newcomer(1, 3));
	assert_true(gone == a || gone == b); /* newcomers have two of the four */
	assert_null(goes_for(known(1, 4)));
	place(known(1, 4), SESSION_HANDSHAKING);
	place(known(1, 5), SESSION_HANDSHAKING);
	gone = goes_for(known(1, 6));
	assert_true(gone == a || gone == b); /* not another known one that has no more than it */
	leave(a);
	leave(b);
	place(known(1, 6), SESSION_HANDSHAKING);
	place(known(1, 7), SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(newcomer(1, 1)), NO_PLACE); /* what known ones hold goes for known ones alone */
	assert_ptr_equal(goes_for(known(1, 1)), NO_PLACE);
	assert_non_null(goes_at(known(1, 1), NOW + SPARED_USEC + USEC_PER_SEC));
	end();
}

/* All devices of a complex come back: each handshake that has begun is finished, and those for whom there is no place wait. */
static void test_known_senders_in_a_storm(void **state)
{
	const struct edge_limits limits = {
		.sessions = 64, .handshakes = 8, .sender_handshakes = 4, .sender_sessions = 8
	};
	struct session *second;

	(void)state;
	begin(&limits);
	for (uint32_t i = 0; i < 6; i++)
		place(known(1, i), SESSION_HANDSHAKING);
	place(known(2, 1), SESSION_HANDSHAKING);
	second = place(known(2, 2), SESSION_HANDSHAKING);
	for (int i = 0; i < 50; i++) {
		assert_ptr_equal(goes_for(known(1, 6)), NO_PLACE);
		assert_true(goes_for(known(2, 3)) < places + 6); /* the other port has more than its share */
	}
	assert_ptr_equal(goes_for(known(1, 4)), places + 4); /* who begins anew loses what it began before, */
	places[4].route.peer.sin6_addr.s6_addr[15] = 1;
	assert_ptr_equal(goes_for(known(1, 4)), NO_PLACE); /* but not what another address with its mark has begun */
	leave(second);
	place(known(1, 5), SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(known(1, 6)), NO_PLACE); /* two may share a mark; */
	leave(places);
	place(known(1, 5), SESSION_HANDSHAKING);
	assert_ptr_equal(goes_for(known(1, 6)), places + 5); /* who has three loses the first of them */
	end();
}

static void test_established_go_when_all_places_are_taken(void **state)
{
	struct session *idle;

	(void)state;
	begin(&(struct edge_limits){ .sessions = 3, .handshakes = 3, NO_SHARES });
	place(known(1, 1), SESSION_HANDSHAKING);
	place(known(1, 1), SESSION_HANDSHAKING);
	idle = place(known(2, 1), SESSION_ESTABLISHED);
	assert_ptr_equal(goes_for(known(3, 1)), idle);
	leave(idle);
	assert_null(goes_for(known(3, 1)));
	end();
}

/* Who invents senders without end has no more of them than this, and does not take those that hold a place. */
static void test_invented_senders(void **state)
{
	struct session *held;
	struct sender *s;

	(void)state;
	begin(&(struct edge_limits){ .sessions = 4, .handshakes = 4, .sender_handshakes = 1, .sender_sessions = 4 });
	s = newcomer(1, 1);
	assert_true(senders_may_begin(senders, s, NOW));
	held = place(s, SESSION_ESTABLISHED);
	assert_true(senders_may_begin(senders, newcomer(3, 1), NOW));
	assert_false(senders_may_begin(senders, newcomer(3, 1), NOW));
	for (uint32_t i = 0; i < 20000; i++)
		assert_non_null(newcomer(1 + i / 10000, 2 + i));
	assert_ptr_equal(newcomer(1, 1), held->sender);
	assert_false(senders_may_begin(senders, newcomer(1, 1), NOW));
	assert_true(senders_may_begin(senders, newcomer(3, 1), NOW)); /* it was forgotten */
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_one_sender),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_own_share),
		cmocka_unit_test(test_own_share_of_handshakes),
		cmocka_unit_test(test_own_share_among_many_handshakes),
		cmocka_unit_test(test_who_holds_most_goes),
		cmocka_unit_test(test_half_is_for_known_senders),
		cmocka_unit_test(test_known_senders_in_a_storm),
		cmocka_unit_test(test_established_go_when_all_places_are_taken),
		cmocka_unit_test(test_invented_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
