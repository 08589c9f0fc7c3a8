/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Follows a log file across rotation (renamed, a new one begun) and truncation. The cursor names
 * file, place and the file's first bytes; the owner keeps it in the transaction of what the lines
 * meant, so that each line counts once. Lost lines are said, never passed over.
 */
#ifndef TAIL_H
#define TAIL_H

#include "base/scope.h"
#include "base/str.h"

struct tail;

/* CURSOR NULL begins at the end of what is there now. Nothing is opened yet. */
enum err tail_open(struct scope *sc, const char *path, const char *cursor, struct tail **out) MUST;
/* Accepts NULL. */
void tail_close(struct tail *t);

struct tail_read {
	struct bytes *lines; /* arena; without their ends */
	size_t count;
	const char *cursor; /* arena; behind the last of them; NULL when it has not moved */
	bool broken;        /* lines before these were lost */
	bool more;          /* read again at once */
};
/* The next complete lines, at most MOST and 256 KiB. Until tail_keep() the same are read again. */
enum err tail_read(struct scope *sc, struct tail *t, size_t most, struct tail_read *r) MUST;
void tail_keep(struct tail *t);

#endif
