/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdarg.h>

#include "double.h"

#define MAX_BODY (256 * 1024)

void answer_http(struct answer *a, int status, const char *message)
{
	a->status = status;
	out_cut(&a->body, 0);
	json_open(&a->body);
	json_add_text(&a->body, "message", message);
	json_close(&a->body);
}

void answer_code(struct answer *a, int status, const char *fmt, ...)
{
	struct out text;
	va_list args;

	out_init(&text, a->body.mem);
	va_start(args, fmt);
	out_vprintf(&text, fmt, args);
	va_end(args);
	a->status = status;
	out_cut(&a->body, 0);
	json_open(&a->body);
	json_add_int(&a->body, "code", status);
	json_add_text(&a->body, "message", text.data);
	json_close(&a->body);
}

static const struct json *member(const struct json *object, const char *name)
{
	const struct json *m = json_get(object, name);

	return m && m->kind != JSON_NULL ? m : NULL;
}

static const char *complaint(const struct field *f, const struct json *value)
{
	static const char *const types[] = { [JSON_BOOL] = "boolean",
		[JSON_WHOLE_NUMBER] = "integer",
		[JSON_TEXT] = "string",
		[JSON_LIST] = "array",
		[JSON_OBJECT] = "object",
		[JSON_NUMBER] = "number",
		[JSON_NULL] = "null" };

	if (!value)
		return f->required ? "is a required property" : NULL;
	if (value->kind != f->kind)
		return types[f->kind];
	if (f->kind == JSON_WHOLE_NUMBER && value->n < f->least)
		return "is less than the minimum";
	return NULL;
}

static bool schema(struct scope *sc, const struct field *fields, size_t n, bool create,
	const struct json *body, struct answer *a)
{
	struct out errors;
	bool ok = true;

	out_init(&errors, sc->mem);
	json_open(&errors);
	if (body->kind != JSON_OBJECT) {
		json_add_text(&errors, "", "is not of type 'object'");
		ok = false;
	}
	for (size_t i = 0; i < n && body->kind == JSON_OBJECT; i++) {
		const struct json *value = member(body, fields[i].name);
		const char *what = !value && !create ? NULL : complaint(&fields[i], value);

		if (what) {
			json_add_text(&errors, fields[i].name, what);
			ok = false;
		}
	}
	json_close(&errors);
	if (ok)
		return true;
	a->status = 400;
	out_cut(&a->body, 0);
	out_printf(&a->body, "{\"errors\":%s,\"message\":\"Input payload validation failed\"}",
		errors.data);
	return false;
}

bool body_read(struct scope *sc, const struct ask *q, const struct field *fields, size_t n,
	bool create, const struct json **body, struct answer *a)
{
	if (!q->content_type || !str_starts(q->content_type, "application/json")) {
		answer_http(a, 415,
			"Did not attempt to load JSON data because the request Content-Type was "
			"not 'application/json'.");
		return false;
	}
	if (json_parse(sc, q->body, MAX_BODY, body) != ERR_NONE) {
		scope_clear(sc);
		answer_http(a, 400,
			"The browser (or proxy) sent a request that this server could not "
			"understand.");
		return false;
	}
	return schema(sc, fields, n, create, *body, a);
}

void json_copy(struct out *o, const struct json *from)
{
	switch (from->kind) {
	case JSON_NULL:
		json_put_null(o);
		break;
	case JSON_BOOL:
		json_put_bool(o, from->n != 0);
		break;
	case JSON_WHOLE_NUMBER:
	case JSON_NUMBER:
		json_put_int(o, from->n);
		break;
	case JSON_TEXT:
		json_put_text(o, from->text);
		break;
	case JSON_LIST:
		json_open_list(o);
		JSON_EACH(item, from)
		json_copy(o, item);
		json_close_list(o);
		break;
	case JSON_OBJECT:
		json_open(o);
		JSON_EACH(item, from)
		{
			json_name(o, item->name);
			json_copy(o, item);
		}
		json_close(o);
		break;
	}
}

const char *body_merge(struct scope *sc, const struct field *fields, size_t n,
	const struct json *body, const struct json *before)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	for (size_t i = 0; i < n; i++) {
		const struct json *value = member(body, fields[i].name);

		if (!value)
			value = member(before, fields[i].name);
		if (value) {
			json_name(&o, fields[i].name);
			json_copy(&o, value);
		} else if (!before && fields[i].otherwise) {
			json_name(&o, fields[i].name);
			out_text(&o, fields[i].otherwise);
		}
	}
	json_close(&o);
	return o.data;
}

bool list_has(const struct json *list, const char *text)
{
	JSON_EACH(item, list)
	if (item->text && str_eq_nocase(item->text, text))
		return true;
	return false;
}
