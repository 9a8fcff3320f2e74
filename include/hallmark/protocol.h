/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device, a gateway and a label issuer must agree on: resources, content formats, claim keys and the limits of a
 * conforming message. docs/protocol.md explains these numbers.
 */
#pragma once

/* --- Transport (docs/protocol.md section 2) --- */

#define HALLMARK_PORT 5684 /* coaps, RFC 7252 section 12.7 */
#define HALLMARK_SERVICE "_hallmark._udp" /* in DNS-SD, RFC 6763 section 7; docs/protocol.md section 1.1 */
#define HALLMARK_CCM8 0xc0ae /* RFC 7251 section 2.2; RFC 7925's mandatory suite */

/* X(number, "OpenSSL's name", "IANA's name without TLS_"): the preferred suite first. The PRF of each is with SHA-256. */
#define HALLMARK_SUITES(X)                                                                         \
	X(HALLMARK_CCM8, "ECDHE-ECDSA-AES128-CCM8", "ECDHE_ECDSA_WITH_AES_128_CCM_8")               \
	X(0xc0ac, "ECDHE-ECDSA-AES128-CCM", "ECDHE_ECDSA_WITH_AES_128_CCM")                         \
	X(0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")           \
	X(0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
#define HALLMARK_CIPHER(number, openssl, iana) openssl ":"
#define HALLMARK_CIPHERS HALLMARK_SUITES(HALLMARK_CIPHER) /* as OpenSSL takes them */
#define HALLMARK_GROUPS "P-256:X25519"
#define HALLMARK_EXPORTER_LABEL "EXPORTER-hallmark-attest" /* RFC 5705, no context */
#define HALLMARK_HANDLE_LEN 32     /* bytes of the channel value and of a nonce */
#define HALLMARK_CHANNEL_SEC 60    /* the channel value is valid this many seconds after the handshake */
#define HALLMARK_NONCE_SEC 120     /* a nonce of GET /attest is valid this many seconds */
#define HALLMARK_DATAGRAM_MAX 1280 /* bytes: the smallest MTU of IPv6, RFC 8200 section 5 */

/* --- Resources --- */

#define HALLMARK_PATH_DISCOVERY ".well-known/core" /* RFC 6690 */
#define HALLMARK_PATH_ATTEST "attest"
#define HALLMARK_PATH_ADMISSION "admission"

/* --- Content formats (IANA CoAP Content-Formats) --- */

#define HALLMARK_CF_LINK 40       /* application/link-format, RFC 6690 */
#define HALLMARK_CF_CBOR 60       /* application/cbor, RFC 8949 */
#define HALLMARK_CF_MULTIPART 62  /* application/multipart-core, RFC 8710 */
#define HALLMARK_CF_PROBLEM 257   /* application/concise-problem-details+cbor, RFC 9290 */
#define HALLMARK_CF_EAT_CWT 263   /* application/eat+cwt, RFC 9782 */
#define HALLMARK_CF_STATUS_CWT 279 /* application/statuslist+cwt, draft-ietf-oauth-status-list-21 */
#define HALLMARK_CF_COMPONENT 295  /* application/measured-component+cbor, RFC 10013 */
#define HALLMARK_CF_COMPONENT_JSON 296 /* application/measured-component+json, RFC 10013 */

/* --- Profiles and types of the tokens (docs/protocol.md section 4) --- */

#define HALLMARK_PROFILE_EVIDENCE "tag:hallmarkd.org,2026:evidence#1"
#define HALLMARK_PROFILE_LABEL "tag:hallmarkd.org,2026:label#1"
#define HALLMARK_PROFILE_REGISTER "tag:hallmarkd.org,2026:register#1"
#define HALLMARK_PROFILE_REFERENCE "tag:hallmarkd.org,2026:reference#1"
#define HALLMARK_PROFILE_RESULT "tag:hallmarkd.org,2026:result#1" /* of the appraisal in a result */
#define HALLMARK_PROFILE_SEAL "tag:hallmarkd.org,2026:report-seal#1"
#define HALLMARK_PROFILE_EAR "tag:ietf.org,2026:rats/ear#04"      /* of a result as a whole: draft-ietf-rats-ear-04 section 3 */

#define HALLMARK_TYP_EVIDENCE "application/eat+cwt"
#define HALLMARK_TYP_RESULT "application/eat+cwt"
#define HALLMARK_TYP_LABEL "application/vnd.hallmark.label+cwt"
#define HALLMARK_TYP_REGISTER "application/vnd.hallmark.register+cwt"
#define HALLMARK_TYP_REFERENCE "application/vnd.hallmark.reference+cwt"
#define HALLMARK_TYP_STATUS "application/statuslist+cwt"
#define HALLMARK_TYP_SEAL "application/vnd.hallmark.report-seal+cwt" /* docs/report.md; no device sees one */

/* --- Claims: CWT (RFC 8392), EAT (RFC 9711), Token Status List (draft-ietf-oauth-status-list-21) --- */

#define HALLMARK_CLAIM_ISS 1
#define HALLMARK_CLAIM_SUB 2
#define HALLMARK_CLAIM_EXP 4
#define HALLMARK_CLAIM_NBF 5
#define HALLMARK_CLAIM_IAT 6
#define HALLMARK_CLAIM_CTI 7
#define HALLMARK_CLAIM_CNF 8 /* RFC 8747 */
#define HALLMARK_CLAIM_NONCE 10
#define HALLMARK_CLAIM_UEID 256
#define HALLMARK_CLAIM_OEMID 258
#define HALLMARK_CLAIM_HWMODEL 259
#define HALLMARK_CLAIM_HWVERSION 260
#define HALLMARK_CLAIM_OEMBOOT 262
#define HALLMARK_CLAIM_DBGSTAT 263
#define HALLMARK_CLAIM_PROFILE 265
#define HALLMARK_CLAIM_SUBMODS 266
#define HALLMARK_CLAIM_SWNAME 270
#define HALLMARK_CLAIM_SWVERSION 271
#define HALLMARK_CLAIM_MEASUREMENTS 273
#define HALLMARK_CLAIM_STATUS_LIST 65533
#define HALLMARK_CLAIM_TTL 65534
#define HALLMARK_CLAIM_STATUS 65535

#define HALLMARK_CNF_CKT 5 /* in HALLMARK_CLAIM_CNF: the SHA-256 thumbprint of a COSE_Key, RFC 9679 */

/* Ours, from the private-use range of the CWT claims registry (below -65536). Numbers near it are also those of others. */
#define HALLMARK_CLAIM_LABEL (-846000)
#define HALLMARK_CLAIM_CLASSES (-846001)
#define HALLMARK_CLAIM_ANCHORS (-846002)
#define HALLMARK_CLAIM_ADMISSION (-846003)
#define HALLMARK_CLAIM_SEQUENCE (-846004)
#define HALLMARK_CLAIM_STATEMENTS (-846005)
#define HALLMARK_CLAIM_COMPLETE (-846006)
#define HALLMARK_CLAIM_PLACE (-846007)
#define HALLMARK_CLAIM_SEALED (-846008)

/* EAR: draft-ietf-rats-ear-04 (keys 1000 to 1004), appraisal values draft-ietf-rats-ar4si-10. */
#define HALLMARK_EAR_STATUS 1000
#define HALLMARK_EAR_VECTOR 1001
#define HALLMARK_EAR_POLICIES 1003
#define HALLMARK_EAR_VERIFIER 1004

/* Keys of the map under HALLMARK_CLAIM_LABEL. */
enum hallmark_label_key {
	HALLMARK_LABEL_SCHEME = 0,   /* tstr: scheme id, as "KR-CIC" */
	HALLMARK_LABEL_LEVEL = 1,    /* uint: position in the scheme's own order, from 1 */
	HALLMARK_LABEL_LEVEL_NAME = 2,
	HALLMARK_LABEL_BASIS = 3,    /* enum hallmark_basis */
	HALLMARK_LABEL_CATEGORY = 4, /* tstr: category of products */
	HALLMARK_LABEL_FIELD = 5,    /* tstr: field of application, KR-CIC */
	HALLMARK_LABEL_VERSION = 6,
	HALLMARK_LABEL_STANDARDS = 7,
	HALLMARK_LABEL_LAB = 8,
	HALLMARK_LABEL_SUPPORT_UNTIL = 9,
	HALLMARK_LABEL_EXTENDS = 10,
	HALLMARK_LABEL_FURTHER = 11, /* [1*4 tstr]: words for further evidence that the issuer has seen */
};

enum hallmark_basis {
	HALLMARK_BASIS_UNKNOWN = 0,
	HALLMARK_BASIS_TESTED = 1,
	HALLMARK_BASIS_RECOGNITION = 2, /* itself issued because of another scheme's label: cannot be recognised further */
};

/* Who the signer of a label is. The gateway's operator configures it; the label itself does not say it. */
enum hallmark_issuer_role {
	HALLMARK_ISSUER_UNKNOWN = 0,     /* no issuer that the gateway trusts signed it */
	HALLMARK_ISSUER_TRANSCRIBER = 1, /* copies the scheme's public register */
	HALLMARK_ISSUER_SCHEME = 2,      /* the scheme itself */
};

/* Keys of the map under HALLMARK_CLAIM_ADMISSION. */
enum hallmark_admission_key {
	HALLMARK_ADMISSION_SCHEME = 0,
	HALLMARK_ADMISSION_LEVEL = 1,
	HALLMARK_ADMISSION_HOME_SCHEME = 2,
	HALLMARK_ADMISSION_HOME_LEVEL = 3,
	HALLMARK_ADMISSION_ARRANGEMENT = 4,
	HALLMARK_ADMISSION_LABEL = 5,
	HALLMARK_ADMISSION_ZONE = 6,
	HALLMARK_ADMISSION_REASONS = 7,
	HALLMARK_ADMISSION_EXPIRES_FIRST = 8,
	HALLMARK_ADMISSION_RENEW_AFTER = 9,  /* NumericDate, seconds */
	HALLMARK_ADMISSION_ISSUER_ROLE = 10, /* enum hallmark_issuer_role, of the label's signer */
};

/* Keys of the map under HALLMARK_CLAIM_SEALED. */
enum hallmark_sealed_key {
	HALLMARK_SEALED_SHA256 = 0,   /* bstr: of the report */
	HALLMARK_SEALED_BYTES = 1,    /* uint: its length */
	HALLMARK_SEALED_SEQUENCE = 2, /* uint: of the decision record's last entry when it was signed; 0: none */
	HALLMARK_SEALED_HEAD = 3,     /* bstr: that entry's hash */
	HALLMARK_SEALED_ASKED_BY = 4, /* tstr: who had it signed, */
	HALLMARK_SEALED_ROLE = 5,     /* tstr: by which role; none: root, */
	HALLMARK_SEALED_ENTRIES = 6,  /* tstr: and which entries of the record that person may read: "all", "of segments" */
};

/* Custom problem detail (RFC 9290 section 3.2): { reason number }, with our profile's tag as key. */
#define HALLMARK_PROBLEM_KEY "tag:hallmarkd.org,2026:problem"

/* --- Limits. Each has a test that exceeds it by one. --- */

#define HALLMARK_BODY_MAX 16384      /* bytes of a reassembled submission: evidence and four labels, with reserve */
#define HALLMARK_TOKEN_MAX 8192      /* bytes of one token: bounds what one signature check reads */
#define HALLMARK_REGISTER_MAX 4194304 /* bytes of a register: about 8,000 statements */
#define HALLMARK_STATUS_MAX 1048576  /* bytes of an inflated status list: eight million labels at one bit */
#define HALLMARK_STATUS_LISTS_MAX 64 /* status lists that a gateway holds: bounds memory; one for each issuer and year */
#define HALLMARK_REFERENCES_MAX 256 /* references that a gateway holds: the search is linear */
#define HALLMARK_MEASUREMENTS_MAX 16 /* measured items in one evidence; good ones in one reference, of all its builds */
#define HALLMARK_CHAIN_MAX 4         /* certificates that a device may present, as RFC 7925 section 4.4.2 recommends */
#define HALLMARK_CHAIN_BYTES_MAX 8192 /* bytes of those certificates together */
#define HALLMARK_LABELS_MAX 4        /* labels in one submission: more are guesses */
#define HALLMARK_CLASSES_MAX 64      /* product classes in one label: JC-STAR's widest had 18 models on average */
#define HALLMARK_FURTHER_MAX 4       /* words for further evidence in one label: one arrangement asks for one */
#define HALLMARK_ANCHORS_MAX 16      /* CA certificates one label may name */
#define HALLMARK_NONCES_MAX 4        /* handles in one evidence: at most two are needed */
#define HALLMARK_LINK_MIN 6          /* bytes of a link-layer address: EUI-48 */
#define HALLMARK_LINK_MAX 8          /* EUI-64 */
#define HALLMARK_CBOR_DEPTH_MAX 8    /* nesting: the deepest of our tokens uses six */
#define HALLMARK_CBOR_KEYS_MAX 64    /* pairs in one map: bounds the search for duplicates */
#define HALLMARK_ANSWER_MAX 1024     /* bytes of an answer: one block, one datagram */
