/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "event/event_job.h"

#define CHUNK 500

SQL(retain_expired, SQL_SYSTEM,
	"SELECT tenant, slot, pos FROM detail WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2");
SQL(retain_forget, SQL_TENANT, "DELETE FROM detail WHERE tenant = $1 AND slot = $2 AND pos = $3");

struct expired {
	int64_t tenant, slot, pos;
};
SHAPE(expired_shape, struct expired, COL(struct expired, tenant), COL(struct expired, slot),
	COL(struct expired, pos));

struct chunk {
	const struct job *job;
	const struct expired *list;
	size_t count;
};

static enum err forget(struct scope *sc, void *arg)
{
	const struct chunk *c = arg;
	enum err e = job_hold(sc, c->job);

	for (size_t i = 0; !e && i < c->count; i++) {
		sc->tenant = c->list[i].tenant;
		e = db_run(sc, &retain_forget, BIND(V(c->list[i].slot), V(c->list[i].pos)), NULL);
	}
	sc->tenant = 0;
	return e;
}

enum err event_retain_run(struct scope *sc, struct job *j)
{
	struct chunk c = { .job = j };
	struct expired *list;
	enum err e = db_list(sc, &retain_expired, BIND(V(now_real(sc).ms), V((int64_t)CHUNK)),
		&expired_shape, &list, &c.count);

	if (e || c.count == 0)
		return e;
	c.list = list;
	e = db_write_later(sc, forget, &c);
	if (!e && c.count == CHUNK)
		j->again = now_real(sc).ms;
	return e;
}
