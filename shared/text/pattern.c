/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Thompson's construction: the expression becomes a small program with forks, all of whose branches
   run side by side over the text. */
#include "text/pattern.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH   20 /* groups within groups */
#define REPEATS 100

enum op { OP_SET, OP_FORK, OP_JUMP, OP_BEGIN, OP_END, OP_MATCH };

/* Jumps are relative, so that a piece of program may be copied. */
struct step {
	enum op op;
	int x, y;
	unsigned char set[32]; /* of OP_SET: which bytes */
};

struct pattern {
	size_t count;
	struct step *steps;      /* arena */
	bool anywhere;           /* it may match without reading a byte */
	unsigned char first[32]; /* else the bytes that a match can begin with */
};

struct parser {
	struct scope *sc;
	const char *text, *at;
	struct step *steps; /* arena; PATTERN_STEPS */
	int count, depth;
};

static enum err refuse(struct parser *p, const char *what)
{
	return fail(p->sc, ERR_INPUT, "the expression is wrong at byte %d: %s",
		(int)(p->at - p->text) + 1, what);
}

static enum err too_large(struct parser *p)
{
	return fail(p->sc, ERR_LIMIT, "the expression is too large");
}

static enum err emit(struct parser *p, struct step step)
{
	/* One is kept for the end. */
	if (p->count >= PATTERN_STEPS - 1)
		return too_large(p);
	p->steps[p->count++] = step;
	return ERR_NONE;
}

/* Room for one step at AT; what is jumped over keeps its distances. */
static enum err insert(struct parser *p, int at, struct step step)
{
	if (p->count >= PATTERN_STEPS - 1)
		return too_large(p);
	memmove(&p->steps[at + 1], &p->steps[at], (size_t)(p->count - at) * sizeof step);
	p->steps[at] = step;
	p->count++;
	return ERR_NONE;
}

static void set_byte(unsigned char *set, int c)
{
	set[c >> 3] |= (unsigned char)(1 << (c & 7));
}

static bool has_byte(const unsigned char *set, int c)
{
	return set[c >> 3] >> (c & 7) & 1;
}

static void set_range(unsigned char *set, int from, int to)
{
	for (int c = from; c <= to; c++) {
		set_byte(set, c);
		if (c >= 'a' && c <= 'z')
			set_byte(set, c - 32);
		if (c >= 'A' && c <= 'Z')
			set_byte(set, c + 32);
	}
}

/* What stands behind a backslash. */
static enum err parse_escape(struct parser *p, unsigned char *set, int *single)
{
	int c = (unsigned char)*p->at;

	*single = -1;
	if (c == 'd') {
		set_range(set, '0', '9');
	} else if (c == 's') {
		set_byte(set, ' ');
		set_range(set, '\t', '\r');
	} else if (c == 'w') {
		set_range(set, 'a', 'z');
		set_range(set, '0', '9');
		set_byte(set, '_');
	} else if (c > ' ' && c < 127 && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		   !(c >= 'A' && c <= 'Z')) {
		*single = c;
		set_byte(set, c);
	} else {
		return refuse(p, "nothing is known behind this backslash");
	}
	p->at++;
	return ERR_NONE;
}

/* One end of a range, or a whole class, within brackets. */
static enum err parse_member(struct parser *p, unsigned char *set, int *single)
{
	if (*p->at == '\\') {
		p->at++;
		return parse_escape(p, set, single);
	}
	*single = (unsigned char)*p->at++;
	set_range(set, *single, *single);
	return ERR_NONE;
}

static enum err parse_brackets(struct parser *p)
{
	struct step step = { .op = OP_SET };
	bool negated = *p->at == '^';
	bool first = true;

	p->at += negated;
	for (; *p->at && (*p->at != ']' || first); first = false) {
		unsigned char unused[32] = { 0 };
		int from, to;
		enum err e = parse_member(p, step.set, &from);

		if (e)
			return e;
		if (*p->at != '-' || !p->at[1] || p->at[1] == ']')
			continue;
		p->at++;
		e = parse_member(p, unused, &to);
		if (e)
			return e;
		if (from < 0 || to < from)
			return refuse(p, "this range is empty");
		set_range(step.set, from, to);
	}
	if (!*p->at)
		return refuse(p, "a ] is missing");
	p->at++;
	for (size_t i = 0; negated && i < sizeof step.set; i++)
		step.set[i] = (unsigned char)~step.set[i];
	return emit(p, step);
}

static enum err parse_choice(struct parser *p);

static enum err parse_group(struct parser *p)
{
	enum err e;

	if (*p->at == '?')
		return refuse(p, "groups are plain; this kind is not known");
	if (++p->depth > DEPTH)
		return too_large(p);
	e = parse_choice(p);
	if (e)
		return e;
	if (*p->at != ')')
		return refuse(p, "a ) is missing");
	p->at++;
	p->depth--;
	return ERR_NONE;
}

static enum err parse_atom(struct parser *p)
{
	struct step step = { .op = OP_SET };
	int single;
	enum err e;

	switch (*p->at) {
	case '(':
		p->at++;
		return parse_group(p);
	case '[':
		p->at++;
		return parse_brackets(p);
	case '^':
	case '$':
		return emit(p, (struct step){ .op = *p->at++ == '^' ? OP_BEGIN : OP_END });
	case '*':
	case '+':
	case '?':
	case '{':
		return refuse(p, "there is nothing to repeat");
	case '.':
		p->at++;
		memset(step.set, 0xff, sizeof step.set);
		return emit(p, step);
	case '\\':
		p->at++;
		e = parse_escape(p, step.set, &single);
		return e ? e : emit(p, step);
	default:
		set_range(step.set, (unsigned char)*p->at, (unsigned char)*p->at);
		p->at++;
		return emit(p, step);
	}
}

/* {n}, {n,}, {n,m}; most is -1 for no end. */
static enum err parse_count(struct parser *p, int *least, int *most)
{
	int *into = least, n = 0, digits = 0;

	for (p->at++; *p->at && *p->at != '}'; p->at++) {
		if (*p->at == ',' && into == least && digits) {
			*least = n;
			into = most;
			n = digits = 0;
		} else if (*p->at >= '0' && *p->at <= '9' && digits++ < 3) {
			n = n * 10 + (*p->at - '0');
		} else {
			return refuse(p, "a count is written {2}, {2,} or {2,5}");
		}
	}
	if (!*p->at || (into == least && !digits))
		return refuse(p, "a count is written {2}, {2,} or {2,5}");
	p->at++;
	if (into == least)
		*least = *most = n;
	else
		*most = digits ? n : -1;
	if (*least > REPEATS || *most > REPEATS || (*most >= 0 && *most < *least) || *most == 0)
		return refuse(p, "this count is empty or too large");
	return ERR_NONE;
}

/* A copy of the LEN steps at FROM, at the end. */
static enum err emit_copy(struct parser *p, const struct step *from, int len)
{
	enum err e = ERR_NONE;

	for (int i = 0; i < len && !e; i++)
		e = emit(p, from[i]);
	return e;
}

/* The atom at FROM, LEN steps long and last in the program, LEAST to MOST times. */
static enum err repeat(struct parser *p, int from, int least, int most)
{
	int len = p->count - from;
	struct step *atom = arena_copy(p->sc->mem, &p->steps[from], (size_t)len * sizeof *atom);
	enum err e = ERR_NONE;

	p->count = from;
	for (int i = 0; i < least && !e; i++)
		e = emit_copy(p, atom, len);
	if (most < 0 && !e) {
		e = emit(p, (struct step){ .op = OP_FORK, .x = 1, .y = len + 2 });
		if (!e)
			e = emit_copy(p, atom, len);
		return e ? e : emit(p, (struct step){ .op = OP_JUMP, .x = -len - 1 });
	}
	for (int i = least; i < most && !e; i++) {
		e = emit(p, (struct step){ .op = OP_FORK, .x = 1, .y = len + 1 });
		if (!e)
			e = emit_copy(p, atom, len);
	}
	return e;
}

static enum err parse_piece(struct parser *p)
{
	int from = p->count, least = 0, most = -1;
	enum err e = parse_atom(p);

	if (e)
		return e;
	switch (*p->at) {
	case '*':
		p->at++;
		break;
	case '+':
		p->at++;
		least = 1;
		break;
	case '?':
		p->at++;
		most = 1;
		break;
	case '{':
		e = parse_count(p, &least, &most);
		if (e)
			return e;
		break;
	default:
		return ERR_NONE;
	}
	if (*p->at == '*' || *p->at == '+' || *p->at == '?' || *p->at == '{')
		return refuse(p, "this is repeated already");
	return repeat(p, from, least, most);
}

static enum err parse_choice(struct parser *p)
{
	int start = p->count;

	for (;;) {
		int from = p->count;
		enum err e = ERR_NONE;

		while (*p->at && *p->at != '|' && *p->at != ')' && !e)
			e = parse_piece(p);
		if (e)
			return e;
		if (p->count == from)
			return refuse(p, "something is missing here");
		if (*p->at != '|')
			return ERR_NONE;
		p->at++;
		/* fork: all so far, then a jump over what comes; or what comes. The jump's length
		   is set when that is known: what comes is parsed as a choice of its own. */
		e = insert(p, start,
			(struct step){ .op = OP_FORK, .x = 1, .y = p->count - start + 2 });
		if (!e)
			e = emit(p, (struct step){ .op = OP_JUMP });
		if (e)
			return e;
		start = p->count;
		e = parse_choice(p);
		p->steps[start - 1].x = p->count - start + 1;
		return e;
	}
}

/* ---- running ---- */

/* The places where the program stands, each once. */
struct places {
	unsigned short list[PATTERN_STEPS];
	size_t count;
	unsigned char seen[PATTERN_STEPS / 8 + 1];
};

struct moment {
	bool begins, ends; /* of the text */
};

static void clear(struct places *s)
{
	s->count = 0;
	memset(s->seen, 0, sizeof s->seen);
}

/* AT and all that it leads to without reading a byte; true when that is the end. */
static bool add(const struct pattern *p, struct places *s, size_t at, struct moment m)
{
	unsigned short stack[PATTERN_STEPS + 1];
	size_t depth = 0;

	stack[depth++] = (unsigned short)at;
	while (depth) {
		size_t i = stack[--depth];
		const struct step *step = &p->steps[i];

		if (s->seen[i >> 3] >> (i & 7) & 1)
			continue;
		s->seen[i >> 3] |= (unsigned char)(1 << (i & 7));
		if (step->op == OP_MATCH)
			return true;
		if (step->op == OP_SET)
			s->list[s->count++] = (unsigned short)i;
		else if (step->op == OP_FORK)
			stack[depth++] = (unsigned short)((int)i + step->y);
		if (step->op == OP_FORK || step->op == OP_JUMP)
			stack[depth++] = (unsigned short)((int)i + step->x);
		else if ((step->op == OP_BEGIN && m.begins) || (step->op == OP_END && m.ends))
			stack[depth++] = (unsigned short)(i + 1);
	}
	return false;
}

static void find_first(struct pattern *p)
{
	struct places s;

	clear(&s);
	p->anywhere = add(p, &s, 0, (struct moment){ true, true });
	for (size_t i = 0; i < s.count; i++)
		for (size_t b = 0; b < sizeof p->first; b++)
			p->first[b] |= p->steps[s.list[i]].set[b];
}

static void free_steps(struct step **steps)
{
	free(*steps);
}

enum err pattern_compile(struct scope *sc, const char *text, const struct pattern **out)
{
	/* Far more than most need, so it does not stay with what is made. */
	struct step *steps CLEANUP(free_steps) = calloc(PATTERN_STEPS, sizeof *steps);
	struct parser p = { .sc = sc, .text = text, .at = text, .steps = steps };
	struct pattern *made;
	enum err e;

	if (!steps)
		abort();
	if (strlen(text) > PATTERN_LENGTH)
		return fail(
			sc, ERR_LIMIT, "the expression is longer than %d bytes", PATTERN_LENGTH);
	e = parse_choice(&p);
	if (!e && *p.at)
		e = refuse(&p, "this ) closes nothing");
	if (e)
		return e;
	p.steps[p.count++] = (struct step){ .op = OP_MATCH };
	made = arena_alloc(sc->mem, sizeof *made);
	made->count = (size_t)p.count;
	made->steps = arena_copy(sc->mem, p.steps, (size_t)p.count * sizeof *p.steps);
	find_first(made);
	*out = made;
	return ERR_NONE;
}

bool pattern_matches(const struct pattern *p, const char *text)
{
	struct places two[2], *now = &two[0], *next = &two[1];
	const unsigned char *c = (const unsigned char *)text;

	clear(now);
	if (add(p, now, 0, (struct moment){ true, !*c }))
		return true;
	for (; *c; c++) {
		struct places *swap = now;
		struct moment m = { false, !c[1] };
		bool begins = p->anywhere || has_byte(p->first, c[1]);

		/* Most texts hold nothing for most patterns. */
		if (!now->count && !begins)
			continue;
		clear(next);
		for (size_t i = 0; i < now->count; i++)
			if (has_byte(p->steps[now->list[i]].set, *c) &&
				add(p, next, now->list[i] + 1U, m))
				return true;
		/* A match may also begin behind this byte. */
		if (begins && add(p, next, 0, m))
			return true;
		now = next;
		next = swap;
	}
	return false;
}
