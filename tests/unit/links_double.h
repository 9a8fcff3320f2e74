/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of enforce/links.c at link time: the interfaces of a machine that the test makes, and what becomes of them. */
#pragma once

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "enforce/links.h"

#define LINKS_MAX 256

struct links {
	struct link list[LINKS_MAX];
	size_t n;
	struct {
		struct link before, now; /* without a name: there was none, or is none */
	} changes[LINKS_MAX];
	size_t n_changes;
	int fd; /* readable when there are changes */
};

static struct links links_double = { .fd = -1 };

static inline struct link *links_find(unsigned index)
{
	for (size_t i = 0; i < links_double.n; i++)
		if (links_double.list[i].index == index)
			return &links_double.list[i];
	return NULL;
}

/* One more, before anybody looks. */
static inline void links_add(unsigned index, const char *name, unsigned master)
{
	struct link *l = &links_double.list[links_double.n++];

	*l = (struct link){ .index = index, .master = master, .has_carrier = true };
	(void)snprintf(l->name, sizeof(l->name), "%s", name);
}

/* The interface has another name or another master now; without a name it is gone. It is told at the next links_read(). */
static inline void links_change(unsigned index, const char *name, unsigned master)
{
	size_t i = 0;
	struct link now = { .index = index, .master = master, .has_carrier = true };

	(void)snprintf(now.name, sizeof(now.name), "%s", name);
	while (i < links_double.n && links_double.list[i].index != index)
		i++;
	links_double.changes[links_double.n_changes].before =
		i < links_double.n ? links_double.list[i] : (struct link){ 0 };
	links_double.changes[links_double.n_changes++].now = now;
	if (now.name[0])
		links_double.list[i] = now, links_double.n += i == links_double.n;
	else
		links_double.list[i] = links_double.list[--links_double.n];
	(void)eventfd_write(links_double.fd, 1);
}

/* The interface has a carrier now, or none. It is told at the next links_read(). */
static inline void links_change_carrier(unsigned index, bool has_carrier)
{
	struct link *l = links_find(index);

	links_double.changes[links_double.n_changes].before = *l;
	l->has_carrier = has_carrier;
	links_double.changes[links_double.n_changes++].now = *l;
	(void)eventfd_write(links_double.fd, 1);
}

/* The interface has another MAC now. It is told at the next links_read(). */
static inline void links_change_mac(unsigned index, const char *mac)
{
	struct link *l = links_find(index);

	links_double.changes[links_double.n_changes].before = *l;
	(void)snprintf(l->mac, sizeof(l->mac), "%s", mac);
	links_double.changes[links_double.n_changes++].now = *l;
	(void)eventfd_write(links_double.fd, 1);
}

int links_new(struct links **ret)
{
	links_double.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*ret = &links_double;
	return links_double.fd < 0 ? -1 : 0;
}

void links_free(struct links *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		(void)close(l->fd);
	*l = (struct links){ .fd = -1 };
}

int links_fd(const struct links *l)
{
	return l->fd;
}

int links_read(struct links *l, link_function tell, void *userdata)
{
	eventfd_t n;

	(void)eventfd_read(l->fd, &n);
	for (size_t i = 0; i < l->n_changes; i++)
		tell(l->changes[i].before.name[0] ? &l->changes[i].before : NULL,
		     l->changes[i].now.name[0] ? &l->changes[i].now : NULL, userdata);
	l->n_changes = 0;
	return 0;
}

const struct link *links_list(const struct links *l, size_t *ret_n)
{
	*ret_n = l->n;
	return l->list;
}

const struct link *links_by_index(const struct links *l, unsigned index)
{
	(void)l;
	return links_find(index);
}

const struct link *links_by_name(const struct links *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->list[i].name, name) == 0)
			return &l->list[i];
	return NULL;
}
