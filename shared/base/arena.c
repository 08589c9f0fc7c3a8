/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192
#define ALIGN      16

struct block {
	struct block *next; /* owned; older blocks */
	size_t size;        /* bytes in data */
	size_t used;
	_Alignas(ALIGN) unsigned char data[];
};

struct arena {
	struct block *top; /* owned; the block that is being filled */
	size_t used;
	bool wiped;
};

static void *must_malloc(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

static struct block *block_new(size_t size, struct block *next)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof *b)
		abort();
	b = must_malloc(sizeof *b + size);
	b->next = next;
	b->size = size;
	b->used = 0;
	return b;
}

static void block_free(struct block *b, bool wiped)
{
	if (wiped)
		explicit_bzero(b->data, b->used);
	free(b);
}

struct arena *arena_new(void)
{
	struct arena *a = must_malloc(sizeof *a);

	a->top = NULL;
	a->used = 0;
	a->wiped = false;
	return a;
}

struct arena *arena_new_wiped(void)
{
	struct arena *a = arena_new();

	a->wiped = true;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->top) {
		struct block *next = a->top->next;

		block_free(a->top, a->wiped);
		a->top = next;
	}
	free(a);
}

void arena_reset(struct arena *a)
{
	while (a->top && a->top->next) {
		struct block *next = a->top->next;

		block_free(a->top, a->wiped);
		a->top = next;
	}
	if (a->top) {
		if (a->wiped)
			explicit_bzero(a->top->data, a->top->used);
		a->top->used = 0;
	}
	a->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct block *b = a->top;
	void *p;

	if (need < size)
		abort();
	if (need == 0)
		need = ALIGN;
	if (!b || b->size - b->used < need) {
		b = block_new(need > BLOCK_SIZE ? need : BLOCK_SIZE, a->top);
		/* A large block goes behind the current one, whose rest stays in use. */
		if (need > BLOCK_SIZE && a->top) {
			b->next = a->top->next;
			a->top->next = b;
		} else {
			a->top = b;
		}
	}
	p = b->data + b->used;
	b->used += need;
	a->used += need;
	memset(p, 0, need);
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		abort();
	return arena_alloc(a, bytes);
}

void *arena_copy(struct arena *a, const void *data, size_t size)
{
	unsigned char *p;

	if (size == SIZE_MAX)
		abort();
	p = arena_alloc(a, size + 1);
	if (size)
		memcpy(p, data, size);
	return p;
}

char *arena_text(struct arena *a, const char *text)
{
	return text ? arena_copy(a, text, strlen(text)) : NULL;
}

/* What ARGS say, into what is left of the block, where it fits: most texts are short, and to
   measure them first is to write them twice. *N is how many letters there are. */
__attribute__((format(printf, 2, 0))) static char *print_here(
	struct arena *a, const char *fmt, va_list args, int *n)
{
	struct block *b = a->top;
	size_t room = b ? b->size - b->used : 0;
	char *p = room ? (char *)b->data + b->used : NULL;

	*n = vsnprintf(p, room, fmt, args);
	if (*n < 0)
		abort();
	if ((size_t)*n >= room) {
		/* Nothing stays where nobody wipes it. */
		if (room)
			memset(p, 0, room);
		return NULL;
	}
	room = ((size_t)*n + ALIGN) & ~(size_t)(ALIGN - 1);
	b->used += room;
	a->used += room;
	return p;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, args);
	p = print_here(a, fmt, args, &n);
	if (!p) {
		p = arena_alloc(a, (size_t)n + 1);
		vsnprintf(p, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = arena_vprintf(a, fmt, args);
	va_end(args);
	return p;
}
