/* SPDX-License-Identifier: Apache-2.0 */
/* Sends and receives records. All received records are checked, since the sender may be compromised. */
#include "ipc/ipc.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/signed_inputs.h"

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

static bool bare_is_sound(const struct ipc_record *record)
{
	(void)record;
	return true;
}

#define SOUND(kind, directions, tag, member)                                                                           \
	static bool member##_is_sound(const struct ipc_record *record)                                                 \
	{                                                                                                              \
		return tag##_is_sound(&record->member);                                                                \
	}
#define NOTHING(kind, directions)
IPC_KINDS(SOUND, NOTHING)

#define WITH(kind, directions, tag, member)                                                                            \
	[IPC_##kind] = { directions, sizeof(struct ipc_head) + sizeof(struct tag), member##_is_sound },
#define BARE(kind, directions) [IPC_##kind] = { directions, sizeof(struct ipc_head), bare_is_sound },

/* By kind. A number that is no kind has no direction. */
static const struct kind {
	unsigned directions;
	size_t size; /* with its head */
	bool (*is_sound)(const struct ipc_record *record);
} kinds[_IPC_MAX] = { IPC_KINDS(WITH, BARE) };

/* The lengths of the inputs that follow the record; NULL for kinds without inputs. */
static uint16_t *parts_of(struct ipc_record *record)
{
	switch (record->kind) {
	case IPC_SUBMISSION:
		return record->submission.parts;
	case IPC_CASE:
		return record->case_.parts;
	case IPC_JUDGED:
		return record->judged.parts;
	default:
		return NULL;
	}
}

struct bytes *ipc_part(struct ipc_inputs *inputs, size_t i)
{
	struct bytes *const single[] = { &inputs->signed_inputs.evidence, &inputs->messages,
					 &inputs->certificate_verify, &inputs->body };

	if (i < HALLMARK_CHAIN_MAX)
		return &inputs->signed_inputs.chain[i];
	i -= HALLMARK_CHAIN_MAX;
	if (i < HALLMARK_LABELS_MAX)
		return &inputs->signed_inputs.labels[i];
	return single[i - HALLMARK_LABELS_MAX];
}

size_t ipc_inputs_size(const struct ipc_inputs *inputs)
{
	struct ipc_inputs parts = *inputs;
	size_t n = 0;

	for (size_t i = 0; i < IPC_PARTS_MAX; i++)
		n += ipc_part(&parts, i)->n;
	return n;
}

static int send_message(int fd, const struct msghdr *message)
{
	return sendmsg(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int ipc_send(int fd, struct ipc_record *record, const struct ipc_inputs *inputs)
{
	struct ipc_inputs parts = inputs ? *inputs : (struct ipc_inputs){ 0 };
	struct iovec iov[1 + IPC_PARTS_MAX] = {
		{ .iov_base = record, .iov_len = kinds[record->kind].size },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 1 };
	uint16_t *lengths = parts_of(record);

	for (size_t i = 0; lengths && i < IPC_PARTS_MAX; i++) {
		struct bytes *b = ipc_part(&parts, i);

		lengths[i] = (uint16_t)b->n;
		iov[message.msg_iovlen++] = (struct iovec){ .iov_base = (void *)(uintptr_t)b->p, .iov_len = b->n };
	}
	return send_message(fd, &message);
}

/* Room for one descriptor beside a record, unix(7). */
union passed {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

int ipc_send_with(int fd, struct ipc_record *record, int descriptor)
{
	struct iovec iov = { .iov_base = record, .iov_len = kinds[record->kind].size };
	union passed passed = { 0 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &passed, .msg_controllen = sizeof(passed)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	memcpy(CMSG_DATA(c), &descriptor, sizeof(descriptor));
	return send_message(fd, &message);
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

/* Points the parts to the bytes after the record; false when the lengths do not match. */
static bool inputs_are_sound(struct ipc_message *m, size_t n_inputs)
{
	struct signed_inputs *inputs = &m->parts.signed_inputs;
	const uint16_t *lengths = parts_of(&m->record);
	size_t at = 0;

	for (size_t i = 0; i < IPC_PARTS_MAX; i++) {
		size_t n = lengths[i];

		if (n > n_inputs - at)
			return false;
		*ipc_part(&m->parts, i) = bytes_of(m->inputs + at, n);
		at += n;
	}
	return at == n_inputs && count_parts(inputs->chain, HALLMARK_CHAIN_MAX, &inputs->n_chain) &&
	       count_parts(inputs->labels, HALLMARK_LABELS_MAX, &inputs->n_labels);
}

/* Checks the head and sets the size of the record. Returns false for a kind that is not sent in that direction. */
static bool take_head(struct bytes datagram, enum ipc_direction direction, size_t *ret_size)
{
	struct ipc_head head;

	if (datagram.n < sizeof(head))
		return false;
	memcpy(&head, datagram.p, sizeof(head));
	if (!ipc_head_is_sound(&head) || !(kinds[head.kind].directions & direction))
		return false;
	*ret_size = kinds[head.kind].size;
	return datagram.n >= *ret_size;
}

/* What the table cannot check: it needs the present time. */
static bool is_of_the_future(const struct ipc_record *record, uint64_t now_usec)
{
	return record->kind == IPC_CLOCK && record->clock.at_usec > now_usec;
}

int ipc_decode(struct bytes datagram, enum ipc_direction direction, uint64_t now_usec, struct ipc_message *ret)
{
	struct ipc_record *record = &ret->record;
	size_t size, n_inputs;

	if (!take_head(datagram, direction, &size))
		return -EBADMSG;
	ret->parts = (struct ipc_inputs){ 0 };
	memcpy(record, datagram.p, size);
	memset((uint8_t *)record + size, 0, sizeof(*record) - size);
	if (!kinds[record->kind].is_sound(record) || is_of_the_future(record, now_usec))
		return -EBADMSG;

	n_inputs = datagram.n - size;
	if (n_inputs > (parts_of(record) ? sizeof(ret->inputs) : 0))
		return -EBADMSG;
	memcpy(ret->inputs, datagram.p + size, n_inputs);
	ret->received_usec = now_usec;
	return !parts_of(record) || inputs_are_sound(ret, n_inputs) ? 0 : -EBADMSG;
}

/* Takes the descriptor that came with a record. There is room for one: the kernel closes others. */
static int take_descriptor(struct msghdr *message)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int descriptor = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&descriptor, CMSG_DATA(c), sizeof(descriptor));
	return descriptor;
}

/* The record's size depends on its kind, so the datagram is read as a whole and decoded afterwards. */
static int receive(int fd, enum ipc_direction direction, struct ipc_message *ret, int *ret_descriptor)
{
	uint8_t buffer[sizeof(struct ipc_record) + IPC_INPUTS_MAX];
	struct iovec iov = { .iov_base = buffer, .iov_len = sizeof(buffer) };
	union passed passed = { 0 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (ret_descriptor)
		message.msg_control = &passed, message.msg_controllen = sizeof(passed);
	n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	if (ret_descriptor)
		*ret_descriptor = take_descriptor(&message);
	if (n == 0)
		return 0;
	if (message.msg_flags & MSG_TRUNC)
		return -EBADMSG;

	int r = ipc_decode(bytes_of(buffer, (size_t)n), direction, clock_monotonic_usec(), ret);

	explicit_bzero(buffer, (size_t)n < sizeof(struct ipc_record) ? (size_t)n :
								       sizeof(struct ipc_record)); /* master secrets */
	return r < 0 ? r : 1;
}

int ipc_receive(int fd, enum ipc_direction direction, struct ipc_message *ret)
{
	return receive(fd, direction, ret, NULL);
}

int ipc_await(int fd, enum ipc_direction direction, struct ipc_message *ret, int *ret_descriptor)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	for (r = receive(fd, direction, ret, ret_descriptor); r == -EAGAIN;
	     r = receive(fd, direction, ret, ret_descriptor))
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return -errno;
	return r;
}

int ipc_receive_clock(int fd, enum ipc_direction direction, struct timekeeper_record *ret)
{
	static struct ipc_message first; /* 80 KiB: too large for the stack */
	int r = ipc_await(fd, direction, &first, NULL);

	if (r <= 0 || first.record.kind != IPC_CLOCK)
		return r < 0 ? r : -EBADMSG;
	*ret = first.record.clock;
	return 0;
}
