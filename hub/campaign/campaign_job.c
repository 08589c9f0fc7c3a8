/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_job.h"

#include "campaign/campaign_priv.h"

#define CHUNK 200

SQL(advance_due, SQL_TENANT,
	"SELECT id, campaign, contact, node, visit, state, reason, due, mailbox, thread "
	"FROM enrolment WHERE tenant = $1 AND campaign = $2 AND due <= $3 ORDER BY due LIMIT $4");
SQL(advance_next, SQL_TENANT,
	"SELECT MIN(due) FROM enrolment WHERE tenant = $1 AND campaign = $2 AND due > 0");
SQL(advance_enrolling, SQL_TENANT, "SELECT enrolling FROM campaign WHERE tenant = $1 AND id = $2");
SQL(advance_anybody, SQL_TENANT,
	"SELECT 1 FROM enrolment WHERE tenant = $1 AND campaign = $2 AND state = 'under_way' "
	"LIMIT 1");
SQL(advance_anything, SQL_TENANT,
	"SELECT 1 FROM message WHERE tenant = $1 AND campaign = $2 "
	"AND state IN ('due', 'leased', 'handed', 'queued') LIMIT 1");
SQL(advance_finish, SQL_TENANT,
	"UPDATE campaign SET state = 'finished', ended_at = $3, version = version + 1 "
	"WHERE tenant = $1 AND id = $2 AND state = 'running' AND enrolling = 0");

SHAPE(due_shape, struct enrolment, COL(struct enrolment, id), COL(struct enrolment, campaign),
	COL(struct enrolment, contact), COL(struct enrolment, node), COL(struct enrolment, visit),
	COL(struct enrolment, state), COL(struct enrolment, reason), COL(struct enrolment, due),
	COL(struct enrolment, mailbox), COL(struct enrolment, thread));

struct advance {
	const struct job *job;
	const struct campaign *c;
	const struct graph *g;
	bool more;
};

static enum err enrol(struct scope *sc, void *arg)
{
	struct advance *a = arg;
	enum err e = job_hold(sc, a->job);

	return e ? e : enrol_chunk(sc, a->c, a->g, &a->more);
}

/* A person goes on through ended waits to the next step in one go. */
static enum err move_one(struct scope *sc, struct walk *w, struct enrolment *who, int64_t now)
{
	const struct node *at = graph_find(w->graph, who->node);
	bool moved = true;

	while (at && moved && who->due <= now) {
		const struct node *to = at->next;
		enum err e;

		if (at->is == NODE_STEP)
			return enrolment_send(sc, w, who, at, &moved);
		e = enrolment_enter(sc, w, who, to, who->due, &moved);
		if (e || !to || to->is == NODE_END)
			return e;
		who->node = to->id;
		who->due += to->is == NODE_WAIT ? to->wait : 0;
		at = to;
	}
	return at ? ERR_NONE : enrolment_stop(sc, w, who, "node_gone");
}

static enum err move_chunk(struct scope *sc, void *arg)
{
	struct advance *a = arg;
	struct walk w = { .campaign = a->c->id, .workspace = a->c->workspace, .graph = a->g };
	struct enrolment *list;
	int64_t now = now_plan(sc).ms;
	size_t n;
	enum err e = job_hold(sc, a->job);

	a->more = false;
	if (!e)
		e = db_list(sc, &advance_due, BIND(V(a->c->id), V(now), V((int64_t)CHUNK)),
			&due_shape, &list, &n);
	for (size_t i = 0; !e && i < n; i++)
		e = move_one(sc, &w, &list[i], now);
	a->more = !e && n == CHUNK;
	return e;
}

static enum err is_there(struct scope *sc, const struct sql *q, int64_t campaign, bool *yes)
{
	int64_t one;
	enum err e = db_int(sc, q, BIND(V(campaign)), &one);

	*yes = e == ERR_NONE;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e;
}

static enum err finish(struct scope *sc, void *arg)
{
	const struct advance *a = arg;
	bool anybody = false, anything = false;
	int64_t changed;
	enum err e = job_hold(sc, a->job);

	if (!e)
		e = is_there(sc, &advance_anybody, a->c->id, &anybody);
	if (!e)
		e = is_there(sc, &advance_anything, a->c->id, &anything);
	if (e || anybody || anything)
		return e;
	e = db_run(sc, &advance_finish, BIND(V(a->c->id), V(now_real(sc).ms)), &changed);
	if (!e && changed)
		event_add(sc, &(struct event){ .kind = "campaign.finished",
				      .subject = a->c->id,
				      .workspace = a->c->workspace });
	return e;
}

/* Chunk by chunk, each in a scope whose memory goes before the next. */
static enum err repeat(struct scope *parent, struct advance *a, db_write_fn *fn)
{
	enum err e = ERR_NONE;

	for (a->more = true; !e && a->more;) {
		struct scope sc;

		scope_open_for(&sc, parent, parent->tenant);
		sc.workspace = parent->workspace;
		e = db_write_later(&sc, fn, a);
		if (e)
			fail(parent, e, "%s", sc.why);
		scope_close(&sc);
	}
	return e;
}

enum err campaign_run(struct scope *sc, struct job *j)
{
	struct campaign c;
	struct graph g;
	struct advance a = { j, &c, &g, false };
	int64_t enrolling = 0, next = 0;
	enum err e = campaign_find(sc, j->subject, &c);

	if (e || !str_eq(c.state, "running"))
		return e == ERR_MISSING ? ERR_NONE : e;
	sc->workspace = c.workspace;
	e = graph_load(sc, c.id, &g);
	if (!e && !g.first)
		return fail(sc, ERR_INPUT, "the campaign has no steps");
	if (!e)
		e = db_int(sc, &advance_enrolling, BIND(V(c.id)), &enrolling);
	if (!e && enrolling)
		e = repeat(sc, &a, enrol);
	if (!e)
		e = repeat(sc, &a, move_chunk);
	if (!e)
		e = db_int(sc, &advance_next, BIND(V(c.id)), &next);
	if (!e && next)
		j->again = clock_real_at(sc->world->clock, (struct plan){ next }).ms;
	else if (!e)
		e = db_write_later(sc, finish, &a);
	return e;
}
