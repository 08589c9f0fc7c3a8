/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/role.h"

#define ALL "view campaign contact fleet sender member setting"

static const struct {
	const char *name, *perms;
} builtin[] = {
	{ ROLE_OWNER, ALL },
	{ ROLE_ADMIN, ALL },
	{ ROLE_MEMBER, "view campaign contact sender" },
	{ ROLE_VIEWER, "view" },
};

SQL(role_insert, SQL_TENANT,
	"INSERT INTO role (tenant, id, name, perms, builtin) VALUES ($1, $2, $3, $4, 1)"
	" ON CONFLICT (tenant, name) DO NOTHING");
SQL(role_rows, SQL_TENANT,
	"SELECT id, name, perms, builtin FROM role WHERE tenant = $1 ORDER BY id");
SQL(role_by_name, SQL_TENANT,
	"SELECT id, name, perms, builtin FROM role WHERE tenant = $1 AND name = $2");
SQL(role_take, SQL_TENANT,
	"DELETE FROM permit WHERE tenant = $1 AND who = 'account' AND who_id = $2"
	" AND workspace = $3");
SQL(role_grant, SQL_TENANT,
	"INSERT INTO permit (tenant, who, who_id, workspace, role)"
	" VALUES ($1, 'account', $2, $3, $4)");

SHAPE(role_shape, struct role, COL(struct role, id), COL(struct role, name),
	COL(struct role, perms), COL(struct role, builtin));

enum err role_start(struct scope *sc)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; !e && i < COUNT(builtin); i++)
		e = db_run(sc, &role_insert,
			BIND(V(new_id(sc)), V(builtin[i].name), V(builtin[i].perms)), NULL);
	return e;
}

enum err role_list(struct scope *sc, struct role **rows, size_t *n)
{
	return db_list(sc, &role_rows, BIND_NONE, &role_shape, rows, n);
}

enum err role_find_name(struct scope *sc, const char *name, struct role *out)
{
	enum err e = db_one(sc, &role_by_name, BIND(V(name)), &role_shape, out);

	return e == ERR_MISSING ? fail(sc, e, "There is no such role.") : e;
}

enum err role_give(struct scope *sc, int64_t account, int64_t workspace, int64_t role)
{
	enum err e = db_run(sc, &role_take, BIND(V(account), V(workspace)), NULL);

	if (e || !role)
		return e;
	return db_run(sc, &role_grant, BIND(V(account), V(workspace), V(role)), NULL);
}
