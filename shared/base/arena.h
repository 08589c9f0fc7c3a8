/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Memory that is freed whole. A scope owns one; strings and rows made for a piece of work live
 * until the work ends, and nobody frees them one by one. Out of memory ends the process.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* As arena_new(), but every byte is overwritten before it goes back: for arenas that held secrets.
 */
struct arena *arena_new_wiped(void);
/* Accepts NULL. */
void arena_free(struct arena *a);
/* Forgets everything allocated, keeps the first block for reuse. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type. SIZE 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));
/* COUNT * SIZE with an overflow check that aborts. */
void *arena_array(struct arena *a, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));
/* A copy of SIZE bytes with a zero byte behind them. */
void *arena_copy(struct arena *a, const void *data, size_t size)
	__attribute__((malloc, returns_nonnull));
/* A copy of TEXT; NULL stays NULL. */
char *arena_text(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0), returns_nonnull));

#endif
