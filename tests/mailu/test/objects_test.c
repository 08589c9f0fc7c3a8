/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Domains, keys, mailboxes, aliases and tokens over the REST API. In the order they stand. */
#include <unistd.h>

#include "mailu/records.h"
#include "mailu/test/ground.h"
#include "mailu/token.h"

static struct part_served domains[] = { { "acme.example" }, { "second.example" } };
static struct part_target to_ann[] = { { "ann@acme.example" } };
static struct part_target to_both[] = { { "ann@acme.example" }, { "bob@second.example" } };
static struct part_account boxes[] = { { "ann@acme.example", "Ann", NULL, 0 },
	{ "bob@second.example", NULL, NULL, 0 }, { "hello@acme.example", NULL, to_ann, 1 } };

static struct ground *settled(struct scope *sc)
{
	struct ground *g = ground_up(sc);

	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_settle(sc, g, NULL).state == PART_APPLIED);
	return g;
}

/* A second look finds nothing to do. */
static void check_at_rest(struct scope *sc, struct ground *g)
{
	struct objects o;

	CHECK_INT(ground_settle(sc, g, &o).state, PART_APPLIED);
	CHECK_INT((int64_t)o.changes, 0);
}

static const char *dkim_of(struct scope *sc, struct ground *g, const char *domain)
{
	const struct json *json;

	OK(ground_api(sc, g, "GET", arena_printf(sc->mem, "/domain/%s", domain), NULL, &json));
	return json_text(json, "dns_dkim");
}

static const char *password_of(struct scope *sc, struct ground *g, const char *address)
{
	const char *password;

	OK(token_find(sc, arena_printf(sc->mem, "%s/mailu.tokens", g->folder), address, &password));
	return password;
}

TEST(what_is_wanted_is_there_after_one_run_and_the_second_changes_nothing)
{
	struct ground *g = settled(sc);
	const struct json *json;

	OK(ground_api(sc, g, "GET", "/user/ann@acme.example", NULL, &json));
	CHECK_TEXT(json_text(json, "displayed_name"), "Ann");
	CHECK(!json_bool(json, "spam_enabled", true));
	OK(ground_api(sc, g, "GET", "/user/postmaster@acme.example", NULL, NULL));
	OK(ground_api(sc, g, "GET", "/alias/hello@acme.example", NULL, &json));
	CHECK_TEXT(json_get(json, "destination")->first->text, "ann@acme.example");
	CHECK(dkim_of(sc, g, "second.example") != NULL);
	CHECK_INT((int64_t)strlen(password_of(sc, g, "bob@second.example")), 32);
	check_at_rest(sc, g);
}

TEST(records_of_every_domain_come_as_a_zone_takes_them)
{
	struct ground *g = settled(sc);
	struct objects o;
	size_t keys = 0;

	CHECK_INT(ground_settle(sc, g, &o).state, PART_APPLIED);
	CHECK_INT((int64_t)o.record_count, 6);
	for (size_t i = 0; i < o.record_count; i++) {
		if (!strstr(o.records[i].name, "k1._domainkey."))
			continue;
		keys++;
		CHECK_TEXT(o.records[i].type, "TXT");
		/* More than a string of DNS holds: two of them. */
		CHECK(strlen(o.records[i].value) > 400);
		CHECK(strstr(o.records[i].value, "\" \"") == o.records[i].value + 256);
	}
	CHECK_INT((int64_t)keys, 2);
}

TEST(what_others_changed_is_put_right)
{
	struct ground *g = settled(sc);
	const struct json *json;
	struct objects o;

	OK(ground_api(sc, g, "PATCH", "/user/ann@acme.example",
		"{\"enabled\":false,\"forward_enabled\":true,\"forward_destination\":[\"x@y.example\"]}",
		NULL));
	OK(ground_api(sc, g, "DELETE", "/user/bob@second.example", NULL, NULL));
	OK(ground_api(sc, g, "PATCH", "/alias/hello@acme.example", "{\"destination\":[]}", NULL));
	CHECK_INT(ground_settle(sc, g, &o).state, PART_APPLIED);
	CHECK(o.changes >= 3);
	OK(ground_api(sc, g, "GET", "/user/ann@acme.example", NULL, &json));
	CHECK(json_bool(json, "enabled", false));
	CHECK(!json_bool(json, "forward_enabled", true));
	OK(ground_api(sc, g, "GET", "/user/bob@second.example", NULL, NULL));
	OK(ground_api(sc, g, "GET", "/alias/hello@acme.example", NULL, &json));
	CHECK_INT((int64_t)json_get(json, "destination")->count, 1);
	check_at_rest(sc, g);
}

/* Whichever side has lost it: afterwards there is one token, and its password is known. */
TEST(a_token_that_one_side_lost_is_made_anew_and_no_other_stays)
{
	struct ground *g = settled(sc);
	const char *before = password_of(sc, g, "ann@acme.example");
	const struct json *json;

	unlink(arena_printf(sc->mem, "%s/mailu.tokens", g->folder));
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	CHECK(!str_eq(password_of(sc, g, "ann@acme.example"), before));
	OK(ground_api(sc, g, "GET", "/tokenuser/ann@acme.example", NULL, &json));
	CHECK_INT((int64_t)json->count, 1);
	OK(ground_api(sc, g, "DELETE",
		arena_printf(sc->mem, "/token/%lld", (long long)json_int(json->first, "id", 0)),
		NULL, NULL));
	before = password_of(sc, g, "ann@acme.example");
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	CHECK(!str_eq(password_of(sc, g, "ann@acme.example"), before));
	check_at_rest(sc, g);
}

TEST(what_is_no_longer_wanted_goes_and_what_is_not_ours_stays)
{
	struct ground *g = settled(sc);
	struct objects o;

	OK(ground_api(sc, g, "POST", "/domain", "{\"name\":\"theirs.example\"}", NULL));
	OK(ground_api(sc, g, "POST", "/user",
		"{\"email\":\"cat@theirs.example\",\"raw_password\":\"x\"}", NULL));
	g->accounts.domain_count = 1;
	g->accounts.count = 1;
	CHECK_INT(ground_settle(sc, g, &o).state, PART_APPLIED);
	CHECK_INT((int64_t)o.strangers, 2);
	CHECK_INT(ground_api(sc, g, "GET", "/domain/second.example", NULL, NULL), ERR_MISSING);
	CHECK_INT(ground_api(sc, g, "GET", "/alias/hello@acme.example", NULL, NULL), ERR_MISSING);
	OK(ground_api(sc, g, "GET", "/user/cat@theirs.example", NULL, NULL));
	check_at_rest(sc, g);
}

/* MailU leaves the key behind and takes it up again: what was deleted must not come back to life.
 */
TEST(a_domain_that_comes_back_has_a_new_key)
{
	struct ground *g = settled(sc);
	const char *before = dkim_of(sc, g, "second.example");

	OK(ground_api(sc, g, "DELETE", "/domain/second.example", NULL, NULL));
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	CHECK(!str_eq(dkim_of(sc, g, "second.example"), before));
	before = dkim_of(sc, g, "second.example");
	g->accounts.domain_count = 1;
	g->accounts.count = 1;
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	g = settled(sc);
	CHECK(!str_eq(dkim_of(sc, g, "second.example"), before));
}

TEST(the_traps_of_the_api_are_known)
{
	struct ground *g = settled(sc);

	/* A status of 200 with a code of 400. */
	CHECK_INT(ground_api(sc, g, "GET", "/domain/bad", NULL, NULL), ERR_INPUT);
	/* A trailing slash is answered in HTML. */
	CHECK_INT(ground_api(sc, g, "GET", "/user/", NULL, NULL), ERR_UPSTREAM);
	CHECK(strstr(sc->why, "something else than JSON") != NULL);
	CHECK_INT(ground_api(sc, g, "POST", "/alias", "{\"email\":\"x@acme.example\"}", NULL),
		ERR_UPSTREAM);
	CHECK_INT(ground_api(sc, g, "POST", "/domain", "{\"name\":\"acme.example\"}", NULL),
		ERR_CONFLICT);
	CHECK_INT(ground_api(sc, g, "PATCH", "/domain/none.example", "{}", NULL), ERR_UPSTREAM);
	scope_clear(sc);
	to_both[1].address = "bob@second.example";
	boxes[2].targets = to_both;
	boxes[2].target_count = 2;
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	boxes[2].targets = to_ann;
	boxes[2].target_count = 1;
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	check_at_rest(sc, g);
}

/* Five wrong tokens lock a network out for an hour. The agent's own is exempt, and it slows down by
   itself all the same. */
TEST(a_wrong_token_is_not_tried_again_and_the_right_one_works_at_once)
{
	struct ground *g = settled(sc);
	const char *file = arena_printf(sc->mem, "%s/mailu.secrets", g->folder);
	const char *right = ground_run(sc, arena_printf(sc->mem, "cat %s", file));
	struct work_result r;

	ground_run(sc,
		arena_printf(sc->mem,
			"printf '{\"key\":\"0123456789abcdef0123\",\"api_token\":\"wrong\"}' >%s",
			file));
	for (int i = 0; i < 6; i++) {
		r = ground_settle(sc, g, NULL);
		CHECK_INT(r.state, PART_ERROR);
		CHECK(r.locked_out);
		CHECK_TEXT(r.reason, "MailU's API: 403 Invalid API token");
	}
	ground_run(sc, arena_printf(sc->mem, "printf '%s' >%s", right, file));
	CHECK_INT(ground_settle(sc, g, NULL).state, PART_APPLIED);
	/* Somebody else's network is locked. */
	CHECK(strstr(ground_run(sc, "for i in 1 2 3 4 5 6; do curl -s -H 'X-Real-IP: 203.0.113.7' "
				    "-H 'Authorization: Bearer x' "
				    "http://127.0.0.1:8880/api/v1/relay; done"),
		      "Too many attempts") != NULL);
	check_at_rest(sc, g);
}
