/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches one file over HTTPS, within limits, and only when it has changed. The content is not known here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "ctl/trust/fetch_memory.h"

#define FETCH_CONNECT_SEC 10  /* name lookup, TCP and TLS: with more the server counts as unreachable */
#define FETCH_TOTAL_SEC   180 /* the largest set at 24 kB/s */
#define FETCH_STALL_SEC   10  /* the transfer stalls when it has fewer than FETCH_STALL_BYTES a second for this long */
#define FETCH_STALL_BYTES 64
#define FETCH_REDIRECTS   3 /* from a name to a host to a path; more is probably a loop */

struct fetch_request {
	const char *url;     /* https */
	const char *ca_file; /* PEM; "" for the system's CAs */
	size_t max;          /* bytes */
	struct fetch_validators known;
};

struct fetch_answer {
	bool is_unchanged; /* since the response that `known` is from */
	struct bytes body; /* owned; 1 to max bytes, unless is_unchanged */
	struct fetch_validators validators;
};

void fetch_answer_done(struct fetch_answer *answer);

/* Returns 0 and an answer, or a negative errno and a sentence with the reason. Logs nothing. */
int fetch(const struct fetch_request *request, struct fetch_answer *ret, char reterr_why[static FETCH_FAILURE_SIZE]);
