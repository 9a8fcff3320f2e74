/* SPDX-License-Identifier: Apache-2.0 */
/* Composes entries; network-supplied texts in them were decoded as printable UTF-8 (bytes_to_text). */
#include "run/journal_entry.h"

#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-journal.h>

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

void entry_add_device(struct entry *e, const struct verdict *v)
{
	char device[SHA256_HEX_SIZE], ueid[2 * UEID_MAX + 1], product[PRODUCT_TEXT_SIZE];

	bytes_to_hex(BYTES(v->facts.device), device);
	bytes_to_hex(bytes_of(v->facts.ueid, v->facts.n_ueid), ueid);
	entry_add(e, HALLMARK_FIELD_DEVICE, "%s", device);
	entry_add(e, HALLMARK_FIELD_UEID, "%s", ueid);
	entry_add(e, HALLMARK_FIELD_PRODUCT, "%s", product_to_text(&v->facts.product, product));
	entry_add(e, HALLMARK_FIELD_INTERFACE, "%s", v->interface);
	entry_add(e, HALLMARK_FIELD_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", v->mac[0], v->mac[1], v->mac[2], v->mac[3],
		  v->mac[4], v->mac[5]);
	entry_add(e, HALLMARK_FIELD_ADDRESS, "%s", v->address);
}

void entry_add_record(struct entry *e, const struct record_mark *mark)
{
	char text[RECORD_MARK_SIZE];
	size_t n = strlen(e->text);

	if (mark->sequence == 0)
		return;
	entry_add(e, HALLMARK_FIELD_RECORD, "%s", record_mark_to_text(mark, text));
	(void)snprintf(e->text + n, sizeof(e->text) - n, "; record %s", text);
}

void entry_send(const struct entry *e)
{
	if (!log_shows(e->priority))
		return;
	if (log_is_journal())
		(void)sd_journal_sendv(e->iov, e->n); /* nowhere left to report its failure */
	else
		log_line(e->priority, "%s", e->text);
}
