/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Fields of a workspace's own: typed rows, so that they can be asked for in SQL. */
#include "audience/audience_priv.h"

SQL(field_insert, SQL_TENANT,
	"INSERT INTO field (tenant, id, workspace, name) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (tenant, workspace, name) DO NOTHING");
SQL(field_by_name, SQL_TENANT,
	"SELECT id FROM field WHERE tenant = $1 AND workspace = $2 AND name = $3");
SQL(field_names, SQL_TENANT,
	"SELECT name FROM field WHERE tenant = $1 AND workspace = $2 ORDER BY name");
SQL(field_number, SQL_TENANT, "SELECT COUNT(*) FROM field WHERE tenant = $1 AND workspace = $2");
SQL(value_put, SQL_TENANT,
	"INSERT INTO value (tenant, field, contact, n, text, num) VALUES ($1, $2, $3, 0, $4, $5) "
	"ON CONFLICT (tenant, field, contact, n) DO UPDATE SET text = excluded.text, "
	"num = excluded.num");
SQL(value_delete, SQL_TENANT,
	"DELETE FROM value WHERE tenant = $1 AND field = $2 AND contact = $3");
SQL(value_of_contact, SQL_TENANT,
	"SELECT f.name, v.text FROM value v JOIN field f ON f.tenant = v.tenant AND f.id = v.field "
	"WHERE v.tenant = $1 AND v.contact = $2 ORDER BY f.name");

SHAPE(value_shape, struct contact_value, COL(struct contact_value, name),
	COL(struct contact_value, text));

#define MAX_NAME   40
#define MAX_TEXT   1000
#define MAX_FIELDS 200

bool field_is_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= MAX_NAME && name[0] >= 'a' && name[0] <= 'z' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

enum err field_ensure(struct scope *sc, const char *name, int64_t *id)
{
	int64_t count;
	enum err e = db_int(sc, &field_by_name, BIND(V(sc->workspace), V(name)), id);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	if (!field_is_name(name))
		return fail_field(sc, name,
			"A field's name has small letters, digits and _, a letter first, at most %d",
			MAX_NAME);
	e = db_int(sc, &field_number, BIND(V(sc->workspace)), &count);
	if (e)
		return e;
	if (count >= MAX_FIELDS)
		return fail(
			sc, ERR_LIMIT, "A workspace has at most %d fields of its own", MAX_FIELDS);
	e = db_run(sc, &field_insert, BIND(V(new_id(sc)), V(sc->workspace), V(name)), NULL);
	return e ? e : db_int(sc, &field_by_name, BIND(V(sc->workspace), V(name)), id);
}

enum err value_set(struct scope *sc, int64_t field, int64_t contact, const char *text)
{
	int64_t n = 0;

	if (str_empty(text))
		return db_run(sc, &value_delete, BIND(V(field), V(contact)), NULL);
	if (strlen(text) > MAX_TEXT)
		return fail(sc, ERR_INPUT, "A field has at most %d bytes", MAX_TEXT);
	if (str_int(text, INT64_MIN, INT64_MAX, &n))
		return db_run(sc, &value_put, BIND(V(field), V(contact), V(text), V(n)), NULL);
	return db_run(sc, &value_put, BIND(V(field), V(contact), V(text), V_NULL), NULL);
}

enum err contact_values(struct scope *sc, int64_t id, struct contact_value **values, size_t *n)
{
	return db_list(sc, &value_of_contact, BIND(V(id)), &value_shape, values, n);
}

enum err contact_fields(struct scope *sc, const char ***names, size_t *n)
{
	struct named {
		const char *name;
	} * rows;
	SHAPE(named_shape, struct named, COL(struct named, name));
	const char **list;
	size_t count;
	enum err e = db_list(sc, &field_names, BIND(V(sc->workspace)), &named_shape, &rows, &count);

	if (e)
		return e;
	list = arena_array(sc->mem, count, sizeof *list);
	for (size_t i = 0; i < count; i++)
		list[i] = rows[i].name;
	*names = list;
	*n = count;
	return ERR_NONE;
}
