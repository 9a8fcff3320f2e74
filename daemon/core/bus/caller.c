/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User and groups are those that the process had when it connected, as the kernel noted them then: nothing of them is
 * looked up by a process id, which another process may have by now. The login is, and decides nothing.
 */
#include "core/bus/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define DBUS "org.freedesktop.DBus"

/* What audit(7) wrote when the session began, and only root can change. */
static uint32_t login_of(pid_t pid)
{
	char path[64], text[32], *end;
	_cleanup_close_ int fd = -1;
	unsigned long uid;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return CALLER_NO_LOGIN;
	text[n] = '\0';
	uid = strtoul(text, &end, 10);
	return end > text && uid < CALLER_NO_LOGIN ? (uint32_t)uid : CALLER_NO_LOGIN;
}

static void add_group(struct caller *c, uint32_t group)
{
	if (c->n_groups < CALLER_GROUPS_MAX)
		c->groups[c->n_groups++] = group;
}

/* --- The private socket --- */

static void add_groups_of_peer(int fd, struct caller *c)
{
	gid_t groups[CALLER_GROUPS_MAX];
	socklen_t n = sizeof(groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) < 0) {
		log_errno(-errno,
			  "Cannot read the groups of user %u at the control socket; only its first group counts",
			  c->uid);
		return;
	}
	for (size_t i = 0; i < n / sizeof(groups[0]); i++)
		add_group(c, groups[i]);
}

static int peer_of(sd_bus *bus, struct caller *ret)
{
	const int fd = sd_bus_get_fd(bus);
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return -errno;
	ret->uid = peer.uid;
	ret->login_uid = login_of(peer.pid);
	add_group(ret, peer.gid);
	add_groups_of_peer(fd, ret);
	return 0;
}

/* --- The system bus --- */

static int read_groups(sd_bus_message *m, struct caller *c)
{
	const void *groups;
	size_t n = 0;
	int r = sd_bus_message_enter_container(m, 'v', "au");

	if (r >= 0)
		r = sd_bus_message_read_array(m, 'u', &groups, &n);
	for (size_t i = 0; r >= 0 && i < n / sizeof(uint32_t); i++) {
		uint32_t group;

		memcpy(&group, (const char *)groups + i * sizeof(group), sizeof(group));
		add_group(c, group);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_credential(sd_bus_message *m, struct caller *c, uint32_t *pid)
{
	const char *key;
	int r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	if (strcmp(key, "UnixUserID") == 0)
		return sd_bus_message_read(m, "v", "u", &c->uid);
	if (strcmp(key, "ProcessID") == 0)
		return sd_bus_message_read(m, "v", "u", pid);
	if (strcmp(key, "UnixGroupIDs") == 0)
		return read_groups(m, c);
	return sd_bus_message_skip(m, "v");
}

static int read_credentials(sd_bus_message *m, struct caller *c)
{
	uint32_t pid = 0;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_credential(m, c, &pid);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r < 0)
		return r;
	c->login_uid = login_of((pid_t)pid);
	return c->uid == UINT32_MAX ? -ENODATA : 0;
}

/*
 * A query to the bus, which has limited time to answer (core/bus/systembus.h). Not sd_bus_query_sender_creds(): it
 * takes groups from /proc. A bus that knows no groups gives none.
 */
static int client_of(sd_bus_message *call, struct caller *ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
	int r = sd_bus_call_method(sd_bus_message_get_bus(call), DBUS, "/org/freedesktop/DBus", DBUS,
				   "GetConnectionCredentials", NULL, &answer, "s", sd_bus_message_get_sender(call));

	return r < 0 ? r : read_credentials(answer, ret);
}

int caller_of(sd_bus_message *call, struct caller *ret)
{
	sd_bus *bus = sd_bus_message_get_bus(call);

	ret->uid = UINT32_MAX;
	ret->login_uid = CALLER_NO_LOGIN;
	ret->n_groups = 0;
	return sd_bus_is_bus_client(bus) == 0 ? peer_of(bus, ret) : client_of(call, ret);
}
