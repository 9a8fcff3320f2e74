/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields and message ids of hallmarkd's journal entries. They are an interface: filter with
 * `journalctl -u hallmarkd HALLMARK_DEVICE=...`.
 */
#pragma once

#define HALLMARK_FIELD_DEVICE        "HALLMARK_DEVICE"      /* hex SHA-256 of the device's public key */
#define HALLMARK_FIELD_UEID          "HALLMARK_UEID"        /* hex */
#define HALLMARK_FIELD_PRODUCT       "HALLMARK_PRODUCT"     /* maker / model / version */
#define HALLMARK_FIELD_NAME          "HALLMARK_NAME"        /* what the inventory calls it; not there: it does not */
#define HALLMARK_FIELD_SEGMENT       "HALLMARK_SEGMENT"     /* household that it is in, else the one of its row */
#define HALLMARK_FIELD_PLACE         "HALLMARK_PLACE"       /* room or note in the inventory */
#define HALLMARK_FIELD_SCHEME        "HALLMARK_SCHEME"      /* scheme of the label */
#define HALLMARK_FIELD_LEVEL         "HALLMARK_LEVEL"       /* the label's own level */
#define HALLMARK_FIELD_RECOGNISED    "HALLMARK_RECOGNISED"  /* level of the home scheme, by name */
#define HALLMARK_FIELD_ARRANGEMENT   "HALLMARK_ARRANGEMENT" /* id, as "R8" */
#define HALLMARK_FIELD_LABEL         "HALLMARK_LABEL"       /* number of the label */
#define HALLMARK_FIELD_ISSUER        "HALLMARK_ISSUER"      /* who signed the label statement */
#define HALLMARK_FIELD_ISSUER_ROLE   "HALLMARK_ISSUER_ROLE" /* "scheme" or "transcriber"; "": not a trusted issuer */
#define HALLMARK_FIELD_ZONE          "HALLMARK_ZONE"        /* zone after the decision */
#define HALLMARK_FIELD_ZONE_BEFORE   "HALLMARK_ZONE_BEFORE"
#define HALLMARK_FIELD_UNTIL         "HALLMARK_UNTIL" /* Unix time, seconds */
#define HALLMARK_FIELD_EXPIRES_FIRST "HALLMARK_EXPIRES_FIRST"
#define HALLMARK_FIELD_REASON        "HALLMARK_REASON" /* name of enum hallmark_reason */
#define HALLMARK_FIELD_REASON_NUMBER "HALLMARK_REASON_NUMBER"
#define HALLMARK_FIELD_HELD_BACK     "HALLMARK_HELD_BACK" /* why not in an earlier rule's zone; "admitted": no cause */
#define HALLMARK_FIELD_MISSING       "HALLMARK_MISSING"   /* names of checks, space-separated */
#define HALLMARK_FIELD_RULE          "HALLMARK_RULE"
#define HALLMARK_FIELD_INTERFACE     "HALLMARK_INTERFACE"
#define HALLMARK_FIELD_MAC           "HALLMARK_MAC"
#define HALLMARK_FIELD_ADDRESS       "HALLMARK_ADDRESS"     /* address that the device attested from */
#define HALLMARK_FIELD_FROM          "HALLMARK_FROM"        /* place that a device moved from: interface/port MAC */
#define HALLMARK_FIELD_RECORD        "HALLMARK_RECORD"      /* entry in the decision record: SEQUENCE:HEX of its hash */
#define HALLMARK_FIELD_ORDER         "HALLMARK_ORDER"       /* "allow" and so on; of a command, "reload" */
#define HALLMARK_FIELD_ORDER_EVENT   "HALLMARK_ORDER_EVENT" /* "given", "released", "ended", "refused" */
#define HALLMARK_FIELD_ORDER_REASON  "HALLMARK_ORDER_REASON" /* as the operator gave it */
#define HALLMARK_FIELD_ORDER_BY      "HALLMARK_ORDER_BY"     /* user id of the operator */
#define HALLMARK_FIELD_CHAIN         "HALLMARK_CHAIN"        /* end of the chain: a CA's name, "label", or why not */
#define HALLMARK_FIELD_PROVED        "HALLMARK_PROVED"       /* 1: a trusted certificate confirms its UEID; else 0 */
#define HALLMARK_FIELD_ORDER_UNTIL   "HALLMARK_ORDER_UNTIL"  /* Unix time; 0: until it is released */
#define HALLMARK_FIELD_USEC          "HALLMARK_USEC" /* microseconds from its receipt by the core to the kernel */

/* Of who gave an order or a command, or tried to. */
#define HALLMARK_FIELD_ORDER_NAME       "HALLMARK_ORDER_NAME"  /* of the user HALLMARK_ORDER_BY; "": none is known */
#define HALLMARK_FIELD_ORDER_LOGIN      "HALLMARK_ORDER_LOGIN" /* id of the user who logged in, before sudo */
#define HALLMARK_FIELD_ORDER_LOGIN_NAME "HALLMARK_ORDER_LOGIN_NAME" /* and name; both are left out for a service */
#define HALLMARK_FIELD_ORDER_ROLE       "HALLMARK_ORDER_ROLE"       /* that allows it, or comes nearest; "": none */
#define HALLMARK_FIELD_ORDER_LIMIT      "HALLMARK_ORDER_LIMIT"      /* of a refused attempt: as "zone" */

/* Of a device that is not what the inventory expects. */
#define HALLMARK_FIELD_EXPECTED "HALLMARK_EXPECTED" /* as "wall-pad by pen:32473" */

/* Of an exception of the inventory. */
#define HALLMARK_FIELD_EXCEPTION                                                                                       \
	"HALLMARK_EXCEPTION" /* "ended", "replaced" (a device was judged there), "in force" (again) */

/* Of a handshake that failed. */
#define HALLMARK_FIELD_CAUSE       "HALLMARK_CAUSE"       /* name of enum hallmark_handshake_cause */
#define HALLMARK_FIELD_REMEDY      "HALLMARK_REMEDY"      /* what to change */
#define HALLMARK_FIELD_ALERT       "HALLMARK_ALERT"       /* as "alert 40 of the gateway"; "": none was sent */
#define HALLMARK_FIELD_OFFER       "HALLMARK_OFFER"       /* what the device offered; "": that is not known */
#define HALLMARK_FIELD_BRIDGE_PORT "HALLMARK_BRIDGE_PORT" /* "": not behind a bridge */
#define HALLMARK_FIELD_UDP_PORT    "HALLMARK_UDP_PORT"    /* that the device sent from */

/* Of a trust set. */
#define HALLMARK_FIELD_SET "HALLMARK_SET" /* path of a trust set */
#define HALLMARK_FIELD_SET_STATE                                                                                       \
	"HALLMARK_SET_STATE" /* "accepted", "left-out", "kept": the one accepted last stays in force; "lifted" */
#define HALLMARK_FIELD_SET_LIFTED "HALLMARK_SET_LIFTED" /* how many revocations and suspensions are lifted */

/* Of a wave: many changes in one entry. */
#define HALLMARK_FIELD_WAVE         "HALLMARK_WAVE"    /* "on", or "over": this entry sums up the whole wave */
#define HALLMARK_FIELD_CHANGES      "HALLMARK_CHANGES" /* without an entry of their own */
#define HALLMARK_FIELD_LOST         "HALLMARK_LOST"    /* how many of them led into a lesser zone */
#define HALLMARK_FIELD_SECONDS      "HALLMARK_SECONDS" /* how long it took */
#define HALLMARK_FIELD_ZONES        "HALLMARK_ZONES"   /* how many led into each zone, as "quarantine=9900 trusted=3" */
#define HALLMARK_FIELD_REASONS      "HALLMARK_REASONS" /* the same by reason, most frequent first, and "others" */
#define HALLMARK_FIELD_REFUSALS     "HALLMARK_REFUSALS"     /* the same for requests that were not judged */
#define HALLMARK_FIELD_RECORD_FIRST "HALLMARK_RECORD_FIRST" /* first and last entry of the decision record that */
#define HALLMARK_FIELD_RECORD_LAST  "HALLMARK_RECORD_LAST"  /* hold the changes, by sequence; 0: none does */

/* sd-id128 strings; made once with `systemd-id128 new`. */
#define HALLMARK_MESSAGE_DECISION "4091ffa2a5e84db091385bc27b8cff7c" /* a device changed zone or was judged */
#define HALLMARK_MESSAGE_RESTORED "f4401bdc084a4876a88fdac26d40974f" /* admissions restored from the store */
#define HALLMARK_MESSAGE_PROCESS  "57cb6cb5863a45a0983f3b67b4c6f481" /* an edge or judge failed, or judges disagree */
#define HALLMARK_MESSAGE_RULESET  "c3d7ad82c85241f58743026ddd52eda3" /* the table was loaded */
#define HALLMARK_MESSAGE_CLOCK    "40ea8858cffa453bac428953fe0581a4" /* time was set: all devices are judged again */
#define HALLMARK_MESSAGE_REVIEW   "ebac1c53498d4e7382648c625128ef42" /* devices were judged again */
#define HALLMARK_MESSAGE_BRAKE                                                                                         \
	"d5acb078cf114e5c8d6bf1f94c1670d7" /* the brake holds a change that demotes many, or dropped it */
#define HALLMARK_MESSAGE_OPENED "815f40486c5d4adda21224f3eace8b51" /* the operator opened or closed the gateway */
#define HALLMARK_MESSAGE_MONITOR                                                                                       \
	"53e5dd00eefd49788f0c8eae707846a7"                        /* something is only monitored: repeated once a day */
#define HALLMARK_MESSAGE_MOVED "1526353f27bc4daaa8226d68d9e0f4a0" /* a device attested from another place */
#define HALLMARK_MESSAGE_ORDER                                                                                         \
	"0ba957a99f3046d583c520babfe4ba73" /* an operator's order was given or released, or it ended */
#define HALLMARK_MESSAGE_COMMAND "8102788b08ce41eb8e4c26d06cb8b65f" /* somebody gave a command, as reload */
#define HALLMARK_MESSAGE_DENIED  "0a3e6d7dd34b4424b7ab2e184d530a30" /* somebody tried what he may not */
#define HALLMARK_MESSAGE_RELOAD  "23d31d65463944a89141bd029478ff27" /* a new configuration was refused */
#define HALLMARK_MESSAGE_WAVE    "df68bf1a48e7494188788b2097fbcaa9" /* many changes, summed up */
#define HALLMARK_MESSAGE_STARTED "5ef6729774c2466a895fabdbaa4479ae" /* the tables are in force and devices are served */
#define HALLMARK_MESSAGE_STOPPED "056697f1c67c421abfa764fa761900af"
#define HALLMARK_MESSAGE_TRUST   "06e0e6e011c74704ab2252a1d9971139" /* a set was accepted, or is left out */
#define HALLMARK_MESSAGE_STORE   "a06fe5c1b2304e24a6f5a83980589507" /* the store cannot write what is decided */
#define HALLMARK_MESSAGE_CONVERTED                                                                                     \
	"7fdc2ca296fd40e685d1553637278a9e" /* the store was converted, and a copy is kept as it was */
#define HALLMARK_MESSAGE_EARLIER                                                                                       \
	"97266b7d4b104638acccb72f0c412ad8" /* a later version wrote the store, and this one goes on with it */
#define HALLMARK_MESSAGE_RECORD                                                                                        \
	"f36a13c4a9d84beda383b236ad721d16" /* last entry of the decision record, or a fault in it */
#define HALLMARK_MESSAGE_KERNEL    "05595fced2b0483f99d06ba6d096c8eb" /* the kernel refused what was to be enforced */
#define HALLMARK_MESSAGE_FLOOD     "95bfe96d558046289f2c21217c7abeb5" /* senders ask for more than their share */
#define HALLMARK_MESSAGE_HANDSHAKE "fa6f680209354214ac14c2379d3a29c2" /* a handshake failed */
#define HALLMARK_MESSAGE_UNKNOWN   "2eb6e889588841f58fa9e2b02b6c8cf5" /* somebody is there and does not attest */
#define HALLMARK_MESSAGE_NETWORK                                                                                       \
	"74f8e0ab80a045b4a00ce7764a14f44d" /* an interface or a bridge differs from the configuration */
#define HALLMARK_MESSAGE_NOT_JUDGED                                                                                    \
	"ae467b41aa7540f786ed7cfc51d27a99" /* a request was not decided, or its sender differs from the kernel's tables */
#define HALLMARK_MESSAGE_UNEXPECTED "c939f554bbc74de19d6b946b7c298103" /* a device is not what the inventory expects */
#define HALLMARK_MESSAGE_EXCEPTION  "3b8e0a433f8d4c0b906e107cb706bec6" /* an exception ended, or a device replaced it */
#define HALLMARK_MESSAGE_EXCEPTIONS "a9281f524cbe4395882c8ae0a50ace01" /* how many are in force */
