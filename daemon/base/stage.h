/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process spends its CPU time on, as a diagnosis for `hallmarkctl metrics` and benches: nothing is decided on it. At each
 * moment the process is at one stage, so the stages add up to all that its thread used; one reading of the thread's clock (a
 * system call of some 0.2 µs) ends a stage and begins the next one. As of the log, each process has one of them.
 */
#pragma once

#include <stdint.h>

enum stage {
	STAGE_OTHER = 0, /* event loop, records between processes, start */
	STAGE_HANDSHAKE, /* edge: DTLS until a session is established. judge: what the handshake proves */
	STAGE_REQUEST,   /* edge: CoAP and its records, answers too */
	STAGE_DECODE,    /* judge: the submission */
	STAGE_IDENTITY,  /* judge: certificates */
	STAGE_APPRAISE,  /* judge: evidence and labels */
	STAGE_CHOOSE,    /* judge: which label counts */
	STAGE_DECIDE,    /* core: the device's place, checks of the gateway, policy */
	STAGE_SIGN,      /* core: the result */
	STAGE_STORE,     /* core: registry, store and record */
	STAGE_KERNEL,    /* core: tables */
	STAGE_TELL,      /* core: journal, bus and answers */
	_STAGE_MAX,
};

const char *stage_name(enum stage stage);

/* Returns the stage before, to which stage_end() returns. */
enum stage stage_begin(enum stage stage);
void stage_end(enum stage *before);

/* For the rest of the function. */
#define AT_STAGE(at) __attribute__((cleanup(stage_end), unused)) enum stage _before = stage_begin(at)

/* In a fork: it counts what it spends itself, from its beginning on. */
void stages_forked(void);

/* Nanoseconds of each stage since the start, or since they were taken. */
void stage_spent(uint64_t ret_nsec[static _STAGE_MAX]);
void stage_take(uint64_t ret_nsec[static _STAGE_MAX]);
