/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The agent itself with its loop and its database: a part comes, MailU runs, the part says so. */
#include <systemd/sd-event.h>

#include "mailu/test/ground.h"
#include "unit/agent/agent_kit.h"

#include "crypt/secret.h"
#include "mailu/mailu.h"
#include "parts.h"

#define PATIENCE_US (120 * UINT64_C(1000000))
#define STEP_US     (200 * UINT64_C(1000))

static void start(struct ground *g, struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct agent *a = &ak->agent;

	NEED(sd_event_new(&a->loop) >= 0);
	ak->config.docker_socket = GROUND_DOCKER;
	ak->config.mailu_root = g->root;
	ak->config.mailu_project = g->site.project;
	ak->config.mailu_org = g->site.org;
	ak->config.mailu_prefix = g->site.prefix;
	ak->config.mailu_redis = g->site.redis;
	ak->config.mailu_admin_port = g->site.admin_port;
	ak->config.mailu_smtp_port = g->site.smtp_port;
	ak->config.mailu_imap_port = g->site.imap_port;
	ak->config.mailu_scan_port = g->site.scan_port;
	ak->config.mailu_patience_s = g->site.patience_s;
	ak->config.mailu_check_s = 300;
	ak->config.mailu_watch_s = 1;
	/* Once more, with the site. */
	parts_close(TAKE(a->parts));
	mailu_free(TAKE(a->mailu));
	a->mailu = mailu_new(a);
	OK(parts_open(sc, &a->parts));
	OK(mailu_start(sc, a->mailu));
}

static void stop(struct agent_kit *ak)
{
	mailu_free(TAKE(ak->agent.mailu));
	ak->agent.loop = sd_event_unref(ak->agent.loop);
}

static struct wire_part_report report_of(struct agent_kit *ak, const char *name)
{
	struct wire_part_report *list;
	size_t n = parts_reports(&ak->scope, ak->agent.parts, &list);

	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return list[i];
	return (struct wire_part_report){ 0 };
}

static struct wire_part_report await(struct agent_kit *ak, const char *name)
{
	for (uint64_t waited = 0; waited < PATIENCE_US; waited += STEP_US) {
		if (report_of(ak, name).state != PART_APPLYING)
			break;
		NEED(sd_event_run(ak->agent.loop, STEP_US) >= 0);
	}
	return report_of(ak, name);
}

static void take(struct agent_kit *ak, const char *name, struct bytes body, int64_t version)
{
	struct scope *sc = &ak->scope;
	unsigned char hash[HASH_BYTES];
	struct wire_part m = { .name = name, .version = version };
	bool changed;

	sha256(body, hash);
	m.hash = str_hex(sc->mem, hash, sizeof hash);
	m.body = arena_copy(sc->mem, body.data, body.len);
	OK(parts_take(sc, ak->agent.parts, &m, &changed));
	CHECK_INT(report_of(ak, name).state, PART_APPLYING);
}

/* A subnet that is somebody else's is refused with its reason; a mailbox that comes at the same
   time is made in the MailU that runs. */
static void check_part_by_part(struct ground *g, struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct part_mailu taken = g->part;
	struct part_served domain = { "acme.example" };
	struct part_account two[] = { { "ann@acme.example", "Ann", NULL, 0 },
		{ "bob@acme.example", "Bob", NULL, 0 } };
	const struct part_accounts accounts = { &domain, 1, two, COUNT(two) };
	const char *secrets = arena_printf(sc->mem, "%s/mailu.secrets", ak->config.state_dir);
	struct mailu_secrets secret;
	struct http *http = http_new();

	ground_run(sc, "ip address add 192.168.77.1/24 dev lo");
	taken.version = "2024.06.57";
	taken.subnet = "192.168.77.0/24";
	take(ak, "mailu", wire_put_mailu(sc, &taken), 9);
	take(ak, "accounts", wire_put_accounts(sc, &accounts), 3);
	CHECK_INT(await(ak, "mailu").state, PART_ERROR);
	CHECK_TEXT(report_of(ak, "mailu").reason, "the subnet 192.168.77.0/24 is in use on lo");
	CHECK_INT(await(ak, "accounts").state, PART_APPLIED);
	OK(mailu_secrets(sc, secrets, &secret));
	OK(api_call(sc, &(struct api){ http, g->site.admin_port, secret.api_token }, "GET",
		"/user/bob@acme.example", NULL, NULL));
	http_free(http);
	ground_run(sc, "ip address del 192.168.77.1/24 dev lo");
}

/* Why nothing may leave begins with WHY; NULL: it may. */
static bool await_held(struct agent_kit *ak, const char *why)
{
	for (uint64_t waited = 0; waited < PATIENCE_US; waited += STEP_US) {
		struct mailu_health h = mailu_health(&ak->scope, ak->agent.mailu);

		if (why ? h.held && str_starts(h.held, why) : !h.held)
			return true;
		NEED(sd_event_run(ak->agent.loop, STEP_US) >= 0);
	}
	return false;
}

/* Containers run on without their engine, but nobody looks after them: nothing leaves until it is
   back, which starts them anew. */
static void check_without_engine(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	const char *again = ground_run(sc, "tr '\\0' ' ' </proc/$(cat /run/docker.pid)/cmdline");

	CHECK(await_held(ak, NULL));
	ground_run(sc, "kill -9 $(cat /run/docker.pid); rm /run/docker.pid");
	CHECK(await_held(ak, "Docker does not answer at " GROUND_DOCKER));
	ground_run(sc, arena_printf(sc->mem, "setsid %s </dev/null >/dev/null 2>&1 &", again));
	CHECK(await_held(ak, NULL));
}

TEST(an_agent_that_ends_while_it_works_goes_on_and_reports)
{
	struct ground *g = ground_fresh(sc);
	struct part_served domain = { "acme.example" };
	struct part_account ann = { "ann@acme.example", "Ann", NULL, 0 };
	const struct part_accounts accounts = { &domain, 1, &ann, 1 };
	struct wire_record *records;
	struct agent_kit ak;
	struct box smtp;

	agent_kit_open(sc, kit, &ak);
	start(g, &ak);
	take(&ak, "mailu", wire_put_mailu(sc, &g->part), 7);
	stop(&ak);
	agent_kit_restart(&ak);
	CHECK_INT(report_of(&ak, "mailu").state, PART_APPLYING);
	start(g, &ak);
	CHECK_INT(await(&ak, "mailu").state, PART_APPLIED);
	smtp = ground_box(sc, g, "smtp");
	CHECK_INT(smtp.state, BOX_RUNS);

	/* Mailboxes come with it, and their records. */
	take(&ak, "accounts", wire_put_accounts(sc, &accounts), 2);
	CHECK_INT(await(&ak, "accounts").state, PART_APPLIED);
	CHECK_INT((int64_t)mailu_records(sc, ak.agent.mailu, &records), 3);

	/* What is taken for good is not done again by a restart. */
	stop(&ak);
	agent_kit_restart(&ak);
	CHECK_INT(report_of(&ak, "mailu").state, PART_APPLIED);
	start(g, &ak);
	g->part.version = "2024.06.99";
	take(&ak, "mailu", wire_put_mailu(sc, &g->part), 8);
	CHECK_INT(await(&ak, "mailu").state, PART_REVERTED);
	CHECK_INT(report_of(&ak, "mailu").version, 8);
	CHECK_TEXT(ground_box(sc, g, "smtp").id, smtp.id);
	check_part_by_part(g, &ak);
	check_without_engine(&ak);
	stop(&ak);
	ak.agent.mailu = mailu_new(&ak.agent);
	agent_kit_close(&ak);
}
