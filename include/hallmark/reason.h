/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a check did not pass, or why there is no decision. Number and name are stable. A reason of check N has the number
 * N * 100 + k. The sentence tells the operator what was found.
 */
#pragma once

/* X(number, IDENTIFIER, "name", "sentence") */
#define HALLMARK_REASONS(X)                                                                        \
	X(0, INTERNAL, "internal", "the gateway could not evaluate this; see its journal")          \
	X(1, ADMITTED, "admitted", "every check that the zone requires passed")                     \
	X(2, NO_EVIDENCE, "no-evidence", "the device has sent no evidence")                         \
	X(3, MALFORMED, "malformed", "the request is not well-formed")                              \
	X(4, TOO_LARGE, "too-large", "the request is over a limit of the protocol")                 \
	X(5, CONTENT_FORMAT, "content-format", "the content format is not one that /attest accepts")  \
	X(6, NOT_GUARDED, "not-guarded", "the device is not on a guarded interface of the gateway") \
	X(7, NO_NEIGHBOUR, "no-neighbour", "the kernel knows no link-layer address of the device")  \
	X(8, BUSY, "busy", "the gateway has too much to do; try again later")                       \
	X(9, KERNEL, "kernel", "the kernel refused the admission; see the gateway's journal")  \
	X(10, NOT_ADMITTED, "not-admitted", "the gateway has no current verdict on this identity") \
	X(11, NO_RULE, "no-rule", "no rule of the policy admits this device")                       \
	X(12, NOT_EVALUATED, "not-evaluated", "an earlier check that this one depends on did not pass") \
	X(13, EXPIRED, "expired", "the admission has ended; attest again")                          \
	X(14, DISPLACED, "displaced",                                                               \
	  "another device, or another key of this one, was admitted at its place later")  \
	X(15, NEIGHBOUR_FORGED, "neighbour-forged",                                                 \
	  "the kernel's tables give the device another place than its datagrams do") \
	X(16, RESTORED, "restored",                                                                 \
	  "the gateway was upgraded; it judges the stored signed inputs again now")                \
	X(17, NOT_ROUTED, "not-routed",                                                             \
	  "the device's address is not routed to the interface that it attests from")               \
	X(18, PLACE_TAKEN, "place-taken",                                                           \
	  "another device is admitted at this port and MAC until its admission ends")        \
	X(19, HELD, "held",                                                                         \
	  "many revoked devices would be readmitted at once; an operator must confirm")           \
	X(20, TOO_OFTEN, "too-often",                                                              \
	  "the device attests too often; it must wait for Max-Age")                     \
	X(101, NO_POSSESSION, "no-possession", "the handshake did not prove the certificate's key") \
	X(201, CERTIFICATE_MALFORMED, "certificate-malformed", "the certificate cannot be decoded") \
	X(202, CERTIFICATE_KEY, "certificate-key", "the key is not P-256, P-384 or Ed25519")      \
	X(203, CERTIFICATE_KEY_USAGE, "certificate-key-usage",                                      \
	  "the key usage does not allow digitalSignature")                                          \
	X(204, CERTIFICATE_EXTENSION, "certificate-extension",                                      \
	  "the certificate has a critical extension that the profile does not know")                \
	X(205, CERTIFICATE_DATE, "certificate-date", "the certificate has ended; the device needs a new one") \
	X(206, CERTIFICATE_CA, "certificate-ca", "the device certificate is a CA certificate")          \
	X(207, CERTIFICATE_SIGNATURE, "certificate-signature",                                      \
	  "the certificate is signed with an algorithm that the profile does not allow")            \
	X(208, CERTIFICATE_VERSION, "certificate-version", "the certificate is not X.509 version 3") \
	X(209, CERTIFICATE_NOT_YET, "certificate-not-yet",                                          \
	  "the certificate has not begun; check the clocks of its CA and of the gateway")           \
	X(210, CERTIFICATE_TIME, "certificate-time",                                                \
	  "a date of the certificate is not as RFC 5280 has it; its CA must issue it again")        \
	X(211, CERTIFICATE_PERIOD, "certificate-period",                                            \
	  "the certificate ends before it begins; its CA must issue it again")                      \
	X(301, CHAIN_UNANCHORED, "chain-unanchored",                                                \
	  "no configured anchor and no anchor of a valid label vouches for the chain")              \
	X(302, CHAIN_BROKEN, "chain-broken", "a signature in the chain does not verify")            \
	X(303, CHAIN_DATE, "chain-date", "a CA certificate of the chain has ended; its CA must issue it again") \
	X(304, CHAIN_LIMIT, "chain-limit", "the chain is over the limit of length or bytes")        \
	X(305, CHAIN_CA, "chain-ca", "an issuer in the chain may not issue certificates")           \
	X(306, CHAIN_POLICY, "chain-policy",                                                        \
	  "a CA of the chain demands a policy that the certificates below it lack") \
	X(307, CHAIN_EXTENSION, "chain-extension",                                                  \
	  "a CA of the chain has a critical extension that the profile does not know")  \
	X(308, CHAIN_NOT_YET, "chain-not-yet",                                                      \
	  "a CA certificate of the chain has not begun; check its CA's clock and your own")    \
	X(309, CHAIN_TIME, "chain-time",                                                            \
	  "a date of a CA certificate is not as RFC 5280 has it; its CA must issue it again")       \
	X(310, CHAIN_PERIOD, "chain-period",                                                        \
	  "a CA certificate of the chain ends before it begins; its CA must issue it again")        \
	X(401, NO_CRL, "no-crl", "no revocation list is configured for this chain")                 \
	X(402, DEVICE_REVOKED, "device-revoked", "a certificate of the chain is revoked")           \
	X(403, CRL_STALE, "crl-stale", "a revocation list of the chain is out of date; install the next one")  \
	X(404, CRL_OLDER, "crl-older",                                                              \
	  "a revocation list of this CA that is as new or newer is already installed")                        \
	X(405, CRL_PARTIAL, "crl-partial",                                                          \
	  "no list of the CA is complete; none shows that a certificate is not revoked")               \
	X(406, CRL_NOT_YET, "crl-not-yet", "the revocation list is dated in the future; check the clock")  \
	X(501, EVIDENCE_MALFORMED, "evidence-malformed", "the evidence is not a well-formed token") \
	X(502, EVIDENCE_TYPE, "evidence-type", "the token is not typed as evidence")                \
	X(503, EVIDENCE_PROFILE, "evidence-profile", "the evidence follows a profile not known here") \
	X(504, EVIDENCE_ALGORITHM, "evidence-algorithm",                                            \
	  "the evidence names an algorithm that does not fit its key")                              \
	X(505, EVIDENCE_SIGNATURE, "evidence-signature", "the evidence's signature does not verify") \
	X(506, EVIDENCE_KEY, "evidence-key",                                                        \
	  "the evidence's key belongs to another anchor, device or key than the session's") \
	X(507, EVIDENCE_CLAIMS, "evidence-claims", "the evidence lacks a claim or has one out of range") \
	X(508, EVIDENCE_TIME, "evidence-time",                                                      \
	  "the evidence's iat is not whole seconds since 1970; mend it or leave it out")            \
	X(601, NONCE_MISSING, "nonce-missing", "the evidence holds neither channel value nor nonce") \
	X(602, NONCE_UNKNOWN, "nonce-unknown", "the evidence's nonce is not of this session")       \
	X(603, CHANNEL_SPENT, "channel-spent",                                                      \
	  "the channel value is used up or too old; fetch a nonce from /attest")                    \
	X(604, NONCE_EXPIRED, "nonce-expired", "the nonce is used up or too old; fetch another from /attest")  \
	X(605, REPLAYED, "replayed", "the device has sent this evidence before, or newer evidence") \
	X(606, EXPORTER_CONTEXT, "exporter-context",                                                \
	  "the channel value has an empty context; export it without any")      \
	X(701, SERIAL_MISMATCH, "serial-mismatch", "evidence and certificate name different serials") \
	X(702, MAKER_MISMATCH, "maker-mismatch", "evidence and certificate name different makers")  \
	X(703, UEID_TAKEN, "ueid-taken", "the device's UEID is bound to another key")               \
	X(704, NO_SERIAL, "no-serial", "the certificate names no device: no serial number, no other identifier")        \
	X(801, DEBUG_ENABLED, "debug-enabled", "the device says that debugging is enabled")         \
	X(901, NO_REFERENCE, "no-reference", "no reference values are configured for this firmware") \
	X(902, FIRMWARE_MISMATCH, "firmware-mismatch", "the firmware does not match the maker's reference") \
	X(903, REFERENCE_STALE, "reference-stale", "the reference for this firmware is out of date; install the next one") \
	X(904, REFERENCE_MAKER, "reference-maker", "the reference's issuer may not speak for that maker") \
	X(905, REFERENCE_OLDER, "reference-older",                                                  \
	  "a reference for this firmware that is as new or newer is already installed")                       \
	X(906, REFERENCE_NOT_YET, "reference-not-yet", "the reference is dated in the future; check the clock") \
	X(1001, LABEL_ABSENT, "label-absent", "no label statement was sent and no register has one") \
	X(1002, LABEL_MALFORMED, "label-malformed", "the label statement is not a well-formed token") \
	X(1003, LABEL_TYPE, "label-type", "the token is not typed as a label statement")            \
	X(1004, LABEL_PROFILE, "label-profile", "the label follows a profile not known here")       \
	X(1005, LABEL_SIGNER, "label-signer", "the label's signer is not a configured issuer")      \
	X(1006, LABEL_SIGNATURE, "label-signature-bad", "the label's signature does not verify")    \
	X(1007, LABEL_ISSUER_SCHEME, "label-issuer-scheme",                                         \
	  "the label's issuer may not speak for that scheme")                                       \
	X(1008, LABEL_ALGORITHM, "label-algorithm", "the label names an algorithm that does not fit the key") \
	X(1009, LABEL_CLAIMS, "label-claims", "the label lacks a claim or has one out of range")    \
	X(1010, REGISTER_OLDER, "register-older",                                                   \
	  "a register of this issuer that is as new or newer is already installed")                           \
	X(1011, LABEL_ISSUER_MAKER, "label-issuer-maker",                                           \
	  "the label's issuer may not speak for a maker that the label names")                      \
	X(1012, REGISTER_NUMBER_TWICE, "register-number-twice",                                     \
	  "two statements of the register have the same number; one must be removed")             \
	X(1013, REGISTER_NOT_YET, "register-not-yet", "the register is dated in the future; check the clock") \
	X(1014, LABEL_TIME, "label-time",                                                           \
	  "exp, nbf or iat is not whole seconds since 1970; the issuer must sign it again")         \
	X(1101, CLASS_MISMATCH, "class-mismatch", "the product is in none of the label's classes")  \
	X(1102, CLASS_VERSION, "class-version", "the firmware version is outside the label's range") \
	X(1201, ANCHOR_MISMATCH, "anchor-mismatch", "no certificate of the chain is one the label names") \
	X(1301, LABEL_NOT_YET, "label-not-yet", "the label's period has not begun")                 \
	X(1302, LABEL_EXPIRED, "label-expired", "the label's period has ended")                     \
	X(1303, LABEL_SUPERSEDED, "label-superseded",                                               \
	  "an extension of this label is valid and is used instead")                              \
	X(1304, LABEL_EXTENDED_TWICE, "label-extended-twice",                                       \
	  "an earlier gateway version did not accept an extension of an extension") \
	X(1305, LABEL_PERIOD, "label-period", "the label's period is longer than its scheme allows") \
	X(1306, LABEL_REPLACED, "label-replaced",                                                   \
	  "a newer, different statement with this number is used instead") \
	X(1307, LABEL_WITHDRAWN, "label-withdrawn",                                                 \
	  "the issuer's newer register is complete and does not contain this label")                  \
	X(1308, LABEL_ENDS_FIRST, "label-ends-first",                                               \
	  "the label ends before it begins; its issuer must sign it again")                         \
	X(1401, NO_STATUS, "no-status", "no status list is configured for this label")              \
	X(1402, LABEL_REVOKED, "label-revoked", "the label is revoked")                             \
	X(1403, LABEL_SUSPENDED, "label-suspended", "the label is suspended")                       \
	X(1404, STATUS_STALE, "status-stale", "the label's status list is out of date; install the next one") \
	X(1405, STATUS_UNKNOWN, "status-unknown", "the label's status list has no value for it that is known here") \
	X(1406, STATUS_OLDER, "status-older", "a status list for this address that is as new or newer is already installed") \
	X(1407, STATUS_NOT_YET, "status-not-yet", "the status list is dated in the future; check the clock") \
	X(1501, NO_ARRANGEMENT, "no-arrangement",                                                   \
	  "no arrangement leads from the label's scheme to the home scheme")                        \
	X(1502, ARRANGEMENT_LEVEL, "arrangement-level", "the arrangement does not recognise the label's level") \
	X(1503, ARRANGEMENT_DATE, "arrangement-date", "the arrangement is not in force at this time") \
	X(1504, ARRANGEMENT_CATEGORY, "arrangement-category",                                       \
	  "the arrangement does not cover this category of products")                               \
	X(1505, ARRANGEMENT_APPLICATION, "arrangement-application",                                 \
	  "the arrangement only eases an application; it recognises nothing by itself")             \
	X(1506, SCHEME_UNKNOWN, "scheme-unknown", "the label's scheme is not configured")           \
	X(1507, LEVEL_UNKNOWN, "level-unknown", "the scheme has no such level")                     \
	X(1508, LABEL_BASIS, "label-basis",                                                         \
	  "the label was itself issued by recognition; recognition is never chained")               \
	X(1509, ARRANGEMENT_FIELD, "arrangement-field", "the arrangement does not cover this field") \
	X(1510, ARRANGEMENT_OFF, "arrangement-off", "the arrangement is switched off in the configuration") \
	X(1511, ARRANGEMENT_CONDITION, "arrangement-condition",                                     \
	  "the arrangement asks for further evidence that the label does not hold")                 \
	X(1512, ARRANGEMENT_VERSION, "arrangement-version",                                         \
	  "the label follows a version of its scheme that the arrangement does not name")           \
	X(1513, LABEL_BASIS_UNKNOWN, "label-basis-unknown",                                         \
	  "the label does not say that it was issued by tests, as the arrangement asks")            \
	X(1601, RULE_LEVEL, "rule-level", "the recognised level is below what the rule asks")       \
	X(1602, RULE_SCHEME, "rule-scheme", "the rule is for another scheme")                       \
	X(1603, RULE_CATEGORY, "rule-category", "the rule is for another category of products")     \
	X(1604, RULE_FIELD, "rule-field", "the rule is for another field")                          \
	X(1605, OPERATOR_QUARANTINE, "operator-quarantine", "an operator has put the device into quarantine") \
	X(1606, OPERATOR_ALLOWED, "operator-allowed",                                               \
	  "an operator allowed the device; this does not depend on a certification")            \
	X(1701, PLACE_UNSAID, "place-unsaid",                                                       \
	  "the evidence does not say where the device is")                                          \
	X(1702, PLACE_LINK, "place-link",                                                           \
	  "the evidence names another MAC than the datagrams came from")                            \
	X(1703, PLACE_ADDRESS, "place-address",                                                     \
	  "the evidence names another address than the datagrams came from")                        \
	X(1704, PLACE_AMBIGUOUS, "place-ambiguous",                                                 \
	  "the gateway's address in the evidence is not of this interface alone")                   \
	X(1705, PLACE_SHARED, "place-shared",                                                       \
	  "network.shared says that several devices send from this MAC")                            \
	X(1706, PLACE_NEEDED, "place-needed",                                                       \
	  "the device is admitted elsewhere; this evidence does not prove that it moved")

enum hallmark_reason {
#define X(number, id, name, sentence) REASON_##id = number,
	HALLMARK_REASONS(X)
#undef X
};

/* The check that a reason belongs to; 0 for general reasons, REASONS_OF_RULES for rules of the policy and for orders. */
#define REASON_CHECK(reason) ((int)(reason) / 100)
#define REASONS_OF_RULES     16
