/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of `verify` for the seal of a report: whether the report beside it is the one that was signed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/language.h"
#include "ctl/commands.h"
#include "ctl/file.h"
#include "ctl/inspect/inspection.h"
#include "ctl/value.h"
#include "token/cose.h"
#include "token/seal.h"

static const struct question about_form = { "form", "docs/report.md" };
static const struct question about_report = { "report", "docs/report.md" };

/* "november.html.cose" is the seal of "november.html". Returns a path to free, or NULL. */
static char *path_of_report(const char *seal)
{
	const size_t n = strlen(seal), suffix = strlen(SEAL_SUFFIX);

	return n > suffix && strcmp(seal + n - suffix, SEAL_SUFFIX) == 0 ? strndup(seal, n - suffix) : NULL;
}

static void compare(struct inspection *i, const struct seal *seal, struct bytes report)
{
	uint8_t digest[SHA256_LEN];
	struct findings *f = &i->findings;

	if (digest_sha256(report, digest) < 0)
		findings_add_text(f, &about_report, CHECK_ABSENT, "OpenSSL could not evaluate it");
	else if (bytes_equal(seal->sha256, BYTES(digest)))
		findings_add_text(f, &about_report, CHECK_PASSED, "the report beside it is the one that was signed");
	else if ((int64_t)report.n < seal->n_bytes)
		findings_add_text(f, &about_report, CHECK_FAILED,
				  "the report is shorter than the one that was signed: a part is missing; get the file "
				  "again from whoever has it whole");
	else if ((int64_t)report.n > seal->n_bytes)
		findings_add_text(f, &about_report, CHECK_FAILED,
				  "the report is longer than the one that was signed: something was added; do not rely "
				  "on it");
	else
		findings_add_text(f, &about_report, CHECK_FAILED,
				  "the report is another one, or was changed after it was signed; do not rely on it");
}

static void find_report(struct inspection *i, const struct seal *seal)
{
	_cleanup_free_ char *path = path_of_report(i->ctl->operand);
	_cleanup_(free_bytes) struct bytes report = { 0 };

	if (path && access(path, F_OK) == 0) {
		put_text(i, "report", path);
		if (file_load(path, SEAL_REPORT_MAX, &report) == 0) {
			compare(i, seal, report);
			return;
		}
	}
	findings_add_text(&i->findings, &about_report, CHECK_ABSENT,
			  "the report is not beside it: put it into the same directory, under the name of this file "
			  "without .cose");
}

static void put_seal(struct inspection *i, const struct seal *seal)
{
	char digest[SHA256_HEX_SIZE];

	put_text(i, "gateway", seal->gateway);
	put_number(i, "issued", seal->iat_sec);
	put_text(i, "asked_by", seal->asked_by);
	if (seal->role[0] != '\0')
		put_text(i, "role", seal->role);
	put_text(i, "entries", seal->entries);
	bytes_to_hex(seal->sha256, digest);
	put_text(i, "sha256", digest);
	put_number(i, "report_bytes", seal->n_bytes);
	put_number(i, "record_entry", seal->sequence);
	if (seal->sequence > 0) {
		bytes_to_hex(seal->head, digest);
		put_text(i, "record_hash", digest);
	}
}

int inspect_seal(struct inspection *i)
{
	struct sign1 token;
	struct seal seal;

	inspection_begin(i, "seal of a gateway's report");
	if (seal_decode(i->file, &token, &seal) < 0) {
		findings_add_text(&i->findings, &about_form, CHECK_FAILED, "it is not a well-formed seal");
		return 0;
	}
	put_seal(i, &seal);
	find_signature(i, &token);
	if (!i->ctl->signature_only)
		find_report(i, &seal);
	return 0;
}
