/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define FILE_MAX_BYTES (1 << 20)
#define BUCKETS        4096

struct tried {
	struct tried *next; /* owned by the table */
	int64_t count;
	char address[];
};

struct rules {
	struct arena *mem; /* owned; of the rules, renewed with each load */
	struct rule *list; /* arena */
	size_t count;
	struct tried *tried[BUCKETS]; /* owned */
};

static const struct rule accept_all = { "*", RULE_ACCEPT, 0, 0, NULL };

struct rules *rules_new(void)
{
	struct rules *r = calloc(1, sizeof *r);

	if (!r)
		abort();
	r->mem = arena_new();
	return r;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (r->tried[i]) {
			struct tried *t = r->tried[i];

			r->tried[i] = t->next;
			free(t);
		}
	arena_free(r->mem);
	free(r);
}

/* ---- reading ---- */

/* The next word of *REST in MEM, or NULL; *REST moves behind it and its blanks. */
static const char *next_word(struct arena *mem, const char **rest)
{
	const char *start = *rest + strspn(*rest, " \t");
	size_t len = strcspn(start, " \t");
	char *word;

	if (len == 0)
		return NULL;
	word = arena_copy(mem, start, len);
	*rest = start + len + strspn(start + len, " \t");
	return word;
}

static bool is_reply(const char *text, char class)
{
	return text[0] == class && strlen(text) >= 3 && strspn(text, "0123456789") == 3 &&
	       (text[3] == ' ' || text[3] == 0);
}

static const char *parse_act(struct arena *mem, const char *rest, struct rule *rule)
{
	const char *whole = rest, *word = next_word(mem, &rest);

	if (!word)
		return "an action is missing";
	if (str_eq(word, "250"))
		return NULL;
	if (str_eq(word, "delay")) {
		word = next_word(mem, &rest);
		if (!str_int(word, 0, 600000, &rule->delay_ms))
			return "delay needs milliseconds up to 600000";
		return parse_act(mem, rest, rule);
	}
	if (str_eq(word, "drop")) {
		rule->act = RULE_DROP;
		return str_int(next_word(mem, &rest), 1, 1000000, &rule->times)
			       ? NULL
			       : "drop needs a number of tries";
	}
	if (str_eq(word, "defer")) {
		rule->act = RULE_DEFER;
		if (!str_int(next_word(mem, &rest), 1, 1000000, &rule->times))
			return "defer needs a number of tries";
		rule->text = *rest ? rest : "451 4.2.0 Try again later";
		return is_reply(rule->text, '4') ? NULL : "defer needs a 4xx reply";
	}
	if (str_eq(word, "data")) {
		rule->act = RULE_REFUSE_DATA;
		rule->text = rest;
		return is_reply(rest, '5') || is_reply(rest, '4') ? NULL : "data needs a reply";
	}
	rule->act = str_eq(word, "421") ? RULE_CLOSE : RULE_REFUSE;
	rule->text = whole;
	return is_reply(whole, '5') || is_reply(whole, '4') ? NULL : "unknown action";
}

static enum err parse_line(
	struct scope *sc, struct arena *mem, int number, const char *line, struct rule *rule)
{
	const char *rest = line, *wrong;

	*rule = (struct rule){ .act = RULE_ACCEPT };
	rule->pattern = str_lower(mem, next_word(mem, &rest));
	wrong = parse_act(mem, rest, rule);
	if (wrong)
		return fail(sc, ERR_INPUT, "rules line %d: %s", number, wrong);
	rule->text = arena_text(mem, rule->text);
	return ERR_NONE;
}

enum err rules_parse(struct scope *sc, struct rules *r, const char *text)
{
	struct arena *mem = arena_new();
	size_t lines = 1, count = 0;
	struct rule *list;
	int number = 0;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	list = arena_array(mem, lines, sizeof *list);
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = str_trim(mem, arena_copy(mem, text, len));

		number++;
		text += len + (text[len] == '\n');
		if (!*line || *line == '#')
			continue;
		if (parse_line(sc, mem, number, line, &list[count])) {
			arena_free(mem);
			return ERR_INPUT;
		}
		count++;
	}
	arena_free(r->mem);
	r->mem = mem;
	r->list = list;
	r->count = count;
	return ERR_NONE;
}

static void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

enum err rules_load(struct scope *sc, struct rules *r, const char *path)
{
	CLEANUP(close_file) FILE *f = fopen(path, "re");
	char *text;
	size_t len;

	if (!f)
		return fail(sc, ERR_INPUT, "cannot read %s: %m", path);
	text = arena_alloc(sc->mem, FILE_MAX_BYTES + 1);
	len = fread(text, 1, FILE_MAX_BYTES + 1, f);
	if (len > FILE_MAX_BYTES)
		return fail(sc, ERR_LIMIT, "%s is larger than a megabyte", path);
	text[len] = 0;
	return rules_parse(sc, r, text);
}

/* ---- asking ---- */

const struct rule *rules_find(const struct rules *r, const char *address)
{
	for (size_t i = 0; i < r->count; i++)
		if (fnmatch(r->list[i].pattern, address, 0) == 0)
			return &r->list[i];
	return &accept_all;
}

static size_t bucket_of(const char *address)
{
	size_t h = 5381;

	for (; *address; address++)
		h = h * 33 ^ (unsigned char)*address;
	return h % BUCKETS;
}

int64_t rules_tried(struct rules *r, const char *address)
{
	struct tried **at = &r->tried[bucket_of(address)], *t;
	size_t len = strlen(address) + 1;

	for (t = *at; t; t = t->next)
		if (str_eq(t->address, address))
			return t->count++;
	t = malloc(sizeof *t + len);
	if (!t)
		abort();
	t->next = *at;
	t->count = 1;
	memcpy(t->address, address, len);
	*at = t;
	return 0;
}
