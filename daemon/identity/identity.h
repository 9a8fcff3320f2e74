/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates of a device → struct identity. Only this room knows X.509. It judges profile and path; whether a
 * label vouches for an unanchored path is decided in appraise/.
 */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check_result.h"
#include "base/dependency.h"
#include "base/sizes.h"
#include "hallmark/protocol.h"
#include "identity/crl_limit.h"

struct bytes;
struct set_mark;

#define MATTER_DIGITS         4 /* of a vendor's or product's id */
#define MATTER_ID_SIZE        (MATTER_DIGITS + 1)
#define PATH_MAX_CERTIFICATES (HALLMARK_CHAIN_MAX + 1) /* those presented, and an anchor */

/* Configured vendor CAs: opaque, built once, shared by all verifications. */
struct anchors;

/* Returns NULL when out of memory. */
struct anchors *anchors_new(void);
void anchors_free(struct anchors *a);

/*
 * Adds the CA certificates of a PEM file; `name` is the operator's name for it. Returns how many were added, or
 * -EBADMSG when there is no certificate, one cannot be decoded, or one is not a CA's.
 */
int anchors_add(struct anchors *a, const char *name, struct bytes pem);

#define CRL_BYTES_MAX 4194304 /* bytes of one CRL; the limit of every file of trust material: about 100,000 entries */
#define CRLS_MAX      64      /* of all vendors' CAs together: bounds the search by issuer name */

/*
 * Adds one CRL, in PEM or DER. Add the anchors first. A CRL revokes what it names once a CA in a path has its issuer's
 * name and verifies its signature. Only a complete CRL vouches for what it does not name. Once its nextUpdate has
 * passed, check 4 fails with stale_refuse; without it, the CRL still counts.
 *
 * Returns 0 when the CRL is held now, or was already, and then its mark unless ret_mark is NULL; -ESTALE when one of
 * its CA and scope is held that is newer (REASON_CRL_OLDER); -ENOTUNIQ for several in one file; -EBADMSG for what is not a CRL, has no thisUpdate or is signed
 * with an algorithm that is not the profile's; -E2BIG over a limit; -ENOMEM, -EIO.
 */
int anchors_add_crl(struct anchors *a, struct bytes crl, bool stale_refuse, struct set_mark *ret_mark);

/* What is said of -ENOTUNIQ. A set of trust material has one file, one url and one version that is remembered. */
#define CRL_SEVERAL                                                                                                    \
	TO_TRANSLATE("it contains several revocation lists, and one file holds one: none of them is in force. Split "  \
		     "it with `csplit -z -f crl- FILE '/BEGIN X509 CRL/' '{*}'`, and name each part in trust.crls")

/* True when a configured CA has signed the held CRL of that mark, and it leads those of its CA and scope. */
bool anchors_vouch_for_crl(const struct anchors *a, const struct set_mark *mark);

/* What the held CRL with that mark can show. */
enum crl_limit anchors_crl_limit(const struct anchors *a, const struct set_mark *mark);

/*
 * How many certificates are in `before` and not in `after`, where both are CRLs of one CA and scope. Expired ones may
 * be removed (RFC 5280 section 3.3) and count too. Entries of other CAs (certificateIssuer) do not count. Returns 0,
 * -EBADMSG, -E2BIG, -ENOMEM.
 */
int crl_lifted(struct bytes before, struct bytes after, uint32_t *ret);

/*
 * For the CRLs that are added from now on: none may have a later issue time than latest_sec (0: no limit); or, with
 * is_remembering, they are those that were accepted before.
 */
void anchors_expect(struct anchors *a, int64_t latest_sec, bool is_remembering);

/*
 * What these anchors and CRLs answer at now_sec, under the ids that identity_verify() notes in rests_on. It is an
 * answer of its own that a list ends earlier than those of `former` (may be NULL). Returns 0, -ENOMEM or -EIO.
 */
int anchors_answers(const struct anchors *a, const struct anchors *former, int64_t now_sec, struct answers *ret);

/*
 * It exists only when the certificates were decoded and judged. `certificate`, `chain` and `revocation` are the results
 * of checks 2, 3 and 4. When chain failed with REASON_CHAIN_UNANCHORED, all signatures along the path did verify, so a
 * valid label's anchor may still vouch for it. When signatures did not verify, the path holds only the leaf: everything
 * in [1..] is verified.
 */
struct identity {
	uint8_t device[SHA256_LEN]; /* SHA-256 of the leaf's SubjectPublicKeyInfo */
	EVP_PKEY *key;              /* the leaf's; owned */
	struct check_result certificate, chain, revocation;
	uint8_t path[PATH_MAX_CERTIFICATES][SHA256_LEN]; /* of the DER, leaf first */
	size_t n_path;
	char anchor[48];       /* the operator's name of the configured anchor, or "" */
	char serial[65];       /* subject serialNumber attribute, "" when absent */
	uint8_t hw_serial[64]; /* hardwareModuleName hwSerialNum, RFC 4108 section 5 */
	size_t n_hw_serial;    /* 0 when absent */
	char hw_type[64];      /* hardwareModuleName hwType, dotted OID, "" when absent */
	char permanent[129];   /* identifierValue of a permanentIdentifier, RFC 4043, "" when absent */
	char matter_vendor[MATTER_ID_SIZE], matter_product[MATTER_ID_SIZE]; /* hex digits, "" when absent */
	struct ueid {
		uint8_t bytes[UEID_MAX];
		size_t n;
	} ueids[2]; /* which the certificate names, docs/protocol.md section 5.1 */
	size_t n_ueids;
	char mud_url[128];       /* RFC 8520 section 11, "" when absent; only a claim */
	int64_t not_after_sec;   /* the earliest of the path; TIME_FOREVER for 99991231235959Z */
	int64_t next_update_sec; /* when the first of the CRLs behind `revocation` becomes stale, or TIME_FOREVER */
	struct dependencies rests_on; /* anchors and CRLs that were consulted */
};

void identity_free(struct identity *id);

/*
 * Judges a chain, leaf first, at the time now_sec. Returns 0 and sets *ret (release with identity_free()) also when a
 * check failed, as long as the leaf's key could be read; -EBADMSG when it could not; -E2BIG for a chain over the
 * protocol's limits; -ENOMEM, -EIO.
 */
int identity_verify(const struct bytes *chain_der, size_t n_chain, const struct anchors *anchors, int64_t now_sec,
		    struct identity **ret);

/*
 * Has OpenSSL find what it needs for such a judgement and for a handshake's: it looks for algorithms by name, makes what it finds, and
 * keeps it. In a zygote, so that its forks need not. Returns 0 or -EIO.
 */
int identity_prepare(const struct anchors *a);

/*
 * True when both paths end in the same configured anchor, or b's path holds the CA that issued a's leaf: what vouches
 * for a is above that CA, so it vouches for b as well (evidence key of an x5chain, check 5).
 */
bool identity_same_anchor(const struct identity *a, const struct identity *b);
