/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "content/content.h"

#include <string.h>

#include "base/out.h"
#include "base/str.h"

#include "crypt/secret.h"
#include "store/db.h"

#include "audience/contact.h"
#include "content/html.h"
#include "content/liquid.h"
#include "content/name.h"

/* ---- checking ---- */

struct part {
	const char *name; /* static */
	const char *text;
};

/* The parts that are compiled, in the order of their mistakes. */
static size_t parts_of(struct scope *sc, const struct content *c, struct part parts[4])
{
	size_t n = 0;

	parts[n++] = (struct part){ "subject", c->subject };
	if (!str_empty(c->html))
		parts[n++] = (struct part){ "html", c->html };
	parts[n++] = str_empty(c->text) ? (struct part){ "html", html_to_text(sc->mem, c->html) }
					: (struct part){ "text", c->text };
	return n;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* A draft within its limits, with "" for what is missing. */
static enum err take_draft(struct scope *sc, const struct content *draft, struct content *c)
{
	*c = *draft;
	c->lang = str_empty(draft->lang) ? "en" : draft->lang;
	c->subject = or_empty(draft->subject);
	c->html = or_empty(draft->html);
	c->text = or_empty(draft->text);
	if (strlen(c->subject) > CONTENT_MAX_SUBJECT)
		return fail_field(sc, "subject", "The subject is too long");
	if (strlen(c->html) > CONTENT_MAX_BODY)
		return fail_field(sc, "html", "The mail is too large");
	if (strlen(c->text) > CONTENT_MAX_BODY)
		return fail_field(sc, "text", "The mail is too large");
	if (strpbrk(c->subject, "\r\n"))
		return fail_field(sc, "subject", "The subject is one line");
	if (!*c->html && !*c->text)
		return fail_field(sc, "text", "The mail says nothing: fill in text or HTML");
	return ERR_NONE;
}

static enum err refuse_broken(struct scope *sc, const struct content *c)
{
	struct part parts[4];
	size_t n = parts_of(sc, c, parts);

	for (size_t i = 0; i < n; i++) {
		const struct liquid *t;
		struct liquid_error error;

		if (!liquid_compile(sc, sc->mem, parts[i].text, &t, &error))
			continue;
		scope_clear(sc);
		return fail_field(sc, parts[i].name, "Line %d, column %d: %s", error.line,
			error.column, error.text);
	}
	return ERR_NONE;
}

static void add_issue(struct content_issue *list, size_t *n, size_t max, struct content_issue one)
{
	if (*n < max)
		list[(*n)++] = one;
}

#define MAX_ISSUES 50

struct check {
	struct content_issue *list;
	size_t count;
	const char **fields; /* of the workspace */
	size_t field_count;
};

static bool is_known(struct scope *sc, const struct check *c, const char *written)
{
	const char *field;
	int64_t n;
	enum name name = name_find(sc->mem, written, &field, &n);

	if (name != NAME_FIELD)
		return name != NAME_UNKNOWN && name != NAME_LINK;
	for (size_t i = 0; i < c->field_count; i++)
		if (str_eq(c->fields[i], field))
			return true;
	return false;
}

static void check_part(struct scope *sc, struct check *c, const struct part *part)
{
	const struct liquid *t;
	struct liquid_error error;
	const struct liquid_name *names;
	size_t n;

	if (liquid_compile(sc, sc->mem, part->text, &t, &error)) {
		scope_clear(sc);
		add_issue(c->list, &c->count, MAX_ISSUES,
			(struct content_issue){
				part->name, error.line, error.column, error.text, true });
		return;
	}
	names = liquid_names(t, &n);
	for (size_t i = 0; i < n; i++)
		if (!is_known(sc, c, names[i].name))
			add_issue(c->list, &c->count, MAX_ISSUES,
				(struct content_issue){ part->name, names[i].line, names[i].column,
					arena_printf(sc->mem,
						tr(sc, "Nothing is called “%s”: it stays empty"),
						names[i].name),
					false });
}

enum err content_check(
	struct scope *sc, const struct content *draft, struct content_issue **issues, size_t *n)
{
	struct check c = { .list = arena_array(sc->mem, MAX_ISSUES, sizeof *c.list) };
	struct content taken;
	struct part parts[4];
	size_t count;
	enum err e = contact_fields(sc, &c.fields, &c.field_count);

	if (e)
		return e;
	e = take_draft(sc, draft, &taken);
	if (e) {
		add_issue(c.list, &c.count, MAX_ISSUES,
			(struct content_issue){ str_eq(sc->field, "subject") ? "subject"
						: str_eq(sc->field, "html")  ? "html"
									     : "text",
				0, 0, sc->tell, true });
		scope_clear(sc);
	}
	count = parts_of(sc, &taken, parts);
	/* A text made from the HTML would only repeat what the HTML says. */
	if (str_empty(taken.text) && count > 2)
		count = 2;
	for (size_t i = 0; i < count; i++)
		check_part(sc, &c, &parts[i]);
	*issues = c.list;
	*n = c.count;
	return ERR_NONE;
}

enum err content_names(struct scope *sc, const char *const **names, size_t *n)
{
	const char **fields, **list;
	size_t count, at = 0;
	enum err e = contact_fields(sc, &fields, &count);

	if (e)
		return e;
	list = arena_array(sc->mem, count + NAMES, sizeof *list);
	for (int i = 0; i < NAMES; i++)
		if (name_spelling((enum name)i))
			list[at++] = name_spelling((enum name)i);
	for (size_t i = 0; i < count; i++)
		list[at++] = arena_printf(sc->mem, "contact.%s", fields[i]);
	for (size_t i = 1; i < at; i++)
		for (size_t k = i; k && strcmp(list[k - 1], list[k]) > 0; k--) {
			const char *swap = list[k];

			list[k] = list[k - 1];
			list[k - 1] = swap;
		}
	*names = list;
	*n = at;
	return ERR_NONE;
}

/* ---- rows ---- */

SQL(content_insert, SQL_TENANT,
	"INSERT INTO content (tenant, id, lang, hash, subject, html, text, created) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, hash) DO NOTHING");
SQL(content_by_hash, SQL_TENANT, "SELECT id FROM content WHERE tenant = $1 AND hash = $2");
SQL(content_by_id, SQL_TENANT,
	"SELECT id, lang, subject, html, text, created FROM content WHERE tenant = $1 AND id = $2");
SQL(link_insert, SQL_TENANT, "INSERT INTO link (tenant, content, n, url) VALUES ($1, $2, $3, $4)");

SHAPE(content_shape, struct content, COL(struct content, id), COL(struct content, lang),
	COL(struct content, subject), COL(struct content, html), COL(struct content, text),
	COL(struct content, created));

struct save {
	const struct content *c;
	struct bytes hash;
	int64_t id;
};

static enum err save(struct scope *sc, void *arg)
{
	struct save *s = arg;
	const struct content *c = s->c;
	struct html_link *links;
	size_t n;
	int64_t added;
	enum err e = db_run(sc, &content_insert,
		BIND(V(new_id(sc)), V(c->lang), V(s->hash), V(c->subject), V(c->html), V(c->text),
			V(now_real(sc).ms)),
		&added);

	if (!e)
		e = db_int(sc, &content_by_hash, BIND(V(s->hash)), &s->id);
	if (e || !added)
		return e;
	n = html_links(sc->mem, c->html, &links);
	for (size_t i = 0; i < n && !e; i++)
		e = db_run(
			sc, &link_insert, BIND(V(s->id), V((int64_t)i + 1), V(links[i].url)), NULL);
	return e;
}

static struct bytes hash_of(struct scope *sc, const struct content *c)
{
	const char *parts[] = { c->lang, c->subject, c->html, c->text };
	unsigned char *hash = arena_alloc(sc->mem, HASH_BYTES);
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < COUNT(parts); i++)
		out_bytes(&o, parts[i], strlen(parts[i]) + 1);
	sha256(bytes_of(o.data, o.len), hash);
	return bytes_of(hash, HASH_BYTES);
}

enum err content_save(struct scope *sc, const struct content *draft, int64_t *id)
{
	struct content c;
	struct save s = { .c = &c };
	enum err e = take_draft(sc, draft, &c);

	if (!e)
		e = refuse_broken(sc, &c);
	if (e)
		return e;
	s.hash = hash_of(sc, &c);
	e = db_write(sc, save, &s);
	if (!e)
		*id = s.id;
	return e;
}

enum err content_find(struct scope *sc, int64_t id, struct content *out)
{
	return db_one(sc, &content_by_id, BIND(V(id)), &content_shape, out);
}
