/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The filters of Liquid: one function each, one table. Those of numbers are in liquid_number.c. */
#include <string.h>

#include "base/str.h"

#include "content/liquid_priv.h"

#define FILTER(name) static FILTER_FN(name)

/* The text of a value; numbers are written out. */
static struct bytes text_of(struct liquid_run *r, const struct liquid_value *v)
{
	char num[32];
	struct bytes b = value_print(v, num);

	if (b.data == num)
		b.data = arena_copy(r->sc->mem, num, b.len);
	return b;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- presence ---- */

FILTER(default)
{
	bool missing = !value_is_true(&in) || value_is_empty(&in);

	*out = missing ? args[0] : in;
	return ERR_NONE;
}

/* ---- text ---- */

/* ASCII only: other letters need a table of their own, and stay as they are. */
static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static enum err map_text(struct liquid_run *r, const struct liquid_value *in, char (*first)(char),
	char (*rest)(char), struct liquid_value *out)
{
	struct bytes b = text_of(r, in);
	const char *s = b.data;
	char *text;
	enum err e = liquid_room(r, b.len, &text);

	for (size_t i = 0; i < b.len && !e; i++)
		text[i] = i ? rest(s[i]) : first(s[i]);
	if (!e)
		*out = value_of(text, b.len);
	return e;
}

FILTER(upcase)
{
	return map_text(r, &in, upper, upper, out);
}

FILTER(downcase)
{
	return map_text(r, &in, lower, lower, out);
}

FILTER(capitalize)
{
	return map_text(r, &in, upper, lower, out);
}

static struct liquid_value stripped(struct bytes b, bool left, bool right)
{
	const char *s = b.data;
	size_t from = 0, to = b.len;

	while (left && from < to && is_space(s[from]))
		from++;
	while (right && to > from && is_space(s[to - 1]))
		to--;
	return value_of(s + from, to - from);
}

FILTER(strip)
{
	*out = stripped(text_of(r, &in), true, true);
	return ERR_NONE;
}

FILTER(lstrip)
{
	*out = stripped(text_of(r, &in), true, false);
	return ERR_NONE;
}

FILTER(rstrip)
{
	*out = stripped(text_of(r, &in), false, true);
	return ERR_NONE;
}

static enum err join_two(
	struct liquid_run *r, struct bytes a, struct bytes b, struct liquid_value *out)
{
	char *text;
	enum err e = liquid_room(r, a.len + b.len, &text);

	if (e)
		return e;
	if (a.len)
		memcpy(text, a.data, a.len);
	if (b.len)
		memcpy(text + a.len, b.data, b.len);
	*out = value_of(text, a.len + b.len);
	return ERR_NONE;
}

FILTER(append)
{
	return join_two(r, text_of(r, &in), text_of(r, &args[0]), out);
}

FILTER(prepend)
{
	return join_two(r, text_of(r, &args[0]), text_of(r, &in), out);
}

/* Every WHAT (or the first only) in B becomes BY. */
static enum err replaced(struct liquid_run *r, struct bytes b, struct bytes what, struct bytes by,
	bool once, struct liquid_value *out)
{
	const char *at = b.data, *end = at + b.len;
	struct out o;

	out_init(&o, r->sc->mem);
	while (at < end && what.len) {
		const char *hit = memmem(at, (size_t)(end - at), what.data, what.len);

		if (!hit)
			break;
		out_bytes(&o, at, (size_t)(hit - at));
		out_bytes(&o, by.data, by.len);
		if (o.len > LIQUID_MAX_TEXT)
			return fail(r->sc, ERR_LIMIT, "the template makes a text that is too long");
		at = hit + what.len;
		if (once)
			break;
	}
	out_bytes(&o, at, (size_t)(end - at));
	if (o.len > LIQUID_MAX_TEXT)
		return fail(r->sc, ERR_LIMIT, "the template makes a text that is too long");
	*out = value_of(o.data, o.len);
	return liquid_spend(r, o.len);
}

FILTER(replace)
{
	return replaced(r, text_of(r, &in), text_of(r, &args[0]),
		n > 1 ? text_of(r, &args[1]) : bytes_of("", 0), false, out);
}

FILTER(replace_first)
{
	return replaced(r, text_of(r, &in), text_of(r, &args[0]),
		n > 1 ? text_of(r, &args[1]) : bytes_of("", 0), true, out);
}

FILTER(remove)
{
	return replaced(r, text_of(r, &in), text_of(r, &args[0]), bytes_of("", 0), false, out);
}

/* The byte at which character N begins. */
static size_t char_at(struct bytes b, size_t n)
{
	const unsigned char *s = b.data;
	size_t i = 0;

	while (i < b.len && n) {
		i++;
		while (i < b.len && (s[i] & 0xc0) == 0x80)
			i++;
		n--;
	}
	return i;
}

static size_t char_count(struct bytes b)
{
	const unsigned char *s = b.data;
	size_t n = 0;

	for (size_t i = 0; i < b.len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

static int64_t int_arg(const struct liquid_value *v, int64_t otherwise)
{
	struct liquid_value number;

	return value_number(v, &number) && number.type == LIQUID_INT ? number.n : otherwise;
}

FILTER(truncate)
{
	struct bytes b = text_of(r, &in), more = n > 1 ? text_of(r, &args[1]) : bytes_of("...", 3);
	int64_t most = n ? int_arg(&args[0], 50) : 50;
	size_t keep, tail = char_count(more);

	if (most < 0)
		most = 0;
	if (char_count(b) <= (size_t)most) {
		*out = value_of(b.data, b.len);
		return ERR_NONE;
	}
	keep = (size_t)most > tail ? (size_t)most - tail : 0;
	return join_two(r, bytes_of(b.data, char_at(b, keep)), more, out);
}

FILTER(truncatewords)
{
	struct bytes b = text_of(r, &in), more = n > 1 ? text_of(r, &args[1]) : bytes_of("...", 3);
	int64_t most = n ? int_arg(&args[0], 15) : 15, words = 0;
	const char *s = b.data;
	size_t i = 0, end = 0;

	for (;;) {
		while (i < b.len && is_space(s[i]))
			i++;
		if (i == b.len) {
			*out = in;
			return ERR_NONE;
		}
		if (words++ >= most)
			break;
		while (i < b.len && !is_space(s[i]))
			i++;
		end = i;
	}
	return join_two(r, bytes_of(s, end), more, out);
}

FILTER(slice)
{
	struct bytes b = text_of(r, &in);
	int64_t from = int_arg(&args[0], 0), most = n > 1 ? int_arg(&args[1], 1) : 1;
	int64_t all = (int64_t)char_count(b);
	size_t start, end;

	if (from < 0)
		from += all;
	if (from < 0 || from >= all || most <= 0) {
		*out = value_of("", 0);
		return ERR_NONE;
	}
	if (most > all - from)
		most = all - from;
	start = char_at(b, (size_t)from);
	end = char_at(b, (size_t)(from + most));
	*out = value_of((const char *)b.data + start, end - start);
	return liquid_spend(r, b.len);
}

/* ---- escaping ---- */

static enum err escaped(struct liquid_run *r, struct bytes b, bool once, struct liquid_value *out)
{
	static const char *const entities[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"
	};
	const char *s = b.data;
	struct out o;

	out_init(&o, r->sc->mem);
	for (size_t i = 0; i < b.len; i++) {
		const char *entity = entities[(unsigned char)s[i]];

		if (once && s[i] == '&') {
			size_t j = i + 1;

			while (j < b.len && j - i < 12 &&
				(s[j] == '#' || (s[j] >= '0' && s[j] <= '9') ||
					(s[j] >= 'a' && s[j] <= 'z') ||
					(s[j] >= 'A' && s[j] <= 'Z')))
				j++;
			if (j < b.len && s[j] == ';' && j > i + 1)
				entity = NULL;
		}
		if (entity)
			out_text(&o, entity);
		else
			out_char(&o, s[i]);
	}
	*out = value_of(o.data, o.len);
	out->safe = true;
	return liquid_spend(r, o.len);
}

FILTER(escape)
{
	return escaped(r, text_of(r, &in), false, out);
}

FILTER(escape_once)
{
	return escaped(r, text_of(r, &in), true, out);
}

FILTER(url_encode)
{
	static const char hex[] = "0123456789ABCDEF";
	struct bytes b = text_of(r, &in);
	const unsigned char *s = b.data;
	struct out o;

	out_init(&o, r->sc->mem);
	for (size_t i = 0; i < b.len; i++) {
		unsigned char c = s[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			c == '-' || c == '_' || c == '.' || c == '~') {
			out_char(&o, (char)c);
		} else {
			out_char(&o, '%');
			out_char(&o, hex[c >> 4]);
			out_char(&o, hex[c & 15]);
		}
	}
	*out = value_of(o.data, o.len);
	return liquid_spend(r, o.len);
}

FILTER(strip_newlines)
{
	struct bytes b = text_of(r, &in);
	const char *s = b.data;
	struct out o;

	out_init(&o, r->sc->mem);
	for (size_t i = 0; i < b.len; i++)
		if (s[i] != '\n' && s[i] != '\r')
			out_char(&o, s[i]);
	*out = value_of(o.data, o.len);
	return ERR_NONE;
}

FILTER(newline_to_br)
{
	struct liquid_value v = in;
	struct bytes b;
	enum err e = ERR_NONE;

	if (r->env->html && !in.safe)
		e = escaped(r, text_of(r, &in), false, &v);
	if (e)
		return e;
	b = text_of(r, &v);
	e = replaced(r, b, bytes_of("\n", 1), bytes_of("<br />\n", 7), false, out);
	out->safe = r->env->html;
	return e;
}

/* ---- lists ---- */

FILTER(size)
{
	struct bytes b = text_of(r, &in);

	*out = liquid_int(in.type == LIQUID_LIST ? (int64_t)in.count : (int64_t)char_count(b));
	return ERR_NONE;
}

FILTER(first)
{
	*out = in.type == LIQUID_LIST && in.count ? in.list[0] : (struct liquid_value){ 0 };
	return ERR_NONE;
}

FILTER(last)
{
	*out = in.type == LIQUID_LIST && in.count ? in.list[in.count - 1]
						  : (struct liquid_value){ 0 };
	return ERR_NONE;
}

FILTER(split)
{
	struct bytes b = text_of(r, &in), by = text_of(r, &args[0]);
	const char *at = b.data, *end = at + b.len;
	struct liquid_value *list = arena_array(r->sc->mem, LIQUID_MAX_LIST, sizeof *list);
	size_t count = 0;

	while (at < end) {
		const char *hit = by.len ? memmem(at, (size_t)(end - at), by.data, by.len)
					 : at + char_at(bytes_of(at, (size_t)(end - at)), 1);

		if (count == LIQUID_MAX_LIST)
			return fail(r->sc, ERR_LIMIT, "the template makes a list that is too long");
		if (!hit)
			hit = end;
		list[count++] = value_of(at, (size_t)(hit - at));
		at = hit == end ? end : hit + by.len;
	}
	*out = (struct liquid_value){ .type = LIQUID_LIST, .list = list, .count = count };
	return liquid_spend(r, LIQUID_MAX_LIST * sizeof *list / 8);
}

FILTER(join)
{
	struct bytes by = n ? text_of(r, &args[0]) : bytes_of(" ", 1);
	struct out o;

	if (in.type != LIQUID_LIST) {
		*out = in;
		return ERR_NONE;
	}
	out_init(&o, r->sc->mem);
	for (size_t i = 0; i < in.count; i++) {
		struct bytes one = text_of(r, &in.list[i]);

		if (i)
			out_bytes(&o, by.data, by.len);
		out_bytes(&o, one.data, one.len);
		if (o.len > LIQUID_MAX_TEXT)
			return fail(r->sc, ERR_LIMIT, "the template makes a text that is too long");
	}
	*out = value_of(o.data, o.len);
	return liquid_spend(r, o.len);
}

FILTER(reverse)
{
	struct liquid_value *list;

	*out = in;
	if (in.type != LIQUID_LIST)
		return ERR_NONE;
	list = arena_array(r->sc->mem, in.count, sizeof *list);
	for (size_t i = 0; i < in.count; i++)
		list[i] = in.list[in.count - 1 - i];
	out->list = list;
	return liquid_spend(r, in.count * 8);
}

FILTER(date)
{
	struct bytes format = text_of(r, &args[0]);

	return liquid_date(r, &in, format.data, format.len, out);
}

/* Sorted by name. */
static const struct filter filters[] = {
	{ "abs", 0, 0, filter_abs },
	{ "append", 1, 1, filter_append },
	{ "at_least", 1, 1, filter_at_least },
	{ "at_most", 1, 1, filter_at_most },
	{ "capitalize", 0, 0, filter_capitalize },
	{ "ceil", 0, 0, filter_ceil },
	{ "date", 1, 1, filter_date },
	{ "default", 1, 1, filter_default },
	{ "divided_by", 1, 1, filter_divided_by },
	{ "downcase", 0, 0, filter_downcase },
	{ "escape", 0, 0, filter_escape },
	{ "escape_once", 0, 0, filter_escape_once },
	{ "first", 0, 0, filter_first },
	{ "floor", 0, 0, filter_floor },
	{ "join", 0, 1, filter_join },
	{ "last", 0, 0, filter_last },
	{ "lstrip", 0, 0, filter_lstrip },
	{ "minus", 1, 1, filter_minus },
	{ "modulo", 1, 1, filter_modulo },
	{ "newline_to_br", 0, 0, filter_newline_to_br },
	{ "plus", 1, 1, filter_plus },
	{ "prepend", 1, 1, filter_prepend },
	{ "remove", 1, 1, filter_remove },
	{ "replace", 1, 2, filter_replace },
	{ "replace_first", 1, 2, filter_replace_first },
	{ "reverse", 0, 0, filter_reverse },
	{ "round", 0, 1, filter_round },
	{ "rstrip", 0, 0, filter_rstrip },
	{ "size", 0, 0, filter_size },
	{ "slice", 1, 2, filter_slice },
	{ "split", 1, 1, filter_split },
	{ "strip", 0, 0, filter_strip },
	{ "strip_newlines", 0, 0, filter_strip_newlines },
	{ "times", 1, 1, filter_times },
	{ "truncate", 0, 2, filter_truncate },
	{ "truncatewords", 0, 2, filter_truncatewords },
	{ "upcase", 0, 0, filter_upcase },
	{ "url_encode", 0, 0, filter_url_encode },
};

const struct filter *filter_find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(filters); i++)
		if (strlen(filters[i].name) == len && memcmp(filters[i].name, name, len) == 0)
			return &filters[i];
	return NULL;
}
