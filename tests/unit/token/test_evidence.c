/* SPDX-License-Identifier: Apache-2.0 */
/* links: token base */
/* Evidence: another implementation's, our own there and back, and each claim on both sides of its bounds. */
#include "token_kit.h"

#include <errno.h>

#include "token/evidence.h"

static const struct part parts[] = {
	{ "0a", "5820*aa.32." },            /* nonce */
	{ "190100", "5101*cc.16." },        /* ueid */
	{ "190102", "197ed9" },             /* oemid, PEN 32473 */
	{ "190103", "4877616c6c2d706164" }, /* hwmodel, "wall-pad" */
	{ "190107", "03" },                 /* dbgstat */
	{ "190109", "78217461673a68616c6c6d61726b642e6f72672c323032363a65766964656e63652331" },
	{ "19010f", "8265322e342e3101" }, /* swversion, "2.4.1" multipartnumeric */
};

static void test_golden(void **state)
{
	_cleanup_bytes_ struct bytes in = exact(BYTES(golden_evidence));
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason;
	struct sign1 token;
	struct evidence e;

	(void)state;
	assert_int_equal(evidence_decode(in, &token, &e, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
	assert_int_equal(sign1_verify(&token, key, &result), 0);
	assert_int_equal(result, SIGN1_VALID);
	assert_int_equal(e.n_nonces, 2);
	assert_int_equal(e.nonces[1].n, 32);
	assert_int_equal(e.nonces[1].p[0], 0xbb);
	assert_int_equal(e.ueid.n, 17);
	assert_string_equal(e.product.maker, "pen:32473");
	assert_string_equal(e.product.model, "wall-pad 3");
	assert_string_equal(e.product.hwversion, "B");
	assert_string_equal(e.product.swname, "firmware");
	assert_string_equal(e.product.swversion, "2.4.1");
	assert_int_equal(e.product.swversion_scheme, VERSION_MULTIPARTNUMERIC);
	assert_int_equal(e.debug, DEBUG_DISABLED_PERMANENTLY);
	assert_true(e.iat_sec == 1767225600);
	assert_int_equal(e.measurements.n, 6); /* whole, as encoded */
	assert_int_equal(token.n_x5chain, 2);
	assert_true(bytes_equal_string(token.x5chain[0], "leaf"));
}

static enum hallmark_reason reason_of(struct bytes in)
{
	enum hallmark_reason reason = REASON_INTERNAL;
	struct sign1 token;
	struct evidence e;

	assert_int_equal(evidence_decode(in, &token, &e, &reason), 0);
	return reason;
}

static enum hallmark_reason reason_with(const char *key, const char *value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	_cleanup_bytes_ struct bytes payload = claims_with(parts, ARRAY_SIZE(parts), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(HALLMARK_TYP_EVIDENCE, payload, signer);

	return reason_of(token);
}

static void test_required(void **state)
{
	(void)state;
	assert_int_equal(reason_with("1a00012fd1", "a0"), REASON_ADMITTED); /* one that nobody knows */
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		bool is_profile = strcmp(parts[i].key, "190109") == 0;

		assert_int_equal(reason_with(parts[i].key, parts[i].value), REASON_ADMITTED);
		assert_int_equal(reason_with(parts[i].key, NULL),
				 is_profile ? REASON_EVIDENCE_PROFILE : REASON_EVIDENCE_CLAIMS);
	}
}

static const struct {
	const char *name, *key, *value;
	enum hallmark_reason reason;
} cases[] = {
	{ "nonce of 8", "0a", "48*aa.8.", REASON_ADMITTED },
	{ "nonce of 7", "0a", "47*aa.7.", REASON_EVIDENCE_CLAIMS },
	{ "nonce of 64", "0a", "5840*aa.64.", REASON_ADMITTED },
	{ "nonce of 65", "0a", "5841*aa.65.", REASON_EVIDENCE_CLAIMS },
	{ "nonce as text", "0a", "686162636465666768", REASON_EVIDENCE_CLAIMS },
	{ "one nonce in an array", "0a", "8148*aa.8.", REASON_EVIDENCE_CLAIMS },
	{ "four nonces", "0a", "8448*aa.8.48*ab.8.48*ac.8.48*ad.8.", REASON_ADMITTED },
	{ "five nonces", "0a", "8548*aa.8.48*ab.8.48*ac.8.48*ad.8.48*ae.8.", REASON_EVIDENCE_CLAIMS },
	{ "no nonces", "0a", "80", REASON_EVIDENCE_CLAIMS },
	{ "ueid of 7", "190100", "4702*cc.6.", REASON_ADMITTED },
	{ "ueid of 6", "190100", "4602*cc.5.", REASON_EVIDENCE_CLAIMS },
	{ "ueid of 33", "190100", "582101*cc.32.", REASON_ADMITTED },
	{ "ueid of 34", "190100", "582201*cc.33.", REASON_EVIDENCE_CLAIMS },
	{ "ueid of type 0", "190100", "5100*cc.16.", REASON_EVIDENCE_CLAIMS },
	{ "ueid of type 3", "190100", "5103*cc.16.", REASON_ADMITTED },
	{ "ueid of type 4", "190100", "5104*cc.16.", REASON_EVIDENCE_CLAIMS },
	{ "ueid of nothing", "190100", "40", REASON_EVIDENCE_CLAIMS },
	{ "oemid IEEE", "190102", "43acde48", REASON_ADMITTED },
	{ "oemid of 4", "190102", "44acde4800", REASON_EVIDENCE_CLAIMS },
	{ "oemid random", "190102", "50*11.16.", REASON_ADMITTED },
	{ "oemid of 17", "190102", "51*11.17.", REASON_EVIDENCE_CLAIMS },
	{ "oemid 2^32 - 1", "190102", "1affffffff", REASON_ADMITTED },
	{ "oemid 2^32", "190102", "1b0000000100000000", REASON_EVIDENCE_CLAIMS },
	{ "oemid negative", "190102", "20", REASON_EVIDENCE_CLAIMS },
	{ "oemid as text", "190102", "6161", REASON_EVIDENCE_CLAIMS },
	{ "hwmodel of 32", "190103", "5820*41.32.", REASON_ADMITTED },
	{ "hwmodel of 32 that is no text", "190103", "5820*00.32.", REASON_ADMITTED },
	{ "hwmodel of 33", "190103", "5821*41.33.", REASON_EVIDENCE_CLAIMS },
	{ "hwmodel empty", "190103", "40", REASON_EVIDENCE_CLAIMS },
	{ "hwmodel as text", "190103", "6141", REASON_EVIDENCE_CLAIMS },
	{ "hwversion", "190104", "816142", REASON_ADMITTED },
	{ "hwversion bare", "190104", "6142", REASON_EVIDENCE_CLAIMS },
	{ "hwversion empty", "190104", "8160", REASON_EVIDENCE_CLAIMS },
	{ "dbgstat 0", "190107", "00", REASON_ADMITTED },
	{ "dbgstat 4", "190107", "04", REASON_ADMITTED },
	{ "dbgstat 5", "190107", "05", REASON_EVIDENCE_CLAIMS },
	{ "dbgstat -1", "190107", "20", REASON_EVIDENCE_CLAIMS },
	{ "dbgstat false", "190107", "f4", REASON_EVIDENCE_CLAIMS },
	{ "another profile", "190109", "6161", REASON_EVIDENCE_PROFILE },
	{ "a later version", "190109", "78217461673a68616c6c6d61726b642e6f72672c323032363a65766964656e63652332",
	  REASON_EVIDENCE_PROFILE },
	{ "profile as OID", "190109", "4101", REASON_EVIDENCE_PROFILE },
	{ "swname of 64", "19010e", "7840*61.64.", REASON_ADMITTED },
	{ "swname of 65", "19010e", "7841*61.65.", REASON_EVIDENCE_CLAIMS },
	{ "swname with a control character", "19010e", "6107", REASON_EVIDENCE_CLAIMS },
	{ "swname empty", "19010e", "60", REASON_EVIDENCE_CLAIMS },
	{ "swversion without scheme", "19010f", "816131", REASON_ADMITTED },
	{ "swversion with a scheme of text", "19010f", "8261316178", REASON_ADMITTED },
	{ "swversion with an unknown scheme", "19010f", "8261311863", REASON_ADMITTED },
	{ "swversion with a scheme that is bytes", "19010f", "8261314101", REASON_EVIDENCE_CLAIMS },
	{ "swversion of three", "19010f", "8361310101", REASON_EVIDENCE_CLAIMS },
	{ "swversion of none", "19010f", "80", REASON_EVIDENCE_CLAIMS },
	{ "swversion empty", "19010f", "826001", REASON_EVIDENCE_CLAIMS },
	{ "swversion of 32", "19010f", "817820*31.32.", REASON_ADMITTED },
	{ "swversion of 33", "19010f", "817821*31.33.", REASON_EVIDENCE_CLAIMS },
	{ "iat", "06", "1a69569780", REASON_ADMITTED },
	{ "iat as float", "06", "fb41da55a5e0000000", REASON_EVIDENCE_TIME },
	{ "iat negative", "06", "20", REASON_EVIDENCE_TIME },
	{ "iat under tag 1", "06", "c11a6a000000", REASON_EVIDENCE_TIME },
	{ "iat in milliseconds", "06", "1b000001a1d7b86000", REASON_EVIDENCE_TIME },
	{ "exp in milliseconds, which is no claim of it", "04", "1b000001a1d7b86000", REASON_ADMITTED },
	{ "measurements: another content format", "190111", "8182183c41a0", REASON_ADMITTED },
	{ "measurements: none", "190111", "80", REASON_EVIDENCE_CLAIMS },
	{ "measurements: no array", "190111", "420102", REASON_EVIDENCE_CLAIMS },
	{ "measurements: an item of one", "190111", "8181183c", REASON_EVIDENCE_CLAIMS },
	{ "measurements: an item of three", "190111", "8183183c4001", REASON_EVIDENCE_CLAIMS },
	{ "measurements: content format as a text", "190111", "81826332393540", REASON_EVIDENCE_CLAIMS },
	{ "measurements: content format 65535", "190111", "818219ffff40", REASON_ADMITTED },
	{ "measurements: content format 65536", "190111", "81821a0001000040", REASON_EVIDENCE_CLAIMS },
	{ "measurements: a body that is a text", "190111", "8182183c6178", REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component", "190111",
	  "8182190127582da2018164626f6f7402820158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_ADMITTED },
	{ "measurements: a component and another", "190111",
	  "8282190127582da2018164626f6f74028201582001010101010101010101010101010101010101010101010101010101010101018218"
	  "3c4178",
	  REASON_ADMITTED },
	{ "measurements: a component by a name for the algorithm", "190111",
	  "81821901275834a2018164626f6f740282677368612d3235365820010101010101010101010101010101010101010101010101010101"
	  "0101010101",
	  REASON_ADMITTED },
	{ "measurements: a digest of 31 bytes", "190111",
	  "8182190127582ca2018164626f6f74028201581f01010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a digest of 31 bytes, by name", "190111",
	  "81821901275833a2018164626f6f740282677368612d323536581f010101010101010101010101010101010101010101010101010101"
	  "01010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: an algorithm that is not listed", "190111",
	  "8182190127582ca2018164626f6f74028226581f01010101010101010101010101010101010101010101010101010101010101",
	  REASON_ADMITTED },
	{ "measurements: an algorithm as bytes", "190111",
	  "8182190127582ea2018164626f6f740282413158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a digest without its value", "190111", "81821901274ba2018164626f6f74028101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component as measured", "190111", "81821901274ba2018164626f6f74054101", REASON_ADMITTED },
	{ "measurements: both, a digest and what was measured", "190111",
	  "81821901275830a3018164626f6f74028201582001010101010101010101010101010101010101010101010101010101010101010541"
	  "01",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component without a value", "190111", "818219012748a1018164626f6f74",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component without an id", "190111",
	  "81821901275826a102820158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component without a name", "190111",
	  "81821901275828a2018002820158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component with an empty name", "190111",
	  "81821901275829a201816002820158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component with a name of bytes", "190111",
	  "8182190127582da2018144626f6f7402820158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component with a version", "190111",
	  "81821901275835a2018264626f6f748263312e3219400002820158200101010101010101010101010101010101010101010101010101"
	  "010101010101",
	  REASON_ADMITTED },
	{ "measurements: a component with a version of bytes", "190111",
	  "81821901275832a2018264626f6f748143312e3202820158200101010101010101010101010101010101010101010101010101010101"
	  "010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component with authorities and flags", "190111",
	  "8182190127583ba4018164626f6f74028201582001010101010101010101010101010101010101010101010101010101010101010381"
	  "416b04483132333435363738",
	  REASON_ADMITTED },
	{ "measurements: a component that is no map", "190111", "8182190127428101", REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component with more after it", "190111",
	  "8182190127582ea2018164626f6f740282015820010101010101010101010101010101010101010101010101010101010101010100",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component that is not in bytes", "190111",
	  "8182190127a2018164626f6f7402820158200101010101010101010101010101010101010101010101010101010101010101",
	  REASON_EVIDENCE_CLAIMS },
	{ "measurements: a component in JSON", "190111", "8182190128627b7d", REASON_ADMITTED },
	{ "measurements: a component in JSON, in bytes", "190111", "8182190128427b7d", REASON_EVIDENCE_CLAIMS },
	{ "measurements: 16 items", "190111",
	  "9082183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c"
	  "417882183c417882183c417882183c417882183c417882183c4178",
	  REASON_ADMITTED },
	{ "measurements: 17 items", "190111",
	  "9182183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c417882183c"
	  "417882183c417882183c417882183c417882183c417882183c417882183c4178",
	  REASON_EVIDENCE_CLAIMS },
	{ "an unknown claim", "1a00012fd1", "a1617881f6", REASON_ADMITTED },
	{ "place, IPv4", "3a000ce8b6", "8346*02.6.440a4d0102440a4d0101", REASON_ADMITTED },
	{ "place, IPv6 and EUI-64", "3a000ce8b6", "8348*02.8.50*fe.16.50*fd.16.", REASON_ADMITTED },
	{ "place without a link-layer address", "3a000ce8b6", "83f6440a4d0102440a4d0101", REASON_ADMITTED },
	{ "place, link of 5", "3a000ce8b6", "8345*02.5.440a4d0102440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, link of 9", "3a000ce8b6", "8349*02.9.440a4d0102440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, link of none", "3a000ce8b6", "8340440a4d0102440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, link a number", "3a000ce8b6", "8300440a4d0102440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, own of 5", "3a000ce8b6", "83f6450a4d010200440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, own of none", "3a000ce8b6", "83f640440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, own null", "3a000ce8b6", "83f6f6440a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place, gateway a text", "3a000ce8b6", "83f6440a4d0102640a4d0101", REASON_EVIDENCE_CLAIMS },
	{ "place of two", "3a000ce8b6", "82f6440a4d0102", REASON_EVIDENCE_CLAIMS },
	{ "place of four", "3a000ce8b6", "84f6440a4d0102440a4d0101f6", REASON_EVIDENCE_CLAIMS },
	{ "place, no array", "3a000ce8b6", "f6", REASON_EVIDENCE_CLAIMS },
	{ "an unknown claim by name", "6161", "01", REASON_ADMITTED },
};

static void test_claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum hallmark_reason reason = reason_with(cases[i].key, cases[i].value);

		if (reason != cases[i].reason)
			fail_msg("%s: %d", cases[i].name, (int)reason);
	}
}

static enum hallmark_reason reason_ending_in(const char *key, const char *value)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	_cleanup_bytes_ struct bytes payload = claims_ending_in(parts, ARRAY_SIZE(parts), key, value);
	_cleanup_bytes_ struct bytes token = signed_with(HALLMARK_TYP_EVIDENCE, payload, signer);

	return reason_of(token);
}

static void test_nonces_last(void **state)
{
	(void)state;
	assert_int_equal(reason_ending_in("0a", "8448*aa.8.48*ab.8.48*ac.8.48*ad.8."), REASON_ADMITTED);
	assert_int_equal(reason_ending_in("0a", "8548*aa.8.48*ab.8.48*ac.8.48*ad.8.48*ae.8."), REASON_EVIDENCE_CLAIMS);
}

static enum hallmark_reason reason_typed(const char *typ, const char *payload)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("p256", true);
	_cleanup_bytes_ struct bytes claims =
		payload ? from_hex(payload) : claims_with(parts, ARRAY_SIZE(parts), "", NULL);
	_cleanup_bytes_ struct bytes token = signed_with(typ, claims, signer);

	return reason_of(token);
}

static void test_types(void **state)
{
	(void)state;
	assert_int_equal(reason_typed(HALLMARK_TYP_EVIDENCE, NULL), REASON_ADMITTED);
	assert_int_equal(reason_typed(HALLMARK_TYP_LABEL, NULL), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_typed(HALLMARK_TYP_REGISTER, NULL), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_typed("application/eat+cwt ", NULL), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_typed("Application/eat+cwt", NULL), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_typed(NULL, NULL), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_typed(HALLMARK_TYP_EVIDENCE, "01"), REASON_EVIDENCE_PROFILE);
	assert_int_equal(reason_typed(HALLMARK_TYP_EVIDENCE, "80"), REASON_EVIDENCE_PROFILE);
	assert_int_equal(reason_of(BYTES(golden_label)), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_of(BYTES(golden_register)), REASON_EVIDENCE_TYPE);
	assert_int_equal(reason_of(BYTES(golden_result)), REASON_EVIDENCE_PROFILE);
	assert_int_equal(reason_of((struct bytes){ 0 }), REASON_EVIDENCE_MALFORMED);
}

static struct bytes token_of(size_t filler)
{
	_cleanup_key_ EVP_PKEY *signer = key_named("ed25519", true);
	char value[64];

	(void)snprintf(value, sizeof(value), "59%04zx*00.%zu.", filler, filler);

	_cleanup_bytes_ struct bytes payload = claims_with(parts, ARRAY_SIZE(parts), "6161", value);

	return signed_with(HALLMARK_TYP_EVIDENCE, payload, signer);
}

static void test_size(void **state)
{
	_cleanup_bytes_ struct bytes small = token_of(4096);
	size_t room = HALLMARK_TOKEN_MAX - (small.n - 4096);
	_cleanup_bytes_ struct bytes full = token_of(room), over = token_of(room + 1);

	(void)state;
	assert_int_equal(full.n, HALLMARK_TOKEN_MAX);
	assert_int_equal(reason_of(full), REASON_ADMITTED);
	assert_int_equal(reason_of(over), REASON_EVIDENCE_MALFORMED);
}

static void on_damage(struct bytes damaged, void *userdata)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	enum hallmark_reason reason;
	struct sign1 token;
	struct evidence e;

	assert_int_equal(evidence_decode(damaged, &token, &e, &reason), 0);
	if (reason != REASON_ADMITTED)
		return;
	assert_int_equal(sign1_verify(&token, userdata, &result), 0);
	if (result == SIGN1_VALID) /* only the unprotected certificates may differ */
		assert_string_equal(e.product.model, "wall-pad 3");
}

static void test_damage(void **state)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p256", false);

	(void)state;
	each_damage(BYTES(golden_evidence), on_damage, key);
}

/* All but the optional fields, as an attester fills it in. */
static struct evidence made(void)
{
	static const uint8_t nonce[HALLMARK_HANDLE_LEN] = { 1 }, ueid[] = { 2, 0xac, 0xde, 0x48, 1, 2, 3 };
	struct evidence e = {
		.nonces = { BYTES(nonce) },
		.n_nonces = 1,
		.ueid = BYTES(ueid),
		.product = { .maker = "ieee:acde48", .model = "lamp", .swversion = "1.0" },
		.debug = DEBUG_ENABLED,
	};

	return e;
}

/* What was signed, as it is read. */
struct read_back {
	uint8_t space[1024];
	struct sign1 token;
	struct evidence evidence;
};

static void sign_and_read(const struct evidence *e, const struct sign1_header *header, struct read_back *ret)
{
	_cleanup_key_ EVP_PKEY *key = key_named("p384", true);
	struct writer w = WRITER(ret->space);
	enum hallmark_reason reason;

	assert_int_equal(evidence_sign(e, header, key, &w), 0);
	assert_int_equal(evidence_decode(writer_bytes(&w), &ret->token, &ret->evidence, &reason), 0);
	assert_int_equal(reason, REASON_ADMITTED);
}

static void test_round_trip(void **state)
{
	struct bytes certificate = bytes_of_string("certificate");
	struct evidence e = made();
	struct read_back least, full;

	(void)state;
	sign_and_read(&e, NULL, &least);
	assert_memory_equal(&least.evidence.product, &e.product, sizeof(e.product));
	assert_int_equal(least.evidence.debug, DEBUG_ENABLED);
	assert_true(bytes_equal(least.evidence.ueid, e.ueid));
	assert_int_equal(least.token.n_x5chain, 0);
	assert_int_equal(least.evidence.place.own.n, 0);

	e.place = (struct place_said){ .own = bytes_of_string("four"), .gateway = bytes_of_string("gate") };
	e.n_nonces = 2;
	e.nonces[1] = e.nonces[0];
	e.iat_sec = 1767225600;
	e.product = (struct product){
		"random:0123456789abcdef0123456789abcdef", "0x00ff", "B", "firmware", "2.4.1-rc1", VERSION_SEMVER
	};
	sign_and_read(&e, &(struct sign1_header){ .x5chain = &certificate, .n_x5chain = 1 }, &full);
	assert_memory_equal(&full.evidence.product, &e.product, sizeof(e.product));
	assert_true(full.evidence.iat_sec == e.iat_sec);
	assert_int_equal(full.evidence.n_nonces, 2);
	assert_int_equal(full.evidence.place.link.n, 0);
	assert_true(bytes_equal_string(full.evidence.place.own, "four"));
	assert_true(bytes_equal_string(full.evidence.place.gateway, "gate"));
	assert_int_equal(full.token.n_x5chain, 1);
	assert_true(bytes_equal(full.token.x5chain[0], certificate));
}

/* Every scheme that has a number, and as many nonces as there may be. */
static void test_schemes_and_nonces(void **state)
{
	static const enum version_scheme schemes[] = { VERSION_NONE,         VERSION_MULTIPARTNUMERIC,
						       VERSION_ALPHANUMERIC, VERSION_MULTIPARTNUMERIC_SUFFIX,
						       VERSION_DECIMAL,      VERSION_SEMVER };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		struct evidence e = made();
		struct read_back back;

		e.product.swversion_scheme = schemes[i];
		for (e.n_nonces = 1; e.n_nonces < HALLMARK_NONCES_MAX; e.n_nonces++)
			e.nonces[e.n_nonces] = e.nonces[0];
		sign_and_read(&e, NULL, &back);
		assert_int_equal(back.evidence.product.swversion_scheme, schemes[i]);
		assert_int_equal(back.evidence.n_nonces, HALLMARK_NONCES_MAX);
	}
}

static void test_sign_refuses(void **state)
{
	static const char *const makers[] = { "",           "32473",          "pen:",      "pen:x",
					      "pen:1x",     "pen:4294967296", "pen:-1",    "pen: 1",
					      "ieee:acde4", "ieee:acde480",   "random:00", "oui:acde48" };
	static const char *const models[] = { "", "0x", "0x0", "0xzz", "123456789012345678901234567890123" };
	_cleanup_key_ EVP_PKEY *key = key_named("p256", true);
	struct evidence good = made(), e;
	uint8_t space[1024];
	struct writer w = WRITER(space);

	(void)state;
	assert_int_equal(evidence_sign(&good, NULL, key, &w), 0);
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		e = good;
		(void)snprintf(e.product.maker, sizeof(e.product.maker), "%s", makers[i]);
		assert_int_equal(evidence_sign(&e, NULL, key, &w), -EINVAL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		e = good;
		(void)snprintf(e.product.model, sizeof(e.product.model), "%s", models[i]);
		assert_int_equal(evidence_sign(&e, NULL, key, &w), -EINVAL);
	}
	e = good;
	e.n_nonces = 0;
	assert_int_equal(evidence_sign(&e, NULL, key, &w), -EINVAL);
	e.n_nonces = HALLMARK_NONCES_MAX + 1;
	assert_int_equal(evidence_sign(&e, NULL, key, &w), -EINVAL);
	e = good;
	e.ueid = bytes_of_string("no type of UEID");
	assert_int_equal(evidence_sign(&e, NULL, key, &w), -EINVAL);
	e = good;
	(void)snprintf(e.product.swname, sizeof(e.product.swname), "a\nb");
	assert_int_equal(evidence_sign(&e, NULL, key, &w), -EINVAL);
}

/* Different models never share a text: bytes that read like our hex are shown in hex. */
static void test_models_differ(void **state)
{
	_cleanup_bytes_ struct bytes binary = from_hex("4200ff"), text = from_hex("46307830306666");
	struct cbor_cursor a = cbor_cursor_of(binary), b = cbor_cursor_of(text);
	char first[67], second[67];
	uint8_t space[16];
	struct writer w = WRITER(space);

	(void)state;
	assert_int_equal(product_decode_model(&a, first, sizeof(first)), 0);
	assert_int_equal(product_decode_model(&b, second, sizeof(second)), 0);
	assert_string_equal(first, "0x00ff");
	assert_string_equal(second, "0x307830306666");
	assert_int_equal(product_encode_model(second, &w), 0);
	assert_true(bytes_equal(writer_bytes(&w), text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_nonces_last),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_sign_refuses),
		cmocka_unit_test(test_models_differ),
		cmocka_unit_test(test_schemes_and_nonces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
