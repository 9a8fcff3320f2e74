/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRLs (RFC 5280 sections 5 and 6.3), bound to their issuer: a CRL speaks for the CA of the path that has its name and
 * whose key signed it, of all that CA's certificates, and for nobody else. It fetches nothing.
 */
#include "identity/revocation.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/clock.h"
#include "identity/certificate.h"

DEFINE_CLEANUP(X509_CRL *, X509_CRL_free);
DEFINE_CLEANUP(BIO *, BIO_free);

static bool is_pem(struct bytes in)
{
	static const char mark[] = "-----BEGIN ";

	return in.n > 0 && in.p[0] != 0x30 && memmem(in.p, in.n, mark, sizeof(mark) - 1);
}

/* Exactly one CRL: of several in one file, one might be missed without a word. */
static int decode_pem(struct bytes pem, X509_CRL **ret)
{
	_cleanup_(BIO_freep) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	_cleanup_(X509_CRL_freep) X509_CRL *crl = NULL, *second = NULL;

	if (!bio)
		return -ENOMEM;
	crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	if (!crl)
		return -EBADMSG;
	second = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	if (second || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -EBADMSG;
	*ret = TAKE_PTR(crl);
	return 0;
}

static int decode(struct bytes in, X509_CRL **ret)
{
	if (in.n > CRL_BYTES_MAX)
		return -E2BIG;
	if (is_pem(in))
		return decode_pem(in, ret);

	const unsigned char *p = in.p;
	_cleanup_(X509_CRL_freep) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)in.n);

	if (!crl || p != in.p + in.n)
		return -EBADMSG;
	*ret = TAKE_PTR(crl);
	return 0;
}

/* RFC 5280 section 5.2: whatever may make the list less than all that its CA has revoked is refused. */
static bool extensions_fit(const X509_CRL *crl)
{
	if (X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) >= 0 ||
	    X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return false;
	return X509_CRL_get_ext_by_critical(crl, 1, -1) < 0;
}

/* RFC 5280 section 5.3: an entry of another CA, and one that says more than is understood. */
static bool entries_fit(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		if (X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) >= 0 ||
		    X509_REVOKED_get_ext_by_critical(entry, 1, -1) >= 0)
			return false;
	}
	return true;
}

static bool read_time(const ASN1_TIME *time, int64_t *ret_sec)
{
	struct tm tm;

	if (!time || !ASN1_TIME_to_tm(time, &tm))
		return false;
	*ret_sec = (int64_t)timegm(&tm);
	return true;
}

static bool read_times(struct revocation_list *list)
{
	return read_time(X509_CRL_get0_lastUpdate(list->crl), &list->this_update_sec) &&
	       read_time(X509_CRL_get0_nextUpdate(list->crl), &list->next_update_sec);
}

/*
 * RFC 5280 section 6.3.3 (f) and (g). The signature of a long list is dear to verify, so the first key that does is
 * remembered: the one thing about a list that changes after it was added.
 */
static bool is_signed_by(struct revocation_list *list, X509 *ca, const uint8_t signer[static SHA256_LEN])
{
	if (list->is_signer_known)
		return memcmp(list->signer, signer, SHA256_LEN) == 0;
	if (X509_CRL_verify(list->crl, X509_get0_pubkey(ca)) <= 0)
		return false;
	memcpy(list->signer, signer, SHA256_LEN);
	list->is_signer_known = true;
	return true;
}

/* Whether the CRL is in this CA's name and signed with its key. Returns 0 or -EIO. */
static int is_of(struct revocation_list *list, X509 *ca, bool *ret)
{
	uint8_t signer[SHA256_LEN];

	*ret = false;
	if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(ca)) != 0 ||
	    !(X509_get_key_usage(ca) & X509v3_KU_CRL_SIGN)) /* all bits when the extension is absent */
		return 0;

	int r = certificate_device(ca, signer);

	*ret = r == 0 && is_signed_by(list, ca, signer);
	return r;
}

static int find_signer(const struct anchors *a, struct revocation_list *list)
{
	int r = 0;

	for (size_t i = 0; i < a->n && r == 0 && !list->is_configured; i++)
		r = is_of(list, a->list[i].certificate, &list->is_configured);
	return r;
}

/* RFC 5280 section 5.2.3: 0 without the extension; numbers beyond all counting are one. */
static bool read_number(const X509_CRL *crl, uint64_t *ret)
{
	int critical = 0;
	ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, NULL);

	*ret = 0;
	if (!number)
		return critical == -1; /* absent; else twice there, or no number */

	bool is_good = ASN1_STRING_type(number) == V_ASN1_INTEGER;

	if (is_good && ASN1_INTEGER_get_uint64(ret, number) != 1)
		*ret = UINT64_MAX;
	ASN1_INTEGER_free(number);
	return is_good;
}

/* Namesakes are told apart by the key, as far as it is known. */
static int read_mark(struct revocation_list *list)
{
	char name[SET_IDENTITY_SIZE], signer[SHA256_HEX_SIZE] = "";
	const char *const parts[] = { name, signer };

	name_to_text(X509_CRL_get_issuer(list->crl), name, sizeof(name));
	if (list->is_configured)
		bytes_to_hex(BYTES(list->signer), signer);
	list->mark.issued_sec = list->this_update_sec;
	list->mark.until_sec = list->next_update_sec;
	if (!X509_CRL_digest(list->crl, EVP_sha256(), list->mark.hash, NULL))
		return -EIO;
	return set_mark_identify(&list->mark, SET_CRL, parts, list->is_configured ? 2 : 1);
}

static struct revocation_list *find_held(const struct anchors *a, const struct set_mark *mark)
{
	for (size_t i = 0; i < a->n_crls; i++)
		if (memcmp(a->crls[i].mark.hash, mark->hash, SHA256_LEN) == 0)
			return &a->crls[i];
	return NULL;
}

/* The one that the list would take the place of. */
static struct revocation_list *find_former(const struct anchors *a, const struct revocation_list *list)
{
	for (size_t i = 0; i < a->n_crls; i++)
		if (list->is_configured && a->crls[i].is_configured &&
		    memcmp(a->crls[i].signer, list->signer, SHA256_LEN) == 0 &&
		    X509_NAME_cmp(X509_CRL_get_issuer(a->crls[i].crl), X509_CRL_get_issuer(list->crl)) == 0)
			return &a->crls[i];
	return NULL;
}

static int append(struct anchors *a, struct revocation_list **ret)
{
	if (a->n_crls == CRLS_MAX)
		return -E2BIG;

	struct revocation_list *crls = reallocarray(a->crls, a->n_crls + 1, sizeof(*crls));

	if (!crls)
		return -ENOMEM;
	a->crls = crls;
	*ret = &crls[a->n_crls++];
	**ret = (struct revocation_list){ 0 };
	return 0;
}

/* Takes the CRL of the list unless one that is as new is held. */
static int keep(struct anchors *a, struct revocation_list *list)
{
	struct revocation_list *held = find_held(a, &list->mark), *former = find_former(a, list);
	int r = 0;

	if (held)
		return 0;
	if (former && set_order(&former->mark, &list->mark) != SET_ADVANCE)
		return -ESTALE;
	if (!former)
		r = append(a, &former);
	if (r < 0)
		return r;
	X509_CRL_free(former->crl);
	*former = *list;
	list->crl = NULL;
	return 0;
}

static void list_done(struct revocation_list *list)
{
	X509_CRL_free(list->crl);
}

static int add_crl(struct anchors *a, struct bytes in, bool stale_refuse, struct set_mark *ret_mark)
{
	_cleanup_(list_done) struct revocation_list list = { .stale_refuse = stale_refuse };
	int r = decode(in, &list.crl);

	if (r < 0)
		return r;
	if (X509_CRL_get_version(list.crl) != X509_CRL_VERSION_2 ||
	    !signature_fits(X509_CRL_get_signature_nid(list.crl)) || !extensions_fit(list.crl) ||
	    !entries_fit(list.crl) || !read_times(&list) || !read_number(list.crl, &list.mark.sequence))
		return -EBADMSG;
	r = find_signer(a, &list);
	if (r < 0)
		return r;
	r = read_mark(&list);
	if (r < 0)
		return r;
	r = keep(a, &list);
	if (r == 0 && ret_mark)
		*ret_mark = list.mark;
	return r;
}

int anchors_add_crl(struct anchors *a, struct bytes crl, bool stale_refuse, struct set_mark *ret_mark)
{
	int r = add_crl(a, crl, stale_refuse, ret_mark);

	ERR_clear_error();
	return r;
}

bool anchors_vouch_for_crl(const struct anchors *a, const struct set_mark *mark)
{
	const struct revocation_list *held = find_held(a, mark);

	return held && held->is_configured;
}

void revocation_free(struct anchors *a)
{
	for (size_t i = 0; i < a->n_crls; i++)
		X509_CRL_free(a->crls[i].crl);
	free(a->crls);
}

/* The CA's newest list, or NULL. Returns 0 or -EIO. */
static int find_list(const struct anchors *a, X509 *ca, const struct revocation_list **ret)
{
	uint8_t signer[SHA256_LEN];
	int r = certificate_device(ca, signer);

	*ret = NULL;
	if (r < 0 || !(X509_get_key_usage(ca) & X509v3_KU_CRL_SIGN)) /* all bits when the extension is absent */
		return r;

	for (size_t i = 0; i < a->n_crls; i++) {
		struct revocation_list *list = &a->crls[i];

		if (*ret && list->this_update_sec <= (*ret)->this_update_sec)
			continue;
		if (X509_NAME_cmp(X509_CRL_get_issuer(list->crl), X509_get_subject_name(ca)) == 0 &&
		    is_signed_by(list, ca, signer))
			*ret = list;
	}
	return 0;
}

/* The same for names that X509_NAME_cmp() calls equal, however they are written. */
static unsigned long name_hash(const X509_NAME *name)
{
	return X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

static uint64_t list_id(const X509_NAME *issuer)
{
	return dependency_id(DEPENDENCY_CRL, bytes_of(NULL, 0), bytes_of(NULL, 0), name_hash(issuer));
}

static uint64_t entry_id(const X509_NAME *issuer, const ASN1_INTEGER *serial)
{
	struct bytes number = bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));

	return dependency_id(DEPENDENCY_CRL_ENTRY, number, bytes_of(NULL, 0), name_hash(issuer));
}

static bool is_stale(const struct revocation_list *list, int64_t now_sec)
{
	return list->stale_refuse && (now_sec < list->this_update_sec || now_sec >= list->next_update_sec);
}

/* What one list says of one certificate; a list that says "revoked" is never too old for that. */
static enum hallmark_reason list_check(const struct revocation_list *list, X509 *certificate, int64_t now_sec)
{
	X509_REVOKED *entry = NULL;

	if (!list)
		return REASON_NO_CRL;
	if (X509_CRL_get0_by_cert(list->crl, &entry, certificate) != 0)
		return REASON_DEVICE_REVOKED;
	if (is_stale(list, now_sec))
		return REASON_CRL_STALE;
	return REASON_ADMITTED;
}

/* The questions that were asked about one certificate. */
static void note_questions(X509 *certificate, struct dependencies *rests_on)
{
	const X509_NAME *issuer = X509_get_issuer_name(certificate);

	dependencies_add(rests_on, list_id(issuer));
	dependencies_add(rests_on, entry_id(issuer, X509_get0_serialNumber(certificate)));
}

/* Of all that is found along a path the gravest counts: revoked, then stale, then missing. */
static int gravity(enum hallmark_reason reason)
{
	switch (reason) {
	case REASON_DEVICE_REVOKED:
		return 3;
	case REASON_CRL_STALE:
		return 2;
	case REASON_NO_CRL:
		return 1;
	default:
		return 0;
	}
}

int revocation_judge(STACK_OF(X509) * path, const struct anchors *anchors, int64_t now_sec, struct identity *id)
{
	int n = sk_X509_num(path);
	enum hallmark_reason gravest = n > 1 ? REASON_ADMITTED : REASON_NO_CRL;

	for (int i = 0; i < n - 1; i++) {
		const struct revocation_list *list;
		int r = find_list(anchors, sk_X509_value(path, i + 1), &list);

		if (r < 0)
			return r;

		note_questions(sk_X509_value(path, i), &id->rests_on);

		enum hallmark_reason reason = list_check(list, sk_X509_value(path, i), now_sec);

		if (gravity(reason) > gravity(gravest))
			gravest = reason;
		if (reason == REASON_ADMITTED && list->stale_refuse && list->next_update_sec < id->next_update_sec)
			id->next_update_sec = list->next_update_sec;
	}
	if (gravest == REASON_ADMITTED)
		id->revocation = check_passed();
	else
		id->revocation = gravest == REASON_NO_CRL ? check_absent(gravest) : check_failed(gravest);
	return 0;
}

/* A list that ends before the one that it follows ends what rested on that. */
static bool ends_earlier(const struct revocation_list *list, const struct anchors *former)
{
	for (size_t i = 0; former && i < former->n_crls; i++)
		if (X509_NAME_cmp(X509_CRL_get_issuer(former->crls[i].crl), X509_CRL_get_issuer(list->crl)) == 0 &&
		    list->next_update_sec < former->crls[i].next_update_sec)
			return true;
	return false;
}

static int list_answers(struct revocation_list *list, const struct anchors *former, int64_t now_sec,
			struct answers *ret)
{
	const X509_NAME *issuer = X509_CRL_get_issuer(list->crl);
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list->crl);
	const uint8_t state[] = { is_stale(list, now_sec), list->stale_refuse, ends_earlier(list, former) };
	int r = answers_add(ret, list_id(issuer), BYTES(state));

	for (int i = 0; i < sk_X509_REVOKED_num(entries) && r == 0; i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		r = answers_add(ret, entry_id(issuer, X509_REVOKED_get0_serialNumber(entry)), bytes_of(NULL, 0));
	}
	return r;
}

int revocation_answers(const struct anchors *a, const struct anchors *former, int64_t now_sec, struct answers *ret)
{
	int r = 0;

	for (size_t i = 0; i < a->n_crls && r == 0; i++)
		r = list_answers(&a->crls[i], former, now_sec, ret);
	return r;
}
