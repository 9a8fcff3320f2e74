/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A POST of an event as JSON by libcurl, in the event loop. Its header Hallmark-Signature is t=TIME,v1=HEX: HMAC-SHA256 of "TIME.BODY" with
 * the key, so that who has the key knows that the event is this gateway's, and when it was sent. Redirects are not followed.
 */
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "notify/drivers.h"
#include "notify/settings.h"
#include "notify/target.h"
#include "notify/text.h"

#define USEC_PER_MSEC 1000

struct webhook {
	struct target *target;
	CURLM *multi;
	sd_event_source *timer;
	CURL *easy;                 /* NULL: nothing is on its way */
	struct curl_slist *headers; /* of it */
	char why[CURL_ERROR_SIZE];
};

/* --- One request --- */

static size_t on_body(char *p, size_t one, size_t n, void *userdata)
{
	(void)p;
	(void)one;
	(void)userdata;
	return n; /* the status says it all */
}

static bool add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

static bool add_signature(struct curl_slist **list, const struct target_settings *s, struct bytes body)
{
	_cleanup_free_ char *text = NULL;
	const int64_t now_sec = clock_realtime_sec();
	uint8_t mac[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1], line[sizeof(hex) + 64];
	unsigned n = 0;
	int length;

	if (s->n_secret == 0)
		return true;
	length = asprintf(&text, "%" PRId64 ".%.*s", now_sec, (int)body.n, (const char *)body.p);
	if (length < 0 ||
	    !HMAC(EVP_sha256(), s->secret, (int)s->n_secret, (const uint8_t *)text, (size_t)length, mac, &n))
		return false;
	bytes_to_hex(bytes_of(mac, n), hex);
	(void)snprintf(line, sizeof(line), "Hallmark-Signature: t=%" PRId64 ",v1=%s", now_sec, hex);
	return add_header(list, line);
}

static bool add_headers(struct webhook *w, struct bytes body, uint64_t number)
{
	char line[96];

	(void)snprintf(line, sizeof(line), "Hallmark-Delivery: %" PRIu64, number); /* the same when it is tried again */
	return add_header(&w->headers, "Content-Type: application/json") && add_header(&w->headers, "Expect:") &&
	       add_header(&w->headers, line) && add_signature(&w->headers, w->target->settings, body);
}

static CURLcode set_options(struct webhook *w, struct bytes body)
{
	const struct target_settings *s = w->target->settings;
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_QUICK_EXIT, 1 }, /* else the end waits for a name server that does not answer */
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_POSTFIELDSIZE, (long)body.n },
	};
	CURLcode code = curl_easy_setopt(w->easy, CURLOPT_URL, s->url);

	for (size_t i = 0; i < ARRAY_SIZE(numbers) && code == CURLE_OK; i++)
		code = curl_easy_setopt(w->easy, numbers[i].option, numbers[i].value);
	if (code == CURLE_OK)
		code = curl_easy_setopt(w->easy, CURLOPT_PROTOCOLS_STR, "https,http");
	if (code == CURLE_OK)
		code = curl_easy_setopt(w->easy, CURLOPT_PROXY,
					""); /* what the address says, and nothing of an environment */
	if (code == CURLE_OK && s->ca[0])
		code = curl_easy_setopt(w->easy, CURLOPT_CAINFO, s->ca);
	if (code == CURLE_OK)
		code = curl_easy_setopt(w->easy, CURLOPT_COPYPOSTFIELDS, (const char *)body.p);
	if (code == CURLE_OK)
		code = curl_easy_setopt(w->easy, CURLOPT_HTTPHEADER, w->headers);
	if (code == CURLE_OK)
		code = curl_easy_setopt(w->easy, CURLOPT_USERAGENT, "hallmark-notify/" HALLMARK_VERSION);
	if (code == CURLE_OK)
		code = curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, on_body);
	return code == CURLE_OK ? curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->why) : code;
}

static void cancel(struct target *t)
{
	struct webhook *w = t->own;

	if (w->easy) {
		(void)curl_multi_remove_handle(w->multi, w->easy);
		curl_easy_cleanup(TAKE_PTR(w->easy));
	}
	curl_slist_free_all(TAKE_PTR(w->headers));
}

static void send_request(struct target *t, struct bytes message, uint64_t number)
{
	struct webhook *w = t->own;

	w->why[0] = '\0';
	w->easy = curl_easy_init();
	if (w->easy && add_headers(w, message, number) && set_options(w, message) == CURLE_OK &&
	    curl_multi_add_handle(w->multi, w->easy) == CURLM_OK)
		return;
	cancel(t);
	target_done(t, DELIVERY_FAILED, "libcurl cannot make the request");
}

/* --- Its end --- */

/* What another try of the same may change (RFC 9110 section 15): the server, access to it, its load. */
static bool is_worth_a_try(long status)
{
	static const long passing[] = { 401, 403, 404, 407, 408, 425, 429 };

	for (size_t i = 0; i < ARRAY_SIZE(passing); i++)
		if (status == passing[i])
			return true;
	return status < 400 || status >= 500;
}

static void end(struct webhook *w, CURLcode code)
{
	char why[CURL_ERROR_SIZE + 64];
	long status = 0;

	(void)curl_easy_getinfo(w->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		(void)snprintf(why, sizeof(why), "%s", w->why[0] ? w->why : curl_easy_strerror(code));
	else if (status >= 300 && status < 400)
		(void)snprintf(why, sizeof(why),
			       "the server answers %ld and sends it elsewhere, which is not followed: correct the url",
			       status);
	else
		(void)snprintf(why, sizeof(why), "the server answers %ld", status);
	cancel(w->target);
	if (code == CURLE_OK && status >= 200 && status < 300)
		target_done(w->target, DELIVERY_DONE, why);
	else
		target_done(w->target, code == CURLE_OK && !is_worth_a_try(status) ? DELIVERY_REFUSED : DELIVERY_FAILED,
			    why);
}

static void look_for_end(struct webhook *w)
{
	const CURLMsg *m;
	int n;

	while ((m = curl_multi_info_read(w->multi, &n)))
		if (m->msg == CURLMSG_DONE && m->easy_handle == w->easy) {
			end(w, m->data.result);
			return;
		}
}

/* --- In the event loop --- */

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct webhook *w = userdata;
	const int what = (revents & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
			 (revents & EPOLLOUT ? CURL_CSELECT_OUT : 0) | (revents & EPOLLERR ? CURL_CSELECT_ERR : 0);
	int n;

	(void)source;
	(void)curl_multi_socket_action(w->multi, fd, what, &n);
	look_for_end(w);
	return 0;
}

/* libcurl says what it waits for on a socket. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *known)
{
	struct webhook *w = userdata;
	sd_event_source *source = known;
	const uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		sd_event_source_disable_unref(source);
	else if (source)
		(void)sd_event_source_set_io_events(source, events);
	else if (sd_event_add_io(w->target->event, &source, fd, events, on_io, w) >= 0)
		(void)curl_multi_assign(w->multi, fd, source);
	return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct webhook *w = userdata;
	int n;

	(void)source;
	(void)usec;
	(void)curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &n);
	look_for_end(w);
	return 0;
}

/* libcurl says when it wants to be called. */
static int on_timeout(CURLM *multi, long after_msec, void *userdata)
{
	const struct webhook *w = userdata;

	(void)multi;
	if (after_msec >= 0)
		(void)sd_event_source_set_time_relative(w->timer, (uint64_t)after_msec * USEC_PER_MSEC);
	(void)sd_event_source_set_enabled(w->timer, after_msec < 0 ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
	return 0;
}

static bool set_multi(struct webhook *w)
{
	return curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
	       curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w) == CURLM_OK &&
	       curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, on_timeout) == CURLM_OK &&
	       curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w) == CURLM_OK;
}

static void close_webhook(struct target *t)
{
	struct webhook *w = t->own;

	cancel(t);
	if (w->multi)
		(void)curl_multi_cleanup(w->multi);
	sd_event_source_disable_unref(w->timer);
	free(w);
	t->own = NULL;
}

static int open_webhook(struct target *t)
{
	struct webhook *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->target = t;
	t->own = w;
	r = sd_event_add_time_relative(t->event, &w->timer, CLOCK_MONOTONIC, 0, 0, on_time, w);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	w->multi = curl_multi_init();
	if (r < 0 || !w->multi || !set_multi(w))
		return log_errno(r < 0 ? r : -ENOMEM, "target \"%s\": libcurl does not start", t->settings->name);
	return 0;
}

static char *render(const struct target *t, const struct value *event)
{
	(void)t;
	return text_json(event);
}

const struct driver driver_webhook = {
	.open = open_webhook, .close = close_webhook, .render = render, .send = send_request, .cancel = cancel
};
