/* SPDX-License-Identifier: Apache-2.0 */
/* An event as a message of RFC 5424, with its fields as structured data. */
#pragma once

struct value;

/* `id` is of the structured data, as "hallmark@32473". Release with free(); NULL: no memory. */
char *syslog_compose(unsigned facility, const char *id, const struct value *event);
