/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow.h"

#include <stdlib.h>

#include "base/out.h"

/* Each lab waits most of its time. */
const int kit_jobs = 4;

/* One in each process: its tests run one after another, and what they share is slow to start. */
static struct lab *shared;
static struct company company;
static bool mailers_run, company_runs;
static int mailboxes;

static void close_shared(void)
{
	company_close(&company);
	lab_close(shared);
	shared = NULL;
}

enum lab_db flow_db(void)
{
	return str_eq(getenv("DB"), "postgres") ? LAB_POSTGRES : LAB_SQLITE;
}

static struct lab *open_shared(struct scope *sc)
{
	const struct lab_config c = {
		.db = flow_db(), .rate = FLOW_RATE, .keep = getenv("KEEP") != NULL
	};

	if (!shared) {
		OK(lab_open(sc, &c, &shared));
		atexit(close_shared);
		if (c.keep)
			fprintf(stderr, "everything stays in %s\n", shared->folder);
	}
	return shared;
}

struct lab *flow_mailers(struct scope *sc)
{
	struct lab *l = open_shared(sc);

	if (!mailers_run) {
		OK(sink_start(sc, l));
		OK(postfix_start(sc, l));
		mailers_run = true;
	}
	return l;
}

/* Shown once: every later test would fail for the same reason. */
static void need_part(struct scope *sc, enum err e, const char *part)
{
	if (e)
		fprintf(stderr, "\n%s\n---- %s ----\n%s\n", sc->why, part,
			lab_log_tail(sc, shared, part));
	NEED(e == ERR_NONE);
}

bool flow_has_company(void)
{
	return company_runs;
}

struct company *flow_company(struct scope *sc)
{
	struct lab *l = flow_mailers(sc);

	if (company_runs) {
		/* What fell in the test before is that test's failure alone. */
		if (!proc_is_alive(&l->hub))
			need_part(sc, hub_start(sc, l), "hub");
		if (!proc_is_alive(&l->agent))
			need_part(sc, agent_start(sc, l), "agent");
		return &company;
	}
	NEED(l->hub.pid == 0);
	if (flow_db() == LAB_POSTGRES)
		need_part(sc, postgres_start(sc, l), "postgres");
	need_part(sc, hub_prepare(sc, l), "hub");
	need_part(sc, broker_start(sc, l), "broker");
	need_part(sc, hub_start(sc, l), "hub");
	need_part(sc, company_found(sc, l, "Flow Ltd", "pia@flow.test", &company), "hub");
	need_part(sc, company_enrol(sc, &company, "flow-1"), "agent");
	need_part(sc, company_domain(sc, &company, "flow.test"), "hub");
	company_runs = true;
	return &company;
}

void flow_mail(struct scope *sc, struct lab *l, const char *from, const char *to)
{
	const char *const argv[] = { "smtp-source", "-m", "1", "-f", from, "-t", to,
		arena_printf(sc->mem, "127.0.0.1:%d", l->smtp_port), NULL };
	struct proc_spec spec = { "smtp-source", argv, NULL, NULL, 0, 0 };

	OK(proc_run(sc, &spec, 20000, NULL));
}

const char *flow_mailbox(struct scope *sc, struct company *c, int64_t gap_ms)
{
	const struct pace_wish pace = { .cap = 5000, .gap_ms = gap_ms, .to_minute = 24 * 60 };
	const char *id = NULL;

	OK(company_mailbox(
		sc, c, arena_printf(sc->mem, "pia%d@flow.test", ++mailboxes), &pace, &id));
	NEED(id != NULL);
	return id;
}

void flow_hurry(struct scope *sc, struct company *c, const char *mailbox)
{
	OK(client_do(sc, &c->api, "PATCH", arena_printf(sc->mem, "/api/v1/mailboxes/%s", mailbox),
		"{\"gap\":1}", NULL));
}

const char *flow_people(
	struct scope *sc, struct company *c, const char *name, const char *domain, int n)
{
	const char *import = NULL;
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "email,name,company\n");
	for (int i = 1; i <= n; i++)
		out_printf(&o, "%s%d@%s,Person %d,Company %d\n", name, i, domain, i, i);
	OK(company_import(sc, c, bytes_of(o.data, o.len), &import));
	return import;
}

const char *flow_launch(
	struct scope *sc, struct company *c, const char *import, const char *mailbox, int mails)
{
	static const struct mail_wish wishes[] = {
		{ .subject = "Hello {{ name }}",
			.html = "<p>Dear {{ name }} of {{ company }}</p>" },
		{ .wait_ms = HOUR_MS, .html = "<p>Once more, {{ name }}</p>" },
	};
	const char *id = NULL;

	OK(company_campaign(sc, c,
		&(struct campaign_wish){ .name = "Flow",
			.import = import,
			.mailbox = mailbox,
			.mails = wishes,
			.n = (size_t)mails },
		&id));
	OK(company_tell(sc, c, id, "launch"));
	return id;
}

int64_t flow_count(struct scope *sc, struct company *c, const char *campaign, const char *what)
{
	const struct json *progress;

	if (company_progress(sc, c, campaign, &progress, NULL))
		return -1;
	return json_int(progress, what, -1);
}

bool flow_is(struct scope *sc, struct company *c, const char *campaign, const char *state)
{
	const struct json *progress;
	const char *is = NULL;

	return !company_progress(sc, c, campaign, &progress, &is) && str_eq(is, state);
}

void flow_check_exact(struct scope *sc, struct company *c, const char *campaign)
{
	const struct json *p = NULL;
	int64_t ended = 0;
	static const char *const ends[] = { "delivered", "bounced", "expired", "unknown", "skipped",
		"failed" };

	OK(company_progress(sc, c, campaign, &p, NULL));
	for (size_t i = 0; i < COUNT(ends); i++)
		ended += json_int(p, ends[i], -1000);
	CHECK_INT(json_int(p, "created", -1), ended + json_int(p, "moving", -1));
	CHECK_INT(json_int(p, "audience", -1), json_int(p, "finished", -1) +
						       json_int(p, "stopped", -1) +
						       json_int(p, "under_way", -1));
	CHECK(json_bool(p, "people_hold", false));
	CHECK(json_bool(p, "mails_hold", false));
}

int64_t flow_accepted(struct scope *sc, struct lab *l, const char *name, int64_t *twice)
{
	struct got *rows;
	int64_t count = 0, double_ids = 0;
	size_t n;

	if (got_list(sc, l, &rows, &n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(rows[i].what, "accepted") || !str_starts(rows[i].rcpt, name))
			continue;
		count++;
		for (size_t k = 0; k < i; k++)
			double_ids += str_eq(rows[k].what, "accepted") &&
				      str_eq(rows[k].message_id, rows[i].message_id) &&
				      !str_eq(rows[k].queue_id, rows[i].queue_id);
	}
	if (twice)
		*twice = double_ids;
	return count;
}

int64_t flow_said(struct scope *sc, struct lab *l, const char *what, const char *name)
{
	struct got *rows;
	int64_t count = 0;
	size_t n;

	if (got_list(sc, l, &rows, &n))
		return -1;
	for (size_t i = 0; i < n; i++)
		count += str_eq(rows[i].what, what) && str_starts(rows[i].rcpt, name);
	return count;
}
