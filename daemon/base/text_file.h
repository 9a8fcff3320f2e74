/* SPDX-License-Identifier: Apache-2.0 */
/* Files that people edit: as UTF-8, whatever an editor or a spreadsheet saved them as. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Why a file cannot be read as text. */
struct text_fault {
	unsigned line;    /* 0: the file as a whole */
	const char *text; /* the cause and what to do */
	bool is_unread;   /* it cannot be opened or read: perhaps another file was meant */
};

/*
 * Reads all of a text file. A byte-order mark is left out, and UTF-16 that begins with one becomes UTF-8; without a
 * mark the bytes stay as they are. Returns 0 and a heap string (release it with free()), or a negative errno with the
 * fault: -EILSEQ for an encoding that is not certain, -ENOSYS for one that this system cannot convert.
 */
int text_file_read(const char *path, char **ret, struct text_fault *ret_fault);

/* The same for a program that can read only UTF-8 without a mark. Returns NULL, or the cause and what to do. */
const char *text_file_mark(const char *path);

/* Returns 0 when all of the text is UTF-8, or -EILSEQ with the first line that is not. */
int text_check_utf8(const char *text, struct text_fault *ret_fault);
