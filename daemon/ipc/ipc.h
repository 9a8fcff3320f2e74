/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records between the core and a worker or judge, one per message on a SOCK_SEQPACKET pair. The core trusts nothing
 * in a record: ipc_receive() refuses a record in which any field is out of its bounds (ipc/ipc_sound.h).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

#include "appraise/facts.h"
#include "base/check_result.h"
#include "base/sessions.h"
#include "base/set.h"
#include "base/sizes.h"
#include "base/timekeeper.h"
#include "decide/verdict.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

struct bytes;

enum ipc_kind {
	IPC_NONE = 0,
	IPC_READY,      /* worker → core: listening */
	IPC_SUBMISSION, /* worker → core: facts and the signed inputs they were derived from */
	IPC_ADMISSION,  /* worker → core: asks for the current result of this identity */
	IPC_COUNTERS,   /* worker → core: every few seconds */
	IPC_ANSWER,     /* core → worker */
	IPC_SET,        /* judge → core: a set of the trust material that it accepts */
	IPC_CHANGES,    /* judge → core: questions whose answers changed with the new trust material */
	IPC_CASE,       /* core → judge: signed inputs, to be judged again */
	IPC_JUDGED,     /* judge → core: the facts */
	IPC_CLOCK,      /* core → worker or judge: the first record, and again when time is set */
	IPC_END,        /* core → worker: ends these devices' sessions, after their pending requests are answered */
	_IPC_MAX,
};

/* Where a request came from. */
struct ipc_origin {
	struct in6_addr address; /* IPv4 as mapped */
	uint32_t ifindex;
	uint64_t received_usec; /* monotonic */
};

#define IPC_PARTS_MAX (HALLMARK_CHAIN_MAX + 1 + HALLMARK_LABELS_MAX)

struct ipc_submission {
	struct ipc_origin origin;
	struct facts facts;
	uint16_t parts[IPC_PARTS_MAX]; /* lengths: chain, evidence, labels; their bytes follow the record. 0: absent */
};

struct ipc_admission {
	struct ipc_origin origin;
	uint8_t device[SHA256_LEN];
};

/* The worker turns it into a CoAP answer. */
struct ipc_answer {
	enum ipc_kind to;            /* IPC_SUBMISSION or IPC_ADMISSION */
	enum hallmark_reason reason; /* REASON_ADMITTED: the result follows; else why there is none */
	uint16_t n_ear;
	uint8_t ear[HALLMARK_ANSWER_MAX];
};

#define IPC_CHANGES_MAX 1024

#define LIFTED_TOLD 8 /* places of a status list that are reported singly */

/* An accepted set, and the index of its item in the trust material. */
struct accepted_set {
	struct set_mark mark;
	uint32_t item;
	uint32_t
		n_lifted; /* revocations and suspensions of the previous set that it does not contain: places of a list, entries of a CRL */
	uint32_t lifted[LIFTED_TOLD]; /* the first of those places */
};

/* Ids as in struct dependencies; several records when there are many. */
struct ipc_changes {
	bool is_last;
	uint32_t n;
	uint64_t ids[IPC_CHANGES_MAX];
};

struct ipc_case {
	uint16_t parts[IPC_PARTS_MAX]; /* as in struct ipc_submission */
	int64_t now_sec;
	struct check_result possession, freshness; /* as recorded when the session existed */
};

struct ipc_judged {
	int32_t result; /* 0, or the negative errno because of which there are no facts */
	struct facts facts;
};

#define IPC_END_MAX 256

/* Several records when there are more devices. */
struct ipc_end {
	uint32_t n;
	uint8_t devices[IPC_END_MAX][SHA256_LEN];
};

struct ipc_record {
	enum ipc_kind kind;
	uint64_t id; /* of the request in the worker's edge */
	union {
		struct ipc_submission submission;
		struct ipc_admission admission;
		struct ipc_answer answer;
		struct edge_counters counters;
		struct timekeeper_record clock;
		struct accepted_set set;
		struct ipc_changes changes;
		struct ipc_case case_;
		struct ipc_judged judged;
		struct ipc_end end;
	};
};

#define IPC_INPUTS_MAX (HALLMARK_CHAIN_BYTES_MAX + HALLMARK_BODY_MAX)

/* Room for one record with the bytes that follow it. */
struct ipc_message {
	struct ipc_record record;
	uint8_t inputs[IPC_INPUTS_MAX];
	struct signed_inputs signed_inputs; /* set by ipc_receive(); borrows from inputs */
};

/*
 * Makes a pair, non-blocking, close-on-exec, with buffers for many submissions at once. Returns 0 or a negative errno.
 */
int ipc_pair(int ret_fds[static 2]);

/*
 * Sends one record; inputs only with IPC_SUBMISSION and IPC_CASE. Returns 0, -EAGAIN when the other side's buffer is
 * full, or a negative errno.
 */
int ipc_send(int fd, struct ipc_record *record, const struct signed_inputs *inputs);

/* Waits for the first record. Returns 0, -EBADMSG when it is not IPC_CLOCK, or a negative errno. */
int ipc_receive_clock(int fd, struct timekeeper_record *ret);

/*
 * One datagram of such a pair → record and inputs, all checked. now_usec is the monotonic clock. Returns 0, or -EBADMSG
 * for an invalid record.
 */
int ipc_decode(struct bytes datagram, uint64_t now_usec, struct ipc_message *ret);

/* Receives one record. Returns 1, 0 at the end, -EAGAIN when there is none, -EBADMSG for an invalid record. */
int ipc_receive(int fd, struct ipc_message *ret);
