/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tables in text files: one thing a line, its words apart by blanks; "…" holds a word with blanks
 * in it, in which "" stands for one quote and nothing else is special, so that expressions need no
 * doubled backslashes. # begins a remark where a word could begin.
 */
#ifndef PACE_LINES_H
#define PACE_LINES_H

#include "base/scope.h"
#include "base/str.h"

#define LINES_MAX  (256 * 1024) /* bytes of a file */
#define LINE_WORDS 40

struct lines {
	const char *file; /* for messages */
	const char *at;   /* arena */
	int number;
};

struct line {
	const char *file;
	int number;
	size_t count;                  /* of words, at least 1 */
	const char *words[LINE_WORDS]; /* arena */
};

/* FILE is how messages call it. ERR_LIMIT, ERR_INPUT when it is no text. */
enum err lines_open(struct scope *sc, struct lines *f, const char *file, struct bytes text) MUST;
/* False at the end, and with *E set at a line that cannot be read. */
bool lines_next(struct scope *sc, struct lines *f, struct line *l, enum err *e);
/* ERR_INPUT: "FILE line N: what". */
enum err line_refuse(struct scope *sc, const struct line *l, const char *what);

#endif
