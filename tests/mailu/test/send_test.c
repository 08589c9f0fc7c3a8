/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A mail by MailU's submission port, with an application token, out into the world. */
#include "mailu/test/ground.h"
#include "mailu/token.h"
#include "world/proc.h"

#define PATIENCE_MS (60 * SECOND_MS)

static struct part_served domains[] = { { "acme.example" } };
static struct part_account boxes[] = { { "ann@acme.example", "Ann", NULL, 0 } };

/* All that the sink has taken, one after another. */
static const char *arrived(struct scope *sc)
{
	return ground_run(sc, "cat /run/sink/*.eml 2>/dev/null || :");
}

static struct ground *ready(struct scope *sc)
{
	struct ground *g = ground_up(sc);

	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_settle(sc, g, NULL).state == PART_APPLIED);
	if (!ground_answers(SINK_ADDRESS, 25))
		ground_run(sc, arena_printf(sc->mem,
				       "mkdir -p /run/sink && cd /run/sink && "
				       "setsid %s/sink --host " SINK_ADDRESS
				       " --port 25 --mails /run/sink "
				       "</dev/null >/dev/null 2>&1 &",
				       getenv("BIN")));
	return g;
}

/* As Ann, from SENDER; curl's exit status. */
static const char *send_mail(struct scope *sc, struct ground *g, const char *password,
	const char *sender, const char *id)
{
	return ground_run(sc,
		arena_printf(sc->mem,
			"printf 'From: Ann <ann@acme.example>\\r\\nTo: bob@dest.example\\r\\n"
			"Subject: hello\\r\\nMessage-ID: <%s@acme.example>\\r\\n"
			"Date: Sun, 22 Nov 2026 12:00:00 +0000\\r\\n\\r\\nhello\\r\\n' | "
			"curl -sS --insecure --url smtps://127.0.0.1:%d --user ann@acme.example:%s "
			"--mail-from %s --mail-rcpt bob@dest.example --upload-file - 2>&1 || :",
			id, g->site.smtp_port, password, sender));
}

TEST(a_mail_with_a_token_leaves_signed_and_arrives)
{
	struct ground *g = ready(sc);
	const char *file = arena_printf(sc->mem, "%s/mailu.tokens", g->folder), *password, *mail;
	int64_t end = clock_mono() + PATIENCE_MS;

	OK(token_find(sc, file, "ann@acme.example", &password));
	/* A sender of its own for each mail, by a tag, is Ann's. */
	CHECK_TEXT(send_mail(sc, g, password, "ann+m1@acme.example", "m1"), "");
	while (!strstr(mail = arrived(sc), "<m1@acme.example>")) {
		NEED(clock_mono() < end);
		sleep_ms(200);
	}
	CHECK(strstr(mail, "DKIM-Signature:") != NULL);
	CHECK(strstr(mail, "d=acme.example") != NULL);
	CHECK(strstr(mail, "s=k1") != NULL);
	/* What the overrides of Rspamd keep out. */
	CHECK(!strstr(mail, "X-Spamd-Bar"));
	CHECK(!strstr(mail, "Authentication-Results"));
}

TEST(a_wrong_token_and_a_foreign_sender_are_refused)
{
	struct ground *g = ready(sc);
	const char *file = arena_printf(sc->mem, "%s/mailu.tokens", g->folder), *password;

	OK(token_find(sc, file, "ann@acme.example", &password));
	CHECK(strstr(send_mail(sc, g, "0123456789abcdef0123456789abcdef", "ann@acme.example", "m2"),
		      "curl: (67)") != NULL);
	CHECK(strstr(send_mail(sc, g, password, "postmaster@acme.example", "m3"), "553") != NULL);
	CHECK(!strstr(arrived(sc), "<m2@acme.example>"));
	CHECK(!strstr(arrived(sc), "<m3@acme.example>"));
}
