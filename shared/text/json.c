/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/eight.h"
#include "base/id.h"

/* cJSON recurses and allows 1,000 levels: ours are counted before it starts. */
static bool is_shallow(const char *text, size_t len)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		if (depth > JSON_DEPTH)
			return false;
	}
	return true;
}

/* An escaped NUL would cut a text short behind the reader's back. */
static bool has_escaped_nul(const char *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if (text[i] != '\\')
			continue;
		if (text[i + 1] == 'u' && len - i >= 6 && memcmp(text + i + 2, "0000", 4) == 0)
			return true;
		i++;
	}
	return false;
}

static const struct json *copy(struct scope *sc, const cJSON *from);

static enum json_kind number_kind(double d)
{
	return d == trunc(d) && fabs(d) <= (double)JSON_WHOLE ? JSON_WHOLE_NUMBER : JSON_NUMBER;
}

static bool copy_children(struct scope *sc, const cJSON *from, struct json *to)
{
	const struct json **link = &to->first;

	for (const cJSON *child = from->child; child; child = child->next) {
		struct json *item;

		if (child->string && json_get(to, child->string))
			return false;
		item = (struct json *)(uintptr_t)copy(sc, child);
		if (!item)
			return false;
		*link = item;
		link = &item->next;
		to->count++;
	}
	return true;
}

/* NULL when a member is named twice. */
static const struct json *copy(struct scope *sc, const cJSON *from)
{
	struct json *to = arena_alloc(sc->mem, sizeof *to);

	to->name = arena_text(sc->mem, from->string);
	if (cJSON_IsBool(from)) {
		to->kind = JSON_BOOL;
		to->n = cJSON_IsTrue(from) ? 1 : 0;
	} else if (cJSON_IsNumber(from)) {
		to->kind = number_kind(from->valuedouble);
		to->number = from->valuedouble;
		to->n = to->kind == JSON_WHOLE_NUMBER ? (int64_t)from->valuedouble : 0;
	} else if (cJSON_IsString(from)) {
		to->kind = JSON_TEXT;
		to->text = arena_text(sc->mem, from->valuestring);
	} else if (cJSON_IsArray(from) || cJSON_IsObject(from)) {
		to->kind = cJSON_IsArray(from) ? JSON_LIST : JSON_OBJECT;
		if (!copy_children(sc, from, to))
			return NULL;
	}
	return to;
}

static void delete (cJSON **tree)
{
	cJSON_Delete(*tree);
}

enum err json_parse(struct scope *sc, struct bytes text, size_t max, const struct json **out)
{
	cJSON *tree CLEANUP(delete) = NULL;
	const struct json *copied;
	const char *end = NULL, *data;

	if (text.len > max)
		return fail(sc, ERR_LIMIT, "the JSON is larger than %zu bytes", max);
	if (!str_is_utf8(text.data, text.len) || has_escaped_nul(text.data, text.len))
		return fail(sc, ERR_INPUT, "the JSON is not valid UTF-8");
	if (!is_shallow(text.data, text.len))
		return fail(sc, ERR_LIMIT, "the JSON is nested deeper than %d levels", JSON_DEPTH);
	data = arena_copy(sc->mem, text.data, text.len);
	tree = cJSON_ParseWithLengthOpts(data, text.len + 1, &end, 1);
	if (!tree)
		return fail(
			sc, ERR_INPUT, "the JSON does not parse at byte %td", end ? end - data : 0);
	copied = copy(sc, tree);
	if (!copied)
		return fail(sc, ERR_INPUT, "the JSON names a member twice");
	*out = copied;
	return ERR_NONE;
}

const struct json *json_get(const struct json *object, const char *name)
{
	/* A list's items have no names, so nothing is found in it. */
	JSON_EACH(item, object)
	if (str_eq(item->name, name))
		return item;
	return NULL;
}

const char *json_text(const struct json *object, const char *name)
{
	const struct json *item = json_get(object, name);

	return item && item->kind == JSON_TEXT ? item->text : NULL;
}

int64_t json_int(const struct json *object, const char *name, int64_t fallback)
{
	const struct json *item = json_get(object, name);

	return item && item->kind == JSON_WHOLE_NUMBER ? item->n : fallback;
}

bool json_bool(const struct json *object, const char *name, bool fallback)
{
	const struct json *item = json_get(object, name);

	return item && item->kind == JSON_BOOL ? item->n != 0 : fallback;
}

int64_t json_id(const struct json *object, const char *name, const char *prefix)
{
	const char *text = json_text(object, name);
	int64_t id = 0;

	return text && id_parse(text, prefix, &id) ? id : 0;
}

enum err json_need_text(struct scope *sc, const struct json *object, const char *name, size_t max,
	const char **text)
{
	const char *found = json_text(object, name);

	if (!found)
		return fail_field(sc, name, "%s must be a text", name);
	if (strlen(found) > max)
		return fail_field(sc, name, "%s is longer than %zu bytes", name, max);
	*text = found;
	return ERR_NONE;
}

enum err json_need_int(struct scope *sc, const struct json *object, const char *name,
	const int64_t range[2], int64_t *n)
{
	const struct json *item = json_get(object, name);

	if (!item || item->kind != JSON_WHOLE_NUMBER)
		return fail_field(sc, name, "%s must be a whole number", name);
	if (item->n < range[0] || item->n > range[1])
		return fail_field(sc, name, "%s must be from %lld to %lld", name,
			(long long)range[0], (long long)range[1]);
	*n = item->n;
	return ERR_NONE;
}

/* ---- writing ---- */

static void comma(struct out *o)
{
	char last = o->len ? o->data[o->len - 1] : '\n';

	if (last != '{' && last != '[' && last != ':' && last != '\n')
		out_char(o, ',');
}

void json_open(struct out *o)
{
	comma(o);
	out_char(o, '{');
}

void json_close(struct out *o)
{
	out_char(o, '}');
}

void json_open_list(struct out *o)
{
	comma(o);
	out_char(o, '[');
}

void json_close_list(struct out *o)
{
	out_char(o, ']');
}

/* Bytes that go out as they are. */
static bool is_plain(unsigned char c, bool valid)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && (c < 0x80 || valid);
}

static void escape(struct out *o, unsigned char c)
{
	if (c == '"' || c == '\\' || c == '\n') {
		out_char(o, '\\');
		out_char(o, c == '\n' ? 'n' : (char)c);
	} else if (c < 0x80) {
		out_printf(o, "\\u%04x", c);
	} else {
		out_char(o, '?');
	}
}

static void quote(struct out *o, const char *text)
{
	size_t len = strlen(text), n = eight_plain(text, len, '"', '\\');
	bool valid = n == len || str_is_utf8(text + n, len - n);
	const char *end = text + len;

	out_reserve(o, len + 2);
	out_char(o, '"');
	for (const char *p = text; p < end; p += n + 1) {
		for (n = eight_plain(p, (size_t)(end - p), '"', '\\');
			is_plain((unsigned char)p[n], valid);)
			n++;
		out_bytes(o, p, n);
		if (p + n < end)
			escape(o, (unsigned char)p[n]);
	}
	out_char(o, '"');
}

void json_put_text(struct out *o, const char *text)
{
	comma(o);
	if (text)
		quote(o, text);
	else
		out_text(o, "null");
}

void json_put_int(struct out *o, int64_t n)
{
	comma(o);
	out_int(o, n);
}

void json_put_bool(struct out *o, bool yes)
{
	comma(o);
	out_text(o, yes ? "true" : "false");
}

void json_put_null(struct out *o)
{
	comma(o);
	out_text(o, "null");
}

void json_put_id(struct out *o, const char *prefix, int64_t id)
{
	json_put_text(o, id ? id_format(o->mem, prefix, id) : NULL);
}

void json_name(struct out *o, const char *name)
{
	comma(o);
	quote(o, name);
	out_char(o, ':');
}

void json_add_text(struct out *o, const char *name, const char *text)
{
	json_name(o, name);
	json_put_text(o, text);
}

void json_add_int(struct out *o, const char *name, int64_t n)
{
	json_name(o, name);
	json_put_int(o, n);
}

void json_add_known(struct out *o, const char *name, int64_t n)
{
	json_name(o, name);
	if (n < 0)
		json_put_null(o);
	else
		json_put_int(o, n);
}

void json_add_bool(struct out *o, const char *name, bool yes)
{
	json_name(o, name);
	json_put_bool(o, yes);
}

void json_add_id(struct out *o, const char *name, const char *prefix, int64_t id)
{
	json_name(o, name);
	json_put_id(o, prefix, id);
}

void json_add_time(struct out *o, const char *name, int64_t ms)
{
	char buf[32];

	json_add_text(o, name, ms ? clock_iso(ms, buf) : NULL);
}
