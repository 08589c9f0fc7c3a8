/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "object/object_job.h"

#include <unistd.h>

#include "object/object_priv.h"

#define CHUNK 100

SQL(object_list_expired, SQL_SYSTEM,
	"SELECT tenant, id, place FROM object WHERE expires <= $1 ORDER BY expires LIMIT 100");
/* Asked for again in between, it stays. */
SQL(object_expire, SQL_TENANT,
	"DELETE FROM object WHERE tenant = $1 AND id = $2 AND expires <= $3");

struct expired {
	int64_t tenant, id;
	const char *place;
	bool gone;
};
SHAPE(expired_shape, struct expired, COL(struct expired, tenant), COL(struct expired, id),
	COL(struct expired, place));

struct chunk {
	const struct job *job;
	struct expired *list;
	size_t count;
};

static enum err delete_rows(struct scope *sc, void *arg)
{
	struct chunk *c = arg;
	int64_t tenant = sc->tenant, changed;
	enum err e = job_hold(sc, c->job);

	for (size_t i = 0; !e && i < c->count; i++) {
		sc->tenant = c->list[i].tenant;
		e = db_run(
			sc, &object_expire, BIND(V(c->list[i].id), V(now_real(sc).ms)), &changed);
		c->list[i].gone = e == ERR_NONE && changed > 0;
	}
	sc->tenant = tenant;
	return e;
}

enum err object_expire_run(struct scope *sc, struct job *j)
{
	struct chunk c = { .job = j };
	enum err e = db_list(sc, &object_list_expired, BIND(V(now_real(sc).ms)), &expired_shape,
		&c.list, &c.count);

	if (e || c.count == 0)
		return e;
	e = db_write_later(sc, delete_rows, &c);
	if (e)
		return e;
	for (size_t i = 0; i < c.count; i++)
		if (c.list[i].gone)
			unlink(object_path(sc, c.list[i].place));
	if (c.count == CHUNK)
		j->again = now_real(sc).ms;
	return ERR_NONE;
}
