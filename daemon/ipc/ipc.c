/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends and receives records. ipc/ipc_sound.c checks the content of received records, since a worker may be
 * compromised.
 */
#include "ipc/ipc.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "ipc/ipc_sound.h"

#define BUFFER_BYTES (4 * 1024 * 1024) /* some hundred submissions with their inputs */

int ipc_pair(int ret_fds[static 2])
{
	const int size = BUFFER_BYTES;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) < 0)
		return -errno;

	for (int i = 0; i < 2; i++)
		if (setsockopt(ret_fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
			(void)setsockopt(ret_fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

static size_t record_size(enum ipc_kind kind)
{
	const size_t head = offsetof(struct ipc_record, submission);

	switch (kind) {
	case IPC_READY:
		return head;
	case IPC_SUBMISSION:
		return head + sizeof(struct ipc_submission);
	case IPC_ADMISSION:
		return head + sizeof(struct ipc_admission);
	case IPC_COUNTERS:
		return head + sizeof(struct edge_counters);
	case IPC_ANSWER:
		return head + sizeof(struct ipc_answer);
	case IPC_CLOCK:
		return head + sizeof(struct timekeeper_record);
	case IPC_SET:
		return head + sizeof(struct accepted_set);
	case IPC_CHANGES:
		return head + sizeof(struct ipc_changes);
	case IPC_CASE:
		return head + sizeof(struct ipc_case);
	case IPC_JUDGED:
		return head + sizeof(struct ipc_judged);
	case IPC_END:
		return head + sizeof(struct ipc_end);
	case IPC_NONE:
	case _IPC_MAX:
		break;
	}
	return 0;
}

/* The lengths of the inputs that follow the record; NULL for kinds without inputs. */
static uint16_t *parts_of(struct ipc_record *record)
{
	if (record->kind == IPC_SUBMISSION)
		return record->submission.parts;
	return record->kind == IPC_CASE ? record->case_.parts : NULL;
}

/* The signed inputs in the order of their lengths. */
static struct bytes *part(struct signed_inputs *inputs, size_t i)
{
	if (i < HALLMARK_CHAIN_MAX)
		return &inputs->chain[i];
	if (i == HALLMARK_CHAIN_MAX)
		return &inputs->evidence;
	return &inputs->labels[i - HALLMARK_CHAIN_MAX - 1];
}

int ipc_send(int fd, struct ipc_record *record, const struct signed_inputs *inputs)
{
	struct signed_inputs parts = inputs ? *inputs : (struct signed_inputs){ 0 };
	struct iovec iov[1 + IPC_PARTS_MAX] = {
		{ .iov_base = record, .iov_len = record_size(record->kind) },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 1 };
	uint16_t *lengths = parts_of(record);

	for (size_t i = 0; lengths && i < IPC_PARTS_MAX; i++) {
		struct bytes *b = part(&parts, i);

		lengths[i] = (uint16_t)b->n;
		iov[message.msg_iovlen++] = (struct iovec){ .iov_base = (void *)(uintptr_t)b->p, .iov_len = b->n };
	}
	if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

/* How many there are; false when one follows a gap. */
static bool count_parts(const struct bytes *list, size_t n, size_t *ret)
{
	size_t last = 0;

	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		*ret += list[i].n > 0;
		last = list[i].n > 0 ? i + 1 : last;
	}
	return *ret == last;
}

/* Points signed_inputs to the bytes after the record; false when the lengths do not match. */
static bool inputs_are_sound(struct ipc_message *m, size_t n_inputs)
{
	struct signed_inputs *inputs = &m->signed_inputs;
	const uint16_t *lengths = parts_of(&m->record);
	size_t at = 0;

	*inputs = (struct signed_inputs){ 0 };
	for (size_t i = 0; i < IPC_PARTS_MAX; i++) {
		size_t n = lengths[i];

		if (n > n_inputs - at)
			return false;
		*part(inputs, i) = bytes_of(m->inputs + at, n);
		at += n;
	}
	return at == n_inputs && count_parts(inputs->chain, HALLMARK_CHAIN_MAX, &inputs->n_chain) &&
	       count_parts(inputs->labels, HALLMARK_LABELS_MAX, &inputs->n_labels);
}

int ipc_decode(struct bytes datagram, uint64_t now_usec, struct ipc_message *ret)
{
	if (datagram.n < offsetof(struct ipc_record, submission))
		return -EBADMSG;
	memset(&ret->record, 0, sizeof(ret->record));
	memcpy(&ret->record, datagram.p, offsetof(struct ipc_record, submission));

	size_t size = record_size(ret->record.kind);

	if (size == 0 || datagram.n < size || (datagram.n > size && !parts_of(&ret->record)))
		return -EBADMSG;
	memcpy(&ret->record, datagram.p, size);

	size_t n_inputs = datagram.n - size;

	if (n_inputs > sizeof(ret->inputs))
		return -EBADMSG;
	memcpy(ret->inputs, datagram.p + size, n_inputs);
	if (parts_of(&ret->record) && !inputs_are_sound(ret, n_inputs))
		return -EBADMSG;
	return ipc_is_sound(&ret->record, now_usec) ? 0 : -EBADMSG;
}

int ipc_receive(int fd, struct ipc_message *ret)
{
	/* The record's size depends on its kind, so the datagram is read as a whole and decoded afterwards. */
	uint8_t buffer[sizeof(struct ipc_record) + IPC_INPUTS_MAX];
	ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	if ((size_t)n > sizeof(buffer))
		return -EBADMSG;

	int r = ipc_decode(bytes_of(buffer, (size_t)n), clock_monotonic_usec(), ret);

	return r < 0 ? r : 1;
}

int ipc_receive_clock(int fd, struct timekeeper_record *ret)
{
	static struct ipc_message first; /* 32 KiB: too large for the stack */
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	for (r = ipc_receive(fd, &first); r == -EAGAIN; r = ipc_receive(fd, &first))
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	if (r <= 0 || first.record.kind != IPC_CLOCK)
		return r < 0 ? r : -EBADMSG;
	*ret = first.record.clock;
	return 0;
}
