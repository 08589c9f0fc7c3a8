/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The whole way: hub, broker and agent as they are, the agent's own MailU, and the rest of the
 * world. In the order they stand; one lab for all.
 */
#include <signal.h>
#include <stdlib.h>

#include "crypt/secret.h"
#include "mailu/dkim.h"
#include "mailu/test/ground.h"
#include "wire/warmup.h"
#include "world/company.h"
#include "world/wait.h"

#define RATE      3600 /* of the plan's clock */
#define UP_MS     120000
#define FINISH_MS 60000

static const char agent_more[] = "docker.socket = " GROUND_DOCKER "\n"
				 "mailu.root = /run/mailu\n"
				 "mailu.patience_seconds = 90\n"
				 "mailu.check_seconds = 30\n"
				 "mailu.watch_seconds = 1\n";
static const char world_rules[] = "gone@*  550 5.1.1 No such user\n"
				  "later@* defer 1 451 4.7.1 Later\n";

static struct lab *lab;
static struct company company;
static const char *mailbox;

static void close_lab(void)
{
	company_close(&company);
	lab_close(lab);
}

/* A part as an area of the hub would write it. */
static void put_part(struct scope *sc, const char *name, struct bytes body)
{
	unsigned char raw[HASH_BYTES];

	sha256(body, raw);
	OK(lab_sql(sc, lab,
		arena_printf(sc->mem,
			"INSERT INTO part (tenant, appliance, name, version, hash, body, "
			"changed_at) SELECT tenant, id, '%s', 1, '%s', '%s', 1 FROM appliance "
			"WHERE true ON CONFLICT (tenant, appliance, name) DO UPDATE SET "
			"version = part.version + 1, hash = excluded.hash, body = excluded.body, "
			"sent_at = 0; UPDATE uplink SET parts_due = 1;",
			name, str_hex(sc->mem, raw, sizeof raw),
			(const char *)arena_copy(sc->mem, body.data, body.len)),
		NULL));
}

static const char *part_state(struct scope *sc, const char *name)
{
	const char *text = "";

	OK(lab_sql(sc, lab, arena_printf(sc->mem, "SELECT state FROM part WHERE name = '%s'", name),
		&text));
	return str_trim(sc->mem, text);
}

static const char *health(struct scope *sc)
{
	const char *text = "";

	OK(lab_sql(sc, lab, "SELECT health || ' ' || COALESCE(reason, '') FROM appliance LIMIT 1",
		&text));
	return str_trim(sc->mem, text);
}

static void open_lab(struct scope *sc)
{
	const struct lab_config c = { .bin = getenv("BIN"),
		.rate = RATE,
		.agent_more = agent_more,
		.sink_host = SINK_ADDRESS };
	const char *id = NULL;

	OK(lab_open(sc, &c, &lab));
	atexit(close_lab);
	OK(sink_start(sc, lab));
	OK(hub_prepare(sc, lab));
	OK(broker_start(sc, lab));
	OK(hub_start(sc, lab));
	OK(company_found(sc, lab, "Acme", "pia@acme.example", &company));
	OK(company_enrol(sc, &company, "box-1"));
	OK(company_domain(sc, &company, "acme.example"));
	OK(company_mailbox(sc, &company, "ann@acme.example",
		&(struct pace_wish){ .cap = 5000, .to_minute = 24 * 60 }, &id));
	mailbox = arena_text(lab->mem, id);
}

static struct ground *ready(struct scope *sc)
{
	static struct part_served domain = { "acme.example" };
	static struct part_account ann = { "ann@acme.example", "Ann", NULL, 0 };
	const struct part_accounts accounts = { &domain, 1, &ann, 1 };
	struct ground *g;

	if (lab)
		return ground_of(sc);
	g = ground_fresh(sc);
	open_lab(sc);
	put_part(sc, "mailu", wire_put_mailu(sc, &g->part));
	put_part(sc, "accounts", wire_put_accounts(sc, &accounts));
	return g;
}

static const char *launch(struct scope *sc, const char *csv)
{
	static const struct mail_wish wish = { .subject = "Hello {{ name }}",
		.html = "<p>Dear {{ name }}, good day.</p>" };
	const char *import = NULL, *id = NULL;

	OK(company_import(sc, &company, bytes_of(csv, strlen(csv)), &import));
	OK(company_campaign(sc, &company,
		&(struct campaign_wish){ .name = "Flow",
			.import = import,
			.mailbox = mailbox,
			.mails = &wish,
			.n = 1 },
		&id));
	OK(company_tell(sc, &company, id, "launch"));
	return id;
}

static const char *people(struct scope *sc, const char *name, int n)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "email,name\n");
	for (int i = 1; i <= n; i++)
		out_printf(&o, "%s%d@dest.example,Person %d\n", name, i, i);
	return o.data;
}

static int64_t count(struct scope *sc, const char *campaign, const char *what)
{
	const struct json *progress;

	if (company_progress(sc, &company, campaign, &progress, NULL))
		return -1;
	return json_int(progress, what, -1);
}

static bool is(struct scope *sc, const char *campaign, const char *state)
{
	const struct json *progress;
	const char *now = NULL;

	return !company_progress(sc, &company, campaign, &progress, &now) && str_eq(now, state);
}

/* Mails accepted for NAME…@; those of them that came under two queue ids. */
static int64_t accepted(struct scope *sc, const char *name, int64_t *twice)
{
	struct got *rows;
	int64_t n = 0;
	size_t all;

	OK(got_list(sc, lab, &rows, &all));
	*twice = 0;
	for (size_t i = 0; i < all; i++) {
		if (!str_eq(rows[i].what, "accepted") || !str_starts(rows[i].rcpt, name))
			continue;
		n++;
		for (size_t k = 0; k < i; k++)
			*twice += str_eq(rows[k].what, "accepted") &&
				  str_eq(rows[k].message_id, rows[i].message_id) &&
				  !str_eq(rows[k].queue_id, rows[i].queue_id);
	}
	return n;
}

/* p= of the domain's record, as MailU says it. */
static const char *dkim_key(struct scope *sc, struct ground *g)
{
	const char *text = ground_run(sc,
		arena_printf(sc->mem,
			"curl -s -H \"Authorization: Bearer $(sed 's/.*api_token\":\"//;s/\".*//' "
			"%s/agent/mailu.secrets)\" "
			"http://127.0.0.1:%d/api/v1/domain/acme.example",
			lab->folder, g->site.admin_port));
	const char *p = strstr(text, "p=MII");

	NEED(p != NULL);
	p += 2;
	return arena_copy(sc->mem, p, strcspn(p, "\\\" "));
}

/* A figure of make bench. */
static void bench(const char *name, const char *unit, double value)
{
	printf("{\"bench\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"limit\":null,"
	       "\"ratio\":null}\n",
		name, value, unit);
	fflush(stdout);
}

static int64_t rss_anon(const struct proc *p)
{
	char path[40], line[200];
	long long kib = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)p->pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "RssAnon: %lld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

TEST(a_campaign_goes_out_by_a_mailu_that_was_not_there_and_its_mails_are_signed)
{
	struct ground *g = ready(sc);
	const char *id, *mail, *key;
	int64_t began = clock_mono(), twice;

	OK(sink_rules(sc, lab, world_rules));
	id = launch(sc, "email,name\none@dest.example,One\ntwo@other.example,Two\n"
			"gone@dest.example,Gone\nlater@dest.example,Later\n");
	NEED(WAIT_FOR(got_accepted(sc, lab, "one@dest.example") == 1, UP_MS));
	bench("mailu_first_mail_s", "s", (double)(clock_mono() - began) / 1000);
	CHECK_TEXT(part_state(sc, "mailu"), "applied");
	OK(got_mail(sc, lab, "one@dest.example", &mail));
	CHECK(strstr(mail, "DKIM-Signature:") != NULL);
	key = dkim_key(sc, g);
	CHECK_TEXT(dkim_trouble(sc, mail, key), NULL);
	CHECK(strstr(mail, "Subject: Hello One") != NULL);

	/* Deferred mail waits for Postfix's own time, minutes. */
	NEED(WAIT_FOR(count(sc, id, "deferrals") == 1, FINISH_MS));
	ground_exec(sc, g, "smtp", "postqueue -f");
	NEED(WAIT_FOR(is(sc, id, "finished"), FINISH_MS));
	CHECK_INT(count(sc, id, "delivered"), 3);
	CHECK_INT(count(sc, id, "bounced"), 1);
	CHECK_INT(accepted(sc, "", &twice), 3);
	CHECK_INT(twice, 0);
	/* What Postfix says of it lies in the mailbox that it left from. */
	CHECK(WAIT_FOR(strstr(ground_run(sc, "cat /run/mailu/mail/b@acme.example/new/* "
					     "2>/dev/null || :"),
			       "Action: failed") != NULL,
		FINISH_MS));
	CHECK_TEXT(part_state(sc, "accounts"), "applied");
	bench("agent_full_rssanon_kib", "KiB", (double)rss_anon(&lab->agent));
}

/* A mail that a dying Postfix put off waits for minutes, unless somebody asks. */
static bool is_finished_when_flushed(struct scope *sc, struct ground *g, const char *id)
{
	int64_t until = clock_mono() + 5 * SECOND_MS;

	while (clock_mono() < until) {
		if (is(sc, id, "finished"))
			return true;
		sleep_ms(200);
	}
	ground_run(sc, arena_printf(sc->mem,
			       "docker -H unix://" GROUND_DOCKER " exec %s postqueue -f || :",
			       ground_box(sc, g, "smtp").id));
	return false;
}

/* Docker starts them again; whatever broke off is looked for in queue and log. */
TEST(each_container_s_process_is_killed_in_the_middle_and_no_mail_goes_twice)
{
	static const char *const all[] = { "redis", "resolver", "front", "admin", "imap", "smtp",
		"antispam" };
	struct ground *g = ready(sc);
	const char *id = launch(sc, people(sc, "k", 60));
	int64_t twice, got;

	for (size_t i = 0; i < COUNT(all); i++) {
		struct box b = ground_box(sc, g, all[i]);

		NEED(WAIT_FOR(count(sc, id, "delivered") >= (int64_t)i, FINISH_MS));
		if (b.pid > 0)
			kill((pid_t)b.pid, SIGKILL);
	}
	CHECK(WAIT_FOR(is_finished_when_flushed(sc, g, id), FINISH_MS));
	got = accepted(sc, "k", &twice);
	CHECK_INT(twice, 0);
	CHECK_INT(count(sc, id, "delivered") + count(sc, id, "unknown"), 60);
	/* A mail that Postfix delivered without having said so may be unknown; none is lost. */
	CHECK(got >= 60 - count(sc, id, "unknown"));
	CHECK(count(sc, id, "delivered") >= 50);
}

TEST(while_the_hub_is_away_mail_goes_on_and_is_told_of_later)
{
	struct ground *g = ready(sc);
	const char *id = launch(sc, people(sc, "away", 20));
	int64_t twice, began;

	(void)g;
	NEED(WAIT_FOR(count(sc, id, "delivered") >= 1, FINISH_MS));
	lab_kill_part(lab, &lab->broker);
	lab_kill_part(lab, &lab->hub);
	began = clock_mono();
	CHECK(WAIT_FOR(
		accepted(sc, "away", &twice) >= 5 && (clock_mono() - began) * RATE > 10 * MINUTE_MS,
		FINISH_MS));
	lab_stop_part(lab, &lab->agent);
	OK(agent_start(sc, lab));
	OK(broker_start(sc, lab));
	OK(hub_start(sc, lab));
	CHECK(WAIT_FOR(is(sc, id, "finished"), FINISH_MS));
	CHECK_INT(count(sc, id, "delivered"), 20);
	CHECK_INT(accepted(sc, "away", &twice), 20);
	CHECK_INT(twice, 0);
}

/* Everything that leaves the address waits, also what Postfix has already. */
static void stop_by_hand(struct scope *sc, bool stop)
{
	struct part_order order = { .kind = WIRE_LANE_IP, .by = "operator" };
	struct part_warmup part = { .orders = &order, .order_count = stop };

	put_part(sc, "warmup", wire_put_warmup(sc, &part));
}

static int64_t on_hold(struct scope *sc)
{
	const char *said = ground_run(sc, "find /run/mailu/mailqueue/hold -type f | wc -l");

	return strtoll(said, NULL, 10);
}

TEST(a_stop_holds_what_mailu_s_postfix_has_and_its_end_lets_it_go)
{
	struct ground *g = ready(sc);
	const char *id;
	int64_t twice;

	OK(sink_rules(sc, lab, "stay* defer 1000 450 4.2.0 Mailbox busy\n"));
	id = launch(sc, people(sc, "stay", 4));
	NEED(WAIT_FOR(count(sc, id, "deferrals") >= 4, FINISH_MS));
	stop_by_hand(sc, true);
	CHECK(WAIT_FOR(on_hold(sc) == 4, FINISH_MS));
	OK(sink_rules(sc, lab, ""));
	ground_exec(sc, g, "smtp", "postqueue -f");
	stop_by_hand(sc, false);
	CHECK(WAIT_FOR(on_hold(sc) == 0, FINISH_MS));
	CHECK(WAIT_FOR(is_finished_when_flushed(sc, g, id), FINISH_MS));
	CHECK_INT(count(sc, id, "delivered"), 4);
	CHECK_INT(accepted(sc, "stay", &twice), 4);
	CHECK_INT(twice, 0);
}

TEST(mail_goes_no_further_than_a_stopped_container_which_is_mended_and_told_of)
{
	struct ground *g = ready(sc);
	int64_t before =
		lab_number(sc, lab, "SELECT count(*) FROM event WHERE kind = 'appliance.trust'");
	const char *id, *text;

	ground_run(sc, arena_printf(sc->mem, "docker -H unix://" GROUND_DOCKER " kill %s",
			       ground_box(sc, g, "smtp").id));
	CHECK(WAIT_FOR(str_starts(health(sc), "held smtp is ended"), FINISH_MS));
	id = launch(sc, people(sc, "w", 3));
	CHECK(WAIT_FOR(str_starts(health(sc), "ok"), FINISH_MS));
	CHECK(WAIT_FOR(is(sc, id, "finished"), FINISH_MS));
	CHECK_INT(count(sc, id, "delivered"), 3);
	/* That it was held, what was done, that all is well. */
	CHECK(WAIT_FOR(
		lab_number(sc, lab, "SELECT count(*) FROM event WHERE kind = 'appliance.trust'") >=
			before + 3,
		FINISH_MS));
	text = ground_run(sc, arena_printf(sc->mem, "cat %s/log/agent.log", lab->folder));
	CHECK(strstr(text, "smtp restarted: smtp is ended") != NULL);
	lab_stop_part(lab, &lab->agent);
	lab_stop_part(lab, &lab->sink);
}
