/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the hub wants of lanes. */
#include <stdlib.h>

#include "lanes_priv.h"

#include "pace/data.h"

/* ---- reading the part ---- */

static enum err read_plan(struct scope *sc, const struct part_plan *p, struct lanes_plan *out)
{
	struct ramp_plan *list;
	size_t n;
	enum err e = ramp_parse(sc, bytes_of(p->text, strlen(p->text)), &list, &n);

	if (e)
		return e;
	if (n != 1 || !str_eq(list[0].name, p->name))
		return fail(sc, ERR_INPUT, "the text of plan %s is of another", p->name);
	*out = (struct lanes_plan){ &list[0], p->version };
	return ERR_NONE;
}

static enum err read_rules(struct scope *sc, const char *more, const struct shape_rules **rules)
{
	struct bytes own = pace_data("rules");
	const char *text;
	enum err e;

	if (!more) {
		*rules = shape_builtin(sc);
		return ERR_NONE;
	}
	/* By themselves first, so that a message names their line. */
	e = shape_parse(sc, bytes_of(more, strlen(more)), rules);
	if (e)
		return e;
	text = arena_printf(sc->mem, "%s\n%.*s", more, (int)own.len, (const char *)own.data);
	return shape_parse(sc, bytes_of(text, strlen(text)), rules);
}

/* Into L, whose desk is SC. */
static enum err read_part(struct scope *sc, struct bytes body, struct lanes *l)
{
	enum err e = wire_get_warmup(sc, body, &l->part);

	if (!e)
		l->plans = arena_array(sc->mem, l->part.plan_count, sizeof *l->plans);
	for (size_t i = 0; !e && i < l->part.plan_count; i++)
		e = read_plan(sc, &l->part.plans[i], &l->plans[i]);
	if (!e)
		e = read_rules(sc, l->part.rules, &l->rules);
	if (!e)
		l->table = providers_builtin(sc);
	return e;
}

/* ---- what it means for one lane ---- */

static bool is_of(const struct lane_entry *e, int64_t kind, int64_t mailbox, const char *provider)
{
	return (int64_t)e->kind == kind && e->mailbox == mailbox &&
	       str_eq(e->provider, provider ? provider : "");
}

static const struct lanes_plan *plan_named(const struct lanes *l, const char *name)
{
	for (size_t i = 0; name && i < l->part.plan_count; i++)
		if (str_eq(l->part.plans[i].name, name))
			return &l->plans[i];
	return NULL;
}

static enum ramp_curve curve_of(const struct lanes *l, const struct lane_entry *e)
{
	static const enum ramp_curve curves[PROVIDER_CLASSES] = { RAMP_CONSUMER, RAMP_HOSTED,
		RAMP_OTHER };

	return e->kind == LANE_MAILBOX ? RAMP_MAILBOX
				       : curves[provider_named(l->table, e->provider)->class];
}

void lanes_rule(struct lanes *l, struct lane_entry *e)
{
	const struct lanes_plan *of_ip = plan_named(l, l->part.plan), *plan = NULL;
	const char *name = e->kind == LANE_PROVIDER  ? l->part.plan
			   : e->kind == LANE_MAILBOX ? l->part.mailbox_plan
						     : NULL;

	e->rules = (struct lane_rules){ .kind = e->kind,
		.gates = of_ip ? &of_ip->plan->gates : &l->gates };
	e->by = NULL;
	for (size_t i = 0; i < l->part.lane_count; i++) {
		const struct part_lane *p = &l->part.lanes[i];

		if (!is_of(e, p->kind, p->mailbox, p->provider))
			continue;
		name = p->plan && e->kind != LANE_IP ? p->plan : name;
		e->rules.most = p->most;
		e->by = p->by;
	}
	plan = plan_named(l, name);
	e->plan = plan ? plan->plan : NULL;
	e->version = plan ? plan->version : 0;
	if (plan) {
		e->rules.ramp = &plan->plan->curves[curve_of(l, e)];
		e->rules.gates = &plan->plan->gates;
	}
	lanes_order(l, e);
}

/* Of several the stop that lasts longest, and the slowest rate. */
void lanes_order(struct lanes *l, struct lane_entry *e)
{
	e->order = (struct pace_order){ 0 };
	for (size_t i = 0; i < l->part.order_count; i++) {
		const struct part_order *p = &l->part.orders[i];
		int64_t until = p->until ? p->until : PACE_NEVER;

		if (!is_of(e, p->kind, p->mailbox, p->provider) || until <= l->now)
			continue;
		if (!p->rate && until > e->order.stop) {
			e->order.stop = until;
			e->order.stop_by = p->by;
		}
		if (p->rate && (!e->order.rate || p->rate < e->order.rate)) {
			e->order.slow = until;
			e->order.rate = p->rate;
			e->order.slow_by = p->by;
		}
	}
}

/* ---- what is done once ---- */

static void do_hand(struct lanes *l, const struct part_hand *h)
{
	static const enum lane_hand hands[] = { [HAND_FREE] = LANE_HAND_FREE,
		[HAND_BACK] = LANE_HAND_BACK,
		[HAND_RESTART] = LANE_HAND_RESTART,
		[HAND_STEP] = LANE_HAND_STEP };
	struct lane_entry *e =
		lanes_have(l, (enum lane_kind)h->kind, h->mailbox, h->provider ? h->provider : "");
	struct lane_said said;

	said.count = 0;
	lane_hand(&e->lane, &e->rules, l->now, hands[h->what], h->step, &said);
	lanes_note(l, e, &said);
	l->hand = h->n;
}

static void count_complaints(struct lanes *l, const struct part_complaints *p)
{
	struct lane_entry *e =
		lanes_have(l, (enum lane_kind)p->kind, p->mailbox, p->provider ? p->provider : "");
	struct lane_said said;

	said.count = 0;
	lane_complaints(&e->lane, &e->rules, l->now, p->day, p->count, &said);
	e->dirty = true;
	lanes_note(l, e, &said);
}

static void list_address(struct lanes *l, bool listed)
{
	struct lane_entry *e = lanes_have(l, LANE_IP, 0, "");
	struct lane_said said;

	if (e->lane.listed == listed)
		return;
	said.count = 0;
	lane_list(&e->lane, &e->rules, l->now, listed, &said);
	e->dirty = true;
	lanes_note(l, e, &said);
}

void lanes_do(struct lanes *l)
{
	bool listed = false;

	for (size_t i = 0; i < l->part.hand_count; i++)
		if (l->part.hands[i].n > l->hand)
			do_hand(l, &l->part.hands[i]);
	for (size_t i = 0; i < l->part.complaint_count; i++)
		count_complaints(l, &l->part.complaints[i]);
	for (size_t i = 0; i < l->part.lane_count; i++)
		listed = listed || (l->part.lanes[i].kind == LANE_IP && l->part.lanes[i].listed);
	list_address(l, listed);
}

/* ---- taking it ---- */

static void adopt(struct lanes *l, struct lanes *read)
{
	if (l->desk)
		scope_close(l->desk);
	free(l->desk);
	l->desk = read->desk;
	l->part = read->part;
	l->plans = read->plans;
	l->rules = read->rules;
	l->table = read->table;
	l->on = true;
}

/* By its new plan, limit and orders. Where they changed what it takes the hub is told: it hands out
   no more than the lane last said. */
static void rule_anew(struct lanes *l, struct lane_entry *e)
{
	const struct pace_order was = e->order;
	int64_t cap = e->lane.cap;

	lanes_rule(l, e);
	lane_rule(&e->lane, &e->rules);
	if (e->lane.cap != cap || e->order.stop != was.stop || e->order.slow != was.slow ||
		e->order.rate != was.rate)
		e->moved = true;
}

enum err lanes_set(struct scope *sc, struct lanes *l, struct bytes body)
{
	struct lanes read = { .desk = calloc(1, sizeof *read.desk) };
	enum err e;

	if (!read.desk)
		abort();
	scope_open(read.desk, sc->world, "warmup");
	e = read_part(read.desk, body, &read);
	if (e) {
		e = fail(sc, e, "%s", read.desk->why);
		scope_close(read.desk);
		free(read.desk);
		return e;
	}
	adopt(l, &read);
	for (size_t i = 0; i < l->count; i++)
		rule_anew(l, l->list[i]);
	e = lanes_turn(sc, l, now_plan(sc));
	if (!e)
		lanes_do(l);
	return e;
}
