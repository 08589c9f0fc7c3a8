/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send_kit.h"

#include "company_kit.h"

#include <string.h>

#include "audience/contact.h"
#include "event/event.h"
#include "routes.h"
#include "send/message.h"
#include "send/token.h"
#include "track/track.h"
#include "track/track_host.h"
#include "web_kit.h"

struct track_world {
	struct web_kit *web;
	struct send_world w;
	int64_t contact, mail;
	struct token_keys keys;
};

static void start(struct scope *sc, struct kit *kit, struct track_world *t)
{
	t->web = web_kit_start(sc, kit, routes);
	t->web->jar = NULL;
	kit_send_tenant(sc, KIT_TENANT, 2000, 10, &t->w);
	t->contact = kit_contact(sc, &t->w, "ada@x.example");
	t->mail = kit_mail(sc, &t->w, t->contact, "a");
	OK(token_keys_load(sc, &t->keys));
}

static const char *url(struct scope *sc, const struct track_world *t, const char *path,
	enum token_kind kind, int link)
{
	struct token token = { kind, KIT_TENANT, t->mail, link };

	return arena_printf(sc->mem, "%s%s%s", t->web->link, path, token_put(sc, &t->keys, &token));
}

static const char *contact_state(struct scope *sc, int64_t id)
{
	struct contact c = { .state = "?" };

	OK(contact_find(sc, id, &c));
	return c.state;
}

static int64_t counted(struct scope *sc, const struct track_world *t, const char *kind)
{
	struct tally_row *rows;
	size_t n;

	OK(tally_list(sc, "campaign", t->w.campaign, &rows, &n));
	return tally_of(rows, n, kind);
}

TEST(looking_at_the_page_changes_nothing_and_the_button_acts)
{
	struct track_world t;
	struct reply r;

	start(sc, kit, &t);
	r = web_kit_do(t.web, "GET", url(sc, &t, "/u/", TOKEN_UNSUBSCRIBE, 0), NULL);
	CHECK_INT(r.status, 200);
	CHECK(strstr(r.body, "<form method=\"post\">") != NULL);
	CHECK(strstr(r.body, "Acme &amp; Co") != NULL);
	CHECK(strstr(r.head, "Set-Cookie") == NULL);
	CHECK_TEXT(contact_state(sc, t.contact), "active");
	r = web_kit_do(t.web, "POST", url(sc, &t, "/u/", TOKEN_UNSUBSCRIBE, 0), "");
	CHECK_INT(r.status, 200);
	CHECK_TEXT(contact_state(sc, t.contact), "unsubscribed");
	CHECK_INT(counted(sc, &t, "link.unsubscribed"), 1);
	web_kit_stop(t.web);
}

TEST(a_mail_program_unsubscribes_with_one_click_and_twice_is_once)
{
	struct track_world t;
	struct reply r;

	start(sc, kit, &t);
	for (int i = 0; i < 2; i++) {
		r = web_kit_do(t.web, "POST", url(sc, &t, "/u/", TOKEN_UNSUBSCRIBE, 0),
			"List-Unsubscribe=One-Click");
		CHECK_INT(r.status, 200);
	}
	CHECK_TEXT(contact_state(sc, t.contact), "unsubscribed");
	CHECK_INT(counted(sc, &t, "link.unsubscribed"), 1);
	/* Even one that says nothing sensible of its body meant to leave. */
	t.contact = kit_contact(sc, &t.w, "bob@x.example");
	t.mail = kit_mail(sc, &t.w, t.contact, "b");
	t.web->type = "text/plain";
	r = web_kit_do(t.web, "POST", url(sc, &t, "/u/", TOKEN_UNSUBSCRIBE, 0), "what");
	CHECK_INT(r.status, 200);
	CHECK_TEXT(contact_state(sc, t.contact), "unsubscribed");
	web_kit_stop(t.web);
}

TEST(clicks_go_to_the_contents_own_links_and_nowhere_else)
{
	struct track_world t;
	struct reply r;

	start(sc, kit, &t);
	for (int i = 0; i < 2; i++) {
		kit->real_ms += 5;
		r = web_kit_do(t.web, "GET", url(sc, &t, "/t/c/", TOKEN_CLICK, 1), NULL);
		CHECK_INT(r.status, 302);
		CHECK(strstr(r.head, "https://acme.example/a?b=1&c=2\r\n") != NULL);
	}
	CHECK_INT(counted(sc, &t, "link.clicked"), 1);
	r = web_kit_do(t.web, "GET", url(sc, &t, "/t/c/", TOKEN_CLICK, 3), NULL);
	CHECK_INT(r.status, 404);
	/* A token of one kind is no token of another. */
	r = web_kit_do(t.web, "GET", url(sc, &t, "/t/c/", TOKEN_UNSUBSCRIBE, 1), NULL);
	CHECK_INT(r.status, 404);
	r = web_kit_do(t.web, "POST", url(sc, &t, "/u/", TOKEN_CLICK, 1), "");
	CHECK_INT(r.status, 404);
	CHECK_TEXT(contact_state(sc, t.contact), "active");
	web_kit_stop(t.web);
}

TEST(a_pixel_counts_once_and_is_kept_by_nobody)
{
	struct track_world t;
	struct reply r;
	const char *path;

	start(sc, kit, &t);
	path = arena_printf(sc->mem, "%s.gif", url(sc, &t, "/t/o/", TOKEN_OPEN, 0));
	for (int i = 0; i < 3; i++) {
		kit->real_ms += 5;
		r = web_kit_do(t.web, "GET", path, NULL);
		CHECK_INT(r.status, 200);
		CHECK_TEXT(reply_head(t.web, &r, "Cache-Control"), "no-store");
		CHECK_TEXT(reply_head(t.web, &r, "Content-Type"), "image/gif");
	}
	CHECK_INT(counted(sc, &t, "link.opened"), 1);
	web_kit_stop(t.web);
}

TEST(a_damaged_token_is_a_page_that_is_not_there)
{
	struct track_world t;
	char *text;
	size_t len;

	start(sc, kit, &t);
	text = arena_text(sc->mem, url(sc, &t, "/u/", TOKEN_UNSUBSCRIBE, 0));
	len = strlen(text);
	for (size_t i = len - TOKEN_TEXT; i < len; i += 7) {
		char was = text[i];

		text[i] = was == 'A' ? 'B' : 'A';
		CHECK_INT(web_kit_do(t.web, "POST", text, "").status, 404);
		text[i] = was;
	}
	text[len - 1] = 0;
	CHECK_INT(web_kit_do(t.web, "POST", text, "").status, 404);
	CHECK_INT(
		web_kit_do(t.web, "GET", arena_printf(sc->mem, "%s/u/", t.web->link), NULL).status,
		404);
	CHECK_TEXT(contact_state(sc, t.contact), "active");
	web_kit_stop(t.web);
}

static enum err make_test(struct scope *sc, void *arg)
{
	struct track_world *t = arg;

	return message_create(sc,
		&(struct message_new){ .origin = "test",
			.key = "t",
			.workspace = t->w.workspace,
			.contact = t->contact,
			.content = t->w.content,
			.mailbox = t->w.mailbox,
			.rcpt = "me@acme.example",
			.due = now_plan(sc) },
		&t->mail);
}

TEST(leaving_from_a_test_mail_stops_nobody)
{
	struct track_world t;
	struct reply r;

	start(sc, kit, &t);
	OK(db_write(sc, make_test, &t));
	r = web_kit_do(t.web, "POST", url(sc, &t, "/u/", TOKEN_UNSUBSCRIBE, 0), "");
	CHECK_INT(r.status, 200);
	CHECK(strstr(r.body, "test mail") != NULL);
	CHECK_TEXT(contact_state(sc, t.contact), "active");
	web_kit_stop(t.web);
}

SQL(track_test_domain, SQL_TENANT, "UPDATE domain SET name = 'acme.localhost' WHERE tenant = $1");

TEST(a_tracking_host_is_taken_only_when_it_leads_here)
{
	struct track_world t;
	struct track_host *rows;
	const char *port, *name;
	size_t n;

	start(sc, kit, &t);
	port = strrchr(t.web->link, ':') + 1;
	name = arena_printf(sc->mem, "track.acme.localhost:%s", port);
	CHECK_INT(track_host_add(sc, name), ERR_INPUT);
	kit_run(sc, &track_test_domain, BIND_NONE);
	CHECK_INT(track_host_add(sc, "http://track.acme.localhost/"), ERR_INPUT);
	CHECK_INT(track_host_add(sc, "acme.localhost"), ERR_INPUT);
	OK(track_host_add(sc, name));
	OK(track_host_add(sc, "away.acme.localhost:1"));
	OK(track_host_list(sc, &rows, &n));
	CHECK_INT(n, 2);
	CHECK_TEXT(rows[1].state, "pending");
	CHECK_INT(track_host_check(sc, "away.acme.localhost:1"), ERR_CONFLICT);
	OK(track_host_check(sc, name));
	OK(track_host_list(sc, &rows, &n));
	CHECK_TEXT(rows[0].state, "pending");
	CHECK_TEXT(rows[0].reason, "away");
	CHECK_INT(rows[0].fails, 1);
	CHECK_TEXT(rows[1].state, "verified");
	CHECK_TEXT(rows[1].reason, NULL);
	/* Another tenant cannot take what is in use. */
	kit_tenant_add(sc, 1002);
	kit_send_tenant(sc, 1002, 5000, 10, &t.w);
	kit_run(sc, &track_test_domain, BIND_NONE);
	CHECK_INT(track_host_add(sc, name), ERR_CONFLICT);
	CHECK_INT(track_host_remove(sc, name), ERR_MISSING);
	sc->tenant = KIT_TENANT;
	OK(track_host_remove(sc, name));
	web_kit_stop(t.web);
}

SQL(track_test_lost, SQL_DIRECTORY,
	"INSERT INTO host (name, tenant, purpose, scheme, state, target) VALUES "
	"('gone.acme.localhost:1', $1, 'track', 'http', 'verified', 'links.example.org')");

TEST(a_host_that_stops_leading_here_is_used_no_more)
{
	struct track_world t;
	struct track_host h;

	start(sc, kit, &t);
	kit_run(sc, &track_test_lost, BIND(V((int64_t)KIT_TENANT)));
	for (int i = 1; i <= TRACK_HOST_FAILS; i++) {
		run_periodic(sc, "track.hosts");
		OK(track_host_find(sc, "gone.acme.localhost:1", &h));
		CHECK_INT(h.fails, i);
		CHECK_TEXT(h.state, i < TRACK_HOST_FAILS ? "verified" : "pending");
		CHECK(track_host_trouble(sc, &h) != NULL);
		kit->real_ms += HOUR_MS;
	}
	web_kit_stop(t.web);
}

TEST(programs_are_told_apart_roughly)
{
	CHECK_INT(track_agent_of(NULL), AGENT_UNKNOWN);
	CHECK_INT(track_agent_of("Mozilla/5.0 (X11; Linux x86_64) Firefox/130"), AGENT_BROWSER);
	CHECK_INT(track_agent_of("Mozilla/5.0 (via ggpht.com GoogleImageProxy)"), AGENT_PROXY);
	CHECK_INT(track_agent_of("Mozilla/5.0 (compatible; Googlebot/2.1)"), AGENT_MACHINE);
	CHECK_INT(track_agent_of("curl/8"), AGENT_MACHINE);
}
