/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/openapi.h"

#include <ctype.h>
#include <string.h>

#include "text/json.h"
#include "web/form.h"
#include "web/request.h"

static const char *path_of(struct out *o, const char *pattern)
{
	struct out path;

	out_init(&path, o->mem);
	for (const char *p = pattern; *p; p++) {
		if (*p == ':') {
			size_t len = strcspn(p + 1, "/");

			out_printf(&path, "{%.*s}", (int)len, p + 1);
			p += len;
		} else if (*p == '*') {
			out_text(&path, "{rest}");
		} else {
			out_char(&path, *p);
		}
	}
	return path.data;
}

/* "GET /api/v1/campaigns/:cmp" becomes "get_campaigns_cmp". */
static const char *operation_id(struct out *o, const struct route *row)
{
	const char *from = str_starts(row->pattern, "/api/v1") ? row->pattern + 7 : row->pattern;
	struct out id;

	out_init(&id, o->mem);
	out_text(&id, str_lower(o->mem, row->method));
	for (; *from; from++) {
		if (isalnum((unsigned char)*from))
			out_char(&id, *from);
		else if (id.data[id.len - 1] != '_')
			out_char(&id, '_');
	}
	return id.data;
}

static void add_pattern(struct out *o, const char *prefix)
{
	json_add_text(o, "type", "string");
	json_add_text(o, "pattern", arena_printf(o->mem, "^%s_[0-9a-hjkmnp-tv-z]{13}$", prefix));
}

static void add_words(struct out *o, const char *words)
{
	json_add_text(o, "type", "string");
	json_name(o, "enum");
	json_open_list(o);
	while (*words) {
		size_t len = strcspn(words, " ");

		if (len)
			json_put_text(o, arena_copy(o->mem, words, len));
		words += len + (words[len] == ' ');
	}
	json_close_list(o);
}

static void add_limits(struct out *o, const struct field *f)
{
	json_add_text(o, "type", "string");
	if (f->low > 0)
		json_add_int(o, "minLength", f->low);
	if (f->high > 0)
		json_add_int(o, "maxLength", f->high);
}

static void add_schema(struct out *o, const struct field *f)
{
	json_open(o);
	switch (f->type) {
	case FIELD_INT:
		json_add_text(o, "type", "integer");
		json_add_int(o, "minimum", f->low);
		json_add_int(o, "maximum", f->high);
		break;
	case FIELD_BOOL:
		json_add_text(o, "type", "boolean");
		break;
	case FIELD_ID:
		add_pattern(o, f->prefix);
		break;
	case FIELD_IDS:
		json_add_text(o, "type", "array");
		json_name(o, "items");
		json_open(o);
		add_pattern(o, f->prefix);
		json_close(o);
		break;
	case FIELD_CHOICE:
		add_words(o, f->prefix);
		break;
	case FIELD_JSON:
		break;
	default:
		add_limits(o, f);
		if (f->type == FIELD_EMAIL)
			json_add_text(o, "format", "email");
	}
	json_add_text(o, "description", f->label);
	json_close(o);
}

static bool has_file(const struct form *form)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->fields[i].type == FIELD_FILE)
			return true;
	return false;
}

static void add_body(struct out *o, const struct form *form)
{
	bool file = has_file(form), required = false;

	json_name(o, "requestBody");
	json_open(o);
	json_name(o, "content");
	json_open(o);
	json_name(o, file ? "multipart/form-data" : "application/json");
	json_open(o);
	json_name(o, "schema");
	json_open(o);
	json_add_text(o, "type", "object");
	json_name(o, "properties");
	json_open(o);
	for (size_t i = 0; i < form->count; i++) {
		json_name(o, form->fields[i].name);
		add_schema(o, &form->fields[i]);
		required = required || form->fields[i].required;
	}
	json_close(o);
	if (required) {
		json_name(o, "required");
		json_open_list(o);
		for (size_t i = 0; i < form->count; i++)
			if (form->fields[i].required)
				json_put_text(o, form->fields[i].name);
		json_close_list(o);
	}
	if (!file)
		json_add_bool(o, "additionalProperties", false);
	json_close(o);
	json_close(o);
	json_close(o);
	json_add_bool(o, "required", required);
	json_close(o);
}

static void add_parameters(struct out *o, const struct route *row, bool query)
{
	json_name(o, "parameters");
	json_open_list(o);
	for (const char *at = strchr(row->pattern, ':'); at; at = strchr(at + 1, ':')) {
		const char *prefix = arena_copy(o->mem, at + 1, strcspn(at + 1, "/"));

		json_open(o);
		json_add_text(o, "name", prefix);
		json_add_text(o, "in", "path");
		json_add_bool(o, "required", true);
		json_name(o, "schema");
		json_open(o);
		add_pattern(o, prefix);
		json_close(o);
		json_close(o);
	}
	for (size_t i = 0; query && row->form && i < row->form->count; i++) {
		const struct field *f = &row->form->fields[i];

		json_open(o);
		json_add_text(o, "name", f->name);
		json_add_text(o, "in", "query");
		json_add_bool(o, "required", f->required);
		json_name(o, "schema");
		add_schema(o, f);
		json_close(o);
	}
	json_close_list(o);
}

static void add_answer(struct out *o, const char *status, const char *what, bool error)
{
	json_name(o, status);
	json_open(o);
	json_add_text(o, "description", what);
	if (error) {
		json_name(o, "content");
		json_open(o);
		json_name(o, "application/json");
		json_open(o);
		json_name(o, "schema");
		json_open(o);
		json_add_text(o, "$ref", "#/components/schemas/Error");
		json_close(o);
		json_close(o);
		json_close(o);
	}
	json_close(o);
}

static void add_operation(struct out *o, const struct route *row)
{
	bool query = str_eq(row->method, "GET") || str_eq(row->method, "DELETE");
	const char *need = need_name(row->need);

	json_name(o, str_lower(o->mem, row->method));
	json_open(o);
	json_add_text(o, "operationId", operation_id(o, row));
	json_add_text(o, "summary", row->summary);
	if (need)
		json_add_text(o, "description",
			arena_printf(o->mem, "Needs the permission \"%s\".", need));
	if (row->need == NEED_NOBODY) {
		json_name(o, "security");
		json_open_list(o);
		json_close_list(o);
	}
	add_parameters(o, row, query);
	if (!query && row->form)
		add_body(o, row->form);
	json_name(o, "responses");
	json_open(o);
	add_answer(o, "2XX", "It worked.", false);
	add_answer(o, "4XX", "It was refused; nothing changed.", true);
	add_answer(o, "503", "Try again after the seconds of Retry-After.", true);
	json_close(o);
	json_close(o);
}

static void add_paths(struct out *o, const struct route *routes)
{
	json_name(o, "paths");
	json_open(o);
	for (const struct route *row = routes; row->method; row++) {
		bool first = row->kind == DOOR_API;

		for (const struct route *other = routes; first && other < row; other++)
			first = other->kind != DOOR_API || !str_eq(other->pattern, row->pattern);
		if (!first)
			continue;
		json_name(o, path_of(o, row->pattern));
		json_open(o);
		for (const struct route *same = row; same->method; same++)
			if (same->kind == DOOR_API && str_eq(same->pattern, row->pattern))
				add_operation(o, same);
		json_close(o);
	}
	json_close(o);
}

static void add_components(struct out *o)
{
	static const char *const members[] = { "error", "message", "field", "request" };

	json_name(o, "components");
	json_open(o);
	json_name(o, "securitySchemes");
	json_open(o);
	json_name(o, "key");
	json_open(o);
	json_add_text(o, "type", "http");
	json_add_text(o, "scheme", "bearer");
	json_add_text(o, "description", "An API key (pmk_…), made under Settings, API keys.");
	json_close(o);
	json_close(o);
	json_name(o, "schemas");
	json_open(o);
	json_name(o, "Error");
	json_open(o);
	json_add_text(o, "type", "object");
	json_name(o, "properties");
	json_open(o);
	for (size_t i = 0; i < COUNT(members); i++) {
		json_name(o, members[i]);
		json_open(o);
		json_name(o, "type");
		json_open_list(o);
		json_put_text(o, "string");
		json_put_text(o, "null");
		json_close_list(o);
		json_close(o);
	}
	json_close(o);
	json_close(o);
	json_close(o);
	json_close(o);
}

void openapi_write(struct out *o, const struct route *routes, const char *server)
{
	json_open(o);
	json_add_text(o, "openapi", "3.1.0");
	json_name(o, "info");
	json_open(o);
	json_add_text(o, "title", "PenguinMails");
	json_add_text(o, "version", VERSION);
	json_add_text(o, "description",
		"Ids are texts with a prefix. Lists come as {\"list\", \"after\"}; give `after` back "
		"for what follows.");
	json_close(o);
	if (server) {
		json_name(o, "servers");
		json_open_list(o);
		json_open(o);
		json_add_text(o, "url", server);
		json_close(o);
		json_close_list(o);
	}
	json_name(o, "security");
	json_open_list(o);
	json_open(o);
	json_name(o, "key");
	json_open_list(o);
	json_close_list(o);
	json_close(o);
	json_close_list(o);
	add_paths(o, routes);
	add_components(o);
	json_close(o);
}

enum err openapi_api(struct scope *sc, struct request *q, const void *input)
{
	const char *server = NULL;
	struct out o;
	enum err e = host_base(sc, HOST_APP, &server);

	(void)input;
	if (e && e != ERR_MISSING)
		return e;
	out_init(&o, sc->mem);
	openapi_write(&o, web_routes(q->web), server);
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}
