/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's D-Bus interface. It is always served peer to peer on a socket of its own. Where there is a system bus, it is
 * served there too; the bus name is the name of the interface. All answers are a{sv}, so that fields can be added; a client
 * ignores fields that it does not know. Times are Unix seconds (x), durations are seconds (u).
 *
 * Status() → a{sv}
 *   version s, gateway s, home s, started x, edge u (pid of the first edge; 0: none now),
 *   edges aa{sv} (each, with what its present process counts: process u, sessions u, half_open u, handshakes t),
 *   listens u (1: all edges listen and judges take cases), edge_restarts u (of all edges), zygote u (pid of the process of which judges are forks), zygote_restarts u, judges_replaced u (that ended
 *   or hung with a case, or disagreed), judge_disagreements u (cases in which two judges found different things), waiting u
 *   (submissions that are not answered yet), sessions u, half_open u,
 *   handshakes t, handshake_failures t, requests t, decisions t, zones a{su} (admissions by zone name),
 *   guarded as (guarded interfaces), unnamed as (interfaces that exist and that the configuration does not name),
 *   missing as (interfaces and bridge ports that the configuration guards by name and that do not exist); at most 100 names
 *   in each, ruleset s (SHA-256 in hex), port q,
 *   clock s ("synchronised", or "provisional": real time may be wrong),
 *   orders a{su} (devices under an order, by kind: "quarantine", "allow", "monitor"),
 *   enforcement s ("enforcing"; "monitor": no decision has an effect; "open": by the operator; "none": the tables could not
 *   be restored, and what passes is unknown),
 *   layer2 s ("yes", "no bridges", or why devices of one bridge are not separated),
 *   drifts t (how often the kernel's tables were corrected since the start),
 *   open_for u (seconds that the gateway stays open for all; 0: it is not open), open_reason s,
 *   open_alone aa{sv} (interfaces and bridge ports that alone are open: interface s, for u, reason s), monitored_zones as,
 *   traffic a{sa{sv}} (by zone: passed t, dropped t, monitored t in packets, and each with _bytes, since the tables were
 *   loaded), layer2_dropped t, opened_passed t (packets),
 *   speaker_dropped t (datagrams to the daemon whose source address belongs to another MAC),
 *   source_dropped t (packets whose source address is not routed to the interface where they arrived),
 *   excess_sender_dropped t, excess_port_dropped t, excess_full_dropped t (datagrams to the daemon: above the rate of a
 *   sender, above the rate of a port's new senders, and of new senders for whom a set has no room),
 *   unguarded_dropped t (datagrams to the daemon from interfaces that are not guarded),
 *   unnamed_dropped t (packets from or to interfaces that the configuration does not name),
 *   unknown u (places from which something came within a day, where no device was judged and no exception is in force),
 *   exceptions u (of the inventory, in force), exceptions_next_end x (0: there is none),
 *   held s (the cause of the change that the brake holds; "": nothing is held), held_since x, held_until x,
 *   held_demoted u, held_admitted u, held_reinstated u (devices that would get a better zone because a revocation or
 *   suspension was lifted), held_stopped u (devices without an admission that would be cut off: quarantine is monitored, or they
 *   have an exception, and that would end)
 * List() → aa{sv}, one for each device on which the gateway has a verdict, by id; an error when they are more than 10,000:
 *   device s (hex), ueid s (hex), product s, name s, segment s, place s, reference s (of the inventory, or where the device is; "": none),
 *   chain s (where it ends: the name of a configured CA, "label" when a label names the CA, else the name of the reason why
 *   it is not trusted), proved b (a trusted certificate confirms its UEID),
 *   zone s, reason s, sentence s, missing s, until x, expires_first s, decided x, attested x,
 *   provisional b (the decision's time is from a clock that is not synchronised), interface s, mac s, address s, scheme s,
 *   level u, level_name s, recognised s (name of the home level), arrangement s, label s, issuer s,
 *   issuer_role s ("scheme", "transcriber"; "": no trusted issuer signed the label), rule s,
 *   held_back s (why an admitted device is not in the zone of an earlier rule: the name of a reason; "": no such cause),
 *   held_back_sentence s,
 *   order s (the operator's: "quarantine", "allow", "monitor"; "": none), order_zone s, order_since x,
 *   order_until x (0: until it is released), order_reason s, order_by u (user id), monitored_until x (0: not monitored),
 *   reattest_by x (an operator demands that the device attests again by then; 0: no demand)
 * ListAfter(s device) → aa{sv}: the same of the first 1,000 whose id is greater than this one; "": of the first. None: there are no more
 * ListDevices(a{sv} filter, s order, s after, u limit) → aa{sv} devices, s next: the same, page by page, of those that fit every entry
 *   of the filter (none: of all). Its keys: zone s, reason s, scheme s ("": without a label) as List has them, segment s, held b
 *   (whether held_back is a reason), expiring u (admitted, and no longer than so many seconds from now), id s (how it begins: up to 64 hex
 *   digits). An unknown key or zone, a value of another type and the like are the error org.freedesktop.DBus.Error.InvalidArgs.
 *   order: "id" ("" too), or "until" (those of one second by id). after: "" for the first page, then `next` of the page before, with
 *   the same filter and order; next "": there are no more. limit: 1 to 1,000; 0: 200.
 *   A page may have fewer devices than the limit, or none, although next is not "": it ends after 1 MiB, which 500 to 700 devices fill,
 *   and after 16,384 devices that do not fit. So one call keeps the daemon some milliseconds, however many devices there are, and the
 *   64 answers that may wait for a client are half of what a message bus keeps for one (127 MiB; a message: 32 MiB). A device that is
 *   there all the time is on one page; in the order "until" one whose end moves meanwhile may be on two, or on none if it ends earlier.
 * FailedHandshakes() → aa{sv}, one for each sender (address at an interface) whose handshake failed since the start, the latest
 *   first; at most 128: interface s, bridge_port s ("": none), mac s ("": not known), address s, udp_port u, cause s (include/hallmark/handshake_cause.h),
 *   sentence s, remedy s (what to change), alert s ("alert 40 of the gateway"; "": none), offer s (what the device offered; "":
 *   not known), first x, last x, times u (how many were told: of one sender four at once, then one in 15 s)
 * UnknownDevices(s interface, s bridge_port, s mac) → aa{sv}: who sent something within a day and was never judged, by interface, MAC and
 *   bridge port: at most 1,000 behind the place that is given, "" for all three: from the first on. None: there are no more. Each has
 *   interface s ("": its port is gone), bridge_port s ("": none, or not known), mac s, name s, segment s, place s, reference s (of the
 *   inventory, by the MAC), bridge b (the ports of the interface are isolated: a place is at one of them), exception s (the zone that it has
 *   by the inventory; "": none), until x (the end of that), addresses as (at most 8 that the gateway has as a neighbour's), refused as (at
 *   most 8 of what its packets of an hour asked for and did not get, or would not if quarantine were enforced: "tcp 443", "udp 53", "icmp",
 *   "protocol 47"), first x, last x (of its packets, to some seconds; since the daemon started)
 * Segments() → aa{sv}: the households and other segments of the configuration and of the inventory, in its order: name s
 * Exceptions(u from) → aa{sv}: the exceptions of the inventory, also those that are over and whose rows are still there; at most 1,000, from
 *   this number on. None: there are no more. Each has number u, state s ("in force", "over", "replaced": a device was judged at its place),
 *   zone s, until x, interface s, bridge_port s ("": none), mac s, name s, segment s, place s, reference s (as in List)
 * Explain(s device) → a{sv}: the fields of List and
 *   checks aa{sv}: number u, name s, state s ("passed" "failed" "absent"), reason s, sentence s, specification s
 *   labels aa{sv}: scheme s, level u, level_name s, number s, issuer s, issuer_role s, category s, field s,
 *     from_register b, firmware_bound b, classes u (how many it has), class_differs s (of the nearest class, when no class is the
 *     device's: "maker", "model", "hwversion", "swname", "version", "version-scheme"; "": not so), class_said s, device_said s, until x, recognised s, arrangement s, checks aa{sv} (as above, 10 to 15)
 *   rules aa{sv}: name s, zone s, result s ("taken" "refused" "not reached"), reason s, sentence s, missing s
 *   kernel a{sv}: present b, zone s, timeout u
 * Diff() → aa{sv}, one for each element of the kernel's sets that differs from what the daemon wants:
 *   table s ("inet", "bridge"), set s, key s (as nft writes it), wanted u (seconds; 0: it should not exist), present b,
 *   left u (seconds; 0: it would never end)
 * Record(a{sv} filter, t after, u limit) → aa{sv} entries, t next: entries of the decision record, page by page, of those that fit every
 *   entry of the filter (none: of all), by sequence. Its keys: since x, until x (not before the one, and before the other), segment s ("": of
 *   none), reason s, who s (user id, name or role of who ordered it, or had logged in), device s (as below, or a name that it had then: also
 *   of one that is gone; what is both the first digits of an id and a name is looked for as both, and is refused where it means two devices now), from t (the first sequence), newest b (from the last entry to the first). after: 0, then `next` of the page
 *   before, with the same filter; next 0: there are no more. limit: 1 to 1,000; 0: 200. A page may be shorter, or empty, although next is
 *   not 0: it ends after 1 MiB, and after 2,048 entries that do not fit.
 *   An entry has the columns of docs/record.md with their names: texts s, numbers u, times, sequences and renewals x, digests and MAC s
 *   (hex). What is "" or 0 is left out. An entry that cannot be read has sequence x and unreadable b.
 * RecordHead() → a{sv}: where the record ends and begins: sequence t, hash s, foot_sequence t, foot_hash s (the last entry that
 *   retention removed); 0 and "": none; segments as (only for a caller whose roles have segments: Record gives it entries of these alone)
 * Metrics() → a{sv}: what `hallmarkctl metrics` shows. Counters start with the daemon; those of zones start when the tables
 *   are loaded.
 *   version s, gateway s, home s, started x, clock_synchronised b, held b (the brake holds a change), held_until x,
 *   record_entries t, record_head t (sequence), resident_bytes t,
 *   devices a{st} (known devices by zone), unknown t, exceptions t, exceptions_next_end x (as in Status()), orders a{st} (orders in force by kind),
 *   ending a{st} (admissions that end within "1h" and "24h"),
 *   segments a{sa{st}} (devices by segment and zone, those that there are; only while the configuration has at most 1,000 segments),
 *   next_expiry x (when the first admission ends; 0: there is none),
 *   desired a{st} (admissions by zone, from the registry), enforced a{st} (the same, read from the kernel), counted x (when both were:
 *   now; where more than 10,000 devices are known, at the last comparison with the kernel, at most six minutes ago; 0: it could not be read),
 *   enforcing b (the kernel could be read, and the gateway is not open), monitored a{st} (1 where a zone is only monitored),
 *   open_until x (0: it is not open), open_alone_until a{st} (by interface or bridge port that alone is open),
 *   packets and bytes a{sa{st}} (by zone: "passed", "dropped", "monitored"),
 *   excess_sender_dropped t, excess_port_dropped t, excess_full_dropped t, unguarded_dropped t, unnamed_dropped t (as in
 *   Status()),
 *   interfaces_unnamed u, interfaces_missing u (as in Status()),
 *   decisions a{sa{st}} (by zone and reason), not_judged a{st} (requests by reason),
 *   latency a{st} (decisions by upper bound, in seconds, of the time from submission to kernel), latency_count t,
 *   latency_usec t (sum of these times), renewals t, expiries t,
 *   returns t (devices that reconnected while their admission was in force), waves t, wave_changes t,
 *   kernel_refusals t (transactions), drifts t, listens u, edges u (how many there are), edge_restarts u, zygote u, zygote_restarts u, judges_replaced u,
 *   judge_disagreements u, waiting u (as in Status()),
 *   datagrams t, handshakes t, handshake_failures t, requests t (these four: of all edges, also of those that ended),
 *   handshake_failure_causes a{st} (by cause), sessions u, half_open u,
 *   cpu_usec a{sa{st}} (CPU time by process, which is "core", "edge" or "judges", and stage: base/stage.h),
 *   sets aa{sv} (trust sets in force: kind s, file s, issued x, until x), trust_oldest x (when the oldest was issued; 0: no set)
 * Reload() → a{sv}: reads the configuration and all files that it names again, and judges affected devices again:
 *   outcome s ("applied" "held" "refused" "failed"), admitted u (devices admitted before), judged u, moved u, demoted u,
 *   reinstated u, stopped u (as held_stopped in Status()), refused u (by the kernel: not in force; the daemon tries again), moves aa{sv} (of these, as below)
 * Try(s path) → a{sv}: computes the same for another file ("": the one in force), and changes nothing. outcome is "tried";
 *   moves aa{sv}: device s, product s, before s, after s (zones), lesser b, refused b, reason s,
 *   sentence s; at most 4096
 * Confirm() → as Reload(): applies the change that the brake holds. Discard() → a{sv} (empty): drops that change.
 * Replay(s device, x at) → a{sv}: derives the verdict again from the stored signed inputs, as of a time (0: when it was
 *   decided): same b, at x, differences aa{sv}: what s ("zone", or the name of a check), stored s, derived s
 * Quarantine(s device, s reason, u seconds) → a{sv}: puts the device into quarantine for that time; 0: until it is released
 * Allow(s device, s zone, u seconds, s reason) → a{sv}: puts the device into a zone, whatever its label lacks
 * Monitor(s device, u seconds, s reason) → a{sv}: packets that the zone would drop pass, and are counted
 * AllowUnproved(s device, s zone, u seconds, s reason), MonitorUnproved(s device, u seconds, s reason) → a{sv}: the same, also
 *   when no trusted certificate confirms its UEID. Without "Unproved" the answer is then the error HALLMARK_BUS_UNPROVED, unless
 *   `device` is at least 16 digits of the device id, which identify its key
 * Release(s device) → a{sv}: ends the order; the device gets the zone that its evidence gives it
 *   A newer order replaces the device's former one. Allow and Monitor need a reason and last at most 31 days. Allow is refused
 *   where identity denies the device. The answer comes when the order is on the disk and the kernel was told
 *   (docs/orders.md):
 *   device s, ueid s, product s, chain s, proved b (as in List), former s (the former order), order s, order_until x,
 *   before s, after s (zones), until x (of the zone), reason s, sentence s, record s (its entry in the decision record),
 *   kernel b (false: the kernel does not have it yet)
 * Reattest(s device, u seconds) → a{sv}: the device must attest again within 1 to 86400 s (0: 600); else its admission ends
 *   then. Until it attested, a handshake alone does not admit it. Its DTLS session is ended. Refused for a device in quarantine
 *   or under Quarantine or Allow.
 *   device s, product s, zone s, attest_by x, until x (of the zone: attest_by, or the former end where that is earlier),
 *   former_until x, record s, kernel b (as above)
 * SealReport(ay sha256, t bytes) → a{sv}: signs, with the key of results, that a report of so many bytes (1 to 64 MiB) has this
 *   digest, who asks, when, and which entry of the record is the last one then (docs/report.md): seal ay
 * Try, Confirm and Discard are for root. Orders, Reattest, Reload, Record, RecordHead and SealReport are for root, and for others as far as one of their roles
 * allows (hallmarkd.conf(5)); Reload is for the daemon's user too. Others get org.freedesktop.DBus.Error.AccessDenied, whose
 * text says which limit stands against it. Everything else, with signals and introspection, is for everyone who may open the
 * socket, and on the system bus for root and the group hallmark (systemd/org.hallmarkd.Gateway1.conf).
 *
 * Properties, all read-only: hallmarkd(8).
 *
 * Subscribe() → a{sv} (empty): from then on, signals are sent on this connection. On the system bus it does nothing: signals
 *   go to those that have a match rule for them.
 *
 * Signals. A client is disconnected when more than 2048 of them wait for it for longer than 10 s, or when it makes a call
 * while more than 64 messages wait for it: use one connection for signals and another one for calls.
 * AdmissionChanged(a{sv}): a decision other than a renewal, in a wave too. device s, product s, name s, segment s, place s,
 *   reference s, interface s, mac s, reason s, sentence s, order s (as List has them), bridge_port s ("": none), before s, after s
 *   (zones; the same when only the end moved), until x (0 in quarantine)
 * UnknownDevice(a{sv}): it has been on the wires for a minute, and was not judged; once for each as long as it is remembered (a day
 *   after its last packet), as long as these are not too many. interface s, bridge_port s, mac s, name s, segment s, place s, reference s
 * Wave(a{sv}): many decisions without a journal entry each: changes u, in seconds u, zones a{su} (how many led into each),
 *   first_record t, last_record t (entries of the decision record that hold them; 0: none)
 *
 * Only on the system bus, at /org/freedesktop/LogControl1: org.freedesktop.LogControl1, with LogLevel (only root may set it),
 * LogTarget ("journal" or "console") and SyslogIdentifier; core, edge and judges have the same level.
 *
 *   `device` is a prefix of at least four digits of the device's hex id, its UEID in hex, its MAC, an IP address (that it attested
 *   from, or that the kernel has as a neighbour's), its name in the inventory ("NAME", or "NAME, SEGMENT"), the name of a segment, or the
 *   number of a label whose signature was accepted. What means more than one device in any of these ways is the error Ambiguous: its text
 *   has the first five with name, segment, product, interface and MAC.
 *   Errors: those below.
 */
#pragma once

#define HALLMARK_BUS_SOCKET            "/run/hallmark/control"
#define HALLMARK_BUS_PATH              "/org/hallmarkd/gateway"
#define HALLMARK_BUS_INTERFACE         "org.hallmarkd.Gateway1"
#define HALLMARK_BUS_REATTEST_MAX_SEC  86400                     /* of Reattest */
#define HALLMARK_BUS_LIST_MAX          10000                     /* devices in an answer to List: some 20 MB */
#define HALLMARK_BUS_PAGE              1000                      /* in one to ListAfter */
#define HALLMARK_BUS_LIMIT             200                       /* in one to ListDevices that does not say, */
#define HALLMARK_BUS_LIMIT_MAX         1000                      /* and in one that does */
#define HALLMARK_BUS_PAGE_BYTES        (1024 * 1024)             /* of it, about; 64 of them may wait */
#define HALLMARK_BUS_SEGMENTS          1000                      /* of which Metrics counts devices */
#define HALLMARK_BUS_NO_ENFORCEMENT    "no: nothing is enforced" /* layer2, with --no-enforcement */
#define HALLMARK_BUS_NO_SUCH_DEVICE    "org.hallmarkd.Error.NoSuchDevice"
#define HALLMARK_BUS_AMBIGUOUS         "org.hallmarkd.Error.Ambiguous"
#define HALLMARK_BUS_BUSY              "org.hallmarkd.Error.Busy"
#define HALLMARK_BUS_BAD_CONFIGURATION "org.hallmarkd.Error.BadConfiguration"
#define HALLMARK_BUS_NEEDS_RESTART     "org.hallmarkd.Error.NeedsRestart"
#define HALLMARK_BUS_NOTHING_HELD      "org.hallmarkd.Error.NothingHeld"
#define HALLMARK_BUS_BAD_ORDER         "org.hallmarkd.Error.BadOrder" /* the text says what is needed */
#define HALLMARK_BUS_UNPROVED          "org.hallmarkd.Error.Unproved" /* the text says what to check */
#define HALLMARK_BUS_NO_ORDER          "org.hallmarkd.Error.NoOrder"  /* nothing to release */
#define HALLMARK_BUS_NOT_STORED        "org.hallmarkd.Error.NotStored" /* the disk did not accept it: nothing has changed */
#define HALLMARK_BUS_NOT_ADMITTED      "org.hallmarkd.Error.NotAdmitted" /* the device is in quarantine */
#define HALLMARK_BUS_UNDER_ORDER       "org.hallmarkd.Error.UnderOrder"  /* release the order first */
#define HALLMARK_BUS_NO_INPUTS         "org.hallmarkd.Error.NoInputs"
