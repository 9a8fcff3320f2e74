/* SPDX-License-Identifier: Apache-2.0 */
/* links: refresh */
/* One file over HTTPS: what is asked, what is taken, and in which words a server is refused. */
#include <errno.h>

#include "ctl/refresh/fetch.h"
#include "set_server.h"

static struct place place;
static struct set_server server;
static char url[64], why[FETCH_FAILURE_SIZE];

static struct fetch_request request(void)
{
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/set", server.port);
	return (struct fetch_request){ .url = url, .ca_file = in(&place, "server-ca.pem"), .max = 8 };
}

static int fetch_with(const struct fetch_request *asked, const char *answer, struct fetch_answer *ret)
{
	int r;

	*ret = (struct fetch_answer){ 0 };
	serve_text(&server, answer);
	r = fetch(asked, ret, why);
	served(&server);
	return r;
}

static void test_a_set_that_is_fetched(void **state)
{
	const struct fetch_request asked = request();
	_cleanup_(fetch_answer_done) struct fetch_answer answer;

	(void)state;
	assert_int_equal(fetch_with(&asked,
				    HTTP("200 OK",
					 "ETag: \"one\"\r\nLAST-MODIFIED:   Wed, 25 Nov 2026 00:00:00 GMT  \r\n"
					 "Content-Length: 8\r\n",
					 "12345678"),
				    &answer),
			 0);
	assert_true(bytes_equal_string(answer.body, "12345678"));
	assert_false(answer.is_unchanged);
	assert_string_equal(answer.validators.etag, "\"one\"");
	assert_string_equal(answer.validators.last_modified, "Wed, 25 Nov 2026 00:00:00 GMT");
	assert_ptr_equal(strstr(server.asked, "GET /set HTTP/1.1\r\n"), server.asked);
	assert_non_null(strstr(server.asked, "\r\nUser-Agent: hallmark-refresh/" HALLMARK_VERSION "\r\n"));
	assert_null(strstr(server.asked, "\r\nIf-")); /* nothing is known: the request is not conditional */
}

static void test_a_set_that_is_known(void **state)
{
	struct fetch_request asked = request();
	struct fetch_answer answer;

	(void)state;
	asked.known = (struct fetch_validators){ .etag = "\"one\"", .last_modified = "Wed, 25 Nov 2026 00:00:00 GMT" };
	assert_int_equal(fetch_with(&asked, HTTP("304 Not Modified", "ETag: \"one\"\r\n", ""), &answer), 0);
	assert_true(answer.is_unchanged && answer.body.n == 0);
	assert_non_null(strstr(server.asked, "\r\nIf-None-Match: \"one\"\r\n"));
	assert_non_null(strstr(server.asked, "\r\nIf-Modified-Since: Wed, 25 Nov 2026 00:00:00 GMT\r\n"));

	/* who asks for a set that it has not is not told that there is nothing new */
	asked.known = (struct fetch_validators){ 0 };
	assert_int_equal(fetch_with(&asked, HTTP("304 Not Modified", "", ""), &answer), -EREMOTEIO);
	assert_string_equal(why, "the server answered: 304");
}

/* A header that cannot be sent back as it was is as good as none. */
static void test_headers_that_are_not_kept(void **state)
{
	const struct fetch_request asked = request();
	const struct {
		const char *header, *kept;
	} rows[] = {
		{ "W/\"x\"", "W/\"x\"" },
		{ "\"a\tb\"", "" },
		{ "\"a\x80\"", "" },
	};
	char answer_text[1024], longest[FETCH_HEADER_MAX + 1];
	struct fetch_answer answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)snprintf(answer_text, sizeof(answer_text), HTTP("200 OK", "ETag: %s\r\n", "set"), rows[i].header);
		assert_int_equal(fetch_with(&asked, answer_text, &answer), 0);
		assert_string_equal(answer.validators.etag, rows[i].kept);
		fetch_answer_done(&answer);
	}
	memset(longest, 'x', sizeof(longest));
	for (int n = FETCH_HEADER_MAX - 1; n <= FETCH_HEADER_MAX; n++) {
		(void)snprintf(answer_text, sizeof(answer_text), HTTP("200 OK", "ETag: %.*s\r\n", "set"), n, longest);
		assert_int_equal(fetch_with(&asked, answer_text, &answer), 0);
		assert_int_equal(strlen(answer.validators.etag), n < FETCH_HEADER_MAX ? n : 0);
		fetch_answer_done(&answer);
	}
}

/* Each beside the set of test_a_set_that_is_fetched(), which differs in that one thing. */
static void test_answers_that_are_refused(void **state)
{
	static const struct {
		const char *answer, *why;
	} rows[] = {
		{ HTTP("200 OK", "Content-Length: 9\r\n", "123456789"), "it has more bytes than allowed: 8" },
		{ HTTP("200 OK", "", "123456789"), "it has more bytes than allowed: 8" },
		{ HTTP("200 OK", "Content-Length: 8\r\n", "1234567"), "it is incomplete: " },
		{ HTTP("200 OK", "Content-Length: 0\r\n", ""), "it is empty" },
		{ HTTP("404 Not Found", "Content-Length: 8\r\n", "12345678"), "the server answered: 404" },
		{ HTTP("503 Later", "Content-Length: 8\r\n", "12345678"), "the server answered: 503" },
		{ HTTP("302 Found", "Location: http://127.0.0.1/set\r\n", ""),
		  "it leads to an address that is not https: " },
		{ HTTP("302 Found", "Location: file:///etc/passwd\r\n", ""),
		  "it leads to an address that is not https: " },
		{ "nonsense\r\n\r\n", "" },
	};
	const struct fetch_request asked = request();
	struct fetch_answer answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(fetch_with(&asked, rows[i].answer, &answer), -EREMOTEIO);
		if (strncmp(why, rows[i].why, strlen(rows[i].why)) != 0)
			fail_msg("answer %zu: %s", i, why);
		assert_true(why[0] && answer.body.n == 0);
	}
}

/* As many as are allowed, and one more. Validators are those of the last answer. */
static void test_redirects(void **state)
{
	const struct fetch_request asked = request();
	const struct bytes moved = bytes_of_string(HTTP("302 Found", "Location: /moved\r\nETag: \"moved\"\r\n", ""));
	struct bytes answers[FETCH_REDIRECTS + 1] = { moved, moved, moved };
	struct fetch_answer answer = { 0 };

	(void)state;
	assert_int_equal(FETCH_REDIRECTS, 3);
	answers[3] = bytes_of_string(HTTP("200 OK", "", "set"));
	serve(&server, answers, 4);
	assert_int_equal(fetch(&asked, &answer, why), 0);
	served(&server);
	assert_true(bytes_equal_string(answer.body, "set"));
	assert_string_equal(answer.validators.etag, "");
	assert_non_null(strstr(server.asked, "GET /moved "));
	fetch_answer_done(&answer);

	answers[3] = moved;
	serve(&server, answers, 4);
	assert_int_equal(fetch(&asked, &answer, why), -EREMOTEIO);
	served(&server);
	assert_non_null(strstr(why, "redirects"));
}

static void test_servers_that_are_not_trusted(void **state)
{
	struct fetch_request asked = request();
	struct fetch_answer answer;
	struct pki_node other = pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "Another CA" });
	_cleanup_free_ char *pem = pki_certificate_pem(&other);

	(void)state;
	pki_done(&other);
	asked.ca_file = put_text(&place, "other-ca.pem", pem);
	assert_int_equal(fetch_with(&asked, HTTP("200 OK", "", "set"), &answer), -EREMOTEIO);
	assert_ptr_equal(strstr(why, "the server's certificate cannot be verified (trust.fetch-ca names its CA): "),
			 why);
	assert_string_equal(server.asked, ""); /* and is not asked anything */
	asked.ca_file = "";                    /* the system's CAs have not issued it either */
	assert_int_equal(fetch_with(&asked, HTTP("200 OK", "", "set"), &answer), -EREMOTEIO);
	assert_non_null(strstr(why, "trust.fetch-ca names its CA"));

	/* its certificate is for another address */
	(void)snprintf(url, sizeof(url), "https://localhost:%u/set", server.port);
	asked.ca_file = in(&place, "server-ca.pem");
	assert_int_equal(fetch_with(&asked, HTTP("200 OK", "", "set"), &answer), -EREMOTEIO);
	assert_non_null(strstr(why, "trust.fetch-ca names its CA"));
}

static void test_addresses_where_nothing_is(void **state)
{
	struct fetch_request asked = request();
	struct fetch_answer answer;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);
	int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	asked.url = "http://127.0.0.1/set";
	assert_int_equal(fetch(&asked, &answer, why), -EREMOTEIO);
	assert_ptr_equal(strstr(why, "it leads to an address that is not https: "), why);

	/* a port that nobody listens at */
	assert_int_equal(bind(silent, (const struct sockaddr *)&address, n), 0);
	assert_int_equal(getsockname(silent, (struct sockaddr *)&address, &n), 0);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/set", ntohs(address.sin_port));
	asked.url = url;
	assert_int_equal(fetch(&asked, &answer, why), -EREMOTEIO);
	assert_non_null(strstr(why, "127.0.0.1"));
	(void)close(silent);
}

static int set_up(void **state)
{
	(void)state;
	place = place_new();
	server = set_server_new(&place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	set_server_done(&server);
	place_done(&place);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_that_is_fetched),
		cmocka_unit_test(test_a_set_that_is_known),
		cmocka_unit_test(test_headers_that_are_not_kept),
		cmocka_unit_test(test_answers_that_are_refused),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_servers_that_are_not_trusted),
		cmocka_unit_test(test_addresses_where_nothing_is),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
