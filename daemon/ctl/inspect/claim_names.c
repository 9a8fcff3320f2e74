/* SPDX-License-Identifier: Apache-2.0 */
/* Only tables: claims of CWT, EAT and EAR, headers of COSE, and our own (docs/protocol.md section 4). */
#include "ctl/inspect/claim_names.h"

#include <string.h>

#include "base/cleanup.h"
#include "hallmark/protocol.h"
#include "token/cose.h"

#define NAMES(array, ...)                                                                                              \
	{                                                                                                              \
		.list = (array), .n = ARRAY_SIZE(array), ##__VA_ARGS__                                                 \
	}

static const struct name label_names[] = {
	{ HALLMARK_LABEL_SCHEME, "scheme", false, NULL },
	{ HALLMARK_LABEL_LEVEL, "level", false, NULL },
	{ HALLMARK_LABEL_LEVEL_NAME, "level name", false, NULL },
	{ HALLMARK_LABEL_BASIS, "basis", false, NULL },
	{ HALLMARK_LABEL_CATEGORY, "category", false, NULL },
	{ HALLMARK_LABEL_FIELD, "field", false, NULL },
	{ HALLMARK_LABEL_VERSION, "version", false, NULL },
	{ HALLMARK_LABEL_STANDARDS, "standards", false, NULL },
	{ HALLMARK_LABEL_LAB, "laboratory", false, NULL },
	{ HALLMARK_LABEL_SUPPORT_UNTIL, "support until", true, NULL },
	{ HALLMARK_LABEL_EXTENDS, "extends", false, NULL },
	{ HALLMARK_LABEL_FURTHER, "further", false, NULL },
};
static const struct names in_label = NAMES(label_names);

static const struct name admission_names[] = {
	{ HALLMARK_ADMISSION_SCHEME, "scheme", false, NULL },
	{ HALLMARK_ADMISSION_LEVEL, "level", false, NULL },
	{ HALLMARK_ADMISSION_HOME_SCHEME, "home scheme", false, NULL },
	{ HALLMARK_ADMISSION_HOME_LEVEL, "home level", false, NULL },
	{ HALLMARK_ADMISSION_ARRANGEMENT, "arrangement", false, NULL },
	{ HALLMARK_ADMISSION_LABEL, "label", false, NULL },
	{ HALLMARK_ADMISSION_ZONE, "zone", false, NULL },
	{ HALLMARK_ADMISSION_REASONS, "reasons", false, NULL },
	{ HALLMARK_ADMISSION_EXPIRES_FIRST, "ends first", false, NULL },
	{ HALLMARK_ADMISSION_RENEW_AFTER, "renew after", true, NULL },
	{ HALLMARK_ADMISSION_ISSUER_ROLE, "issuer role", false, NULL },
};
static const struct names in_admission = NAMES(admission_names);

static const struct name ear_names[] = {
	{ HALLMARK_CLAIM_PROFILE, "profile", false, NULL },
	{ HALLMARK_EAR_STATUS, "status", false, NULL },
	{ HALLMARK_EAR_VECTOR, "trust vector", false, NULL },
	{ HALLMARK_EAR_POLICIES, "policies", false, NULL },
	{ HALLMARK_CLAIM_ADMISSION, "admission", false, &in_admission },
};
static const struct names in_ear = NAMES(ear_names);

/* The keys are names of submodules. */
static const struct names in_submods = { .otherwise = &in_ear };

static const struct name confirmation_names[] = {
	{ HALLMARK_CNF_CKT, "key thumbprint", false, NULL },
};
static const struct names in_confirmation = NAMES(confirmation_names);

static const struct name claim_names[] = {
	{ HALLMARK_CLAIM_ISS, "issuer", false, NULL },
	{ HALLMARK_CLAIM_SUB, "subject", false, NULL },
	{ HALLMARK_CLAIM_EXP, "expires", true, NULL },
	{ HALLMARK_CLAIM_NBF, "not before", true, NULL },
	{ HALLMARK_CLAIM_IAT, "issued", true, NULL },
	{ HALLMARK_CLAIM_CTI, "id", false, NULL },
	{ HALLMARK_CLAIM_CNF, "confirmation", false, &in_confirmation },
	{ HALLMARK_CLAIM_NONCE, "nonce", false, NULL },
	{ HALLMARK_CLAIM_UEID, "ueid", false, NULL },
	{ HALLMARK_CLAIM_OEMID, "oemid", false, NULL },
	{ HALLMARK_CLAIM_HWMODEL, "hwmodel", false, NULL },
	{ HALLMARK_CLAIM_HWVERSION, "hwversion", false, NULL },
	{ HALLMARK_CLAIM_OEMBOOT, "oemboot", false, NULL },
	{ HALLMARK_CLAIM_DBGSTAT, "dbgstat", false, NULL },
	{ HALLMARK_CLAIM_PROFILE, "profile", false, NULL },
	{ HALLMARK_CLAIM_SUBMODS, "submodules", false, &in_submods },
	{ HALLMARK_CLAIM_SWNAME, "swname", false, NULL },
	{ HALLMARK_CLAIM_SWVERSION, "swversion", false, NULL },
	{ HALLMARK_CLAIM_MEASUREMENTS, "measurements", false, NULL },
	{ HALLMARK_EAR_VERIFIER, "verifier", false, NULL },
	{ HALLMARK_CLAIM_STATUS_LIST, "status list", false, NULL },
	{ HALLMARK_CLAIM_TTL, "time to live", false, NULL },
	{ HALLMARK_CLAIM_STATUS, "status", false, NULL },
	{ HALLMARK_CLAIM_LABEL, "label", false, &in_label },
	{ HALLMARK_CLAIM_CLASSES, "classes", false, &names_of_claims },
	{ HALLMARK_CLAIM_ANCHORS, "anchors", false, NULL },
	{ HALLMARK_CLAIM_ADMISSION, "admission", false, &in_admission },
	{ HALLMARK_CLAIM_SEQUENCE, "sequence", false, NULL },
	{ HALLMARK_CLAIM_STATEMENTS, "statements", false, &names_of_claims },
	{ HALLMARK_CLAIM_COMPLETE, "complete", false, NULL },
};
const struct names names_of_claims = NAMES(claim_names);

/* RFC 9052 section 3.1, RFC 9360, RFC 9596. */
static const struct name header_names[] = {
	{ 1, "algorithm", false, NULL }, { 2, "critical", false, NULL }, { 3, "content type", false, NULL },
	{ 4, "key id", false, NULL },    { 16, "type", false, NULL },    { 33, "x5chain", false, NULL },
	{ 34, "x5t", false, NULL },
};
const struct names names_of_headers = NAMES(header_names);

const struct name *name_find(const struct names *names, int64_t key)
{
	for (unsigned i = 0; names && i < names->n; i++)
		if (names->list[i].key == key)
			return &names->list[i];
	return NULL;
}

struct kind {
	const char *word, *kind;
};

static const char *find_kind(const struct kind *kinds, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(kinds[i].word, word) == 0)
			return kinds[i].kind;
	return NULL;
}

const char *kind_of_profile(const char *profile)
{
	static const struct kind kinds[] = {
		{ HALLMARK_PROFILE_EVIDENCE, "evidence of a device" },
		{ HALLMARK_PROFILE_LABEL, "label statement" },
		{ HALLMARK_PROFILE_REGISTER, "register of label statements" },
		{ HALLMARK_PROFILE_EAR, "attestation result" },
		{ "tag:hallmarkd.org,2026:reference#1", "reference values of a maker" },
	};

	return find_kind(kinds, ARRAY_SIZE(kinds), profile);
}

const char *kind_of_type(const char *type)
{
	static const struct kind kinds[] = {
		{ HALLMARK_TYP_LABEL, "label statement" },
		{ HALLMARK_TYP_REGISTER, "register of label statements" },
		{ HALLMARK_TYP_STATUS, "status list" },
		{ HALLMARK_TYP_EVIDENCE, "entity attestation token" },
	};

	return find_kind(kinds, ARRAY_SIZE(kinds), type);
}

const char *algorithm_name(int64_t algorithm)
{
	switch (algorithm) {
	case COSE_ES256:
		return "ES256";
	case COSE_EDDSA:
		return "EdDSA";
	case COSE_ESP256:
		return "ESP256";
	case COSE_ED25519:
		return "Ed25519";
	case COSE_ES384:
		return "ES384";
	case COSE_ESP384:
		return "ESP384";
	default:
		return "unknown";
	}
}
