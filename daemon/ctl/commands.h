/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of hallmarkctl, hallmark-label and hallmark-refresh, and their options: one row each, only here. The function's
 * declaration, the argument check, --help and completion come from the row; tests/lint/man.sh compares the manual page.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/*
 * X("group in --help", "name", "arguments", "help", function). The arguments are shown to users and parsed by the
 * program: what is in brackets is optional; a word after an option with a value is that value; any other word is one
 * operand, or any number of operands when it ends in "...". A program that does one thing has one row, without a name.
 */
#define HALLMARKCTL_COMMANDS(X)                                                                                        \
	X("Look", "status", "", "what the daemon is doing", ctl_status)                                                \
	X("Look", "list",                                                                                              \
	  "[--refused|--unknown] [--zone Z] [--reason R] [--scheme S] [--segment S] [--held] [--expiring T] [--id "    \
	  "DIGITS] "                                                                                                   \
	  "[--sort ORDER] [--limit N] [--no-pager]",                                                                   \
	  "every device that was judged, or some of them; or who cannot connect, and why; or who never tried",         \
	  ctl_list)                                                                                                    \
	X("Look", "show", "DEVICE", "one device in short: zone, until when, label, place, order", ctl_show)            \
	X("Look", "explain", "DEVICE", "why that device is where it is (id, UEID or MAC)", ctl_explain)                \
	X("Look", "watch", "[--for T]", "each decision when it is made, until Ctrl-C or for a time", ctl_watch)        \
	X("Look", "replay", "DEVICE [--at TIME]",                                                                      \
	  "derive its verdict again from its stored signed inputs, and show differences", ctl_replay)                  \
	X("Look", "diff", "", "differences between the kernel's tables and the verdicts", ctl_diff)                    \
	X("Look", "log show",                                                                                          \
	  "[DEVICE] [--since T] [--until T] [--segment S] [--reason R] [--who W] [--last N] [--state FILE] "           \
	  "[--no-pager]",                                                                                              \
	  "the decisions in the record, of all devices or of one (id, UEID, MAC or name)", ctl_log_show)               \
	X("Look", "log verify", "[--head SEQUENCE:HASH] [--state FILE]",                                               \
	  "whether the record is as it was written, up to the entry that the journal names", ctl_log_verify)           \
	X("Look", "report", "--month M [--segment S] [--format F] [--lang L] [-o OUT] [--state FILE]",                 \
	  "a month of the record, signed for an inspector: text, csv, html or json", ctl_report)                       \
	X("Look", "metrics", "[-o OUT]",                                                                               \
	  "counters and states for a monitoring system: OpenMetrics, or a file for node_exporter", ctl_metrics)        \
	X("Look", "doctor", "", "check the whole installation, and say what to do about each finding", ctl_doctor)     \
	X("Order", "reattest", "DEVICE [--for T]", "demand new evidence within a time (10m); else it loses its zone",  \
	  ctl_reattest)                                                                                                \
	X("Order", "quarantine", "DEVICE [--for T] [--reason R]",                                                      \
	  "put it into quarantine, until it is released or for a time", ctl_quarantine)                                \
	X("Order", "allow", "DEVICE --zone Z --for T --reason R [--unproved]",                                         \
	  "admit it to a zone for a time, whatever its label lacks", ctl_allow)                                        \
	X("Order", "monitor", "DEVICE --for T --reason R [--unproved]",                                                \
	  "for a time, let packets pass that its zone drops, and count them", ctl_monitor)                             \
	X("Order", "release", "DEVICE", "end its order", ctl_release)                                                  \
	X("Order", "open", "[INTERFACE...] --for T --reason R",                                                        \
	  "let every device reach everything, or those of an interface or bridge port, for a time that the kernel "    \
	  "ends",                                                                                                      \
	  ctl_open)                                                                                                    \
	X("Order", "close", "[INTERFACE...]", "close now what is open", ctl_close)                                     \
	X("Configure", "baseline", "--zone Z --until DAY [-o OUT] [--segment S]",                                      \
	  "who was never judged, as a file for the inventory with an exception for each", ctl_baseline)                \
	X("Configure", "check", "FILE [--diff]", "what a configuration means, or which devices it would move and why", \
	  ctl_check)                                                                                                   \
	X("Configure", "reload", "[--confirm | --discard]",                                                            \
	  "read configuration and trust again; or apply or drop the change that the brake holds", ctl_reload)          \
	X("Configure", "ruleset", "[--base [--saved FILE] [--load]]",                                                  \
	  "the nftables tables of the configuration; or those to boot with, from the saved copy when it is not "       \
	  "valid; "                                                                                                    \
	  "loaded, unless tables exist",                                                                               \
	  ctl_ruleset)                                                                                                 \
	X("Configure", "trust list", "", "who and what is trusted, how new it is, and what is left out",               \
	  ctl_trust_list)                                                                                              \
	X("Configure", "trust refresh", "[NAME|FILE...] [--force]",                                                    \
	  "fetch, verify and install the sets that have a url", ctl_trust_refresh)                                     \
	X("Configure", "trust add", "KIND FILE [--name N] [--url U] [--schemes S,...] [--makers M,...]",               \
	  "trust one more: anchor, issuer, register, status-list, reference, crl", ctl_trust_add)                      \
	X("Configure", "trust remove", "KIND NAME|FILE", "no longer trust one that `trust add` added",                 \
	  ctl_trust_remove)                                                                                            \
	X("Keep", "backup", "[-o OUT] [--keys-for CERT.pem]",                                                          \
	  "configuration, trust, store and record in one file, while the daemon runs", ctl_backup)                     \
	X("Keep", "restore", "FILE [--key KEY.pem] [--state DIR] [--to DIR] [--force]",                                \
	  "verify a backup and put its files into their places, on a gateway that does not run", ctl_restore)

#define HALLMARK_REFRESH_COMMANDS(X)                                                                                   \
	X("", "", "[NAME|FILE...] [--force] [--url U]",                                                                \
	  "fetch, verify and install the sets that have a url; with --url a new one, given as KIND FILE", ctl_refresh)

#define HALLMARK_LABEL_COMMANDS(X)                                                                                     \
	X("Issue", "sign", "--key KEY.pem [--issuer NAME] [-o OUT] FILE", "sign one label statement", ctl_label_sign)  \
	X("Issue", "register", "--key KEY.pem --sequence N --expires DAY [--partial] [--issuer NAME] [-o OUT] FILE",   \
	  "sign a list of label statements (libconfig or .csv)", ctl_register_build)                                   \
	X("Issue", "status",                                                                                           \
	  "--key KEY.pem --uri URI [--previous LIST] [--ttl T] [--expires DAY] [--size N] [--bits N] [--issuer NAME] " \
	  "[-o OUT] FILE",                                                                                             \
	  "sign a list of labels that are revoked or suspended (libconfig or .csv)", ctl_status_build)                 \
	X("Issue", "reference", "--key KEY.pem [--issuer NAME] [-o OUT] FILE",                                         \
	  "sign a maker's reference values of good firmware", ctl_reference_sign)                                      \
	X("Look at files", "verify", "FILE [--key PUBLIC.pem] [--at TIME] [--signature-only]",                         \
	  "what a token, certificate or CRL says, and whether it is valid", ctl_verify)                                \
	X("Look at files", "inspect", "FILE",                                                                          \
	  "what a token, certificate, list or submission says, without judging it", ctl_inspect)

/*
 * TEXT(member, "name", "value", "help") and FLAG(member, "name", "help"): the member of struct ctl that an option sets.
 */
#define CTL_OPTIONS(TEXT, FLAG)                                                                                        \
	FLAG(json, "json", "print JSON (docs/json.md)")                                                                \
	TEXT(socket, "socket", "PATH", "the daemon's socket")                                                          \
	TEXT(config, "config", "FILE", "a gateway's configuration")                                                    \
	TEXT(key, "key", "KEY.pem",                                                                                    \
	     "private key that signs; with verify, public key of the expected signer; with restore, whose "            \
	     "certificate --keys-for named")                                                                           \
	TEXT(output, "output", "OUT", "where to write it; also -o")                                                    \
	TEXT(at, "at", "TIME",                                                                                         \
	     "as of this time: 2026-05-31, 2026-05-31T12:00:00Z, 2026-05-31T21:00:00+09:00 or seconds since 1970")     \
	TEXT(sequence, "sequence", "N", "its number, higher than that of the last one")                                \
	TEXT(expires, "expires", "DAY", "the last day on which it is valid")                                           \
	TEXT(issuer, "issuer", "NAME", "signer, if FILE does not name one")                                            \
	TEXT(uri, "uri", "URI", "address by which labels name the list")                                               \
	TEXT(ttl, "ttl", "T", "how long a copy is valid, as 24h")                                                      \
	TEXT(size, "size", "N", "places in the list")                                                                  \
	TEXT(bits, "bits", "N", "bits of each place: 1, 2, 4 or 8")                                                    \
	TEXT(previous, "previous", "LIST", "the list that this one follows")                                           \
	FLAG(signature_only, "signature-only", "only check whether this key made the signature")                       \
	FLAG(partial, "partial", "it does not contain all labels in force")                                            \
	FLAG(confirm, "confirm", "apply the change that the brake holds")                                              \
	FLAG(discard, "discard", "drop the change that the brake holds")                                               \
	FLAG(refused, "refused", "handshakes that failed: from where, why, what to change")                            \
	FLAG(unknown, "unknown", "who is on the wires and was never judged")                                           \
	FLAG(diff, "diff", "which devices it would move, and why")                                                     \
	TEXT(state, "state", "FILE", "the store, instead of the configured one; with restore, its directory")          \
	TEXT(head, "head", "SEQUENCE:HASH", "the entry that the journal names")                                        \
	TEXT(last, "last", "N", "number of entries")                                                                   \
	TEXT(name, "name", "N", "its name")                                                                            \
	TEXT(url, "url", "U", "address to fetch it from, only https")                                                  \
	TEXT(schemes, "schemes", "S,...", "schemes that the issuer may speak for")                                     \
	TEXT(makers, "makers", "M,...", "makers that the issuer may speak for")                                        \
	FLAG(force, "force", "do not wait until the next try is due; with restore, replace an installation")           \
	FLAG(unproved, "unproved", "although no trusted certificate confirms the device's UEID")                       \
	TEXT(zone, "zone", "Z", "a zone of the configuration")                                                         \
	TEXT(for_, "for", "T", "for how long, as 30m, 12h or 7d")                                                      \
	TEXT(reason, "reason", "R", "of an order, for the record; of a device in a list, its name")                    \
	TEXT(segment, "segment", "S", "only devices of this household, or other segment")                              \
	TEXT(scheme, "scheme", "S", "only devices with a label of this scheme; \"\": without a label")                 \
	FLAG(held, "held", "only devices that an earlier rule would admit elsewhere, but for a reason")                \
	TEXT(expiring, "expiring", "T", "only devices whose admission ends within that time, as 24h")                  \
	TEXT(id, "id", "DIGITS", "only devices whose id begins so")                                                    \
	TEXT(sort, "sort", "ORDER", "by \"id\", or by \"until\": when the admission ends")                             \
	TEXT(limit, "limit", "N", "no more than so many")                                                              \
	TEXT(since, "since", "T", "not before: 2026-11-01, \"2026-11-01 18:30\", today, yesterday, -2h")               \
	TEXT(until, "until", "T",                                                                                      \
	     "of the record: before this time, as --since; of exceptions: to the end of that day, or a time")          \
	TEXT(who, "who", "W", "who ordered it: user id, name, or role")                                                \
	FLAG(no_pager, "no-pager", "print to the terminal at once, without less or $PAGER")                            \
	TEXT(month, "month", "M", "of which month, as 2026-11, in the gateway's time zone")                            \
	TEXT(format, "format", "F", "text, csv, html or json")                                                         \
	TEXT(lang, "lang", "L", "language of the report: en or ko")                                                    \
	FLAG(base, "base", "what the gateway boots with; there is always an answer")                                   \
	TEXT(saved, "saved", "FILE", "the copy of the last good one")                                                  \
	FLAG(load, "load", "load it into the kernel, unless there are tables already")                                 \
	TEXT(keys_for, "keys-for", "CERT.pem", "private keys too, encrypted for the key of this certificate")          \
	TEXT(to, "to", "DIR", "below this directory, to look at it; no gateway is changed")

enum ctl_exit {
	CTL_YES = 0,   /* done, or valid */
	CTL_NO = 1,    /* not valid, no such device, or there are findings */
	CTL_FAULT = 2, /* wrong usage, or it could not be evaluated; the reason and the remedy were logged */
};

#define CTL_NFT "/usr/sbin/nft" /* when no configuration can be read */

/* The command line: a member for each option. Texts are NULL when not given. */
struct ctl {
	FILE *out;
	const char *operand; /* FILE or DEVICE: the first of words; NULL when there is none */
	char **words;        /* all operands of the command */
	unsigned n_words;
#define TEXT(member, name, value, help) const char *member;
#define FLAG(member, name, help)        bool member;
	CTL_OPTIONS(TEXT, FLAG)
#undef TEXT
#undef FLAG
};

#define X(group, name, arguments, help, run) enum ctl_exit run(const struct ctl *ctl);
HALLMARKCTL_COMMANDS(X)
HALLMARK_LABEL_COMMANDS(X)
HALLMARK_REFRESH_COMMANDS(X)
#undef X
