/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which events are told to whom, and when: of each rule the first few within a time are told one by one, and what comes beyond them as
 * one sum; so is what came in quiet hours, when these end. Time is a parameter; quiet hours are of the process' time zone.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct quiet;
struct rules;
struct settings;
struct value;

/* Tells an event, or a sum, to a target by its number. */
typedef void (*tell_function)(size_t target, const struct value *event, void *userdata);

/* The settings must live as long. Returns 0 or -ENOMEM. */
int rules_new(const struct settings *s, tell_function tell, void *userdata, struct rules **ret);
void rules_free(struct rules *r);

void rules_take(struct rules *r, const struct value *event, int64_t now_sec);

/* When rules_run() has something to do; 0: never. */
int64_t rules_next(const struct rules *r);

/* Since when there is something that waits for a sum, in memory alone; 0: nothing does. */
int64_t rules_waiting_since(const struct rules *r);

/* Tells the sums whose time has come; none within quiet hours. */
void rules_run(struct rules *r, int64_t now_sec);

/* Tells all sums, before the end of the process. */
void rules_flush(struct rules *r, int64_t now_sec);

/* When the quiet hours end that this time is in; 0: it is in none. */
int64_t quiet_end(const struct quiet *q, int64_t now_sec);
