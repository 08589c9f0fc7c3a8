/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* New DKIM keys beside those that sign, and a draft's score, on the real Rspamd. */
#include "mailu/objects.h"
#include "mailu/score.h"
#include "mailu/test/ground.h"
#include "text/json.h"

static struct part_served domains[] = { { "acme.example" } };
static struct part_account boxes[] = { { "ann@acme.example", "Ann", NULL, 0 } };

static struct ground *ready(struct scope *sc)
{
	struct ground *g = ground_up(sc);

	g->accounts = (struct part_accounts){ domains, COUNT(domains), boxes, COUNT(boxes) };
	NEED(ground_settle(sc, g, NULL).state == PART_APPLIED);
	return g;
}

/* The key that NAME's record says, of what the agent reports. */
static const char *key_in(struct scope *sc, const struct objects *o, const char *name)
{
	for (size_t i = 0; i < o->record_count; i++)
		if (str_eq(o->records[i].name, name))
			return strstr(o->records[i].value, "p=");
	return NULL;
}

static const char *signs_now(struct scope *sc, struct ground *g)
{
	const struct json *json;

	OK(ground_api(sc, g, "GET", "/domain/acme.example", NULL, &json));
	return json_text(json, "dns_dkim");
}

TEST(the_next_keys_sign_as_they_were_published_and_the_old_ones_go)
{
	struct ground *g = ready(sc);
	const char *before = signs_now(sc, g), *published, *first;
	struct objects o;

	CHECK(str_starts(before, "k1._domainkey.acme.example. "));
	g->part.next = "k2";
	NEED(ground_apply(sc, g, true).state == PART_APPLIED);
	NEED(ground_settle(sc, g, &o).state == PART_APPLIED);
	published = key_in(sc, &o, "k2._domainkey.acme.example.");
	first = key_in(sc, &o, "k1._domainkey.acme.example.");
	NEED(published && first && !str_eq(published, first));
	CHECK_TEXT(signs_now(sc, g), before);

	g->part.selector = "k2";
	g->part.next = NULL;
	g->part.old = "k1";
	NEED(ground_apply(sc, g, true).state == PART_APPLIED);
	NEED(ground_settle(sc, g, &o).state == PART_APPLIED);
	CHECK(str_starts(signs_now(sc, g), "k2._domainkey.acme.example. "));
	CHECK_TEXT(key_in(sc, &o, "k2._domainkey.acme.example."), published);
	CHECK_TEXT(key_in(sc, &o, "k1._domainkey.acme.example."), first);

	g->part.old = NULL;
	NEED(ground_apply(sc, g, true).state == PART_APPLIED);
	NEED(ground_settle(sc, g, &o).state == PART_APPLIED);
	CHECK(!key_in(sc, &o, "k1._domainkey.acme.example."));
	CHECK_TEXT(ground_run(sc, arena_printf(sc->mem, "ls %s/dkim/acme.example.*", g->root)),
		arena_printf(sc->mem, "%s/dkim/acme.example.k2.key\n", g->root));
	/* As the tests after this one know it. */
	g->part.selector = "k1";
	NEED(ground_apply(sc, g, true).state == PART_APPLIED);
	NEED(ground_settle(sc, g, &o).state == PART_APPLIED);
}

TEST(a_draft_is_scored_by_the_machines_own_rspamd)
{
	static const char spam[] =
		"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
	struct ground *g = ready(sc);
	struct http *http = http_new();
	const struct json *j;
	const char *body;

	for (int bad = 0; bad < 2; bad++) {
		struct out args;

		out_init(&args, sc->mem);
		json_open(&args);
		json_add_text(&args, "user", "ann@acme.example");
		json_add_text(&args, "mail",
			arena_printf(sc->mem,
				"From: Ann <ann@acme.example>\nTo: bob@dest.example\n"
				"Subject: hello\nMessage-ID: <s1@acme.example>\n"
				"Date: Sun, 22 Nov 2026 12:00:00 +0000\n\n%s\n",
				bad ? spam : "Hello"));
		json_close(&args);
		OK(score_ask(sc, http, g->site.scan_port, args.data, &body));
		OK(json_parse(sc, bytes_of(body, strlen(body)), 1 << 20, &j));
		CHECK_INT(json_int(j, "required", 0), 15000);
		CHECK(str_eq(json_text(j, "action"), "reject") == (bad == 1));
		CHECK(json_get(j, "symbols")->count > 0);
	}
	http_free(http);
}
