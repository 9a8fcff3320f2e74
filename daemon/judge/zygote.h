/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of which all judges are forks: it has read the trust material, and never reads a case. ipc/judges.h is the core's
 * side.
 */
#pragma once

/*
 * Reports which sets are in force and which questions the material answers differently from the former one. Then forks a
 * judge for each IPC_FORK until the core closes its end. Returns an exit status; in a judge too.
 */
int zygote_run(void);
