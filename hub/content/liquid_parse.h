/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The compiler of Liquid in two files: expressions (liquid_expr.c) and blocks (liquid_parse.c). */
#ifndef CONTENT_LIQUID_PARSE_H
#define CONTENT_LIQUID_PARSE_H

#include "content/liquid_priv.h"

#define LIQUID_MAX_NAMES  200
#define LIQUID_MAX_LOCALS 100

struct local {
	const char *name;
	size_t len;
	int slot;
};

struct parser {
	struct scope *sc;
	struct arena *mem;
	const char *src;
	size_t len;
	size_t at;  /* of blocks: behind the last token; of expressions: the next byte */
	size_t end; /* of the expression */
	int depth;  /* blocks within blocks */
	int terms;  /* of the condition in hand */
	bool trim;  /* the last tag ended with -}} or -%} */
	struct liquid_name *names;
	size_t name_count;
	struct local *locals; /* innermost last; assigned ones first */
	size_t local_count;
	int slots;
	int loop, loops; /* loops open now; the most at once */
	struct liquid_error *error;
	bool failed;
};

/* Records the first error; returns NULL for the caller to hand on. */
void *parse_fail(struct parser *p, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Skips blanks, then takes WORD if it stands there as a word of its own. */
bool parse_word(struct parser *p, const char *word);
/* The next identifier, or false. */
bool parse_name(struct parser *p, const char **name, size_t *len);
bool parse_char(struct parser *p, char c);
void parse_blanks(struct parser *p);
/* Nothing but blanks is left of the tag; an error otherwise. */
bool parse_done(struct parser *p);

/* A value without filters; a value with filters; a condition. NULL when it failed. */
const struct expr *parse_value(struct parser *p);
const struct expr *parse_filtered(struct parser *p);
const struct expr *parse_condition(struct parser *p);
struct expr *expr_new(struct parser *p, enum expr_kind kind);
/* The slot NAME gets; reused when it has one. -1 when there are too many. */
int local_slot(struct parser *p, const char *name, size_t len, bool fresh);

#endif
