/* SPDX-License-Identifier: Apache-2.0 */
/* links: run */
/*
 * make_store FOLDER N: a store in FOLDER/state with N admitted devices and all that they signed, as if each had attested an
 * hour ago; a root and an issuer of labels to believe them by (maker.crt, maker.key, issuer.pub, issuer.key); and the
 * gateway's own keys; and the first device's as device.crt and device.key. The devices share one label, wall-pad.label, at place 7 of a status list.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#include "appraise/expiry.h"
#include "base/check_result.h"
#include "base/digest.h"
#include "base/signed_inputs.h"
#include "decide/verdict.h"
#include "device.h"
#include "hallmark/check.h"
#include "store/store.h"
#include "token/cose.h"
#include "token/label.h"

#define LIFE_SEC (8 * 3600)
#define GATEWAY  "fd77:0:0:5::1" /* the same as in stored.bash */

static const char *folder;

static void save(const char *name, struct bytes content)
{
	char path[4096];
	FILE *f;

	must(snprintf(path, sizeof(path), "%s/%s", folder, name) > 0);
	f = fopen(path, "w");
	must(f && fwrite(content.p, 1, content.n, f) == content.n && fclose(f) == 0);
}

static void save_pem(const char *name, char *pem)
{
	save(name, bytes_of_string(pem));
	free(pem);
}

static struct bytes sign_label(const struct pki_node *root, EVP_PKEY *issuer, int64_t now_sec)
{
	static uint8_t token[HALLMARK_TOKEN_MAX];
	static struct label_class class = { .product = { .maker = "pen:32473", .model = "WP-100" } };
	static struct label label = {
		.issuer = "kr.labels.example",
		.number = "KR-2026-0001",
		.scheme = "KR-CIC",
		.level = 2,
		.basis = HALLMARK_BASIS_TESTED,
		.category = "wall-pad",
		.status_uri = "https://kr.labels.example/status/1",
		.status_index = 7,
		.classes = &class,
		.n_classes = 1,
		.n_anchors = 1,
	};
	struct writer w = WRITER(token);

	label.nbf_sec = label.iat_sec = now_sec - 86400;
	label.exp_sec = now_sec + 365 * 86400;
	must(digest_sha256(pki_der(root), label.anchors[0]) == 0);
	must(label_sign(&label, issuer, &w) == 0);
	return writer_bytes(&w);
}

static void put_device(struct store *store, const struct pki_node *root, struct bytes label, uint32_t number,
		       int64_t now_sec)
{
	const uint8_t handle[HALLMARK_HANDLE_LEN] = { 0xc0 };
	uint8_t token[1024], ueid[DEVICE_UEID_LEN];
	struct writer w = WRITER(token);
	struct pki_node node = device_issue(root, number);
	struct evidence evidence = device_evidence();
	struct in6_addr own, gateway;
	struct verdict v = {
		.zone = "trusted", .interface = "port1", .was_admitted = true, .attested_sec = now_sec - 3600
	};

	device_mac(number, v.mac);
	must(inet_pton(AF_INET6, GATEWAY, &gateway) == 1);
	own = device_address(&gateway, number);
	device_ueid(number, ueid);
	evidence.nonces[0] = BYTES(handle);
	evidence.ueid = BYTES(ueid);
	evidence.place = device_place(v.mac, &own, &gateway);
	must(evidence_sign(&evidence, NULL, node.key, &w) == 0);

	const struct signed_inputs inputs = { .chain = { pki_der(&node) },
					      .n_chain = 1,
					      .evidence = writer_bytes(&w),
					      .labels = { label },
					      .n_labels = 1 };
	must(key_id(node.key, v.facts.device) == 0);
	memcpy(v.facts.ueid, ueid, sizeof(ueid));
	v.facts.n_ueid = sizeof(ueid);
	for (int i = 0; i < _CHECK_MAX; i++)
		if (CHECKS_DEVICE & CHECK_BIT(i))
			v.facts.checks[i] = check_passed();
	v.decision = (struct decision){ .zone = 1,
					.reason = REASON_ADMITTED,
					.decided_sec = now_sec - 3600,
					.expiry = { .at_sec = now_sec - 3600 + LIFE_SEC, .cause = EXPIRY_POLICY } };
	must(store_put(store, &v, &inputs) == 0);
	pki_done(&node);
}

/* Number 0, for programs that are no device of ours. */
static void save_device(const struct pki_node *root)
{
	struct pki_node device = device_issue(root, 0);

	save_pem("device.crt", pki_certificate_pem(&device));
	save_pem("device.key", pki_private_pem(device.key));
	pki_done(&device);
}

int main(int argc, char **argv)
{
	char path[4096];
	struct store *store;
	int64_t now_sec = time(NULL);

	must(argc == 3);
	folder = argv[1];

	long n = strtol(argv[2], NULL, 10);
	struct pki_node root = pki_issue(NULL, &(struct pki_request){ .name = "root", .ca = true });
	struct pki_node gateway = pki_issue(NULL, &(struct pki_request){ .name = "gateway" });
	EVP_PKEY *issuer = pki_key_new(PKI_P256), *result = pki_key_new(PKI_P256);

	save_pem("maker.crt", pki_certificate_pem(&root));
	save_pem("maker.key", pki_private_pem(root.key));
	save_pem("gateway.crt", pki_certificate_pem(&gateway));
	save_pem("gateway.key", pki_private_pem(gateway.key));
	save_pem("result.key", pki_private_pem(result));
	save_pem("issuer.key", pki_private_pem(issuer));
	save_pem("issuer.pub", pki_public_pem(issuer));
	must(snprintf(path, sizeof(path), "%s/state/" STORE_FILE, folder) > 0);
	must(store_open(path, &store) == 0 && store_begin(store) == 0);

	struct bytes label = sign_label(&root, issuer, now_sec);

	save("wall-pad.label", label);
	for (long i = 0; i < n; i++)
		put_device(store, &root, label, (uint32_t)i, now_sec);
	must(store_commit(store) == 0);
	store_free(store);
	EVP_PKEY_free(issuer);
	EVP_PKEY_free(result);
	save_device(&root);
	pki_done(&root);
	pki_done(&gateway);
	return 0;
}
