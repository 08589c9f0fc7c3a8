/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/lists.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/file.h"
#include "base/words.h"
#include "config.h"
#include "hub.h"
#include "net/ip.h"
#include "pace/data.h"
#include "pace/lines.h"

#define FIRST_CODE 6
#define NAME_MOST  30
#define ZONE_MOST  180
#define TITLE_MOST 60

/* ---- the table ---- */

static bool is_zone(const char *text)
{
	size_t n = strlen(text);

	return n > 3 && n <= ZONE_MOST && strchr(text, '.') && text[0] != '.' &&
	       text[n - 1] != '.' && !strstr(text, "..") &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == n;
}

static bool is_name(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= NAME_MOST &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* 127.0.0.2, 127.0.0.4-7 or &8 */
static bool read_code(struct scope *sc, const char *text, struct list_code *c)
{
	const char *dash = strchr(text, '-');
	int64_t n;

	*c = (struct list_code){ .bit = 0 };
	if (*text == '&') {
		if (!str_int(text + 1, 1, 128, &n) || n & (n - 1))
			return false;
		c->bit = (unsigned char)n;
		return true;
	}
	if (dash)
		text = arena_text(sc->mem, text);
	if (dash)
		*strchr((char *)(uintptr_t)text, '-') = 0;
	if (inet_pton(AF_INET, text, c->low) != 1 || c->low[0] != 127)
		return false;
	memcpy(c->high, c->low, sizeof c->high);
	if (dash && !str_int(dash + 1, c->low[3], 255, &n))
		return false;
	if (dash)
		c->high[3] = (unsigned char)n;
	return true;
}

static enum err read_codes(struct scope *sc, const struct line *l, struct list *made)
{
	for (size_t i = FIRST_CODE; i < l->count; i += 2) {
		struct list_code *c = &made->codes[made->code_count];

		if (made->code_count == LIST_CODES)
			return line_refuse(sc, l, "there are too many answers");
		if (i + 1 == l->count)
			return line_refuse(sc, l, "an answer needs its meaning");
		if (!read_code(sc, l->words[i], c))
			return line_refuse(
				sc, l, "an answer is 127.0.0.2, 127.0.0.4-7 or a bit as &8");
		c->meaning = l->words[i + 1];
		made->code_count++;
	}
	return ERR_NONE;
}

static enum err read_line(struct scope *sc, const struct line *l, struct lists *out)
{
	static const char *const weights[LIST_WEIGHTS] = { "stop", "warn", "note" };
	struct list *made = &out->list[out->count];

	if (l->count < FIRST_CODE + 2)
		return line_refuse(sc, l,
			"a list is: name about weight zone \"title\" url answer \"meaning\" …");
	if (out->count == LISTS_MOST)
		return line_refuse(sc, l, "there are too many lists");
	if (!is_name(l->words[0]) || lists_named(out, l->words[0]))
		return line_refuse(sc, l, "this name cannot be used, or stands twice");
	*made = (struct list){ .name = l->words[0],
		.zone = l->words[3],
		.title = l->words[4],
		.url = l->words[5],
		.weight = LIST_WEIGHTS,
		.domains = str_eq(l->words[1], "domain"),
		.four = str_eq(l->words[1], "address4") };
	if (!made->domains && !made->four && !str_eq(l->words[1], "address"))
		return line_refuse(sc, l, "a list is about address, address4 or domain");
	for (int w = 0; w < LIST_WEIGHTS; w++)
		if (str_eq(l->words[2], weights[w]))
			made->weight = (enum list_weight)w;
	if (made->weight == LIST_WEIGHTS)
		return line_refuse(sc, l, "a weight is stop, warn or note");
	if (!is_zone(made->zone))
		return line_refuse(sc, l, "a zone is a name of the DNS in lower case");
	if (strlen(made->title) > TITLE_MOST || !str_starts(made->url, "https://"))
		return line_refuse(sc, l, "a title is short, and its address begins with https://");
	out->count++;
	return read_codes(sc, l, made);
}

enum err lists_parse(struct scope *sc, const char *file, struct bytes text, struct lists *out)
{
	struct lines f;
	struct line l;
	enum err e = lines_open(sc, &f, file, text);

	out->count = 0;
	while (!e && lines_next(sc, &f, &l, &e))
		e = read_line(sc, &l, out);
	return e;
}

enum err lists_open(struct scope *sc, const struct lists **out)
{
	const struct config *config = hub_of(sc)->config;
	struct lists *made = arena_alloc(sc->mem, sizeof *made);
	const char *file = config && !str_empty(config->lists_file) ? config->lists_file : NULL;
	struct bytes text = pace_data("lists");
	enum err e = file ? file_read(sc, file, LINES_MAX, &text) : ERR_NONE;

	if (!e)
		e = lists_parse(sc, file ? file : "lists", text, made);
	if (!e)
		*out = made;
	return e;
}

const struct list *lists_named(const struct lists *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->list[i].name, name))
			return &l->list[i];
	return NULL;
}

/* ---- asking ---- */

const char *list_question(struct arena *mem, const struct list *l, const char *what)
{
	const char *reverse = dns_reverse(mem, what), *end;

	if (l->domains)
		return reverse ? NULL : arena_printf(mem, "%s.%s", what, l->zone);
	if (!reverse || (l->four && !ip_is_v4(what)))
		return NULL;
	end = strstr(reverse, ip_is_v4(what) ? ".in-addr.arpa" : ".ip6.arpa");
	return arena_printf(mem, "%.*s.%s", (int)(end - reverse), reverse, l->zone);
}

/* ---- judging ---- */

static struct list_verdict unclear(const char *code, const char *reason)
{
	return (struct list_verdict){ "unclear", code, reason };
}

/* What lists answer to a question that was not right (127.255.255.0/24). */
static const char *mistake(const unsigned char ip[4])
{
	switch (ip[3]) {
	case 252:
		return WORD("The list says that its name is misspelt.");
	case 254:
		return WORD(
			"The list answers no public name servers: ask through one of your own.");
	case 255:
		return WORD("The list was asked too often and answers no more for a while.");
	default:
		return WORD("The list refuses to answer.");
	}
}

static const struct list_code *code_of(const struct list *l, const unsigned char ip[4])
{
	for (size_t i = 0; i < l->code_count; i++) {
		const struct list_code *c = &l->codes[i];

		if (c->bit ? ip[0] == 127 && !ip[1] && !ip[2] && ip[3] & c->bit
			   : memcmp(ip, c->low, 3) == 0 && ip[3] >= c->low[3] &&
					ip[3] <= c->high[3])
			return c;
	}
	return NULL;
}

struct list_verdict list_judge(const struct list *l, const struct dns_answer *a)
{
	struct list_verdict v = { "clear", "", "" };

	if (a->state == DNS_FAILED)
		return unclear("", a->why);
	for (size_t i = 0; i < a->count; i++) {
		const char *text = a->records[i].text;
		const struct list_code *c;
		unsigned char ip[4];

		if (inet_pton(AF_INET, text, ip) != 1 || ip[0] != 127)
			return unclear(text, WORD("Its answer is none that a block list gives."));
		if (ip[1] == 255 && ip[2] == 255)
			return unclear(text, mistake(ip));
		c = code_of(l, ip);
		if (!c)
			return unclear(text, WORD("It gave an answer that it does not explain."));
		if (*c->meaning && !str_eq(v.state, "listed"))
			v = (struct list_verdict){ "listed", text, c->meaning };
	}
	return v;
}

const char *list_doubt(
	const struct list *l, const struct dns_answer *yes, const struct dns_answer *no)
{
	struct list_verdict named = list_judge(l, no);

	if (str_eq(named.state, "unclear"))
		return named.reason;
	if (str_eq(named.state, "listed"))
		return WORD("It names what no list may name: it answers everything with yes.");
	if (!yes)
		return NULL;
	named = list_judge(l, yes);
	if (str_eq(named.state, "unclear"))
		return named.reason;
	/* Some keep their test entry under a meaning of its own. */
	if (!yes->count)
		return WORD("It does not name its own test entry: it answers no more.");
	return NULL;
}
