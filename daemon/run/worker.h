/* SPDX-License-Identifier: Apache-2.0 */
/* The process that meets devices: edge, tokens, certificates, appraisal. It can ask the core for nothing but a decision. */
#pragma once

/* Descriptors that the core leaves open for a worker. */
enum worker_fd {
	WORKER_IPC = 3,
	WORKER_SOCKET = 4,
	WORKER_MATERIAL = 5,
	_WORKER_FD_MAX,
};

/* Runs until the core closes its end. Returns an exit status. */
int worker_run(void);
