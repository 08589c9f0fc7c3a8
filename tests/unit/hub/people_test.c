/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hub_kit.h"

#include "guard/principal.h"
#include "people/account.h"
#include "people/session.h"

#define PASSWORD "correct horse battery"

static int64_t person(struct scope *sc, const char *email)
{
	struct account_new a = { .email = email, .name = "Some Body", .password = PASSWORD };
	int64_t id = 0;

	OK(account_add(sc, &a, &id));
	return id;
}

static enum err try(struct scope *sc, const char *email, const char *password, const char *from)
{
	struct signin s = { .email = email, .password = password, .from = from, .label = "test" };
	const char *token;

	return session_signin(sc, &s, &token);
}

TEST(an_address_has_one_account_however_it_is_written)
{
	struct account_new again = {
		.email = "ANN@Example.COM", .name = "X", .password = PASSWORD
	};
	struct account a;
	int64_t id, other = 0;

	kit_hub_store(sc, kit);
	id = person(sc, "Ann@example.com");
	CHECK(account_add(sc, &again, &other) == ERR_CONFLICT);
	OK(account_find_email(sc, " ann@EXAMPLE.com ", &a));
	CHECK_INT(a.id, id);
	CHECK_TEXT(a.email, "Ann@example.com");
	CHECK(account_find_email(sc, "bob@example.com", &a) == ERR_MISSING);
}

TEST(weak_passwords_are_refused_by_name)
{
	static const char *const weak[] = { NULL, "", "short", "aaaaaaaaaaaaaaaa",
		"ann@example.com" };

	for (size_t i = 0; i < COUNT(weak); i++) {
		CHECK(account_check_password(sc, weak[i], "Ann@example.com") == ERR_INPUT);
		CHECK_TEXT(sc->field, "password");
	}
	OK(account_check_password(sc, PASSWORD, "ann@example.com"));
}

TEST(signing_in_gives_a_session_that_says_who)
{
	struct signin s = { "ann@example.com", PASSWORD, "192.0.2.1", "Firefox on Linux" };
	struct principal p;
	struct credential *rows;
	const char *token;
	size_t n;
	int64_t id;

	kit_hub_store(sc, kit);
	id = person(sc, "ann@example.com");
	OK(session_signin(sc, &s, &token));
	CHECK(str_starts(token, "pms_"));
	OK(principal_of_session(sc, token, &p));
	CHECK_INT(p.account, id);
	CHECK_INT(p.tenant, 0);
	CHECK_TEXT(p.rights, "");
	CHECK(strlen(p.csrf) == 32);
	CHECK(principal_of_key(sc, token, &p) == ERR_AUTH);
	OK(session_list(sc, id, &rows, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(rows[0].label, "Firefox on Linux");
	OK(session_close(sc, id, rows[0].id));
	CHECK(principal_of_session(sc, token, &p) == ERR_AUTH);
}

TEST(sessions_end_thirty_days_after_their_last_use)
{
	struct signin s = { "ann@example.com", PASSWORD, "192.0.2.1", NULL };
	struct principal p;
	const char *token;

	kit_hub_store(sc, kit);
	person(sc, "ann@example.com");
	OK(session_signin(sc, &s, &token));
	kit->real_ms += 29 * DAY_MS;
	OK(principal_of_session(sc, token, &p));
	kit->real_ms += 29 * DAY_MS;
	OK(principal_of_session(sc, token, &p));
	kit->real_ms += 31 * DAY_MS;
	CHECK(principal_of_session(sc, token, &p) == ERR_AUTH);
}

TEST(wrong_pairs_all_sound_the_same)
{
	const char *first;

	kit_hub_store(sc, kit);
	person(sc, "ann@example.com");
	CHECK(try(sc, "ann@example.com", "wrong", "192.0.2.1") == ERR_INPUT);
	first = sc->tell;
	CHECK(try(sc, "nobody@example.com", "wrong", "192.0.2.1") == ERR_INPUT);
	CHECK_TEXT(sc->tell, first);
	CHECK(try(sc, "not an address", "wrong", "192.0.2.1") == ERR_INPUT);
	CHECK_TEXT(sc->tell, first);
}

TEST(five_failures_close_an_account_for_a_quarter_of_an_hour)
{
	kit_hub_store(sc, kit);
	person(sc, "ann@example.com");
	for (int i = 0; i < 5; i++)
		CHECK(try(sc, "ann@example.com", "wrong", "192.0.2.1") == ERR_INPUT);
	CHECK(try(sc, "Ann@example.com", PASSWORD, "192.0.2.2") == ERR_LIMIT);
	kit->real_ms += 16 * MINUTE_MS;
	CHECK(try(sc, "ann@example.com", PASSWORD, "192.0.2.1") == ERR_NONE);
}

TEST(one_place_cannot_guess_at_many_accounts)
{
	kit_hub_store(sc, kit);
	for (int i = 0; i < 20; i++)
		CHECK(try(sc, arena_printf(sc->mem, "u%d@example.com", i), "wrong", "192.0.2.1") ==
			ERR_INPUT);
	CHECK(try(sc, "other@example.com", "wrong", "192.0.2.1") == ERR_LIMIT);
	CHECK(try(sc, "other@example.com", "wrong", "192.0.2.2") == ERR_INPUT);
}

TEST(a_reset_works_once_and_ends_all_sessions)
{
	struct signin s = { "ann@example.com", PASSWORD, "192.0.2.1", NULL };
	const char *session, *token = NULL, *none = NULL;
	struct principal p;
	int64_t id, whose = 0;

	kit_hub_store(sc, kit);
	id = person(sc, "ann@example.com");
	OK(session_signin(sc, &s, &session));
	OK(reset_ask(sc, "nobody@example.com", "192.0.2.1", &none));
	CHECK(none == NULL);
	OK(reset_ask(sc, "ann@example.com", "192.0.2.1", &token));
	NEED(token != NULL);
	CHECK(reset_use(sc, token, "short", &whose) == ERR_INPUT);
	OK(reset_use(sc, token, "another good one", &whose));
	CHECK_INT(whose, id);
	CHECK(reset_use(sc, token, "another good one", &whose) == ERR_AUTH);
	CHECK(principal_of_session(sc, session, &p) == ERR_AUTH);
	CHECK(try(sc, "ann@example.com", PASSWORD, "192.0.2.1") == ERR_INPUT);
	CHECK(try(sc, "ann@example.com", "another good one", "192.0.2.1") == ERR_NONE);
}

TEST(resets_run_out_after_an_hour_and_after_three)
{
	const char *token = NULL;
	int64_t whose = 0;

	kit_hub_store(sc, kit);
	person(sc, "ann@example.com");
	for (int i = 0; i < 3; i++)
		OK(reset_ask(sc, "ann@example.com", "192.0.2.1", &token));
	CHECK(reset_ask(sc, "ann@example.com", "192.0.2.1", &token) == ERR_LIMIT);
	kit->real_ms += RESET_MS + 1;
	CHECK(reset_use(sc, token, "another good one", &whose) == ERR_AUTH);
}

TEST(a_new_password_ends_the_other_sessions)
{
	struct signin s = { "ann@example.com", PASSWORD, "192.0.2.1", NULL };
	const char *here, *there;
	struct principal p;
	int64_t id;

	kit_hub_store(sc, kit);
	id = person(sc, "ann@example.com");
	OK(session_signin(sc, &s, &here));
	OK(session_signin(sc, &s, &there));
	OK(principal_of_session(sc, here, &p));
	OK(account_set_password(sc, id, "another good one", p.credential));
	OK(principal_of_session(sc, here, &p));
	CHECK(principal_of_session(sc, there, &p) == ERR_AUTH);
}
