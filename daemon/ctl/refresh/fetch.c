/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, restricted to HTTPS: no other scheme, no redirect to one, with limits on time and bytes. */
#include "ctl/refresh/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/language.h"

DEFINE_CLEANUP(CURL *, curl_easy_cleanup);
DEFINE_CLEANUP(struct curl_slist *, curl_slist_free_all);

#define BODY_STEP 65536 /* initial size of the buffer, bytes */

/* The received data. */
struct transfer {
	uint8_t *body; /* owned */
	size_t n, size, max;
	bool is_too_large;
	struct fetch_validators validators;
};

static void transfer_done(struct transfer *t)
{
	free(t->body);
}

void fetch_answer_done(struct fetch_answer *answer)
{
	free((void *)(uintptr_t)answer->body.p);
	answer->body = (struct bytes){ 0 };
}

static bool make_room(struct transfer *t, size_t n)
{
	size_t size = t->size > 0 ? t->size : BODY_STEP;

	while (size < t->n + n)
		size *= 2;
	if (size == t->size)
		return true;

	uint8_t *body = realloc(t->body, size);

	if (!body)
		return false;
	t->body = body;
	t->size = size;
	return true;
}

/* Returning another length than n aborts the transfer. */
static size_t on_body(char *p, size_t one, size_t n, void *userdata)
{
	struct transfer *t = userdata;

	(void)one;
	t->is_too_large = n > t->max - t->n;
	if (t->is_too_large || !make_room(t, n))
		return 0;
	memcpy(t->body + t->n, p, n);
	t->n += n;
	return n;
}

/* A header that is too long or not printable is ignored: the next request is then not conditional. */
static void keep_header(const char *line, size_t n, const char *name, char *ret, size_t size)
{
	size_t skip = strlen(name);

	if (n <= skip || strncasecmp(line, name, skip) != 0)
		return;
	while (skip < n && line[skip] == ' ')
		skip++;
	while (n > skip && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	(void)bytes_to_text(bytes_of(line + skip, n - skip), ret, size);
}

static size_t on_header(char *p, size_t one, size_t n, void *userdata)
{
	struct fetch_validators *v = &((struct transfer *)userdata)->validators;

	(void)one;
	if (n >= 5 && strncasecmp(p, "HTTP/", 5) == 0) /* of the next response, after a redirect */
		*v = (struct fetch_validators){ 0 };
	keep_header(p, n, "ETag:", v->etag, sizeof(v->etag));
	keep_header(p, n, "Last-Modified:", v->last_modified, sizeof(v->last_modified));
	return n;
}

static bool add_condition(struct curl_slist **list, const char *name, const char *value)
{
	char line[FETCH_HEADER_MAX + 32];

	if (!value[0])
		return true;
	(void)snprintf(line, sizeof(line), "%s: %s", name, value);

	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

/* Sets the address and all limits. */
static CURLcode set_limits(CURL *curl, const struct fetch_request *request)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 1 },
		{ CURLOPT_MAXREDIRS, FETCH_REDIRECTS },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_CONNECTTIMEOUT, FETCH_CONNECT_SEC },
		{ CURLOPT_TIMEOUT, FETCH_TOTAL_SEC },
		{ CURLOPT_LOW_SPEED_LIMIT, FETCH_STALL_BYTES },
		{ CURLOPT_LOW_SPEED_TIME, FETCH_STALL_SEC },
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{ CURLOPT_URL, request->url },
		{ CURLOPT_PROTOCOLS_STR, "https" },
		{ CURLOPT_REDIR_PROTOCOLS_STR, "https" },
		{ CURLOPT_USERAGENT, "hallmark-refresh/" HALLMARK_VERSION },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < ARRAY_SIZE(numbers) && code == CURLE_OK; i++)
		code = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(texts) && code == CURLE_OK; i++)
		code = curl_easy_setopt(curl, texts[i].option, texts[i].value);
	if (code == CURLE_OK && request->ca_file[0]) {
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
		if (code == CURLE_OK) /* else the system's CAs would be accepted, too */
			code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	return code;
}

static CURLcode set_callbacks(CURL *curl, struct transfer *t, struct curl_slist *headers, char *why)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	return code == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why) : code;
}

/* Says why a transfer failed, where libcurl's own text is not enough for an operator. */
static void explain(CURLcode code, const struct transfer *t, const char *detail, char *reterr_why)
{
	const char *text = detail[0] ? detail : curl_easy_strerror(code);

	if (t->is_too_large)
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, TO_TRANSLATE("it has more bytes than allowed") ": %zu",
			       t->max);
	else if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR)
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, TO_TRANSLATE("it is incomplete") ": %s", text);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, TO_TRANSLATE("the server is too slow") ": %s", text);
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE,
			       TO_TRANSLATE("the server's certificate cannot be verified (trust.fetch-ca names its "
					    "CA)") ": %s",
			       text);
	else if (code == CURLE_UNSUPPORTED_PROTOCOL)
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE,
			       TO_TRANSLATE("it leads to an address that is not https") ": %s", text);
	else
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, "%s", text);
}

/* Handles a complete response by its status. */
static int read_answer(long status, bool was_conditional, struct transfer *t, struct fetch_answer *ret,
		       char *reterr_why)
{
	*ret = (struct fetch_answer){ .validators = t->validators };
	if (status == 304 && was_conditional) {
		ret->is_unchanged = true;
		return 0;
	}
	if (status != 200) {
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, TO_TRANSLATE("the server answered") ": %ld", status);
		return -EREMOTEIO;
	}
	if (t->n == 0) {
		(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, TO_TRANSLATE("it is empty"));
		return -EREMOTEIO;
	}
	ret->body = bytes_of(TAKE_PTR(t->body), t->n);
	return 0;
}

int fetch(const struct fetch_request *request, struct fetch_answer *ret, char reterr_why[static FETCH_FAILURE_SIZE])
{
	_cleanup_(curl_easy_cleanupp) CURL *curl = curl_easy_init();
	_cleanup_(curl_slist_free_allp) struct curl_slist *headers = NULL;
	_cleanup_(transfer_done) struct transfer t = { .max = request->max };
	char detail[CURL_ERROR_SIZE] = "";
	long status = 0;

	(void)snprintf(reterr_why, FETCH_FAILURE_SIZE, TO_TRANSLATE("out of memory"));
	if (!curl || !add_condition(&headers, "If-None-Match", request->known.etag) ||
	    !add_condition(&headers, "If-Modified-Since", request->known.last_modified))
		return -ENOMEM;

	CURLcode code = set_limits(curl, request);

	if (code == CURLE_OK)
		code = set_callbacks(curl, &t, headers, detail);
	if (code == CURLE_OK)
		code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK) {
		explain(code, &t, detail, reterr_why);
		return -EREMOTEIO;
	}
	return read_answer(status, headers != NULL, &t, ret, reterr_why);
}
