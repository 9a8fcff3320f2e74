/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTPS server on loopback, for the tests of ctl/trust: a child gives one answer of the test's to each connection, in their
 * order, and ends. What it was asked is kept.
 */
#pragma once

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl_kit.h"
#include "pki.h"

#define SERVER_END_SEC 60 /* a server that nobody asks fails its test */

struct set_server {
	struct pki_node ca, node;
	int listener;
	unsigned port;
	pid_t child;
	char *asked; /* all requests since serve(), shared with the child */
};

#define SERVER_ASKED_MAX 16384

/* An answer in full: a status line's end, headers, an empty line, and the body. */
#define HTTP(status, headers, body) "HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" body

/* Its CA's certificate is the file "server-ca.pem" of the place. */
static inline struct set_server set_server_new(const struct place *p)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);
	struct set_server s = { .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	_cleanup_free_ char *pem = NULL;

	(void)setenv("no_proxy", "*", 1);
	s.ca = pki_issue(NULL, &(struct pki_request){ .ca = true, .name = "Server CA" });
	s.node = pki_issue(&s.ca, &(struct pki_request){ .name = "server", .alt_name = "IP:127.0.0.1" });
	pem = pki_certificate_pem(&s.ca);
	(void)put_text(p, "server-ca.pem", pem);
	assert_int_equal(bind(s.listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(s.listener, 8), 0);
	assert_int_equal(getsockname(s.listener, (struct sockaddr *)&address, &n), 0);
	s.port = ntohs(address.sin_port);
	s.asked = mmap(NULL, SERVER_ASKED_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(s.asked, MAP_FAILED);
	return s;
}

static inline void set_server_done(struct set_server *s)
{
	(void)close(s->listener);
	(void)munmap(s->asked, SERVER_ASKED_MAX);
	pki_done(&s->node);
	pki_done(&s->ca);
}
#define _cleanup_server_ _cleanup_(set_server_done)

/* In the child: a client that hangs up, or does not trust the certificate, is what some tests are about. */
static inline void serve_one(const struct set_server *s, SSL_CTX *ctx, struct bytes answer)
{
	int fd = accept(s->listener, NULL, NULL), got = 1;
	SSL *ssl = SSL_new(ctx);
	size_t n = strlen(s->asked);

	must(fd >= 0 && ssl && SSL_set_fd(ssl, fd) == 1);
	if (SSL_accept(ssl) == 1) {
		while (got > 0 && !strstr(s->asked + n, "\r\n\r\n")) {
			size_t end = strlen(s->asked);

			must(end + 1 < SERVER_ASKED_MAX);
			got = SSL_read(ssl, s->asked + end, (int)(SERVER_ASKED_MAX - end - 1));
		}
		(void)SSL_write(ssl, answer.p, (int)answer.n);
		(void)SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	(void)close(fd);
}

static inline void serve(struct set_server *s, const struct bytes *answers, size_t n)
{
	memset(s->asked, 0, SERVER_ASKED_MAX);
	s->child = fork();
	assert_true(s->child >= 0);
	if (s->child > 0)
		return;

	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(SERVER_END_SEC);
	must(ctx && SSL_CTX_use_certificate(ctx, s->node.certificate) == 1);
	must(SSL_CTX_use_PrivateKey(ctx, s->node.key) == 1);
	for (size_t i = 0; i < n; i++)
		serve_one(s, ctx, answers[i]);
	_exit(0);
}

static inline void serve_text(struct set_server *s, const char *answer)
{
	const struct bytes one = bytes_of_string(answer);

	serve(s, &one, 1);
}

/* After the client has ended: it asked as often as there were answers. */
static inline void served(struct set_server *s)
{
	int status;

	assert_int_equal(waitpid(s->child, &status, 0), s->child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
