/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two hubs on one PostgreSQL and one broker: rows decide, never who was first. Either may die or
 * sleep past its leases in the middle of a campaign, and the other finishes it exactly.
 */
#include <signal.h>

#include "flow.h"

#define FINISH_MS 90000
#define PEOPLE    24
#define GAP       (30 * MINUTE_MS) /* 100 ms */

#define SECOND_CONFIG                                                                              \
	"database = postgresql://penguin_app@/%s?host=%s/pg&port=%d\n"                             \
	"database.owner = postgresql://penguin_owner@/%s?host=%s/pg&port=%d\n"                     \
	"master_key_file = %s/master.key\n"                                                        \
	"state_dir = %s/second\n"                                                                  \
	"objects_dir = %s/hub/objects\n"                                                           \
	"listen.http = 127.0.0.1:%d\n"                                                             \
	"listen.agents = 127.0.0.1:%d\n"                                                           \
	"app_url = http://127.0.0.1:%d\n"                                                          \
	"link_url = http://localhost:%d\n"                                                         \
	"agents_url = https://127.0.0.1:%d\n"                                                      \
	"broker.host = 127.0.0.1\nbroker.port = %d\n"                                              \
	"broker.agent_host = 127.0.0.1\nbroker.agent_port = %d\n"                                  \
	"clock.rate = %lld\n"

static bool second_answers(void *arg)
{
	return port_answers(*(const int *)arg);
}

/* What they share is the database, the master key, the objects and the broker. */
static void start_second(struct scope *sc, struct lab *l, struct proc *p)
{
	const char *config = lab_path(l, "second.conf"), *f = l->folder, *db = l->database;
	const char *const argv[] = { arena_printf(sc->mem, "%s/penguin-hub", l->bin), "--config",
		config, "serve", NULL };
	struct proc_spec spec = { "second penguin-hub", argv, lab_path(l, "log/second.log"), NULL,
		0, 0 };
	int http, agents;

	OK(port_free(sc, &http));
	OK(port_free(sc, &agents));
	OK(lab_write(sc, config,
		arena_printf(sc->mem, SECOND_CONFIG, db, f, l->pg_port, db, f, l->pg_port, f, f, f,
			http, agents, l->http_port, l->http_port, l->agents_port, l->broker_port,
			l->broker_agent_port, (long long)l->config.rate)));
	OK(proc_start(sc, l->janitor, &spec, p));
	OK(wait_ready(sc, p, second_answers, &http, 30000));
}

struct ride {
	struct company *c;
	struct proc second;
	const char *name, *campaign;
};

/* A campaign on its way under two hubs, with a quarter of its first mails out. */
static struct ride begin(struct scope *sc, const char *name)
{
	struct ride r = { .c = flow_company(sc), .name = name };
	const char *mailbox = flow_mailbox(sc, r.c, GAP);

	start_second(sc, r.c->lab, &r.second);
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

TEST(two_hubs_share_a_campaign_and_one_of_them_dies)
{
	struct ride r;

	if (flow_db() != LAB_POSTGRES)
		return; /* a file of SQLite has one hub */
	r = begin(sc, "twodie");
	lab_kill_part(r.c->lab, &r.second);
	check_end(sc, &r);
}

/* The number of hubs whose leases stand in the rows is not asked: only that all comes out. */
TEST(a_hub_that_sleeps_past_its_leases_and_wakes_changes_nothing)
{
	struct ride r;

	if (flow_db() != LAB_POSTGRES)
		return;
	r = begin(sc, "twosleep");
	kill(-r.second.pid, SIGSTOP);
	NEED(WAIT_FOR(flow_is(sc, r.c, r.campaign, "finished"), FINISH_MS));
	kill(-r.second.pid, SIGCONT);
	sleep_ms(1500);
	CHECK(proc_is_alive(&r.second));
	check_end(sc, &r);
	CHECK_INT(proc_stop(r.c->lab->janitor, &r.second, 15000), 0);
}

/* The first one dies: the second does all that is left, and only the dashboard waits for its
   return. */
TEST(two_hubs_share_a_campaign_and_the_one_that_launched_it_dies)
{
	static const char unfinished[] =
		"SELECT COUNT(*) FROM campaign WHERE state IN ('running', 'paused')";
	struct ride r;

	if (flow_db() != LAB_POSTGRES)
		return;
	r = begin(sc, "twofirst");
	lab_kill_part(r.c->lab, &r.c->lab->hub);
	CHECK(WAIT_FOR(lab_number(sc, r.c->lab, unfinished) == 0, FINISH_MS));
	OK(hub_start(sc, r.c->lab));
	check_end(sc, &r);
	CHECK_INT(proc_stop(r.c->lab->janitor, &r.second, 15000), 0);
}
