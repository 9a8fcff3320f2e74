/* SPDX-License-Identifier: Apache-2.0 */
/* links: enforce decide appraise identity token base */
/* wraps: malloc calloc realloc reallocarray */
/*
 * Each allocation of ours fails, one at a time. What was asked for answers -ENOMEM and leaves all as it was; asked again it
 * succeeds, as if nothing had been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>

#include "appraise/appraise.h"
#include "appraise/facts.h"
#include "appraise/labels.h"
#include "appraise/news.h"
#include "base/check_result.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "decide/policy.h"
#include "enforce/kernel.h"
#include "enforce/membership.h"
#include "enforce/ruleset.h"
#include "hallmark/check.h"
#include "identity/anchors.h"
#include "identity/identity.h"
#include "out_of_memory.h"
#include "pki_crl.h"
#include "token/cose.h"
#include "token/evidence.h"
#include "token/submission.h"

#define NOW INT64_C(1800000000) /* PKI_NOW_SEC */
#define URI "https://status.example/1"

/* Signed once: what is added to trust, and what a device sends. */
static struct {
	struct pki_node root, device;
	EVP_PKEY *kisa;
	char *issuer_pem, *anchor_pem;
	struct bytes label, reg, newer_reg, list, newer_list, reference, crl, evidence;
} world;

static const uint8_t handle[HALLMARK_HANDLE_LEN] = { 7 }, ueid[] = { 1, 2, 3, 4, 5, 6, 7 };
static struct label_class class = { .product = { .maker = "pen:32473", .model = "WP-100" },
				    .version_from = "1.0",
				    .version_to = "1.9",
				    .version_scheme = VERSION_MULTIPARTNUMERIC };

static struct bytes kept(const struct writer *w)
{
	return bytes_of(bytes_dup(writer_bytes(w)), w->n);
}

static struct label label_made(void)
{
	struct label label = { .issuer = "KISA",
			       .number = "KISA-1",
			       .scheme = "KR-CIC",
			       .level = 2,
			       .basis = HALLMARK_BASIS_TESTED,
			       .category = "wall-pad",
			       .iat_sec = NOW - 9,
			       .exp_sec = NOW + 9,
			       .classes = &class,
			       .n_classes = 1,
			       .n_anchors = 1 };

	assert_int_equal(digest_sha256(pki_der(&world.root), label.anchors[0]), 0);
	return label;
}

static struct bytes register_made(int64_t sequence)
{
	struct label label = label_made();
	const struct label_register reg = { .issuer = "KISA",
					    .iat_sec = NOW - 9 + sequence,
					    .exp_sec = NOW + 9,
					    .sequence = sequence,
					    .labels = &label,
					    .n_labels = 1 };
	uint8_t space[1024];
	struct writer w = WRITER(space);

	assert_int_equal(label_register_sign(&reg, world.kisa, &w), 0);
	return kept(&w);
}

static struct bytes list_made(uint8_t statuses, int64_t iat_sec)
{
	uint8_t space[1024];
	const struct status_list list = {
		.issuer = "KISA", .uri = URI, .iat_sec = iat_sec, .bits = 1, .statuses = &statuses, .n = 1
	};
	struct writer w = WRITER(space);

	assert_int_equal(status_list_sign(&list, world.kisa, &w), 0);
	return kept(&w);
}

static struct bytes reference_made(void)
{
	const struct reference reference = { .issuer = "KISA", .iat_sec = NOW - 9, .exp_sec = NOW + 9, .class = class };
	uint8_t space[1024];
	struct writer w = WRITER(space);

	assert_int_equal(reference_sign(&reference, world.kisa, &w), 0);
	return kept(&w);
}

static struct bytes evidence_made(void)
{
	const struct evidence evidence = { .nonces = { BYTES(handle) },
					   .n_nonces = 1,
					   .ueid = BYTES(ueid),
					   .product = { .maker = "pen:32473",
							.model = "WP-100",
							.swversion = "1.2",
							.swversion_scheme = VERSION_MULTIPARTNUMERIC },
					   .debug = DEBUG_DISABLED };
	uint8_t space[1024];
	struct writer w = WRITER(space);

	assert_int_equal(evidence_sign(&evidence, NULL, world.device.key, &w), 0);
	return kept(&w);
}

static struct bytes label_signed(void)
{
	const struct label label = label_made();
	uint8_t space[1024];
	struct writer w = WRITER(space);

	assert_int_equal(label_sign(&label, world.kisa, &w), 0);
	return kept(&w);
}

static int make_world(void **state)
{
	size_t n;

	(void)state;
	world.root = pki_issue(NULL, &(struct pki_request){ .name = "Root", .ca = true });
	world.device = pki_issue(&world.root, &(struct pki_request){ .serial = "01020304050607" });
	world.kisa = pki_key_new(PKI_P256);
	world.issuer_pem = pki_public_pem(world.kisa);
	world.anchor_pem = pki_certificate_pem(&world.root);
	world.label = label_signed();
	world.reg = register_made(1);
	world.newer_reg = register_made(2);
	world.list = list_made(0, NOW);
	world.newer_list = list_made(0x06, NOW + 1);
	world.reference = reference_made();
	world.evidence = evidence_made();
	world.crl.p = pki_crl(&world.root, &(struct crl_request){ .number = 0 }, &n);
	world.crl.n = n;
	return 0;
}

static void free_bytes(struct bytes b)
{
	free((void *)(uintptr_t)b.p);
}

static int free_world(void **state)
{
	(void)state;
	pki_done(&world.root);
	pki_done(&world.device);
	EVP_PKEY_free(world.kisa);
	free(world.issuer_pem);
	free(world.anchor_pem);
	free_bytes(world.label);
	free_bytes(world.reg);
	free_bytes(world.newer_reg);
	free_bytes(world.list);
	free_bytes(world.newer_list);
	free_bytes(world.reference);
	free_bytes(world.evidence);
	free_bytes(world.crl);
	return 0;
}

/* --- Trust --- */

/* How much there is of everything. */
struct census {
	size_t n_anchors, n_crls, n_issuers, n_registers, n_standings, n_references, n_index;
	int64_t sequence;
};

static struct census count(const struct trust *t)
{
	return (struct census){ t->anchors->n,  t->anchors->n_crls,
				t->n_issuers,   t->n_registers,
				t->n_standings, t->n_references,
				t->n_index,     t->n_registers > 0 ? (int64_t)t->registers[0].reg.sequence : 0 };
}

static int add_issuer(struct trust *t)
{
	return trust_add_issuer(t, "KISA", "KR-CIC", bytes_of_string(world.issuer_pem));
}

static int add_anchor(struct trust *t)
{
	int r = anchors_add(t->anchors, "vendor", bytes_of_string(world.anchor_pem));

	return r == 1 ? 0 : r;
}

static int add_crl(struct trust *t)
{
	return anchors_add_crl(t->anchors, world.crl, true, NULL);
}

static int as_result(int r, enum hallmark_reason reason)
{
	if (r == 0)
		assert_int_equal(reason, REASON_ADMITTED);
	return r;
}

static int add_register(struct trust *t)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_register(t, world.reg, NOW, NULL, &reason);

	return as_result(r, reason);
}

static int add_newer_register(struct trust *t)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_register(t, world.newer_reg, NOW, NULL, &reason);

	return as_result(r, reason);
}

static int add_list(struct trust *t)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_status_list(t, world.list, NULL, &reason);

	return as_result(r, reason);
}

static int add_reference(struct trust *t)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	int r = trust_add_reference(t, world.reference, NULL, &reason);

	return as_result(r, reason);
}

/* In the order in which they build on each other; the second register takes the place of the first. */
static const struct step {
	const char *name;
	int (*add)(struct trust *t);
	struct census census; /* of the trust with it */
} steps[] = {
	{ "issuer", add_issuer, { .n_issuers = 1 } },
	{ "anchor", add_anchor, { 1, .n_issuers = 1 } },
	{ "crl", add_crl, { 1, 1, .n_issuers = 1 } },
	{ "register", add_register, { 1, 1, 1, 1, .n_index = 1, .sequence = 1 } },
	{ "newer register", add_newer_register, { 1, 1, 1, 1, .n_index = 1, .sequence = 2 } },
	{ "status list", add_list, { 1, 1, 1, 1, 1, .n_index = 1, .sequence = 2 } },
	{ "reference", add_reference, { 1, 1, 1, 1, 1, 1, .n_index = 1, .sequence = 2 } },
};

static struct trust *trust_with(size_t n_steps)
{
	struct trust *t = trust_new();

	assert_non_null(t);
	for (size_t i = 0; i < n_steps; i++) {
		assert_int_equal(steps[i].add(t), 0);
		if (steps[i].add == add_issuer)
			assert_int_equal(trust_add_makers(t, "pen:32473"), 0);
	}
	return t;
}

static void assert_census(const struct trust *t, const struct census *expected)
{
	const struct census c = count(t);

	assert_memory_equal(&c, expected, sizeof(c));
}

static void test_trust(void **state)
{
	static const struct census nothing = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		bool ran_out = true;
		size_t n = 0;

		for (; ran_out; n++) {
			struct trust *t = trust_with(i);
			int r;

			assert_census(t, i > 0 ? &steps[i - 1].census : &nothing);
			memory_fail_after(n);
			r = steps[i].add(t);
			ran_out = memory_refill();
			assert_int_equal(r, ran_out ? -ENOMEM : 0);
			if (ran_out) {
				assert_census(t, i > 0 ? &steps[i - 1].census : &nothing);
				assert_int_equal(steps[i].add(t), 0);
			}
			assert_census(t, &steps[i].census);
			trust_free(t);
		}
		print_message("    %s: %zu allocations\n", steps[i].name, n - 1);
		assert_true(n > 1);
	}
}

static void test_trust_new(void **state)
{
	struct trust *t = NULL;
	size_t n = 0;

	(void)state;
	for (bool ran_out = true; ran_out; n++) {
		memory_fail_after(n);
		t = trust_new();
		ran_out = memory_refill();
		assert_int_equal(t == NULL, ran_out);
	}
	assert_true(n > 3); /* itself, its anchors and its cache */
	trust_free(t);
}

/* A comparison that could not be made changes nothing and names nothing. */
static void test_changes(void **state)
{
	struct trust *before = trust_with(ARRAY_SIZE(steps) - 2), *after = trust_with(ARRAY_SIZE(steps));
	size_t n = 0;

	(void)state;
	for (bool ran_out = true; ran_out; n++) {
		uint64_t *changes = NULL;
		size_t n_changes = 0;
		int r;

		memory_fail_after(n);
		r = trust_changes(before, after, NOW, &changes, &n_changes);
		ran_out = memory_refill();
		assert_int_equal(r, ran_out ? -ENOMEM : 0);
		assert_int_equal(n_changes, ran_out ? 0 : 2); /* a list came, and a reference */
		free(changes);
	}
	assert_true(n > 3);
	trust_free(before);
	trust_free(after);
}

/* News that could not be kept: nobody is told less than all. */
static void test_news(void **state)
{
	enum { N_LISTED = ARRAY_SIZE(steps) - 1 };
	struct trust *before = trust_with(N_LISTED), *after = trust_with(N_LISTED - 1);
	struct changes changes = { 0 };
	enum hallmark_reason reason = REASON_INTERNAL;
	size_t n = 0;

	(void)state;
	assert_int_equal(trust_add_status_list(after, world.newer_list, NULL, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(trust_changes(before, after, NOW, &changes.ids, &changes.n), 0);
	for (bool ran_out = true; ran_out; n++) {
		memory_fail_after(n);

		int r = trust_news(before, after, NOW, &changes);

		ran_out = memory_refill();
		assert_int_equal(r, ran_out ? -ENOMEM : 0);
		if (r == 0)
			assert_int_equal(changes.n_news, 2);
		free(changes.news);
		changes.news = NULL;
		changes.n_news = 0;
	}
	assert_true(n > 1);
	changes_done(&changes);
	trust_free(before);
	trust_free(after);
}

/* A register that counts more statements than can be in it gets no room for them. */
static void test_false_count(void **state)
{
	static const char claims[] = "a6"
				     "01644b495341"
				     "041a6efa7a80"
				     "061a69570a00"
				     "190109"
				     "78217461673a68616c6c6d61726b642e6f72672c323032363a72656769737465722331"
				     "3a000ce8b301"
				     "3a000ce8b4990100";
	uint8_t payload[sizeof(claims) / 2 + 256] = { 0 }, token[1024];
	const size_t n = sizeof(claims) / 2;
	struct writer w = WRITER(token);
	const struct sign1_header header = { .typ = HALLMARK_TYP_REGISTER };
	enum hallmark_reason reason = REASON_INTERNAL;
	struct label_register reg;
	struct sign1 sign1;

	(void)state;
	assert_true(
		bytes_from_hex(claims, payload, n)); /* and 256 zeros behind it: as many statements, each of one byte */
	assert_int_equal(sign1_sign(&header, BYTES(payload), world.kisa, &w), 0);
	memory_fail_after(0);
	assert_int_equal(label_register_decode(writer_bytes(&w), &sign1, &reg, &reason), 0);
	assert_false(memory_refill()); /* none was asked for */
	assert_int_equal(reason, REASON_LABEL_CLAIMS);
}

/* --- A device --- */

static void assert_nothing_passed(const struct facts *f)
{
	for (unsigned i = 0; i < _CHECK_MAX; i++)
		assert_int_not_equal(f->checks[i].state, CHECK_PASSED);
	assert_int_equal(f->n_labels, 0);
}

static void test_identity(void **state)
{
	struct trust *t = trust_with(ARRAY_SIZE(steps));
	const struct bytes chain = pki_der(&world.device);
	size_t n = 0;

	(void)state;
	for (bool ran_out = true; ran_out; n++) {
		struct identity *id = NULL;
		int r;

		memory_fail_after(n);
		r = identity_verify(&chain, 1, t->anchors, NOW, &id);
		ran_out = memory_refill();
		assert_int_equal(r, ran_out ? -ENOMEM : 0);
		assert_int_equal(id == NULL, ran_out);
		if (id)
			assert_int_equal(id->chain.state, CHECK_PASSED);
		identity_free(id);
	}
	assert_true(n > 1);
	trust_free(t);
}

static void test_appraise(void **state)
{
	const struct submission submission = { .evidence = world.evidence, .labels = { world.label }, .n_labels = 1 };
	struct channel channel = { .possession = true, .channel_good = true };
	const struct bytes chain = pki_der(&world.device);
	static struct appraisal a;
	size_t n = 0;

	(void)state;
	memcpy(channel.channel_value, handle, sizeof(handle));
	for (bool ran_out = true; ran_out; n++) {
		struct trust *t = trust_with(ARRAY_SIZE(steps)); /* anew: a verified label is kept */
		struct identity *id = NULL;
		int r;

		assert_int_equal(identity_verify(&chain, 1, t->anchors, NOW, &id), 0);
		memset(&a, 0xff, sizeof(a));
		memory_fail_after(n);
		r = appraise(id, &channel, &submission, t, NOW, &a);
		ran_out = memory_refill();
		assert_int_equal(r, ran_out ? -ENOMEM : 0);
		if (ran_out) {
			assert_nothing_passed(&a.facts);
			assert_int_equal(a.n_labels, 0);
		} else {
			assert_int_equal(a.facts.checks[CHECK_FIRMWARE].state, CHECK_PASSED);
			assert_int_equal(a.labels[0].facts.checks[CHECK_LABEL_VALIDITY].state, CHECK_PASSED);
		}
		appraisal_done(&a);
		identity_free(id);
		trust_free(t);
	}
	assert_true(n > 3); /* of the evidence's signature, of the label and of its signature */
}

/* --- The kernel's sets, without a kernel --- */

/* What one try lacked the next may have, in halves; so here none comes back. */
static void test_enforce(void **state)
{
	static struct policy policy = { .zones = { { "quarantine" }, { "trusted" } }, .n_zones = 2 };
	const struct ruleset ruleset = { .policy = &policy, .set_size = 100, .port = 5684 };
	struct kernel *k = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(kernel_new(NULL, &k), 0);
	for (bool ran_out = true; ran_out; n++) {
		struct element elements[] = {
			{ .interface = "dev0", .mac = { 2 }, .zone = 1, .timeout_sec = 60 },
			{ .interface = "dev1", .mac = { 3 }, .zone = 1, .timeout_sec = 60 },
		};
		int r;

		memory_end_after(n);
		r = kernel_apply(k, &ruleset, elements, ARRAY_SIZE(elements));
		ran_out = memory_refill();
		assert_int_equal(r, ran_out ? -ENOMEM : 0);
		for (size_t i = 0; i < ARRAY_SIZE(elements); i++)
			assert_int_equal(elements[i].error, r); /* nothing is told to be in force that is not */
	}
	assert_true(n > 1);
	kernel_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust_new), cmocka_unit_test(test_trust),       cmocka_unit_test(test_changes),
		cmocka_unit_test(test_news),      cmocka_unit_test(test_false_count), cmocka_unit_test(test_identity),
		cmocka_unit_test(test_appraise),  cmocka_unit_test(test_enforce),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
