/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's answers (include/hallmark/bus.h) as text. */
#pragma once

#include "ctl/page.h"
#include "ctl/value.h"

void show_order(const struct page *page, const struct value *answer);
void show_orders(const struct page *page, const struct value *orders);
void show_standing_order(const struct page *page, const struct value *device);
void show_status(const struct page *page, const struct value *status);
void show_enforcement(const struct page *page, const struct value *status); /* its part of the status */
void show_difference(const struct page *page, const struct value *differences);
void show_list(const struct page *page, const struct value *list);
void show_explain(const struct page *page, const struct value *device);
void show_replay(const struct page *page, const struct value *replay);
void show_review(const struct page *page, const struct value *review); /* Reload, Confirm, Try, Discard */
