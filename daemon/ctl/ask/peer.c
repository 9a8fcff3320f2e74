/* SPDX-License-Identifier: Apache-2.0 */
/* One call over a peer-to-peer D-Bus connection. Knows the errors of the interface, not its answers. */
#include "ctl/ask/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/language.h"
#include "base/log.h"
#include "ctl/ask/answer.h"
#include "ctl/page.h"
#include "hallmark/bus.h"

#define CALL_TIMEOUT_USEC                                                                                              \
	UINT64_C(300000000) /* a review of 50,000 devices takes minutes; a core that hangs is replaced */

static int log_connect(const char *path, int error)
{
	if (error == ENOENT || error == ECONNREFUSED)
		log_error("hallmarkd is not running: no process listens on \"%s\"; start it with `systemctl start "
			  "hallmarkd`, or name its socket with --socket PATH",
			  path);
	else if (error == EACCES || error == EPERM)
		log_error("\"%s\": not permitted; run this as root or as a member of the socket's group", path);
	else
		log_error("\"%s\": %s; --socket PATH names the daemon's socket", path, strerror(error));
	return -error;
}

int peer_attach(int fd, sd_bus **ret)
{
	_cleanup_close_ int owned = fd;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_fd(bus, owned, owned);
	if (r >= 0) {
		(void)TAKE_FD(owned);
		r = sd_bus_start(bus);
	}
	if (r < 0)
		return log_errno(r, "communication with hallmarkd over its socket has failed; try again, and see "
				    "`hallmarkctl doctor`");
	*ret = TAKE_PTR(bus);
	return 0;
}

/* Returns a connected socket, or a negative errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int peer_connect(const char *path, sd_bus **ret)
{
	int fd = connect_to(path);

	return fd < 0 ? log_connect(path, -fd) : peer_attach(fd, ret);
}

int peer_connect_if_running(const char *path, sd_bus **ret)
{
	int fd = connect_to(path);

	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return -ENOENT;
	return fd < 0 ? log_connect(path, -fd) : peer_attach(fd, ret);
}

static int log_call(const struct peer_question *q, const sd_bus_error *error, int r)
{
	char text[2048], clean[2048];
	const char *said = error->message ? translated_parts(error->message, text, sizeof(text)) : strerror(-r);

	if (sd_bus_error_has_name(error, HALLMARK_BUS_NO_SUCH_DEVICE)) {
		log_error("\"%s\": the gateway has no verdict on such a device; `hallmarkctl list` shows all", q->text);
		return -ENODEV;
	}
	if (sd_bus_error_has_name(error, HALLMARK_BUS_AMBIGUOUS))
		log_error("%s", page_clean(said, clean, sizeof(clean))); /* names devices */
	else if (sd_bus_error_has_name(error, HALLMARK_BUS_NO_ORDER))
		log_error("\"%s\": no order is in force for that device; `hallmarkctl list` shows those that do",
			  q->text);
	else
		log_error("%s: %s", q->method, said);
	return sd_bus_error_has_names(error, HALLMARK_BUS_NOTHING_HELD, HALLMARK_BUS_NO_ORDER,
				      HALLMARK_BUS_NOT_ADMITTED, HALLMARK_BUS_UNDER_ORDER) ?
		       -ENODATA :
		       r;
}

static int new_call(sd_bus *bus, const struct peer_question *q, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(bus, ret, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE, q->method);

	if (r >= 0 && q->append)
		return q->append(*ret, q->userdata);
	if (r >= 0 && q->text)
		r = sd_bus_message_append(*ret, "s", q->text);
	if (r >= 0 && q->number)
		r = sd_bus_message_append(*ret, "x", *q->number);
	return r;
}

int peer_call(sd_bus *bus, const struct peer_question *question, struct value **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *answer = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = new_call(bus, question, &call);

	if (r < 0)
		return log_errno(r, "cannot send the request for \"%s\"",
				 question->text ? question->text : question->method);

	r = sd_bus_call(bus, call, CALL_TIMEOUT_USEC, &error, &answer);
	if (r < 0)
		return log_call(question, &error, r);

	r = answer_read(answer, ret);
	if (r >= 0 && question->ret_second)
		r = answer_read(answer, question->ret_second);
	if (r < 0)
		return log_errno(r,
				 "the answer to %s cannot be read; is hallmarkd of another version? `hallmarkctl "
				 "doctor` says so",
				 question->method);
	return 0;
}

/* sd_bus_call() counts its time from the moment when both sides have agreed to speak, for which it waits 90 s. */
static int await_ready(sd_bus *bus, uint64_t timeout_usec)
{
	const uint64_t end_usec = clock_monotonic_usec() + timeout_usec;
	int r;

	while ((r = sd_bus_is_ready(bus)) == 0) {
		const uint64_t now_usec = clock_monotonic_usec();

		if (now_usec >= end_usec)
			return -ETIMEDOUT;
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, end_usec - now_usec);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}

int peer_ask(const struct peer_errand *errand, struct value **ret, char reterr_why[static PEER_WHY_SIZE])
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL, *call = NULL;
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL; /* a flush would wait for it again */
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	const uint64_t timeout_usec = errand->timeout_usec ? errand->timeout_usec : CALL_TIMEOUT_USEC;
	int fd = connect_to(errand->path), r = fd < 0 ? fd : peer_attach(fd, &bus);

	if (r >= 0)
		r = await_ready(bus, timeout_usec);
	if (r >= 0)
		r = sd_bus_message_new_method_call(bus, &call, NULL, HALLMARK_BUS_PATH, HALLMARK_BUS_INTERFACE,
						   errand->method);
	if (r >= 0)
		r = sd_bus_call(bus, call, timeout_usec, &error, &answer);
	if (r >= 0)
		r = answer_read(answer, ret);
	if (r >= 0)
		return 0;
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		(void)snprintf(reterr_why, PEER_WHY_SIZE, "%s", translated("it is not running"));
	else if (error.message)
		(void)translated_parts(error.message, reterr_why, PEER_WHY_SIZE);
	else
		(void)snprintf(reterr_why, PEER_WHY_SIZE, "%s", strerror(-r));
	return r;
}
