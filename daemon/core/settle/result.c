/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict → the attestation result for the device. Decides nothing. */
#include "core/settle/result.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "appraise/expiry.h"
#include "appraise/facts.h"
#include "base/bytes.h"
#include "base/check_result.h"
#include "base/stage.h"
#include "config/config.h"
#include "decide/decision.h"
#include "decide/policy.h"
#include "decide/verdict.h"
#include "hallmark/check.h"
#include "hallmark/protocol.h"
#include "hallmark/reason.h"
#include "token/ear.h"

#define REFUSAL_RESULT_SEC   300 /* lifetime of a denial's EAR; the device may try again at once */
#define RENEW_FROM_PERCENT   50  /* renewal is due at 50 to 70 % of the life, spread by the device */
#define RENEW_SPREAD_PERCENT 20

/* Never better than the worst claim of the vector (draft-ietf-rats-ear-04 section 3.1). */
static enum ear_status ear_status_of(const struct decision *d, const struct ear_vector *vector)
{
	enum ear_status worst = ear_vector_tier(vector);
	enum ear_status status = d->home_level > 0 && !decision_is_ordered(d) ? EAR_AFFIRMING : EAR_WARNING;

	if (d->zone == ZONE_QUARANTINE)
		return EAR_CONTRAINDICATED;
	return status > worst ? status : worst;
}

/* Evidence that nobody could appraise: its signature does not verify, or it is not evidence. */
static struct ear_vector ear_vector_of_none(enum hallmark_reason reason)
{
	bool is_forged = reason == REASON_EVIDENCE_SIGNATURE || reason == REASON_EVIDENCE_ALGORITHM ||
			 reason == REASON_EVIDENCE_KEY;
	int claim = is_forged ? 99 : 1;

	return (struct ear_vector){ claim, claim, claim };
}

/*
 * AR4SI claims (draft-ietf-rats-ar4si-10 section 2.3.4). What the rule of an admitted device does not ask for is not
 * held against it: no claim of a device that nobody expects to recognise, and a warning for one that can be debugged.
 */
static struct ear_vector ear_vector_of(const struct facts *f, bool is_admitted)
{
	const struct check_result *c = f->checks;
	struct ear_vector v = { .instance_identity = 2, .configuration = 2, .executables = 0 };

	if (c[CHECK_EVIDENCE_SIGNATURE].state != CHECK_PASSED)
		return ear_vector_of_none((enum hallmark_reason)c[CHECK_EVIDENCE_SIGNATURE].reason);
	if (c[CHECK_CHAIN].state != CHECK_PASSED)
		v.instance_identity = is_admitted ? 0 : 97;
	else if (c[CHECK_SAME_DEVICE].state != CHECK_PASSED)
		v.instance_identity = is_admitted ? 0 : 96;
	if (c[CHECK_DEBUG].state != CHECK_PASSED)
		v.configuration = is_admitted ? 32 : 96;
	if (c[CHECK_FIRMWARE].state == CHECK_PASSED)
		v.executables = 2;
	else if (c[CHECK_FIRMWARE].state == CHECK_FAILED)
		v.executables = 33;
	return v;
}

/* Each reason once, and only findings: that a check was not made is not a reason. */
static void ear_add_reason(struct ear *ear, enum hallmark_reason reason)
{
	for (size_t i = 0; i < ear->n_reasons; i++)
		if (ear->reasons[i] == (uint16_t)reason)
			return;
	if (ear->n_reasons < EAR_REASONS_MAX && reason != REASON_ADMITTED && reason != REASON_NOT_EVALUATED)
		ear->reasons[ear->n_reasons++] = (uint16_t)reason;
}

/*
 * First the reason that decided, then those of other checks that the rule missed, then why the device got no better
 * zone.
 */
static void ear_add_reasons(struct ear *ear, const struct verdict *v, const struct policy *policy)
{
	const struct label_facts *label = verdict_label(v);

	ear_add_reason(ear, v->decision.reason);
	for (int i = CHECK_NONE + 1; i < _CHECK_MAX; i++) {
		const struct check_result *results = CHECKS_DEVICE & CHECK_BIT(i)            ? v->facts.checks :
						     label && CHECKS_OF_LABEL & CHECK_BIT(i) ? label->checks :
											       NULL;

		if (results && (v->decision.missing & CHECK_BIT(i)))
			ear_add_reason(ear, results[i].reason);
	}
	ear_add_reason(ear, verdict_held_back(v, policy));
}

static int64_t renew_after(const struct decision *d)
{
	int64_t life = d->expiry.at_sec - d->decided_sec;

	if (d->zone == ZONE_QUARANTINE)
		return d->decided_sec + REFUSAL_RESULT_SEC / 2;
	return d->decided_sec + life * (RENEW_FROM_PERCENT + d->device[0] % RENEW_SPREAD_PERCENT) / 100;
}

/* It says the same, with more than is known now. */
static bool has_former_result(const struct verdict *v)
{
	return v->is_restored && v->decision.zone != ZONE_QUARANTINE && v->n_ear > 0;
}

void result_drop(struct verdict *v)
{
	if (!has_former_result(v))
		v->n_ear = 0;
}

int result_sign(const struct config *config, EVP_PKEY *key, struct verdict *v)
{
	AT_STAGE(STAGE_SIGN);
	const struct decision *d = &v->decision;
	const struct label_facts *label = verdict_label(v);
	bool is_admitted = d->zone != ZONE_QUARANTINE;
	struct ear_vector vector = { 0 }; /* no claim: the facts are not known */
	struct writer w = WRITER(v->ear);

	if (has_former_result(v))
		return 0;
	if (!v->is_restored)
		vector = ear_vector_of(&v->facts, is_admitted);

	struct ear ear = {
		.iat_sec = d->decided_sec,
		.exp_sec = is_admitted ? d->expiry.at_sec : d->decided_sec + REFUSAL_RESULT_SEC,
		.n_handles = v->facts.n_handles,
		.status = ear_status_of(d, &vector),
		.vector = vector,
		.level = label ? label->level : 0,
		.home_level = d->home_level,
		.issuer_role = label ? label->issuer_role : HALLMARK_ISSUER_UNKNOWN,
		.renew_after_sec = renew_after(d),
	};

	memcpy(ear.handles, v->facts.handles, sizeof(ear.handles));
	(void)snprintf(ear.verifier, sizeof(ear.verifier), "%s", config->gateway);
	(void)snprintf(ear.policy, sizeof(ear.policy), "%s", config->policy.name);
	(void)snprintf(ear.scheme, sizeof(ear.scheme), "%s", label ? label->scheme : "");
	(void)snprintf(ear.home_scheme, sizeof(ear.home_scheme), "%s", config->recognition.home);
	(void)snprintf(ear.arrangement, sizeof(ear.arrangement), "%s", d->arrangement);
	(void)snprintf(ear.label_number, sizeof(ear.label_number), "%s", label ? label->number : "");
	(void)snprintf(ear.zone, sizeof(ear.zone), "%s", v->zone);
	(void)snprintf(ear.expires_first, sizeof(ear.expires_first), "%s", expiry_cause_name(d->expiry.cause));
	ear_add_reasons(&ear, v, &config->policy);

	int r = ear_sign(&ear, key, &w);

	v->n_ear = r < 0 ? 0 : (uint16_t)w.n;
	return r;
}

static int sign_again(EVP_PKEY *key, struct verdict *v)
{
	AT_STAGE(STAGE_SIGN);
	uint8_t ear[sizeof(v->ear)];
	struct writer w = WRITER(ear);
	int r = ear_sign_again(bytes_of(v->ear, v->n_ear), key, &w);

	if (r < 0)
		return r;
	memcpy(v->ear, ear, w.n);
	v->n_ear = (uint16_t)w.n;
	return 0;
}

int result_renew(const struct config *config, EVP_PKEY *key, struct verdict *v, bool *ret_is_new)
{
	*ret_is_new = v->n_ear == 0 || !ear_is_of(bytes_of(v->ear, v->n_ear), key);
	if (!*ret_is_new)
		return 0;
	return v->n_ear > 0 ? sign_again(key, v) : result_sign(config, key, v);
}
