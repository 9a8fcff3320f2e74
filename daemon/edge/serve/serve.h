/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process with contact to devices: UDP, DTLS and CoAP. It hands over to the core what a device sent, with the messages
 * of the handshake, decodes none of it, and is believed nothing that the device did not sign.
 */
#pragma once

/* Runs until the core closes its end. Returns an exit status. */
int edge_run(void);
