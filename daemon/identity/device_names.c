/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a device in its certificate (IEEE 802.1AR-2018 section 8, RFC 4043, Matter), and the UEIDs that they name
 * (docs/protocol.md section 5.1). Makers number devices as they like; what is no UEID gets one by a hash, which RFC 9711
 * section 4.2.1 has for the type RAND.
 */
#include "identity/device_names.h"

#include <errno.h>
#include <openssl/asn1t.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/ueid.h"
#include "identity/asn1_bytes.h"
#include "identity/identity.h"

/* Contents of object identifiers for which OpenSSL 3.0 has no number. */
static const uint8_t oid_hardware_module_name[] = { 0x2b, 6, 1, 5, 5, 7, 8, 4 }; /* RFC 4108 section 5 */
static const uint8_t oid_permanent_identifier[] = { 0x2b, 6, 1, 5, 5, 7, 8, 3 }; /* RFC 4043 section 2 */
static const uint8_t oid_mud_url[] = { 0x2b, 6, 1, 5, 5, 7, 1, 25 };             /* RFC 8520 section 11 */
static const uint8_t oid_common_name[] = { 0x55, 4, 3 };                         /* RFC 5280 appendix A.1 */
/* Attributes of a subject: 1.3.6.1.4.1.37244.2.1 and .2, Matter core specification section 6.1.1. */
static const uint8_t oid_matter_vendor[] = { 0x2b, 6, 1, 4, 1, 0x82, 0xa2, 0x7c, 2, 1 };
static const uint8_t oid_matter_product[] = { 0x2b, 6, 1, 4, 1, 0x82, 0xa2, 0x7c, 2, 2 };

typedef struct {
	ASN1_OBJECT *type;
	ASN1_OCTET_STRING *serial;
} HARDWARE_MODULE_NAME;

ASN1_SEQUENCE(HARDWARE_MODULE_NAME) =
	{
		ASN1_SIMPLE(HARDWARE_MODULE_NAME, type, ASN1_OBJECT),
		ASN1_SIMPLE(HARDWARE_MODULE_NAME, serial, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(HARDWARE_MODULE_NAME)

		static void hardware_module_name_free(HARDWARE_MODULE_NAME * name)
{
	ASN1_item_free((ASN1_VALUE *)name, ASN1_ITEM_rptr(HARDWARE_MODULE_NAME));
}

typedef struct {
	ASN1_UTF8STRING *value;
	ASN1_OBJECT *assigner;
} PERMANENT_IDENTIFIER;

ASN1_SEQUENCE(PERMANENT_IDENTIFIER) =
	{
		ASN1_OPT(PERMANENT_IDENTIFIER, value, ASN1_UTF8STRING),
		ASN1_OPT(PERMANENT_IDENTIFIER, assigner, ASN1_OBJECT),
} static_ASN1_SEQUENCE_END(PERMANENT_IDENTIFIER)

		static void permanent_identifier_free(PERMANENT_IDENTIFIER * name)
{
	ASN1_item_free((ASN1_VALUE *)name, ASN1_ITEM_rptr(PERMANENT_IDENTIFIER));
}

/* The alternative names that count, each a SEQUENCE as the certificate has it; empty when absent. */
struct alternative {
	struct bytes module, permanent;
	bool is_of_issuer; /* the permanent identifier names no assigner, so it is unique for its CA alone */
};

static void openssl_free(unsigned char *p)
{
	OPENSSL_free(p);
}

DEFINE_CLEANUP(HARDWARE_MODULE_NAME *, hardware_module_name_free);
DEFINE_CLEANUP(PERMANENT_IDENTIFIER *, permanent_identifier_free);
DEFINE_CLEANUP(GENERAL_NAMES *, GENERAL_NAMES_free);
DEFINE_CLEANUP(ASN1_IA5STRING *, ASN1_IA5STRING_free);
DEFINE_CLEANUP(unsigned char *, openssl_free);

/*
 * Subject serialNumber, at most once (IEEE 802.1AR-2018 section 8.6). Returns false when it is not a text of at most 64
 * bytes.
 */
static bool read_serial(const X509 *leaf, struct identity *id)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	int at = X509_NAME_get_index_by_NID(subject, NID_serialNumber, -1);

	if (at < 0)
		return true;
	if (X509_NAME_get_index_by_NID(subject, NID_serialNumber, at) >= 0)
		return false;

	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	_cleanup_(openssl_freep) unsigned char *text = NULL;
	int n = ASN1_STRING_to_UTF8(&text, value);

	return n >= 0 && bytes_to_text(bytes_of(text, (size_t)n), id->serial, sizeof(id->serial));
}

/* Sets *ret to the SEQUENCE as the certificate has it, which belongs to `value`. */
static bool decode_hardware_module_name(const ASN1_TYPE *value, struct identity *id, struct bytes *ret)
{
	if (id->hw_type[0] || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
		return false;

	struct bytes whole = string_bytes(value->value.sequence);
	const unsigned char *p = whole.p;
	_cleanup_(hardware_module_name_freep) HARDWARE_MODULE_NAME *name =
		(HARDWARE_MODULE_NAME *)ASN1_item_d2i(NULL, &p, (long)whole.n, ASN1_ITEM_rptr(HARDWARE_MODULE_NAME));

	if (!name || p != whole.p + whole.n)
		return false;

	struct bytes serial = string_bytes(name->serial);
	int n = OBJ_obj2txt(id->hw_type, sizeof(id->hw_type), name->type, 1);

	if (n <= 0 || (size_t)n >= sizeof(id->hw_type) || serial.n > sizeof(id->hw_serial))
		return false;
	if (serial.n > 0)
		memcpy(id->hw_serial, serial.p, serial.n);
	id->n_hw_serial = serial.n;
	*ret = whole;
	return true;
}

/* The first that holds a value counts. Without one it says that the serialNumber is permanent (RFC 4043 section 2). */
static void read_permanent_identifier(const ASN1_TYPE *value, struct identity *id, struct alternative *ret)
{
	if (ret->permanent.n > 0 || ASN1_TYPE_get(value) != V_ASN1_SEQUENCE)
		return;

	struct bytes whole = string_bytes(value->value.sequence);
	const unsigned char *p = whole.p;
	_cleanup_(permanent_identifier_freep) PERMANENT_IDENTIFIER *name =
		(PERMANENT_IDENTIFIER *)ASN1_item_d2i(NULL, &p, (long)whole.n, ASN1_ITEM_rptr(PERMANENT_IDENTIFIER));

	if (!name || p != whole.p + whole.n || !name->value ||
	    !bytes_to_text(string_bytes(name->value), id->permanent, sizeof(id->permanent)) || !id->permanent[0])
		return;
	ret->permanent = whole;
	ret->is_of_issuer = !name->assigner;
}

/* Returns false when there is more than one hardwareModuleName, or one that does not fit. */
static bool read_alternative(const GENERAL_NAMES *names, struct identity *id, struct alternative *ret)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_OTHERNAME)
			continue;
		if (object_is(name->d.otherName->type_id, BYTES(oid_permanent_identifier)))
			read_permanent_identifier(name->d.otherName->value, id, ret);
		if (!object_is(name->d.otherName->type_id, BYTES(oid_hardware_module_name)))
			continue;
		if (!decode_hardware_module_name(name->d.otherName->value, id, &ret->module))
			return false;
	}
	return true;
}

static const ASN1_STRING *find_attribute(const X509_NAME *subject, struct bytes oid)
{
	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);

		if (object_is(X509_NAME_ENTRY_get_object(entry), oid))
			return X509_NAME_ENTRY_get_data(entry);
	}
	return NULL;
}

/* What is behind the mark; empty when it is not there. */
static struct bytes behind(struct bytes text, const char *mark)
{
	const uint8_t *at = text.n > 0 ? memmem(text.p, text.n, mark, strlen(mark)) : NULL;

	if (!at)
		return bytes_of("", 0);
	at += strlen(mark);
	return bytes_of(at, (size_t)(text.p + text.n - at));
}

/* Four hex digits in upper case: the value of an attribute of its own, or else behind a mark in the common name. */
static void read_matter_id(const X509_NAME *subject, struct bytes oid, const char *mark,
			   char ret[static MATTER_ID_SIZE])
{
	const ASN1_STRING *own = find_attribute(subject, oid),
			  *common = find_attribute(subject, BYTES(oid_common_name));
	struct bytes text = bytes_of("", 0);

	if (own)
		text = string_bytes(own);
	else if (common)
		text = behind(string_bytes(common), mark);
	if (text.n < MATTER_DIGITS || (own && text.n > MATTER_DIGITS))
		return;
	for (size_t i = 0; i < MATTER_DIGITS; i++)
		if (!memchr("0123456789ABCDEF", text.p[i], 16))
			return;
	memcpy(ret, text.p, MATTER_DIGITS);
}

/* No decision depends on this claim: an unreadable one is left out. */
static void read_mud_url(const X509 *leaf, struct identity *id)
{
	for (int i = 0; i < X509_get_ext_count(leaf); i++) {
		X509_EXTENSION *extension = X509_get_ext(leaf, i);

		if (!object_is(X509_EXTENSION_get_object(extension), BYTES(oid_mud_url)))
			continue;

		struct bytes value = string_bytes(X509_EXTENSION_get_data(extension));
		const unsigned char *p = value.p;
		_cleanup_(ASN1_IA5STRING_freep) ASN1_IA5STRING *url = d2i_ASN1_IA5STRING(NULL, &p, (long)value.n);

		if (url && p == value.p + value.n)
			(void)bytes_to_text(string_bytes(url), id->mud_url, sizeof(id->mud_url));
		return;
	}
}

static void add_ueid(struct identity *id, struct bytes ueid)
{
	struct ueid *to = &id->ueids[id->n_ueids++];

	memcpy(to->bytes, ueid.p, ueid.n);
	to->n = ueid.n;
}

/* A UEID of the type RAND for a name that is none; who is named must be unique in `first` and `second` together. */
static int add_ueid_of(struct identity *id, struct bytes first, struct bytes second)
{
	uint8_t ueid[1 + SHA256_LEN] = { UEID_RAND };
	_cleanup_free_ uint8_t *both = malloc(first.n + second.n);

	if (!both)
		return -ENOMEM;
	memcpy(both, first.p, first.n);
	memcpy(both + first.n, second.p, second.n);

	int r = digest_sha256(bytes_of(both, first.n + second.n), ueid + 1);

	if (r == 0)
		add_ueid(id, BYTES(ueid));
	return r;
}

/* For a name that is unique for the certificate's CA alone. */
static int add_ueid_of_issuer(const X509 *leaf, struct bytes name, struct identity *id)
{
	const unsigned char *issuer;
	size_t n;

	if (!X509_NAME_get0_der(X509_get_issuer_name(leaf), &issuer, &n))
		return -EIO;
	return add_ueid_of(id, bytes_of(issuer, n), name);
}

/* Matter gives each device a key of its own and no number: a hash of the key, which the gateway knows it by. */
static void add_ueid_of_key(struct identity *id)
{
	uint8_t ueid[1 + SHA256_LEN] = { UEID_RAND };

	memcpy(ueid + 1, id->device, SHA256_LEN);
	add_ueid(id, BYTES(ueid));
}

/* Names that are UEIDs count, each. If none is, the first of the others in this order counts. */
static int name_ueids(const X509 *leaf, const struct alternative *names, struct identity *id)
{
	const struct bytes hw_serial = bytes_of(id->hw_serial, id->n_hw_serial);
	const size_t n_hex = strlen(id->serial) / 2;
	uint8_t ueid[UEID_MAX];

	if (n_hex <= UEID_MAX && bytes_from_hex(id->serial, ueid, n_hex) && ueid_is_sound(bytes_of(ueid, n_hex)))
		add_ueid(id, bytes_of(ueid, n_hex));
	if (ueid_is_sound(hw_serial))
		add_ueid(id, hw_serial);
	if (id->n_ueids > 0)
		return 0;
	if (id->n_hw_serial > 0)
		return add_ueid_of(id, names->module, bytes_of("", 0));
	if (id->serial[0])
		return add_ueid_of_issuer(leaf, bytes_of_string(id->serial), id);
	if (names->permanent.n > 0 && names->is_of_issuer)
		return add_ueid_of_issuer(leaf, names->permanent, id);
	if (names->permanent.n > 0)
		return add_ueid_of(id, names->permanent, bytes_of("", 0));
	if (id->matter_vendor[0] && id->matter_product[0])
		add_ueid_of_key(id);
	return 0;
}

int device_names_read(const X509 *leaf, struct identity *id)
{
	_cleanup_(GENERAL_NAMES_freep) GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	const X509_NAME *subject = X509_get_subject_name(leaf);
	struct alternative alternative = { .module = bytes_of("", 0), .permanent = bytes_of("", 0) };
	bool is_readable = read_serial(leaf, id) && read_alternative(names, id, &alternative);

	read_matter_id(subject, BYTES(oid_matter_vendor), "Mvid:", id->matter_vendor);
	read_matter_id(subject, BYTES(oid_matter_product), "Mpid:", id->matter_product);
	read_mud_url(leaf, id);

	int r = name_ueids(leaf, &alternative, id);

	return r < 0 || is_readable ? r : -EBADMSG;
}
