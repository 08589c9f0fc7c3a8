/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/appliance.h"
#include "fleet/part.h"
#include "repute/weather.h"
#include "warmup/complaint.h"
#include "warmup/lane.h"
#include "warmup/plan.h"
#include "warmup/shaping.h"
#include "warmup/warmup.h"
#include "wire/warmup.h"

#define AT_ONCE    200
#define MOST_HANDS 200 /* the newest: an appliance has long done those before */

/* Of a mailbox that is warm while its appliance is not. Gates hold there as well. */
static const char open_text[] = "plan " PLAN_OPEN " \"Warm\"\n"
				"mailbox 1000000 1-:1000000..1000000\n"
				"consumer 1000000 1-:1000000..1000000\n"
				"hosted 1000000 1-:1000000..1000000\n"
				"other 1000000 1-:1000000..1000000\n";

SQL(push_choices, SQL_TENANT,
	"SELECT m.id, c.ramp FROM mailbox m JOIN ramp_choice c ON c.tenant = m.tenant "
	"AND c.unit = 'mailbox' AND c.unit_id = m.id WHERE m.tenant = $1 AND m.appliance = $2 "
	"ORDER BY m.id LIMIT $3");
SQL(push_stands, SQL_TENANT,
	"SELECT COUNT(*) FROM part WHERE tenant = $1 AND appliance = $2 AND name = 'warmup'");
SQL(push_hands, SQL_TENANT,
	"SELECT n, unit, unit_id, provider, what, step FROM lane_hand WHERE tenant = $1 "
	"AND appliance = $2 ORDER BY n DESC LIMIT $3");
/* What a list of weight `stop` names, unless an operator says otherwise (repute/listing.h). */
SQL(push_listed, SQL_TENANT,
	"SELECT COUNT(*) FROM address WHERE tenant = $1 AND appliance = $2 "
	"AND state = 'quarantined' AND reason = 'listed'");
SQL(push_orders, SQL_TENANT,
	"SELECT unit, unit_id, provider, rate, reason, until FROM lane_order WHERE tenant = $1 "
	"AND appliance = $2 AND (until = 0 OR until > $3) ORDER BY unit, unit_id, provider "
	"LIMIT $4");

struct choice {
	int64_t id, ramp;
};
SHAPE(choice_shape, struct choice, COL(struct choice, id), COL(struct choice, ramp));
struct hand {
	int64_t n, unit_id, step;
	const char *unit, *provider, *what;
};
SHAPE(hand_shape, struct hand, COL(struct hand, n), COL(struct hand, unit),
	COL(struct hand, unit_id), COL(struct hand, provider), COL(struct hand, what),
	COL(struct hand, step));
struct order {
	const char *unit, *provider, *reason;
	int64_t unit_id, rate, until;
};
SHAPE(order_shape, struct order, COL(struct order, unit), COL(struct order, unit_id),
	COL(struct order, provider), COL(struct order, rate), COL(struct order, reason),
	COL(struct order, until));

/* ---- plans ---- */

/* The plan's name on the wire, its text put among the part's once; NULL for none. */
static enum err put_plan(struct scope *sc, struct part_warmup *w, struct part_plan *list,
	int64_t id, const char **name)
{
	const struct ramp_plan *plan;
	struct plan_row p;
	struct out text;
	enum err e = plan_find(sc, id, &p);

	for (size_t i = 0; !e && i < w->plan_count; i++)
		if (str_eq(list[i].name, p.name)) {
			*name = list[i].name;
			return ERR_NONE;
		}
	if (!e && w->plan_count == WIRE_MAX_PLANS)
		return fail(
			sc, ERR_LIMIT, "One appliance goes by at most %d plans", WIRE_MAX_PLANS);
	if (!e)
		e = plan_read(sc, p.body, &plan);
	if (e)
		return e;
	out_init(&text, sc->mem);
	ramp_format(&text, plan);
	list[w->plan_count++] = (struct part_plan){ p.name, p.version, text.data };
	*name = p.name;
	return ERR_NONE;
}

static enum err put_lanes(
	struct scope *sc, struct part_warmup *w, struct part_plan *plans, int64_t appliance)
{
	struct choice *list;
	size_t n;
	bool open = false;
	enum err e = db_list(sc, &push_choices, BIND(V(appliance), V((int64_t)WIRE_MAX_LANES - 1)),
		&choice_shape, &list, &n);

	if (e)
		return e;
	w->lanes = arena_array(sc->mem, n + 1, sizeof *w->lanes);
	for (size_t i = 0; !e && i < n; i++) {
		struct part_lane *l = &w->lanes[w->lane_count];

		*l = (struct part_lane){ .kind = WIRE_LANE_MAILBOX, .mailbox = list[i].id };
		if (list[i].ramp) {
			e = put_plan(sc, w, plans, list[i].ramp, &l->plan);
		} else if (w->mailbox_plan) {
			l->plan = PLAN_OPEN;
			open = true;
		} else {
			continue;
		}
		w->lane_count++;
	}
	if (!e && open && w->plan_count == WIRE_MAX_PLANS)
		return fail(
			sc, ERR_LIMIT, "One appliance goes by at most %d plans", WIRE_MAX_PLANS);
	if (!e && open)
		plans[w->plan_count++] = (struct part_plan){ PLAN_OPEN, 1, open_text };
	return e;
}

/* ---- hands and orders ---- */

static void name_lane(const char *unit, int64_t unit_id, const char *provider, int64_t *kind,
	int64_t *mailbox, const char **name)
{
	*kind = str_eq(unit, "ip")         ? WIRE_LANE_IP
		: str_eq(unit, "provider") ? WIRE_LANE_PROVIDER
					   : WIRE_LANE_MAILBOX;
	*mailbox = *kind == WIRE_LANE_MAILBOX ? unit_id : 0;
	*name = *kind == WIRE_LANE_PROVIDER ? provider : NULL;
}

static int64_t what_of(const char *word)
{
	return str_eq(word, "free")      ? HAND_FREE
	       : str_eq(word, "back")    ? HAND_BACK
	       : str_eq(word, "restart") ? HAND_RESTART
					 : HAND_STEP;
}

static enum err put_hands(struct scope *sc, struct part_warmup *w, int64_t appliance)
{
	struct hand *list;
	enum err e = db_list(sc, &push_hands, BIND(V(appliance), V((int64_t)MOST_HANDS)),
		&hand_shape, &list, &w->hand_count);

	if (e)
		return e;
	w->hands = arena_array(sc->mem, w->hand_count, sizeof *w->hands);
	for (size_t i = 0; i < w->hand_count; i++) {
		const struct hand *h = &list[w->hand_count - 1 - i];
		struct part_hand *p = &w->hands[i];

		*p = (struct part_hand){ .n = h->n, .what = what_of(h->what), .step = h->step };
		name_lane(h->unit, h->unit_id, h->provider, &p->kind, &p->mailbox, &p->provider);
	}
	return ERR_NONE;
}

static enum err put_orders(struct scope *sc, struct part_warmup *w, int64_t appliance)
{
	struct order *list;
	enum err e = db_list(sc, &push_orders,
		BIND(V(appliance), V(now_plan(sc).ms), V((int64_t)WIRE_MAX_LANES)), &order_shape,
		&list, &w->order_count);

	if (e)
		return e;
	w->orders = arena_array(sc->mem, w->order_count, sizeof *w->orders);
	for (size_t i = 0; i < w->order_count; i++) {
		const struct order *o = &list[i];
		struct part_order *p = &w->orders[i];

		*p = (struct part_order){
			.rate = o->rate, .by = "hand", .reason = o->reason, .until = o->until
		};
		name_lane(o->unit, o->unit_id, o->provider, &p->kind, &p->mailbox, &p->provider);
	}
	return ERR_NONE;
}

/* Of the address towards each provider with bad weather: slower before it is met. */
static enum err put_weather(struct scope *sc, struct part_warmup *w)
{
	struct weather_row *list;
	struct part_order *all;
	size_t n;
	enum err e = weather_list(sc, &list, &n);

	if (e || !n)
		return e;
	all = arena_array(sc->mem, w->order_count + n, sizeof *all);
	for (size_t i = 0; i < w->order_count; i++)
		all[i] = w->orders[i];
	for (size_t i = 0; i < n && w->order_count < WIRE_MAX_LANES; i++)
		all[w->order_count++] = (struct part_order){ .kind = WIRE_LANE_PROVIDER,
			.provider = list[i].provider,
			.rate = list[i].rate,
			.by = "weather",
			.reason = list[i].class,
			.until = list[i].until_plan };
	w->orders = all;
	return ERR_NONE;
}

/* ---- what others say of it ---- */

/* The whole address stops while a list names it. */
static enum err put_listed(struct scope *sc, struct part_warmup *w, int64_t appliance)
{
	int64_t listed;
	enum err e = db_int(sc, &push_listed, BIND(V(appliance)), &listed);

	if (!e && listed)
		w->lanes[w->lane_count++] =
			(struct part_lane){ .kind = WIRE_LANE_IP, .listed = true };
	return e;
}

/* The company's own rules; NULL where there are none. */
static enum err put_rules(struct scope *sc, struct part_warmup *w)
{
	struct shaping_version s;
	enum err e = shaping_find(sc, &s);

	w->rules = !e && s.body[0] ? s.body : NULL;
	return e;
}

/* ---- the part ---- */

enum err warmup_push(struct scope *sc, int64_t appliance)
{
	struct part_warmup w = { 0 };
	struct part_plan *plans = arena_array(sc->mem, WIRE_MAX_PLANS, sizeof *plans);
	int64_t plan, stands = 0;
	enum err e = plan_in_force(sc, appliance, 0, &plan);

	if (!e && plan)
		e = put_plan(sc, &w, plans, plan, &w.plan);
	w.mailbox_plan = w.plan;
	w.plans = plans;
	if (!e)
		e = put_lanes(sc, &w, plans, appliance);
	if (!e)
		e = put_hands(sc, &w, appliance);
	if (!e)
		e = put_orders(sc, &w, appliance);
	if (!e && !w.plan_count && !w.hand_count && !w.order_count)
		e = db_int(sc, &push_stands, BIND(V(appliance)), &stands);
	else
		stands = 1;
	if (e || !stands)
		return e;
	e = put_weather(sc, &w);
	if (!e)
		e = put_listed(sc, &w, appliance);
	if (!e)
		e = put_rules(sc, &w);
	if (!e)
		e = complaint_list(sc, appliance, &w.complaints, &w.complaint_count);
	return e ? e : part_put(sc, appliance, PART_WARMUP, wire_put_warmup(sc, &w));
}

enum err warmup_push_all(struct scope *sc)
{
	const char *after = NULL;
	struct appliance *list;
	size_t n;
	enum err e;

	do {
		e = appliance_list(sc, after, AT_ONCE, &list, &n);
		for (size_t i = 0; !e && i < n; i++) {
			after = list[i].name;
			if (!str_eq(list[i].state, "lost") && !str_eq(list[i].state, "retired"))
				e = warmup_push(sc, list[i].id);
		}
	} while (!e && n == AT_ONCE);
	return e;
}
