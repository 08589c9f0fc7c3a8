/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why a mail waits: the one limit that binds, who set it and when it lifts. Reads only. */
#include "base/str.h"

#include "pace/pace.h"
#include "store/db.h"
#include "text/zone.h"

#include "fleet/appliance.h"
#include "fleet/catch_up.h"
#include "send/dispatch_priv.h"
#include "send/message_priv.h"
#include "send/routing.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"

SQL(explain_campaign, SQL_TENANT, "SELECT state FROM campaign WHERE tenant = $1 AND id = $2");
SQL(explain_queued_today, SQL_TENANT,
	"SELECT n FROM tally WHERE tenant = $1 AND dim = 'mailbox' AND key = $2 AND grain = 'day' "
	"AND bucket = $3 AND kind = 'mail.queued'");

static void say(struct message_why *why, const char *rule, const char *text, const char *by)
{
	*why = (struct message_why){ .rule = rule, .text = text, .by = by };
}

/* ---- the tenant and the campaign ---- */

/* *FOUND: WHY says all there is. */
static enum err of_tenant(
	struct scope *sc, const struct message *m, struct message_why *why, bool *found)
{
	struct tenant t;
	const char *state = "running";
	enum err e = tenant_find(sc, &t);

	if (!e && m->campaign)
		e = db_text(sc, &explain_campaign, BIND(V(m->campaign)), &state);
	if (e && e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*found = true;
	if (!str_eq(t.standing, "active"))
		say(why, "stopped",
			str_empty(t.reason)
				? tr(sc, "All sending of the company is stopped")
				: arena_printf(sc->mem,
					  tr(sc, "All sending of the company is stopped: %s"),
					  t.reason),
			"operator");
	else if (str_eq(m->origin, "step") && str_eq(state, "paused"))
		say(why, "paused", tr(sc, "The campaign is paused"), "tenant");
	else if (str_eq(m->origin, "step") && !str_eq(state, "running"))
		say(why, "paused", tr(sc, "The campaign is not running"), "tenant");
	else
		*found = false;
	return ERR_NONE;
}

/* ---- after a restore ---- */

static enum err of_restore(struct scope *sc, struct message_why *why, bool *found)
{
	const char *name = NULL;
	enum err e = catch_up_first(sc, &name);

	*found = name != NULL;
	if (name)
		say(why, "restored",
			arena_printf(sc->mem,
				tr(sc, "The installation was restored from a backup: the appliance "
				       "%s has not yet said what it sent since"),
				name),
			"operator");
	return e;
}

/* ---- the mailbox and its pace ---- */

static enum err pace_case_of(struct scope *sc, const struct mailbox *b, struct pace_case *c)
{
	int64_t now = now_plan(sc).ms;
	const struct zone *z;
	enum err e = zone_find(sc, NULL, b->zone, &z);

	if (e)
		return e;
	*c = (struct pace_case){ .box = { .listed = true,
					 .active = str_eq(b->state, "active"),
					 .cap = b->cap,
					 .gap_ms = b->gap,
					 .jitter_ms = b->jitter,
					 .days = b->days,
					 .from_minute = b->from_minute,
					 .to_minute = b->to_minute,
					 .offset_minutes = zone_offset(z, now) / 60,
					 .by = "tenant" },
		.used = { .day = clock_day(now) } };
	e = db_int(sc, &explain_queued_today, BIND(V(b->id), V(c->used.day)), &c->used.count);
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	c->used.count = 0;
	return ERR_NONE;
}

static const char *pace_text(
	struct scope *sc, const struct mailbox *b, const struct pace_verdict *v)
{
	switch (v->limit) {
	case PACE_MAILBOX:
		return arena_printf(sc->mem, tr(sc, "The mailbox %s is stopped"), b->address);
	case PACE_CAP:
		return arena_printf(sc->mem,
			tr(sc, "%s has sent today's %lld mails; it goes on tomorrow"), b->address,
			(long long)v->value);
	case PACE_WINDOW:
		return arena_printf(sc->mem, tr(sc, "%s sends in its hours only"), b->address);
	default:
		return arena_printf(sc->mem,
			tr(sc, "%s leaves time between two mails; others are before this one"),
			b->address);
	}
}

static enum err of_pace(
	struct scope *sc, const struct mailbox *b, struct message_why *why, bool *found)
{
	struct pace_case c;
	struct pace_verdict v;
	enum err e = pace_case_of(sc, b, &c);

	if (e)
		return e;
	v = pace_check(&c, now_plan(sc));
	*found = v.limit == PACE_CAP || v.limit == PACE_WINDOW || v.limit == PACE_MAILBOX;
	if (*found) {
		say(why, pace_limit_name(v.limit), pace_text(sc, b, &v), "tenant");
		why->lifts = v.lifts == PACE_NEVER ? 0 : v.lifts;
	}
	return ERR_NONE;
}

/* ---- the appliance ---- */

static enum err of_appliance(struct scope *sc, int64_t id, struct message_why *why, bool *found)
{
	struct appliance a;
	enum err e = appliance_find(sc, id, &a);

	*found = false;
	if (e == ERR_MISSING)
		scope_clear(sc);
	if (e && e != ERR_MISSING)
		return e;
	*found = true;
	if (e)
		say(why, "away", tr(sc, "The mailbox has no appliance yet"), "tenant");
	else if (!str_eq(a.state, "active"))
		say(why, "stopped",
			arena_printf(sc->mem, tr(sc, "The appliance %s is not active"), a.name),
			"operator");
	else if (!appliance_is_online(sc, &a))
		say(why, "away",
			arena_printf(sc->mem, tr(sc, "The appliance %s is silent"), a.name),
			"appliance");
	else if (a.held)
		say(why, "held",
			str_empty(a.reason)
				? arena_printf(sc->mem,
					  tr(sc, "The appliance %s takes no work now"), a.name)
				: arena_printf(sc->mem,
					  tr(sc, "The appliance %s takes no work now: %s"), a.name,
					  a.reason),
			"appliance");
	else if (a.credit <= a.spent)
		say(why, "credit",
			arena_printf(sc->mem,
				tr(sc, "The appliance %s has as much as it sends in half an hour; "
				       "it takes more as it sends"),
				a.name),
			"appliance");
	else
		*found = false;
	return ERR_NONE;
}

/* ---- its reputation ---- */

static const char *routing_text(struct scope *sc, const struct mailbox *b, const char *holds)
{
	if (str_eq(holds, "address"))
		return arena_printf(sc->mem,
			tr(sc, "Nothing may leave from the addresses of the appliance of %s"),
			b->address);
	if (str_eq(holds, "bounces"))
		return arena_printf(sc->mem,
			tr(sc, "Too many of the last mails of %s went to unknown recipients: it "
			       "rests for a day"),
			b->address);
	return arena_printf(sc->mem,
		tr(sc, "People complained of mail from %s: it rests for two days"), b->address);
}

static enum err of_routing(
	struct scope *sc, const struct mailbox *b, struct message_why *why, bool *found)
{
	struct routing r;
	const char *holds;
	enum err e = routing_find(sc, b->id, &r);

	*found = false;
	if (e)
		return e;
	holds = routing_holds(&r);
	if (holds)
		say(why, "reputation", routing_text(sc, b, holds), "plan");
	*found = holds != NULL;
	return ERR_NONE;
}

/* What dispatch looks at. */
static enum err of_lanes(struct scope *sc, const struct mailbox *b, const char *provider,
	struct message_why *why, bool *found)
{
	const struct clock *c = sc->world->clock;
	struct real soon = { now_real(sc).ms + DISPATCH_LEASE_MS / 2 };
	enum err e = explain_room(
		sc, b, provider, clock_plan_at(c, soon).ms - now_plan(sc).ms, why, found);

	return e || *found ? e : explain_lane(sc, b, provider, why, found);
}

static enum err of_mailbox(struct scope *sc, const struct mailbox *b, const char *provider,
	struct message_why *why, bool *found)
{
	enum err e = of_pace(sc, b, why, found);

	if (!e && !*found)
		e = of_routing(sc, b, why, found);
	if (!e && !*found)
		e = of_lanes(sc, b, provider, why, found);
	return e || *found ? e : of_appliance(sc, b->appliance, why, found);
}

/* The reason of the first mailbox stands for all: dispatch would take any that is free. */
static enum err of_mailboxes(struct scope *sc, const struct message *m, const char *provider,
	struct message_why *why, bool *found)
{
	struct mailbox *list = NULL;
	size_t n = 0;
	enum err e;

	if (m->mailbox) {
		list = arena_alloc(sc->mem, sizeof *list);
		n = 1;
		e = mailbox_find(sc, m->mailbox, list);
	} else {
		e = mailbox_list_campaign(sc, m->campaign, &list, &n);
	}
	if (e && e != ERR_MISSING)
		return e;
	if (e || n == 0) {
		scope_clear(sc);
		*found = true;
		say(why, "no_mailbox", tr(sc, "The campaign has no mailbox to send from"),
			"tenant");
		return ERR_NONE;
	}
	for (size_t i = n; i-- > 0;) {
		bool held;

		e = of_mailbox(sc, &list[i], provider, why, &held);
		if (e)
			return e;
		if (!held) {
			*found = false;
			return ERR_NONE;
		}
	}
	*found = true;
	return ERR_NONE;
}

/* ---- by state ---- */

/* A mail that a lane holds was put off by dispatch: what holds it lifts later than that. */
static bool is_lane(const struct message_why *why)
{
	static const char *const rules[] = { "hand", "stop", "shape", "day", "warmup" };

	for (size_t i = 0; i < COUNT(rules); i++)
		if (str_eq(rules[i], why->rule))
			return true;
	return false;
}

static enum err explain_later(
	struct scope *sc, const struct message *m, const char *provider, struct message_why *why)
{
	bool found;
	enum err e = of_mailboxes(sc, m, provider, why, &found);

	if (e || (found && is_lane(why) && (!why->lifts || why->lifts >= m->due)))
		return e;
	say(why, "due",
		m->tries ? tr(sc, "It came back from its appliance and is tried again then")
			 : tr(sc, "Its time has not come yet"),
		"plan");
	why->lifts = m->due;
	return ERR_NONE;
}

static enum err explain_due(struct scope *sc, const struct message *m, struct message_why *why)
{
	const char *provider;
	bool found;
	enum err e = of_tenant(sc, m, why, &found);

	if (e || found)
		return e;
	e = explain_provider(sc, m, &provider);
	if (!e && m->due > now_plan(sc).ms)
		return explain_later(sc, m, provider, why);
	if (!e)
		e = of_restore(sc, why, &found);
	if (!e && !found)
		e = of_mailboxes(sc, m, provider, why, &found);
	if (!e && !found)
		say(why, "turn", tr(sc, "It goes to an appliance at the next turn"), "plan");
	return e;
}

static enum err explain_leased(struct scope *sc, struct message_why *why)
{
	bool found;
	enum err e = of_restore(sc, why, &found);

	if (!e && !found)
		say(why, "answer", tr(sc, "It is on its way to an appliance"), "appliance");
	return e;
}

static enum err explain_handed(struct scope *sc, const struct message *m, struct message_why *why)
{
	struct mailbox b;
	bool found = false;
	enum err e = mailbox_find(sc, m->mailbox, &b);

	if (!e)
		e = of_pace(sc, &b, why, &found);
	if (!e && !found)
		e = explain_lane(sc, &b, m->provider, why, &found);
	if (e && e != ERR_MISSING)
		return e;
	if (e || !found) {
		scope_clear(sc);
		say(why, "pacing",
			tr(sc, "It is at its appliance, which leaves time between two mails"),
			"tenant");
	}
	return ERR_NONE;
}

static void explain_queued(struct scope *sc, const struct message *m, struct message_why *why)
{
	if (!m->defers)
		say(why, "queue", tr(sc, "It is in the queue of the appliance's mail server"),
			"appliance");
	else
		say(why, "queue",
			arena_printf(sc->mem,
				tr(sc, "The recipient's server put it off (%s); it is tried again"),
				m->status ? m->status : "4xx"),
			"recipient");
}

enum err message_explain(struct scope *sc, int64_t id, struct message_why *why)
{
	struct message m;
	enum err e = message_find(sc, id, &m);
	enum message_state s;

	if (e)
		return e;
	s = message_state_of(m.state);
	if (!message_is_moving(s)) {
		say(why, "done", tr(sc, "It has reached its end"), "plan");
		return ERR_NONE;
	}
	if (m.recall) {
		say(why, "recall", tr(sc, "It is wanted back; its appliance has not answered yet"),
			"tenant");
		return ERR_NONE;
	}
	switch (s) {
	case MESSAGE_DUE:
		return explain_due(sc, &m, why);
	case MESSAGE_LEASED:
		return explain_leased(sc, why);
	case MESSAGE_HANDED:
		return explain_handed(sc, &m, why);
	default:
		explain_queued(sc, &m, why);
		return ERR_NONE;
	}
}
