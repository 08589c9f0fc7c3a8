/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/out.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define FIRST_SIZE 256

void out_init(struct out *o, struct arena *mem)
{
	o->mem = mem;
	o->cap = FIRST_SIZE;
	o->data = arena_alloc(mem, o->cap);
	o->len = 0;
}

void out_reserve(struct out *o, size_t more)
{
	size_t need, cap = o->cap;
	char *data;

	if (__builtin_add_overflow(o->len + 1, more, &need))
		abort();
	if (need <= cap)
		return;
	while (cap < need)
		if (__builtin_mul_overflow(cap, (size_t)2, &cap))
			abort();
	data = arena_alloc(o->mem, cap);
	memcpy(data, o->data, o->len + 1);
	o->data = data;
	o->cap = cap;
}

void out_bytes(struct out *o, const void *data, size_t len)
{
	if (len == 0)
		return;
	out_reserve(o, len);
	memcpy(o->data + o->len, data, len);
	o->len += len;
	o->data[o->len] = 0;
}

void out_text(struct out *o, const char *text)
{
	if (text)
		out_bytes(o, text, strlen(text));
}

void out_char(struct out *o, char c)
{
	if (o->len + 2 > o->cap)
		out_reserve(o, 1);
	o->data[o->len++] = c;
	o->data[o->len] = 0;
}

void out_int(struct out *o, int64_t n)
{
	char digits[STR_NUMBER];

	out_text(o, str_number(n, digits));
}

void out_vprintf(struct out *o, const char *fmt, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(o->data + o->len, o->cap - o->len, fmt, args);
	if (n < 0)
		abort();
	if ((size_t)n >= o->cap - o->len) {
		out_reserve(o, (size_t)n);
		vsnprintf(o->data + o->len, o->cap - o->len, fmt, again);
	}
	o->len += (size_t)n;
	va_end(again);
}

void out_printf(struct out *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	out_vprintf(o, fmt, args);
	va_end(args);
}

void out_cut(struct out *o, size_t len)
{
	assert(len <= o->len);
	o->len = len;
	o->data[len] = 0;
}
