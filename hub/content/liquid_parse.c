/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "content/liquid_parse.h"

#include <string.h>

#include "base/str.h"

/* ---- tokens ---- */

enum token_kind { TOKEN_END, TOKEN_TEXT, TOKEN_OUTPUT, TOKEN_TAG };

struct token {
	enum token_kind kind;
	size_t from, to;  /* of the text, or of what stands between the braces */
	size_t open;      /* where the braces begin */
	const char *name; /* of a tag; borrowed from the source */
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the closing braces of a tag begin; quotes may hold braces. LEN when they are missing. */
static size_t find_close(const struct parser *p, size_t at, char c)
{
	for (; at + 1 < p->len; at++) {
		if (p->src[at] == '"' || p->src[at] == '\'') {
			const char *end = memchr(p->src + at + 1, p->src[at], p->len - at - 1);
			const char *close = memchr(p->src + at + 1, '\n', p->len - at - 1);

			/* A lone apostrophe is no quote that swallows the rest of the mail. */
			if (end && (!close || end < close))
				at = (size_t)(end - p->src);
		} else if (p->src[at] == c && p->src[at + 1] == '}') {
			return at;
		}
	}
	return p->len;
}

static bool token_text(struct parser *p, struct token *t)
{
	const char *brace = p->src + p->at, *end = p->src + p->len;

	while ((brace = memchr(brace, '{', (size_t)(end - brace))) &&
		!(brace + 1 < end && (brace[1] == '{' || brace[1] == '%')))
		brace++;
	t->kind = TOKEN_TEXT;
	t->from = p->at;
	t->to = brace ? (size_t)(brace - p->src) : p->len;
	p->at = t->to;
	if (p->trim)
		while (t->from < t->to && is_blank(p->src[t->from]))
			t->from++;
	if (brace && brace + 2 < end && brace[2] == '-')
		while (t->to > t->from && is_blank(p->src[t->to - 1]))
			t->to--;
	p->trim = false;
	return true;
}

/* The next token; false after an error. */
static bool token_next(struct parser *p, struct token *t)
{
	bool output;
	size_t close;

	*t = (struct token){ 0 };
	if (p->at >= p->len)
		return true;
	if (!(p->src[p->at] == '{' && p->at + 1 < p->len &&
		    (p->src[p->at + 1] == '{' || p->src[p->at + 1] == '%')))
		return token_text(p, t);
	output = p->src[p->at + 1] == '{';
	t->kind = output ? TOKEN_OUTPUT : TOKEN_TAG;
	t->open = p->at;
	close = find_close(p, p->at + 2, output ? '}' : '%');
	if (close >= p->len) {
		parse_fail(p, t->open,
			output ? tr(p->sc, "“{{” is not closed by “}}”")
			       : tr(p->sc, "“{%%” is not closed by “%%}”"));
		return false;
	}
	t->from = p->at + 2;
	t->to = close;
	p->at = close + 2;
	if (t->from < t->to && p->src[t->from] == '-')
		t->from++;
	p->trim = t->to > t->from && p->src[t->to - 1] == '-';
	if (p->trim)
		t->to--;
	if (t->kind == TOKEN_TAG) {
		struct parser look = *p;

		look.at = t->from;
		look.end = t->to;
		if (!parse_name(&look, &t->name, &t->len)) {
			parse_fail(p, t->open, tr(p->sc, "the tag has no name"));
			return false;
		}
		t->from = look.at;
	}
	return true;
}

static bool tag_is(const struct token *t, const char *name)
{
	return t->kind == TOKEN_TAG && strlen(name) == t->len && memcmp(name, t->name, t->len) == 0;
}

/* From here on the expression of T is read; AT goes back to the token's end afterwards. */
static size_t enter(struct parser *p, const struct token *t)
{
	size_t behind = p->at;

	p->at = t->from;
	p->end = t->to;
	p->terms = 0;
	return behind;
}

static bool leave(struct parser *p, size_t behind)
{
	bool done = parse_done(p);

	p->at = behind;
	return done;
}

/* ---- blocks ---- */

/* Up to a tag named in ENDS (blanks between), which is left in *T. */
static const struct node *parse_list(
	struct parser *p, const char *ends, const struct token *opened, struct token *t);

static bool is_one_of(const char *names, const char *name, size_t len)
{
	for (const char *at = names; *at;) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, name, len) == 0)
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

static struct node *node_new(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_alloc(p->mem, sizeof *n);

	n->kind = kind;
	return n;
}

static struct branch *branch_new(struct parser *p, struct node *n)
{
	struct branch *b = arena_alloc(p->mem, sizeof *b), **last = (struct branch **)&n->branches;

	while (*last)
		last = &(*last)->next;
	*last = b;
	return b;
}

static const struct expr *condition_of(struct parser *p, const struct token *t)
{
	size_t behind = enter(p, t);
	const struct expr *e = parse_condition(p);

	return e && leave(p, behind) ? e : NULL;
}

static struct node *parse_if(struct parser *p, const struct token *opened)
{
	bool unless = tag_is(opened, "unless");
	const char *ends = unless ? "elsif else endunless" : "elsif else endif";
	struct node *n = node_new(p, NODE_IF);
	struct token t = *opened;

	for (bool first = true; !p->failed; first = false) {
		struct branch *b = branch_new(p, n);

		if (first || tag_is(&t, "elsif")) {
			b->when = condition_of(p, &t);
			b->negated = first && unless;
		} else {
			ends = unless ? "endunless" : "endif";
		}
		if (p->failed)
			return NULL;
		b->body = parse_list(p, ends, opened, &t);
		if (tag_is(&t, "endif") || tag_is(&t, "endunless"))
			return p->failed ? NULL : n;
	}
	return NULL;
}

/* value, value or value: each compared with the case's. */
static const struct expr *parse_when(struct parser *p, const struct expr *of, const struct token *t)
{
	size_t behind = enter(p, t);
	struct expr *all = NULL;

	do {
		struct expr *one = expr_new(p, EXPR_COMPARE), *both;

		one->op = COMPARE_EQ;
		one->left = of;
		one->right = parse_value(p);
		if (++p->terms > LIQUID_MAX_DEPTH)
			return parse_fail(p, p->at, tr(p->sc, "the condition has too many terms"));
		if (p->failed)
			return NULL;
		both = all ? expr_new(p, EXPR_OR) : one;
		if (all) {
			both->left = all;
			both->right = one;
		}
		all = both;
	} while (parse_char(p, ',') || parse_word(p, "or"));
	return leave(p, behind) ? all : NULL;
}

static struct node *parse_case(struct parser *p, const struct token *opened)
{
	struct node *n = node_new(p, NODE_IF);
	size_t behind = enter(p, opened);
	const struct expr *of = parse_filtered(p);
	struct token t;

	if (!of || !leave(p, behind))
		return NULL;
	/* What stands before the first `when` is for nobody. */
	parse_list(p, "when else endcase", opened, &t);
	while (!p->failed && !tag_is(&t, "endcase")) {
		struct branch *b = branch_new(p, n);
		bool otherwise = tag_is(&t, "else");

		if (!otherwise)
			b->when = parse_when(p, of, &t);
		if (!p->failed)
			b->body = parse_list(
				p, otherwise ? "endcase" : "when else endcase", opened, &t);
	}
	return p->failed ? NULL : n;
}

static bool parse_for_words(struct parser *p, struct node *n)
{
	for (;;) {
		if (parse_word(p, "reversed")) {
			n->reversed = true;
		} else if (parse_word(p, "limit")) {
			if (!parse_char(p, ':'))
				return parse_fail(p, p->at, tr(p->sc, "“:” is missing"));
			n->limit = parse_value(p);
		} else if (parse_word(p, "offset")) {
			if (!parse_char(p, ':'))
				return parse_fail(p, p->at, tr(p->sc, "“:” is missing"));
			n->offset = parse_value(p);
		} else if (!parse_char(p, ',')) {
			return !p->failed;
		}
		if (p->failed)
			return false;
	}
}

static struct node *parse_for(struct parser *p, const struct token *opened)
{
	struct node *n = node_new(p, NODE_FOR);
	size_t behind = enter(p, opened), locals, len;
	const char *name;
	struct token t;

	if (!parse_name(p, &name, &len) || !parse_word(p, "in"))
		return parse_fail(p, opened->open, tr(p->sc, "write: for NAME in LIST"));
	n->expr = parse_value(p);
	if (!n->expr || !parse_for_words(p, n) || !leave(p, behind))
		return NULL;
	locals = p->local_count;
	n->slot = local_slot(p, name, len, true);
	n->depth = p->loop++;
	if (p->loop > p->loops)
		p->loops = p->loop;
	if (p->failed)
		return NULL;
	branch_new(p, n)->body = parse_list(p, "else endfor", opened, &t);
	p->loop--;
	/* The loop's own name ends with it; names assigned inside live on. */
	memmove(&p->locals[locals], &p->locals[locals + 1],
		(p->local_count - locals - 1) * sizeof *p->locals);
	p->local_count--;
	if (!p->failed && tag_is(&t, "else"))
		branch_new(p, n)->body = parse_list(p, "endfor", opened, &t);
	return p->failed ? NULL : n;
}

static struct node *parse_assign(struct parser *p, const struct token *opened)
{
	struct node *n = node_new(p, NODE_ASSIGN);
	size_t behind = enter(p, opened), len;
	const char *name;

	if (!parse_name(p, &name, &len) || !parse_char(p, '='))
		return parse_fail(p, opened->open, tr(p->sc, "write: assign NAME = VALUE"));
	n->expr = parse_filtered(p);
	if (!n->expr || !leave(p, behind))
		return NULL;
	n->slot = local_slot(p, name, len, false);
	return p->failed ? NULL : n;
}

static struct node *parse_capture(struct parser *p, const struct token *opened)
{
	struct node *n = node_new(p, NODE_CAPTURE);
	size_t behind = enter(p, opened), len;
	const char *name;
	struct token t;

	if (!parse_name(p, &name, &len) || !leave(p, behind))
		return parse_fail(p, opened->open, tr(p->sc, "write: capture NAME"));
	branch_new(p, n)->body = parse_list(p, "endcapture", opened, &t);
	if (!p->failed)
		n->slot = local_slot(p, name, len, false);
	return p->failed ? NULL : n;
}

/* Everything up to the end tag as it stands; NULL TEXT for comments, which nest. */
static bool skip_to(struct parser *p, const struct token *opened, struct node *text)
{
	const char *name = text ? "raw" : "comment", *end = text ? "endraw" : "endcomment";
	size_t from = p->at, depth = 1;

	while (p->at < p->len) {
		const char *brace = memmem(p->src + p->at, p->len - p->at, "{%", 2);
		struct parser look = *p;
		struct token t;
		struct liquid_error ignored;

		if (!brace)
			break;
		p->at = look.at = (size_t)(brace - p->src);
		look.error = &ignored;
		if (!token_next(&look, &t) || !(tag_is(&t, end) || (!text && tag_is(&t, name)))) {
			p->at += 2;
			continue;
		}
		if (text) {
			text->text = p->src + from;
			text->len = p->at - from;
		}
		p->at = look.at;
		p->trim = look.trim;
		depth += tag_is(&t, end) ? (size_t)-1 : 1;
		if (depth == 0)
			return true;
	}
	parse_fail(p, opened->open, tr(p->sc, "“%s” is not closed by “%s”"), name, end);
	return false;
}

static struct node *parse_raw(struct parser *p, const struct token *opened)
{
	struct node *n = node_new(p, NODE_TEXT);

	return skip_to(p, opened, n) ? n : NULL;
}

static struct node *parse_comment(struct parser *p, const struct token *opened)
{
	return skip_to(p, opened, NULL) ? node_new(p, NODE_TEXT) : NULL;
}

static struct node *parse_jump(struct parser *p, const struct token *opened)
{
	size_t behind = enter(p, opened);

	if (!leave(p, behind))
		return NULL;
	if (!p->loop)
		return parse_fail(
			p, opened->open, tr(p->sc, "this tag makes sense inside a loop only"));
	return node_new(p, tag_is(opened, "break") ? NODE_BREAK : NODE_CONTINUE);
}

static const struct {
	const char *name;
	struct node *(*parse)(struct parser *p, const struct token *opened);
} tags[] = {
	{ "if", parse_if },
	{ "unless", parse_if },
	{ "case", parse_case },
	{ "for", parse_for },
	{ "assign", parse_assign },
	{ "capture", parse_capture },
	{ "comment", parse_comment },
	{ "raw", parse_raw },
	{ "break", parse_jump },
	{ "continue", parse_jump },
};

static struct node *parse_tag(struct parser *p, const struct token *t)
{
	const char *name;

	for (size_t i = 0; i < COUNT(tags); i++)
		if (tag_is(t, tags[i].name)) {
			struct node *n;

			if (++p->depth > LIQUID_MAX_DEPTH)
				return parse_fail(p, t->open, tr(p->sc, "too deep"));
			n = tags[i].parse(p, t);
			p->depth--;
			return n;
		}
	name = arena_copy(p->sc->mem, t->name, t->len);
	if (is_one_of("else elsif when endif endunless endcase endfor endcapture endraw endcomment",
		    t->name, t->len))
		return parse_fail(p, t->open, tr(p->sc, "“%.40s” has nothing to belong to"), name);
	return parse_fail(p, t->open, tr(p->sc, "there is no tag “%.40s”"), name);
}

static struct node *parse_token(struct parser *p, const struct token *t)
{
	struct node *n;
	size_t behind;

	if (t->kind == TOKEN_TAG)
		return parse_tag(p, t);
	n = node_new(p, t->kind == TOKEN_TEXT ? NODE_TEXT : NODE_OUTPUT);
	if (t->kind == TOKEN_TEXT) {
		n->text = p->src + t->from;
		n->len = t->to - t->from;
		return n;
	}
	behind = enter(p, t);
	n->expr = parse_filtered(p);
	return n->expr && leave(p, behind) ? n : NULL;
}

static const struct node *parse_list(
	struct parser *p, const char *ends, const struct token *opened, struct token *t)
{
	struct node *first = NULL, **last = &first;

	while (!p->failed && token_next(p, t)) {
		struct node *n;

		if (t->kind == TOKEN_END) {
			if (opened)
				parse_fail(p, opened->open, tr(p->sc, "“%.40s” is never closed"),
					(char *)arena_copy(p->sc->mem, opened->name, opened->len));
			return first;
		}
		if (t->kind == TOKEN_TAG && is_one_of(ends, t->name, t->len))
			return first;
		n = parse_token(p, t);
		if (!n)
			return NULL;
		/* Nothing to say needs no node. */
		if (n->kind == NODE_TEXT && n->len == 0)
			continue;
		*last = n;
		last = &n->next;
	}
	return NULL;
}

enum err liquid_compile(struct scope *sc, struct arena *mem, const char *text,
	const struct liquid **out, struct liquid_error *error)
{
	struct parser p = { .sc = sc, .mem = mem, .len = strlen(text), .error = error };
	struct liquid *t = arena_alloc(mem, sizeof *t);
	struct token token;

	p.src = arena_copy(mem, text, p.len);
	p.names = arena_array(mem, LIQUID_MAX_NAMES, sizeof *p.names);
	p.locals = arena_array(sc->mem, LIQUID_MAX_LOCALS, sizeof *p.locals);
	t->body = parse_list(&p, "", NULL, &token);
	if (p.failed)
		return fail(sc, ERR_INPUT, "line %d, column %d: %s", error->line, error->column,
			error->text);
	t->names = p.names;
	t->name_count = p.name_count;
	t->slots = p.slots;
	t->loops = p.loops;
	*out = t;
	return ERR_NONE;
}

const struct liquid_name *liquid_names(const struct liquid *t, size_t *n)
{
	*n = t->name_count;
	return t->names;
}
