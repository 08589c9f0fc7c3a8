/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/token.h"

#include "base/file.h"
#include "base/out.h"
#include "text/url.h"

#define MAX_FILE (1024 * 1024)

/* ---- the file ---- */

static struct token *add(struct scope *sc, struct token_book *b)
{
	if (b->count == b->room) {
		struct token *more = arena_array(sc->mem, b->room = b->room * 2 + 16, sizeof *more);

		if (b->count)
			memcpy(more, b->list, b->count * sizeof *more);
		b->list = more;
	}
	return &b->list[b->count++];
}

static enum err read_file(struct scope *sc, const char *file, struct token_book *b)
{
	const struct json *json;
	struct bytes text;
	enum err e = file_read(sc, file, MAX_FILE, &text);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		e = json_parse(sc, text, MAX_FILE, &json);
	if (e)
		return e;
	JSON_EACH(item, json)
	{
		struct token t = { json_text(item, "address"), json_text(item, "id"),
			json_text(item, "password") };

		if (t.address && t.id && t.password)
			*add(sc, b) = t;
	}
	return ERR_NONE;
}

enum err token_file_read(struct scope *sc, const char *file, struct token_book *b)
{
	*b = (struct token_book){ .file = file };
	return read_file(sc, file, b);
}

static enum err write_file(struct scope *sc, const struct token_book *b)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open_list(&o);
	for (size_t i = 0; i < b->count; i++) {
		json_open(&o);
		json_add_text(&o, "address", b->list[i].address);
		json_add_text(&o, "id", b->list[i].id);
		json_add_text(&o, "password", b->list[i].password);
		json_close(&o);
	}
	json_close_list(&o);
	return file_write(sc, b->file, 0600, bytes_of(o.data, o.len));
}

static struct token *kept(const struct token_book *b, const char *address)
{
	for (size_t i = 0; i < b->count; i++)
		if (str_eq(b->list[i].address, address))
			return &b->list[i];
	return NULL;
}

enum err token_find(struct scope *sc, const char *file, const char *address, const char **password)
{
	struct token_book b = { .file = file };
	enum err e = read_file(sc, file, &b);
	const struct token *t = e ? NULL : kept(&b, address);

	if (e)
		return e;
	if (!t)
		return fail(sc, ERR_MISSING, "%s has no application password yet", address);
	*password = t->password;
	return ERR_NONE;
}

/* ---- MailU's side ---- */

/* A number from one question, a text from another. */
static const char *id_of(struct scope *sc, const struct json *token)
{
	const struct json *id = json_get(token, "id");

	if (!id)
		return "";
	return id->kind == JSON_TEXT ? id->text : arena_printf(sc->mem, "%lld", (long long)id->n);
}

enum err token_book_read(
	struct scope *sc, const struct api *api, const char *file, struct token_book *b)
{
	enum err e;

	*b = (struct token_book){ .file = file };
	e = read_file(sc, file, b);
	return e ? e : api_call(sc, api, "GET", "/token", NULL, &b->have);
}

static enum err make(struct scope *sc, const struct api *api, struct token_book *b,
	const char *address, const char *mark)
{
	struct out path, body;
	const struct json *made;
	const char *password;
	struct token *t;
	enum err e;

	out_init(&path, sc->mem);
	out_text(&path, "/tokenuser/");
	url_escape(&path, address);
	out_init(&body, sc->mem);
	json_open(&body);
	json_add_text(&body, "comment", mark);
	json_close(&body);
	e = api_call(sc, api, "POST", path.data, body.data, &made);
	if (!e)
		e = json_need_text(sc, made, "token", 128, &password);
	if (e)
		return e;
	t = kept(b, address);
	if (!t)
		t = add(sc, b);
	*t = (struct token){ arena_text(sc->mem, address), id_of(sc, made), password };
	return write_file(sc, b);
}

enum err token_settle(struct scope *sc, const struct api *api, struct token_book *b,
	const char *address, const char *mark, size_t *changes)
{
	const struct token *mine = kept(b, address);
	bool there = false;
	enum err e = ERR_NONE;

	for (const struct json *t = b->have->first; t && !e; t = t->next) {
		const char *email = json_text(t, "email"), *id = id_of(sc, t);

		if (!email || !str_eq_nocase(email, address) ||
			!str_eq(json_text(t, "comment"), mark))
			continue;
		if (mine && str_eq(mine->id, id)) {
			there = true;
			continue;
		}
		/* Made, and its password lost before it was written down. */
		e = api_call(sc, api, "DELETE", arena_printf(sc->mem, "/token/%s", id), NULL, NULL);
		++*changes;
	}
	if (e || there)
		return e;
	++*changes;
	return make(sc, api, b, address, mark);
}
