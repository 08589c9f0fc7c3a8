/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why a campaign's mail is not out yet: for each state in which some of it waits, what holds the
   one that waits longest. */
#include "campaign/campaign_priv.h"
#include "send/message.h"

SQL(explain_oldest, SQL_TENANT,
	"SELECT id FROM message WHERE tenant = $1 AND campaign = $2 AND state = $3 "
	"ORDER BY due, id LIMIT 1");
SQL(explain_next_due, SQL_TENANT,
	"SELECT MIN(due) FROM enrolment WHERE tenant = $1 AND campaign = $2 AND due > 0");
SQL(explain_waiting, SQL_TENANT,
	"SELECT COUNT(*) FROM enrolment WHERE tenant = $1 AND campaign = $2 AND due > $3");

#define MAX_REASONS 8

struct reasons {
	struct campaign_reason *list; /* arena; MAX_REASONS */
	size_t count;
};

static void add(struct reasons *r, const struct campaign_reason *x)
{
	if (r->count < MAX_REASONS)
		r->list[r->count++] = *x;
}

/* States in which nothing can happen any more, or not before somebody does something. */
static bool explain_state(struct scope *sc, const struct campaign *c, struct reasons *r)
{
	const struct {
		const char *state, *key, *text;
		bool last;
	} rows[] = {
		{ "draft", "draft", tr(sc, "It is a draft and has not been launched"), true },
		{ "paused", "paused", tr(sc, "It is paused; nothing goes out until it is resumed"),
			false },
		{ "finished", "finished", tr(sc, "It is finished: nothing is left to send"), true },
		{ "cancelled", "cancelled", tr(sc, "It was cancelled"), true },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (str_eq(rows[i].state, c->state)) {
			add(r, &(struct campaign_reason){
				       .key = rows[i].key, .text = rows[i].text, .by = "tenant" });
			return rows[i].last;
		}
	return false;
}

static enum err explain_mails(
	struct scope *sc, int64_t id, enum message_state state, int64_t mails, struct reasons *r)
{
	struct message_why why;
	struct message m;
	int64_t oldest;
	enum err e =
		db_int(sc, &explain_oldest, BIND(V(id), V(message_state_name(state))), &oldest);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		e = message_find(sc, oldest, &m);
	if (!e)
		e = message_explain(sc, oldest, &why);
	if (!e)
		add(r, &(struct campaign_reason){
			       why.rule, why.text, why.by, why.lifts, m.mailbox, mails });
	return e;
}

static enum err explain_waits(struct scope *sc, int64_t id, struct reasons *r)
{
	int64_t next, people, now = now_plan(sc).ms;
	enum err e = db_int(sc, &explain_next_due, BIND(V(id)), &next);

	if (!e)
		e = db_int(sc, &explain_waiting, BIND(V(id), V(now)), &people);
	if (e || people == 0)
		return e;
	add(r, &(struct campaign_reason){ .key = "wait",
		       .text = arena_printf(sc->mem,
			       trn(sc, "%lld person waits for the next step",
				       "%lld people wait for their next step", people),
			       (long long)people),
		       .by = "tenant",
		       .until = next });
	return ERR_NONE;
}

enum err campaign_explain(struct scope *sc, int64_t id, struct campaign_reason **list, size_t *n)
{
	struct reasons r = { arena_array(sc->mem, MAX_REASONS, sizeof *r.list), 0 };
	static const enum message_state states[] = { MESSAGE_DUE, MESSAGE_LEASED, MESSAGE_HANDED,
		MESSAGE_QUEUED };
	struct campaign_progress p;
	struct campaign c;
	int64_t mails[COUNT(states)];
	bool last;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = campaign_progress_list(sc, &id, 1, &p);
	if (e)
		return e;
	last = explain_state(sc, &c, &r);
	memcpy(mails, (int64_t[]){ p.due, p.leased, p.handed, p.queued }, sizeof mails);
	for (size_t i = 0; !e && !last && i < COUNT(states); i++)
		if (mails[i])
			e = explain_mails(sc, id, states[i], mails[i], &r);
	if (!e && !last)
		e = explain_waits(sc, id, &r);
	if (e)
		return e;
	*list = r.list;
	*n = r.count;
	return ERR_NONE;
}
