/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file, row by row; the first row names the columns. Private to the files that read statements. */
#pragma once

#include <stdbool.h>

struct loader;

struct csv_form {
	const char *what; /* name of the columns, for errors */
	bool (*is_column)(const char *name);
	void (*read_row)(struct loader *l, char *const *columns, char *const *cells, int n, void *to);
	void *to;
};

/* Whatever is wrong is an error of the load. */
void csv_read(struct loader *l, const struct csv_form *form);
