/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A request's body as it arrives: in the arena while it is small, in an unnamed temporary file that
   is mapped when it is large. */
#ifndef WEB_BODY_H
#define WEB_BODY_H

#include "base/scope.h"
#include "base/str.h"

#define BODY_IN_MEMORY (256 * 1024)

struct body {
	size_t limit;
	size_t len;
	bool over;      /* more came than LIMIT; nothing is kept from then on */
	size_t dropped; /* bytes that came then */
	char *data;     /* arena, or the mapping */
	size_t cap;     /* of the arena's piece */
	int fd;         /* of the file; -1 while there is none */
	bool mapped;
	const char *dir; /* borrowed; where the file goes */
};

void body_init(struct body *b, size_t limit, const char *dir);
/* ERR_AWAY when the disk is full. Too much is no error: see OVER. */
enum err body_add(struct scope *sc, struct body *b, const void *data, size_t len) MUST;
/* The whole, once it has come; followed by a zero byte only in memory. */
enum err body_all(struct scope *sc, struct body *b, struct bytes *all) MUST;
void body_done(struct body *b);

#endif
