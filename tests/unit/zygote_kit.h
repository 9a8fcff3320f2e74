/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A zygote that is the test's own program, started again as the core does it, and forks judges that do what a case says. The test's
 * main() begins with be_zygote(). The first letter of its material says what the zygote does:
 *	g  as it should		s  the same, with a set first	c  with 2,000 changes, 400 of them news
 *	x  ends at once		m  sends half a record		f  its judges end at once
 * and the first letter of a case's body, or of its evidence, what the judge does; the second one is the device:
 *	g  finds it good	r  cannot appraise it		e  fails
 *	l  a shared judge finds something else			L  a shared judge cannot appraise it
 *	o  speaks of another device
 *	d  ends			D  ends when it is shared	w  answers for another case	2  answers twice
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "appraise/facts.h"
#include "base/check_result.h"
#include "base/dependency.h"
#include "ipc/ipc.h"
#include "ipc/process.h"

static struct ipc_message heard_by_zygote;

static inline void say_as_zygote(int fd, struct ipc_record r)
{
	if (ipc_send(fd, &r, NULL) < 0)
		_exit(EXIT_FAILURE);
}

static inline struct facts found(uint8_t device)
{
	struct facts f = { .device = { device }, .ueid = { 1, device }, .n_ueid = 8 };

	for (int i = 0; i < _CHECK_MAX; i++)
		if (CHECKS_OF_DEVICE & CHECK_BIT(i))
			f.checks[i] = check_passed();
	return f;
}

static inline void answer_case(const struct ipc_message *m, bool is_alone)
{
	const struct bytes text = m->parts.body.n > 0 ? m->parts.body : m->parts.signed_inputs.evidence;
	const uint8_t letter = text.n > 1 ? text.p[0] : 'g', device = text.n > 1 ? text.p[1] : 0;
	struct ipc_record r = { .kind = IPC_JUDGED, .id = m->record.id + (letter == 'w') };

	if (letter == 'd' || (letter == 'D' && !is_alone))
		_exit(EXIT_FAILURE);
	r.judged.reason = letter == 'r' || (letter == 'L' && !is_alone) ? REASON_MALFORMED : REASON_ADMITTED;
	r.judged.result = letter == 'e' ? -EIO : 0;
	if (r.judged.reason == REASON_ADMITTED && r.judged.result == 0)
		r.judged.facts = found(letter == 'o' ? 'z' : device);
	if (letter == 'l' && !is_alone)
		r.judged.facts.ueid[7] = 'l';
	say_as_zygote(ZYGOTE_IPC, r);
	if (letter == '2')
		say_as_zygote(ZYGOTE_IPC, r);
}

static inline void be_judge(bool is_alone, int fd)
{
	if (dup2(fd, ZYGOTE_IPC) < 0)
		_exit(EXIT_FAILURE);
	say_as_zygote(ZYGOTE_IPC, (struct ipc_record){ .kind = IPC_ALIVE });
	while (ipc_await(ZYGOTE_IPC, IPC_TO_JUDGE, &heard_by_zygote, NULL) == 1)
		answer_case(&heard_by_zygote, is_alone);
	_exit(EXIT_SUCCESS);
}

static inline void begin_as(char letter)
{
	struct ipc_record changes = { .kind = IPC_CHANGES, .changes = { .is_last = true } };

	if (letter == 'm' && write(ZYGOTE_IPC, "xyz", 3) != 3)
		_exit(EXIT_FAILURE);
	if (letter == 's')
		say_as_zygote(
			ZYGOTE_IPC,
			(struct ipc_record){
				.kind = IPC_SET,
				.set = { .mark = { .kind = SET_CRL, .identity = "a CA", .sequence = 5 }, .item = 3 } });
	for (unsigned i = 0; letter == 'c' && i < 4; i++) {
		changes.changes.n = 500;
		changes.changes.n_news = 100;
		changes.changes.is_last = i == 3;
		for (unsigned k = 0; k < 500; k++)
			changes.changes.ids[k] = 1 + i * 500 + k;
		for (unsigned k = 0; k < 100; k++)
			changes.changes.news[k] =
				(struct status_news){ .entry = 1 + i * 500 + k, .status = check_passed() };
		if (i < 3)
			say_as_zygote(ZYGOTE_IPC, changes);
	}
	say_as_zygote(ZYGOTE_IPC, changes);
}

/* Returns an exit status, or -1: this is the test. */
static inline int be_zygote(int argc, char **argv)
{
	char letter = 'x';
	int fd = -1;

	if (argc < 2 || strcmp(argv[1], "--zygote") != 0)
		return -1;
	if (pread(ZYGOTE_MATERIAL, &letter, 1, 0) != 1 || letter == 'x')
		return EXIT_FAILURE;
	begin_as(letter);
	while (ipc_await(ZYGOTE_IPC, IPC_TO_ZYGOTE, &heard_by_zygote, &fd) == 1) {
		const struct ipc_record *r = &heard_by_zygote.record;

		if (r->kind != IPC_FORK)
			continue;
		if (letter != 'f' && fork() == 0)
			be_judge(r->fork.is_alone, fd);
		(void)close(fd);
	}
	return EXIT_SUCCESS;
}

/* The caller closes it. */
static inline int material_of(char letter)
{
	int fd = memfd_create("material", MFD_CLOEXEC);

	if (fd < 0 || write(fd, &letter, 1) != 1)
		abort();
	return fd;
}
