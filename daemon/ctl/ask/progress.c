/* SPDX-License-Identifier: Apache-2.0 */
/* A thread writes the line, because the call that it waits for does not return in between. */
#include "ctl/ask/progress.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct progress {
	const char *what;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool is_over;
};

/* Waits a second. Returns whether the call has ended. */
static bool wait_second(struct progress *p, const struct timespec *begin, unsigned seconds)
{
	const struct timespec until = { .tv_sec = begin->tv_sec + seconds, .tv_nsec = begin->tv_nsec };

	while (!p->is_over)
		if (pthread_cond_timedwait(&p->ended, &p->lock, &until) == ETIMEDOUT)
			break;
	return p->is_over;
}

static void *tell(void *userdata)
{
	struct progress *p = userdata;
	struct timespec begin;
	unsigned seconds = 1;

	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	(void)pthread_mutex_lock(&p->lock);
	for (; !wait_second(p, &begin, seconds); seconds++)
		(void)fprintf(stderr, "\r%s … %u s", p->what, seconds);
	(void)pthread_mutex_unlock(&p->lock);
	if (seconds > 1)
		(void)fprintf(stderr, "\r\033[K");
	return NULL;
}

static int start(struct progress *p)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0)
		return -1;
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&p->ended, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	(void)pthread_mutex_init(&p->lock, NULL);
	return pthread_create(&p->thread, NULL, tell, p) == 0 ? 0 : -1;
}

struct progress *progress_begin(const char *what)
{
	struct progress *p = isatty(STDERR_FILENO) ? calloc(1, sizeof(*p)) : NULL;

	if (!p)
		return NULL;
	p->what = what;
	if (start(p) == 0)
		return p;
	free(p);
	return NULL;
}

void progress_end(struct progress *p)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->is_over = true;
	(void)pthread_cond_signal(&p->ended);
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_join(p->thread, NULL);
	(void)pthread_cond_destroy(&p->ended);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}
