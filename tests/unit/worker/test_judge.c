/* SPDX-License-Identifier: Apache-2.0 */
/* links: config worker */
/* wraps: sandbox_enter */
/*
 * A judge between the material of before and of now: which sets it says are in force, which questions the two answer differently, and
 * what it derives from the signed inputs of a device. The core is this test.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "appraise/facts.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/dependency.h"
#include "hallmark/check.h"
#include "material_kit.h"
#include "pki_crl.h"
#include "token/evidence.h"
#include "worker_kit.h"

static const uint8_t ueid[] = { 0x01, 2, 3, 4, 5, 6, 7, 8 };

static struct config *config;
static struct pki_node maker, other_maker, gateway, device;
static int material;

/* --- material --- */

static int material_with(const struct pki_node *ca, const struct crl_request *request)
{
	int fd = material_new();

	material_put_gateway(fd, &gateway, &gateway, config);
	material_put_pem(fd, MATERIAL_ANCHOR, "maker", "", pki_certificate_pem(ca));
	if (request) {
		size_t n;
		_cleanup_free_ uint8_t *crl = pki_crl(&maker, request, &n);

		material_put(fd, MATERIAL_CRL, "maker.crl", "accept", bytes_of(crl, n));
	}
	return fd;
}

static void start(int now_fd, int former_fd)
{
	int fds[] = { -1, now_fd, former_fd };

	child_start("--judge", fds, ARRAY_SIZE(fds));
	send_clock(PKI_NOW_SEC);
}

/* The changes; there is one record of them here, and it is the last. */
static const struct ipc_changes *await_changes(void)
{
	assert_int_equal(await(), IPC_CHANGES);
	assert_true(message.record.changes.is_last);
	return &message.record.changes;
}

/* --- cases --- */

static struct signed_inputs inputs(struct writer *evidence)
{
	const struct evidence e = {
		.nonces = { BYTES(ueid) }, /* of a session that is over */
		.n_nonces = 1,
		.ueid = BYTES(ueid),
		.debug = DEBUG_DISABLED,
		.product = { .maker = "pen:32473",
			     .model = "WP-700",
			     .swversion = "1.2.0",
			     .swversion_scheme = VERSION_SEMVER },
	};

	assert_int_equal(evidence_sign(&e, NULL, device.key, evidence), 0);
	return (struct signed_inputs){ .chain = { pki_der(&device), pki_der(&maker) },
				       .n_chain = 2,
				       .evidence = writer_bytes(evidence) };
}

static const struct check_result passed = { CHECK_PASSED, REASON_ADMITTED };
static const struct check_result spent = { CHECK_FAILED, REASON_CHANNEL_SPENT };

/* What the judge finds, in `message`. */
static const struct ipc_judged *judge(uint64_t id, const struct signed_inputs *in, struct check_result freshness,
				      int64_t now_sec)
{
	struct ipc_record record = { .kind = IPC_CASE,
				     .id = id,
				     .case_ = { .now_sec = now_sec, .possession = passed, .freshness = freshness } };

	assert_int_equal(ipc_send(child.ipc, &record, in), 0);
	assert_int_equal(await(), IPC_JUDGED);
	assert_int_equal(message.record.id, id);
	return &message.record.judged;
}

static enum check_state state_of(const struct ipc_judged *j, int check)
{
	assert_int_equal(j->result, 0);
	return j->facts.checks[check].state;
}

/* --- what is different --- */

static void test_nothing_is_different(void **state)
{
	(void)state;
	start(material, material);
	assert_int_equal(await_changes()->n, 0);
	child_stop();
}

static void test_another_ca(void **state)
{
	int former = material_with(&other_maker, NULL);

	(void)state;
	start(material, former);
	assert_true(await_changes()->n > 0);
	for (size_t i = 0; i < message.record.changes.n; i++)
		assert_true(message.record.changes.ids[i] != DEPENDENCY_ALL);
	child_stop();
	(void)close(former);
}

/* Where the former material cannot be read, anything may be different. */
static void test_no_former_material(void **state)
{
	int former = material_new();

	(void)state;
	assert_int_equal(write(former, "x", 1), 1);
	start(material, former);
	assert_int_equal(await_changes()->n, 1);
	assert_true(message.record.changes.ids[0] == DEPENDENCY_ALL);
	child_stop();
	(void)close(former);
}

static void test_sets_in_force(void **state)
{
	const struct crl_request crl = { .number = 5 }, none = { .number = 6, .bad_signature = true };
	int with = material_with(&maker, &crl), without = material_with(&maker, &none);

	(void)state;
	start(with, material);
	assert_int_equal(await(), IPC_SET);
	assert_int_equal(message.record.set.mark.kind, SET_CRL);
	assert_int_equal(message.record.set.mark.sequence, 5);
	assert_int_equal(message.record.set.item, 8); /* behind the gateway's seven and the anchor */
	assert_true(await_changes()->n > 0);
	child_stop();

	start(without, material); /* one that nobody signed is none */
	(void)await_changes();
	child_stop();
	(void)close(with);
	(void)close(without);
}

/* --- cases --- */

static void test_cases(void **state)
{
	uint8_t space[1024];
	struct writer w = WRITER(space);
	struct signed_inputs in = inputs(&w);
	const struct ipc_judged *j;

	(void)state;
	start(material, material);
	(void)await_changes();

	j = judge(1, &in, passed, PKI_NOW_SEC);
	assert_int_equal(state_of(j, CHECK_POSSESSION), CHECK_PASSED);
	assert_int_equal(state_of(j, CHECK_FRESHNESS), CHECK_PASSED); /* as the session showed it */
	assert_int_equal(state_of(j, CHECK_CHAIN), CHECK_PASSED);
	assert_int_equal(state_of(j, CHECK_EVIDENCE_SIGNATURE), CHECK_PASSED);
	assert_string_equal(j->facts.product.model, "WP-700");

	j = judge(2, &in, spent, PKI_NOW_SEC);
	assert_int_equal(state_of(j, CHECK_FRESHNESS), CHECK_FAILED);
	assert_int_equal(j->facts.checks[CHECK_FRESHNESS].reason, REASON_CHANNEL_SPENT);

	j = judge(3, &in, passed, PKI_NOT_AFTER_SEC + 1);
	assert_int_equal(state_of(j, CHECK_CHAIN), CHECK_FAILED);

	space[w.n - 1] ^= 1;
	j = judge(4, &in, passed, PKI_NOW_SEC);
	assert_int_equal(state_of(j, CHECK_EVIDENCE_SIGNATURE), CHECK_FAILED);
	assert_string_equal(j->facts.product.model, ""); /* what it claims is not said on */
	space[w.n - 1] ^= 1;

	in.chain[0] = bytes_of_string("no certificate");
	assert_int_equal(judge(5, &in, passed, PKI_NOW_SEC)->result, -EBADMSG); /* nothing can be said of it */
	in.chain[0] = pki_der(&device);
	assert_int_equal(state_of(judge(6, &in, passed, PKI_NOW_SEC), CHECK_CHAIN), CHECK_PASSED);
	child_stop();
}

static void test_a_certificate_that_was_revoked(void **state)
{
	const struct crl_request crl = { .number = 5, .revoked = { &device } };
	int fd = material_with(&maker, &crl);
	uint8_t space[1024];
	struct writer w = WRITER(space);
	struct signed_inputs in = inputs(&w);

	(void)state;
	start(fd, material);
	assert_int_equal(await(), IPC_SET);
	assert_true(await_changes()->n > 0);
	assert_int_equal(state_of(judge(1, &in, passed, PKI_NOW_SEC), CHECK_DEVICE_REVOCATION), CHECK_FAILED);
	child_stop();

	start(material, fd);
	(void)await_changes();
	assert_int_not_equal(state_of(judge(1, &in, passed, PKI_NOW_SEC), CHECK_DEVICE_REVOCATION), CHECK_FAILED);
	child_stop();
	(void)close(fd);
}

/* --- what ends it --- */

static void refuses(int fd)
{
	start(fd, material);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);
	(void)close(fd);
}

static void test_material_that_cannot_be_used(void **state)
{
	int fd = material_new();

	(void)state;
	refuses(material_new()); /* no certificate */
	material_put_gateway(fd, &gateway, &other_maker, config);
	refuses(fd); /* the key of another */
	fd = material_with(&maker, NULL);
	material_put_pem(fd, MATERIAL_ANCHOR, "x", "", strdup("no PEM"));
	refuses(fd);
	start(material, material);
	assert_int_equal(await_changes()->n, 0);
	child_stop();
}

static void test_a_record_that_is_none(void **state)
{
	struct ipc_record ready = { .kind = IPC_READY };

	(void)state;
	start(material, material);
	(void)await_changes();
	assert_int_equal(ipc_send(child.ipc, &ready, NULL), 0);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);

	child_start("--judge", (int[]){ -1, material, material }, 3); /* the time comes first */
	assert_int_equal(ipc_send(child.ipc, &ready, NULL), 0);
	assert_int_equal(await(), IPC_NONE);
	assert_int_equal(child_status(), EXIT_FAILURE);
}

static int set_up(void **state)
{
	(void)state;
	if (config_load("tests/unit/pipeline.conf", &config) < 0)
		return -1;
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	other_maker = pki_issue(NULL, &(struct pki_request){ .name = "other maker", .ca = true });
	gateway = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	device = pki_issue(&maker, &(struct pki_request){ .serial = "0102030405060708" });
	material = material_with(&maker, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pki_done(&maker);
	pki_done(&other_maker);
	pki_done(&gateway);
	pki_done(&device);
	config_free(config);
	(void)close(material);
	return 0;
}

static int end_child(void **state)
{
	(void)state;
	child_done();
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, end_child)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_different),
		TEST(test_another_ca),
		TEST(test_no_former_material),
		TEST(test_sets_in_force),
		TEST(test_cases),
		TEST(test_a_certificate_that_was_revoked),
		TEST(test_material_that_cannot_be_used),
		TEST(test_a_record_that_is_none),
	};
	int status = be_child(argc, argv);

	return status >= 0 ? status : cmocka_run_group_tests(tests, set_up, tear_down);
}
