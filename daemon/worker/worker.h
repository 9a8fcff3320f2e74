/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process with contact to devices: edge, tokens, certificates, appraisal. It can only ask the core for decisions.
 */
#pragma once

/* Runs until the core closes its end. Returns an exit status. */
int worker_run(void);
