/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/claim_job.h"

#include "base/id.h"

#include "send/message_priv.h"

#define CHUNK   500
#define KEPT_MS (365 * DAY_MS) /* a campaign that rests may make its mails late */

SQL(claim_useless, SQL_SYSTEM,
	"SELECT c.tenant, c.message FROM claim c LEFT JOIN message m ON m.tenant = c.tenant "
	"AND m.id = c.message WHERE c.at <= $1 OR m.rank >= $2 ORDER BY c.tenant, c.message LIMIT $3");
SQL(claim_forget, SQL_TENANT, "DELETE FROM claim WHERE tenant = $1 AND message = $2");

struct useless {
	int64_t tenant, message;
};
SHAPE(useless_shape, struct useless, COL(struct useless, tenant), COL(struct useless, message));

struct chunk {
	const struct job *job;
	const struct useless *list;
	size_t count;
};

static enum err forget(struct scope *sc, void *arg)
{
	const struct chunk *c = arg;
	enum err e = job_hold(sc, c->job);

	for (size_t i = 0; !e && i < c->count; i++) {
		sc->tenant = c->list[i].tenant;
		e = db_run(sc, &claim_forget, BIND(V(c->list[i].message)), NULL);
	}
	sc->tenant = 0;
	return e;
}

enum err claim_sweep_run(struct scope *sc, struct job *j)
{
	struct chunk c = { .job = j };
	struct useless *list;
	enum err e = db_list(sc, &claim_useless,
		BIND(V(now_real(sc).ms - KEPT_MS), V((int64_t)RANK_ENDED), V((int64_t)CHUNK)),
		&useless_shape, &list, &c.count);

	if (e || c.count == 0)
		return e;
	c.list = list;
	e = db_write_later(sc, forget, &c);
	if (!e && c.count == CHUNK)
		j->again = now_real(sc).ms;
	return e;
}
