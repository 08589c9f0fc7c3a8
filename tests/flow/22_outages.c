/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A part is away for a while in the middle of a campaign: the others do what they can without it,
   and what they learnt meanwhile is told when it is back. */
#include "flow.h"

#define FINISH_MS 60000
#define AWAY_MS   60000
#define PEOPLE    24
#define GAP       (30 * MINUTE_MS) /* 100 ms */

struct ride {
	struct company *c;
	const char *name, *campaign;
};

static struct ride begin(struct scope *sc, const char *name)
{
	struct ride r = { .c = flow_company(sc), .name = name };
	const char *mailbox = flow_mailbox(sc, r.c, GAP);

	r.campaign =
		flow_launch(sc, r.c, flow_people(sc, r.c, name, "inbox.test", PEOPLE), mailbox, 2);
	NEED(WAIT_FOR(flow_accepted(sc, r.c->lab, name, NULL) >= PEOPLE / 4, FINISH_MS));
	NEED(!flow_is(sc, r.c, r.campaign, "finished"));
	return r;
}

static void check_end(struct scope *sc, const struct ride *r)
{
	int64_t twice;

	NEED(WAIT_FOR(flow_is(sc, r->c, r->campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, r->c, r->campaign);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "delivered"), PEOPLE * 2);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "unknown"), 0);
	CHECK_INT(flow_accepted(sc, r->c->lab, r->name, &twice), PEOPLE * 2);
	CHECK_INT(twice, 0);
}

/* Mails that the agent held when the hub was last heard go out without it. */
TEST(a_hub_that_is_away_for_a_minute_misses_no_fact)
{
	struct ride r = begin(sc, "hubaway");
	struct lab *l = r.c->lab;
	int64_t held, sent;

	NEED(WAIT_FOR(flow_count(sc, r.c, r.campaign, "handed") > 2, FINISH_MS));
	held = flow_count(sc, r.c, r.campaign, "handed");
	sent = flow_accepted(sc, l, r.name, NULL);
	lab_kill_part(l, &l->hub);
	sleep_ms(AWAY_MS);
	CHECK(held > 0 && flow_accepted(sc, l, r.name, NULL) >= sent + held / 2);
	CHECK(flow_accepted(sc, l, r.name, NULL) < 2 * PEOPLE);
	OK(hub_start(sc, l));
	check_end(sc, &r);
}

TEST(a_broker_that_is_away_for_a_minute_costs_nothing_but_time)
{
	struct ride r = begin(sc, "brokeraway");
	struct lab *l = r.c->lab;

	lab_kill_part(l, &l->broker);
	sleep_ms(AWAY_MS);
	CHECK(flow_accepted(sc, l, r.name, NULL) < 2 * PEOPLE);
	OK(broker_start(sc, l));
	check_end(sc, &r);
}

/* What the door says to a change: its status, and when to come again. */
static int64_t asked_to_come_again(struct scope *sc, struct company *c, int *status)
{
	const char *const headers[] = { arena_printf(
						sc->mem, "Authorization: Bearer %s", c->api.key),
		"Content-Type: application/json", NULL };
	struct http_answer a = { 0 };

	OK(client_raw(sc, &c->api,
		&(struct http_request){ .method = "POST",
			.url = "/api/v1/campaigns",
			.headers = headers,
			.body = bytes_of("{\"name\":\"x\"}", 12) },
		&a));
	*status = a.status;
	return a.retry_after_s;
}

TEST(a_database_killed_in_the_middle_is_found_again)
{
	struct ride r;
	struct lab *l;
	int status;

	if (flow_db() != LAB_POSTGRES)
		return;
	r = begin(sc, "dbkill");
	l = r.c->lab;
	lab_kill_part(l, &l->postgres);
	CHECK(asked_to_come_again(sc, r.c, &status) > 0);
	CHECK_INT(status, 503);
	sleep_ms(2000);
	OK(postgres_start(sc, l));
	check_end(sc, &r);
}

/* As its disk were full: nothing can be added, with the very code of that. */
TEST(a_database_without_room_is_waited_for)
{
	static const char fill[] =
		"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
		"RAISE EXCEPTION 'could not extend file: No space left on device' "
		"USING ERRCODE = 'disk_full'; END $$;"
		"CREATE TRIGGER no_room BEFORE INSERT ON event EXECUTE FUNCTION no_room()";
	static const char make_room[] = "DROP TRIGGER no_room ON event; DROP FUNCTION no_room()";
	const char *text;
	struct ride r;
	int status;

	if (flow_db() != LAB_POSTGRES)
		return;
	r = begin(sc, "noroom");
	OK(lab_sql(sc, r.c->lab, fill, &text));
	CHECK(asked_to_come_again(sc, r.c, &status) > 0);
	CHECK_INT(status, 503);
	/* What is there can still be seen. */
	CHECK(!flow_is(sc, r.c, r.campaign, "finished"));
	sleep_ms(2000);
	OK(lab_sql(sc, r.c->lab, make_room, &text));
	CHECK_INT(asked_to_come_again(sc, r.c, &status), 0);
	CHECK_INT(status, 201);
	check_end(sc, &r);
}

/* The copy that a hub was restored from is of before the agent's outbox began: a mark under another
   epoch means nothing, so the agent introduces itself again and says all of it. */
TEST(a_hub_that_knows_an_older_outbox_is_told_the_newer_one_whole)
{
	static const char set_back[] =
		"UPDATE uplink SET epoch = 4711, next = CASE WHEN next > 5 THEN next - 2 ELSE next END;"
		"INSERT INTO catch_up (appliance, tenant, since) "
		"SELECT appliance, tenant, 1767225600000 FROM uplink WHERE revoked_at IS NULL";
	struct ride r = begin(sc, "oldepoch");
	const char *text;

	OK(lab_sql(sc, r.c->lab, set_back, &text));
	check_end(sc, &r);
	CHECK_INT(lab_number(sc, r.c->lab, "SELECT count(*) FROM uplink WHERE epoch = 4711"), 0);
	CHECK_INT(lab_number(sc, r.c->lab, "SELECT count(*) FROM catch_up"), 0);
}
