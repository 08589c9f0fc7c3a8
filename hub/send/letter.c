/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/letter.h"

#include "audience/contact.h"
#include "base/id.h"
#include "crypt/secret.h"
#include "object/object.h"
#include "text/json.h"

#define CLASS "letter"

#define COLUMNS "id, message, campaign, contact, kind, at, object"
SQL(letter_add, SQL_TENANT,
	"INSERT INTO letter (tenant, id, message, hash, appliance, workspace, campaign, contact, "
	"kind, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
	"ON CONFLICT (tenant, message, hash) DO NOTHING");
SQL(letter_awaited, SQL_TENANT,
	"SELECT " COLUMNS " FROM letter "
	"WHERE tenant = $1 AND message = $2 AND hash = $3 AND appliance = $4");
SQL(letter_named, SQL_TENANT,
	"SELECT " COLUMNS " FROM letter WHERE tenant = $1 AND message = $2 AND hash = $3");
SQL(letter_fill, SQL_TENANT,
	"UPDATE letter SET object = $3 WHERE tenant = $1 AND id = $2 AND object IS NULL");
SQL(letter_of_contact, SQL_TENANT,
	"SELECT " COLUMNS " FROM letter WHERE tenant = $1 AND contact = $2 AND id < $3 "
	"ORDER BY id DESC LIMIT $4");
SQL(letter_of_campaign, SQL_TENANT,
	"SELECT " COLUMNS " FROM letter WHERE tenant = $1 AND campaign = $2 AND id < $3 "
	"ORDER BY id DESC LIMIT $4");
SQL(letter_drop, SQL_TENANT, "DELETE FROM letter WHERE tenant = $1 AND contact = $2");

SHAPE(letter_shape, struct letter, COL(struct letter, id), COL(struct letter, message),
	COL(struct letter, campaign), COL(struct letter, contact), COL(struct letter, kind),
	COL(struct letter, at), COL(struct letter, object));

static bool hash_of(struct scope *sc, const char *hex, struct bytes *hash)
{
	unsigned char *raw = arena_alloc(sc->mem, HASH_BYTES);

	*hash = bytes_of(raw, HASH_BYTES);
	return hex && strlen(hex) == HASH_BYTES * 2 && str_unhex(hex, raw, HASH_BYTES);
}

/* ---- coming in ---- */

enum err letter_await(struct scope *sc, const struct letter_new *l)
{
	struct contact c;
	struct bytes hash;
	enum err e;

	if (!l->contact || !hash_of(sc, l->hash, &hash))
		return ERR_NONE;
	e = contact_find(sc, l->contact, &c);
	if (e || str_eq(c.state, "erased"))
		return e;
	return db_run(sc, &letter_add,
		BIND(V(new_id(sc)), V(l->message), V(hash), V(l->appliance), V(l->workspace),
			V_REF(l->campaign), V(l->contact), V(l->kind), V(l->at)),
		NULL);
}

struct filling {
	const struct letter *l;
	int64_t object;
};

/* Erased meanwhile, or brought twice at once: then nobody needs the object. */
static enum err fill(struct scope *sc, void *arg)
{
	const struct filling *f = arg;
	int64_t changed = 0;
	enum err e = db_run(sc, &letter_fill, BIND(V(f->l->id), V(f->object)), &changed);

	if (!e && !changed)
		return object_remove(sc, f->object);
	if (!e)
		event_addf(sc, "letter.came", f->l->id, "{\"message\":\"%s\"}",
			id_format(sc->mem, ID_MESSAGE, f->l->message));
	return e;
}

enum err letter_take(struct scope *sc, int64_t appliance, const char *hash, struct bytes body)
{
	unsigned char found[HASH_BYTES];
	struct bytes said;
	struct wire_letter m;
	struct letter l;
	struct filling f = { .l = &l };
	enum err e;

	sha256(body, found);
	if (!hash_of(sc, hash, &said) || !same_bytes(said.data, found, sizeof found))
		return fail(sc, ERR_INPUT, "These bytes are not what they are called");
	e = wire_get_letter(sc, body, &m);
	if (!e)
		e = db_one(sc, &letter_awaited, BIND(V(m.message), V(said), V(appliance)),
			&letter_shape, &l);
	if (e || l.object)
		return e;
	e = object_put(sc, CLASS, "application/json", body, &f.object);
	return e ? e : db_write(sc, fill, &f);
}

/* ---- looking ---- */

enum err letter_list(
	struct scope *sc, const struct letter_filter *f, struct letter **rows, size_t *n)
{
	return db_list(sc, f->contact ? &letter_of_contact : &letter_of_campaign,
		BIND(V(f->contact ? f->contact : f->campaign),
			V(f->after > 0 ? f->after : INT64_MAX), V((int64_t)f->limit)),
		&letter_shape, rows, n);
}

enum err letter_read(struct scope *sc, const struct letter *l, const struct wire_letter **out)
{
	struct wire_letter *m = arena_alloc(sc->mem, sizeof *m);
	struct object o;
	struct bytes body;
	enum err e;

	*out = NULL;
	if (!l->object)
		return ERR_NONE;
	e = object_find(sc, l->object, &o);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		e = object_read(sc, &o, &body);
	if (!e)
		e = wire_get_letter(sc, body, m);
	if (!e)
		*out = m;
	return e;
}

static enum err read_fact(
	struct scope *sc, const struct event_row *row, const struct wire_letter **out)
{
	const struct json *data = event_data(sc, row);
	struct bytes hash;
	struct letter l;
	enum err e;

	*out = NULL;
	if (!hash_of(sc, json_text(data, "object"), &hash))
		return ERR_NONE;
	e = db_one(sc, &letter_named, BIND(V(row->subject), V(hash)), &letter_shape, &l);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e ? e : letter_read(sc, &l, out);
}

enum err letter_of_facts(struct scope *sc, const struct event_row *rows, size_t n,
	const struct wire_letter *const **out)
{
	const struct wire_letter **list = arena_array(sc->mem, n + 1, sizeof *list);
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++)
		if (str_starts(rows[i].kind, "mail."))
			e = read_fact(sc, &rows[i], &list[i]);
	*out = list;
	return e;
}

/* ---- leaving ---- */

enum err letter_forget(struct scope *sc, int64_t contact)
{
	struct letter_filter f = { .contact = contact, .limit = 200 };
	struct letter *rows;
	size_t n;
	enum err e;

	do {
		e = letter_list(sc, &f, &rows, &n);
		for (size_t i = 0; i < n && !e; i++) {
			f.after = rows[i].id;
			if (rows[i].object)
				e = object_remove(sc, rows[i].object);
		}
	} while (!e && n == (size_t)f.limit);
	return e ? e : db_run(sc, &letter_drop, BIND(V(contact)), NULL);
}
