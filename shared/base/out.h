/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A text that grows in an arena: pages, JSON, mails, SQL results for export. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct out {
	struct arena *mem; /* borrowed */
	char *data;        /* arena; always followed by a zero byte, never NULL after out_init */
	size_t len;
	size_t cap;
};

void out_init(struct out *o, struct arena *mem);
/* Room for MORE bytes at once, where they are known to come. */
void out_reserve(struct out *o, size_t more);
void out_bytes(struct out *o, const void *data, size_t len);
/* NULL adds nothing. */
void out_text(struct out *o, const char *text);
void out_char(struct out *o, char c);
void out_int(struct out *o, int64_t n);
void out_printf(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_vprintf(struct out *o, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Cut back to LEN bytes. */
void out_cut(struct out *o, size_t len);

#endif
