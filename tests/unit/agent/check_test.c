/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "mailu/check.h"
#include "mailu/login.h"
#include "mailu/reply.h"

static const struct check_rule smtp = { "smtp", "smtp", 2, CHECK_HOLDS };
static const struct check_rule redis = { "redis", "redis", 2, CHECK_HOLDS_LAST };
static const struct check_rule imap = { "imap", "imap", 1, CHECK_HOLDS_NEVER };
static const struct check_rule disk = { "disk", NULL, 1, CHECK_HOLDS_LAST };

/* One look at SECOND. */
static enum check_remedy see(
	const struct check_rule *rule, struct check *c, enum check_sight sight, int64_t second)
{
	return check_see(rule, c,
		&(struct check_look){
			sight, "smtp is unhealthy", second * SECOND_MS, second * SECOND_MS });
}

TEST(a_trouble_counts_when_it_is_seen_again_and_is_over_at_once)
{
	struct check c = { 0 };

	CHECK_INT(see(&smtp, &c, SIGHT_GOOD, 1), REMEDY_NONE);
	CHECK_INT(see(&smtp, &c, SIGHT_BAD, 2), REMEDY_NONE);
	CHECK_INT(c.state, HEALTH_OK);
	/* Nothing was seen: that speaks neither for nor against it. */
	CHECK_INT(see(&smtp, &c, SIGHT_NONE, 3), REMEDY_NONE);
	CHECK_INT(see(&smtp, &c, SIGHT_BAD, 4), REMEDY_RESTART);
	CHECK_INT(c.state, HEALTH_HELD);
	CHECK_TEXT(c.why, "smtp is unhealthy");
	CHECK_INT(c.since, 4 * SECOND_MS);
	CHECK_INT(see(&smtp, &c, SIGHT_GOOD, 5), REMEDY_NONE);
	CHECK_INT(c.state, HEALTH_OK);
	CHECK_TEXT(c.why, "");
	CHECK_INT(c.since, 5 * SECOND_MS);
}

TEST(restarted_then_made_anew_then_held_with_longer_waits)
{
	struct check c = { 0 };
	int64_t waits[6], last = 0;
	size_t n = 0;

	/* A look in each second, until it has been mended six times. */
	for (int64_t s = 1; n < COUNT(waits) && s < 100000; s++) {
		enum check_remedy due = see(&redis, &c, SIGHT_BAD, s);

		if (!due)
			continue;
		CHECK_INT(due, n == 0 ? REMEDY_RESTART : REMEDY_RECREATE);
		CHECK_INT(c.state, n < 2 ? HEALTH_DEGRADED : HEALTH_HELD);
		waits[n++] = s - last;
		last = s;
		check_tried(&c, true, s * SECOND_MS);
	}
	NEED(n == COUNT(waits));
	CHECK_INT(waits[1], 30);
	CHECK_INT(waits[2], 60);
	CHECK_INT(waits[5], 480);
	/* At last one in half an hour. */
	for (int64_t s = last + 1, end = last + 20000; s < end; s++) {
		if (!see(&redis, &c, SIGHT_BAD, s))
			continue;
		CHECK(s - last <= 30 * 60);
		check_tried(&c, true, s * SECOND_MS);
		last = s;
	}
}

TEST(a_service_that_fails_again_soon_is_not_restarted_for_ever)
{
	struct check c = { 0 };

	CHECK_INT(see(&imap, &c, SIGHT_BAD, 1), REMEDY_RESTART);
	check_tried(&c, true, SECOND_MS);
	CHECK_INT(see(&imap, &c, SIGHT_GOOD, 10), REMEDY_NONE);
	CHECK_INT(see(&imap, &c, SIGHT_BAD, 40), REMEDY_RECREATE);
	check_tried(&c, true, 40 * SECOND_MS);
	CHECK_INT(see(&imap, &c, SIGHT_GOOD, 50), REMEDY_NONE);
	/* Well for long enough: the next trouble is a new one. */
	CHECK_INT(see(&imap, &c, SIGHT_GOOD, 50 + 601), REMEDY_NONE);
	CHECK_INT(see(&imap, &c, SIGHT_BAD, 700), REMEDY_RESTART);
	CHECK_INT(c.state, HEALTH_DEGRADED);
}

TEST(what_follows_from_another_service_gets_time_before_it_is_mended)
{
	struct check c = { 0 };

	see(&smtp, &c, SIGHT_BAD, 1);
	check_tried(&c, false, SECOND_MS);
	CHECK_INT(see(&smtp, &c, SIGHT_BAD, 2), REMEDY_NONE);
	CHECK_INT(c.state, HEALTH_HELD);
	CHECK_INT(see(&smtp, &c, SIGHT_BAD, 32), REMEDY_RESTART);
}

TEST(what_nobody_can_mend_holds_and_a_warning_does_not)
{
	struct check c = { 0 };

	CHECK_INT(see(&disk, &c, SIGHT_POOR, 1), REMEDY_NONE);
	CHECK_INT(c.state, HEALTH_DEGRADED);
	CHECK_INT(see(&disk, &c, SIGHT_BAD, 2), REMEDY_NONE);
	CHECK_INT(c.state, HEALTH_HELD);
}

TEST(a_mail_is_handed_over_by_the_owner_of_its_sender)
{
	CHECK_TEXT(login_of(sc, "b+msg_1@acme.example"), "b@acme.example");
	CHECK_TEXT(login_of(sc, "ann@acme.example"), "ann@acme.example");
	CHECK_TEXT(login_of(sc, "b+x+y@acme.example"), "b@acme.example");
}

TEST(passwords_are_read_anew_when_their_file_is_replaced)
{
	const char *file = arena_printf(sc->mem, "%s/tokens", kit_folder(sc)), *user, *password;
	const char *const texts[] = {
		"[{\"address\":\"b@acme.example\",\"id\":\"1\",\"password\":\"one\"}]",
		"[{\"address\":\"b@acme.example\",\"id\":\"2\",\"password\":\"two\"}]"
	};
	struct logins *l = logins_new(file);

	CHECK_INT(login_find(sc, l, "b+1@acme.example", &user, &password), ERR_MISSING);
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *fresh = arena_printf(sc->mem, "%s.new", file);
		FILE *f = fopen(fresh, "w");

		NEED(f != NULL);
		fputs(texts[i], f);
		fclose(f);
		NEED(rename(fresh, file) == 0);
		scope_clear(sc);
		OK(login_find(sc, l, "b+1@acme.example", &user, &password));
		CHECK_TEXT(user, "b@acme.example");
		CHECK_TEXT(password, i == 0 ? "one" : "two");
	}
	CHECK_INT(login_find(sc, l, "b+1@other.example", &user, &password), ERR_MISSING);
	logins_free(l);
}

TEST(a_refusal_that_speaks_of_our_mailboxes_is_no_fault_of_the_mail)
{
	CHECK(reply_blames_us(550,
		"5.1.0 <b@acme.example>: Sender address rejected: User unknown in virtual "
		"mailbox table"));
	CHECK(reply_blames_us(553, "5.7.1 <x@y>: Sender address rejected: not owned by user b@y"));
	CHECK(reply_blames_us(535, "5.7.8 Authentication failed."));
	CHECK(!reply_blames_us(554, "5.7.1 Spam message rejected"));
	CHECK(!reply_blames_us(550, "5.1.1 <bob@x>: Recipient address rejected: User unknown"));
}
