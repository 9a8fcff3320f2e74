/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the vectors of README.md through the stages of the daemon, with trust loaded as a zygote loads it. What a vector
 * expects stands in its files; which reasons must be met stands here.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "appraise/appraise.h"
#include "appraise/facts.h"
#include "base/check.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/signed_inputs.h"
#include "config/config.h"
#include "core/act/material.h"
#include "decide/check_place.h"
#include "decide/decide.h"
#include "decide/decision.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "ipc/ipc.h"
#include "judge/material_open.h"
#include "judge/pipeline.h"
#include "token/names.h"

#define VECTORS_MIN   150
#define GATEWAYS_MAX  64
#define FILE_SIZE_MAX 65536
#define PATH_SIZE     512

static const char *top, *list;
static bool is_whole;  /* all vectors, not those set aside */
static bool met[2000]; /* by number of the reason */

DEFINE_CLEANUP(struct material *, material_free);

/* --- Files --- */

struct content {
	uint8_t *p;
	size_t n;
};

static void content_done(struct content *c)
{
	free(c->p);
}

/* False: there is no such file. */
static bool read_content(const char *folder, const char *name, struct content *ret)
{
	char path[PATH_SIZE];

	*ret = (struct content){ 0 };
	assert_in_range(snprintf(path, sizeof(path), "%s/%s", folder, name), 1, sizeof(path) - 1);
	return file_read(path, FILE_SIZE_MAX, &ret->p, &ret->n) == 0;
}

static struct bytes content_bytes(const struct content *c)
{
	return bytes_of(c->p, c->n);
}

/* The value of a line "key = value"; false: there is none. */
static bool value_of(const struct content *c, const char *key, char *ret, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)c->p, c->n);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *value = strstr(line, " = ");

		if (!value || (size_t)(value - line) != strlen(key) || strncmp(line, key, strlen(key)) != 0)
			continue;
		assert_in_range(snprintf(ret, size, "%s", value + 3), 0, size - 1);
		return true;
	}
	ret[0] = '\0';
	return false;
}

static long long number_of(const struct content *c, const char *key)
{
	char text[32], *end = NULL;

	assert_true(value_of(c, key, text, sizeof(text)));

	long long number = strtoll(text, &end, 10);

	assert_true(end != text && *end == '\0');
	return number;
}

static bool flag_of(const struct content *c, const char *key)
{
	char text[8];

	return value_of(c, key, text, sizeof(text)) && strcmp(text, "yes") == 0;
}

/* --- Gateways --- */

static struct gateway {
	char name[32];
	struct config *config;
	int material;
} gateways[GATEWAYS_MAX];
static size_t n_gateways;

static const struct gateway *gateway_of(const char *name)
{
	char path[PATH_SIZE];

	for (size_t i = 0; i < n_gateways; i++)
		if (strcmp(gateways[i].name, name) == 0)
			return &gateways[i];

	assert_in_range(n_gateways, 0, GATEWAYS_MAX - 1);
	assert_in_range(snprintf(path, sizeof(path), "%s/gateways/%s.conf", top, name), 1, sizeof(path) - 1);

	struct gateway *g = &gateways[n_gateways++];

	assert_in_range(snprintf(g->name, sizeof(g->name), "%s", name), 1, sizeof(g->name) - 1);
	assert_int_equal(config_load(path, &g->config), 0);
	g->material = material_seal(g->config, NULL);
	assert_return_code(g->material, errno);
	return g;
}

/* --- One device at one gateway --- */

struct visit {
	const struct gateway *gateway;
	struct content session, body, certificates[HALLMARK_CHAIN_MAX + 1];
	size_t n_certificates;
	struct verdict verdict;
	enum hallmark_reason problem;
	char failed[512]; /* "check reason, check reason": what found something itself */
};

static void visit_done(struct visit *v)
{
	content_done(&v->session);
	content_done(&v->body);
	for (size_t i = 0; i < v->n_certificates; i++)
		content_done(&v->certificates[i]);
}

static void read_visit(struct visit *v, const char *folder)
{
	char name[64];

	assert_true(read_content(folder, "session", &v->session));
	assert_true(read_content(folder, "body", &v->body));
	for (v->n_certificates = 0; v->n_certificates < ARRAY_SIZE(v->certificates); v->n_certificates++) {
		(void)snprintf(name, sizeof(name), "certificates/%zu.der", v->n_certificates);
		if (!read_content(folder, name, &v->certificates[v->n_certificates]))
			break;
	}
	assert_true(value_of(&v->session, "gateway", name, sizeof(name)));
	v->gateway = gateway_of(name);
}

static struct channel channel_of(const struct content *session)
{
	struct channel channel = { .possession = flag_of(session, "possession"),
				   .channel_good = flag_of(session, "channel-good"),
				   .nonce_good = flag_of(session, "nonce-good") };
	char hex[2 * HALLMARK_HANDLE_LEN + 1];

	assert_true(value_of(session, "channel-value", hex, sizeof(hex)));
	assert_true(bytes_from_hex(hex, channel.channel_value, sizeof(channel.channel_value)));
	assert_true(value_of(session, "empty-context-value", hex, sizeof(hex)));
	assert_true(bytes_from_hex(hex, channel.empty_context_value, sizeof(channel.empty_context_value)));
	channel.nonce_issued = value_of(session, "nonce", hex, sizeof(hex));
	if (channel.nonce_issued)
		assert_true(bytes_from_hex(hex, channel.nonce, sizeof(channel.nonce)));
	return channel;
}

static void add_failed(struct visit *v, const struct check_result *result, int check)
{
	size_t n = strlen(v->failed);

	if (result->state != CHECK_PASSED)
		met[result->reason] = true;
	if (result->state != CHECK_FAILED || result->reason == REASON_NOT_EVALUATED)
		return;
	assert_in_range(snprintf(v->failed + n, sizeof(v->failed) - n, "%s%s %s", n > 0 ? ", " : "", check_name(check),
				 reason_name(result->reason)),
			1, sizeof(v->failed) - n - 1);
}

static void collect_failed(struct visit *v)
{
	const struct facts *f = &v->verdict.facts;

	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
		if (CHECKS_DEVICE & CHECK_BIT(i))
			add_failed(v, &f->checks[i], i);
	for (size_t label = 0; label < f->n_labels; label++)
		for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++)
			if (CHECKS_OF_LABEL & CHECK_BIT(i))
				add_failed(v, &f->labels[label].checks[i], i);
}

/* What the core's kernel says in all vectors: 02:00:5e:10:00:01 sent from 10.77.1.2 to 10.77.1.1, an address of that interface alone. */
static void check_place(struct facts *facts)
{
	static const uint8_t gateway[] = { 10, 77, 1, 1 };
	const struct place_seen seen = {
		.mac = { 0x02, 0x00, 0x5e, 0x10, 0x00, 0x01 },
		.address.s6_addr = { [10] = 0xff, 0xff, 10, 77, 1, 2 },
		.is_gateway_pinned = IN6_IS_ADDR_V4MAPPED(&facts->place.gateway) &&
				     memcmp(&facts->place.gateway.s6_addr[12], gateway, sizeof(gateway)) == 0,
	};

	facts->checks[CHECK_PLACE] = place_check(facts, &seen);
}

static void run_visit(struct visit *v)
{
	struct bytes chain[ARRAY_SIZE(v->certificates)];
	struct channel channel = channel_of(&v->session);
	struct attestation a = { .chain = chain,
				 .n_chain = v->n_certificates,
				 .channel = &channel,
				 .content_format = (unsigned)number_of(&v->session, "content-format"),
				 .body = content_bytes(&v->body) };
	_cleanup_(material_freep) struct material *material = NULL;
	struct signed_inputs inputs = { 0 };
	struct ipc_fresh fresh;
	int64_t now_sec = number_of(&v->session, "time");

	for (size_t i = 0; i < v->n_certificates; i++)
		chain[i] = content_bytes(&v->certificates[i]);
	assert_int_equal(material_open(v->gateway->material, number_of(&v->session, "started"), &material), 0);
	assert_int_equal(pipeline_appraise(&a, material->trust, &material->rules, now_sec, &v->verdict.facts, &fresh,
					   &inputs, &v->problem),
			 0);
	met[v->problem] = true;
	if (v->problem != REASON_ADMITTED)
		return;
	assert_true(facts_is_sound(&v->verdict.facts)); /* no device ends a judge by what it sends */
	check_place(&v->verdict.facts);
	decide_facts(&v->gateway->config->recognition, &v->gateway->config->policy, &v->verdict.facts, now_sec,
		     &v->verdict.decision);
	collect_failed(v);
	met[v->verdict.decision.reason] = true;
	met[verdict_held_back(&v->verdict, &v->gateway->config->policy)] = true;
}

static void judge(const struct content *expected, const char *key, const char *found, unsigned *wrong)
{
	char text[512];

	if (!value_of(expected, key, text, sizeof(text)) || strcmp(text, found) == 0)
		return;
	print_error("    %s: expected \"%s\", found \"%s\"\n", key, text, found);
	(*wrong)++;
}

/* Returns how many expectations were not met. */
static unsigned judge_visit(struct visit *v, const char *folder)
{
	_cleanup_(content_done) struct content expected = { 0 };
	const struct decision *d = &v->verdict.decision;
	const struct policy *policy = &v->gateway->config->policy;
	const struct label_facts *label = verdict_label(&v->verdict);
	char level[8], problem[64];
	unsigned wrong = 0;

	assert_true(read_content(folder, "expected", &expected));
	if (!value_of(&expected, "problem", problem, sizeof(problem)) && v->problem != REASON_ADMITTED) {
		print_error("    a problem: %s\n", reason_name(v->problem));
		return 1;
	}
	judge(&expected, "problem", reason_name(v->problem), &wrong);
	if (v->problem != REASON_ADMITTED)
		return wrong;

	(void)snprintf(level, sizeof(level), "%u", d->home_level);
	judge(&expected, "zone", policy->zones[d->zone].name, &wrong);
	judge(&expected, "reason", reason_name(d->reason), &wrong);
	judge(&expected, "failed", v->failed, &wrong);
	judge(&expected, "held-back", reason_name(verdict_held_back(&v->verdict, policy)), &wrong);
	judge(&expected, "arrangement", d->arrangement, &wrong);
	judge(&expected, "level", level, &wrong);
	judge(&expected, "issuer-role", label ? issuer_role_name(label->issuer_role) : "", &wrong);
	if (wrong > 0)
		print_error("    (zone %s, reason %s, failed \"%s\")\n", policy->zones[d->zone].name,
			    reason_name(d->reason), v->failed);
	return wrong;
}

/* Runs one of the two; returns how many expectations were not met. */
static unsigned visit(struct visit *v, const char *vector, const char *which)
{
	char folder[PATH_SIZE];

	assert_in_range(snprintf(folder, sizeof(folder), "%s/%s/%s/%s", top, list, vector, which), 1,
			sizeof(folder) - 1);
	read_visit(v, folder);
	run_visit(v);

	unsigned wrong = judge_visit(v, folder);

	if (wrong > 0)
		print_error("  %s\n", folder);
	return wrong;
}

static bool same(const struct content *a, const struct content *b)
{
	return bytes_equal(content_bytes(a), content_bytes(b));
}

/* The two differ in the part that the vector names and in nothing else. */
static void check_difference(const char *vector, const struct visit *refused, const struct visit *twin)
{
	_cleanup_(content_done) struct content about = { 0 };
	char folder[PATH_SIZE], named[32];
	bool chains = refused->n_certificates != twin->n_certificates;

	assert_in_range(snprintf(folder, sizeof(folder), "%s/%s/%s", top, list, vector), 1, sizeof(folder) - 1);
	assert_true(read_content(folder, "about", &about));
	assert_true(value_of(&about, "differs", named, sizeof(named)));
	for (size_t i = 0; !chains && i < twin->n_certificates; i++)
		chains = !same(&refused->certificates[i], &twin->certificates[i]);
	assert_int_equal(!same(&refused->body, &twin->body), strcmp(named, "body") == 0);
	assert_int_equal(!same(&refused->session, &twin->session), strcmp(named, "session") == 0);
	assert_int_equal(chains, strcmp(named, "certificates") == 0);
}

static int is_vector(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void test_vectors(void **state)
{
	struct dirent **entries = NULL;
	char folder[PATH_SIZE];
	unsigned wrong = 0;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/%s", top, list);

	int n = scandir(folder, &entries, is_vector, alphasort);

	assert_in_range(n, is_whole ? VECTORS_MIN : 1, INT32_MAX);
	for (int i = 0; i < n; i++) {
		_cleanup_(visit_done) struct visit refused = { 0 }, twin = { 0 };
		const char *vector = entries[i]->d_name;

		wrong += visit(&refused, vector, "refused");
		wrong += visit(&twin, vector, "twin");
		check_difference(vector, &refused, &twin);
		if (twin.problem != REASON_ADMITTED || twin.verdict.decision.zone == ZONE_QUARANTINE) {
			print_error("  %s: the twin does not pass\n", vector);
			wrong++;
		}
		free(entries[i]);
	}
	free(entries);
	print_message("%d vectors, each with its twin\n", n);
	assert_int_equal(wrong, 0);
}

/* --- Every reason is met --- */

/* Reasons of the judge's half that no vector leads to: add a vector, or a line that says what tests it. */
static const struct {
	enum hallmark_reason reason;
	const char *why;
} elsewhere[] = {
	{ REASON_CERTIFICATE_TIME, "OpenSSL 3.5 does not decode such a certificate: test_identity" },
	{ REASON_CHAIN_TIME, "the same, of a CA: test_identity" },
	{ REASON_NONCE_MISSING, "evidence without a handle is evidence-claims" },
	{ REASON_PLACE_AMBIGUOUS, "refuses nothing by itself: test_check_place" },
	{ REASON_PLACE_SHARED, "refuses nothing by itself: test_check_place" },
	{ REASON_PLACE_NEEDED, "of one that is admitted elsewhere: test_turn_places" },
	{ REASON_REPLAYED, "the core's, of two submissions: test_freshness" },
	{ REASON_UEID_TAKEN, "the core's, of two devices: test_registry" },
	{ REASON_REFERENCE_MAKER, "of a reference, when trust is read: test_appraise" },
	{ REASON_STATUS_OLDER, "of a list, when trust is read: test_trust" },
	{ REASON_CRL_OLDER, "of a list, when trust is read: test_crl" },
	{ REASON_REFERENCE_OLDER, "of a reference, when trust is read: test_trust" },
	{ REASON_CRL_PARTIAL, "no gateway of the vectors has such a list: test_crl" },
	{ REASON_CRL_NOT_YET, "of a list, when trust is read: test_crl" },
	{ REASON_STATUS_NOT_YET, "of a list, when trust is read: test_trust" },
	{ REASON_REFERENCE_NOT_YET, "of a reference, when trust is read: test_trust" },
	{ REASON_REGISTER_NOT_YET, "of a register, when trust is read: test_trust" },
	{ REASON_REGISTER_NUMBER_TWICE, "of a register, when trust is read: test_trust" },
	{ REASON_REGISTER_OLDER, "of a register, when trust is read: test_trust" },
	{ REASON_LABEL_EXTENDED_TWICE, "of an earlier version" },
	{ REASON_LABEL_REPLACED, "of a register: test_appraise" },
	{ REASON_LABEL_WITHDRAWN, "of a register: test_appraise" },
};

static bool is_elsewhere(unsigned number)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (elsewhere[i].reason == number)
			return true;
	return false;
}

/* Those of the checks that it makes, and of the submission as a whole; the others are the core's. */
static bool is_of_judge(unsigned number)
{
	int check = REASON_CHECK(number);

	return (check < _CHECK_MAX && ((CHECKS_DEVICE | CHECKS_OF_LABEL) & CHECK_BIT(check))) ||
	       number == REASON_MALFORMED || number == REASON_TOO_LARGE || number == REASON_CONTENT_FORMAT ||
	       number == REASON_NOT_EVALUATED;
}

static void test_every_reason_is_met(void **state)
{
	static const enum hallmark_reason all[] = {
#define X(number, id, name, sentence) REASON_##id,
		HALLMARK_REASONS(X)
#undef X
	};
	unsigned missing = 0;

	(void)state;
	if (!is_whole)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!is_of_judge(all[i]) || met[all[i]] || is_elsewhere(all[i]))
			continue;
		print_error("no vector leads to %d %s; add one, or a line to `elsewhere`\n", all[i],
			    reason_name(all[i]));
		missing++;
	}
	assert_int_equal(missing, 0);
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_gateways; i++) {
		config_free(gateways[i].config);
		(void)close(gateways[i].material);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_every_reason_is_met), /* of what the one before met */
	};

	if (argc != 2 && argc != 3) {
		(void)fprintf(stderr, "usage: run_vectors FOLDER [LIST]\n");
		return 2;
	}
	top = argv[1];
	is_whole = argc == 2;
	list = is_whole ? "vectors" : argv[2];
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
