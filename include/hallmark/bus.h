/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's bus interface: D-Bus peer to peer over a socket of its own, which is always there, and the same on the
 * system bus, where there is one, under the name that the interface has. All answers are a{sv}, so that fields can be added; a
 * client passes over those it does not know. Times are Unix seconds (x), lives are seconds (u).
 *
 * Status() → a{sv}
 *   version s, gateway s, home s, started x, worker u (pid), workers u (that listen), worker_restarts u,
 *   sessions u, half_open u,
 *   handshakes t, handshake_failures t, requests t, decisions t, zones a{su} (admissions by zone's name),
 *   guarded as, unnamed as (interfaces that are there and that the configuration does not name), missing as (that it guards by
 *   name, ports of bridges too, and that are not there; at most 100 names in each), ruleset s (SHA-256 in hex), port q, clock s ("synchronised", or "provisional": real time may be wrong),
 *   orders a{su} (devices under an order, by its kind: "quarantine", "allow", "monitor"),
 *   enforcement s ("enforcing"; "monitor": no decision has an effect; "open": by the operator; "none": the tables could not be
 *   kept, and nobody knows what passes), layer2 s ("yes", "no bridges", or why devices of one bridge are not kept apart), drifts t (times since the start that the kernel was
 *   mended), open_for u (seconds that the gateway is open for all; 0: it is not), open_reason s, monitored_zones as,
 *   traffic a{sa{sv}} (by zone: passed t, dropped t, monitored t in packets, and each with _bytes, since the tables were
 *   loaded), layer2_dropped t, opened_passed t (packets), speaker_dropped t (datagrams to the daemon from an address that another MAC
 *   spoke for), source_dropped t (packets from an address that is not routed to where they came from),
 *   unnamed_dropped t (packets from or to interfaces that the configuration does not name),
 *   held s (the cause of what the brake holds; "": nothing), held_since x, held_until x, held_demoted u, held_admitted u,
 *   held_reinstated u (would get a better zone, because a revocation or suspension is gone)
 * List() → aa{sv}, one for each device that the gateway holds a verdict of:
 *   device s (hex), ueid s (hex), product s, chain s (where it ends: a configured CA's name, "label" when a label names the CA, else
 *   the name of the reason why not), proved b (somebody else than the device bears out its UEID), zone s, reason s, sentence s, missing s, until x, expires_first s,
 *   decided x, attested x, provisional b (told by a clock that nothing disciplined), interface s, mac s, address s, scheme s, level u, level_name s, recognised s (home level's name),
 *   arrangement s, label s, issuer s, issuer_role s ("scheme", "transcriber", "" when nobody who is believed signed
 *   the label), rule s, held_back s (why an admitted device is not in the zone of an earlier rule: a reason's name, ""
 *   when nothing does), held_back_sentence s,
 *   order s (an operator's: "quarantine", "allow", "monitor", "": none), order_zone s, order_since x, order_until x (0: until
 *   it is released), order_reason s, order_by u (user id), monitored_until x (0: not monitored),
 *   reattest_by x (until then an operator wants it to attest anew; 0: nobody does)
 * Explain(s device) → a{sv}: the fields of List and
 *   checks aa{sv}: number u, name s, state s ("passed" "failed" "absent"), reason s, sentence s, specification s
 *   labels aa{sv}: scheme s, level u, level_name s, number s, issuer s, issuer_role s, category s, field s,
 *     from_register b, firmware_bound b, until x, recognised s, arrangement s, checks aa{sv} (as above, 10 to 15)
 *   rules aa{sv}: name s, zone s, result s ("taken" "refused" "not reached"), reason s, sentence s, missing s
 *   kernel a{sv}: present b, zone s, timeout u
 * Diff() → aa{sv}, one for each entry of the kernel's sets that is not as it should be:
 *   table s ("inet", "bridge"), set s, key s (as nft writes it), wanted u (seconds; 0: it should not be there), present b,
 *   left u (seconds; 0: it would never end)
 * Metrics() → a{sv}: what `hallmarkctl metrics` shows; counts are from the daemon's start on, those of zones from when the
 *   tables were loaded.
 *   version s, gateway s, home s, started x, clock_synchronised b, held b (the brake holds something back), held_until x,
 *   record_entries t,
 *   record_head t (sequence), resident_bytes t,
 *   devices a{st} (known, by zone), orders a{st} (running, by kind), next_expiry x (the first admission to end; 0: none),
 *   desired a{st} (admissions by zone, by the registry), enforced a{st} (the same, read from the kernel), enforcing b (the kernel
 *   could be read, and is not open), monitored a{st} (1 where a zone is only monitored), open_until x (0: it is not),
 *   packets and bytes a{sa{st}} (by zone: "passed", "dropped", "monitored"),
 *   unnamed_dropped t, interfaces_unnamed u, interfaces_missing u (as in Status()),
 *   decisions a{sa{st}} (by zone and reason), not_judged a{st} (requests, by reason), latency a{st} (decisions that took no
 *   longer from submission to kernel, by seconds), latency_count t, latency_usec t (their sum), renewals t, expiries t,
 *   returns t (devices that came back on an admission that still ran), waves t, wave_changes t, kernel_refusals t (transactions),
 *   drifts t, workers u (that listen), worker_restarts u, datagrams t, handshakes t, handshake_failures t, requests t (these four of the present worker),
 *   sessions u, half_open u,
 *   sets aa{sv} (of trust, in force: kind s, file s, issued x, until x), trust_oldest x (issue of the oldest; 0: there is none)
 * Reload() → a{sv}: reads the configuration and all files that it names again, and judges again whom it touches:
 *   outcome s ("applied" "held" "refused" "failed"), admitted u (devices, before), judged u, moved u, demoted u, reinstated u,
 *   refused u (by the kernel: not in force, tried again), moves aa{sv} (of those, as below)
 * Try(s path) → a{sv}: the same for another file ("": the one in force), and nothing is changed: outcome "tried", and
 *   moves aa{sv}: device s, product s, before s, after s (zones), lesser b, refused b, reason s,
 *   sentence s; at most 4096
 * Confirm() → as Reload(): lets pass what the brake holds. Discard() → a{sv} (empty): drops it.
 * Replay(s device, x at) → a{sv}: derives the verdict again from the stored signed inputs, as of a time (0: as of its own):
 *   same b, at x, differences aa{sv}: what s ("zone", or a check's name), stored s, derived s
 * Quarantine(s device, s reason, u seconds) → a{sv}: into quarantine for so long, 0: until it is released
 * Allow(s device, s zone, u seconds, s reason) → a{sv}: into a zone, whatever its label lacks
 * Monitor(s device, u seconds, s reason) → a{sv}: what its zone drops is let pass, and counted
 * AllowUnproved(s device, s zone, u seconds, s reason), MonitorUnproved(s device, u seconds, s reason) → a{sv}: the same also where
 *   nobody but the device itself says which device it is; without the word that is HALLMARK_BUS_UNPROVED, unless `device` is at
 *   least 16 digits of its id, which name a key
 * Release(s device) → a{sv}: the device is decided on by what it proved
 *   A newer order replaces the former one of the device. Allow and Monitor take a reason and at most 31 days; Allow
 *   is refused where identity denies the device. The answer:
 *   device s, ueid s, product s, chain s, proved b (as in List), former s (order that it had), order s, order_until x, before s, after s (zones), until x (of the
 *   zone), reason s, sentence s, record s (its entry in the
 *   decision record), kernel b (false: the kernel did not take it yet). It comes when the order is on the disk and the kernel
 *   has been told. docs/orders.md.
 * Reattest(s device, u seconds) → a{sv}: it must attest anew within 1 to 86400 s (0: 600), else its admission ends then; until it
 *   has, a handshake alone gives it nothing, and its DTLS session is ended. Not of one in quarantine, or under Quarantine or Allow.
 *   device s, product s, zone s, attest_by x, until x (of the zone: the earlier of attest_by and what it was), former_until x,
 *   record s, kernel b (as above)
 * These, Reload, Try, Confirm and Discard are for root, Reload for the daemon's user too: else org.freedesktop.DBus.Error.AccessDenied. All
 * else, signals and introspection included, is for whoever may open the socket, and on the system bus for root and the group
 * hallmark (systemd/org.hallmarkd.Gateway1.conf).
 *
 * Properties, all read-only: hallmarkd(8).
 *
 * Subscribe() → a{sv} (empty): signals come on this connection from here on. On the system bus they come to whoever has a match
 *   for them, and it does nothing.
 *
 * Signals. Who lets more than 2048 of them wait for longer than 10 s is disconnected, and so is who makes a call while more than
 * 64 messages wait for it: have one connection for signals, and another one for calls.
 * AdmissionChanged(s device, s product, s before, s after, s reason, x until): a decision that is no renewal, in a wave too. The
 *   zones are the same when only its end moved; until is 0 in quarantine.
 * Wave(u changes, u seconds, a{su} zones, t first_record, t last_record): many decisions that have no entry each in the journal:
 *   how many, in what time, how many led into which zone, and the entries of the decision record that hold them (0: none)
 *
 * On the system bus alone, at /org/freedesktop/LogControl1: org.freedesktop.LogControl1, with LogLevel (to be written by
 * root), LogTarget ("journal" or "console") and SyslogIdentifier; core, worker and judges have one level.
 *
 *   `device` is a prefix of at least four digits of the device's hex id, its UEID in hex, or its MAC.
 *   Errors: those below.
 */
#pragma once

#define HALLMARK_BUS_SOCKET            "/run/hallmark/control"
#define HALLMARK_BUS_PATH              "/org/hallmarkd/gateway"
#define HALLMARK_BUS_INTERFACE         "org.hallmarkd.Gateway1"
#define HALLMARK_BUS_REATTEST_MAX_SEC  86400                     /* of Reattest */
#define HALLMARK_BUS_NO_ENFORCEMENT    "no: nothing is enforced" /* layer2, with --no-enforcement */
#define HALLMARK_BUS_NO_SUCH_DEVICE    "org.hallmarkd.Error.NoSuchDevice"
#define HALLMARK_BUS_AMBIGUOUS         "org.hallmarkd.Error.Ambiguous"
#define HALLMARK_BUS_BUSY              "org.hallmarkd.Error.Busy"
#define HALLMARK_BUS_BAD_CONFIGURATION "org.hallmarkd.Error.BadConfiguration"
#define HALLMARK_BUS_NEEDS_RESTART     "org.hallmarkd.Error.NeedsRestart"
#define HALLMARK_BUS_NOTHING_HELD      "org.hallmarkd.Error.NothingHeld"
#define HALLMARK_BUS_BAD_ORDER         "org.hallmarkd.Error.BadOrder" /* the text says what to give */
#define HALLMARK_BUS_UNPROVED          "org.hallmarkd.Error.Unproved" /* the text says what to look at */
#define HALLMARK_BUS_NO_ORDER          "org.hallmarkd.Error.NoOrder"  /* nothing to release */
#define HALLMARK_BUS_NOT_STORED        "org.hallmarkd.Error.NotStored" /* the disk did not take it: nothing has changed */
#define HALLMARK_BUS_NOT_ADMITTED      "org.hallmarkd.Error.NotAdmitted" /* it is in quarantine */
#define HALLMARK_BUS_UNDER_ORDER       "org.hallmarkd.Error.UnderOrder"  /* to be released first */
#define HALLMARK_BUS_NO_INPUTS         "org.hallmarkd.Error.NoInputs"
