/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's bus interface (D-Bus, for now peer to peer over a socket). All answers are a{sv}, so that fields can
 * be added; a client passes over those it does not know. Times are Unix seconds (x), lives are seconds (u).
 *
 * Status() → a{sv}
 *   version s, gateway s, home s, started x, worker u (pid), worker_restarts u, sessions u, half_open u,
 *   handshakes t, handshake_failures t, requests t, decisions t, zones a{su} (admissions by zone's name),
 *   guarded as, ruleset s (SHA-256 in hex), port q
 * List() → aa{sv}, one for each device that the gateway holds a verdict of:
 *   device s (hex), ueid s (hex), product s, zone s, reason s, sentence s, missing s, until x, expires_first s,
 *   decided x, interface s, mac s, address s, scheme s, level u, level_name s, recognised s (home level's name),
 *   arrangement s, label s, issuer s, rule s, held_back s (why an admitted device is not in the zone of an earlier
 *   rule: a reason's name, "" when nothing does), held_back_sentence s
 * Explain(s device) → a{sv}: the fields of List and
 *   checks aa{sv}: number u, name s, state s ("passed" "failed" "absent"), reason s, sentence s, specification s
 *   labels aa{sv}: scheme s, level u, level_name s, number s, issuer s, category s, field s, from_register b,
 *     firmware_bound b, until x, recognised s, arrangement s, checks aa{sv} (as above, 10 to 15)
 *   rules aa{sv}: name s, zone s, result s ("taken" "refused" "not reached"), reason s, sentence s, missing s
 *   kernel a{sv}: present b, zone s, timeout u
 *   `device` is a prefix of at least four digits of the device's hex id, its UEID in hex, or its MAC.
 *   Errors: org.hallmarkd.Error.NoSuchDevice, org.hallmarkd.Error.Ambiguous.
 */
#pragma once

#define HALLMARK_BUS_SOCKET "/run/hallmark/control"
#define HALLMARK_BUS_PATH "/org/hallmarkd/gateway"
#define HALLMARK_BUS_INTERFACE "org.hallmarkd.Gateway1"
#define HALLMARK_BUS_NO_SUCH_DEVICE "org.hallmarkd.Error.NoSuchDevice"
#define HALLMARK_BUS_AMBIGUOUS "org.hallmarkd.Error.Ambiguous"
