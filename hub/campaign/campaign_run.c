/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Launch, pause, resume, cancel, and one person stopped by hand. */
#include "base/id.h"
#include "campaign/campaign_priv.h"
#include "job/job.h"
#include "send/message.h"
#include "tenant/audit.h"

SQL(run_launch, SQL_TENANT,
	"UPDATE campaign SET state = 'running', launched_at = $3, frozen = $4, enrolled = 0, "
	"enrolling = 1, version = version + 1 WHERE tenant = $1 AND id = $2 AND state = 'draft'");
SQL(run_pause, SQL_TENANT,
	"UPDATE campaign SET state = 'paused', version = version + 1 "
	"WHERE tenant = $1 AND id = $2 AND state = 'running'");
SQL(run_resume, SQL_TENANT,
	"UPDATE campaign SET state = 'running', version = version + 1 "
	"WHERE tenant = $1 AND id = $2 AND state = 'paused'");
SQL(run_cancel, SQL_TENANT,
	"UPDATE campaign SET state = 'cancelled', ended_at = $3, enrolling = 0, "
	"version = version + 1 WHERE tenant = $1 AND id = $2 AND state IN ('running', 'paused')");
SQL(run_stop_all, SQL_TENANT,
	"UPDATE enrolment SET state = 'stopped', reason = 'cancelled', due = NULL "
	"WHERE tenant = $1 AND campaign = $2 AND state = 'under_way'");
SQL(run_enrolment_of, SQL_TENANT,
	"SELECT id FROM enrolment WHERE tenant = $1 AND campaign = $2 AND contact = $3 "
	"AND state = 'under_way'");

struct running {
	int64_t id, contact;
	struct campaign c;
	struct graph g;
};

static enum err say(struct scope *sc, const struct campaign *c, const char *verb, const char *done)
{
	event_add(sc, &(struct event){ .kind = arena_printf(sc->mem, "campaign.%s", done),
			      .subject = c->id,
			      .workspace = c->workspace });
	return audit_add(sc, arena_printf(sc->mem, "campaign.%s", verb), c->id);
}

static enum err wake(struct scope *sc, int64_t campaign)
{
	return job_now(sc, CAMPAIGN_JOB, campaign, id_format(sc->mem, ID_CAMPAIGN, campaign));
}

/* ---- launch ---- */

static enum err launch(struct scope *sc, void *arg)
{
	struct running *r = arg;
	int64_t now = now_real(sc).ms, changed;
	bool more;
	/* Ids grow: whoever comes later has a larger one than this. */
	enum err e = db_run(sc, &run_launch, BIND(V(r->id), V(now), V(new_id(sc))), &changed);

	if (!e && changed == 0)
		return fail(sc, ERR_CONFLICT, "This campaign was launched before");
	if (!e)
		e = graph_load(sc, r->id, &r->g);
	if (!e && !r->g.first)
		return fail(sc, ERR_CONFLICT, "This campaign has no steps");
	if (!e)
		e = enrol_chunk(sc, &r->c, &r->g, &more);
	if (!e)
		e = wake(sc, r->id);
	return e ? e : say(sc, &r->c, "launch", "launched");
}

enum err campaign_launch(struct scope *sc, int64_t id)
{
	struct running r = { .id = id };
	struct finding *findings;
	size_t n;
	enum err e = campaign_find(sc, id, &r.c);

	if (!e && !str_eq(r.c.state, "draft"))
		return fail(sc, ERR_CONFLICT, "This campaign was launched before");
	if (!e)
		e = campaign_check(sc, id, &findings, &n);
	if (e)
		return e;
	if (n > 0 && findings[0].blocking)
		return fail(sc, ERR_CONFLICT, "%s", findings[0].text);
	return db_write(sc, launch, &r);
}

/* ---- on the way ---- */

/* The state does not allow it: fine where it is as wished already. */
static enum err judge(struct scope *sc, const struct campaign *c, const char *wished)
{
	if (str_eq(c->state, wished))
		return ERR_NONE;
	return fail(sc, ERR_CONFLICT, "A campaign that is %s cannot become %s", c->state, wished);
}

static enum err pause(struct scope *sc, void *arg)
{
	const struct running *r = arg;
	struct campaign c;
	int64_t changed;
	enum err e = db_run(sc, &run_pause, BIND(V(r->id)), &changed);

	if (!e)
		e = campaign_find(sc, r->id, &c);
	if (!e && changed == 0)
		return judge(sc, &c, "paused");
	if (!e)
		e = message_recall(sc, RECALL_CAMPAIGN, r->id, "paused", NULL);
	return e ? e : say(sc, &c, "pause", "paused");
}

enum err campaign_pause(struct scope *sc, int64_t id)
{
	return db_write(sc, pause, &(struct running){ .id = id });
}

static enum err resume(struct scope *sc, void *arg)
{
	const struct running *r = arg;
	struct campaign c;
	int64_t changed;
	enum err e = db_run(sc, &run_resume, BIND(V(r->id)), &changed);

	if (!e)
		e = campaign_find(sc, r->id, &c);
	if (!e && changed == 0)
		return judge(sc, &c, "running");
	if (!e)
		e = wake(sc, r->id);
	return e ? e : say(sc, &c, "resume", "resumed");
}

enum err campaign_resume(struct scope *sc, int64_t id)
{
	return db_write(sc, resume, &(struct running){ .id = id });
}

static enum err cancel(struct scope *sc, void *arg)
{
	const struct running *r = arg;
	struct campaign c;
	int64_t changed, stopped;
	enum err e = db_run(sc, &run_cancel, BIND(V(r->id), V(now_real(sc).ms)), &changed);

	if (!e)
		e = campaign_find(sc, r->id, &c);
	if (!e && changed == 0)
		return judge(sc, &c, "cancelled");
	if (!e)
		e = db_run(sc, &run_stop_all, BIND(V(r->id)), &stopped);
	if (!e)
		e = message_recall(sc, RECALL_CAMPAIGN, r->id, "cancelled", NULL);
	if (e)
		return e;
	tally_add(sc, "campaign", r->id, "people.under_way", -stopped);
	tally_add(sc, "campaign", r->id, "people.stopped", stopped);
	tally_add(sc, "campaign", r->id, "stopped.cancelled", stopped);
	return say(sc, &c, "cancel", "cancelled");
}

enum err campaign_cancel(struct scope *sc, int64_t id)
{
	return db_write(sc, cancel, &(struct running){ .id = id });
}

static enum err stop_contact(struct scope *sc, void *arg)
{
	const struct running *r = arg;
	struct walk w = { .campaign = r->id };
	struct enrolment who;
	struct campaign c;
	int64_t id;
	enum err e = db_int(sc, &run_enrolment_of, BIND(V(r->id), V(r->contact)), &id);

	if (e == ERR_MISSING)
		return fail(sc, ERR_MISSING, "This person is not under way in the campaign");
	if (!e)
		e = enrolment_find(sc, id, &who);
	if (!e)
		e = campaign_find(sc, r->id, &c);
	if (e)
		return e;
	w.workspace = c.workspace;
	e = enrolment_stop(sc, &w, &who, "hand");
	if (!e)
		e = message_recall(sc, RECALL_ENROLMENT, id, "hand", NULL);
	if (!e)
		e = walk_end(sc, &w);
	return e ? e : audit_add(sc, "campaign.stop-contact", r->contact);
}

enum err campaign_stop_contact(struct scope *sc, int64_t id, int64_t contact)
{
	return db_write(sc, stop_contact, &(struct running){ .id = id, .contact = contact });
}
