/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A MailU with mail in it, backed up, destroyed and restored: the same domains, keys and mail. */
#include "mailu/backup.h"

#include <unistd.h>

#include "mailu/test/ground.h"
#include "mailu/token.h"

#define FILE_NAME "/run/mailu.backup"

static struct part_served domains[] = { { "acme.example" } };
static struct part_account boxes[] = { { "ann@acme.example", "Ann", NULL, 0 } };

static const char *dkim_of(struct scope *sc, struct ground *g)
{
	const struct json *json;

	OK(ground_api(sc, g, "GET", "/domain/acme.example", NULL, &json));
	return json_text(json, "dns_dkim");
}

/* What Ann's mailbox holds, as she reads it. */
static const char *mail_of(struct scope *sc, struct ground *g, const char *password)
{
	return ground_run(sc, arena_printf(sc->mem,
				      "curl -sS --insecure --user ann@acme.example:%s "
				      "'imaps://127.0.0.1:%d/INBOX;MAILINDEX=1' 2>&1 || :",
				      password, g->site.imap_port));
}

static void send_to_ann(struct scope *sc)
{
	ground_run(sc,
		"printf 'From: x@dest.example\\r\\nTo: ann@acme.example\\r\\n"
		"Subject: kept\\r\\nMessage-ID: <kept@dest.example>\\r\\n\\r\\nkept\\r\\n' | "
		"curl -sS --url smtp://" OUR_ADDRESS ":25 --mail-from x@dest.example "
		"--mail-rcpt ann@acme.example --upload-file -");
}

TEST(what_was_destroyed_comes_back_from_its_backup)
{
	struct ground *g = ground_up(sc);
	const struct mailu_place place = { g->root, g->folder };
	const char *password, *dkim;
	int64_t end = clock_mono() + 60 * SECOND_MS;
	struct seal_key key;
	struct mailu_sum out, in;
	struct objects o;

	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_settle(sc, g, NULL).state == PART_APPLIED);
	OK(token_find(sc, arena_printf(sc->mem, "%s/mailu.tokens", g->folder), "ann@acme.example",
		&password));
	dkim = dkim_of(sc, g);
	NEED(dkim != NULL);
	send_to_ann(sc);
	while (!strstr(mail_of(sc, g, password), "<kept@dest.example>")) {
		NEED(clock_mono() < end);
		usleep(200 * 1000);
	}
	seal_key_make(&key, 1);
	unlink(FILE_NAME);
	OK(mailu_backup(sc, &place, FILE_NAME, &key, &out));
	ground_fresh(sc);
	CHECK(access(g->root, F_OK) != 0);
	OK(mailu_restore(sc, &place, FILE_NAME, &key, &in));
	CHECK_INT(in.files, out.files);
	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_apply(sc, g, false).state == PART_APPLIED);
	/* All is there: nothing is left to be made. */
	NEED(ground_settle(sc, g, &o).state == PART_APPLIED);
	CHECK_INT((int64_t)o.changes, 0);
	CHECK_TEXT(dkim_of(sc, g), dkim);
	CHECK(strstr(mail_of(sc, g, password), "<kept@dest.example>") != NULL);
	unlink(FILE_NAME);
}

/* What a version writes when it starts, the one before would not understand. */
TEST(an_upgrade_that_fails_leaves_the_database_as_it_was)
{
	static struct part_setting bad[] = { { "no_such_parameter_of_postfix", "yes" } };
	struct ground *g = ground_up(sc);
	struct part_mailu good = g->part;
	struct work_result r;
	struct objects o;

	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_settle(sc, g, NULL).state == PART_APPLIED);
	ground_run(sc, "(until docker -H unix://" GROUND_DOCKER " ps --format '{{.Image}}' | "
		       "grep -q 'admin:2024.06.58'; do sleep 0.1; done; "
		       "sqlite3 /run/mailu/data/main.db 'CREATE TABLE from_the_new (x)') "
		       "</dev/null >/dev/null 2>&1 &");
	g->part.version = "2024.06.58";
	g->part.settings = bad;
	g->part.setting_count = 1;
	r = ground_apply(sc, g, true);
	CHECK_INT(r.state, PART_REVERTED);
	CHECK(strstr(r.reason, "no_such_parameter_of_postfix") != NULL);
	CHECK(strstr(ground_text(sc, g, MAILU_COMPOSE_FILE), "admin:2024.06.57") != NULL);
	CHECK_TEXT(
		ground_run(sc, "sqlite3 /run/mailu/data/main.db .tables | grep from_the_new || :"),
		"");
	CHECK_TEXT(ground_run(sc, "ls /run/mailu | grep before || :"), "");
	g->part = good;
	NEED(ground_settle(sc, g, &o).state == PART_APPLIED);
	CHECK_INT((int64_t)o.changes, 0);
	/* And one that works keeps nothing of the one before. */
	g->part.version = "2024.06.58";
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
	CHECK_TEXT(ground_run(sc, "ls /run/mailu | grep before || :"), "");
	g->part = good;
	CHECK_INT(ground_apply(sc, g, true).state, PART_APPLIED);
}
