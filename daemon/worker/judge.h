/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that derives facts again from stored signed inputs, in a worker's sandbox and with no socket: it meets no
 * device. core/review/judging.h is the core's side.
 */
#pragma once

/*
 * Says which sets it accepts and which questions the two answer differently, then answers one IPC_CASE after the other until the core closes its
 * end. Returns an exit status.
 */
int judge_run(void);
