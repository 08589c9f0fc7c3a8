/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A part dies in the middle of a campaign and comes back: nothing is lost, nothing sent twice. */
#include "flow.h"

#include <sys/resource.h>

#define FINISH_MS 60000
#define PEOPLE    24
#define GAP       (30 * MINUTE_MS) /* 100 ms */

struct ride {
	struct company *c;
	const char *name, *campaign;
};

/* A campaign on its way, with a quarter of its first mails out. */
static struct ride begin(struct scope *sc, const char *name)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, GAP);
	struct ride r = { c, name, NULL };

	r.campaign = flow_launch(sc, c, flow_people(sc, c, name, "inbox.test", PEOPLE), mailbox, 2);
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, name, NULL) >= PEOPLE / 4, FINISH_MS));
	NEED(!flow_is(sc, c, r.campaign, "finished"));
	return r;
}

static void check_end(struct scope *sc, const struct ride *r)
{
	int64_t twice;

	NEED(WAIT_FOR(flow_is(sc, r->c, r->campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, r->c, r->campaign);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "delivered") +
			  flow_count(sc, r->c, r->campaign, "unknown"),
		PEOPLE * 2 - flow_count(sc, r->c, r->campaign, "stopped"));
	CHECK_INT(flow_accepted(sc, r->c->lab, r->name, &twice),
		flow_count(sc, r->c, r->campaign, "delivered"));
	CHECK_INT(twice, 0);
}

TEST(an_agent_killed_in_the_middle_goes_on_exactly)
{
	struct ride r = begin(sc, "agentkill");

	lab_kill_part(r.c->lab, &r.c->lab->agent);
	OK(agent_start(sc, r.c->lab));
	check_end(sc, &r);
}

TEST(a_hub_killed_in_the_middle_goes_on_exactly)
{
	struct ride r = begin(sc, "hubkill");

	lab_kill_part(r.c->lab, &r.c->lab->hub);
	sleep_ms(500);
	OK(hub_start(sc, r.c->lab));
	check_end(sc, &r);
	CHECK_INT(flow_count(sc, r.c, r.campaign, "unknown"), 0);
}

TEST(a_broker_killed_in_the_middle_is_found_again)
{
	struct ride r = begin(sc, "brokerkill");

	lab_kill_part(r.c->lab, &r.c->lab->broker);
	sleep_ms(500);
	OK(broker_start(sc, r.c->lab));
	check_end(sc, &r);
	CHECK_INT(flow_count(sc, r.c, r.campaign, "unknown"), 0);
}

TEST(a_postfix_killed_in_the_middle_delivers_what_it_took)
{
	struct ride r = begin(sc, "postfixkill");

	OK(postfix_do(sc, r.c->lab, "kill"));
	OK(postfix_start(sc, r.c->lab));
	NEED(WAIT_FOR(flow_is(sc, r.c, r.campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, r.c, r.campaign);
	CHECK(flow_count(sc, r.c, r.campaign, "unknown") <= 1);
}

TEST(a_hub_that_is_told_to_stop_drains_and_exits_cleanly)
{
	struct company *c = flow_company(sc);

	CHECK_INT(proc_stop(c->lab->janitor, &c->lab->hub, 15000), 0);
	OK(hub_start(sc, c->lab));
	CHECK_INT(proc_stop(c->lab->janitor, &c->lab->agent, 15000), 0);
	OK(agent_start(sc, c->lab));
	OK(company_wait_online(sc, c));
}

/* ---- a disk that is full: no file of the process may be written any further ---- */

static void fill_disk(struct proc *p, bool full)
{
	struct rlimit limit;

	NEED(prlimit(p->pid, RLIMIT_FSIZE, NULL, &limit) == 0);
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	NEED(prlimit(p->pid, RLIMIT_FSIZE, &limit, NULL) == 0);
}

static int status_of(
	struct scope *sc, struct company *c, const char *method, const char *path, const char *body)
{
	int status = 0;

	OK(client_call(sc, &c->api, method, path, body, &status, NULL));
	return status;
}

TEST(a_hub_on_a_full_disk_says_so_and_goes_on_exactly_when_there_is_room)
{
	struct ride r = begin(sc, "hubfull");

	if (flow_db() == LAB_SQLITE) {
		fill_disk(&r.c->lab->hub, true);
		CHECK_INT(status_of(sc, r.c, "POST", "/api/v1/campaigns", "{\"name\":\"x\"}"), 503);
		/* What is there can still be seen. */
		CHECK_INT(status_of(sc, r.c, "GET", "/api/v1/campaigns", NULL), 200);
		sleep_ms(1500);
		fill_disk(&r.c->lab->hub, false);
	}
	check_end(sc, &r);
	CHECK_INT(flow_count(sc, r.c, r.campaign, "unknown"), 0);
}

TEST(an_agent_on_a_full_disk_takes_nothing_and_goes_on_exactly_when_there_is_room)
{
	struct ride r = begin(sc, "agentfull");

	fill_disk(&r.c->lab->agent, true);
	sleep_ms(2500);
	fill_disk(&r.c->lab->agent, false);
	check_end(sc, &r);
}

TEST(a_hub_without_its_database_says_so_and_finds_it_again)
{
	struct company *c = flow_company(sc);
	struct lab *l = c->lab;

	if (flow_db() != LAB_POSTGRES)
		return;
	lab_kill_part(l, &l->postgres);
	CHECK_INT(status_of(sc, c, "POST", "/api/v1/campaigns", "{\"name\":\"x\"}"), 503);
	CHECK_INT(status_of(sc, c, "GET", "/readyz", NULL), 503);
	CHECK_INT(status_of(sc, c, "GET", "/healthz", NULL), 200);
	OK(postgres_start(sc, l));
	CHECK(WAIT_FOR(status_of(sc, c, "GET", "/readyz", NULL) == 200, 10000));
	CHECK_INT(status_of(sc, c, "POST", "/api/v1/campaigns", "{\"name\":\"x\"}"), 201);
	OK(company_wait_online(sc, c));
}
