/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files that are part of the program: migrations, styles, scripts, fonts. Tables of them are made
   at build time by shared/tool/embed.c and sorted by name. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
	const char *name;          /* static; path below the embedded folder */
	const unsigned char *data; /* static; a zero byte follows, which SIZE does not count */
	size_t size;
	const char *tag; /* static; changes with the bytes: ETag and ?v= */
};

#endif
