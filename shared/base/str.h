/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Small questions about strings and byte runs. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cleanup.h"

/* A run of bytes that somebody else owns. */
struct bytes {
	const void *data; /* borrowed */
	size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){ data, len };
}

/* Equal texts; NULL equals only NULL. */
bool str_eq(const char *a, const char *b);
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* NULL or "". */
bool str_empty(const char *text);
/* ASCII only, independent of the locale. */
bool str_eq_nocase(const char *a, const char *b);
char *str_lower(struct arena *mem, const char *text);
/* Without blanks, tabs and line ends at both ends. */
char *str_trim(struct arena *mem, const char *text);
/* The whole TEXT is a decimal number within LOW..HIGH; *N untouched otherwise. */
bool str_int(const char *text, int64_t low, int64_t high, int64_t *n);
/* N in decimal, at the end of BUF: its first letter. For where printf would cost more than the
 * rest. */
#define STR_NUMBER 21
char *str_number(int64_t n, char buf[STR_NUMBER]);
/* Lower-case hexadecimal. */
char *str_hex(struct arena *mem, const void *data, size_t len);
bool str_unhex(const char *text, void *data, size_t len) MUST;
/* URL-safe base64 without padding (RFC 4648 §5). Decoding refuses any other byte. */
char *str_base64url(struct arena *mem, const void *data, size_t len);
bool str_unbase64url(struct arena *mem, const char *text, size_t max, struct bytes *data) MUST;
/* The bytes are valid UTF-8 without NUL (RFC 3629). */
bool str_is_utf8(const void *data, size_t len);

#endif
