/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send_kit.h"

#include <string.h>

#include "base/id.h"
#include "content/content.h"
#include "send/message.h"
#include "send/render.h"

SQL(render_test_link, SQL_TENANT,
	"SELECT url FROM link WHERE tenant = $1 AND content = $2 AND n = 1");
SQL(render_test_track, SQL_TENANT,
	"UPDATE campaign SET track_opens = 1, track_clicks = 1 WHERE tenant = $1");
SQL(render_test_host, SQL_DIRECTORY,
	"INSERT INTO host (name, tenant, purpose, scheme, state) "
	"VALUES ('track.acme.example', $1, 'track', 'https', $2) "
	"ON CONFLICT (name) DO UPDATE SET state = excluded.state");

static struct message leased(const struct send_world *w, int64_t contact)
{
	return (struct message){ .id = 4242,
		.workspace = w->workspace,
		.origin = "step",
		.state = "leased",
		.campaign = w->campaign,
		.contact = contact,
		.content = w->content,
		.mailbox = w->mailbox,
		.leased_at = INT64_C(1767225600000) };
}

TEST(the_same_row_makes_the_same_mail)
{
	struct send_world w CLEANUP(kit_send_done);
	struct rendered a, b;
	struct message m;

	kit_send(sc, kit, 10, &w);
	m = leased(&w, kit_contact(sc, &w, "Ada@X.example"));
	OK(render_message(sc, w.hub->render, &m, &a));
	kit->real_ms += DAY_MS;
	OK(render_message(sc, w.hub->render, &m, &b));
	CHECK_TEXT(a.mail, b.mail);
	render_free(w.hub->render);
	w.hub->render = render_new();
	OK(render_message(sc, w.hub->render, &m, &b));
	CHECK_TEXT(a.mail, b.mail);
	CHECK_TEXT(a.to, "Ada@x.example");
	CHECK_TEXT(a.subject, "Hello Ada");
	CHECK(strstr(a.mail, arena_printf(sc->mem, "Message-ID: <%s@acme.example>\n",
				     id_format(sc->mem, ID_MESSAGE, 4242))) != NULL);
	CHECK(strstr(a.mail, "List-Unsubscribe: <https://link.example/u/") != NULL);
	CHECK(strstr(a.mail, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n") != NULL);
}

TEST(both_parts_say_who_sends_and_how_to_leave)
{
	struct send_world w CLEANUP(kit_send_done);
	struct rendered r;
	struct message m;

	kit_send(sc, kit, 10, &w);
	m = leased(&w, kit_contact(sc, &w, "ada@x.example"));
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK(strstr(r.text, "Hi Ada, see this (https://acme.example/a?b=1&c=2)") != NULL);
	CHECK(strstr(r.text,
		      "\n-- \nAcme & Co\n1 Main Street\nUnsubscribe: https://link.example/u/") !=
		NULL);
	CHECK(strstr(r.html, "Acme &amp; Co<br>1 Main Street") != NULL);
	CHECK(strstr(r.html, "<a href=\"https://link.example/u/") != NULL);
}

TEST(a_template_that_says_it_itself_gets_no_footer)
{
	struct send_world w CLEANUP(kit_send_done);
	struct rendered r;
	struct message m;
	struct content draft = { .subject = "S",
		.text = "Stop: {{ unsubscribe_url }}\n{{ postal_address }}\n" };

	kit_send(sc, kit, 10, &w);
	OK(content_save(sc, &draft, &w.content));
	m = leased(&w, kit_contact(sc, &w, "ada@x.example"));
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK(r.html == NULL);
	CHECK(strstr(r.text, "Stop: https://link.example/u/") != NULL);
	CHECK(strstr(r.text, "-- \n") == NULL);
}

TEST(links_are_tracked_on_the_tenants_own_verified_host_alone)
{
	struct send_world w CLEANUP(kit_send_done);
	struct rendered r;
	struct message m;

	kit_send(sc, kit, 10, &w);
	m = leased(&w, kit_contact(sc, &w, "ada@x.example"));
	kit_run(sc, &render_test_track, BIND_NONE);
	kit->real_ms += 2 * SECOND_MS;
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK(strstr(r.html, "/t/") == NULL);
	kit_run(sc, &render_test_host, BIND(V(KIT_TENANT), V("pending")));
	kit->real_ms += 2 * SECOND_MS;
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK(strstr(r.html, "/t/") == NULL);
	kit_run(sc, &render_test_host, BIND(V(KIT_TENANT), V("verified")));
	kit->real_ms += 2 * SECOND_MS;
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK(strstr(r.html, "<a href=\"https://track.acme.example/t/c/") != NULL);
	CHECK(strstr(r.html, "https://acme.example/") == NULL);
	CHECK(strstr(r.html, "<img src=\"https://track.acme.example/t/o/") != NULL);
	/* A test mail is read by its writer: nothing is counted. */
	m.origin = "test";
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK(strstr(r.html, "/t/") == NULL);
}

static enum err make_first(struct scope *sc, void *arg)
{
	struct message *m = arg;

	return message_create(sc,
		&(struct message_new){ .origin = "step",
			.key = "first",
			.workspace = m->workspace,
			.campaign = m->campaign,
			.contact = m->contact,
			.content = m->content,
			.due = now_plan(sc) },
		&m->id);
}

TEST(a_follow_up_without_a_subject_answers_in_the_first_ones_thread)
{
	struct send_world w CLEANUP(kit_send_done);
	struct rendered r;
	struct message first, m;
	struct content draft = { .subject = "", .text = "Still there?\n" };

	kit_send(sc, kit, 10, &w);
	first = leased(&w, kit_contact(sc, &w, "ada@x.example"));
	OK(db_write(sc, make_first, &first));
	OK(content_save(sc, &draft, &w.content));
	m = leased(&w, first.contact);
	m.follow_up = true;
	m.thread = message_rfc_id(sc, first.id, "acme.example");
	OK(render_message(sc, w.hub->render, &m, &r));
	CHECK_TEXT(r.subject, "Re: Hello Ada");
	CHECK(strstr(r.mail, arena_printf(sc->mem, "In-Reply-To: <%s>\n", m.thread)) != NULL);
	CHECK(strstr(r.mail, arena_printf(sc->mem, "References: <%s>\n", m.thread)) != NULL);
}

TEST(a_preview_needs_nobody)
{
	struct send_world w CLEANUP(kit_send_done);
	struct rendered r;

	kit_send(sc, kit, 10, &w);
	OK(render_preview(sc, w.hub->render, w.content, 0, w.mailbox, &r));
	CHECK_TEXT(r.subject, "Hello Alex");
	CHECK(strstr(r.html, "Hi Alex") != NULL);
}

TEST(content_is_one_version_per_wording_and_keeps_what_does_not_parse_out)
{
	struct send_world w CLEANUP(kit_send_done);
	struct content draft = { .subject = "A {{ x", .text = "b" }, found;
	struct content_issue *issues;
	const char *url;
	int64_t id = 0, again = 0;
	size_t n;

	kit_send(sc, kit, 10, &w);
	CHECK_INT(content_save(sc, &draft, &id), ERR_INPUT);
	CHECK_TEXT(sc->field, "subject");
	CHECK(strstr(sc->tell, "Line 1, column 3") != NULL);
	CHECK_INT(id, 0);
	draft.subject = "A {{ contact.plan }}";
	draft.html = "<a href=\"https://a.example/?x&amp;y\">a</a>";
	OK(content_save(sc, &draft, &id));
	OK(content_save(sc, &draft, &again));
	CHECK_INT(again, id);
	OK(content_find(sc, id, &found));
	CHECK_TEXT(found.text, "b");
	OK(db_text(sc, &render_test_link, BIND(V(id)), &url));
	CHECK_TEXT(url, "https://a.example/?x&y");
	OK(content_check(sc, &draft, &issues, &n));
	CHECK_INT(n, 1);
	NEED(n == 1);
	CHECK_TEXT(issues[0].part, "subject");
	CHECK_INT(issues[0].column, 6);
	CHECK(!issues[0].stops);
	CHECK(strstr(issues[0].text, "contact.plan") != NULL);
	draft = (struct content){ .subject = "{{ first_name }}", .text = "{% if %}" };
	OK(content_check(sc, &draft, &issues, &n));
	CHECK_INT(n, 1);
	CHECK(issues[0].stops);
	draft = (struct content){ .subject = "s" };
	CHECK_INT(content_save(sc, &draft, &id), ERR_INPUT);
}
