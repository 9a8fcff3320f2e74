/* SPDX-License-Identifier: Apache-2.0 */
/* The process that meets devices: edge, tokens, certificates, appraisal. It can ask the core for nothing but a decision. */
#pragma once

/* Runs until the core closes its end. Returns an exit status. */
int worker_run(void);
