/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What MailU says to a mail that is handed in, by the agent's own client: each reply once, and what
 * is made of it. Only what speaks of the mail itself may end it; all else is tried again.
 */
#include "mailu/reply.h"
#include "mailu/test/ground.h"
#include "mailu/token.h"
#include "net/smtp.h"
#include "world/proc.h"

#define PATIENCE_MS (60 * SECOND_MS)
#define ANN         "ann@acme.example"
#define DATE        "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
#define GTUBE       "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"

static struct part_served domains[] = { { "acme.example" } };
static struct part_account boxes[] = { { ANN, "Ann", NULL, 0 } };

static struct ground *ready(struct scope *sc)
{
	struct ground *g = ground_up(sc);

	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_settle(sc, g, NULL).state == PART_APPLIED);
	return g;
}

/* By Ann, from SENDER, with further HEADERS. */
static struct smtp_result hand_in(struct scope *sc, struct ground *g, const char *password,
	const char *sender, const char *headers, const char *text)
{
	const struct smtp_config c = { .host = "127.0.0.1",
		.port = g->site.smtp_port,
		.user = ANN,
		.password = password,
		.tls = true,
		.unverified = true };
	const char *mail = arena_printf(sc->mem,
		"From: Ann <" ANN ">\r\nTo: bob@dest.example\r\nSubject: hello\r\n"
		"Message-ID: <reply@acme.example>\r\n%s\r\n%s",
		headers, text);
	struct smtp_result r = { 0 };
	struct smtp *smtp;

	OK(smtp_open(sc, &c, &smtp));
	OK(smtp_send(sc, smtp, sender, "bob@dest.example", bytes_of(mail, strlen(mail)), &r));
	smtp_close(smtp);
	return r;
}

static const char *password_of(struct scope *sc, struct ground *g)
{
	const char *password;

	OK(token_find(sc, arena_printf(sc->mem, "%s/mailu.tokens", g->folder), ANN, &password));
	return password;
}

static struct smtp_result hand_in_plain(struct scope *sc, struct ground *g)
{
	return hand_in(sc, g, password_of(sc, g), ANN, DATE, "hello\r\n");
}

/* It ends the mail: it was refused, and not because of us. */
static bool ends_the_mail(const struct smtp_result *r)
{
	return r->outcome == SMTP_REFUSED && !reply_blames_us(r->code, r->text);
}

static void check_reply(const struct smtp_result *r, int code, const char *text, bool ends)
{
	bool fits = r->code == code && strstr(r->text, text) && ends_the_mail(r) == ends;

	if (!fits)
		fprintf(stderr, "%d %s (%d), expected %d %s\n", r->code, r->text, r->outcome, code,
			text);
	CHECK(fits);
}

static void check_taken(struct scope *sc, struct ground *g)
{
	int64_t end = clock_mono() + PATIENCE_MS;
	struct smtp_result r = hand_in_plain(sc, g);

	while (r.outcome != SMTP_QUEUED && clock_mono() < end) {
		sleep_ms(200);
		r = hand_in_plain(sc, g);
	}
	CHECK_INT(r.outcome, SMTP_QUEUED);
	CHECK(r.queue_id != NULL);
}

static void docker(struct scope *sc, struct ground *g, const char *what, const char *service)
{
	ground_run(sc, arena_printf(sc->mem, "docker -H unix://" GROUND_DOCKER " %s %s", what,
			       ground_box(sc, g, service).id));
}

TEST(what_mailu_says_to_a_mail_is_told_from_what_it_says_of_us)
{
	struct ground *g = ready(sc);
	const char *password = password_of(sc, g);
	struct smtp_result r;

	check_taken(sc, g);
	r = hand_in(sc, g, "0123456789abcdef0123456789abcdef", ANN, DATE, "hello\r\n");
	check_reply(&r, 535, "Authentication failed", false);
	r = hand_in(sc, g, password, "nobody@acme.example", DATE, "hello\r\n");
	check_reply(&r, 550, "Sender address rejected: User unknown", false);
	r = hand_in(sc, g, password, "postmaster@acme.example", DATE, "hello\r\n");
	check_reply(&r, 553, "Sender address rejected: not owned by user " ANN, false);
	r = hand_in(sc, g, password, ANN, DATE, GTUBE);
	check_reply(&r, 554, "Gtube pattern", true);
	/* Nothing of it is left behind for the next. */
	check_taken(sc, g);
}

/* Rspamd may ask for patience; that is no word about the mail. */
TEST(a_soft_reject_of_rspamd_and_one_that_is_away_are_waited_for)
{
	struct ground *g = ready(sc);
	struct smtp_result r;

	docker(sc, g, "stop -t 1", "antispam");
	r = hand_in_plain(sc, g);
	check_reply(&r, 451, "Service unavailable - try again later", false);
	ground_run(sc, arena_printf(sc->mem,
			       "printf 'rules { SOFT { action = \"soft reject\"; "
			       "expression = \"MISSING_DATE\"; } }\\n' "
			       ">%s/overrides/rspamd/force_actions.conf",
			       g->root));
	OK(stack_recreate(sc, &g->stack, "antispam"));
	OK(stack_wait(sc, &g->stack));
	check_taken(sc, g);
	r = hand_in(sc, g, password_of(sc, g), ANN, "", "hello\r\n");
	check_reply(&r, 451, "Try again later", false);
	ground_run(sc, arena_printf(sc->mem, "rm %s/overrides/rspamd/force_actions.conf", g->root));
	OK(stack_recreate(sc, &g->stack, "antispam"));
	OK(stack_wait(sc, &g->stack));
	check_taken(sc, g);
}

TEST(an_admin_that_is_away_and_one_that_counts_are_waited_for)
{
	struct ground *g = ready(sc);
	struct smtp_result r;

	docker(sc, g, "stop -t 1", "admin");
	r = hand_in_plain(sc, g);
	check_reply(&r, 454, "Temporary authentication failure", false);
	/* Its own limit of mails, which our mailboxes are exempt from. */
	ground_run(
		sc, arena_printf(sc->mem,
			    "sed -i 's/^MESSAGE_RATELIMIT_EXEMPTION=.*/MESSAGE_RATELIMIT=0\\/day/' "
			    "%s/admin.env",
			    g->root));
	OK(stack_recreate(sc, &g->stack, "admin"));
	OK(stack_wait(sc, &g->stack));
	r = hand_in_plain(sc, g);
	check_reply(&r, 450, "You are sending too many emails too fast", false);
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
	check_taken(sc, g);
}

TEST(a_postfix_that_front_cannot_reach_or_that_cannot_ask_is_waited_for)
{
	struct ground *g = ready(sc);
	struct smtp_result r;

	ground_exec(sc, g, "smtp", "pkill -x double");
	r = hand_in_plain(sc, g);
	check_reply(&r, 451, "", false);
	ground_exec(sc, g, "smtp", "postconf -MX 10025/inet && postfix reload");
	while (hand_in_plain(sc, g).code == 451)
		sleep_ms(100);
	r = hand_in_plain(sc, g);
	check_reply(&r, 454, "Account is temporarily unavailable", false);
	docker(sc, g, "restart -t 1", "smtp");
	OK(stack_wait(sc, &g->stack));
	check_taken(sc, g);
}
