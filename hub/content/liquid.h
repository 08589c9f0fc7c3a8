/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The Liquid template language: compiled once to a tree, rendered many times. Output with filters,
 * if/elsif/else, unless, case/when, for, assign, capture, comment, raw, break, continue, and
 * whitespace control. Names of the outside world are numbered at compile time; whoever renders
 * gives one value for each. In HTML every output is escaped but what `escape` made.
 *
 * A template comes from a tenant: depth, steps, loop rounds, list lengths and output are bounded.
 */
#ifndef CONTENT_LIQUID_H
#define CONTENT_LIQUID_H

#include "base/out.h"
#include "base/scope.h"

#define LIQUID_MAX_DEPTH  40           /* blocks within blocks, and terms of a condition */
#define LIQUID_MAX_STEPS  200000       /* nodes, filters, and 32 bytes of text each */
#define LIQUID_MAX_ROUNDS 10000        /* of all loops of one rendering */
#define LIQUID_MAX_LIST   1000         /* elements of a split or a range */
#define LIQUID_MAX_TEXT   (64 * 1024)  /* bytes of one value */
#define LIQUID_MAX_OUT    (256 * 1024) /* bytes of one rendering */

enum liquid_type { LIQUID_NIL, LIQUID_BOOL, LIQUID_INT, LIQUID_FLOAT, LIQUID_TEXT, LIQUID_LIST };

struct liquid_value {
	enum liquid_type type;
	bool safe;        /* text that needs no escaping in HTML */
	int64_t n;        /* of LIQUID_BOOL and LIQUID_INT */
	double f;         /* of LIQUID_FLOAT */
	const char *text; /* borrowed; need not end in a zero byte */
	size_t len;
	const struct liquid_value *list; /* borrowed */
	size_t count;
};

/* NULL and "" are nil, so that `default` and a bare `if` see what is missing. */
struct liquid_value liquid_text(const char *text);
struct liquid_value liquid_int(int64_t n);

struct liquid_error {
	int line, column; /* from 1; columns count characters */
	const char *text; /* arena; in the reader's language */
};

struct liquid_name {
	const char *name; /* arena; "contact.first_name" */
	int line, column; /* where it is used first */
};

struct liquid; /* lives in the arena it was compiled into; read only, so threads may share it */

/* TEXT is copied. ERR_INPUT with *ERROR filled and "line N, column M: …" recorded. */
enum err liquid_compile(struct scope *sc, struct arena *mem, const char *text,
	const struct liquid **out, struct liquid_error *error) MUST;
/* Names that are not assigned in the template itself, in the order of their values. */
const struct liquid_name *liquid_names(const struct liquid *t, size_t *n);

struct liquid_env {
	const struct liquid_value *values; /* borrowed; one for each of liquid_names() */
	bool html;
	struct real now; /* what "now" means to `date`: the same mail says the same again */
};
/* Adds to O. ERR_LIMIT when it goes on too long or grows too large. */
enum err liquid_render(
	struct scope *sc, const struct liquid *t, const struct liquid_env *env, struct out *o) MUST;

#endif
