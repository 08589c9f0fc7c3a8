/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Rules as text. */
#include <stdlib.h>
#include <string.h>

#include "pace/data.h"
#include "pace/lines.h"
#include "pace/shape.h"
#include "text/pattern.h"

#define MAX_RULES 500

/* "2/60": so many within minutes. */
static bool parse_hits(struct scope *sc, const char *text, struct shape_rule *r)
{
	const char *slash = strchr(text, '/');
	int64_t minutes;

	if (!slash)
		return false;
	if (!str_int(arena_printf(sc->mem, "%.*s", (int)(slash - text), text), 1, SHAPE_MOST_HITS,
		    &r->hits) ||
		!str_int(slash + 1, 1, 1440, &minutes))
		return false;
	r->hits_ms = minutes * MINUTE_MS;
	return true;
}

/* "suspend", "rate=60". */
static bool parse_action(const char *text, struct shape_rule *r)
{
	for (int w = 0; w < SHAPE_WHATS; w++) {
		const char *name = shape_what_name((enum shape_what)w);
		size_t n = strlen(name);

		if (strncmp(text, name, n) != 0)
			continue;
		r->what = (enum shape_what)w;
		if (w == SHAPE_IGNORE || w == SHAPE_SUSPEND)
			return text[n] == 0;
		return text[n] == '=' && str_int(text + n + 1, 1, 100000, &r->value);
	}
	return false;
}

static enum err parse_rule(struct scope *sc, const struct line *l, const struct shape_rules *rules,
	struct shape_rule *r)
{
	int64_t minutes;
	enum err e;

	if (l->count != 6)
		return line_refuse(sc, l,
			"a rule is: name providers hits/minutes action minutes \"expression\"");
	*r = (struct shape_rule){ .name = l->words[0], .providers = l->words[1] };
	if (strlen(r->name) > SHAPE_NAME)
		return line_refuse(sc, l, "this name is too long");
	for (size_t i = 0; i < rules->count; i++)
		if (str_eq(rules->list[i].name, r->name))
			return line_refuse(sc, l, "a second rule of this name");
	if (!parse_hits(sc, l->words[2], r))
		return line_refuse(
			sc, l, "hits are written 2/60: 1 to 20 within 1 to 1440 minutes");
	if (!parse_action(l->words[3], r))
		return line_refuse(
			sc, l, "an action is ignore, suspend, rate=N, connections=N or messages=N");
	if (!str_int(l->words[4], 1, 10080, &minutes))
		return line_refuse(sc, l, "a limit holds 1 to 10080 minutes");
	r->for_ms = minutes * MINUTE_MS;
	e = pattern_compile(sc, l->words[5], &r->pattern);
	return e ? fail(sc, e, "%s line %d: %s", l->file, l->number, sc->why) : ERR_NONE;
}

enum err shape_parse(struct scope *sc, struct bytes text, const struct shape_rules **out)
{
	struct shape_rules *rules = arena_alloc(sc->mem, sizeof *rules);
	struct lines lines;
	struct line l;
	enum err e = lines_open(sc, &lines, "rules", text);

	rules->list = arena_array(sc->mem, MAX_RULES, sizeof *rules->list);
	while (!e && lines_next(sc, &lines, &l, &e)) {
		e = rules->count < MAX_RULES ? parse_rule(sc, &l, rules, &rules->list[rules->count])
					     : line_refuse(sc, &l, "there are too many rules");
		if (!e)
			rules->count++;
	}
	if (!e)
		*out = rules;
	return e;
}

const struct shape_rules *shape_builtin(struct scope *sc)
{
	const struct shape_rules *rules = NULL;

	/* A table that cannot be read does not leave the tests. */
	if (shape_parse(sc, pace_data("rules"), &rules))
		abort();
	return rules;
}

/* NAME is one of the words of LIST, which commas part. */
static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == 0))
			return true;
	}
	return str_eq(list, "*");
}

const struct shape_rule *shape_match(
	const struct shape_rules *rules, const char *provider, const char *reply)
{
	for (size_t i = 0; reply && i < rules->count; i++)
		if (is_listed(rules->list[i].providers, provider) &&
			pattern_matches(rules->list[i].pattern, reply))
			return &rules->list[i];
	return NULL;
}
