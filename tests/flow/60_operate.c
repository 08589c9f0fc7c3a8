/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the operator does: a copy of everything, and back. */
#include "flow.h"

static int64_t mass(struct scope *sc, struct lab *l)
{
	return lab_number(sc, l,
		"SELECT (SELECT count(*) FROM contact) * 1000000 + (SELECT count(*) FROM message) * "
		"1000 + (SELECT count(*) FROM campaign)");
}

TEST(a_backup_of_a_running_hub_fills_an_empty_database)
{
	struct company *c = flow_company(sc);
	struct lab *l = c->lab;
	const char *copy = lab_path(l, "backup"), *keys = lab_path(l, "backup.keys");
	const char *seal = lab_path(l, "backup.seal"), *mailbox = flow_mailbox(sc, c, 0), *id;
	int64_t before;

	id = flow_launch(sc, c, flow_people(sc, c, "copied", "inbox.test", 3), mailbox, 1);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), 20000));
	before = mass(sc, l);
	OK(HUB_RUN(sc, l, NULL, "master-key", seal));
	OK(HUB_RUN(sc, l, NULL, "backup", "--out", copy, "--keys", keys, "--key-file", seal));
	lab_stop_part(l, &l->hub);
	OK(database_make(sc, l, "restored"));
	OK(hub_configure(sc, l, "restored"));
	OK(HUB_RUN(sc, l, NULL, "restore", "--from", copy, "--keys", keys, "--key-file", seal));
	CHECK_INT(mass(sc, l), before);
	/* It is the hub now: the same key opens it, and its appliance comes back to it. */
	OK(hub_start(sc, l));
	CHECK(flow_is(sc, c, id, "finished"));
	flow_check_exact(sc, c, id);
	OK(company_wait_online(sc, c));
	id = flow_launch(sc, c, flow_people(sc, c, "aftercopy", "inbox.test", 3), mailbox, 1);
	CHECK(WAIT_FOR(flow_is(sc, c, id, "finished"), 20000));
	CHECK_INT(flow_accepted(sc, l, "aftercopy", NULL), 3);
}
