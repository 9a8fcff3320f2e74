/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide base */
/* What the kernel refuses, told apart from what it takes: full sets, and elements that it does not want. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decide/policy.h"
#include "enforce/kernel_inside.h"
#include "enforce/membership.h"
#include "kernel_kit.h"

/* Tables whose sets hold so many. */
static void resize(struct kernel *k, uint32_t size)
{
	ruleset.set_size = size;
	assert_true(ensure(k));
}

/* A full set refuses new ones, and nothing else: nobody stays in a zone because another is full. */
static void test_full_sets(void **state)
{
	struct element a = element("dev0", 1, TRUSTED, 100), b = element("dev0", 2, RESTRICTED, 100);
	struct kernel *k = *state;

	NEEDS_ROOT;
	resize(k, 1);
	assert_int_equal(kernel_apply(k, &ruleset, &a, 1), 0);
	assert_int_equal(kernel_apply(k, &ruleset, &b, 1), 0);
	a.timeout_sec = 200;
	assert_int_equal(kernel_apply(k, &ruleset, &a, 1), 0);
	assert_left(held(k, &a), 200);
	b.zone = TRUSTED;
	assert_int_equal(kernel_apply(k, &ruleset, &b, 1), -ENFILE);
	assert_int_equal(b.error, -ENFILE);
	assert_int_equal(held(k, &b), NOWHERE);
	b.zone = RESTRICTED;
	assert_int_equal(kernel_apply(k, &ruleset, &b, 1), 0);
	b.zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, &b, 1), 0);
	assert_int_equal(held(k, &b), NOWHERE);
	a.zone = RESTRICTED;
	assert_int_equal(kernel_apply(k, &ruleset, &a, 1), 0);
	assert_left(held(k, &a), 200);
	assert_int_equal(count(k), 1);
}

/* One set is full: who is to come into it is refused, who leaves it or only comes to the other one is not. */
static void test_full_set_and_others(void **state)
{
	struct element first[] = { element("dev0", 1, RESTRICTED, 100), element("dev0", 2, RESTRICTED, 100) };
	struct element then[] = { element("dev0", 1, RESTRICTED, 200), element("dev0", 3, TRUSTED, 100),
				  element("dev0", 4, RESTRICTED, 100), element("dev0", 5, TRUSTED, 100) };
	struct element last[] = { element("dev0", 2, TRUSTED, 100), element("dev0", 4, RESTRICTED, 100) };
	struct kernel *k = *state;

	NEEDS_ROOT;
	resize(k, 2);
	assert_int_equal(kernel_apply(k, &ruleset, first, 2), 0);
	assert_int_equal(kernel_apply(k, &ruleset, then, 4), -ENFILE);
	assert_int_equal(then[2].error, -ENFILE);
	assert_int_equal(held(k, &then[2]), NOWHERE);
	assert_in_force(k, &then[0]);
	assert_in_force(k, &then[1]);
	assert_in_force(k, &then[3]);
	assert_in_force(k, &first[1]);

	/* Now the other one is full too: 2 cannot go there, but leaves, and so 4 finds a place. */
	assert_int_equal(kernel_apply(k, &ruleset, last, 2), -ENFILE);
	assert_int_equal(last[0].error, -ENFILE);
	assert_int_equal(held(k, &last[0]), NOWHERE);
	assert_int_equal(kernel_apply(k, &ruleset, &last[1], 1), 0);
	assert_in_force(k, &last[1]);
}

/* As many come as there are places, of 5,000, at a bounded price; and all who were there can leave. */
static void test_full_set_many(void **state)
{
	enum { N = 5000, SIZE = 1700 };

	NEEDS_ROOT; /* before there is anything to leak */

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	struct kernel *k = *state;
	uint64_t start_usec;
	size_t n_in = 0;

	assert_non_null(elements);
	resize(k, SIZE);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = element("dev0", i, TRUSTED, 1000);
	start_usec = clock_monotonic_usec();
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), -ENFILE);
	(void)fprintf(stderr, "%d elements for %d places in %llu us\n", N, SIZE,
		      (unsigned long long)(clock_monotonic_usec() - start_usec));
	for (size_t i = 0; i < N; i++)
		n_in += elements[i].error == 0;
	assert_int_equal(n_in, SIZE);
	assert_int_equal(count(k), SIZE);
	for (size_t i = 0; i < N; i++)
		elements[i].zone = ZONE_QUARANTINE;
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	assert_int_equal(count(k), 0);
}

/* Probes take places for as long as a transaction lasts: none are needed for who has one. */
static void test_nearly_full_set(void **state)
{
	enum { N = 1500 };

	NEEDS_ROOT;

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	struct kernel *k = *state;

	assert_non_null(elements);
	resize(k, N);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = element("dev0", i, TRUSTED, 1000);
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	for (uint32_t i = 0; i < N; i++)
		elements[i].zone = RESTRICTED;
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	assert_int_equal(count(k), N);
	assert_left(held(k, &elements[N - 1]), 1000);
}

/* --- elements that the kernel does not want: one of their sets is of another type --- */

/* Without rules, so that the set can be made another one. */
static void break_own6(void)
{
	assert_true(sh("nft -s list table bridge hallmark | awk '/^\tchain/ {skip=1} !skip {print} /^\t}/ {skip=0}'"
		       " >bridge.nft && nft delete table bridge hallmark && nft -f bridge.nft && rm bridge.nft"));
	assert_true(sh("nft 'delete set bridge hallmark own6; add set bridge hallmark own6"
		       " { type ifname; flags timeout; }'"));
}

/* The others are in force, and what the refused ones are taken out of they are. */
static void test_refused(void **state)
{
	enum { N = 300, A = 7, B = 250 };
	struct element elements[N];
	struct kernel *k = *state;
	uint64_t start_usec;

	NEEDS_ROOT;
	break_own6();
	for (uint32_t i = 0; i < N; i++) {
		elements[i] = on_port("port0", i, TRUSTED, 1000);
		elements[i].address6 = (struct in6_addr){ 0 };
	}
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	for (uint32_t i = 0; i < N; i++) {
		elements[i].zone = RESTRICTED;
		elements[i].timeout_sec = 2000;
	}
	elements[A].address6.s6_addr[15] = 1;
	elements[B].address6.s6_addr[15] = 2;
	start_usec = clock_monotonic_usec();
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), -EINVAL);
	(void)fprintf(stderr, "2 of %d refused in %llu us\n", N,
		      (unsigned long long)(clock_monotonic_usec() - start_usec));
	for (size_t i = 0; i < N; i++) {
		bool is_refused = i == A || i == B;

		assert_int_equal(elements[i].error, is_refused ? -EINVAL : 0);
	}
	assert_in_force(k, &elements[0]);
	assert_in_force(k, &elements[A + 1]);
	assert_in_force(k, &elements[N - 1]);
	assert_int_equal(held(k, &elements[A]), NOWHERE); /* left the one, did not come into the other */
	assert_int_equal(held_by(k, NFPROTO_BRIDGE, &elements[B]), NOWHERE);
	assert_int_equal(count(k), N - 2);
}

/* All are refused: that has an end, and each leaves what it is to leave. */
static void test_all_refused(void **state)
{
	enum { N = 2500 };

	NEEDS_ROOT;

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));
	struct kernel *k = *state;
	uint64_t start_usec;

	assert_non_null(elements);
	break_own6();
	for (uint32_t i = 0; i < N; i++) {
		elements[i] = on_port("port0", i, TRUSTED, 1000);
		elements[i].address6 = (struct in6_addr){ 0 };
	}
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
	for (uint32_t i = 0; i < N; i++)
		elements[i] = on_port("port0", i, RESTRICTED, 1000);
	start_usec = clock_monotonic_usec();
	assert_int_equal(kernel_apply(k, &ruleset, elements, N), -EINVAL);
	(void)fprintf(stderr, "all of %d refused in %llu us\n", N,
		      (unsigned long long)(clock_monotonic_usec() - start_usec));
	for (size_t i = 0; i < N; i++)
		assert_int_equal(elements[i].error, -EINVAL);
	assert_int_equal(count(k), 0);
}

/* Entries by themselves. */
static void test_write_refused(void **state)
{
	struct element e = on_port("port0", 1, TRUSTED, 100);
	struct set_entry entries[SETS_MAX];
	struct kernel *k = *state;
	struct nft_sets sets;
	size_t n, right;

	NEEDS_ROOT;
	break_own6();
	sets_of(&ruleset, &sets);
	n = element_entries(&sets, &e, entries);
	assert_int_equal(kernel_write(k, &ruleset, entries, n, false), -EINVAL);
	right = n_as_wanted(k, &e, &n);
	assert_int_equal(right, n - 1);
}

/* A set that is not there is a table that is not ours: all are told, for all must be loaded anew. */
static void test_set_gone(void **state)
{
	struct element elements[] = { on_port("port0", 1, TRUSTED, 100), element("dev0", 2, TRUSTED, 100) };
	struct kernel *k = *state;

	NEEDS_ROOT;
	break_own6();
	assert_true(sh("nft delete set bridge hallmark claimed6"));
	assert_int_equal(kernel_apply(k, &ruleset, elements, 2), -ENOENT);
	assert_int_equal(elements[0].error, -ENOENT);
	assert_int_equal(elements[1].error, -ENOENT);
	assert_false(sh("nft list table inet hallmark | grep -q 02:00:00"));
}

/* --- the socket --- */

static void limit_buffer(struct kernel *k, int option, int bytes)
{
	assert_int_equal(setsockopt(mnl_socket_get_fd(k->nf.socket), SOL_SOCKET, option, &bytes, sizeof(bytes)), 0);
}

/* What does not fit into the socket's buffers goes in smaller pieces: the batch, or the answers to it. */
static void test_small_buffers(void **state)
{
	static const int options[] = { SO_SNDBUF, SO_RCVBUF };
	enum { N = 3000 };

	NEEDS_ROOT;

	_cleanup_free_ struct element *elements = calloc(N, sizeof(*elements));

	assert_non_null(elements);
	for (size_t o = 0; o < ARRAY_SIZE(options); o++) {
		struct kernel *k = NULL;

		for (uint32_t i = 0; i < N; i++)
			elements[i] = on_port("port0", i, o ? RESTRICTED : TRUSTED, 1000);
		assert_int_equal(kernel_new(NFT, &k), 0);
		limit_buffer(k, options[o], 50000);
		assert_int_equal(kernel_apply(k, &ruleset, elements, N), 0);
		kernel_free(k);
		assert_int_equal(count(*state), N);
		assert_in_force(*state, &elements[0]);
		assert_in_force(*state, &elements[N - 1]);
	}
}

/*
 * Where not even the refusals of one element fit, that is said at once: a wait for them would not end here. Acceptance is one
 * answer, which always fits.
 */
static void test_no_answers(void **state)
{
	struct element e = on_port("port0", 1, TRUSTED, 100);
	struct timeval for_ever = { 0 };
	struct kernel *k = *state;
	bool loaded;
	int fd;

	NEEDS_ROOT;
	fd = mnl_socket_get_fd(k->nf.socket);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof(for_ever)), 0);
	limit_buffer(k, SO_RCVBUF, 3000);
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_in_force(k, &e);
	assert_true(sh("nft delete table inet hallmark"));
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), -ENOBUFS);
	assert_int_equal(e.error, -ENOBUFS);
	limit_buffer(k, SO_RCVBUF, 100000);
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), -ENOENT);
	assert_int_equal(kernel_ensure_table(k, &ruleset, NULL, 0, &loaded), 0);
	assert_int_equal(kernel_apply(k, &ruleset, &e, 1), 0);
	assert_in_force(k, &e);
}

/* Without the right nothing is tried twice. */
static void test_no_right(void **state)
{
	struct element elements[] = { element("dev0", 1, TRUSTED, 100), element("dev0", 2, TRUSTED, 100) };
	struct kernel *k = *state;
	int status = 0;
	pid_t pid;

	NEEDS_ROOT;
	pid = fork();
	if (pid == 0) {
		bool is_right = setresuid(65534, 65534, 65534) == 0 &&
				kernel_apply(k, &ruleset, elements, 2) == -EPERM && elements[0].error == -EPERM &&
				elements[1].error == -EPERM;

		_exit(is_right ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(kernel_apply(k, &ruleset, elements, 2), 0);
	assert_in_force(k, &elements[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TABLE(test_full_sets),      TABLE(test_full_set_and_others),
		TABLE(test_full_set_many),  TABLE(test_nearly_full_set),
		BRIDGE(test_refused),       BRIDGE(test_all_refused),
		BRIDGE(test_write_refused), BRIDGE(test_set_gone),
		BRIDGE(test_small_buffers), BRIDGE(test_no_answers),
		TABLE(test_no_right),
	};

	enter_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
