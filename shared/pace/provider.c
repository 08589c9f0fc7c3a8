/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/provider.h"

#include <stdlib.h>
#include <string.h>

#include "pace/data.h"
#include "pace/lines.h"

#define MAX_PROVIDERS 200
#define MAX_SUFFIXES  2000
#define MAX_SUFFIX    100

struct suffix {
	const char *text; /* arena; lower case */
	const struct provider *provider;
};

struct providers {
	struct provider *list; /* arena */
	size_t count;
	struct suffix *suffixes; /* arena; sorted by text */
	size_t suffix_count;
};

static const struct provider nobody = { PROVIDER_NOBODY, "Other", PROVIDER_OTHER };

static const char *const class_names[PROVIDER_CLASSES] = { "consumer", "hosted", "other" };

static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= PROVIDER_NAME &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool is_suffix(const char *text)
{
	size_t n = strlen(text);

	return n > 2 && n <= MAX_SUFFIX && strchr(text, '.') && text[0] != '.' &&
	       text[n - 1] != '.' && !strstr(text, "..") &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n;
}

static enum err parse_line(struct scope *sc, struct providers *p, const struct line *l)
{
	struct provider *made = &p->list[p->count];

	if (l->count < 4)
		return line_refuse(sc, l, "a provider is: name class \"title\" suffix …");
	if (p->count == MAX_PROVIDERS || p->suffix_count + l->count > MAX_SUFFIXES)
		return line_refuse(sc, l, "there are too many");
	if (!is_name(l->words[0]) || str_eq(l->words[0], PROVIDER_NOBODY) ||
		str_eq(l->words[0], PROVIDER_UNKNOWN) || provider_named(p, l->words[0]) != &nobody)
		return line_refuse(sc, l, "this name cannot be used, or stands twice");
	*made = (struct provider){ l->words[0], l->words[2], PROVIDER_CLASSES };
	for (int c = 0; c < PROVIDER_CLASSES; c++)
		if (str_eq(l->words[1], class_names[c]))
			made->class = (enum provider_class)c;
	if (made->class == PROVIDER_CLASSES)
		return line_refuse(sc, l, "a class is consumer, hosted or other");
	p->count++;
	for (size_t i = 3; i < l->count; i++) {
		if (!is_suffix(l->words[i]))
			return line_refuse(
				sc, l, "a suffix is the end of a host name, of two labels or more");
		p->suffixes[p->suffix_count++] = (struct suffix){ l->words[i], made };
	}
	return ERR_NONE;
}

static int by_text(const void *a, const void *b)
{
	const struct suffix *x = a, *y = b;

	return strcmp(x->text, y->text);
}

enum err providers_parse(struct scope *sc, struct bytes text, const struct providers **out)
{
	struct providers *p = arena_alloc(sc->mem, sizeof *p);
	struct lines lines;
	struct line l;
	enum err e;

	p->list = arena_array(sc->mem, MAX_PROVIDERS, sizeof *p->list);
	p->suffixes = arena_array(sc->mem, MAX_SUFFIXES, sizeof *p->suffixes);
	e = lines_open(sc, &lines, "providers", text);
	while (!e && lines_next(sc, &lines, &l, &e))
		e = parse_line(sc, p, &l);
	if (e)
		return e;
	qsort(p->suffixes, p->suffix_count, sizeof *p->suffixes, by_text);
	for (size_t i = 1; i < p->suffix_count; i++)
		if (str_eq(p->suffixes[i].text, p->suffixes[i - 1].text))
			return fail(sc, ERR_INPUT, "providers: the suffix %s stands twice",
				p->suffixes[i].text);
	*out = p;
	return ERR_NONE;
}

const struct providers *providers_builtin(struct scope *sc)
{
	const struct providers *p = NULL;

	/* A table that cannot be read does not leave the tests. */
	if (providers_parse(sc, pace_data("providers"), &p))
		abort();
	return p;
}

size_t providers_count(const struct providers *p)
{
	return p->count;
}

const struct provider *providers_at(const struct providers *p, size_t i)
{
	return &p->list[i];
}

const struct provider *provider_named(const struct providers *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (str_eq(p->list[i].name, name))
			return &p->list[i];
	return &nobody;
}

/* The provider of one host: its labels are tried from all of them to the last two. */
static const struct provider *of_host(const struct providers *p, const char *host)
{
	for (const char *at = host; at; at = strchr(at, '.')) {
		struct suffix key, *found;

		at += *at == '.';
		key.text = at;
		found = bsearch(&key, p->suffixes, p->suffix_count, sizeof *p->suffixes, by_text);
		if (found)
			return found->provider;
	}
	return &nobody;
}

const struct provider *provider_of(
	const struct providers *p, const char *const *hosts, size_t count)
{
	const struct provider *first = count ? of_host(p, hosts[0]) : &nobody;

	for (size_t i = 1; i < count; i++)
		if (of_host(p, hosts[i]) != first)
			return &nobody;
	return first;
}

uint32_t provider_site(const char *const *hosts, size_t count)
{
	uint64_t sum = count;

	/* FNV-1a of each, added: the order does not matter. */
	for (size_t i = 0; i < count; i++) {
		uint64_t h = UINT64_C(0xcbf29ce484222325);

		for (const char *c = hosts[i]; *c; c++)
			h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
		sum += h;
	}
	return (uint32_t)(sum ^ sum >> 32);
}
