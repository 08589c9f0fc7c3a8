/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the compiler, the renderer and the filters of Liquid share. */
#ifndef CONTENT_LIQUID_PRIV_H
#define CONTENT_LIQUID_PRIV_H

#include "content/liquid.h"

struct liquid_run;

/* ---- the tree; everything lives in the template's arena ---- */

enum expr_kind {
	EXPR_LITERAL,
	EXPR_BLANK, /* the word `blank` */
	EXPR_EMPTY, /* the word `empty` */
	EXPR_NAME,  /* n is the number of the name */
	EXPR_SLOT,  /* n is the slot of a local; right is what it means before it is assigned */
	EXPR_LOOP,  /* n is the loop's depth, op the property */
	EXPR_PART,  /* left is a list or text, op the property, right an index for PART_INDEX */
	EXPR_RANGE, /* left..right */
	EXPR_COMPARE,
	EXPR_AND,
	EXPR_OR,
	EXPR_FILTERED,
};

enum loop_part {
	LOOP_INDEX,
	LOOP_INDEX0,
	LOOP_RINDEX,
	LOOP_RINDEX0,
	LOOP_FIRST,
	LOOP_LAST,
	LOOP_LENGTH,
	LOOP_PARTS,
};
enum value_part { PART_SIZE, PART_FIRST, PART_LAST, PART_INDEX };
enum compare {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LE,
	COMPARE_GE,
	COMPARE_LT,
	COMPARE_GT,
	COMPARE_HAS
};

#define FILTER_ARGS 2

struct filter {
	const char *name; /* static */
	int least, most;  /* arguments */
	enum err (*run)(struct liquid_run *r, struct liquid_value in,
		const struct liquid_value *args, int n, struct liquid_value *out);
};
#define FILTER_FN(name)                                                                            \
	enum err filter_##name(struct liquid_run *r, struct liquid_value in,                       \
		const struct liquid_value *args, int n, struct liquid_value *out)
FILTER_FN(abs);
FILTER_FN(at_least);
FILTER_FN(at_most);
FILTER_FN(ceil);
FILTER_FN(divided_by);
FILTER_FN(floor);
FILTER_FN(minus);
FILTER_FN(modulo);
FILTER_FN(plus);
FILTER_FN(round);
FILTER_FN(times);
/* NULL for an unknown name. */
const struct filter *filter_find(const char *name, size_t len);

struct filter_call {
	const struct filter *filter;
	const struct expr *args[FILTER_ARGS];
	int count;
	const struct filter_call *next;
};

struct expr {
	enum expr_kind kind;
	int n, op;
	struct liquid_value value;
	const struct expr *left, *right;
	const struct filter_call *filters;
};

enum node_kind {
	NODE_TEXT,
	NODE_OUTPUT,
	NODE_IF, /* branches */
	NODE_FOR,
	NODE_ASSIGN,
	NODE_CAPTURE,
	NODE_BREAK,
	NODE_CONTINUE,
};

struct branch {
	const struct expr *when; /* NULL: else */
	bool negated;            /* of unless */
	const struct node *body;
	struct branch *next;
};

struct node {
	enum node_kind kind;
	int slot, depth; /* of a local; of a loop */
	bool reversed;
	const char *text;
	size_t len;
	const struct expr *expr, *limit, *offset;
	const struct branch *branches; /* of if; of for: first the body, then else */
	struct node *next;
};

struct liquid {
	const struct node *body;
	const struct liquid_name *names;
	size_t name_count;
	int slots, loops;
};

/* ---- a rendering ---- */

struct liquid_loop {
	int64_t index, length;
};

struct liquid_run {
	struct scope *sc;
	const struct liquid *t;
	const struct liquid_env *env;
	struct out *o;
	size_t start; /* of O */
	struct liquid_value *slots;
	bool *assigned;
	struct liquid_loop *loops;
	int64_t steps, rounds;
};

/* ---- values ---- */

bool value_is_true(const struct liquid_value *v);
bool value_is_blank(const struct liquid_value *v);
bool value_is_empty(const struct liquid_value *v);
bool value_compare(enum compare op, const struct liquid_value *a, const struct liquid_value *b);
/* The number a value stands for: itself, or text that is one. */
bool value_number(const struct liquid_value *v, struct liquid_value *number);
double value_double(const struct liquid_value *number);
/* As it is written out; NUM is room for a number's digits. */
struct bytes value_print(const struct liquid_value *v, char num[32]);
struct liquid_value value_of(const char *text, size_t len);
/* Counts the work of LEN bytes. */
enum err liquid_spend(struct liquid_run *r, size_t len) MUST;
/* Room for LEN bytes of text, within the limit. */
enum err liquid_room(struct liquid_run *r, size_t len, char **text) MUST;
enum err liquid_date(struct liquid_run *r, const struct liquid_value *in, const char *format,
	size_t len, struct liquid_value *out) MUST;

#endif
