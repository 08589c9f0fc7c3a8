/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "place.h"

#include <sys/stat.h>

#include "base/id.h"
#include "world/browser.h"

#define ENDED_MS  120000
#define MAILBOXES 8

#define PARAGRAPH                                                                                  \
	"<p style=\"margin:0 0 16px;font-size:16px;line-height:24px\">We looked at how teams of "  \
	"your size answer their customers, and where the hours go. Most of them write the same "   \
	"four letters again and again; the others never find the time to write at all.</p>\n"

/* About 2 KiB of HTML: five variables, a condition, three links. */
static const struct mail_wish mails[] = {
	{ .subject = "{{ contact.first_name | default: 'Hello' }}, a question",
		.html = "<h1>Dear {{ contact.name }},</h1>\n" PARAGRAPH
			"<p>{% if contact.company %}How does {{ contact.company }} do it?{% else %}"
			"How do you do it?{% endif %} <a href=\"https://bench.test/study?from=mail\">"
			"Here is the study</a>.</p>\n" PARAGRAPH PARAGRAPH
			"<p>You may also <a href=\"https://bench.test/talk\">talk to us</a> or "
			"<a href=\"https://bench.test/try\">try it yourself</a>.</p>\n" PARAGRAPH
				PARAGRAPH "<p>Yours, {{ sender.name }}, {{ workspace.name }}<br>"
			"{{ company.name }}</p>\n" },
	{ .wait_ms = 3 * DAY_MS, .html = "<p>Dear {{ contact.name }}, have you had time?</p>" },
};

/* ---- machines ---- */

static enum err enrol_box(struct scope *sc, struct place *p, int i)
{
	const char *name = arena_printf(sc->mem, "bench-%d", i), *token = NULL;
	const char *folder = lab_path(p->lab, name);
	const char *config = arena_printf(sc->mem, "%s.conf", folder);
	struct box *b = &p->boxes[i];
	enum err e;

	if (mkdir(folder, 0700) < 0)
		return fail(sc, ERR_AWAY, "cannot make %s: %m", folder);
	e = lab_write(sc, config, arena_printf(sc->mem, "state_dir = %s\n", folder));
	if (!e)
		e = HUB_RUN(sc, p->lab, &token, "enrol-token", "--tenant", p->company.name,
			"--appliance", name);
	if (!e)
		e = agent_enrol_as(sc, p->lab, config, token);
	if (e)
		return e;
	b->folder = folder;
	b->id = raw_number(
		p->db, arena_printf(sc->mem, "SELECT id FROM appliance WHERE name = '%s'", name));
	p->box_count++;
	return ERR_NONE;
}

/* ---- the company ---- */

static enum err make_campaign(struct scope *sc, struct place *p)
{
	/* Nothing that could be noticed: a thousand mails a second from each. */
	const struct pace_wish pace = {
		.cap = 100000, .gap_ms = 1, .jitter_ms = 1, .to_minute = 24 * 60
	};
	const char *mailbox = NULL, *campaign = NULL;
	enum err e;

	if (p->box_count)
		p->company.appliance = id_format(p->lab->mem, ID_APPLIANCE, p->boxes[0].id);
	e = company_domain(sc, &p->company, "bench.test");
	if (!e)
		e = company_mailbox(sc, &p->company, "pia@bench.test", &pace, &mailbox);
	for (int i = 1; i < MAILBOXES && !e; i++)
		e = company_mailbox(
			sc, &p->company, arena_printf(sc->mem, "pia%d@bench.test", i), &pace, NULL);
	if (!e && !p->box_count)
		e = company_wait_online(sc, &p->company);
	if (!e)
		e = company_campaign(sc, &p->company,
			&(struct campaign_wish){
				.name = "Bench", .mails = mails, .n = COUNT(mails) },
			&campaign);
	if (e)
		return e;
	p->campaign_text = arena_text(p->lab->mem, campaign);
	if (!id_parse(campaign, ID_CAMPAIGN, &p->campaign) ||
		!id_parse(mailbox, ID_MAILBOX, &p->mailbox))
		return fail(sc, ERR_UPSTREAM, "the campaign has no id");
	p->tenant = raw_number(p->db, "SELECT tenant FROM campaign");
	p->workspace = raw_number(p->db, "SELECT workspace FROM campaign");
	p->node =
		raw_number(p->db, "SELECT id FROM node WHERE kind = 'step' ORDER BY rank LIMIT 1");
	p->content = raw_number(
		p->db, "SELECT content FROM node WHERE kind = 'step' ORDER BY rank LIMIT 1");
	return ERR_NONE;
}

static enum err start(struct scope *sc, struct place *p)
{
	enum err e = hub_prepare(sc, p->lab);

	if (!e)
		e = broker_start(sc, p->lab);
	if (!e)
		e = hub_start(sc, p->lab);
	if (!e)
		e = company_found(sc, p->lab, "Bench Ltd", "pia@bench.test", &p->company);
	if (!e)
		e = raw_open(sc, p->file, &p->db);
	return e;
}

static enum err start_agent(struct scope *sc, struct place *p)
{
	enum err e = postfix_start(sc, p->lab);

	if (!e)
		e = postfix_do(sc, p->lab, "discard");
	return e ? e : company_enrol(sc, &p->company, "bench");
}

enum err place_open(struct scope *sc, const struct bench *b, int boxes, struct place *p)
{
	const struct lab_config config = {
		.db = LAB_SQLITE, .agent_more = "injectors = 10\n", .keep = getenv("KEEP") != NULL
	};
	enum err e = lab_open(sc, &config, &p->lab);

	(void)b;
	if (e)
		return e;
	p->file = lab_path(p->lab, "hub/penguin.db");
	e = start(sc, p);
	for (int i = 0; i < boxes && !e; i++)
		e = enrol_box(sc, p, i);
	if (!e && !boxes)
		e = start_agent(sc, p);
	return e ? e : make_campaign(sc, p);
}

void place_close(struct place *p)
{
	for (int i = 0; i < p->box_count; i++)
		box_leave(&p->boxes[i]);
	company_close(&p->company);
	if (p->db)
		sqlite3_close_v2(p->db);
	lab_close(p->lab);
}

/* The cookie out of curl's jar. */
enum err place_sign_in(struct scope *sc, struct place *p)
{
	struct browser b = browser_new(sc, p->lab, "bench");
	struct bytes jar;
	const char *at;
	enum err e = BROWSER_SEND(sc, &b, "/sign-in",
		arena_printf(sc->mem, "email=%s", p->company.email),
		arena_printf(sc->mem, "password=%s", p->company.password));

	if (!e)
		e = lab_read(sc, b.jar, &jar);
	if (e)
		return e;
	at = strstr(arena_copy(sc->mem, jar.data, jar.len), "pm_session\t");
	if (!at)
		return fail(sc, ERR_UPSTREAM, "signing in gave no session");
	at += strlen("pm_session\t");
	p->cookie = arena_printf(p->lab->mem, "pm_session=%.*s", (int)strcspn(at, "\n"), at);
	return ERR_NONE;
}

/* ---- rows ---- */

#define NUMBERS "WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < %d) "

/* Where the hub would put the ids of the campaign's people and mails: a random number of 51 bits is
   added. */
static long long campaign_place(const struct place *p)
{
	return id_derive_in(p->tenant, p->campaign, "", "") >> 52 << 52;
}
#define IN_PLACE "%lld + (abs(random()) >> 12)"

static enum err fill_people(struct scope *sc, struct place *p, int n)
{
	int64_t first = new_id(sc);
	enum err e = raw_run(sc, p->db,
		"INSERT INTO contact (tenant, id, workspace, email_key, email, name, company, "
		"state, created) " NUMBERS
		"SELECT %lld, %lld + n, %lld, r || '@inbox.test', r || '@inbox.test', "
		"'Person ' || n, 'Company ' || n, "
		"'active', %lld FROM (SELECT n, lower(hex(randomblob(6))) AS r FROM k)",
		n, (long long)p->tenant, (long long)first, (long long)p->workspace,
		(long long)now_real(sc).ms);

	if (e)
		return e;
	return raw_run(sc, p->db,
		"INSERT INTO enrolment (tenant, id, campaign, contact, round, node, visit, state) "
		"SELECT tenant, " IN_PLACE ", %lld, id, 1, %lld, 1, 'under_way' FROM contact "
		"WHERE id > %lld",
		campaign_place(p), (long long)p->campaign, (long long)p->node, (long long)first);
}

#define WITHOUT_MAIL                                                                               \
	"WHERE e.state = 'under_way' AND NOT EXISTS (SELECT 1 FROM message m "                     \
	"WHERE m.tenant = e.tenant AND m.enrolment = e.id)"

static enum err fill_due(struct scope *sc, struct place *p)
{
	long long now = now_real(sc).ms;
	enum err e = raw_run(sc, p->db,
		"INSERT INTO message (tenant, id, workspace, origin, key, campaign, contact, "
		"enrolment, node, content, state, rank, due, created) SELECT e.tenant, " IN_PLACE
		", %lld, 'step', e.id || '/' || e.node || '/1', e.campaign, "
		"e.contact, e.id, e.node, %lld, 'due', 0, %lld, %lld FROM enrolment e " WITHOUT_MAIL,
		campaign_place(p), (long long)p->workspace, (long long)p->content, now, now);

	return e ? e
		 : raw_run(sc, p->db,
			   "INSERT INTO turn (tenant, due) VALUES (%lld, %lld) ON CONFLICT DO "
			   "UPDATE SET due = excluded.due",
			   (long long)p->tenant, now);
}

static enum err fill_mails(struct scope *sc, struct place *p)
{
	long long now = now_real(sc).ms;
	enum err e = raw_run(sc, p->db, "CREATE TEMP TABLE box (n INTEGER PRIMARY KEY, id BIGINT)");

	for (int i = 0; i < p->box_count && !e; i++)
		e = raw_run(sc, p->db, "INSERT INTO box VALUES (%d, %lld)", i,
			(long long)p->boxes[i].id);
	if (!e)
		e = raw_run(sc, p->db,
			"INSERT INTO message (tenant, id, workspace, origin, key, campaign, "
			"contact, enrolment, node, content, mailbox, appliance, provider, state, "
			"rank, was, due, until, sent_at, created, leased_at, queued_at, queue_id, "
			"tries) SELECT e.tenant, " IN_PLACE ", %lld, 'step', "
			"e.id || '/' || e.node || '/1', e.campaign, e.contact, e.id, e.node, %lld, "
			"%lld, b.id, 'other', 'queued', 3, 'handed', %lld, %lld, %lld, %lld, %lld, "
			"%lld, upper(hex(randomblob(5))), 1 FROM enrolment e JOIN box b "
			"ON b.n = e.contact %% %d " WITHOUT_MAIL,
			campaign_place(p), (long long)p->workspace, (long long)p->content,
			(long long)p->mailbox, now, now + DAY_MS, now, now, now, now, p->box_count);
	return e ? e : raw_run(sc, p->db, "DROP TABLE box");
}

static enum err fill_counters(struct scope *sc, struct place *p, const char *state, int n)
{
	const char *const kinds[] = { "people.audience", "people.under_way", "mail.created",
		state };
	enum err e = ERR_NONE;

	for (size_t i = 0; i < COUNT(kinds) && !e; i++)
		e = raw_run(sc, p->db,
			"INSERT INTO tally (tenant, dim, key, grain, bucket, kind, n) VALUES (%lld, "
			"'campaign', %lld, 'all', 0, '%s', %d) ON CONFLICT DO UPDATE SET n = n + "
			"excluded.n",
			(long long)p->tenant, (long long)p->campaign, kinds[i], n);
	return e;
}

enum err place_fill(struct scope *sc, struct place *p, int n)
{
	enum err e;

	lab_stop_part(p->lab, &p->lab->hub);
	e = raw_run(sc, p->db, "BEGIN IMMEDIATE; UPDATE campaign SET state = 'running'");
	if (!e)
		e = fill_people(sc, p, n);
	if (!e)
		e = fill_mails(sc, p);
	if (!e)
		e = fill_counters(sc, p, "mail.queued", n);
	if (!e)
		e = raw_run(sc, p->db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
	return e ? e : hub_start(sc, p->lab);
}

/* Beside the hub, which finds the tenant's turn within a second. */
enum err place_due(struct scope *sc, struct place *p, int n)
{
	enum err e = raw_run(sc, p->db, "BEGIN IMMEDIATE; UPDATE campaign SET state = 'running'");

	if (!e)
		e = fill_people(sc, p, n);
	if (!e)
		e = fill_due(sc, p);
	if (!e)
		e = fill_counters(sc, p, "mail.due", n);
	return e ? e : raw_run(sc, p->db, "COMMIT");
}

enum err place_wait_ended(struct scope *sc, struct place *p)
{
	const char *sql = arena_printf(sc->mem,
		"SELECT count(*) FROM message WHERE tenant = %lld AND state IN ('due', 'leased', "
		"'handed', 'queued')",
		(long long)p->tenant);
	int64_t until = clock_mono() + ENDED_MS;

	while (raw_number(p->db, sql)) {
		if (clock_mono() > until)
			return fail(sc, ERR_UPSTREAM, "mails do not come to an end: %s",
				lab_log_tail(sc, p->lab, "agent"));
		sleep_ms(10);
	}
	return ERR_NONE;
}

enum err place_copy(struct scope *sc, struct place *p, const char *name, const char **file)
{
	*file = lab_path(p->lab, name);
	return raw_run(sc, p->db, "VACUUM INTO '%s'", *file);
}
