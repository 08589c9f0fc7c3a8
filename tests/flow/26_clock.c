/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The real clock of a machine is set forth and back in the middle of a campaign. */
#include "flow.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FINISH_MS 90000
#define PEOPLE    30

struct ride {
	struct company *c;
	const char *name, *campaign, *clock;
};

static void set_clock(struct scope *sc, const struct ride *r, const char *offset)
{
	char text[16];
	int fd = open(r->clock, O_WRONLY | O_CLOEXEC);

	/* In one piece, and never empty: it is being read. */
	snprintf(text, sizeof text, "%-8s", offset);
	NEED(fd >= 0 && pwrite(fd, text, 8, 0) == 8);
	close(fd);
}

static int64_t out(struct scope *sc, const struct ride *r)
{
	return flow_accepted(sc, r->c->lab, r->name, NULL);
}

static struct ride begin(struct scope *sc, struct company *c, const char *name, const char *clock)
{
	const char *mailbox = flow_mailbox(sc, c, HOUR_MS);
	struct ride r = { c, name, NULL, clock };

	r.campaign = flow_launch(sc, c, flow_people(sc, c, name, "inbox.test", PEOPLE), mailbox, 1);
	NEED(WAIT_FOR(out(sc, &r) >= 3, FINISH_MS));
	return r;
}

/* Some mails later, with the clock as it was set. */
static void wait_more(struct scope *sc, const struct ride *r)
{
	int64_t at = out(sc, r);

	NEED(WAIT_FOR(out(sc, r) > at + 2 || out(sc, r) == PEOPLE, FINISH_MS));
}

static void check_end(struct scope *sc, const struct ride *r)
{
	int64_t twice;

	NEED(WAIT_FOR(flow_is(sc, r->c, r->campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, r->c, r->campaign);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "delivered"), PEOPLE);
	CHECK_INT(flow_accepted(sc, r->c->lab, r->name, &twice), PEOPLE);
	CHECK_INT(twice, 0);
}

static const char *clock_file(struct scope *sc, struct lab *l, const char *name)
{
	const char *file = lab_path(l, name);

	OK(lab_write(sc, file, "+0      "));
	return file;
}

/* It is there when its connection is a new one. */
static void restart_agent(struct scope *sc, struct lab *l, const char *clock)
{
	static const char connections[] = "SELECT max(conn) FROM uplink";
	int64_t before = lab_number(sc, l, connections);

	l->agent_clock = clock;
	lab_kill_part(l, &l->agent);
	OK(agent_start(sc, l));
	NEED(WAIT_FOR(lab_number(sc, l, connections) > before, 20000));
}

TEST(an_agents_clock_set_forth_and_back_sends_nothing_twice_and_loses_nothing)
{
	struct company *c = flow_company(sc);
	struct lab *l = c->lab;
	struct ride r;

	restart_agent(sc, l, clock_file(sc, l, "agent.clock"));
	r = begin(sc, c, "agentclock", l->agent_clock);
	set_clock(sc, &r, "+600");
	wait_more(sc, &r);
	set_clock(sc, &r, "+0");
	wait_more(sc, &r);
	/* Behind the hub's: for it nothing is due. */
	set_clock(sc, &r, "-600");
	sleep_ms(2000);
	set_clock(sc, &r, "+0");
	check_end(sc, &r);
	CHECK(lab_log_says(sc, l, "agent", "the clock was set"));
	restart_agent(sc, l, NULL);
}

TEST(a_hubs_clock_set_forth_and_back_changes_nothing_in_the_end)
{
	struct company *c = flow_company(sc);
	struct lab *l = c->lab;
	struct ride r;

	l->hub_clock = clock_file(sc, l, "hub.clock");
	lab_kill_part(l, &l->hub);
	OK(hub_start(sc, l));
	OK(company_wait_online(sc, c));
	r = begin(sc, c, "hubclock", l->hub_clock);
	set_clock(sc, &r, "+600");
	wait_more(sc, &r);
	set_clock(sc, &r, "+0");
	wait_more(sc, &r);
	set_clock(sc, &r, "-600");
	wait_more(sc, &r);
	set_clock(sc, &r, "+0");
	check_end(sc, &r);
	l->hub_clock = NULL;
	lab_kill_part(l, &l->hub);
	OK(hub_start(sc, l));
	OK(company_wait_online(sc, c));
}
