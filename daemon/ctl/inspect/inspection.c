/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of file that `verify` knows share. */
#include "ctl/inspect/inspection.h"

#include "base/language.h"
#include "ctl/commands.h"
#include "ctl/value.h"
#include "token/cose.h"

static const struct question about_signature = { "signature", "RFC 9052 section 4.4" };

void inspection_begin(struct inspection *i, const char *kind)
{
	findings_init(&i->findings, i->ctl->operand, kind);
	value_add_number(i->findings.contents, TO_TRANSLATE("bytes"), (int64_t)i->file.n);
}

void put_text(struct inspection *i, const char *name, const char *text)
{
	if (text[0] != '\0')
		value_add_text(i->findings.contents, name, text);
}

void put_number(struct inspection *i, const char *name, int64_t number)
{
	if (number != 0)
		value_add_number(i->findings.contents, name, number);
}

/* With the key given; without one that is open, unless the configuration's issuers answer. */
void find_signature(struct inspection *i, const struct sign1 *token)
{
	enum sign1_result result = SIGN1_BAD_SIGNATURE;
	struct findings *f = &i->findings;
	uint8_t id[SHA256_LEN];

	if (!i->key && i->trust)
		return;
	if (!i->key)
		findings_add_text(f, &about_signature, CHECK_ABSENT, "no key to verify it with; give --key PUBLIC.pem");
	else if (key_id(i->key, id) < 0 || sign1_verify(token, i->key, &result) < 0)
		findings_add_text(f, &about_signature, CHECK_ABSENT, "OpenSSL could not evaluate it");
	else if (result == SIGN1_VALID)
		findings_add_text(f, &about_signature, CHECK_PASSED, "it verifies with the key given");
	else if (token->kid.n > 0 && !bytes_equal(token->kid, BYTES(id)))
		findings_add_text(f, &about_signature, CHECK_FAILED, "it names another key than the one given");
	else if (result == SIGN1_BAD_ALGORITHM)
		findings_add_text(f, &about_signature, CHECK_FAILED, "its algorithm does not fit the key given");
	else
		findings_add_text(f, &about_signature, CHECK_FAILED, "it does not verify with the key given");
}
