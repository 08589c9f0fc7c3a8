/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <string.h>

#include "base/str.h"

#include "content/liquid_priv.h"

/* What a list of nodes ended with. */
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

static enum err eval(struct liquid_run *r, const struct expr *e, struct liquid_value *out);
static enum err run_list(struct liquid_run *r, const struct node *n, enum flow *flow);

enum err liquid_spend(struct liquid_run *r, size_t len)
{
	r->steps += 1 + (int64_t)(len / 32);
	if (r->steps > LIQUID_MAX_STEPS)
		return fail(r->sc, ERR_LIMIT, "the template takes too many steps");
	return ERR_NONE;
}

enum err liquid_room(struct liquid_run *r, size_t len, char **text)
{
	if (len > LIQUID_MAX_TEXT)
		return fail(r->sc, ERR_LIMIT, "the template makes a text that is too long");
	*text = arena_alloc(r->sc->mem, len + 1);
	return liquid_spend(r, len);
}

/* ---- expressions ---- */

static struct liquid_value loop_value(const struct liquid_loop *l, enum loop_part part)
{
	switch (part) {
	case LOOP_INDEX:
		return liquid_int(l->index + 1);
	case LOOP_INDEX0:
		return liquid_int(l->index);
	case LOOP_RINDEX:
		return liquid_int(l->length - l->index);
	case LOOP_RINDEX0:
		return liquid_int(l->length - l->index - 1);
	case LOOP_FIRST:
		return (struct liquid_value){ .type = LIQUID_BOOL, .n = l->index == 0 };
	case LOOP_LAST:
		return (struct liquid_value){ .type = LIQUID_BOOL, .n = l->index == l->length - 1 };
	default:
		return liquid_int(l->length);
	}
}

static size_t characters(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static enum err eval_part(struct liquid_run *r, const struct expr *e, struct liquid_value *out)
{
	struct liquid_value of, index = { 0 };
	enum err err = eval(r, e->left, &of);
	int64_t i = 0;

	if (!err && e->right)
		err = eval(r, e->right, &index);
	if (err)
		return err;
	*out = (struct liquid_value){ 0 };
	if (e->op == PART_SIZE) {
		if (of.type == LIQUID_TEXT)
			*out = liquid_int((int64_t)characters(of.text, of.len));
		else if (of.type == LIQUID_LIST)
			*out = liquid_int((int64_t)of.count);
		return ERR_NONE;
	}
	if (of.type != LIQUID_LIST || of.count == 0)
		return ERR_NONE;
	if (e->op == PART_LAST)
		i = (int64_t)of.count - 1;
	if (e->op == PART_INDEX) {
		if (index.type != LIQUID_INT)
			return ERR_NONE;
		i = index.n < 0 ? index.n + (int64_t)of.count : index.n;
	}
	if (i >= 0 && i < (int64_t)of.count)
		*out = of.list[i];
	return ERR_NONE;
}

static enum err eval_range(struct liquid_run *r, const struct expr *e, struct liquid_value *out)
{
	struct liquid_value low, high, a, b, *list;
	enum err err = eval(r, e->left, &low);

	if (!err)
		err = eval(r, e->right, &high);
	if (err)
		return err;
	*out = (struct liquid_value){ .type = LIQUID_LIST };
	if (!value_number(&low, &a) || !value_number(&high, &b) || a.type != LIQUID_INT ||
		b.type != LIQUID_INT || a.n > b.n)
		return ERR_NONE;
	if (b.n - a.n >= LIQUID_MAX_LIST)
		return fail(r->sc, ERR_LIMIT, "the template makes a list that is too long");
	out->count = (size_t)(b.n - a.n + 1);
	list = arena_array(r->sc->mem, out->count, sizeof *list);
	for (size_t i = 0; i < out->count; i++)
		list[i] = liquid_int(a.n + (int64_t)i);
	out->list = list;
	return liquid_spend(r, out->count * 32);
}

/* `blank` and `empty` are questions, not values. */
static bool ask(const struct expr *word, const struct liquid_value *v)
{
	return word->kind == EXPR_BLANK ? value_is_blank(v) : value_is_empty(v);
}

static bool is_question(const struct expr *e)
{
	return e->kind == EXPR_BLANK || e->kind == EXPR_EMPTY;
}

static enum err eval_compare(struct liquid_run *r, const struct expr *e, struct liquid_value *out)
{
	struct liquid_value a, b;
	enum err err = eval(r, e->left, &a);
	bool yes;

	if (!err)
		err = eval(r, e->right, &b);
	if (err)
		return err;
	if (is_question(e->right) && (e->op == COMPARE_EQ || e->op == COMPARE_NE))
		yes = ask(e->right, &a) == (e->op == COMPARE_EQ);
	else if (is_question(e->left) && (e->op == COMPARE_EQ || e->op == COMPARE_NE))
		yes = ask(e->left, &b) == (e->op == COMPARE_EQ);
	else
		yes = value_compare((enum compare)e->op, &a, &b);
	*out = (struct liquid_value){ .type = LIQUID_BOOL, .n = yes };
	return liquid_spend(r, a.len + b.len);
}

static enum err eval_both(struct liquid_run *r, const struct expr *e, struct liquid_value *out)
{
	struct liquid_value a;
	enum err err = eval(r, e->left, &a);

	if (err)
		return err;
	if (value_is_true(&a) == (e->kind == EXPR_OR)) {
		*out = (struct liquid_value){ .type = LIQUID_BOOL, .n = e->kind == EXPR_OR };
		return ERR_NONE;
	}
	err = eval(r, e->right, &a);
	if (!err)
		*out = (struct liquid_value){ .type = LIQUID_BOOL, .n = value_is_true(&a) };
	return err;
}

static enum err eval_filtered(struct liquid_run *r, const struct expr *e, struct liquid_value *out)
{
	struct liquid_value v, args[FILTER_ARGS], made;
	enum err err = eval(r, e->left, &v);

	for (const struct filter_call *c = e->filters; c && !err; c = c->next) {
		for (int i = 0; i < c->count && !err; i++)
			err = eval(r, c->args[i], &args[i]);
		if (!err)
			err = liquid_spend(r, v.len);
		if (!err)
			err = c->filter->run(r, v, args, c->count, &made);
		if (!err)
			v = made;
	}
	if (!err)
		*out = v;
	return err;
}

static enum err eval(struct liquid_run *r, const struct expr *e, struct liquid_value *out)
{
	switch (e->kind) {
	case EXPR_LITERAL:
		*out = e->value;
		return ERR_NONE;
	case EXPR_BLANK:
	case EXPR_EMPTY:
		*out = value_of("", 0);
		return ERR_NONE;
	case EXPR_NAME:
		*out = r->env->values[e->n];
		return ERR_NONE;
	case EXPR_SLOT:
		if (!r->assigned[e->n])
			return eval(r, e->right, out);
		*out = r->slots[e->n];
		return ERR_NONE;
	case EXPR_LOOP:
		*out = loop_value(&r->loops[e->n], (enum loop_part)e->op);
		return ERR_NONE;
	case EXPR_PART:
		return eval_part(r, e, out);
	case EXPR_RANGE:
		return eval_range(r, e, out);
	case EXPR_COMPARE:
		return eval_compare(r, e, out);
	case EXPR_AND:
	case EXPR_OR:
		return eval_both(r, e, out);
	case EXPR_FILTERED:
		return eval_filtered(r, e, out);
	}
	return ERR_NONE;
}

/* ---- nodes ---- */

static const char *const escapes[256] = {
	['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"
};

static void put_escaped(struct out *o, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *entity = escapes[(unsigned char)text[i]];

		if (!entity)
			continue;
		out_bytes(o, text + from, i - from);
		out_text(o, entity);
		from = i + 1;
	}
	out_bytes(o, text + from, len - from);
}

static enum err put_value(struct liquid_run *r, const struct liquid_value *v)
{
	char num[32];
	struct bytes text = value_print(v, num);
	enum err err = ERR_NONE;

	if (v->type == LIQUID_LIST) {
		for (size_t i = 0; i < v->count && !err; i++)
			err = v->list[i].type == LIQUID_LIST ? ERR_NONE : put_value(r, &v->list[i]);
		return err;
	}
	if (r->env->html && v->type == LIQUID_TEXT && !v->safe)
		put_escaped(r->o, text.data, text.len);
	else
		out_bytes(r->o, text.data, text.len);
	return liquid_spend(r, text.len);
}

static enum err run_branches(struct liquid_run *r, const struct node *n, enum flow *flow)
{
	for (const struct branch *b = n->branches; b; b = b->next) {
		struct liquid_value v;
		enum err err;

		if (b->when) {
			err = eval(r, b->when, &v);
			if (err)
				return err;
			if (value_is_true(&v) == b->negated)
				continue;
		}
		return run_list(r, b->body, flow);
	}
	return ERR_NONE;
}

/* The count an expression of `limit:` or `offset:` gives, within 0..MOST. */
static enum err eval_count(
	struct liquid_run *r, const struct expr *e, size_t otherwise, size_t most, size_t *n)
{
	struct liquid_value v, number;
	enum err err;

	*n = otherwise;
	if (!e)
		return ERR_NONE;
	err = eval(r, e, &v);
	if (!err && value_number(&v, &number) && number.type == LIQUID_INT)
		*n = number.n < 0 ? 0 : (uint64_t)number.n > most ? most : (size_t)number.n;
	return err;
}

static enum err run_for(struct liquid_run *r, const struct node *n, enum flow *flow)
{
	struct liquid_value list, one;
	struct liquid_loop *loop = &r->loops[n->depth];
	size_t offset, limit;
	enum err err = eval(r, n->expr, &list);

	if (!err && list.type == LIQUID_TEXT && list.len) {
		one = list;
		list = (struct liquid_value){ .type = LIQUID_LIST, .list = &one, .count = 1 };
	}
	if (!err && list.type != LIQUID_LIST)
		list.count = 0;
	if (!err)
		err = eval_count(r, n->offset, 0, list.count, &offset);
	if (!err)
		err = eval_count(r, n->limit, list.count - offset, list.count - offset, &limit);
	if (err)
		return err;
	if (limit == 0)
		return n->branches->next ? run_list(r, n->branches->next->body, flow) : ERR_NONE;
	loop->length = (int64_t)limit;
	for (size_t i = 0; i < limit; i++) {
		enum flow inner = FLOW_ON;

		if (++r->rounds > LIQUID_MAX_ROUNDS)
			return fail(r->sc, ERR_LIMIT, "the template loops too often");
		loop->index = (int64_t)i;
		r->slots[n->slot] = list.list[offset + (n->reversed ? limit - 1 - i : i)];
		r->assigned[n->slot] = true;
		err = run_list(r, n->branches->body, &inner);
		if (err || inner == FLOW_BREAK)
			break;
	}
	return err;
}

static enum err run_capture(struct liquid_run *r, const struct node *n, enum flow *flow)
{
	size_t from = r->o->len;
	enum err err = run_list(r, n->branches->body, flow);
	char *text;
	size_t len = r->o->len - from;

	if (!err)
		err = liquid_room(r, len, &text);
	if (err)
		return err;
	if (len)
		memcpy(text, r->o->data + from, len);
	out_cut(r->o, from);
	r->slots[n->slot] = value_of(text, len);
	r->slots[n->slot].safe = r->env->html;
	r->assigned[n->slot] = true;
	return ERR_NONE;
}

static enum err run_node(struct liquid_run *r, const struct node *n, enum flow *flow)
{
	struct liquid_value v;
	enum err err;

	switch (n->kind) {
	case NODE_TEXT:
		out_bytes(r->o, n->text, n->len);
		return liquid_spend(r, n->len);
	case NODE_OUTPUT:
		err = eval(r, n->expr, &v);
		return err ? err : put_value(r, &v);
	case NODE_IF:
		return run_branches(r, n, flow);
	case NODE_FOR:
		return run_for(r, n, flow);
	case NODE_ASSIGN:
		err = eval(r, n->expr, &v);
		if (err)
			return err;
		r->slots[n->slot] = v;
		r->assigned[n->slot] = true;
		return liquid_spend(r, 0);
	case NODE_CAPTURE:
		return run_capture(r, n, flow);
	case NODE_BREAK:
		*flow = FLOW_BREAK;
		return ERR_NONE;
	case NODE_CONTINUE:
		*flow = FLOW_CONTINUE;
		return ERR_NONE;
	}
	return ERR_NONE;
}

static enum err run_list(struct liquid_run *r, const struct node *n, enum flow *flow)
{
	enum err err = ERR_NONE;

	for (; n && !err && *flow == FLOW_ON; n = n->next) {
		err = run_node(r, n, flow);
		if (!err && r->o->len - r->start > LIQUID_MAX_OUT)
			err = fail(r->sc, ERR_LIMIT, "the template writes too much");
	}
	return err;
}

enum err liquid_render(
	struct scope *sc, const struct liquid *t, const struct liquid_env *env, struct out *o)
{
	struct liquid_run r = { .sc = sc, .t = t, .env = env, .o = o, .start = o->len };
	enum flow flow = FLOW_ON;

	if (t->slots) {
		r.slots = arena_array(sc->mem, (size_t)t->slots, sizeof *r.slots);
		r.assigned = arena_array(sc->mem, (size_t)t->slots, sizeof *r.assigned);
	}
	if (t->loops)
		r.loops = arena_array(sc->mem, (size_t)t->loops, sizeof *r.loops);
	return run_list(&r, t->body, &flow);
}
