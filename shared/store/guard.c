/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The second lock on PostgreSQL: every table whose key begins with tenant shows and takes only the
 * rows of the tenant the connection was told, its owner's connections included. Derived from the
 * catalogue after each migration, so that no migration can forget it.
 */
#include "store/driver.h"

/* Its statements know only PostgreSQL, so they are not in the list that both databases prepare. */
static const struct sql open_tables = { "open_tables",
	"SELECT c.relname::text AS name FROM pg_class c "
	"JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary "
	"JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
	"WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace "
	"AND a.attname = 'tenant' AND NOT c.relforcerowsecurity ORDER BY 1",
	SQL_ENGINE };

struct table_name {
	const char *name;
};
SHAPE(name_shape, struct table_name, COL(struct table_name, name));

static enum err guard_one(struct scope *sc, const char *table)
{
	const char *text = arena_printf(sc->mem,
		"ALTER TABLE \"%s\" ENABLE ROW LEVEL SECURITY; "
		"ALTER TABLE \"%s\" FORCE ROW LEVEL SECURITY; "
		"CREATE POLICY tenant_only ON \"%s\" USING "
		"(tenant::text = current_setting('app.tenant', true) "
		"OR current_setting('app.tenant', true) = '*')",
		table, table, table);

	return sc->world->store->driver->exec(sc, sc->db, text);
}

static enum err grant_all(struct scope *sc, const char *role)
{
	const char *text;

	if (!role)
		return ERR_NONE;
	if (strchr(role, '"'))
		return fail(sc, ERR_INPUT, "the name of the database role holds a quotation mark");
	text = arena_printf(sc->mem,
		"DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %%I TO \"%s\"', "
		"current_schema()); EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
		"TABLES IN SCHEMA %%I TO \"%s\"', current_schema()); END $$",
		role, role);
	return sc->world->store->driver->exec(sc, sc->db, text);
}

enum err guard_tables(struct scope *sc, const char *engine)
{
	struct table_name *rows;
	size_t n;
	enum err e = db_list(sc, &open_tables, BIND_NONE, &name_shape, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (!strstr(engine, arena_printf(sc->mem, " %s ", rows[i].name)))
			e = guard_one(sc, rows[i].name);
	return e ? e : grant_all(sc, sc->world->store->config.grant);
}
