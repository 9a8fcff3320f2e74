/* SPDX-License-Identifier: Apache-2.0 */
/* Where the fields of a DTLS record and of the handshake message in it are, RFC 6347 sections 4.1 and 4.2.2. */
#pragma once

#define CONTENT_HANDSHAKE 22
#define RECORD_HEADER     13 /* bytes */
#define MESSAGE_HEADER    12

enum { AT_EPOCH = 3, AT_RECORD_LENGTH = 11 };                                   /* in a record */
enum { AT_LENGTH = 1, AT_SEQUENCE = 4, AT_OFFSET = 6, AT_FRAGMENT_LENGTH = 9 }; /* in a message */
