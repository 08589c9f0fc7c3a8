/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers of a campaign: from the counters that move with the rows, so that they add up at every
   moment and cost the same however large it is. */
#include "campaign/campaign_priv.h"
#include "sender/mailbox.h"

SQL(progress_standing, SQL_TENANT,
	"SELECT node, COUNT(*) AS n FROM enrolment WHERE tenant = $1 AND campaign = $2 "
	"AND state = 'under_way' GROUP BY node");
SQL(progress_moving, SQL_TENANT,
	"SELECT node, COUNT(*) AS n FROM enrolment WHERE tenant = $1 AND campaign = $2 "
	"AND state = 'under_way' AND due IS NULL GROUP BY node");
SQL(progress_last_due, SQL_TENANT,
	"SELECT MAX(due) FROM enrolment WHERE tenant = $1 AND campaign = $2");
SQL(progress_enrolling, SQL_TENANT,
	"SELECT COUNT(*) FROM contact c JOIN campaign m ON m.tenant = c.tenant "
	"AND m.workspace = c.workspace WHERE m.tenant = $1 AND m.id = $2 AND m.enrolling = 1 "
	"AND m.audience = 0 AND c.id > m.enrolled AND c.id <= m.frozen AND c.state = 'active'");
SQL(progress_enrolling_import, SQL_TENANT,
	"SELECT COUNT(*) FROM campaign m JOIN import_member i ON i.tenant = m.tenant "
	"AND i.import = m.audience JOIN contact c ON c.tenant = i.tenant AND c.id = i.contact "
	"WHERE m.tenant = $1 AND m.id = $2 AND m.enrolling = 1 "
	"AND i.contact > m.enrolled AND i.contact <= m.frozen AND c.state = 'active'");

struct standing {
	int64_t node, n;
};
SHAPE(standing_shape, struct standing, COL(struct standing, node), COL(struct standing, n));

static void read_reasons(
	struct scope *sc, const struct tally_row *rows, size_t n, struct campaign_progress *p)
{
	static const char prefix[] = "stopped.";

	p->stopped_by = arena_array(sc->mem, n, sizeof *p->stopped_by);
	for (size_t i = 0; i < n; i++)
		if (str_starts(rows[i].kind, prefix) && rows[i].n != 0)
			p->stopped_by[p->stopped_by_count++] =
				(struct tally_row){ rows[i].kind + sizeof prefix - 1, rows[i].n };
}

static enum err read_counters(struct scope *sc, int64_t id, struct campaign_progress *p)
{
	struct campaign_progress q = { .left_ms = -1 };
	const struct {
		const char *kind;
		int64_t *to;
	} rows[] = {
		{ "people.audience", &q.audience },
		{ "people.under_way", &q.under_way },
		{ "people.finished", &q.finished },
		{ "people.stopped", &q.stopped },
		{ "mail.created", &q.created },
		{ "mail.due", &q.due },
		{ "mail.leased", &q.leased },
		{ "mail.handed", &q.handed },
		{ "mail.queued", &q.queued },
		{ "mail.delivered", &q.delivered },
		{ "mail.bounced", &q.bounced },
		{ "mail.expired", &q.expired },
		{ "mail.unknown", &q.unknown },
		{ "mail.skipped", &q.skipped },
		{ "mail.failed", &q.failed },
		{ "mail.deferrals", &q.deferrals },
		{ "link.opened", &q.opened },
		{ "link.clicked", &q.clicked },
		{ "link.unsubscribed", &q.unsubscribed },
		{ "mail.replied", &q.replied },
		{ "mail.auto_replied", &q.auto_replied },
		{ "mail.complained", &q.complained },
	};
	struct tally_row *tallies;
	size_t n;
	enum err e = tally_list(sc, "campaign", id, &tallies, &n);

	if (e)
		return e;
	for (size_t i = 0; i < COUNT(rows); i++)
		*rows[i].to = tally_of(tallies, n, rows[i].kind);
	read_reasons(sc, tallies, n, &q);
	q.moving = q.due + q.leased + q.handed + q.queued;
	q.people_hold = q.audience == q.finished + q.stopped + q.under_way;
	q.mails_hold = q.created == q.delivered + q.bounced + q.expired + q.unknown + q.skipped +
					    q.failed + q.moving;
	*p = q;
	return ERR_NONE;
}

enum err campaign_progress_list(
	struct scope *sc, const int64_t *ids, size_t n, struct campaign_progress *out)
{
	for (size_t i = 0; i < n; i++) {
		enum err e = read_counters(sc, ids[i], &out[i]);

		if (e)
			return e;
	}
	return ERR_NONE;
}

/* ---- what is still to come ---- */

/* Steps ahead of everybody under way; a step whose mail moves already is behind. */
static enum err count_ahead(struct scope *sc, int64_t id, const struct graph *g, int64_t *ahead)
{
	struct standing *list, *moving;
	size_t n, m;
	int64_t total = 0;
	enum err e = db_list(sc, &progress_standing, BIND(V(id)), &standing_shape, &list, &n);

	if (!e)
		e = db_list(sc, &progress_moving, BIND(V(id)), &standing_shape, &moving, &m);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		total += list[i].n * graph_steps_from(g, graph_find(g, list[i].node));
	for (size_t i = 0; i < m; i++)
		total -= moving[i].n;
	*ahead = total;
	return ERR_NONE;
}

static enum err count_rate(struct scope *sc, int64_t id, int64_t *rate)
{
	struct mailbox *list;
	size_t n;
	int64_t total = 0;
	enum err e = mailbox_list_campaign(sc, id, &list, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(list[i].state, "active") && list[i].appliance)
			total += list[i].cap;
	if (!e)
		*rate = total;
	return e;
}

static enum err count_enrolling(struct scope *sc, const struct campaign *c, int64_t *n)
{
	if (!str_eq(c->state, "running") && !str_eq(c->state, "paused")) {
		*n = 0;
		return ERR_NONE;
	}
	return db_int(sc, c->audience ? &progress_enrolling_import : &progress_enrolling,
		BIND(V(c->id)), n);
}

/* By the caps of its mailboxes, or by the longest wait ahead, whichever ends later. */
static enum err estimate(struct scope *sc, const struct campaign *c, const struct graph *g,
	struct campaign_progress *p)
{
	int64_t ahead, last, to_send, by_caps;
	enum err e = count_ahead(sc, c->id, g, &ahead);

	if (!e)
		e = db_int(sc, &progress_last_due, BIND(V(c->id)), &last);
	if (e)
		return e;
	ahead += p->enrolling * graph_steps_from(g, g->first);
	p->planned = p->created + ahead;
	to_send = p->due + p->leased + p->handed + ahead;
	if (!p->rate_day && to_send)
		return ERR_NONE;
	by_caps = p->rate_day ? to_send * DAY_MS / p->rate_day : 0;
	last -= now_plan(sc).ms;
	p->left_ms = by_caps > last ? by_caps : last;
	return ERR_NONE;
}

enum err campaign_progress(struct scope *sc, int64_t id, struct campaign_progress *out)
{
	struct campaign_progress p;
	struct campaign c;
	struct graph g;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = read_counters(sc, id, &p);
	if (!e)
		e = graph_load(sc, id, &g);
	if (!e)
		e = count_rate(sc, id, &p.rate_day);
	if (!e)
		e = count_enrolling(sc, &c, &p.enrolling);
	if (e)
		return e;
	if (str_eq(c.state, "running") || str_eq(c.state, "paused"))
		e = estimate(sc, &c, &g, &p);
	else
		p.planned = p.created;
	if (str_eq(c.state, "finished") || str_eq(c.state, "cancelled"))
		p.left_ms = 0;
	if (!e)
		*out = p;
	return e;
}
