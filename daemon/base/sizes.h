/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes that otherwise unrelated rooms must agree on. */
#pragma once

/* Bytes. */
#define SHA256_LEN      32
#define SHA256_HEX_SIZE (2 * SHA256_LEN + 1)
#define UEID_MAX        33 /* bytes, RFC 9711 section 4.2.1 */

/* Texts, with their NUL. */
#define SCHEME_ID_SIZE      16
#define LABEL_NUMBER_SIZE   64
#define ISSUER_SIZE         64
#define CATEGORY_SIZE       32
#define FURTHER_SIZE        48
#define STATUS_URI_SIZE     128
#define RULE_NAME_SIZE      32
#define ZONE_NAME_SIZE      24
#define ARRANGEMENT_ID_SIZE 16
#define SEGMENT_NAME_SIZE   64

/* Of a policy. */
#define ZONES_MAX 8
#define RULES_MAX 64
