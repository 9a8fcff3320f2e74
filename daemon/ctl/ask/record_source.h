/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where entries of the record come from: the store's file with --state, for root without --socket, and where no daemon runs; else
 * the daemon, which gives them to those whose role has the verb "record". Errors are logged, with the remedy.
 */
#pragma once

#include "ctl/commands.h"
#include "store/record.h"

struct record_source;
struct store;
struct value;

/* Release it with record_source_free(). */
enum ctl_exit record_source_open(const struct ctl *ctl, struct record_source **ret);
void record_source_free(struct record_source *source);

/* The store's file, and the store; NULL: the daemon is asked. Valid as long as the source. */
const char *record_source_file(const struct record_source *source);
struct store *record_source_store(struct record_source *source);

/*
 * Has the filter be of the device that a person wrote: its id, MAC or UEID, or its name. `room` and the word must stay as long as the
 * filter. A word that means none finds no entry; CTL_FAULT when it means several devices, which the daemon says only when it is asked.
 */
enum ctl_exit record_source_find(struct record_source *source, const char *word, uint8_t room[static SHA256_LEN],
				 struct record_filter *ret);

/* As record_each(): calls on_record for each entry that fits (filter NULL: for all), in order. Returns how many, or a negative errno. */
int record_source_each(struct record_source *source, const struct record_filter *filter,
		       void (*on_record)(const struct record *r, void *userdata), void *userdata);

/* The sequence from which there are n entries that fit; 0 when there are no more than n. Returns 0 or a negative errno. */
int record_source_last(struct record_source *source, const struct record_filter *filter, uint32_t n,
		       uint64_t *ret_from);

/*
 * Where the chain begins and ends: record_foot() and record_head(); and the segments whose entries alone this caller is given, as a list
 * of texts that the caller owns; NULL: all entries. Returns 0 or a negative errno.
 */
int record_source_ends(struct record_source *source, struct record_mark *ret_foot, struct record_mark *ret_head,
		       struct value **ret_segments);
