/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo_a(3): the C library asks meanwhile, and a timer looks whether it has the answer. */
#include "notify/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define LOOK_USEC (USEC_PER_SEC / 20)

struct lookup {
	struct gaicb request;
	struct addrinfo hints;
	char host[256], service[8];
	sd_event_source *timer; /* owned */
	lookup_function on_end;
	void *userdata;
	bool is_unwanted, is_over;
};

static void release(struct lookup *l)
{
	if (l->request.ar_result)
		freeaddrinfo(l->request.ar_result);
	sd_event_source_disable_unref(l->timer);
	free(l);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct lookup *l = userdata;
	const int error = gai_error(&l->request);

	(void)usec;
	if (error == EAI_INPROGRESS) {
		(void)sd_event_source_set_time_relative(source, LOOK_USEC);
		(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	l->is_over = true;
	if (l->is_unwanted)
		release(l);
	else
		l->on_end(error == 0 ? l->request.ar_result : NULL, error == 0 ? "" : gai_strerror(error), l->userdata);
	return 0;
}

int lookup_begin(sd_event *event, const char *host, uint16_t port, int socket_type, lookup_function on_end,
		 void *userdata, struct lookup **ret)
{
	struct lookup *l = calloc(1, sizeof(*l));
	struct gaicb *list[1];
	int r;

	if (!l)
		return -ENOMEM;
	(void)snprintf(l->host, sizeof(l->host), "%s", host);
	(void)snprintf(l->service, sizeof(l->service), "%u", port);
	l->hints = (struct addrinfo){ .ai_socktype = socket_type, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG };
	l->request = (struct gaicb){ .ar_name = l->host, .ar_service = l->service, .ar_request = &l->hints };
	l->on_end = on_end;
	l->userdata = userdata;
	r = sd_event_add_time_relative(event, &l->timer, CLOCK_MONOTONIC, 0, 0, on_timer, l);
	list[0] = &l->request;
	if (r >= 0 && getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0)
		r = -EAGAIN;
	if (r < 0) {
		release(l);
		return r;
	}
	*ret = l;
	return 0;
}

void lookup_end(struct lookup *l)
{
	if (!l)
		return;
	l->is_unwanted = true;
	if (l->is_over || gai_cancel(&l->request) == EAI_CANCELED)
		release(l); /* else the C library still writes there: the timer releases it */
}
