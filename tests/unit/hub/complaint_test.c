/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What others say of lanes: complaints, and lists that name their address. */
#include "warmup/complaint.h"

#include "company_kit.h"
#include "fleet/address.h"
#include "warmup/lane.h"
#include "warmup/plan.h"
#include "warmup_kit.h"

static const struct part_complaints *complaints_of(const struct part_warmup *w, int64_t kind)
{
	for (size_t i = 0; i < w->complaint_count; i++)
		if (w->complaints[i].kind == kind)
			return &w->complaints[i];
	return NULL;
}

TEST(a_complaint_counts_once_against_each_lane_its_mail_left_on)
{
	struct company c = company_open(sc, kit);
	int64_t today = clock_day(now_plan(sc).ms), campaign;
	struct wire_lane_day d = { .kind = WIRE_LANE_MAILBOX,
		.mailbox = c.mailbox,
		.plan = "standard",
		.at = now_plan(sc).ms,
		.day = today,
		.mails = 2,
		.state = "free" };
	const struct lane_name name = { "mailbox", c.mailbox, "" };
	struct part_warmup w;
	struct lane_row lane;
	struct mail *list;
	size_t n;

	company_people(sc, 2);
	campaign = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, campaign));
	run_jobs(sc);
	list = mails(sc, campaign, &n);
	NEED(n == 2);
	deliver(sc, &c, list[0].id, FACT_DELIVERED);
	kit_lane_day(sc, c.appliance, &d);
	say(sc, &c, list[0].id, say_report, FACT_COMPLAINED);
	say(sc, &c, list[0].id, say_report, FACT_COMPLAINED);
	run_followers(sc);
	/* Without a plan there are no lanes; they are told once there is one. */
	CHECK(!kit_warmup_part(sc, c.appliance, &w));
	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	NEED(w.complaint_count == 3);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(w.complaints[i].count, 1);
		CHECK_INT(w.complaints[i].day, today);
	}
	CHECK_INT(complaints_of(&w, WIRE_LANE_MAILBOX)->mailbox, c.mailbox);
	CHECK_TEXT(complaints_of(&w, WIRE_LANE_PROVIDER)->provider, "other");
	NEED(complaints_of(&w, WIRE_LANE_IP) != NULL);
	/* The pages know, also before and after the appliance does. */
	OK(lane_find(sc, &name, &lane));
	CHECK_INT(lane.complained, 1);
	kit_lane_day(sc, c.appliance, &d);
	OK(lane_find(sc, &name, &lane));
	CHECK_INT(lane.complained, 1);
	/* The next one reaches the appliance by itself. */
	deliver(sc, &c, list[1].id, FACT_DELIVERED);
	say(sc, &c, list[1].id, say_report, FACT_COMPLAINED);
	run_followers(sc);
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT(complaints_of(&w, WIRE_LANE_IP)->count, 2);
	/* No gate looks back further than a month. */
	kit->real_ms += 32 * DAY_MS;
	OK(plan_choose(sc, PLAN_TENANT, 0, 2));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT((int64_t)w.complaint_count, 0);
}

SQL(complaint_test_address, SQL_TENANT,
	"INSERT INTO address (tenant, id, ip, appliance, source, state, reason, decided, since, "
	"created) VALUES ($1, 7, '203.0.113.9', $2, 'hand', 'warming', 'test', 'system', 0, 0)");

struct moving {
	int64_t appliance;
	const char *to, *reason;
};

static enum err move_address(struct scope *sc, void *arg)
{
	const struct moving *m = arg;
	struct address a;
	enum err e = ERR_NONE;

	if (m->appliance)
		e = db_run(sc, &complaint_test_address, BIND(V(m->appliance)), NULL);
	if (!e)
		e = address_find(sc, 7, &a);
	return e ? e
		 : address_move(sc, &a, &(struct address_move){ m->to, m->reason, "system", 0 });
}

TEST(an_address_on_a_list_that_counts_stops_its_machine)
{
	struct company c = company_open(sc, kit);
	struct part_warmup w;

	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	OK(db_write(sc, move_address, &(struct moving){ c.appliance, "quarantined", "listed" }));
	run_followers(sc);
	NEED(kit_warmup_part(sc, c.appliance, &w));
	NEED(w.lane_count == 1);
	CHECK_INT(w.lanes[0].kind, WIRE_LANE_IP);
	CHECK(w.lanes[0].listed);
	OK(db_write(sc, move_address, &(struct moving){ 0, "assigned", "rested" }));
	run_followers(sc);
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT((int64_t)w.lane_count, 0);
}
