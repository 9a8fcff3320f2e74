/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each transaction ends with a NEWGEN message that names the process that made it (nf_tables_api.c, NFTA_GEN_PROC_PID).
 * The kernel filters out all other messages: one of our batches reports each element, and would overflow any buffer.
 */
#include "enforce/watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

#define BUFFER_BYTES  (1024 * 1024) /* of the socket. After an overflow the change counts as foreign */
#define MESSAGE_BYTES 65536
#define NEWGEN        (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)

struct watch {
	struct mnl_socket *socket;
	pid_t self;
	bool is_foreign;                                    /* something that was read last was not ours */
	uint64_t message[MESSAGE_BYTES / sizeof(uint64_t)]; /* aligned for libmnl */
};

DEFINE_CLEANUP(struct watch *, watch_free);

void watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->socket)
		(void)mnl_socket_close(w->socket);
	free(w);
}

/* A NEWGEN message comes alone. Its type is in host byte order; a filter loads it in network byte order. */
static int attach_filter(struct watch *w)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(NEWGEN), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	return setsockopt(watch_fd(w), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int open_socket(struct watch *w)
{
	const int size = BUFFER_BYTES;
	int group = NFNLGRP_NFTABLES;

	w->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!w->socket || mnl_socket_bind(w->socket, 0, MNL_SOCKET_AUTOPID) < 0 || attach_filter(w) < 0 ||
	    mnl_socket_setsockopt(w->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	(void)setsockopt(watch_fd(w), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return 0;
}

int watch_new(struct watch **ret)
{
	_cleanup_(watch_freep) struct watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->self = getpid();
	r = open_socket(w);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(w);
	return 0;
}

int watch_fd(const struct watch *w)
{
	return mnl_socket_get_fd(w->socket);
}

static int on_attribute(const struct nlattr *attribute, void *userdata)
{
	struct watch *w = userdata;

	if (mnl_attr_get_type(attribute) == NFTA_GEN_PROC_PID && mnl_attr_validate(attribute, MNL_TYPE_U32) == 0 &&
	    ntohl(mnl_attr_get_u32(attribute)) != (uint32_t)w->self)
		w->is_foreign = true;
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *message, void *userdata)
{
	if (message->nlmsg_type == NEWGEN)
		(void)mnl_attr_parse(message, sizeof(struct nfgenmsg), on_attribute, userdata);
	return MNL_CB_OK;
}

bool watch_read(struct watch *w)
{
	w->is_foreign = false;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(w->socket, w->message, sizeof(w->message));

		if (n < 0 && errno == ENOBUFS)
			w->is_foreign = true;
		else if (n <= 0)
			return w->is_foreign;
		else
			(void)mnl_cb_run(w->message, (size_t)n, 0, 0, on_message, w);
	}
}
