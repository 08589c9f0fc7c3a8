/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The world itself: what the later tests trust must hold first. */
#include "flow.h"

TEST(postfix_gives_the_sink_what_it_took)
{
	struct lab *l = flow_mailers(sc);
	struct got *rows;
	const char *mail;
	size_t n;

	flow_mail(sc, l, "a@one.test", "plain@two.test");
	NEED(WAIT_FOR(got_accepted(sc, l, "plain@two.test") == 1, 10000));
	OK(got_list(sc, l, &rows, &n));
	CHECK(strlen(rows[n - 1].queue_id) > 10);
	CHECK_TEXT(rows[n - 1].sender, "a@one.test");
	OK(got_mail(sc, l, "plain@two.test", &mail));
	CHECK(strstr(mail, rows[n - 1].queue_id) != NULL);
}

TEST(a_deferred_mail_is_tried_again_within_seconds)
{
	struct lab *l = flow_mailers(sc);

	OK(sink_rules(sc, l, "later@* defer 2 450 4.2.0 Busy\n"));
	flow_mail(sc, l, "a@one.test", "later@two.test");
	CHECK(WAIT_FOR(got_accepted(sc, l, "later@two.test") == 1, 20000));
	CHECK_INT(flow_said(sc, l, "deferred", "later@two.test"), 2);
	OK(sink_rules(sc, l, ""));
}

TEST(a_killed_postfix_delivers_what_it_had_queued)
{
	struct lab *l = flow_mailers(sc);

	OK(sink_rules(sc, l, "kept@* 421 4.3.2 Not now\n"));
	flow_mail(sc, l, "a@one.test", "kept@two.test");
	CHECK(WAIT_FOR(flow_said(sc, l, "closed", "kept@two.test") > 0, 10000));
	OK(postfix_do(sc, l, "kill"));
	/* A killed process may live on for some milliseconds. */
	CHECK(WAIT_FOR(!port_answers(l->smtp_port), 5000));
	OK(sink_rules(sc, l, ""));
	OK(postfix_start(sc, l));
	CHECK(WAIT_FOR(got_accepted(sc, l, "kept@two.test") == 1, 20000));
}

TEST(a_killed_sink_remembers_what_it_had_accepted)
{
	struct lab *l = flow_mailers(sc);

	flow_mail(sc, l, "a@one.test", "first@two.test");
	CHECK(WAIT_FOR(got_accepted(sc, l, "first@two.test") == 1, 10000));
	lab_kill_part(l, &l->sink);
	OK(sink_start(sc, l));
	flow_mail(sc, l, "a@one.test", "second@two.test");
	CHECK(WAIT_FOR(got_accepted(sc, l, "second@two.test") == 1, 20000));
	CHECK_INT(got_accepted(sc, l, "first@two.test"), 1);
}

TEST(a_private_postgresql_knows_the_two_roles)
{
	const struct lab_config c = { .db = LAB_POSTGRES };
	const char *answer;
	struct lab *l;

	if (flow_db() != LAB_POSTGRES)
		return;
	OK(lab_open(sc, &c, &l));
	OK(postgres_start(sc, l));
	OK(postgres_run(sc, l,
		"SELECT string_agg(rolname || rolsuper, ' ' ORDER BY rolname) "
		"FROM pg_roles WHERE rolname LIKE 'penguin%'",
		&answer));
	CHECK_TEXT(str_trim(sc->mem, answer), "penguin_appfalse penguin_ownerfalse");
	lab_kill_part(l, &l->postgres);
	OK(postgres_start(sc, l));
	lab_close(l);
}
