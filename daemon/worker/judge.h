/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that derives facts again from stored signed inputs, in a worker's sandbox and without a socket: it has no
 * contact with devices. core/review/judging.h is the core's side.
 */
#pragma once

/*
 * Reports which sets it accepts and which questions the two materials answer differently. Then answers one IPC_CASE
 * after the other until the core closes its end. Returns an exit status.
 */
int judge_run(void);
