/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "setup/setting.h"

SQL(setting_get_sql, SQL_DIRECTORY, "SELECT value FROM setting WHERE name = $1");
SQL(setting_put_sql, SQL_DIRECTORY,
	"INSERT INTO setting (name, value) VALUES ($1, $2) "
	"ON CONFLICT (name) DO UPDATE SET value = excluded.value");
SQL(setting_first_sql, SQL_DIRECTORY,
	"INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");

enum err setting_get(struct scope *sc, const char *name, const char **value)
{
	enum err e = db_text(sc, &setting_get_sql, BIND(V(name)), value);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*value = NULL;
	return ERR_NONE;
}

enum err setting_put(struct scope *sc, const char *name, const char *value)
{
	return db_run(sc, &setting_put_sql, BIND(V(name), V(value)), NULL);
}

enum err setting_first(struct scope *sc, const char *name, const char *wish, const char **value)
{
	enum err e = db_run(sc, &setting_first_sql, BIND(V(name), V(wish)), NULL);

	return e ? e : setting_get(sc, name, value);
}
