/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/audit.h"

SQL(audit_insert, SQL_TENANT,
	"INSERT INTO audit (tenant, id, at, actor_kind, actor, via, action, subject)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(audit_rows, SQL_TENANT,
	"SELECT u.id AS id, u.at AS at, u.actor_kind AS actor_kind, u.actor AS actor, u.via AS via,"
	" u.action AS action, u.subject AS subject, a.name AS name FROM audit u LEFT JOIN account a"
	" ON a.id = CASE WHEN u.via <> 0 THEN u.via WHEN u.actor_kind = 1 THEN u.actor END"
	" WHERE u.tenant = $1 AND u.id < $2"
	" AND (CAST($3 AS BIGINT) = 0 OR u.via = $3 OR (u.actor_kind = 1 AND u.actor = $3))"
	" AND substr(u.action, 1, length($4)) = $4 ORDER BY u.id DESC LIMIT $5");

SHAPE(audit_shape, struct audit, COL(struct audit, id), COL(struct audit, at),
	COL(struct audit, actor_kind), COL(struct audit, actor), COL(struct audit, via),
	COL(struct audit, action), COL(struct audit, subject), COL(struct audit, name));

_Static_assert(ACTOR_ACCOUNT == 1, "audit_rows names it");

enum err audit_add(struct scope *sc, const char *action, int64_t subject)
{
	if (!sc->tenant)
		return ERR_NONE;
	return db_run(sc, &audit_insert,
		BIND(V(new_id(sc)), V(now_real(sc).ms), V((int64_t)sc->actor.kind), V(sc->actor.id),
			V(sc->actor.via), V(action), V(subject)),
		NULL);
}

enum err audit_list(struct scope *sc, const struct audit_filter *f, struct audit **rows, size_t *n)
{
	return db_list(sc, &audit_rows,
		BIND(V(f->before ? f->before : INT64_MAX), V(f->who), V(f->what ? f->what : ""),
			V((int64_t)f->limit)),
		&audit_shape, rows, n);
}
