/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/workspace.h"

#include "tenant/audit.h"

#define SLUG_MAX 40

SQL(workspace_row, SQL_TENANT,
	"SELECT id, name, slug, zone, postal, state FROM workspace WHERE tenant = $1 AND id = $2");
SQL(workspace_rows, SQL_TENANT,
	"SELECT id, name, slug, zone, postal, state FROM workspace"
	" WHERE tenant = $1 AND state = 'active' ORDER BY name, id");
SQL(workspace_rows_of, SQL_TENANT,
	"SELECT id, name, slug, zone, postal, state FROM workspace w"
	" WHERE w.tenant = $1 AND state = 'active' AND EXISTS (SELECT 1 FROM permit p"
	" WHERE p.tenant = w.tenant AND p.who = 'account' AND p.who_id = $2"
	" AND (p.workspace = 0 OR p.workspace = w.id)) ORDER BY name, id");
SQL(workspace_insert, SQL_TENANT,
	"INSERT INTO workspace (tenant, id, name, slug, zone, state)"
	" VALUES ($1, $2, $3, $4, $5, 'active') ON CONFLICT (tenant, slug) DO NOTHING");
SQL(workspace_update, SQL_TENANT,
	"UPDATE workspace SET name = $3, zone = $4, postal = $5 WHERE tenant = $1 AND id = $2");

SHAPE(workspace_shape, struct workspace, COL(struct workspace, id), COL(struct workspace, name),
	COL(struct workspace, slug), COL(struct workspace, zone), COL(struct workspace, postal),
	COL(struct workspace, state));

static enum err missing(struct scope *sc)
{
	return fail(sc, ERR_MISSING, "There is no such workspace.");
}

enum err workspace_find(struct scope *sc, int64_t id, struct workspace *out)
{
	enum err e = db_one(sc, &workspace_row, BIND(V(id)), &workspace_shape, out);

	return e == ERR_MISSING ? missing(sc) : e;
}

enum err workspace_list(struct scope *sc, struct workspace **rows, size_t *n)
{
	return db_list(sc, &workspace_rows, BIND_NONE, &workspace_shape, rows, n);
}

enum err workspace_list_of(struct scope *sc, int64_t account, struct workspace **rows, size_t *n)
{
	return db_list(sc, &workspace_rows_of, BIND(V(account)), &workspace_shape, rows, n);
}

/* Lower-case letters and digits of the name with dashes between; "workspace" where none are left.
 */
static const char *slug_of(struct scope *sc, const char *name)
{
	const char *low = str_lower(sc->mem, name);
	char *slug = arena_alloc(sc->mem, SLUG_MAX + 1);
	size_t n = 0;

	for (; *low && n < SLUG_MAX; low++) {
		if ((*low >= 'a' && *low <= 'z') || (*low >= '0' && *low <= '9'))
			slug[n++] = *low;
		else if (n > 0 && slug[n - 1] != '-')
			slug[n++] = '-';
	}
	while (n > 0 && slug[n - 1] == '-')
		n--;
	slug[n] = 0;
	return n ? slug : "workspace";
}

struct add {
	const char *name, *zone;
	int64_t id;
};

static enum err write_add(struct scope *sc, void *arg)
{
	struct add *a = arg;
	const char *slug = slug_of(sc, a->name), *tried = slug;
	int64_t changed = 0;
	enum err e = ERR_NONE;

	a->id = new_id(sc);
	for (int n = 2; !e && changed == 0 && n < 1000; n++) {
		e = db_run(sc, &workspace_insert, BIND(V(a->id), V(a->name), V(tried), V(a->zone)),
			&changed);
		tried = arena_printf(sc->mem, "%s-%d", slug, n);
	}
	if (!e && changed == 0)
		return fail(sc, ERR_CONFLICT, "There are too many workspaces of this name.");
	return e ? e : audit_add(sc, "workspace.add", a->id);
}

enum err workspace_add(struct scope *sc, const char *name, const char *zone, int64_t *id)
{
	struct add a = { name, zone, 0 };
	enum err e = db_write(sc, write_add, &a);

	if (!e)
		*id = a.id;
	return e;
}

struct change {
	int64_t id;
	const char *name, *zone, *postal;
};

static enum err write_set(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	int64_t changed;
	enum err e = db_run(sc, &workspace_update,
		BIND(V(c->id), V(c->name), V(c->zone), V(c->postal ? c->postal : "")), &changed);

	if (!e && changed == 0)
		return missing(sc);
	return e ? e : audit_add(sc, "workspace.set", c->id);
}

enum err workspace_set(
	struct scope *sc, int64_t id, const char *name, const char *zone, const char *postal)
{
	struct change c = { id, name, zone, postal };

	return db_write(sc, write_set, &c);
}
