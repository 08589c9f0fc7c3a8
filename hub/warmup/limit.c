/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/limit.h"

#include "event/event.h"
#include "fleet/appliance.h"
#include "pace/pace.h"
#include "pace/provider.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"
#include "text/zone.h"
#include "warmup/lane.h"

#define MOST  300
#define LANES 200

struct limits {
	struct limit_row *rows;
	size_t count;
};

static struct limit_row *add(struct limits *l, const char *rule, const char *by, const char *text)
{
	struct limit_row *r = &l->rows[l->count < MOST - 1 ? l->count++ : MOST - 1];

	*r = (struct limit_row){ .rule = rule, .by = by, .text = text };
	return r;
}

static enum err add_company(struct scope *sc, struct limits *l)
{
	struct tenant t;
	enum err e = tenant_find(sc, &t);

	if (e || str_eq(t.standing, "active"))
		return e;
	add(l, "company", "operator", tr(sc, "All sending of the company is stopped"))->holds =
		true;
	return ERR_NONE;
}

static enum err add_appliance(struct scope *sc, struct limits *l, int64_t id)
{
	struct appliance a;
	const char *text = NULL;
	enum err e = appliance_find(sc, id, &a);

	if (e)
		return e;
	if (!str_eq(a.state, "active"))
		text = arena_printf(sc->mem, tr(sc, "The appliance %s is not active"), a.name);
	else if (!appliance_is_online(sc, &a))
		text = arena_printf(sc->mem, tr(sc, "The appliance %s is silent"), a.name);
	else if (a.held)
		text = arena_printf(sc->mem, tr(sc, "The appliance %s takes no work now"), a.name);
	if (text)
		add(l, "appliance", str_eq(a.state, "active") ? "appliance" : "operator", text)
			->holds = true;
	return ERR_NONE;
}

/* ---- the mailbox's own pace ---- */

static enum err used_today(struct scope *sc, int64_t id, struct pace_used *used)
{
	struct tally_row *tally;
	size_t n;
	enum err e;

	*used = (struct pace_used){ .day = clock_day(now_plan(sc).ms) };
	e = tally_list_day(sc, "mailbox", id, used->day, &tally, &n);
	if (!e)
		used->count = tally_of(tally, n, "mail.queued");
	return e;
}

static void add_pace(struct scope *sc, struct limits *l, const struct mailbox *m,
	const struct pace_case *c, enum pace_limit limit, const char *text)
{
	struct pace_verdict v;
	struct limit_row *r = add(l, pace_limit_name(limit), "tenant", text);

	r->holds = pace_holds(c, now_plan(sc), limit, &v);
	r->value = limit == PACE_CAP ? m->cap : 0;
	r->lifts = r->holds && v.lifts != PACE_NEVER ? v.lifts : 0;
}

static enum err add_mailbox(struct scope *sc, struct limits *l, const struct mailbox *m)
{
	struct pace_case c = { .box = { .listed = true,
				       .active = str_eq(m->state, "active"),
				       .cap = m->cap,
				       .days = m->days,
				       .from_minute = m->from_minute,
				       .to_minute = m->to_minute } };
	const struct zone *z;
	enum err e = zone_find(sc, NULL, m->zone, &z);

	if (!e)
		e = used_today(sc, m->id, &c.used);
	if (e)
		return e;
	c.box.offset_minutes = zone_offset(z, now_plan(sc).ms) / 60;
	if (!c.box.active)
		add(l, "mailbox", "tenant",
			arena_printf(sc->mem, tr(sc, "The mailbox %s is stopped"), m->address))
			->holds = true;
	add_pace(sc, l, m, &c, PACE_CAP,
		arena_printf(sc->mem, tr(sc, "%s has sent %lld of its %lld mails today"),
			m->address, (long long)c.used.count, (long long)m->cap));
	add_pace(sc, l, m, &c, PACE_WINDOW,
		arena_printf(sc->mem, tr(sc, "%s sends in its hours only"), m->address));
	return ERR_NONE;
}

/* ---- lanes ---- */

static const char *lane_title(struct scope *sc, const struct lane_row *r, const char *address)
{
	if (str_eq(r->unit, "mailbox"))
		return address ? address : tr(sc, "A mailbox");
	if (str_eq(r->unit, "provider"))
		return arena_printf(sc->mem, tr(sc, "The address towards %s"),
			provider_named(providers_builtin(sc), r->provider)->title);
	return tr(sc, "The whole address");
}

static void add_lane(
	struct scope *sc, struct limits *l, const struct lane_row *r, const char *address)
{
	const char *title = lane_title(sc, r, address);
	bool holds = !str_eq(r->state, "free") && (!r->until || r->until > now_plan(sc).ms);
	long long tried = r->mails + r->retries;
	struct limit_row *row;

	if (r->plan && !str_eq(r->plan, PLAN_OPEN)) {
		row = add(l, "warmup", "plan",
			arena_printf(sc->mem,
				tr(sc, "%s: day %lld of the plan %s, %lld of %lld mails"), title,
				(long long)r->step, r->plan, tried, (long long)r->cap));
		row->value = r->cap;
		row->holds = holds && str_eq(r->state, "warmup");
		row->lifts = row->holds ? r->until : 0;
	}
	if (!holds || str_eq(r->state, "warmup"))
		return;
	row = add(l, r->state, r->held_by ? r->held_by : "gate",
		arena_printf(sc->mem, tr(sc, "%s is held: %s"), title,
			r->reason ? r->reason : r->state));
	row->holds = true;
	row->value = r->rate;
	row->lifts = r->until;
}

static enum err add_hand(
	struct scope *sc, struct limits *l, const struct lane_row *r, const char *address)
{
	const struct lane_name name = { r->unit, r->unit_id, r->provider };
	struct limit_row *row;
	int64_t until;
	bool held;
	enum err e = lane_is_held(sc, &name, &held, &until);

	if (e || !held)
		return e;
	row = add(l, "hand", "hand",
		arena_printf(sc->mem, tr(sc, "%s is held by hand"), lane_title(sc, r, address)));
	row->holds = true;
	row->lifts = until;
	return ERR_NONE;
}

/* Of the mailbox its own, of the address all that may be on a mail's way. */
static bool concerns(const struct lane_row *r, int64_t mailbox, const char *provider)
{
	if (str_eq(r->unit, "mailbox"))
		return r->unit_id == mailbox || (!mailbox && !provider);
	return str_eq(r->unit, "ip") || !provider || str_eq(r->provider, provider);
}

/* Of a mailbox its own name; NULL for other lanes. */
static enum err address_of(struct scope *sc, const struct lane_row *r, const struct mailbox *known,
	const char **address)
{
	struct mailbox m;
	enum err e = ERR_NONE;

	*address = NULL;
	if (!str_eq(r->unit, "mailbox"))
		return ERR_NONE;
	if (known && known->id == r->unit_id)
		m = *known;
	else
		e = mailbox_find(sc, r->unit_id, &m);
	if (e != ERR_MISSING) {
		*address = e ? NULL : m.address;
		return e;
	}
	scope_clear(sc);
	return ERR_NONE;
}

static enum err add_lanes(struct scope *sc, struct limits *l, int64_t appliance,
	const struct mailbox *m, const char *provider)
{
	struct lane_row *rows;
	size_t n;
	enum err e = lane_list_of(sc, appliance, NULL, LANES, &rows, &n);

	for (size_t i = 0; !e && i < n; i++) {
		const char *address;

		if (!concerns(&rows[i], m ? m->id : 0, provider))
			continue;
		e = address_of(sc, &rows[i], m, &address);
		if (e)
			break;
		add_lane(sc, l, &rows[i], address);
		e = add_hand(sc, l, &rows[i], address);
	}
	return e;
}

/* ---- all together ---- */

static void bind_last(struct limits *l)
{
	struct limit_row *last = NULL;

	for (size_t i = 0; i < l->count; i++) {
		struct limit_row *r = &l->rows[i];

		if (r->holds && (!last || (last->lifts && (!r->lifts || r->lifts > last->lifts))))
			last = r;
	}
	if (last)
		last->binds = true;
}

enum err limit_list(struct scope *sc, int64_t mailbox, int64_t appliance, const char *provider,
	struct limit_row **rows, size_t *n)
{
	struct limits l = { .rows = arena_array(sc->mem, MOST, sizeof *l.rows) };
	struct mailbox m;
	enum err e = add_company(sc, &l);

	if (!e && mailbox) {
		e = mailbox_find(sc, mailbox, &m);
		appliance = e ? 0 : m.appliance;
	}
	if (!e && appliance)
		e = add_appliance(sc, &l, appliance);
	else if (!e)
		add(&l, "appliance", "tenant", tr(sc, "The mailbox has no appliance yet"))->holds =
			true;
	if (!e && mailbox)
		e = add_mailbox(sc, &l, &m);
	if (!e && appliance)
		e = add_lanes(sc, &l, appliance, mailbox ? &m : NULL, provider);
	if (e)
		return e;
	bind_last(&l);
	*rows = l.rows;
	*n = l.count;
	return ERR_NONE;
}
