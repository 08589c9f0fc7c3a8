/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/room.h"

#include "pace/provider.h"
#include "warmup/plan.h"

/* A rate that a lane spoke of is taken for what holds so long (real). */
#define RATE_MS HOUR_MS
#define MOST    80 /* lanes towards providers */

/* All are looked up by key, so that an appliance's other lanes and days cost nothing. */
SQL(room_part, SQL_TENANT,
	"SELECT COUNT(*) FROM part WHERE tenant = $1 AND appliance = $2 AND name = 'warmup'");
#define ROOMS                                                                                      \
	"SELECT l.unit, l.provider, l.appliance, l.day, l.step, l.cap, l.state, l.held_by, "       \
	"l.until, l.rate, l.told_at, COALESCE(d.mails + d.retries, 0) AS tried FROM lane l "       \
	"LEFT JOIN lane_day d ON d.tenant = l.tenant AND d.unit = l.unit "                         \
	"AND d.unit_id = l.unit_id AND d.provider = l.provider AND d.day = l.day "                 \
	"WHERE l.tenant = $1 AND l.unit_id = $2 AND "
SQL(room_lanes, SQL_TENANT, ROOMS "l.unit IN ('ip', 'provider') LIMIT $3");
SQL(room_lane, SQL_TENANT, ROOMS "l.unit = 'mailbox' AND l.provider = ''");
SQL(room_holds, SQL_TENANT,
	"SELECT unit, unit_id, provider, until FROM lane_order WHERE tenant = $1 "
	"AND appliance = $2 AND (until = 0 OR until > $3)");

struct told {
	const char *unit, *provider, *state, *held_by;
	int64_t appliance, day, step, cap, until, rate, told_at, tried;
};
SHAPE(told_shape, struct told, COL(struct told, unit), COL(struct told, provider),
	COL(struct told, appliance), COL(struct told, day), COL(struct told, step),
	COL(struct told, cap), COL(struct told, state), COL(struct told, held_by),
	COL(struct told, until), COL(struct told, rate), COL(struct told, told_at),
	COL(struct told, tried));

struct hold {
	const char *unit, *provider;
	int64_t unit_id, until;
};
SHAPE(hold_shape, struct hold, COL(struct hold, unit), COL(struct hold, unit_id),
	COL(struct hold, provider), COL(struct hold, until));

struct lane_rooms {
	int64_t appliance, now, span;
	bool on; /* it has lanes at all */
	struct lane_room ip;
	struct lane_room list[MOST + 1];
	size_t count;
	const char
		*asked; /* the text that was asked for last: for each mail as often as mailboxes */
	struct lane_room *found;
	struct hold *holds;
	size_t hold_count;
	int64_t plan; /* the newest that was read; 0 for none */
	const struct ramp_plan *ramp;
	int64_t of_ip; /* the appliance's own plan; -1 before it was asked for */
};

/* ---- what one lane takes ---- */

/* The least holds; of two alike the one that lifts last. */
static bool narrow(struct lane_room *r, int64_t left, const char *rule, int64_t lifts)
{
	if (left > r->left ||
		(left == r->left && r->rule && (!r->lifts || (lifts && lifts <= r->lifts))))
		return false;
	r->left = left;
	r->rule = rule;
	r->lifts = lifts;
	return true;
}

/* Caps of today and of the days that begin within the span. */
static void narrow_by_cap(const struct lane_rooms *all, struct lane_room *r, int64_t left_today)
{
	int64_t today = clock_day(all->now);
	int64_t days = clock_day(all->now + all->span) - today;

	narrow(r, (left_today > 0 ? left_today : 0) + days * r->cap, "warmup",
		(today + 1) * DAY_MS);
}

static void narrow_by_hold(const struct lane_rooms *all, struct lane_room *r, int64_t unit_id)
{
	for (size_t i = 0; i < all->hold_count; i++) {
		const struct hold *h = &all->holds[i];

		if (h->unit_id != unit_id || !str_eq(h->unit, r->unit) ||
			!str_eq(h->provider, r->provider) ||
			(h->until && h->until <= all->now + all->span))
			continue;
		if (narrow(r, 0, "hand", h->until))
			r->by = "hand";
	}
}

/* What holds it until somebody's hand is known here without it: such a word may be of before. */
static void narrow_by_state(const struct lane_rooms *all, struct lane_room *r, const struct told *t)
{
	static const char *const rules[] = { "stop", "shape", "day", "warmup" };
	bool paces = str_eq(t->state, "shape") && t->rate;

	for (size_t i = 0; i < COUNT(rules) && !paces; i++)
		if (str_eq(t->state, rules[i]) && t->until > all->now + all->span)
			narrow(r, 0, rules[i], t->until);
}

static struct lane_room room_of(
	struct scope *sc, const struct lane_rooms *all, const struct told *t, int64_t queued)
{
	struct lane_room r = { .unit = t->unit,
		.provider = t->provider,
		.left = LANE_ROOM_ALL,
		.by = t->held_by ? t->held_by : "plan",
		.cap = t->cap,
		.step = t->step };
	int64_t tried = t->tried > queued ? t->tried : queued;

	if (t->cap > 0 && t->cap < RAMP_CAP)
		narrow_by_cap(all, &r, t->cap - (t->day < clock_day(all->now) ? queued : tried));
	if (t->rate && now_real(sc).ms - t->told_at < RATE_MS)
		narrow(&r, t->rate * all->span / HOUR_MS + 1, "shape", all->now + all->span);
	narrow_by_state(all, &r, t);
	return r;
}

/* ---- lanes of which nothing was told yet ---- */

static enum err read_ramp(struct scope *sc, struct lane_rooms *all, int64_t plan)
{
	enum err e;

	if (all->plan == plan)
		return ERR_NONE;
	e = plan_ramp(sc, plan, &all->ramp);
	if (!e)
		all->plan = plan;
	return e;
}

/* They begin at day one of their plan. */
static enum err room_untold(struct scope *sc, struct lane_rooms *all, int64_t plan,
	enum ramp_curve curve, int64_t queued, struct lane_room *r)
{
	enum err e = plan ? read_ramp(sc, all, plan) : ERR_NONE;

	r->left = LANE_ROOM_ALL;
	r->by = "plan";
	if (e || !plan)
		return e;
	r->cap = ramp_cap(&all->ramp->curves[curve], 1);
	r->step = 1;
	narrow_by_cap(all, r, r->cap - queued);
	return ERR_NONE;
}

static enum ramp_curve curve_towards(struct scope *sc, const char *provider)
{
	enum provider_class class = provider_named(providers_builtin(sc), provider)->class;

	return RAMP_CONSUMER + (int)class;
}

/* ---- an appliance's ---- */

enum err lane_rooms_open(
	struct scope *sc, int64_t appliance, int64_t span_ms, struct lane_rooms **out)
{
	struct lane_rooms *all = arena_alloc(sc->mem, sizeof *all);
	struct told *rows;
	int64_t parts;
	size_t n;
	enum err e = db_int(sc, &room_part, BIND(V(appliance)), &parts);

	*all = (struct lane_rooms){ .appliance = appliance,
		.now = now_plan(sc).ms,
		.span = span_ms,
		.on = !e && parts,
		.ip = { .unit = "ip", .provider = "", .left = LANE_ROOM_ALL },
		.of_ip = -1 };
	*out = all;
	if (e || !parts)
		return e;
	e = db_list(sc, &room_lanes, BIND(V(appliance), V((int64_t)MOST)), &told_shape, &rows, &n);
	if (!e)
		e = db_list(sc, &room_holds, BIND(V(appliance), V(all->now)), &hold_shape,
			&all->holds, &all->hold_count);
	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].unit, "ip"))
			all->ip = room_of(sc, all, &rows[i], 0);
		else
			all->list[all->count++] = room_of(sc, all, &rows[i], 0);
	for (size_t i = 0; !e && i < all->count; i++)
		narrow_by_hold(all, &all->list[i], appliance);
	narrow_by_hold(all, &all->ip, appliance);
	return e;
}

/* The place of PROVIDER; NULL where nothing is known to limit it. */
static enum err find(
	struct scope *sc, struct lane_rooms *all, const char *provider, struct lane_room **out)
{
	struct lane_room *r;
	enum err e = ERR_NONE;

	*out = all->found;
	if (all->asked == provider)
		return ERR_NONE;
	*out = NULL;
	for (size_t i = 0; i < all->count; i++)
		if (str_eq(all->list[i].provider, provider))
			*out = &all->list[i];
	all->asked = provider;
	all->found = *out;
	if (*out || all->count > MOST)
		return ERR_NONE;
	all->asked = NULL;
	if (all->of_ip < 0)
		e = plan_in_force(sc, all->appliance, 0, &all->of_ip);
	if (e)
		return e;
	r = &all->list[all->count];
	*r = (struct lane_room){ .unit = "provider", .provider = provider };
	e = room_untold(sc, all, all->of_ip, curve_towards(sc, provider), 0, r);
	if (e)
		return e;
	narrow_by_hold(all, r, all->appliance);
	all->count++;
	*out = r;
	return ERR_NONE;
}

enum err lane_rooms_towards(struct scope *sc, struct lane_rooms *all, const char *provider,
	const struct lane_room **out)
{
	struct lane_room *r = NULL;
	enum err e = all->on ? find(sc, all, provider, &r) : ERR_NONE;

	*out = r && r->left < all->ip.left ? r : &all->ip;
	return e;
}

enum err lane_rooms_take(struct scope *sc, struct lane_rooms *all, const char *provider, int64_t n)
{
	struct lane_room *r = NULL;
	enum err e = all->on ? find(sc, all, provider, &r) : ERR_NONE;

	all->ip.left -= n;
	if (r)
		r->left -= n;
	return e;
}

enum err lane_rooms_mailbox(struct scope *sc, struct lane_rooms *all, int64_t mailbox,
	int64_t queued, struct lane_room *out)
{
	struct told t;
	int64_t plan;
	enum err e;

	*out = (struct lane_room){ .unit = "mailbox", .provider = "", .left = LANE_ROOM_ALL };
	if (!all->on)
		return ERR_NONE;
	e = db_one(sc, &room_lane, BIND(V(mailbox)), &told_shape, &t);
	/* What another appliance told of it is over. */
	if (!e && t.appliance == all->appliance) {
		*out = room_of(sc, all, &t, queued);
	} else if (!e || e == ERR_MISSING) {
		scope_clear(sc);
		e = plan_in_force(sc, all->appliance, mailbox, &plan);
		if (!e)
			e = room_untold(sc, all, plan, RAMP_MAILBOX, queued, out);
	}
	if (!e)
		narrow_by_hold(all, out, mailbox);
	return e;
}
