/* SPDX-License-Identifier: Apache-2.0 */
/* Orders as rows. */
#include "store/orders.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "decide/order.h"
#include "store/statement.h"

int store_order_put(struct store *s, const struct order *o)
{
	sqlite3_stmt *put = s->statements[ORDER_PUT];

	if (!order_is_sound(o))
		return -EINVAL;
	statement_bind(put, 1, BYTES(o->device));
	(void)sqlite3_bind_int(put, 2, (int)o->kind);
	statement_bind_text(put, 3, bytes_of_string(o->zone));
	(void)sqlite3_bind_int64(put, 4, o->since_sec);
	(void)sqlite3_bind_int64(put, 5, o->until_sec);
	statement_bind_text(put, 6, bytes_of_string(o->reason));
	(void)sqlite3_bind_int64(put, 7, o->uid);
	statement_bind(put, 8, BYTES(o->boot));
	return statement_run(s, ORDER_PUT);
}

int store_order_remove(struct store *s, const uint8_t device[static SHA256_LEN])
{
	return statement_run_for_device(s, ORDER_REMOVE, device);
}

static bool take_text(struct bytes text, char *ret, size_t size)
{
	if (text.n >= size)
		return false;
	if (text.n > 0)
		memcpy(ret, text.p, text.n);
	ret[text.n] = '\0';
	return strlen(ret) == text.n;
}

/* Reads the present row of ORDER_EACH. */
static bool read_order(sqlite3_stmt *row, struct order *ret)
{
	struct bytes device = statement_column(row, 0), boot = statement_column(row, 7);

	*ret = (struct order){ .kind = (enum order_kind)sqlite3_column_int(row, 1),
			       .since_sec = sqlite3_column_int64(row, 3),
			       .until_sec = sqlite3_column_int64(row, 4),
			       .uid = (uint32_t)sqlite3_column_int64(row, 6) };
	if (device.n != sizeof(ret->device) || boot.n != sizeof(ret->boot))
		return false;
	memcpy(ret->device, device.p, sizeof(ret->device));
	memcpy(ret->boot, boot.p, sizeof(ret->boot));
	return take_text(statement_column(row, 2), ret->zone, sizeof(ret->zone)) &&
	       take_text(statement_column(row, 5), ret->reason, sizeof(ret->reason)) && order_is_sound(ret);
}

int store_orders_each(struct store *s, void (*on_order)(const struct order *o, void *userdata), void *userdata)
{
	struct order o;
	int given = 0, r;

	for (r = statement_fetch(s, ORDER_EACH); r > 0; r = statement_fetch(s, ORDER_EACH)) {
		if (!read_order(s->statements[ORDER_EACH], &o)) {
			log_error("store: an operator's order is malformed and is ignored; examine the table "
				  "operator_order");
			continue;
		}
		on_order(&o, userdata);
		given++;
	}
	statement_reset(s, ORDER_EACH);
	return r < 0 ? r : given;
}
