/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What comes back by mail: answers, machines' answers, late bounces, complaints, read from a real
   mailbox, and what they do to the campaign. */
#include "flow.h"

#include "world/dovecot.h"

#define FINISH_MS 40000

/* Returns when the hub has heard of the new process. */
static void restart_agent(struct scope *sc, struct lab *l)
{
	static const char connections[] = "SELECT max(conn) FROM uplink";
	int64_t before = lab_number(sc, l, connections);

	lab_kill_part(l, &l->agent);
	OK(agent_start(sc, l));
	NEED(WAIT_FOR(lab_number(sc, l, connections) > before, FINISH_MS));
}

/* The lab's agent reads ADDRESS's mailbox from now on; of what comes later the server tells. */
static void read_mailbox(
	struct scope *sc, struct company *c, const struct dovecot *d, const char *address)
{
	struct lab *l = c->lab;
	const char *keys = lab_path(l, "inbox.json");
	struct bytes config;

	OK(lab_write(sc, keys,
		arena_printf(sc->mem,
			"[{\"address\":\"%s\",\"password\":\"" DOVECOT_PASSWORD "\"}]", address)));
	OK(lab_read(sc, l->agent_config, &config));
	OK(lab_write(sc, l->agent_config,
		arena_printf(sc->mem,
			"%.*sinbox.host = 127.0.0.1\ninbox.port = %d\ninbox.tls = no\n"
			"inbox.passwords = %s\ninbox.seconds = 600\n",
			(int)config.len, (const char *)config.data, d->port, keys)));
	restart_agent(sc, l);
}

static const char *launch(
	struct scope *sc, struct company *c, const char *mailbox, const char *name, int people)
{
	static const struct mail_wish wishes[] = {
		{ .subject = "First", .html = "<p>First</p>" },
		{ .wait_ms = 300 * DAY_MS, .html = "<p>Second</p>" },
	};
	const char *id = NULL;

	OK(company_campaign(sc, c,
		&(struct campaign_wish){ .name = name,
			.import = flow_people(sc, c, name, "inbox.test", people),
			.mailbox = mailbox,
			.mails = wishes,
			.n = COUNT(wishes) },
		&id));
	OK(company_tell(sc, c, id, "launch"));
	return id;
}

static const char *address_of(struct scope *sc, struct company *c, const char *mailbox)
{
	const struct json *m = NULL;

	OK(client_do(sc, &c->api, "GET", arena_printf(sc->mem, "/api/v1/mailboxes/%s", mailbox),
		NULL, &m));
	NEED(json_text(m, "address") != NULL);
	return json_text(m, "address");
}

/* The Message-ID of the mail that RCPT got. */
static const char *id_of(struct scope *sc, struct company *c, const char *rcpt)
{
	const char *mail, *at;

	OK(got_mail(sc, c->lab, rcpt, &mail));
	at = strstr(mail, "Message-ID: <");
	NEED(at != NULL);
	at += strlen("Message-ID: <");
	return arena_copy(sc->mem, at, strcspn(at, ">"));
}

static int64_t events(struct scope *sc, struct company *c, const char *kind)
{
	return lab_number(sc, c->lab,
		arena_printf(sc->mem, "SELECT count(*) FROM event WHERE kind = '%s'", kind));
}

#define ANSWER(head, text)                                                                         \
	"From: somebody@inbox.test\nTo: pia@flow.test\nSubject: Re: First\n" head                  \
	"In-Reply-To: <%s>\n\n" text "\n"
#define REPORT(type, about)                                                                        \
	"From: MAILER-DAEMON@inbox.test\nSubject: Report\nMIME-Version: 1.0\n"                     \
	"Content-Type: multipart/report; report-type=" type "; boundary=\"B\"\n\n"                 \
	"--B\nContent-Type: text/plain\n\nReport\n--B\nContent-Type: message/" type "\n\n" about   \
	"\n--B\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s>\n\n--B--\n"

static const char *const mails[] = {
	ANSWER("", "Gladly! Call me."),
	ANSWER("Auto-Submitted: auto-replied\n", "I am away."),
	REPORT("delivery-status",
		"Reporting-MTA: dns; inbox.test\n\nFinal-Recipient: rfc822; back3@inbox.test\n"
		"Action: failed\nStatus: 5.1.1\n"
		"Diagnostic-Code: smtp; 550 5.1.1 No such user here\n"),
	REPORT("feedback-report", "Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: 1\n"),
};

static void put_all(struct scope *sc, struct company *c, struct dovecot *d, const char *address)
{
	for (size_t i = 0; i < COUNT(mails); i++) {
		const char *rcpt = arena_printf(sc->mem, "back%zu@inbox.test", i + 1);
		const char *at = strstr(mails[i], "<%s>");

		OK(dovecot_put(sc, d, address,
			arena_printf(sc->mem, "%.*s<%s>%s", (int)(at - mails[i]), mails[i],
				id_of(sc, c, rcpt), at + strlen("<%s>"))));
	}
}

/* A mail about nothing of ours: when it was told of, everything before it was read. */
static void put_last(struct scope *sc, struct company *c, struct dovecot *d, const char *address)
{
	int64_t before = events(sc, c, "mail.received");

	OK(dovecot_put(sc, d, address,
		arena_printf(sc->mem, "From: x@y.test\nSubject: News %d\n\nHi\n", d->mails)));
	NEED(WAIT_FOR(events(sc, c, "mail.received") == before + 1, FINISH_MS));
}

static int64_t stopped_by(
	struct scope *sc, struct company *c, const char *campaign, const char *why)
{
	const struct json *p = NULL;

	OK(company_progress(sc, c, campaign, &p, NULL));
	return json_int(json_get(p, "stopped_by"), why, 0);
}

/* How often an answer to the campaign says WORDS. */
static size_t said(struct scope *sc, struct company *c, const char *campaign, const char *words)
{
	const struct json *p = NULL;
	size_t n = 0;

	OK(client_do(sc, &c->api, "GET",
		arena_printf(sc->mem, "/api/v1/campaigns/%s/answers", campaign), NULL, &p));
	JSON_EACH(a, json_get(p, "list"))
	n += str_eq(json_text(a, "text"), words);
	return n;
}

TEST(what_comes_back_by_mail_stops_whom_it_should_and_is_told_once)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *address = address_of(sc, c, mailbox);
	const char *id = launch(sc, c, mailbox, "back", 4);
	struct bytes config;
	struct dovecot d;
	int64_t seen;

	NEED(WAIT_FOR(flow_count(sc, c, id, "delivered") == 4, FINISH_MS));
	OK(lab_read(sc, c->lab->agent_config, &config));
	OK(dovecot_start(sc, c->lab, &d));
	put_all(sc, c, &d, address);
	read_mailbox(sc, c, &d, address);
	NEED(WAIT_FOR(
		flow_count(sc, c, id, "stopped") == 3 && flow_count(sc, c, id, "auto_replied") == 1,
		FINISH_MS));
	CHECK_INT(flow_count(sc, c, id, "under_way"), 1);
	CHECK_INT(flow_count(sc, c, id, "replied"), 1);
	CHECK_INT(flow_count(sc, c, id, "complained"), 1);
	CHECK_INT(flow_count(sc, c, id, "bounced"), 1);
	CHECK_INT(flow_count(sc, c, id, "delivered"), 3);
	CHECK_INT(stopped_by(sc, c, id, "replied"), 1);
	CHECK_INT(stopped_by(sc, c, id, "bounced"), 1);
	CHECK_INT(stopped_by(sc, c, id, "complained"), 1);
	flow_check_exact(sc, c, id);
	/* What was written follows by another way. */
	NEED(WAIT_FOR(
		said(sc, c, id, "Gladly! Call me.") == 1 && said(sc, c, id, "I am away.") == 1,
		FINISH_MS));
	/* Nothing is read again by the next process, and nothing was changed. */
	put_last(sc, c, &d, address);
	restart_agent(sc, c->lab);
	put_last(sc, c, &d, address);
	CHECK_INT(events(sc, c, "mail.replied"), 1);
	CHECK_INT(events(sc, c, "mail.complained"), 1);
	CHECK_INT(events(sc, c, "letter.came"), 2);
	CHECK_INT(dovecot_count(sc, &d, address, &seen), 6);
	CHECK_INT(seen, 0);
	OK(company_tell(sc, c, id, "cancel"));
	dovecot_stop(&d);
	OK(lab_write(sc, c->lab->agent_config, arena_copy(sc->mem, config.data, config.len)));
	restart_agent(sc, c->lab);
}
