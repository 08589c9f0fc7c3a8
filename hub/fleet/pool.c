/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/pool.h"

#include "event/event.h"
#include "tenant/audit.h"

SQL(pool_rows, SQL_TENANT,
	"SELECT a.pool AS pool, COALESCE(MAX(p.mode), 'primary') AS mode, COUNT(*) AS addresses, "
	"SUM(CASE WHEN a.state IN ('assigned', 'warming', 'warmed', 'degraded') THEN 1 ELSE 0 END) "
	"AS sending, COALESCE(MIN(a.score), -1) AS score FROM address a LEFT JOIN pool p "
	"ON p.tenant = a.tenant AND p.name = a.pool WHERE a.tenant = $1 AND a.pool <> '' "
	"GROUP BY a.pool ORDER BY a.pool");
SQL(pool_known, SQL_TENANT, "SELECT COUNT(*) FROM address WHERE tenant = $1 AND pool = $2");
SQL(pool_put, SQL_TENANT,
	"INSERT INTO pool (tenant, name, mode) VALUES ($1, $2, $3) "
	"ON CONFLICT (tenant, name) DO UPDATE SET mode = excluded.mode "
	"WHERE pool.mode <> excluded.mode");

SHAPE(pool_shape, struct address_pool, COL(struct address_pool, pool),
	COL(struct address_pool, mode), COL(struct address_pool, addresses),
	COL(struct address_pool, sending), COL(struct address_pool, score));

enum err address_pools(struct scope *sc, struct address_pool **rows, size_t *n)
{
	return db_list(sc, &pool_rows, BIND_NONE, &pool_shape, rows, n);
}

static enum err set_mode(struct scope *sc, void *arg)
{
	const struct address_pool *in = arg;
	int64_t known, changed = 0;
	enum err e = db_int(sc, &pool_known, BIND(V(in->pool)), &known);

	if (!e && !known)
		return fail_field(sc, "pool", "No address stands in this pool");
	if (!e)
		e = db_run(sc, &pool_put, BIND(V(in->pool), V(in->mode)), &changed);
	if (e || !changed)
		return e;
	event_addf(sc, "pool.changed", sc->tenant, "{\"mode\":\"%s\"}", in->mode);
	return audit_add(sc, "address.pool", sc->tenant);
}

enum err pool_set_mode(struct scope *sc, const char *pool, const char *mode)
{
	return db_write(sc, set_mode, &(struct address_pool){ .pool = pool, .mode = mode });
}
