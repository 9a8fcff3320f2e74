/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's answers (include/hallmark/bus.h) as text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page;
struct value;

void show_order(const struct page *page, const struct value *answer);
void show_chain(const struct page *page, const struct value *device);
void show_orders(const struct page *page, const struct value *orders);
void show_standing_order(const struct page *page, const struct value *device);
void show_status(const struct page *page, const struct value *status);
void show_whether_enforced(const struct page *page, const struct value *status); /* how the status begins */
void show_enforcement(const struct page *page, const struct value *status);      /* the rest of it */
void show_difference(const struct page *page, const struct value *differences);
void show_stopped(const struct page *page, int64_t n, const char *label); /* who would be cut off, if anybody would */
/* The rows of a list, which may come in pieces, with its head above the first one; then what the marks in them mean. */
struct list_marks {
	size_t n_rows;
	bool any_transcribed, any_lesser;
};
void show_list_rows(const struct page *page, const struct value *list, struct list_marks *marks);
void show_called(const struct page *page, const struct value *device); /* what people call it, if they do */
void show_list_end(const struct page *page, const struct list_marks *marks);
void show_refused(const struct page *page, const struct value *list); /* `list --refused` */
void show_unknown(const struct page *page, const struct value *list); /* `list --unknown` */
bool show_is_lesser(const struct value *device); /* the kernel has a lesser zone for it: it shares its MAC; */
void show_sharing(const struct page *page, const struct value *device);  /* then says so */
void show_one(const struct page *page, const struct value *device);      /* `show`: in short */
void show_renewals(const struct page *page, const struct value *device); /* when it attested and nothing changed */
void show_explain(const struct page *page, const struct value *device);
/*
 * The label's level in words, its name where it has one; returns ret. And the name of a zone in its colour, in that
 * many columns.
 */
const char *show_level(const struct value *v, char *ret, size_t size);
void show_zone_name(const struct page *page, const char *zone, unsigned columns);
void show_replay(const struct page *page, const struct value *replay);
void show_review(const struct page *page, const struct value *review); /* Reload, Confirm, Try, Discard */
