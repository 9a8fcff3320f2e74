/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out at a chosen allocation. The linker puts these in the place of the allocator for our own code, not for
 * the libraries': a program that includes this says `wraps: malloc calloc realloc reallocarray` on its third line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static size_t memory_left = SIZE_MAX; /* allocations until the one that gets nothing */
static bool memory_ran_out, memory_is_gone;

/* The next n allocations succeed and the one behind them fails. */
static inline void memory_fail_after(size_t n)
{
	memory_left = n;
	memory_ran_out = memory_is_gone = false;
}

/* The next n allocations succeed and none behind them. */
static inline void memory_end_after(size_t n)
{
	memory_fail_after(n);
	memory_is_gone = true;
}

/* There is enough again. Returns whether there was not. */
static inline bool memory_refill(void)
{
	memory_left = SIZE_MAX;
	return memory_ran_out;
}

static inline bool memory_is_given(void)
{
	if (memory_left == SIZE_MAX)
		return true;
	if (memory_left > 0) {
		memory_left--;
		return true;
	}
	memory_left = memory_is_gone ? 0 : SIZE_MAX;
	memory_ran_out = true;
	return false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

void *__wrap_malloc(size_t size)
{
	return memory_is_given() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return memory_is_given() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *p, size_t size)
{
	return memory_is_given() ? __real_realloc(p, size) : NULL;
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return memory_is_given() ? __real_reallocarray(p, n, size) : NULL;
}
