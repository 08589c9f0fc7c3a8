/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two hubs on one PostgreSQL and one broker: rows decide, never who was first. Either may die or
 * sleep past its leases in the middle of a campaign, and the other finishes it exactly.
 */
#include <libpq-fe.h>
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
static int start_second(struct scope *sc, struct lab *l, struct proc *p)
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
	return http;
}

/* ---- a lock that makes a hub stand where it is to be stopped ---- */

static PGconn *lock(struct scope *sc, struct lab *l, const char *sql)
{
	PGconn *pg = PQconnectdb(arena_printf(sc->mem, "host=%s/pg port=%d user=postgres dbname=%s",
		l->folder, l->pg_port, l->database));
	PGresult *r;

	NEED(PQstatus(pg) == CONNECTION_OK);
	PQclear(PQexec(pg, "BEGIN"));
	r = PQexec(pg, sql);
	CHECK(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK);
	PQclear(r);
	return pg;
}

/* Some hub waits for it with a statement like QUERY, and the first hub is stopped there. */
static void stop_where_it_waits(struct scope *sc, struct lab *l, PGconn *pg, const char *query)
{
	const char *waiting = arena_printf(sc->mem,
		"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
		"AND query LIKE '%s%%'",
		query);

	NEED(WAIT_FOR(lab_number(sc, l, waiting) > 0, 10000));
	kill(-l->hub.pid, SIGSTOP);
	PQfinish(pg);
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

/* As a proxy before both hubs would: the name is the installation's, the port the second one's. */
static void ask_second(struct scope *sc, struct company *c, int port, const char *path)
{
	const char *const headers[] = { arena_printf(
						sc->mem, "Authorization: Bearer %s", c->api.key),
		arena_printf(sc->mem, "Host: 127.0.0.1:%d", c->lab->http_port),
		"Content-Type: application/json", NULL };
	struct http_answer a = { 0 };

	OK(client_raw(sc, &c->api,
		&(struct http_request){ .method = "POST",
			.url = arena_printf(sc->mem, "http://127.0.0.1:%d%s", port, path),
			.headers = headers,
			.body = bytes_of("{}", 2) },
		&a));
	CHECK(a.status >= 200 && a.status < 300);
}

/* It has planned a turn and sleeps beyond its lease; meanwhile the campaign is paused and another
   hub has had the turn. What it planned is void. */
TEST(a_hub_stopped_in_the_middle_of_a_turn_leases_nothing_when_it_wakes)
{
	static const char lapse[] = "UPDATE turn SET until = 0 WHERE until > 0";
	static const char fences[] = "SELECT SUM(fence) FROM turn";
	struct ride r = { .name = "twoturn" };
	const char *people, *mailbox, *text;
	struct lab *l;
	int64_t fence;
	PGconn *pg;

	if (flow_db() != LAB_POSTGRES)
		return;
	r.c = flow_company(sc);
	l = r.c->lab;
	people = flow_people(sc, r.c, r.name, "inbox.test", PEOPLE);
	mailbox = flow_mailbox(sc, r.c, GAP);
	pg = lock(sc, l, "LOCK TABLE suppression IN ACCESS EXCLUSIVE MODE");
	r.campaign = flow_launch(sc, r.c, people, mailbox, 2);
	stop_where_it_waits(sc, l, pg, "SELECT reason FROM suppression");
	ask_second(sc, r.c, start_second(sc, l, &r.second),
		arena_printf(sc->mem, "/api/v1/campaigns/%s/pause", r.campaign));
	fence = lab_number(sc, l, fences);
	OK(lab_sql(sc, l, lapse, &text));
	NEED(WAIT_FOR(lab_number(sc, l, fences) > fence, 10000));
	kill(-l->hub.pid, SIGCONT);
	sleep_ms(2000);
	NEED(flow_count(sc, r.c, r.campaign, "due") == PEOPLE);
	NEED(flow_accepted(sc, l, r.name, NULL) == 0);
	OK(company_tell(sc, r.c, r.campaign, "resume"));
	check_end(sc, &r);
	CHECK_INT(proc_stop(l->janitor, &r.second, 15000), 0);
}

/* Stopped inside a transaction it holds rows that the other hub needs: the database gives them free
   before long, and what it had begun is gone when it wakes. */
TEST(a_hub_stopped_in_the_middle_of_a_write_does_not_hold_up_the_other)
{
	struct ride r;
	struct lab *l;
	PGconn *pg;

	if (flow_db() != LAB_POSTGRES)
		return;
	r = (struct ride){ .c = flow_company(sc), .name = "twowrite" };
	l = r.c->lab;
	r.campaign = flow_launch(sc, r.c, flow_people(sc, r.c, r.name, "inbox.test", PEOPLE),
		flow_mailbox(sc, r.c, GAP), 2);
	NEED(WAIT_FOR(flow_accepted(sc, l, r.name, NULL) >= 2, FINISH_MS));
	pg = lock(sc, l, "SELECT id FROM message WHERE state IN ('handed', 'queued') FOR UPDATE");
	stop_where_it_waits(sc, l, pg, "UPDATE message");
	start_second(sc, l, &r.second);
	NEED(WAIT_FOR(flow_accepted(sc, l, r.name, NULL) == 2 * PEOPLE, 30000));
	kill(-l->hub.pid, SIGCONT);
	check_end(sc, &r);
	CHECK_INT(proc_stop(l->janitor, &r.second, 15000), 0);
}
