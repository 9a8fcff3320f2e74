/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of nf_tables (linux/netfilter/nf_tables.h) as libmnl writes and reads them. Private to enforce/. */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Puts the head of a message NFT_MSG_*; attributes come behind it. */
struct nlmsghdr *nft_message(void *p, uint16_t type, int family, uint16_t flags, uint32_t seq);

/* Puts NFNL_MSG_BATCH_BEGIN or NFNL_MSG_BATCH_END. Returns its size, aligned. */
size_t nft_batch_mark(void *p, uint16_t type);

/*
 * The attributes of a message, or those in another one, by their numbers below n; NULL for those that are not there. Returns false
 * when they are not sound.
 */
bool nft_attributes(const struct nlmsghdr *message, const struct nlattr **ret, size_t n);
bool nft_attributes_in(const struct nlattr *attribute, const struct nlattr **ret, size_t n);

/* What an attribute holds, borrowed; empty when it is NULL. */
struct bytes nft_bytes(const struct nlattr *attribute);
/* "" when it is NULL or no text that ends. */
const char *nft_text(const struct nlattr *attribute);
/* 0 when it is NULL or has another size. */
uint32_t nft_number32(const struct nlattr *attribute);
uint64_t nft_number64(const struct nlattr *attribute);

/*
 * The comment that nft has put into the userdata of a table or an element, up to its end; empty when there is none. Userdata is the
 * kernel's to keep and nft's to understand: parts of a type and a length of one byte each.
 */
#define NFT_COMMENT 0 /* the type of a comment, in both */
struct bytes nft_comment(struct bytes userdata);
