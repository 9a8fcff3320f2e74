/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership by attribute: declare an owning local with its cleanup function and an initialiser. TAKE_PTR transfers its
 * ownership. This project has no goto.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines `NAMEp(type *p)` which calls `free_fn(*p)`; free_fn must accept NULL. */
#define DEFINE_CLEANUP(type, free_fn)                                                                                  \
	static inline void free_fn##p(type *p)                                                                         \
	{                                                                                                              \
		if (*p)                                                                                                \
			free_fn(*p);                                                                                   \
	}                                                                                                              \
	struct _swallow_semicolon_

#define TAKE_PTR(p)                                                                                                    \
	({                                                                                                             \
		__typeof__(p) *_pp = &(p);                                                                             \
		__typeof__(p) _v = *_pp;                                                                               \
		*_pp = NULL;                                                                                           \
		_v;                                                                                                    \
	})

#define TAKE_FD(fd)                                                                                                    \
	({                                                                                                             \
		int *_pfd = &(fd);                                                                                     \
		int _fd = *_pfd;                                                                                       \
		*_pfd = -1;                                                                                            \
		_fd;                                                                                                   \
	})

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

#define _cleanup_free_   _cleanup_(freep)
#define _cleanup_close_  _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
