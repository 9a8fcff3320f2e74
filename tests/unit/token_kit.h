/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of token/ share: keys, bytes from hex in arrays of exact size, and tokens made from parts. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "golden_tokens.h"
#include "token/cbor.h"
#include "token/cose.h"
#include "token/label.h"

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
#define _cleanup_key_ _cleanup_(EVP_PKEY_freep)

static inline EVP_PKEY *key_named(const char *name, bool is_private)
{
	const struct {
		const char *name, *public_pem, *private_pem;
	} keys[] = {
		{ "p256", golden_key_p256, golden_private_p256 },
		{ "p384", golden_key_p384, golden_private_p384 },
		{ "ed25519", golden_key_ed25519, golden_private_ed25519 },
	};
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (is_private)
			assert_int_equal(key_decode_private(bytes_of_string(keys[i].private_pem), &key), 0);
		else
			assert_int_equal(key_decode_public(bytes_of_string(keys[i].public_pem), &key), 0);
	}
	assert_non_null(key);
	return key;
}

/* An array of exactly n bytes, so that the sanitizer sees one read too many. Free p. */
static inline struct bytes exact(struct bytes b)
{
	return bytes_of(bytes_dup(b), b.n);
}

static inline void bytes_done(struct bytes *b)
{
	free((void *)(uintptr_t)b->p);
}
#define _cleanup_bytes_ _cleanup_(bytes_done)

/* A label of one class with all that a label must have; what a test is about is set by it. */
static inline struct label label_small(const char *issuer, struct label_class *class, int64_t exp_sec)
{
	struct label label = { .number = "N-1",
			       .scheme = "KR-CIC",
			       .level = 1,
			       .category = "camera",
			       .iat_sec = 1,
			       .nbf_sec = 1,
			       .exp_sec = exp_sec,
			       .classes = class,
			       .n_classes = 1,
			       .n_anchors = 1 };

	(void)snprintf(label.issuer, sizeof(label.issuer), "%s", issuer);
	return label;
}

/* Appends hex; "*aa.100." stands for a hundred times aa. */
static inline void put_hex(struct writer *w, const char *hex)
{
	while (*hex) {
		char digits[3] = { 0 };
		unsigned long count = 1;
		uint8_t byte;
		bool is_run = *hex == '*';

		hex += is_run;
		memcpy(digits, hex, 2);
		assert_true(bytes_from_hex(digits, &byte, 1));
		hex += 2;
		if (is_run) {
			char *end;

			count = strtoul(hex + 1, &end, 10);
			hex = end + 1;
		}
		for (unsigned long i = 0; i < count; i++)
			writer_put(w, bytes_of(&byte, 1));
	}
}

static inline struct bytes from_hex(const char *hex)
{
	static uint8_t space[1 << 17];
	struct writer w = WRITER(space);

	put_hex(&w, hex);
	assert_false(w.overflow);
	return exact(writer_bytes(&w));
}

/* One claim in hex, as "0a" and "5820…". */
struct part {
	const char *key, *value;
};

/* A map of the parts, with the value of `key` replaced, or left out when it is NULL, or added when it is new. */
static inline struct bytes claims_with(const struct part *parts, size_t n, const char *key, const char *value)
{
	static uint8_t space[1 << 17];
	struct writer w = WRITER(space);
	size_t pairs = n, known = 0;

	for (size_t i = 0; i < n; i++)
		known += strcmp(parts[i].key, key) == 0;
	pairs = pairs - known + (value != NULL);
	cbor_put_map(&w, pairs);
	for (size_t i = 0; i < n; i++) {
		bool is_changed = strcmp(parts[i].key, key) == 0;

		if (is_changed && !value)
			continue;
		put_hex(&w, parts[i].key);
		put_hex(&w, is_changed ? value : parts[i].value);
	}
	if (!known && value) {
		put_hex(&w, key);
		put_hex(&w, value);
	}
	assert_false(w.overflow);
	return exact(writer_bytes(&w));
}

/* The same with the claim behind all others, where none that follows can show that some of it was left unread. */
static inline struct bytes claims_ending_in(const struct part *parts, size_t n, const char *key, const char *value)
{
	struct part others[16];
	size_t n_others = 0;

	assert_true(n <= ARRAY_SIZE(others));
	for (size_t i = 0; i < n; i++)
		if (strcmp(parts[i].key, key) != 0)
			others[n_others++] = parts[i];
	return claims_with(others, n_others, key, value);
}

static inline struct bytes signed_with(const char *typ, struct bytes payload, EVP_PKEY *key)
{
	static uint8_t space[1 << 17];
	struct writer w = WRITER(space);
	struct sign1_header header = { .typ = typ };

	assert_int_equal(sign1_sign(&header, payload, key, &w), 0);
	return exact(writer_bytes(&w));
}

/* Calls f with the bytes cut at each length and with each bit of each byte flipped, in arrays of exact size. */
static inline void each_damage(struct bytes good, void (*f)(struct bytes damaged, void *userdata), void *userdata)
{
	for (size_t n = 0; n < good.n; n++) {
		_cleanup_bytes_ struct bytes cut = exact(bytes_of(good.p, n));

		f(cut, userdata);
	}
	for (size_t i = 0; i < good.n * 8; i++) {
		uint8_t *copy = bytes_dup(good);

		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		f(bytes_of(copy, good.n), userdata);
		free(copy);
	}
}
