/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of whoever issues labels: sign one statement, build a register of many. */
#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/file.h"
#include "ctl/statement.h"
#include "ctl/value.h"
#include "ctl/when.h"

DEFINE_CLEANUP(struct value *, value_free);

/* What both commands need before they read the statements. */
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

/* Puts the token where it was asked for, and with --json says so. */
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
		log_error("--expires \"%s\": give a day to come, as 2027-05-31", ctl->expires);
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

	r = label_register_sign(&labels, bench.key, &w);
	if (r < 0)
		return log_sign(ctl, r, HALLMARK_REGISTER_MAX);

	value_add_text(report, "kind", "register");
	value_add_text(report, "issuer", labels.issuer);
	value_add_number(report, "sequence", (int64_t)labels.sequence);
	value_add_number(report, "labels", (int64_t)labels.n_labels);
	value_add_number(report, "until", labels.exp_sec);
	return deliver(ctl, writer_bytes(&w), report);
}
