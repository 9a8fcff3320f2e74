/* SPDX-License-Identifier: Apache-2.0 */
#include "base/failed_handshake.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "hallmark/protocol.h"

static const struct {
	const char *name, *sentence, *remedy;
} causes[_HANDSHAKE_CAUSE_MAX] = {
#define X(number, id, name, sentence, remedy) [HANDSHAKE_##id] = { name, sentence, remedy },
	HALLMARK_HANDSHAKE_CAUSES(X)
#undef X
};

/* Names of numbers that devices offer most, from the TLS registries of IANA. Others are shown as numbers. */
struct number_name {
	uint16_t number;
	const char *name;
};

static const struct number_name suite_names[] = {
#define X(number, openssl, iana) { number, iana },
	HALLMARK_SUITES(X)
#undef X
};

static const struct number_name group_names[] = {
	{ 23, "P-256" },           { 24, "P-384" },  { 25, "P-521" }, { 26, "brainpoolP256r1" },
	{ 27, "brainpoolP384r1" }, { 29, "X25519" }, { 30, "X448" },
};

static const struct number_name signature_names[] = {
	{ 0x0403, "ECDSA+SHA256" }, { 0x0503, "ECDSA+SHA384" }, { 0x0603, "ECDSA+SHA512" }, { 0x0203, "ECDSA+SHA1" },
	{ 0x0401, "RSA+SHA256" },   { 0x0807, "Ed25519" },      { 0x0808, "Ed448" },
};

static bool is_cause(enum hallmark_handshake_cause cause)
{
	return cause > HANDSHAKE_NOT_FAILED && cause < _HANDSHAKE_CAUSE_MAX;
}

const char *handshake_cause_name(enum hallmark_handshake_cause cause)
{
	return is_cause(cause) ? causes[cause].name : "unknown";
}

const char *handshake_cause_sentence(enum hallmark_handshake_cause cause)
{
	return is_cause(cause) ? causes[cause].sentence : "unknown";
}

const char *handshake_cause_remedy(enum hallmark_handshake_cause cause)
{
	return is_cause(cause) ? causes[cause].remedy : "unknown";
}

const char *failed_handshake_alert(const struct failed_handshake *f, char ret[static ALERT_TEXT])
{
	ret[0] = '\0';
	if (f->alert_sender != ALERT_OF_NOBODY)
		(void)snprintf(ret, ALERT_TEXT, "alert %u of the %s", f->alert,
			       f->alert_sender == ALERT_OF_DEVICE ? "device" : "gateway");
	return ret;
}

/* A text that is being written; what does not fit is cut. */
struct offer {
	char *text;
	size_t n;
};

static void put(struct offer *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct offer *o, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(o->text + o->n, OFFER_TEXT - o->n, format, ap);
	va_end(ap);
	if (n > 0)
		o->n = o->n + (size_t)n < OFFER_TEXT ? o->n + (size_t)n : OFFER_TEXT - 1;
}

static void put_list(struct offer *o, const char *what, const uint16_t *numbers, size_t n,
		     const struct number_name *names, size_t n_names)
{
	put(o, "; %s", what);
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < n_names && names[k].number != numbers[i])
			k++;
		if (k < n_names)
			put(o, " %s", names[k].name);
		else
			put(o, " 0x%04x", numbers[i]);
	}
	if (n == 0)
		put(o, " none");
	if (n == OFFER_MAX)
		put(o, " ...");
}

static void put_version(struct offer *o, uint16_t version)
{
	if (version == DTLS_1_2 || version == DTLS_1_0)
		put(o, "DTLS 1.%u", version == DTLS_1_2 ? 2 : 0);
	else
		put(o, "version 0x%04x", version);
}

const char *failed_handshake_offer(const struct failed_handshake *f, char ret[static OFFER_TEXT])
{
	struct offer o = { .text = ret };

	ret[0] = '\0';
	if (f->version == 0)
		return ret;
	put_version(&o, f->version);
	put(&o, f->extended_master_secret ? " with extended master secret" : " without extended master secret");
	if (f->key[0])
		put(&o, "; key %s", f->key);
	put_list(&o, "suites", f->suites, f->n_suites, suite_names, ARRAY_SIZE(suite_names));
	put_list(&o, "groups", f->groups, f->n_groups, group_names, ARRAY_SIZE(group_names));
	put_list(&o, "signatures", f->signatures, f->n_signatures, signature_names, ARRAY_SIZE(signature_names));
	return ret;
}
