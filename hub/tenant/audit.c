/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/audit.h"

SQL(audit_insert, SQL_TENANT,
	"INSERT INTO audit (tenant, id, at, actor_kind, actor, via, action, subject)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(audit_rows, SQL_TENANT,
	"SELECT id, at, actor_kind, actor, via, action, subject FROM audit"
	" WHERE tenant = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) ORDER BY id DESC LIMIT $3");

SHAPE(audit_shape, struct audit, COL(struct audit, id), COL(struct audit, at),
	COL(struct audit, actor_kind), COL(struct audit, actor), COL(struct audit, via),
	COL(struct audit, action), COL(struct audit, subject));

enum err audit_add(struct scope *sc, const char *action, int64_t subject)
{
	if (!sc->tenant)
		return ERR_NONE;
	return db_run(sc, &audit_insert,
		BIND(V(new_id(sc)), V(now_real(sc).ms), V((int64_t)sc->actor.kind), V(sc->actor.id),
			V(sc->actor.via), V(action), V(subject)),
		NULL);
}

enum err audit_list(struct scope *sc, int64_t before, int limit, struct audit **rows, size_t *n)
{
	return db_list(sc, &audit_rows, BIND(V(before), V(limit)), &audit_shape, rows, n);
}
