/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Eight letters judged at once, for what writes long texts letter by letter. */
#ifndef BASE_EIGHT_H
#define BASE_EIGHT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EIGHT_EACH(c) ((c)*UINT64_C(0x0101010101010101))
/* Has the high bit set in a byte of X that is 0, and maybe in bytes above that one. */
#define EIGHT_ZEROS(x) (((x)-EIGHT_EACH(1)) & ~(x))

/* How many of the LEFT letters at P are printable ASCII and neither A nor B, as far as eight at a
   time can tell: the rest is to be looked at one by one. */
static inline size_t eight_plain(const void *p, size_t left, unsigned char a, unsigned char b)
{
	const char *text = p;
	size_t n = 0;
	uint64_t x;

	for (; left - n >= sizeof x; n += sizeof x) {
		memcpy(&x, text + n, sizeof x);
		if ((x | (x - EIGHT_EACH(0x20)) | EIGHT_ZEROS(x ^ EIGHT_EACH(a)) |
			    EIGHT_ZEROS(x ^ EIGHT_EACH(b)) | EIGHT_ZEROS(x ^ EIGHT_EACH(0x7f))) &
			EIGHT_EACH(0x80))
			break;
	}
	return n;
}

#endif
