/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A hub restored from a copy taken in the middle of a campaign. Its appliances catch it up, and
 * until each has, nothing is handed out: whatever was sent since the copy is not sent again, by
 * whichever of them.
 */
#include "flow.h"

#include "base/out.h"

#define FINISH_MS 60000
#define PEOPLE    40
/* 0.6 s from each of two mailboxes: the campaign is on its way still when a slow backup is done. */
#define GAP (3 * HOUR_MS)

struct ride {
	struct company *c;
	const char *name, *campaign;
	const char *mailboxes[2];
	struct proc second; /* another appliance's agent */
};

static const char agent_config[] =
	"state_dir = %s\nsmtp.host = 127.0.0.1\nsmtp.port = %d\nlog.file = %s\n"
	"queue_dir = %s/postfix/queue\nclock.check = no\nretry.seconds = 1\n"
	"recover.seconds = 1\nmetric.seconds = 1\n";

static void start_second(struct scope *sc, struct ride *r)
{
	struct lab *l = r->c->lab;
	const char *argv[] = { arena_printf(sc->mem, "%s/penguin-agent", l->bin), "--config",
		lab_path(l, r->name), NULL };
	struct proc_spec spec = { "second penguin-agent", argv,
		arena_printf(sc->mem, "%s/log/%s.log", l->folder, r->name), NULL, 0, 0 };

	OK(proc_start(sc, l->janitor, &spec, &r->second));
}

/* The appliance NAME of API's list; NULL when there is none. */
static const struct json *appliance(struct scope *sc, struct company *c, const char *name)
{
	const struct json *answer = NULL;

	if (client_do(sc, &c->api, "GET", "/api/v1/appliances", NULL, &answer))
		return NULL;
	JSON_EACH(a, json_get(answer, "list"))
	if (str_eq(json_text(a, "name"), name))
		return a;
	return NULL;
}

static bool is_online(struct scope *sc, const struct ride *r)
{
	return json_bool(appliance(sc, r->c, r->name), "online", false);
}

/* Another machine of the company, with a state and a name of its own, beside the same Postfix. */
static const char *add_appliance(struct scope *sc, struct ride *r)
{
	struct lab *l = r->c->lab;
	const char *state = lab_path(l, arena_printf(sc->mem, "agent-%s", r->name)), *token = NULL;

	OK(lab_write(sc, lab_path(l, r->name),
		arena_printf(sc->mem, agent_config, state, l->smtp_port, l->mail_log, l->folder)));
	OK(HUB_RUN(sc, l, &token, "enrol-token", "--tenant", r->c->name, "--appliance", r->name));
	OK(agent_enrol_as(sc, l, lab_path(l, r->name), token));
	start_second(sc, r);
	NEED(WAIT_FOR(is_online(sc, r), 20000));
	return json_text(appliance(sc, r->c, r->name), "id");
}

static const char *mailbox_on(struct scope *sc, struct company *c, const char *appliance_id)
{
	const char *own = c->appliance, *mailbox;

	c->appliance = appliance_id;
	mailbox = flow_mailbox(sc, c, GAP);
	c->appliance = own;
	return mailbox;
}

/* Sends from both appliances. */
static void launch(struct scope *sc, struct ride *r)
{
	static const struct mail_wish mails[] = { { .subject = "First", .html = "<p>First</p>" },
		{ .wait_ms = HOUR_MS, .html = "<p>Second</p>" } };
	const struct json *answer = NULL;
	const char *path;

	OK(company_campaign(sc, r->c,
		&(struct campaign_wish){ .name = r->name,
			.import = flow_people(sc, r->c, r->name, "inbox.test", PEOPLE),
			.mailbox = r->mailboxes[0],
			.mails = mails,
			.n = COUNT(mails) },
		&r->campaign));
	path = arena_printf(sc->mem, "/api/v1/campaigns/%s", r->campaign);
	OK(client_do(sc, &r->c->api, "GET", path, NULL, &answer));
	OK(client_do(sc, &r->c->api, "PATCH", path,
		arena_printf(sc->mem, "{\"version\":%lld,\"mailboxes\":[\"%s\",\"%s\"]}",
			(long long)json_int(answer, "version", 1), r->mailboxes[0],
			r->mailboxes[1]),
		NULL));
	OK(company_tell(sc, r->c, r->campaign, "launch"));
}

static struct ride begin(struct scope *sc, const char *name)
{
	struct ride r = { .c = flow_company(sc), .name = name };

	r.mailboxes[0] = flow_mailbox(sc, r.c, GAP);
	r.mailboxes[1] = mailbox_on(sc, r.c, add_appliance(sc, &r));
	launch(sc, &r);
	NEED(WAIT_FOR(flow_accepted(sc, r.c->lab, name, NULL) >= 6, FINISH_MS));
	return r;
}

/* The copy, and at least an hour of the plan after it, in which many mails go; then the hub dies
   and comes back from the copy. */
static void set_back(struct scope *sc, struct ride *r)
{
	struct lab *l = r->c->lab;
	const char *at = lab_path(l, arena_printf(sc->mem, "copy-%s", r->name));
	const char *keys = arena_printf(sc->mem, "%s.keys", at);
	const char *seal = arena_printf(sc->mem, "%s.seal", at);
	int64_t before;

	OK(HUB_RUN(sc, l, NULL, "master-key", seal));
	OK(HUB_RUN(sc, l, NULL, "backup", "--out", at, "--keys", keys, "--key-file", seal));
	before = flow_accepted(sc, l, r->name, NULL);
	sleep_ms(FLOW_DAY_MS / 24);
	NEED(WAIT_FOR(flow_accepted(sc, l, r->name, NULL) >= before + 8, FINISH_MS));
	NEED(!flow_is(sc, r->c, r->campaign, "finished"));
	lab_kill_part(l, &l->hub);
	OK(database_make(sc, l, arena_printf(sc->mem, "back_%s", r->name)));
	OK(hub_configure(sc, l, arena_printf(sc->mem, "back_%s", r->name)));
	OK(HUB_RUN(sc, l, NULL, "restore", "--from", at, "--keys", keys, "--key-file", seal));
}

static void start_hub(struct scope *sc, const struct ride *r)
{
	OK(hub_start(sc, r->c->lab));
	for (size_t i = 0; i < COUNT(r->mailboxes); i++)
		flow_hurry(sc, r->c, r->mailboxes[i]);
}

static void check_end(struct scope *sc, struct ride *r)
{
	int64_t twice;

	NEED(WAIT_FOR(flow_is(sc, r->c, r->campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, r->c, r->campaign);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "delivered"), 2 * PEOPLE);
	CHECK_INT(flow_count(sc, r->c, r->campaign, "unknown"), 0);
	CHECK_INT(flow_accepted(sc, r->c->lab, r->name, &twice), 2 * PEOPLE);
	CHECK_INT(twice, 0);
	/* The other tests have one appliance. */
	lab_stop_part(r->c->lab, &r->second);
	OK(HUB_RUN(sc, r->c->lab, NULL, "lost", "--tenant", r->c->name, "--appliance", r->name));
}

TEST(a_hub_set_back_to_a_copy_is_caught_up_by_all_its_appliances)
{
	struct ride r = begin(sc, "setback");

	set_back(sc, &r);
	start_hub(sc, &r);
	check_end(sc, &r);
}

static bool is_catching_up(struct scope *sc, const struct ride *r)
{
	return json_bool(appliance(sc, r->c, r->name), "catching_up", false);
}

TEST(a_restored_hub_sends_nothing_before_the_last_appliance_has_answered)
{
	static const char held[] =
		"SELECT count(*) FROM message m JOIN appliance a ON a.tenant = m.tenant "
		"AND a.id = m.appliance WHERE a.name = 'flow-1' AND m.state IN ('handed', 'queued')";
	struct ride r = begin(sc, "awaited");
	int64_t leased, at;

	set_back(sc, &r);
	lab_kill_part(r.c->lab, &r.second);
	start_hub(sc, &r);
	/* What the first one holds goes out; then everything stands still. */
	NEED(WAIT_FOR(flow_count(sc, r.c, r.campaign, "moving") > 0 &&
			      !json_bool(appliance(sc, r.c, "flow-1"), "catching_up", true),
		FINISH_MS));
	NEED(WAIT_FOR(lab_number(sc, r.c->lab, held) == 0, FINISH_MS));
	NEED(is_catching_up(sc, &r));
	leased = lab_number(sc, r.c->lab, "SELECT count(*) FROM message WHERE state = 'leased'");
	/* Postfix may have some of the second one's still. */
	do {
		at = flow_accepted(sc, r.c->lab, r.name, NULL);
		sleep_ms(1000);
	} while (flow_accepted(sc, r.c->lab, r.name, NULL) > at);
	sleep_ms(2000);
	CHECK_INT(flow_accepted(sc, r.c->lab, r.name, NULL), at);
	CHECK_INT(lab_number(sc, r.c->lab, "SELECT count(*) FROM message WHERE state = 'leased'"),
		leased);
	CHECK(flow_count(sc, r.c, r.campaign, "due") > 0);
	start_second(sc, &r);
	check_end(sc, &r);
	CHECK(appliance(sc, r.c, r.name) && !is_catching_up(sc, &r));
}
