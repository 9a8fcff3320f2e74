/* SPDX-License-Identifier: Apache-2.0 */
/* Texts from the network are already printable here: they were decoded with bytes_to_text(). */
#include "base/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "base/bytes.h"
#include "base/log.h"
#include "hallmark/journal.h"

void entry_add(struct entry *e, const char *field, const char *format, ...)
{
	char *at = e->bytes + e->used;
	size_t room = sizeof(e->bytes) - e->used;
	int head = snprintf(at, room, "%s=", field);
	va_list ap;

	if (e->n == ENTRY_FIELDS_MAX || head < 0 || (size_t)head >= room)
		return;
	va_start(ap, format);
	int body = vsnprintf(at + head, room - (size_t)head, format, ap);
	va_end(ap);
	if (body < 0 || (size_t)head + (size_t)body >= room)
		return;

	size_t n = (size_t)head + (size_t)body;

	e->iov[e->n++] = (struct iovec){ .iov_base = at, .iov_len = n };
	e->used += n + 1;
}

void entry_begin(struct entry *e, int priority, const char *message_id, const char *text)
{
	e->priority = priority;
	e->n = 0;
	e->used = 0;
	(void)snprintf(e->text, sizeof(e->text), "%s", text);
	entry_add(e, "MESSAGE", "%s", text);
	entry_add(e, "MESSAGE_ID", "%s", message_id);
	entry_add(e, "PRIORITY", "%d", priority);
	entry_add(e, "SYSLOG_IDENTIFIER", "hallmarkd");
}

void entry_send(const struct entry *e)
{
	if (!log_shows(e->priority))
		return;
	if (log_is_journal())
		(void)sd_journal_sendv(e->iov, e->n); /* a failure cannot be reported anywhere */
	else
		log_line(e->priority, "%s", e->text);
}

void journal_event(int priority, const char *message_id, const char *format, ...)
{
	char text[ENTRY_TEXT_SIZE];
	struct entry e;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	entry_begin(&e, priority, message_id, text);
	entry_send(&e);
}

int journal_errno(int r, const char *message_id, const char *format, ...)
{
	char text[ENTRY_TEXT_SIZE - 128];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	journal_event(LOG_ERR, message_id, "%s: %s", text, strerror(r < 0 ? -r : r));
	return r;
}

void journal_device_event(int priority, const char *message_id, const uint8_t device[static SHA256_LEN],
			  const char *format, ...)
{
	char text[ENTRY_TEXT_SIZE], hex[SHA256_HEX_SIZE];
	struct entry e;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	bytes_to_hex(bytes_of(device, SHA256_LEN), hex);
	entry_begin(&e, priority, message_id, text);
	entry_add(&e, HALLMARK_FIELD_DEVICE, "%s", hex);
	entry_send(&e);
}
