/* SPDX-License-Identifier: Apache-2.0 */
/* links: run */
/*
 * judging [CASES [ROUNDS [ROW]]]: what a judge costs a case, in verifications of a P-256 signature by bare OpenSSL in the same round. The
 * zygote is the real one, in its sandbox; this program is its core. Each case is of another device; all have one label. CPU is
 * that of the zygote with its judges, without what they need when no case comes. Run it from the source's folder.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "device.h"
#define assert_true(x)         must(x)
#define assert_false(x)        must(!(x))
#define assert_int_equal(a, b) must((a) == (b))
#include "base/check.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "handshake_kit.h"
#include "identity/handshake.h"
#include "ipc/ipc.h"
#include "ipc/process.h"
#include "material_kit.h"
#include "token/cose.h"
#include "token/label.h"
#include "token/submission.h"

#define VERIFICATIONS 2000

/* What differs between the rows of the table. */
struct row {
	const char *name;
	unsigned cases_of_judge; /* 0: all are of one */
	bool has_intermediate;
};

static const struct row rows[] = {
	{ "shared", 0, false }, { "shared, with an intermediate", 0, true }, { "shared, 4 cases each", 4, false },
	{ "alone", 1, false },  { "alone, with an intermediate", 1, true },
};

/* As an edge hands it over. */
struct sent {
	struct made handshake;
	uint8_t evidence[1024], body[HALLMARK_BODY_MAX];
	struct ipc_record record;
	struct ipc_inputs in;
};

static struct pki_node maker, intermediate;
static EVP_PKEY *issuer;
static int material;
static uint8_t label_space[1024];
static struct bytes label;
static pid_t zygote;
static int zygote_fd;
static struct ipc_message heard;

static void make_label(int64_t now_sec)
{
	struct label_class class = { .product = { .maker = "pen:32473", .model = "WP-100" } };
	struct label l = { .issuer = "KISA",
			   .number = "KR-2026-0001",
			   .scheme = "KR-CIC",
			   .level = 2,
			   .basis = HALLMARK_BASIS_TESTED,
			   .category = "wall-pad",
			   .nbf_sec = now_sec - 86400,
			   .iat_sec = now_sec - 86400,
			   .exp_sec = now_sec + 86400,
			   .classes = &class,
			   .n_classes = 1,
			   .n_anchors = 1 };
	struct writer w = WRITER(label_space);

	must(digest_sha256(pki_der(&maker), l.anchors[0]) == 0 && label_sign(&l, issuer, &w) == 0);
	label = writer_bytes(&w);
}

static void make_material(void)
{
	struct config *config;

	must(config_load("tests/unit/pipeline.conf", &config) == 0);
	maker = pki_issue(NULL, &(struct pki_request){ .name = "maker", .ca = true });
	intermediate = pki_issue(&maker, &(struct pki_request){ .name = "factory", .ca = true });
	issuer = pki_key_new(PKI_P256);
	material = material_new();
	material_put_rules(material, config);
	material_put_pem(material, MATERIAL_ANCHOR, "maker", "", pki_certificate_pem(&maker));
	material_put_pem(material, MATERIAL_ISSUER, "KISA", "KR-CIC", pki_public_pem(issuer));
	config_free(config);
	make_label(PKI_NOW_SEC);
}

static struct sent *make_case(uint32_t number, bool has_intermediate)
{
	struct pki_node device = device_issue(has_intermediate ? &intermediate : &maker, number);
	struct recipe recipe = { .key = device.key, .chain = { pki_der(&device), pki_der(&intermediate) } };
	struct submission submission = { .labels = { label }, .n_labels = 1 };
	struct evidence evidence = device_evidence();
	struct sent *s = calloc(1, sizeof(*s));
	struct writer w = WRITER(s->evidence), body = WRITER(s->body);
	struct handshake_proof proof;
	uint8_t ueid[DEVICE_UEID_LEN];

	recipe.n_chain = has_intermediate ? 2 : 1;
	device_ueid(number, ueid);
	handshake_make(&s->handshake, &recipe);
	must(handshake_verify(&s->handshake.h, device.key, &proof) == 0);
	evidence.nonces[0] = BYTES(proof.channel_value);
	evidence.ueid = BYTES(ueid);
	must(evidence_sign(&evidence, NULL, device.key, &w) == 0);
	submission.evidence = writer_bytes(&w);
	must(submission_encode(&submission, &body) == 0);
	s->record = (struct ipc_record){ .kind = IPC_CASE, .id = number };
	s->record.case_ = (struct ipc_case){
		.now_sec = PKI_NOW_SEC,
		.is_submission = true,
		.session = { .content_format = HALLMARK_CF_MULTIPART, .channel_good = true },
		.possession = check_failed(REASON_NOT_EVALUATED),
		.freshness = check_failed(REASON_NOT_EVALUATED),
	};
	memcpy(s->record.case_.session.master_secret, s->handshake.h.master_secret, MASTER_SECRET_LEN);
	s->in.messages = s->handshake.h.messages;
	s->in.certificate_verify = s->handshake.h.certificate_verify;
	s->in.body = writer_bytes(&body);
	pki_done(&device);
	return s;
}

/* It is two folders above this program. */
static void become_hallmarkd(char **argv)
{
	char path[4096] = "", *end;

	must(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	for (unsigned i = 0; i < 3; i++) {
		end = strrchr(path, '/');
		must(end);
		*end = '\0';
	}
	must((size_t)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/hallmarkd") < sizeof(path));
	(void)execve(path, argv, environ);
	abort();
}

static void start_zygote(void)
{
	struct ipc_record clock = {
		.kind = IPC_CLOCK, .clock = { .at_sec = PKI_NOW_SEC, .at_usec = clock_monotonic_usec(), .log_level = 3 }
	};
	int pair[2];

	must(ipc_pair(pair) == 0);
	zygote_fd = pair[0];
	zygote = process_start("--zygote", (const int[]){ pair[1], material, material }, 3);
	must(zygote > 0 && close(pair[1]) == 0 && ipc_send(zygote_fd, &clock, NULL) == 0);
	must(ipc_await(zygote_fd, IPC_FROM_ZYGOTE, &heard, NULL) == 1 && heard.record.kind == IPC_CHANGES);
}

static void stop_zygote(void)
{
	int status;

	must(shutdown(zygote_fd, SHUT_WR) == 0 && waitpid(zygote, &status, 0) == zygote && status == 0);
	(void)close(zygote_fd);
}

static int open_judge(bool is_alone)
{
	struct ipc_record record = { .kind = IPC_FORK, .fork = { .slot = 0, .is_alone = is_alone } };
	int pair[2];

	must(ipc_pair(pair) == 0 && ipc_send_with(zygote_fd, &record, pair[1]) == 0 && close(pair[1]) == 0);
	must(ipc_await(pair[0], IPC_FROM_JUDGE, &heard, NULL) == 1 && heard.record.kind == IPC_ALIVE);
	return pair[0];
}

static void ask(int fd, struct sent *s)
{
	must(ipc_send(fd, &s->record, &s->in) == 0);
	must(ipc_await(fd, IPC_FROM_JUDGE, &heard, NULL) == 1 && heard.record.id == s->record.id);
	must(heard.record.judged.facts.checks[CHECK_EVIDENCE_SIGNATURE].state == CHECK_PASSED);
	must(heard.record.judged.facts.checks[CHECK_FRESHNESS].state == CHECK_PASSED);
	must(heard.record.judged.facts.labels[0].checks[CHECK_LABEL_SIGNATURE].state == CHECK_PASSED);
}

static double children_usec(void)
{
	struct rusage u;

	must(getrusage(RUSAGE_CHILDREN, &u) == 0);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* CPU of a zygote and its judges, µs. */
static double run(const struct row *row, struct sent **cases, unsigned n)
{
	double before = children_usec();
	int fd = -1;

	start_zygote();
	for (unsigned i = 0; i < n; i++) {
		if (fd < 0 || (row->cases_of_judge > 0 && i % row->cases_of_judge == 0)) {
			(void)close(fd);
			fd = open_judge(row->cases_of_judge == 1);
		}
		ask(fd, cases[i]);
	}
	(void)close(fd);
	stop_zygote();
	return children_usec() - before;
}

static double verification_usec(void)
{
	static const uint8_t digest[32] = { 1 };
	uint8_t signature[80];
	size_t n = sizeof(signature);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(issuer, NULL);
	clock_t begin;

	must(EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_sign(ctx, signature, &n, digest, sizeof(digest)) == 1);
	must(EVP_PKEY_verify_init(ctx) == 1);
	begin = clock();
	for (unsigned i = 0; i < VERIFICATIONS; i++)
		must(EVP_PKEY_verify(ctx, signature, n, digest, sizeof(digest)) == 1);
	begin = clock() - begin;
	EVP_PKEY_CTX_free(ctx);
	return (double)begin * 1e6 / CLOCKS_PER_SEC / VERIFICATIONS;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *list, size_t n)
{
	qsort(list, n, sizeof(*list), compare);
	return list[n / 2];
}

#define ROUNDS_MAX 99

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--zygote") == 0)
		become_hallmarkd(argv);

	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 256, rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
	double found[ARRAY_SIZE(rows)][ROUNDS_MAX], usec[ARRAY_SIZE(rows)][ROUNDS_MAX];
	const char *only = argc > 3 ? argv[3] : NULL;
	struct sent **cases[2];

	must(n > 0 && rounds > 0 && rounds <= ROUNDS_MAX);
	make_material();
	for (unsigned k = 0; k < 2; k++) {
		cases[k] = calloc(n, sizeof(*cases[k]));
		for (unsigned i = 0; i < n; i++)
			cases[k][i] = make_case(i, k == 1);
	}
	for (unsigned round = 0; round < rounds; round++)
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			if (only && strcmp(rows[i].name, only) != 0)
				continue;
			double one = verification_usec();
			double none = run(&rows[i], cases[0], 0);

			usec[i][round] = (run(&rows[i], cases[rows[i].has_intermediate], n) - none) / n;
			found[i][round] = usec[i][round] / ((one + verification_usec()) / 2);
		}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!only || strcmp(rows[i].name, only) == 0)
			printf("%-32s %8.1f us %8.2f verifications\n", rows[i].name, median(usec[i], rounds),
			       median(found[i], rounds));
	return 0;
}
