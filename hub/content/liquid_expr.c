/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdarg.h>
#include <string.h>

#include "base/str.h"

#include "content/liquid_parse.h"

/* ---- bytes and places ---- */

void *parse_fail(struct parser *p, size_t at, const char *fmt, ...)
{
	va_list args;

	if (p->failed)
		return NULL;
	p->failed = true;
	p->error->line = p->error->column = 1;
	for (size_t i = 0; i < at && i < p->len; i++) {
		if (p->src[i] == '\n') {
			p->error->line++;
			p->error->column = 1;
		} else if (((unsigned char)p->src[i] & 0xc0) != 0x80) {
			p->error->column++;
		}
	}
	va_start(args, fmt);
	p->error->text = arena_vprintf(p->sc->mem, fmt, args);
	va_end(args);
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void parse_blanks(struct parser *p)
{
	while (p->at < p->end && is_blank(p->src[p->at]))
		p->at++;
}

bool parse_char(struct parser *p, char c)
{
	parse_blanks(p);
	if (p->at >= p->end || p->src[p->at] != c)
		return false;
	p->at++;
	return true;
}

bool parse_name(struct parser *p, const char **name, size_t *len)
{
	size_t from;

	parse_blanks(p);
	from = p->at;
	if (from >= p->end || !is_letter(p->src[from]))
		return false;
	while (p->at < p->end && (is_letter(p->src[p->at]) || is_digit(p->src[p->at]) ||
					 (p->src[p->at] == '-' && p->at + 1 < p->end &&
						 is_letter(p->src[p->at + 1]))))
		p->at++;
	*name = p->src + from;
	*len = p->at - from;
	return true;
}

bool parse_word(struct parser *p, const char *word)
{
	const char *name;
	size_t len, from = p->at;

	if (parse_name(p, &name, &len) && len == strlen(word) && memcmp(name, word, len) == 0)
		return true;
	p->at = from;
	return false;
}

bool parse_done(struct parser *p)
{
	parse_blanks(p);
	if (p->at < p->end)
		parse_fail(p, p->at, tr(p->sc, "“%.20s” is not expected here"),
			arena_printf(p->sc->mem, "%.*s", (int)(p->end - p->at), p->src + p->at));
	return !p->failed;
}

struct expr *expr_new(struct parser *p, enum expr_kind kind)
{
	struct expr *e = arena_alloc(p->mem, sizeof *e);

	e->kind = kind;
	return e;
}

/* ---- literals ---- */

static const struct expr *literal_text(struct parser *p, char quote)
{
	size_t from = ++p->at;
	const char *end = memchr(p->src + from, quote, p->end - from);
	struct expr *e;

	if (!end)
		return parse_fail(p, from - 1, tr(p->sc, "the text is not closed"));
	e = expr_new(p, EXPR_LITERAL);
	e->value = value_of(p->src + from, (size_t)(end - p->src) - from);
	p->at = (size_t)(end - p->src) + 1;
	return e;
}

static const struct expr *literal_number(struct parser *p)
{
	size_t from = p->at;
	struct liquid_value text;
	struct expr *e = expr_new(p, EXPR_LITERAL);

	if (p->src[p->at] == '-')
		p->at++;
	while (p->at < p->end && is_digit(p->src[p->at]))
		p->at++;
	/* Two points are a range's. */
	if (p->at + 1 < p->end && p->src[p->at] == '.' && is_digit(p->src[p->at + 1])) {
		p->at++;
		while (p->at < p->end && is_digit(p->src[p->at]))
			p->at++;
	}
	text = value_of(p->src + from, p->at - from);
	if (!value_number(&text, &e->value))
		return parse_fail(p, from, tr(p->sc, "the number is too long"));
	return e;
}

static const struct expr *literal_range(struct parser *p)
{
	struct expr *e = expr_new(p, EXPR_RANGE);
	size_t from = p->at++;

	e->left = parse_value(p);
	parse_blanks(p);
	if (!p->failed && !(p->at + 1 < p->end && p->src[p->at] == '.' && p->src[p->at + 1] == '.'))
		return parse_fail(p, from, tr(p->sc, "brackets may only hold a range: (1..5)"));
	p->at += 2;
	if (!p->failed)
		e->right = parse_value(p);
	if (!p->failed && !parse_char(p, ')'))
		return parse_fail(p, from, tr(p->sc, "the range is not closed"));
	return p->failed ? NULL : e;
}

/* ---- names ---- */

static const struct local *find_local(struct parser *p, const char *name, size_t len)
{
	for (size_t i = p->local_count; i-- > 0;)
		if (p->locals[i].len == len && memcmp(p->locals[i].name, name, len) == 0)
			return &p->locals[i];
	return NULL;
}

int local_slot(struct parser *p, const char *name, size_t len, bool fresh)
{
	const struct local *known = fresh ? NULL : find_local(p, name, len);

	if (known)
		return known->slot;
	if (p->local_count == LIQUID_MAX_LOCALS || p->slots == LIQUID_MAX_LOCALS) {
		parse_fail(p, p->at, tr(p->sc, "too many names are assigned"));
		return -1;
	}
	p->locals[p->local_count++] = (struct local){ name, len, p->slots };
	return p->slots++;
}

/* An outside name, numbered; WIDTH bytes from FROM. */
static struct expr *outside(struct parser *p, size_t from, size_t width)
{
	struct expr *e = expr_new(p, EXPR_NAME);
	struct liquid_error place = { 0 };
	struct parser look = *p;

	for (size_t i = 0; i < p->name_count; i++)
		if (strlen(p->names[i].name) == width &&
			memcmp(p->names[i].name, p->src + from, width) == 0) {
			e->n = (int)i;
			return e;
		}
	if (p->name_count == LIQUID_MAX_NAMES)
		return parse_fail(p, from, tr(p->sc, "too many names are used"));
	look.error = &place;
	parse_fail(&look, from, "-");
	e->n = (int)p->name_count;
	p->names[p->name_count++] = (struct liquid_name){
		.name = arena_copy(p->mem, p->src + from, width),
		.line = place.line,
		.column = place.column,
	};
	return e;
}

static const struct expr *loop_name(struct parser *p, size_t from)
{
	static const char *const parts[] = { [LOOP_INDEX] = "index",
		[LOOP_INDEX0] = "index0",
		[LOOP_RINDEX] = "rindex",
		[LOOP_RINDEX0] = "rindex0",
		[LOOP_FIRST] = "first",
		[LOOP_LAST] = "last",
		[LOOP_LENGTH] = "length" };
	struct expr *e = expr_new(p, EXPR_LOOP);
	const char *name;
	size_t len;

	if (!parse_char(p, '.') || !parse_name(p, &name, &len))
		return parse_fail(
			p, from, tr(p->sc, "say what of forloop is meant: forloop.index"));
	for (int i = 0; i < LOOP_PARTS; i++)
		if (strlen(parts[i]) == len && memcmp(parts[i], name, len) == 0) {
			e->op = i;
			e->n = p->loop - 1;
			return e;
		}
	return parse_fail(p, from, tr(p->sc, "forloop has no “%.40s”"),
		(char *)arena_copy(p->sc->mem, name, len));
}

/* .size, .first, .last and [n] behind a value. */
static const struct expr *parse_parts(struct parser *p, const struct expr *of)
{
	static const char *const parts[] = {
		[PART_SIZE] = "size", [PART_FIRST] = "first", [PART_LAST] = "last"
	};

	for (int most = 8; of && most--;) {
		struct expr *e = expr_new(p, EXPR_PART);
		size_t from = p->at;
		const char *name;
		size_t len;

		e->left = of;
		if (p->at < p->end && p->src[p->at] == '[') {
			p->at++;
			if (++p->depth > LIQUID_MAX_DEPTH)
				return parse_fail(p, from, tr(p->sc, "too deep"));
			e->op = PART_INDEX;
			e->right = parse_value(p);
			p->depth--;
			if (e->right && !parse_char(p, ']'))
				return parse_fail(p, from, tr(p->sc, "the bracket is not closed"));
			of = p->failed ? NULL : e;
			continue;
		}
		if (p->at >= p->end || p->src[p->at] != '.' ||
			(p->at + 1 < p->end && p->src[p->at + 1] == '.'))
			return of;
		p->at++;
		if (!parse_name(p, &name, &len))
			return parse_fail(p, from, tr(p->sc, "a name is missing behind the point"));
		for (e->op = 0; e->op < PART_INDEX; e->op++)
			if (strlen(parts[e->op]) == len && memcmp(parts[e->op], name, len) == 0)
				break;
		if (e->op == PART_INDEX)
			return parse_fail(p, from, tr(p->sc, "a value has no “%.40s”"),
				(char *)arena_copy(p->sc->mem, name, len));
		of = e;
	}
	return of;
}

/* name, name.name (two parts name one thing of the outside world), or a local. */
static const struct expr *parse_variable(struct parser *p, const char *name, size_t len)
{
	size_t from = (size_t)(name - p->src);
	const struct local *local = find_local(p, name, len);
	struct expr *e;

	if (p->loop && len == 7 && memcmp(name, "forloop", 7) == 0)
		return loop_name(p, from);
	if (local) {
		e = expr_new(p, EXPR_SLOT);
		e->n = local->slot;
		e->right = expr_new(p, EXPR_LITERAL);
		return parse_parts(p, e);
	}
	if (p->at + 1 < p->end && p->src[p->at] == '.' && is_letter(p->src[p->at + 1])) {
		const char *second;
		size_t more;

		p->at++;
		if (parse_name(p, &second, &more))
			len = (size_t)(second - name) + more;
	}
	e = outside(p, from, len);
	return e ? parse_parts(p, e) : NULL;
}

static const struct {
	const char *word;
	enum expr_kind kind;
	enum liquid_type type;
	int64_t n;
} words[] = {
	{ "true", EXPR_LITERAL, LIQUID_BOOL, 1 },
	{ "false", EXPR_LITERAL, LIQUID_BOOL, 0 },
	{ "nil", EXPR_LITERAL, LIQUID_NIL, 0 },
	{ "null", EXPR_LITERAL, LIQUID_NIL, 0 },
	{ "blank", EXPR_BLANK, LIQUID_NIL, 0 },
	{ "empty", EXPR_EMPTY, LIQUID_NIL, 0 },
};

const struct expr *parse_value(struct parser *p)
{
	const char *name;
	size_t len;
	char c;

	parse_blanks(p);
	if (p->at >= p->end)
		return parse_fail(p, p->at, tr(p->sc, "a value is missing"));
	c = p->src[p->at];
	if (c == '"' || c == '\'')
		return literal_text(p, c);
	if (is_digit(c) || (c == '-' && p->at + 1 < p->end && is_digit(p->src[p->at + 1])))
		return literal_number(p);
	if (c == '(') {
		const struct expr *e;

		if (++p->depth > LIQUID_MAX_DEPTH)
			return parse_fail(p, p->at, tr(p->sc, "too deep"));
		e = literal_range(p);
		p->depth--;
		return e;
	}
	if (!parse_name(p, &name, &len))
		return parse_fail(p, p->at, tr(p->sc, "a value is missing"));
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, name, len) == 0) {
			struct expr *e = expr_new(p, words[i].kind);

			e->value = (struct liquid_value){ .type = words[i].type, .n = words[i].n };
			return e;
		}
	return parse_variable(p, name, len);
}

/* ---- filters ---- */

static struct filter_call *parse_filter(struct parser *p)
{
	struct filter_call *c = arena_alloc(p->mem, sizeof *c);
	const char *name;
	size_t len, from;

	parse_blanks(p);
	from = p->at;
	if (!parse_name(p, &name, &len))
		return parse_fail(p, from, tr(p->sc, "the name of a filter is missing"));
	name = arena_copy(p->sc->mem, name, len);
	c->filter = filter_find(name, len);
	if (!c->filter)
		return parse_fail(p, from, tr(p->sc, "there is no filter “%.40s”"), name);
	if (parse_char(p, ':'))
		do {
			if (c->count == c->filter->most)
				return parse_fail(p, p->at,
					tr(p->sc, "too many values for the filter “%.40s”"), name);
			c->args[c->count++] = parse_value(p);
			if (p->failed)
				return NULL;
		} while (parse_char(p, ','));
	if (c->count < c->filter->least)
		return parse_fail(
			p, from, tr(p->sc, "a value is missing for the filter “%.40s”"), name);
	return c;
}

const struct expr *parse_filtered(struct parser *p)
{
	const struct expr *of = parse_value(p);
	const struct filter_call **last;
	struct expr *e;

	if (!of || !parse_char(p, '|'))
		return of;
	e = expr_new(p, EXPR_FILTERED);
	e->left = of;
	last = &e->filters;
	do {
		struct filter_call *c = parse_filter(p);

		if (!c)
			return NULL;
		*last = c;
		last = &c->next;
	} while (parse_char(p, '|'));
	return e;
}

/* ---- conditions ---- */

/* Longer signs first. */
static const struct {
	const char *sign;
	enum compare op;
} operators[] = {
	{ "==", COMPARE_EQ },
	{ "!=", COMPARE_NE },
	{ "<>", COMPARE_NE },
	{ "<=", COMPARE_LE },
	{ ">=", COMPARE_GE },
	{ "<", COMPARE_LT },
	{ ">", COMPARE_GT },
};

static bool parse_operator(struct parser *p, int *op)
{
	parse_blanks(p);
	for (size_t i = 0; i < COUNT(operators); i++) {
		size_t n = strlen(operators[i].sign);

		if (p->end - p->at >= n && memcmp(p->src + p->at, operators[i].sign, n) == 0) {
			p->at += n;
			*op = (int)operators[i].op;
			return true;
		}
	}
	*op = COMPARE_HAS;
	return parse_word(p, "contains");
}

static const struct expr *parse_comparison(struct parser *p)
{
	const struct expr *left = parse_value(p);
	struct expr *e;
	int op;

	if (!left || !parse_operator(p, &op))
		return left;
	e = expr_new(p, EXPR_COMPARE);
	e->op = op;
	e->left = left;
	e->right = parse_value(p);
	return e->right ? e : NULL;
}

/* `and` and `or` bind alike and from the right, as Liquid has it. */
const struct expr *parse_condition(struct parser *p)
{
	const struct expr *left = parse_comparison(p);
	struct expr *e;
	bool both;

	if (!left)
		return NULL;
	both = parse_word(p, "and");
	if (!both && !parse_word(p, "or"))
		return left;
	if (++p->terms > LIQUID_MAX_DEPTH)
		return parse_fail(p, p->at, tr(p->sc, "the condition has too many terms"));
	e = expr_new(p, both ? EXPR_AND : EXPR_OR);
	e->left = left;
	e->right = parse_condition(p);
	return e->right ? e : NULL;
}
