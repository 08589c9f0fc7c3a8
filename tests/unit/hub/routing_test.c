/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From which mailbox a mail goes: by health, what is left of the day, and who wrote before. */
#include "send/routing.h"

#include "base/rand.h"
#include "send/dispatch_priv.h"
#include "send/render.h"
#include "send_kit.h"

SQL(routing_test_appliance, SQL_TENANT,
	"INSERT INTO appliance (tenant, id, name, state, created) VALUES ($1, $2, $3, 'active', 0)");
SQL(routing_test_uplink, SQL_ENGINE,
	"INSERT INTO uplink (appliance, tenant, epoch, credit, seen_at) VALUES ($1, $2, 7, $3, $4)");
SQL(routing_test_address, SQL_TENANT,
	"INSERT INTO address (tenant, id, ip, appliance, source, state, reason, decided, since, "
	"created) VALUES ($1, $2, $3, $4, 'hand', $5, 'test', 'system', 0, 0)");
SQL(routing_test_pool, SQL_TENANT,
	"UPDATE address SET pool = 'spare' WHERE tenant = $1 AND appliance = $2");
SQL(routing_test_reserve, SQL_TENANT,
	"INSERT INTO pool (tenant, name, mode) VALUES ($1, 'spare', 'reserve')");
SQL(routing_test_part, SQL_TENANT,
	"INSERT INTO part (tenant, appliance, name, version, hash, body, changed_at) "
	"VALUES ($1, $2, 'warmup', 1, '', '{}', 0)");
SQL(routing_test_lane, SQL_TENANT,
	"INSERT INTO lane (tenant, unit, unit_id, provider, appliance, version, day, step, cap, "
	"sent, queued, state, until, rate, told_at) VALUES ($1, 'provider', $2, 'other', $2, 1, "
	"$3, 1, $4, 0, 0, 'free', 0, 0, 0)");
SQL(routing_test_mailbox, SQL_TENANT,
	"INSERT INTO mailbox (tenant, id, workspace, domain, address, name, appliance, state, cap, "
	"gap, jitter, days, from_minute, to_minute, zone, score, created) VALUES ($1, $2, $3, $4, "
	"$5, 'S', $6, 'active', $7, 1, 0, 127, 0, 1440, 'UTC', $8, 0)");
SQL(routing_test_member, SQL_TENANT,
	"INSERT INTO campaign_mailbox (tenant, campaign, mailbox) VALUES ($1, $2, $3)");
SQL(routing_test_score, SQL_TENANT,
	"INSERT INTO score (tenant, unit, unit_id, day, sent, delivered, hard, infra, soft, "
	"complained, unsubscribed, stale) VALUES ($1, 'mailbox', $2, $3, $4, 0, $5, 0, 0, $6, 0, 0)");
SQL(routing_test_state, SQL_TENANT, "UPDATE address SET state = $2 WHERE tenant = $1");
SQL(routing_test_wrote, SQL_TENANT,
	"UPDATE message SET state = 'delivered', rank = 10, mailbox = $3, queued_at = 5 "
	"WHERE tenant = $1 AND id = $2");
SQL(routing_test_alone, SQL_TENANT,
	"DELETE FROM campaign_mailbox WHERE tenant = $1 AND campaign = $2");

/* ---- a world with much in it ---- */

#define MACHINES 4
#define BOXES    10
#define PEOPLE   60
#define FIRST    7000

struct box {
	int64_t id, machine, domain, left;
	bool dead, reserve;
};
struct estate {
	struct send_world w;
	struct box boxes[BOXES];
	int64_t credit[MACHINES], lane[MACHINES]; /* what its lane to everybody still takes */
	int64_t people[PEOPLE], before[PEOPLE];
};

static void add_machine(struct scope *sc, struct estate *x, int i, const char *state)
{
	kit_run(sc, &routing_test_appliance,
		BIND(V((int64_t)FIRST + i), V(arena_printf(sc->mem, "m%d", i))));
	kit_run(sc, &routing_test_uplink,
		BIND(V((int64_t)FIRST + i), V(sc->tenant), V(x->credit[i]), V(now_real(sc).ms)));
	if (state)
		kit_run(sc, &routing_test_address,
			BIND(V((int64_t)FIRST + 100 + i),
				V(arena_printf(sc->mem, "203.0.113.%d", i + 1)),
				V((int64_t)FIRST + i), V(state)));
}

static void add_box(struct scope *sc, struct estate *x, int i)
{
	struct box *b = &x->boxes[i];
	int64_t today = clock_day(now_plan(sc).ms);
	int64_t cap = 1 + rand_below(15), bad = rand_below(6);

	*b = (struct box){ .id = FIRST + 200 + i,
		.machine = rand_below(MACHINES),
		.domain = FIRST + 300 + rand_below(3),
		.left = cap };
	kit_run(sc, &routing_test_mailbox,
		BIND(V(b->id), V(x->w.workspace), V(b->domain),
			V(arena_printf(sc->mem, "b%d@acme.example", i)), V(FIRST + b->machine),
			V(cap), rand_below(3) ? V(rand_below(101)) : V_NULL));
	kit_run(sc, &routing_test_member, BIND(V(x->w.campaign), V(b->id)));
	if (bad == 0)
		kit_run(sc, &routing_test_score, BIND(V(b->id), V(today - 1), V(20), V(3), V(0)));
	else if (bad == 1)
		kit_run(sc, &routing_test_score,
			BIND(V(b->id), V(today - 2), V(900), V(100), V(2)));
	else
		kit_run(sc, &routing_test_score, BIND(V(b->id), V(today), V(900), V(20), V(1)));
	b->dead = bad < 2;
}

static void make_world(struct scope *sc, struct kit *kit, struct estate *x)
{
	static const char *const states[] = { NULL, "assigned", "warming", "warmed", "degraded",
		"burned", "quarantined" };
	bool dead[MACHINES], reserve[MACHINES];

	kit_send(sc, kit, 0, &x->w);
	kit_run(sc, &routing_test_alone, BIND(V(x->w.campaign)));
	kit_run(sc, &routing_test_reserve, BIND_NONE);
	for (int i = 0; i < MACHINES; i++) {
		const char *state = states[rand_below(COUNT(states))];

		dead[i] = str_eq(state, "burned") || str_eq(state, "quarantined");
		x->credit[i] = rand_below(40);
		add_machine(sc, x, i, state);
		x->lane[i] = PEOPLE;
		if (rand_below(2)) {
			x->lane[i] = 1 + rand_below(20);
			kit_run(sc, &routing_test_part, BIND(V((int64_t)FIRST + i)));
			kit_run(sc, &routing_test_lane,
				BIND(V((int64_t)FIRST + i), V(clock_day(now_plan(sc).ms)),
					V(x->lane[i])));
		}
		reserve[i] = state && !dead[i] && rand_below(3) == 0;
		if (reserve[i])
			kit_run(sc, &routing_test_pool, BIND(V((int64_t)FIRST + i)));
	}
	for (int i = 0; i < BOXES; i++) {
		add_box(sc, x, i);
		x->boxes[i].dead |= dead[x->boxes[i].machine];
		x->boxes[i].reserve = reserve[x->boxes[i].machine];
	}
	for (int i = 0; i < PEOPLE; i++) {
		const char *key = arena_printf(sc->mem, "%d", i);
		int64_t old;

		x->people[i] = kit_contact(sc, &x->w, arena_printf(sc->mem, "p%d@x.example", i));
		x->before[i] = rand_below(2) ? x->boxes[rand_below(BOXES)].id : 0;
		if (x->before[i]) {
			old = kit_mail(sc, &x->w, x->people[i], arena_printf(sc->mem, "o%d", i));
			kit_run(sc, &routing_test_wrote, BIND(V(old), V(x->before[i])));
		}
		kit_mail(sc, &x->w, x->people[i], key);
	}
}

static struct box *box_of(struct estate *x, int64_t id)
{
	for (int i = 0; i < BOXES; i++)
		if (x->boxes[i].id == id)
			return &x->boxes[i];
	return NULL;
}

static bool takes(const struct estate *x, const struct box *b)
{
	return !b->dead && b->left > 0 && x->credit[b->machine] > 0 && x->lane[b->machine] > 0;
}

SQL(routing_test_contact, SQL_TENANT, "SELECT contact FROM message WHERE tenant = $1 AND id = $2");

/* Beside the plan, plain counting: each lease in its order, before the state it met. */
static void check_lease(
	struct scope *sc, struct estate *x, const struct message_lease *l, const struct box **last)
{
	struct box *b = box_of(x, l->mailbox), *old = NULL;
	bool other = false, first = false;
	int64_t contact;

	NEED(b != NULL);
	CHECK(takes(x, b));
	CHECK_INT(l->appliance, FIRST + b->machine);
	OK(db_int(sc, &routing_test_contact, BIND(V(l->id)), &contact));
	for (int i = 0; i < PEOPLE; i++)
		if (x->people[i] == contact && x->before[i])
			old = box_of(x, x->before[i]);
	/* Who wrote before writes again where it can. */
	if (old && takes(x, old))
		CHECK_INT(b->id, old->id);
	/* No reserve while another could have taken it. */
	for (int i = 0; i < BOXES; i++)
		first |= takes(x, &x->boxes[i]) && !x->boxes[i].reserve;
	if (!(old && takes(x, old)))
		CHECK(!b->reserve || !first);
	/* No two in a row from one domain while another could have taken it. */
	for (int i = 0; i < BOXES && *last; i++)
		other |= takes(x, &x->boxes[i]) && x->boxes[i].reserve == b->reserve &&
			 x->boxes[i].domain != (*last)->domain &&
			 x->boxes[i].machine != (*last)->machine;
	if (*last && other && !(old && takes(x, old)))
		CHECK(b->domain != (*last)->domain);
	b->left--;
	x->credit[b->machine]--;
	x->lane[b->machine]--;
	*last = b;
}

TEST(mail_goes_from_living_mailboxes_alone_and_from_as_many_as_it_needs)
{
	struct estate x = { 0 };
	struct turn_plan plan;
	const struct box *last = NULL;
	bool more = false;

	make_world(sc, kit, &x);
	OK(turn_plan(sc, HOUR_MS, 500, &plan));
	for (size_t i = 0; i < plan.count; i++) {
		CHECK(plan.list[i].skip == NULL);
		/* One that a lane holds stands aside until that is over, or an appliance has room.
		 */
		if (!plan.list[i].later)
			check_lease(sc, &x, &plan.list[i].lease, &last);
		else
			NEED(plan.list[i].lifts == 0 || plan.list[i].lifts > now_plan(sc).ms);
	}
	/* Nothing waits while a mailbox that lives could take it. */
	for (int i = 0; i < BOXES; i++)
		more |= takes(&x, &x.boxes[i]);
	CHECK(plan.leases == PEOPLE || !more);
	render_free(x.w.hub->render);
}

TEST(a_mailbox_rests_after_bad_days_and_while_its_addresses_are_out_of_use)
{
	static const struct {
		struct routing r;
		const char *holds;
	} cases[] = {
		{ { .address = ROUTING_WELL }, NULL },
		{ { .address = ROUTING_ILL, .sent = 100, .hard = 5 }, NULL },
		{ { .address = ROUTING_DEAD }, "address" },
		{ { .address = ROUTING_WELL, .sent = 4, .hard = 2 }, NULL },
		{ { .address = ROUTING_WELL, .sent = 59, .hard = 3 }, "bounces" },
		{ { .address = ROUTING_WELL, .sent = 60, .hard = 3 }, NULL },
		{ { .address = ROUTING_WELL, .sent = 900, .complained = 1 }, NULL },
		{ { .address = ROUTING_WELL, .sent = 900, .complained = 2 }, "complaints" },
	};
	struct routing good = { .score = 90, .address = ROUTING_WELL }, ill = good, poor = good;

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_TEXT(routing_holds(&cases[i].r), cases[i].holds);
	ill.address = ROUTING_ILL;
	poor.score = 0;
	CHECK(routing_weight(&good, 10, 30) > routing_weight(&good, 9, 30));
	CHECK(routing_weight(&good, 10, 30) > routing_weight(&ill, 10, 30));
	CHECK(routing_weight(&ill, 10, 30) > routing_weight(&poor, 10, 30));
	CHECK(routing_weight(&poor, 1, 100000) > 0);
}

TEST(a_mail_says_that_its_machines_addresses_are_out_of_use)
{
	struct send_world w CLEANUP(kit_send_done);
	struct message_why why;
	struct turn_plan plan;
	int64_t id;

	kit_send(sc, kit, 100, &w);
	id = kit_mail(sc, &w, kit_contact(sc, &w, "p@x.example"), "a");
	kit_run(sc, &routing_test_address,
		BIND(V((int64_t)FIRST), V("203.0.113.1"), V(w.appliance), V("quarantined")));
	OK(turn_plan(sc, HOUR_MS, 500, &plan));
	CHECK_INT(plan.leases, 0);
	OK(message_explain(sc, id, &why));
	CHECK_TEXT(why.rule, "reputation");
	kit_run(sc, &routing_test_state, BIND(V("warmed")));
	OK(turn_plan(sc, HOUR_MS, 500, &plan));
	CHECK_INT(plan.leases, 1);
}
