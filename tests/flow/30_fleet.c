/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Appliances: who may join, what the broker and the hub take from them, and the operator's hand. */
#include "flow.h"

#include <sys/stat.h>

#include "base/out.h"
#include "wire/wire.h"

/* ---- enrolment ---- */

static const char *token_for(struct scope *sc, struct company *c, const char *appliance)
{
	const char *token = NULL;

	OK(HUB_RUN(
		sc, c->lab, &token, "enrol-token", "--tenant", c->name, "--appliance", appliance));
	return token;
}

static const char *stranger(struct scope *sc, struct company *c, const char *name)
{
	const char *folder = lab_path(c->lab, name);
	const char *config = arena_printf(sc->mem, "%s.conf", folder);

	mkdir(folder, 0700);
	OK(lab_write(sc, config,
		arena_printf(sc->mem, "state_dir = %s\nclock.check = no\nlog.file = %s\n", folder,
			c->lab->mail_log)));
	return config;
}

/* A machine that never runs would be waited for by a hub that another test restores in this lab. */
static void give_up(struct scope *sc, struct company *c, const char *appliance)
{
	OK(HUB_RUN(sc, c->lab, NULL, "lost", "--tenant", c->name, "--appliance", appliance));
}

TEST(a_token_enrols_one_machine_once)
{
	struct company *c = flow_company(sc);
	const char *token = token_for(sc, c, "spent");
	const char *refused = "SELECT count(*) FROM event WHERE kind = 'enrolment.refused'";
	int64_t before = lab_number(sc, c->lab, refused);

	OK(agent_enrol_as(sc, c->lab, stranger(sc, c, "spent-1"), token));
	CHECK(agent_enrol_as(sc, c->lab, stranger(sc, c, "spent-2"), token) != ERR_NONE);
	CHECK_INT(lab_number(sc, c->lab, refused), before + 1);
	give_up(sc, c, "spent");
}

TEST(an_expired_token_enrols_nobody)
{
	struct company *c = flow_company(sc);
	const char *token = token_for(sc, c, "late");

	OK(lab_sql(sc, c->lab,
		"UPDATE credential SET expires = 1 WHERE kind = 'enrol' AND used_at IS NULL",
		NULL));
	CHECK(agent_enrol_as(sc, c->lab, stranger(sc, c, "late"), token) != ERR_NONE);
	CHECK_INT(lab_number(sc, c->lab,
			  "SELECT count(*) FROM appliance WHERE name = 'late' AND "
			  "state = 'planned'"),
		1);
}

TEST(a_token_of_another_hub_is_refused_before_anything_is_sent)
{
	struct company *c = flow_company(sc);
	struct enrol_token t;
	const char *token = token_for(sc, c, "foreign");

	OK(enrol_token_get(sc, token, &t));
	t.ca_sha256[0] ^= 1;
	CHECK(agent_enrol_as(sc, c->lab, stranger(sc, c, "foreign"), enrol_token_put(sc, &t)) !=
		ERR_NONE);
	/* The hub never heard of it, so the token is good still. */
	OK(agent_enrol_as(sc, c->lab, stranger(sc, c, "foreign"), token));
	give_up(sc, c, "foreign");
}

/* ---- the wire ---- */

/* As the company's appliance. The broker may refuse it, which is fine too. */
static void publish(struct scope *sc, struct company *c, const char *topic, const char *payload)
{
	const char *folder = lab_path(c->lab, "agent");
	const char *const argv[] = { "mosquitto_pub", "-V", "5", "-q", "1", "-h", "127.0.0.1", "-p",
		arena_printf(sc->mem, "%d", c->lab->broker_agent_port), "-i", c->appliance,
		"--cafile", arena_printf(sc->mem, "%s/ca.pem", folder), "--cert",
		arena_printf(sc->mem, "%s/agent.pem", folder), "--key",
		arena_printf(sc->mem, "%s/agent.pem", folder), "-t", topic, "-m", payload, NULL };
	struct proc_spec spec = { "mosquitto_pub", argv, lab_path(c->lab, "log/pub.log"), NULL, 0,
		0 };

	if (proc_run(sc, &spec, 10000, NULL))
		scope_clear(sc);
}

TEST(an_appliance_can_speak_for_no_other)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *id;

	/* The broker drops it: the hub hears of nobody it does not know. */
	lab_stop_part(c->lab, &c->lab->agent);
	publish(sc, c, "pm/1/app_0000000000001/event", "{}");
	publish(sc, c, "pm/1/+/event", "{}");
	OK(agent_start(sc, c->lab));
	OK(company_wait_online(sc, c));
	id = flow_launch(sc, c, flow_people(sc, c, "after", "inbox.test", 2), mailbox, 1);
	CHECK(WAIT_FOR(flow_is(sc, c, id, "finished"), 20000));
}

/* ---- commands ---- */

static const char *give(struct scope *sc, struct company *c, const char *body)
{
	const struct json *answer = NULL;

	OK(client_do(sc, &c->api, "POST",
		arena_printf(sc->mem, "/api/v1/appliances/%s/commands", c->appliance), body,
		&answer));
	return json_text(answer, "id");
}

static const char *state_of(struct scope *sc, struct company *c, const char *id)
{
	const struct json *answer = NULL;

	if (client_do(sc, &c->api, "GET", arena_printf(sc->mem, "/api/v1/commands/%s", id), NULL,
		    &answer))
		return "";
	return json_text(answer, "state");
}

TEST(a_command_is_done_or_unsupported_or_runs_out)
{
	struct company *c = flow_company(sc);
	const char *done = give(sc, c, "{\"kind\":\"refresh\"}"), *late;
	const char *unknown = give(sc, c, "{\"kind\":\"fly\",\"args\":\"{}\"}");

	CHECK(WAIT_FOR(str_eq(state_of(sc, c, done), "done"), 10000));
	CHECK(WAIT_FOR(str_eq(state_of(sc, c, unknown), "unsupported"), 10000));
	lab_stop_part(c->lab, &c->lab->agent);
	late = give(sc, c, "{\"kind\":\"refresh\",\"seconds\":1}");
	CHECK(WAIT_FOR(str_eq(state_of(sc, c, late), "expired"), 20000));
	done = give(sc, c, "{\"kind\":\"refresh\",\"seconds\":600}");
	OK(agent_start(sc, c->lab));
	/* It was not there at first: it is told again. */
	CHECK(WAIT_FOR(str_eq(state_of(sc, c, done), "done"), 20000));
	OK(company_wait_online(sc, c));
}

/* ---- the operator's hand ---- */

/* By the API, or, where VERB is an operator's command, by the hub's program. */
static void tell(struct scope *sc, struct company *c, const char *verb)
{
	if (verb[0] == '/')
		OK(client_do(sc, &c->api, "POST", verb, "{\"reason\":\"drill\"}", NULL));
	else
		OK(HUB_RUN(sc, c->lab, NULL, verb, "fleet"));
}

static int64_t held(struct scope *sc, struct company *c, const char *campaign)
{
	return flow_count(sc, c, campaign, "leased") + flow_count(sc, c, campaign, "handed");
}

/* Nothing leaves, and what the appliance held comes back long before its time runs out. */
static void check_stop(
	struct scope *sc, struct company *c, const char *name, const char *stop, const char *resume)
{
	const char *mailbox = flow_mailbox(sc, c, DAY_MS), *id;
	int64_t sent;

	id = flow_launch(sc, c, flow_people(sc, c, name, "inbox.test", 5), mailbox, 1);
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, name, NULL) >= 1, 20000));
	NEED(WAIT_FOR(flow_count(sc, c, id, "handed") >= 1, 20000));
	tell(sc, c, stop);
	CHECK(WAIT_FOR(held(sc, c, id) == 0, 10000));
	sent = flow_accepted(sc, c->lab, name, NULL);
	CHECK(sent < 5);
	flow_hurry(sc, c, mailbox);
	sleep_ms(2000);
	CHECK_INT(flow_accepted(sc, c->lab, name, NULL), sent);
	CHECK_INT(flow_count(sc, c, id, "due"), 5 - sent);
	flow_check_exact(sc, c, id);
	tell(sc, c, resume);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), 40000));
	CHECK_INT(flow_accepted(sc, c->lab, name, NULL), 5);
}

TEST(a_stopped_tenant_sends_nothing_until_it_may_again)
{
	struct company *c = flow_company(sc);

	check_stop(sc, c, "tenantstop", "/api/v1/tenant/stop", "/api/v1/tenant/resume");
}

TEST(a_stopped_appliance_sends_nothing_until_it_may_again)
{
	struct company *c = flow_company(sc);
	const char *path = arena_printf(sc->mem, "/api/v1/appliances/%s", c->appliance);

	check_stop(sc, c, "machinestop", arena_printf(sc->mem, "%s/stop", path),
		arena_printf(sc->mem, "%s/resume", path));
}

TEST(a_stopped_fleet_sends_nothing_until_it_may_again)
{
	check_stop(sc, flow_company(sc), "fleetstop", "stop", "resume");
}
