/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records between the core and its other processes, one per message on a SOCK_SEQPACKET pair. The receiver trusts nothing
 * in a record: a table says which values each field may have (base/record.h). ipc_receive() refuses all others, and kinds
 * that are not sent in that direction.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appraise/facts.h"
#include "appraise/news.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/clock.h"
#include "base/failed_handshake.h"
#include "base/handshake.h"
#include "base/record.h"
#include "base/sessions.h"
#include "base/set.h"
#include "base/signed_inputs.h"
#include "base/sizes.h"
#include "base/timekeeper.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"

struct bytes;

/* The direction in which a record is sent. */
enum ipc_direction {
	IPC_FROM_EDGE = 1 << 0,
	IPC_TO_EDGE = 1 << 1,
	IPC_FROM_ZYGOTE = 1 << 2,
	IPC_TO_ZYGOTE = 1 << 3,
	IPC_FROM_JUDGE = 1 << 4,
	IPC_TO_JUDGE = 1 << 5,
};

/* WITH(KIND, directions, record, member of struct ipc_record); BARE for a record without fields. */
#define IPC_KINDS(WITH, BARE)                                                                                          \
	/* listening */                                                                                                \
	BARE(READY, IPC_FROM_EDGE)                                                                                     \
	/* a POST /attest, not decoded; behind the record the handshake's messages and the body */                     \
	WITH(SUBMISSION, IPC_FROM_EDGE, ipc_submission, submission)                                                    \
	/* asks for the current result of this identity */                                                             \
	WITH(ADMISSION, IPC_FROM_EDGE, ipc_admission, admission)                                                       \
	/* a handshake failed: not each one is told */                                                                 \
	WITH(FAILED, IPC_FROM_EDGE, ipc_failed, failed)                                                                \
	/* every few seconds */                                                                                        \
	WITH(COUNTERS, IPC_FROM_EDGE, edge_counters, counters)                                                         \
	/* to one of the two requests */                                                                               \
	WITH(ANSWER, IPC_TO_EDGE, ipc_answer, answer)                                                                  \
	/* every few seconds, for cookies and nonces (base/beacon.h) */                                                \
	WITH(BEACON, IPC_TO_EDGE, ipc_beacon, beacon)                                                                  \
	/* ends these devices' sessions, after their pending requests are answered */                                  \
	WITH(END, IPC_TO_EDGE, ipc_end, end)                                                                           \
	/* the first record, and again when time is set */                                                             \
	WITH(CLOCK, IPC_TO_EDGE | IPC_TO_ZYGOTE, timekeeper_record, clock)                                             \
	/* a set of the trust material that is in force */                                                             \
	WITH(SET, IPC_FROM_ZYGOTE, accepted_set, set)                                                                  \
	/* questions whose answers changed with the new trust material */                                              \
	WITH(CHANGES, IPC_FROM_ZYGOTE, ipc_changes, changes)                                                           \
	/* asks for a judge in place of the one before; with its descriptor */                                         \
	WITH(FORK, IPC_TO_ZYGOTE, ipc_fork, fork)                                                                      \
	/* to be judged; behind the record what is judged */                                                           \
	WITH(CASE, IPC_TO_JUDGE, ipc_case, case_)                                                                      \
	/* the fork has begun */                                                                                       \
	BARE(ALIVE, IPC_FROM_JUDGE)                                                                                    \
	/* the facts of a case; behind the record the signed inputs that they were derived from */                     \
	WITH(JUDGED, IPC_FROM_JUDGE, ipc_judged, judged)

enum ipc_kind {
	IPC_NONE = 0,
#define IPC_WITH(kind, ...) IPC_##kind,
	IPC_KINDS(IPC_WITH, IPC_WITH)
#undef IPC_WITH
		_IPC_MAX,
};

#define IPC_PARTS_MAX   (HALLMARK_CHAIN_MAX + 1 + HALLMARK_LABELS_MAX + 3) /* of struct ipc_inputs */
#define IPC_CHANGES_MAX 512
#define IPC_NEWS_MAX    128
#define IPC_END_MAX     256
#define IPC_ERRNO_MAX   4095                 /* of the kernel, and of our own */
#define IPC_SLOTS_MAX   16                   /* judges of one zygote */
#define CASE_NSEC_MAX   INT64_C(60000000000) /* twelve times what a case may take; their sum never overflows */
#define LIFTED_TOLD     8                    /* places of a status list that are reported singly */

/* What each record begins with. */
#define IPC_HEAD_FIELDS(ONE, MANY)                                                                                     \
	ONE(INT, uint32_t, kind, IPC_NONE + 1, _IPC_MAX - 1) /* enum ipc_kind */                                       \
	MANY(ZERO, uint8_t, reserved, [4])                                                                             \
	ONE(ANY, uint64_t, id) /* of the request in the edge, or of the case */
RECORD(ipc_head, IPC_HEAD_FIELDS)

/* Where a request came from. */
#define IPC_ORIGIN_FIELDS(ONE, MANY)                                                                                   \
	ONE(ADDRESS, in6_addr, address) /* IPv4 as mapped */                                                           \
	ONE(INT, uint32_t, ifindex, 1, INT32_MAX)                                                                      \
	ONE(ANY, uint32_t, mark) /* of the sender (base/sender_mark.h): it shares out time, and proves nothing */
RECORD(ipc_origin, IPC_ORIGIN_FIELDS)

/* Which handle of the evidence counts for check 6, and the beacon that is in it or in the handshake; zero: none does. */
#define IPC_FRESH_FIELDS(ONE, MANY)                                                                                    \
	MANY(ANY, uint8_t, beacon, [BEACON_LEN])                                                                       \
	MANY(ANY, uint8_t, handle, [HALLMARK_HANDLE_LEN])
RECORD(ipc_fresh, IPC_FRESH_FIELDS)

/* A session, as far as the edge knows it: none of this is believed without what the device signed. */
#define IPC_SESSION_FIELDS(ONE, MANY)                                                                                  \
	MANY(ANY, uint8_t, master_secret, [MASTER_SECRET_LEN])                                                         \
	MANY(ANY, uint8_t, nonce, [HALLMARK_HANDLE_LEN])                                                               \
	ONE(ANY, uint16_t, content_format) /* of the body */                                                           \
	ONE(FLAG, uint8_t, channel_good)   /* the channel value is unused, and young enough */                         \
	ONE(FLAG, uint8_t, nonce_issued)                                                                               \
	ONE(FLAG, uint8_t, nonce_good)                                                                                 \
	MANY(ZERO, uint8_t, reserved, [3])
RECORD(ipc_session, IPC_SESSION_FIELDS)

#define IPC_SUBMISSION_FIELDS(ONE, MANY)                                                                               \
	ONE(PART, ipc_session, session)                                                                                \
	MANY(ANY, uint8_t, device, [SHA256_LEN]) /* whose session it is */                                             \
	ONE(PART, ipc_origin, origin)                                                                                  \
	/* lengths of struct ipc_inputs, whose bytes follow the record in this order. 0: absent */                     \
	MANY(ANY, uint16_t, parts, [IPC_PARTS_MAX])
RECORD(ipc_submission, IPC_SUBMISSION_FIELDS)

#define IPC_ADMISSION_FIELDS(ONE, MANY)                                                                                \
	ONE(PART, ipc_origin, origin)                                                                                  \
	MANY(ANY, uint8_t, device, [SHA256_LEN])
RECORD(ipc_admission, IPC_ADMISSION_FIELDS)

#define IPC_FAILED_FIELDS(ONE, MANY)                                                                                   \
	ONE(PART, ipc_origin, origin)                                                                                  \
	ONE(PART, failed_handshake, what)                                                                              \
	ONE(ANY, uint16_t, port) /* of UDP */                                                                          \
	MANY(ZERO, uint8_t, reserved, [2])
RECORD(ipc_failed, IPC_FAILED_FIELDS)

/* The edge turns it into a CoAP answer. */
#define IPC_WAIT_SEC_MAX 3600 /* no device waits for longer (docs/attester.md) */
#define IPC_ANSWER_FIELDS(ONE, MANY)                                                                                   \
	ONE(ENUM, uint16_t, to, IPC_SUBMISSION, IPC_ADMISSION)                                                         \
	ONE(REASON, uint16_t, reason) /* REASON_ADMITTED: the result follows; else why there is none */                \
	/* seconds until the device may ask again; 0: as the reason has it */                                          \
	ONE(INT, uint16_t, wait_sec, 0, r->reason == REASON_ADMITTED ? 0 : IPC_WAIT_SEC_MAX)                           \
	ONE(INT, uint16_t, n_ear, 0, r->reason == REASON_ADMITTED ? HALLMARK_ANSWER_MAX : 0)                           \
	MANY(BYTES, uint8_t, ear, [HALLMARK_ANSWER_MAX], n_ear)
RECORD(ipc_answer, IPC_ANSWER_FIELDS)

/* An accepted set, and the index of its item in the trust material. */
#define ACCEPTED_SET_FIELDS(ONE, MANY)                                                                                     \
	ONE(PART, set_mark, mark)                                                                                          \
	ONE(ANY, uint32_t, item)                                                                                           \
	/* revocations and suspensions of the previous set that it does not contain: places of a list, entries of a CRL */ \
	ONE(ANY, uint32_t, n_lifted)                                                                                       \
	ONE(INT, uint32_t, n_told, 0, LIFTED_TOLD)                                                                         \
	MANY(BYTES, uint32_t, lifted, [LIFTED_TOLD], n_told) /* the first of those places */                               \
	MANY(ZERO, uint8_t, reserved, [4])
RECORD(accepted_set, ACCEPTED_SET_FIELDS)

/* Ids as in struct dependencies, and what is new of some of them; several records when there are many. */
#define IPC_CHANGES_FIELDS(ONE, MANY)                                                                                  \
	ONE(FLAG, uint8_t, is_last)                                                                                    \
	MANY(ZERO, uint8_t, reserved, [7])                                                                             \
	ONE(INT, uint32_t, n, 0, IPC_CHANGES_MAX)                                                                      \
	ONE(INT, uint32_t, n_news, 0, IPC_NEWS_MAX)                                                                    \
	MANY(BYTES, uint64_t, ids, [IPC_CHANGES_MAX], n)                                                               \
	MANY(LIST, status_news, news, [IPC_NEWS_MAX], n_news)
RECORD(ipc_changes, IPC_CHANGES_FIELDS)

#define IPC_FORK_FIELDS(ONE, MANY)                                                                                     \
	ONE(INT, uint32_t, slot, 0, IPC_SLOTS_MAX - 1)                                                                 \
	ONE(FLAG, uint8_t, is_alone)      /* it judges one case, and gets little time for it */                        \
	ONE(FLAG, uint8_t, is_background) /* devices that wait for an answer go first */                               \
	MANY(ZERO, uint8_t, reserved, [2])
RECORD(ipc_fork, IPC_FORK_FIELDS)

/* A submission with its session, or signed inputs of a session that is over: then their two checks stay as they were recorded. */
#define IPC_CASE_FIELDS(ONE, MANY)                                                                                     \
	ONE(INT, int64_t, now_sec, 0, TIME_MAX)                                                                        \
	ONE(FLAG, uint8_t, is_submission)                                                                              \
	MANY(ZERO, uint8_t, reserved, [7])                                                                             \
	ONE(PART_IF, ipc_session, session, r->is_submission)                                                           \
	ONE(CHECK, check_result, possession, CHECK_POSSESSION)                                                         \
	ONE(CHECK, check_result, freshness, CHECK_FRESHNESS)                                                           \
	MANY(ANY, uint16_t, parts, [IPC_PARTS_MAX]) /* as in struct ipc_submission */
RECORD(ipc_case, IPC_CASE_FIELDS)

/* Facts are there when the result is 0 and the reason REASON_ADMITTED. */
#define IPC_JUDGED_FIELDS(ONE, MANY)                                                                                   \
	ONE(INT, int32_t, result, -IPC_ERRNO_MAX, 0) /* 0, or the negative errno because of which nothing was found */ \
	ONE(REASON, uint16_t, reason)                /* why a submission could not be appraised */                     \
	MANY(ZERO, uint8_t, reserved, [2])                                                                             \
	ONE(PART_IF, facts, facts, r->result == 0 && r->reason == REASON_ADMITTED)                                     \
	ONE(PART_IF, ipc_fresh, fresh, r->result == 0 && r->reason == REASON_ADMITTED)                                 \
	/* since the judge's last answer; nothing but a diagnosis */                                                   \
	MANY(INT, uint64_t, spent_nsec, [_STAGE_MAX], 0, CASE_NSEC_MAX)                                                \
	MANY(ANY, uint16_t, parts, [IPC_PARTS_MAX]) /* as in struct ipc_submission */
RECORD(ipc_judged, IPC_JUDGED_FIELDS)

#define IPC_BEACON_FIELDS(ONE, MANY) MANY(ANY, uint8_t, bytes, [BEACON_LEN])
RECORD(ipc_beacon, IPC_BEACON_FIELDS)

/* Several records when there are more devices. */
#define IPC_END_FIELDS(ONE, MANY)                                                                                      \
	ONE(INT, uint32_t, n, 1, IPC_END_MAX)                                                                          \
	MANY(BYTES, uint8_t, devices, [IPC_END_MAX][SHA256_LEN], n)
RECORD(ipc_end, IPC_END_FIELDS)

struct ipc_record {
	RECORD_MEMBERS(IPC_HEAD_FIELDS)
	union {
		struct ipc_changes largest; /* first, so that `= { .kind = K }` zeroes all bytes */
#define IPC_WITH(kind, directions, record, member) struct record member;
#define IPC_BARE(kind, directions)
		IPC_KINDS(IPC_WITH, IPC_BARE)
#undef IPC_WITH
#undef IPC_BARE
	};
};
_Static_assert(sizeof(struct ipc_record) == sizeof(struct ipc_head) + sizeof(struct ipc_changes),
	       "another record is the largest, or there is a hole behind the head");

/* What is judged. All bytes are borrowed. */
struct ipc_inputs {
	struct signed_inputs signed_inputs; /* of a submission only labels: those that the device showed before */
	struct bytes messages, certificate_verify; /* of the handshake (base/handshake.h) */
	struct bytes body;
};

/* The parts by their place in the order, below IPC_PARTS_MAX; and the bytes of all. */
struct bytes *ipc_part(struct ipc_inputs *inputs, size_t i);
size_t ipc_inputs_size(const struct ipc_inputs *inputs);

#define IPC_INPUTS_MAX (HANDSHAKE_BYTES_MAX + HALLMARK_BODY_MAX + HALLMARK_LABELS_MAX * HALLMARK_TOKEN_MAX)

/* Room for one record with the bytes that follow it. */
struct ipc_message {
	struct ipc_record record;
	uint8_t inputs[IPC_INPUTS_MAX];
	struct ipc_inputs parts; /* set by ipc_receive(); borrows from inputs */
	uint64_t received_usec;  /* monotonic; set by ipc_receive(), and not by who sent it */
};

/*
 * Makes a pair, non-blocking, close-on-exec, with buffers for many submissions at once. Returns 0 or a negative errno.
 */
int ipc_pair(int ret_fds[static 2]);

/*
 * Sends one record; inputs only with IPC_SUBMISSION, IPC_CASE and IPC_JUDGED. Returns 0, -EAGAIN when the other side's
 * buffer is full, or a negative errno.
 */
int ipc_send(int fd, struct ipc_record *record, const struct ipc_inputs *inputs);

/* The same with a descriptor, which the caller keeps, and no inputs. */
int ipc_send_with(int fd, struct ipc_record *record, int descriptor);

/* Waits for the record that comes first. Returns 0, -EBADMSG when another one came, or a negative errno. */
int ipc_receive_clock(int fd, enum ipc_direction direction, struct timekeeper_record *ret);

/*
 * One datagram of such a pair → record and inputs; all that it takes is checked. now_usec is the monotonic clock: when it was
 * received. Returns 0, or -EBADMSG for what is not sound or does not go that way.
 */
int ipc_decode(struct bytes datagram, enum ipc_direction direction, uint64_t now_usec, struct ipc_message *ret);

/* Receives one. Returns 1, 0 at the end, -EAGAIN when there is none, -EBADMSG for a record that is refused. */
int ipc_receive(int fd, enum ipc_direction direction, struct ipc_message *ret);

/* The same, and waits for it. The descriptor that came with it is *ret_descriptor, which the caller closes; -1: none came. */
int ipc_await(int fd, enum ipc_direction direction, struct ipc_message *ret, int *ret_descriptor);
