/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/form.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "web/field.h"

static bool is_type(const char *content_type, const char *want)
{
	size_t len = strlen(want);

	return content_type && strncasecmp(content_type, want, len) == 0 &&
	       (content_type[len] == 0 || strchr("; \t", content_type[len]));
}

enum err form_read(
	struct scope *sc, const char *content_type, struct bytes body, size_t max, struct input *in)
{
	enum err e;

	if (body.len == 0)
		return ERR_NONE;
	if (is_type(content_type, "application/json")) {
		e = json_parse(sc, body, max, &in->json);
		if (!e && in->json->kind != JSON_OBJECT)
			return fail(sc, ERR_INPUT, "the JSON must be an object");
		return e;
	}
	if (is_type(content_type, "multipart/form-data"))
		return multipart_parse(sc, content_type, body, &in->parts, &in->part_count);
	if (!content_type || is_type(content_type, "application/x-www-form-urlencoded"))
		return url_pairs(sc, body, FORM_FIELDS, &in->pairs, &in->pair_count);
	return fail(sc, ERR_INPUT, "the body must be a form or JSON");
}

void input_error(struct scope *sc, struct input *in, const char *name, const char *tell)
{
	struct field_error *list = arena_array(sc->mem, in->error_count + 1, sizeof *list);

	if (in->error_count)
		memcpy(list, in->errors, in->error_count * sizeof *list);
	list[in->error_count].name = name;
	list[in->error_count].tell = tell;
	list[in->error_count].shown = false;
	in->errors = list;
	in->error_count++;
}

/* ---- finding values ---- */

static const char *part_text(struct scope *sc, const struct part *p)
{
	if (p->filename || !str_is_utf8(p->data.data, p->data.len))
		return NULL;
	return arena_copy(sc->mem, p->data.data, p->data.len);
}

static const char *json_as_text(struct scope *sc, const struct json *j)
{
	if (!j)
		return NULL;
	if (j->kind == JSON_TEXT)
		return j->text;
	if (j->kind == JSON_BOOL)
		return j->n ? "true" : "false";
	if (j->kind == JSON_WHOLE_NUMBER)
		return arena_printf(sc->mem, "%lld", (long long)j->n);
	return NULL;
}

/* Every value of NAME, in order. */
static size_t values(
	const struct input *in, struct scope *sc, const char *name, const char **list, size_t max)
{
	const struct json *j = json_get(in->json, name);
	size_t n = 0;

	for (size_t i = 0; i < in->pair_count && n < max; i++)
		if (str_eq(in->pairs[i].name, name))
			list[n++] = in->pairs[i].value;
	for (size_t i = 0; i < in->part_count && n < max; i++)
		if (str_eq(in->parts[i].name, name) && part_text(sc, &in->parts[i]))
			list[n++] = part_text(sc, &in->parts[i]);
	if (j && j->kind == JSON_LIST) {
		JSON_EACH(item, j)
		if (n < max && json_as_text(sc, item))
			list[n++] = json_as_text(sc, item);
	} else if (j && n < max && json_as_text(sc, j)) {
		list[n++] = json_as_text(sc, j);
	}
	return n;
}

const char *input_text(const struct input *in, struct scope *sc, const char *name)
{
	const char *text = NULL;

	return values(in, sc, name, &text, 1) ? text : NULL;
}

/* ---- decoding ---- */

/* A text must not come as a number in JSON, nor a number as a text. */
static bool json_type_fits(const struct field *f, const struct json *j)
{
	if (!j || j->kind == JSON_NULL)
		return true;
	switch (f->type) {
	case FIELD_INT:
		return j->kind == JSON_WHOLE_NUMBER;
	case FIELD_BOOL:
		return j->kind == JSON_BOOL;
	case FIELD_IDS:
		return j->kind == JSON_LIST;
	case FIELD_JSON:
		return true;
	case FIELD_FILE:
		return false;
	default:
		return j->kind == JSON_TEXT;
	}
}

static const char *decode_ids(
	struct scope *sc, const struct field *f, const struct input *in, struct ids *to)
{
	const char **list = arena_array(sc->mem, FORM_FIELDS, sizeof *list);
	size_t n = values(in, sc, f->name, list, FORM_FIELDS);
	int64_t *ids = arena_array(sc->mem, n, sizeof *ids);

	if (f->required && n == 0)
		return tr(sc, "Choose at least one.");
	if (f->high && (int64_t)n > f->high)
		return tr(sc, "These are too many.");
	for (size_t i = 0; i < n; i++)
		if (!id_parse(list[i], f->prefix, &ids[i]))
			return tr(sc, "This is not one of the choices.");
	*to = (struct ids){ ids, n };
	return NULL;
}

static const char *decode_file(
	struct scope *sc, const struct field *f, const struct input *in, struct upload *to)
{
	for (size_t i = 0; i < in->part_count; i++) {
		const struct part *p = &in->parts[i];

		/* A browser sends an empty part where no file was chosen. */
		if (!str_eq(p->name, f->name) || !p->filename ||
			(p->data.len == 0 && p->filename[0] == 0))
			continue;
		if (f->high && (int64_t)p->data.len > f->high)
			return arena_printf(sc->mem, tr(sc, "The file is larger than %lld bytes."),
				(long long)f->high);
		to->name = field_file_name(sc, p->filename);
		to->data = p->data;
		return NULL;
	}
	return f->required ? tr(sc, "Choose a file.") : NULL;
}

/* What is wrong with the field, or NULL. */
static const char *decode(
	struct scope *sc, const struct field *f, const struct input *in, char *base)
{
	const struct json *j = json_get(in->json, f->name);
	const char *text;

	if (in->json && !json_type_fits(f, j))
		return tr(sc, "This is of the wrong type.");
	if (f->type == FIELD_IDS)
		return decode_ids(sc, f, in, (struct ids *)(void *)(base + f->offset));
	if (f->type == FIELD_FILE)
		return decode_file(sc, f, in, (struct upload *)(void *)(base + f->offset));
	if (f->type == FIELD_JSON) {
		memcpy(base + f->offset, &j, sizeof j);
		return f->required && !j ? tr(sc, "This is needed.") : NULL;
	}
	text = input_text(in, sc, f->name);
	return field_decode(sc, f, text, base + f->offset);
}

static bool is_field(const struct form *f, const char *name)
{
	for (size_t i = 0; f && i < f->count; i++)
		if (str_eq(f->fields[i].name, name))
			return true;
	return str_eq(name, "csrf");
}

enum err form_decode(struct scope *sc, const struct form *f, struct input *in, void *to)
{
	size_t before = in->error_count;

	for (size_t i = 0; f && i < f->count; i++) {
		const char *wrong = decode(sc, &f->fields[i], in, to);

		if (wrong)
			input_error(sc, in, f->fields[i].name, wrong);
	}
	/* A browser may send more than was asked for; a program that does has a mistake in it. */
	JSON_EACH(item, in->json)
	if (!is_field(f, item->name))
		input_error(sc, in, item->name, tr(sc, "There is no such field."));
	if (in->error_count == before)
		return ERR_NONE;
	return fail_field(sc, in->errors[before].name, "%s: %s", in->errors[before].name,
		in->errors[before].tell);
}
