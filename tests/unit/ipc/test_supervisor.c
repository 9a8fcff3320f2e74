/* SPDX-License-Identifier: Apache-2.0 */
/* links: ipc */
/*
 * The supervisor and real edges: this program itself, which is started again as one and does what the material says. What an edge
 * is given, what is told of its death, and that another comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "ipc/process.h"
#include "ipc/supervisor.h"

/* --- an edge --- */

/* The material's first letter: w waits for the end of what it is sent, s does not heed it, x ends at once. */
static int be_edge(void)
{
	char letter, text[64];
	int n;

	if (pread(EDGE_MATERIAL, &letter, 1, 0) != 1)
		return 6;
	n = snprintf(text, sizeof(text), "%c socket:%d more:%d secret:%d", letter, fcntl(EDGE_SOCKET, F_GETFD) >= 0,
		     fcntl(_EDGE_FD_MAX, F_GETFD) >= 0, getenv("SECRET") != NULL);
	if (letter == 'x')
		return 3;
	if (send(EDGE_IPC, text, (size_t)n, 0) < 0)
		return 4;
	while (letter == 's')
		(void)pause();
	(void)poll(&(struct pollfd){ .fd = EDGE_IPC, .events = POLLIN }, 1, -1);
	return recv(EDGE_IPC, text, sizeof(text), 0) == 0 ? 0 : 5;
}

/* --- the core --- */

static sd_event *event;
static struct supervisor *supervisor;
static int sockets[EDGES_MAX], material[2] = { -1, -1 };
static unsigned n_started, n_spoken, n_deaths, last_started, last_dead;
static char said[64], how_it_died[64];
static pid_t dead_pid;

static void on_start(unsigned edge, void *userdata)
{
	(void)userdata;
	assert_true(supervisor_ipc_fd(supervisor, edge) >= 0);
	n_started++;
	last_started = edge;
	said[0] = '\0';
}

static void on_readable(unsigned edge, void *userdata)
{
	ssize_t n = recv(supervisor_ipc_fd(supervisor, edge), said, sizeof(said) - 1, MSG_DONTWAIT);

	(void)userdata;
	said[n > 0 ? n : 0] = '\0';
	n_spoken += n > 0;
}

static void on_death(unsigned edge, pid_t pid, const char *how, void *userdata)
{
	(void)userdata;
	n_deaths++;
	last_dead = edge;
	dead_pid = pid;
	(void)snprintf(how_it_died, sizeof(how_it_died), "%s", how);
}

static int material_of(char letter)
{
	int fd = memfd_create("material", MFD_CLOEXEC);

	assert_int_equal(write(fd, &letter, 1), 1);
	return fd;
}

static void start_many(char letter, unsigned n)
{
	static const struct supervisor_callbacks callbacks = { on_start, on_readable, on_death };

	material[0] = material_of(letter);
	assert_int_equal(supervisor_new(event, &(struct supervisor_parts){ sockets, n, material[0] }, &callbacks, NULL,
					&supervisor),
			 0);
	assert_int_equal(supervisor_edges(supervisor), n);
}

static void start_with(char letter)
{
	start_many(letter, 1);
}

/* Until that many edges were started, and the last one of them has spoken; a minute is for ever. */
static void wait_for(unsigned n)
{
	const uint64_t end_usec = clock_monotonic_usec() + 60 * USEC_PER_SEC;

	while ((n_started < n || said[0] == '\0') && clock_monotonic_usec() < end_usec)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_int_equal(n_started, n);
	assert_true(said[0] != '\0');
}

static void wait_for_all(unsigned n)
{
	const uint64_t end_usec = clock_monotonic_usec() + 60 * USEC_PER_SEC;

	while (n_spoken < n && clock_monotonic_usec() < end_usec)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_int_equal(n_spoken, n);
	assert_int_equal(n_started, n);
}

static void wait_for_death(void)
{
	const uint64_t end_usec = clock_monotonic_usec() + 60 * USEC_PER_SEC;

	while (n_deaths == 0 && clock_monotonic_usec() < end_usec)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_int_equal(n_deaths, 1);
}

static int set_up(void **state)
{
	(void)state;
	log_set_level(-1);
	n_started = n_spoken = n_deaths = 0;
	said[0] = how_it_died[0] = '\0';
	for (int i = 0; i < EDGES_MAX; i++)
		sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return sd_event_new(&event) < 0 || sockets[EDGES_MAX - 1] < 0 || setenv("SECRET", "x", 1) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	supervisor_free(supervisor);
	supervisor = NULL;
	sd_event_unref(event);
	for (int i = 0; i < EDGES_MAX; i++)
		(void)close(sockets[i]);
	for (int i = 0; i < 2; i++)
		if (material[i] >= 0)
			(void)close(material[i]);
	material[0] = material[1] = -1;
	return 0;
}

static void test_what_an_edge_is_given(void **state)
{
	pid_t pid;

	(void)state;
	start_with('w');
	assert_true(supervisor_deaf_usec(supervisor) > 0); /* until it says that it listens */
	wait_for(1);
	assert_string_equal(said, "w socket:1 more:0 secret:0"); /* these descriptors alone, and no environment */
	supervisor_note_ready(supervisor, 0);
	assert_int_equal(supervisor_deaf_usec(supervisor), 0);
	assert_false(supervisor_is_silent(supervisor, 0));
	pid = supervisor_pid(supervisor, 0);
	assert_int_equal(kill(pid, 0), 0);

	supervisor_free(supervisor); /* does not leave it behind */
	supervisor = NULL;
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(n_deaths, 0);
}

static void test_one_that_ends(void **state)
{
	(void)state;
	start_with('x');
	supervisor_note_ready(supervisor, 0);
	wait_for_death();
	assert_string_equal(how_it_died, "exited with status 3");
	assert_int_equal(supervisor_pid(supervisor, 0), 0);
	assert_int_equal(supervisor_ipc_fd(supervisor, 0), -1);
	assert_true(supervisor_deaf_usec(supervisor) > 0);
	assert_int_equal(supervisor_restarts(supervisor), 1);

	assert_int_equal(pwrite(material[0], "w", 1, 0), 1);
	wait_for(2); /* the next one is well */
	assert_int_equal(n_deaths, 1);
	assert_true(supervisor_pid(supervisor, 0) > 0);
}

static void test_one_that_is_replaced(void **state)
{
	pid_t pid;

	(void)state;
	start_with('s');
	wait_for(1);
	pid = supervisor_pid(supervisor, 0);
	supervisor_replace(supervisor, 0);
	wait_for(2);
	assert_int_equal(n_deaths, 1);
	assert_int_equal(dead_pid, pid);
	assert_string_equal(how_it_died, "was killed by SIGKILL");
	assert_int_not_equal(supervisor_pid(supervisor, 0), pid);
}

/* With other material another edge comes; that the former one goes is no event, whether it takes leave or hangs. */
static void give_other_material(char former)
{
	pid_t pid;

	start_with(former);
	wait_for(1);
	supervisor_note_ready(supervisor, 0);
	pid = supervisor_pid(supervisor, 0);
	material[1] = material_of('w');
	assert_int_equal(pwrite(material[0], "?", 1, 0), 1); /* which nobody is to read any more */
	supervisor_give(supervisor, material[1]);
	supervisor_give(supervisor, material[1]); /* once more changes nothing */
	assert_true(supervisor_deaf_usec(supervisor) > 0);
	wait_for(2);
	assert_string_equal(said, "w socket:1 more:0 secret:0");
	assert_int_not_equal(supervisor_pid(supervisor, 0), pid);
	assert_int_equal(n_deaths, 0);
	assert_int_equal(supervisor_restarts(supervisor), 0);
}

static void test_other_material(void **state)
{
	(void)state;
	give_other_material('w');
}

static void test_other_material_for_one_that_hangs(void **state)
{
	(void)state;
	give_other_material('s');
}

static void start_three(pid_t ret_pids[static 3])
{
	start_many('w', 3);
	wait_for_all(3);
	for (unsigned i = 0; i < 3; i++) {
		supervisor_note_ready(supervisor, i);
		ret_pids[i] = supervisor_pid(supervisor, i);
	}
}

/* The end of one is none of another. */
static void test_one_of_several_ends(void **state)
{
	pid_t pids[3];

	(void)state;
	start_three(pids);
	assert_int_equal(supervisor_deaf_usec(supervisor), 0);
	supervisor_replace(supervisor, 1);
	wait_for_death();
	assert_int_equal(last_dead, 1);
	assert_int_equal(dead_pid, pids[1]);
	assert_true(supervisor_deaf_usec(supervisor) > 0); /* those that send to it are not heard */
	assert_true(supervisor_ipc_fd(supervisor, 0) >= 0);
	wait_for(4);
	assert_int_equal(last_started, 1);
	supervisor_note_ready(supervisor, 1);
	assert_int_equal(supervisor_deaf_usec(supervisor), 0);
	assert_int_equal(supervisor_pid(supervisor, 0), pids[0]);
	assert_int_equal(supervisor_pid(supervisor, 2), pids[2]);
	assert_int_equal(supervisor_restarts(supervisor), 1);
}

/* While one is replaced, the others serve: each waits until its forerunner's successor listens. */
static void test_other_material_for_several(void **state)
{
	pid_t pids[3];

	(void)state;
	start_three(pids);
	material[1] = material_of('w');
	assert_int_equal(pwrite(material[0], "x", 1, 0), 1);
	supervisor_give(supervisor, material[1]);
	for (unsigned i = 0; i < 3; i++) {
		wait_for(4 + i);
		assert_int_equal(last_started, i);
		for (unsigned k = i + 1; k < 3; k++)
			assert_int_equal(supervisor_pid(supervisor, k), pids[k]);
		assert_true(supervisor_deaf_usec(supervisor) > 0);
		supervisor_note_ready(supervisor, i);
	}
	assert_int_equal(supervisor_deaf_usec(supervisor), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_not_equal(supervisor_pid(supervisor, i), pids[i]);
	assert_int_equal(n_deaths, 0);
	assert_int_equal(supervisor_restarts(supervisor), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_an_edge_is_given),
		TEST(test_one_that_ends),
		TEST(test_one_that_is_replaced),
		TEST(test_other_material),
		TEST(test_other_material_for_one_that_hangs),
		TEST(test_one_of_several_ends),
		TEST(test_other_material_for_several),
	};
	sigset_t child;

	if (argc > 1 && strcmp(argv[1], "--edge") == 0)
		return be_edge();
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
