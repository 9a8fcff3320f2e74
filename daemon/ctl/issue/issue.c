/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of issuers: one label statement, a register of many, a status list, and a maker's reference values. */
#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/language.h"
#include "base/log.h"
#include "base/when.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/issue/list.h"
#include "ctl/issue/statement.h"
#include "ctl/value.h"
#include "token/cose.h"
#include "token/status.h"

DEFINE_CLEANUP(struct value *, value_free);

/* What each command loads before it reads its file. */
struct bench {
	EVP_PKEY *key;         /* owned */
	struct config *config; /* owned; NULL: schemes and levels are not checked */
	struct statement_source source;
};

static void bench_done(struct bench *b)
{
	EVP_PKEY_free(b->key);
	if (b->config)
		config_free(b->config);
}

static int bench_init(const struct ctl *ctl, struct bench *b)
{
	int r;

	*b = (struct bench){ .source = { .path = ctl->operand, .issuer = ctl->issuer } };
	b->source.now_sec = clock_realtime_sec();
	if (!ctl->output && (ctl->json || isatty(fileno(ctl->out)))) {
		log_error("the token is binary; name a file for it with -o OUT");
		return -EINVAL;
	}
	r = file_load_private_key(ctl->key, &b->key);
	if (r < 0 || !ctl->config)
		return r;

	r = config_load(ctl->config, &b->config);
	if (r == 0)
		b->source.rules = &b->config->recognition;
	return r;
}

/* Writes the token to its destination, and with --json reports it. */
static enum ctl_exit deliver(const struct ctl *ctl, struct bytes token, struct value *report)
{
	uint8_t digest[SHA256_LEN];
	char hex[SHA256_HEX_SIZE];

	if (!ctl->output)
		return fwrite(token.p, 1, token.n, ctl->out) == token.n ? CTL_YES : CTL_FAULT;
	if (digest_sha256(token, digest) < 0 || file_save(ctl->output, token) < 0)
		return CTL_FAULT;
	if (!ctl->json)
		return CTL_YES;

	bytes_to_hex(BYTES(digest), hex);
	value_add_text(report, "file", ctl->output);
	value_add_number(report, "bytes", (int64_t)token.n);
	value_add_text(report, "sha256", hex);
	value_to_json(report, ctl->out);
	return CTL_YES;
}

static enum ctl_exit log_sign(const struct ctl *ctl, int r, size_t max)
{
	if (r == -E2BIG)
		log_error("%s: the token would be over %zu bytes; divide it", ctl->operand, max);
	else
		(void)log_errno(r, "%s: cannot be signed", ctl->operand);
	return CTL_FAULT;
}

enum ctl_exit ctl_label_sign(const struct ctl *ctl)
{
	_cleanup_(bench_done) struct bench bench = { 0 };
	_cleanup_(label_done) struct label label = { 0 };
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(token);
	int r;

	if (bench_init(ctl, &bench) < 0 || statement_load(&bench.source, &label) < 0)
		return CTL_FAULT;

	r = label_sign(&label, bench.key, &w);
	if (r < 0)
		return log_sign(ctl, r, sizeof(token));

	value_add_text(report, "kind", "label");
	value_add_text(report, "number", label.number);
	value_add_text(report, "issuer", label.issuer);
	value_add_number(report, "until", label.exp_sec);
	return deliver(ctl, writer_bytes(&w), report);
}

static int set_register(const struct ctl *ctl, struct label_register *r, int64_t now_sec)
{
	char *rest;

	r->iat_sec = now_sec;
	errno = 0;
	r->sequence = strtoull(ctl->sequence, &rest, 10);
	if (ctl->sequence[0] < '0' || ctl->sequence[0] > '9' || *rest != '\0' || errno != 0 || r->sequence < 1) {
		log_error("--sequence \"%s\": give a whole number from 1, above that of the "
			  "register before",
			  ctl->sequence);
		return -EINVAL;
	}
	if (!when_parse_end(ctl->expires, &r->exp_sec) || r->exp_sec <= now_sec) {
		log_error("--expires \"%s\": give a future day, as 2027-05-31", ctl->expires);
		return -EINVAL;
	}
	return 0;
}

enum ctl_exit ctl_register_build(const struct ctl *ctl)
{
	_cleanup_(bench_done) struct bench bench = { 0 };
	_cleanup_(label_register_done) struct label_register labels = { 0 };
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	_cleanup_free_ uint8_t *token = malloc(HALLMARK_REGISTER_MAX);
	struct writer w = writer_of(token, HALLMARK_REGISTER_MAX);
	int r;

	if (!token || bench_init(ctl, &bench) < 0 || statements_load(&bench.source, &labels) < 0)
		return CTL_FAULT;
	if (set_register(ctl, &labels, bench.source.now_sec) < 0)
		return CTL_FAULT;

	labels.is_complete = !ctl->partial;
	r = label_register_sign(&labels, bench.key, &w);
	if (r < 0)
		return log_sign(ctl, r, HALLMARK_REGISTER_MAX);

	value_add_text(report, "kind", "register");
	value_add_text(report, "issuer", labels.issuer);
	value_add_number(report, "sequence", (int64_t)labels.sequence);
	value_add_number(report, "labels", (int64_t)labels.n_labels);
	value_add_flag(report, "complete", labels.is_complete);
	value_add_number(report, "until", labels.exp_sec);
	return deliver(ctl, writer_bytes(&w), report);
}

/* --- Status lists --- */

#define STATUS_TOKEN_MAX (HALLMARK_STATUS_MAX + 8192) /* bytes: an incompressible list, and the claims around it */
#define TTL_DEFAULT_SEC  86400 /* a list that is never stale could hide later revocations for ever */

/* A number from the command line, 0 when it is not given. */
static int read_count(const char *option, const char *text, int64_t *ret)
{
	*ret = 0;
	if (!text)
		return 0;
	if (text[0] != '0' && text[strspn(text, "0123456789")] == '\0' && strlen(text) > 0 && strlen(text) < 10) {
		*ret = strtoll(text, NULL, 10);
		return 0;
	}
	log_error("--%s \"%s\": give a whole number from 1 to 999999999", option, text);
	return -EINVAL;
}

static int set_life(const struct ctl *ctl, struct status_list *list)
{
	list->ttl_sec = ctl->expires ? 0 : TTL_DEFAULT_SEC;
	if (ctl->ttl && !when_parse_span(ctl->ttl, &list->ttl_sec)) {
		log_error("--ttl \"%s\": give how long the list is valid, as 90s, 30m, 24h or 7d", ctl->ttl);
		return -EINVAL;
	}
	if (ctl->expires && (!when_parse_end(ctl->expires, &list->exp_sec) || list->exp_sec <= list->iat_sec)) {
		log_error("--expires \"%s\": give a future day, as 2027-05-31", ctl->expires);
		return -EINVAL;
	}
	return 0;
}

static int set_uri(const struct ctl *ctl, struct status_list *list)
{
	if (ctl->uri[0] != '\0' && bytes_to_text(bytes_of_string(ctl->uri), list->uri, sizeof(list->uri)))
		return 0;
	log_error("--uri \"%s\": give 1 to %zu bytes of printable UTF-8, exactly as in the labels", ctl->uri,
		  sizeof(list->uri) - 1);
	return -EINVAL;
}

static int64_t count_status(const struct status_list *list, int status)
{
	int64_t n = 0;

	for (int64_t i = 0; i < status_list_places(list); i++)
		n += status_list_get(list, i) == status;
	return n;
}

/*
 * The former list must be for the same uri: places of other lists mean other labels. Gateways refuse a list that is not
 * newer than the one they hold.
 */
static int check_succession(const struct ctl *ctl, const struct status_list *before, int64_t now_sec)
{
	char issued[32];

	if (strcmp(before->uri, ctl->uri) != 0) {
		log_error("--previous %s is the list of %s, and this one is of %s; give the one that this one follows",
			  ctl->previous, before->uri, ctl->uri);
		return -EINVAL;
	}
	if (before->iat_sec < now_sec)
		return 0;
	log_error("--previous %s was built at %s, which is not before now: gateways would treat this one as older. "
		  "Correct this machine's clock, or wait a second",
		  ctl->previous, time_to_text(before->iat_sec, issued));
	return -EINVAL;
}

/* The published list; gateways verify its signature. Without one, *ret stays as it is. */
static int load_previous(const struct ctl *ctl, int64_t now_sec, struct status_list *ret)
{
	const char *path = ctl->previous;
	_cleanup_(free_bytes) struct bytes file = { 0 };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;
	int r = path ? file_load(path, STATUS_TOKEN_MAX, &file) : 0;

	if (r < 0 || !path)
		return r;
	r = status_list_decode(file, &token, ret, &reason);
	if (r < 0)
		return log_errno(r, "%s: cannot be read", path);
	if (reason == REASON_ADMITTED)
		return check_succession(ctl, ret, now_sec);
	log_error("--previous %s: %s; give the status list that this one follows", path,
		  translated(reason_sentence(reason)));
	return -EINVAL;
}

static int read_list(const struct ctl *ctl, const struct bench *bench, struct status_list *ret)
{
	_cleanup_(status_list_done) struct status_list previous = { 0 };
	struct status_size given;

	if (read_count("size", ctl->size, &given.size) < 0 || read_count("bits", ctl->bits, &given.bits) < 0 ||
	    load_previous(ctl, bench->source.now_sec, &previous) < 0 ||
	    status_load(&bench->source, &given, ctl->previous ? &previous : NULL, ret) < 0)
		return -EINVAL;
	ret->iat_sec = bench->source.now_sec;
	return set_uri(ctl, ret) < 0 ? -EINVAL : set_life(ctl, ret);
}

/* A list that gateways could not read is not issued: its size is limited as a token, too. */
static bool list_is_readable(struct bytes token)
{
	_cleanup_(status_list_done) struct status_list list = { 0 };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 parts;

	return status_list_decode(token, &parts, &list, &reason) == 0 && reason == REASON_ADMITTED;
}

enum ctl_exit ctl_status_build(const struct ctl *ctl)
{
	_cleanup_(bench_done) struct bench bench = { 0 };
	_cleanup_(status_list_done) struct status_list list = { 0 };
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	_cleanup_free_ uint8_t *token = malloc(STATUS_TOKEN_MAX);
	struct writer w = writer_of(token, STATUS_TOKEN_MAX);
	int r;

	if (!token || bench_init(ctl, &bench) < 0 || read_list(ctl, &bench, &list) < 0)
		return CTL_FAULT;

	r = status_list_sign(&list, bench.key, &w);
	if (r == 0 && !list_is_readable(writer_bytes(&w)))
		r = -E2BIG;
	if (r < 0)
		return log_sign(ctl, r, HALLMARK_STATUS_MAX);

	value_add_text(report, "kind", "status list");
	value_add_text(report, "uri", list.uri);
	value_add_text(report, "issuer", list.issuer);
	value_add_number(report, "revoked", count_status(&list, STATUS_INVALID));
	value_add_number(report, "suspended", count_status(&list, STATUS_SUSPENDED));
	value_add_number(report, "until", status_list_until(&list));
	return deliver(ctl, writer_bytes(&w), report);
}

/* --- Reference values --- */

static bool reference_is_readable(struct bytes token)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct reference reference;
	struct sign1 parts;

	return reference_decode(token, &parts, &reference, &reason) == 0 && reason == REASON_ADMITTED;
}

enum ctl_exit ctl_reference_sign(const struct ctl *ctl)
{
	_cleanup_(bench_done) struct bench bench = { 0 };
	_cleanup_(value_freep) struct value *report = value_new(VALUE_MAP);
	_cleanup_free_ struct typed_reference *typed = malloc(sizeof(*typed));
	uint8_t token[HALLMARK_TOKEN_MAX];
	struct writer w = WRITER(token);
	int r;

	if (!typed || bench_init(ctl, &bench) < 0 || reference_load(&bench.source, typed) < 0)
		return CTL_FAULT;

	r = reference_sign(&typed->reference, bench.key, &w);
	if (r == 0 && !reference_is_readable(writer_bytes(&w)))
		r = -E2BIG;
	if (r < 0)
		return log_sign(ctl, r, sizeof(token));

	value_add_text(report, "kind", "reference values");
	value_add_text(report, "issuer", typed->reference.issuer);
	value_add_text(report, "maker", typed->reference.class.product.maker);
	value_add_text(report, "model", typed->reference.class.product.model);
	value_add_number(report, "measurements", (int64_t)typed->reference.n_measurements);
	value_add_number(report, "until", typed->reference.exp_sec);
	return deliver(ctl, writer_bytes(&w), report);
}
