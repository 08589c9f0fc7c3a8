/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What somebody may do where; who did what; and that nobody is led to what they may not see. */
#include "web_kit.h"

#include "base/id.h"
#include "guard/principal.h"
#include "routes.h"
#include "tenant/audit_html.h"
#include "tenant/invitation.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/workspace.h"

struct office {
	struct web_kit *web;
	int64_t owner, guest, sales, support;
};

/* A company with two workspaces, and somebody without a role. */
static void open_office(struct scope *sc, struct kit *kit, struct office *f)
{
	f->web = web_kit_start(sc, kit, routes);
	OK(workspace_add(sc, "Sales", "UTC", &f->sales));
	OK(workspace_add(sc, "Support", "UTC", &f->support));
	f->owner = web_kit_account(f->web, "owner@example.com", ROLE_OWNER);
	f->guest = web_kit_account(f->web, "guest@example.com", ROLE_VIEWER);
}

static const char *rights_in(struct scope *sc, int64_t account, int64_t workspace)
{
	const char *rights;

	OK(principal_rights(sc, account, workspace, &rights));
	return rights;
}

TEST(a_role_in_one_workspace_holds_there_and_adds_to_the_one_in_all)
{
	struct office f;
	struct permit *rows;
	struct member m;
	size_t n;

	open_office(sc, kit, &f);
	OK(member_set_role(sc, f.guest, f.sales, ROLE_MEMBER));
	CHECK(rights_have(rights_in(sc, f.guest, f.sales), "campaign"));
	CHECK(!rights_have(rights_in(sc, f.guest, f.support), "campaign"));
	CHECK(rights_have(rights_in(sc, f.guest, f.support), "view"));
	OK(member_permits(sc, f.guest, &rows, &n));
	NEED(n >= 2);
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(rows[i].role ? rows[i].role : "",
			rows[i].workspace == f.sales ? ROLE_MEMBER : "");
	OK(member_set_role(sc, f.guest, 0, NULL));
	CHECK_TEXT(rights_in(sc, f.guest, f.support), "");
	OK(member_find(sc, f.guest, &m));
	CHECK_INT(m.places, 1);
	/* What is about the whole company is not given inside. */
	CHECK_INT(member_set_role(sc, f.guest, f.sales, ROLE_ADMIN), ERR_INPUT);
	CHECK_INT(member_set_role(sc, f.guest, 4711, ROLE_MEMBER), ERR_MISSING);
	CHECK_INT(member_set_role(sc, f.owner, 0, NULL), ERR_CONFLICT);
	web_kit_stop(f.web);
}

TEST(somebody_of_one_workspace_lands_there_and_sees_no_other)
{
	struct workspace *spaces;
	struct office f;
	size_t n;
	struct reply r;

	open_office(sc, kit, &f);
	OK(member_set_role(sc, f.guest, f.support, ROLE_MEMBER));
	OK(member_set_role(sc, f.guest, 0, NULL));
	web_kit_signin(f.web, "guest@example.com");
	CHECK_INT(web_kit_do(f.web, "GET", "/", NULL).status, 200);
	r = web_kit_do(f.web, "GET", "/api/v1/me", NULL);
	CHECK(strstr(r.body, id_format(sc->mem, ID_WORKSPACE, f.support)) != NULL);
	OK(workspace_list_of(sc, f.guest, &spaces, &n));
	NEED(n == 1);
	CHECK_TEXT(spaces[0].name, "Support");
	r = web_kit_do(f.web, "POST", "/workspace",
		arena_printf(sc->mem, "workspace=%s", id_format(sc->mem, ID_WORKSPACE, f.sales)));
	CHECK_INT(r.status, 404);
	web_kit_stop(f.web);
}

TEST(an_invitation_may_be_for_one_workspace)
{
	struct office f;
	struct audit *rows;
	const char *token;
	int64_t account;
	size_t n;

	open_office(sc, kit, &f);
	CHECK_INT(invitation_add(sc, "new@example.com", f.sales, ROLE_ADMIN, &token), ERR_INPUT);
	OK(invitation_add(sc, "new@example.com", f.sales, ROLE_MEMBER, &token));
	OK(invitation_accept(sc, token, "New", WEB_KIT_PASSWORD, &account));
	CHECK(rights_have(rights_in(sc, account, f.sales), "campaign"));
	CHECK_TEXT(rights_in(sc, account, f.support), "");
	/* Joining was the guest's own doing. */
	OK(audit_list(sc, &(struct audit_filter){ .who = account, .limit = 5 }, &rows, &n));
	NEED(n == 1);
	CHECK_TEXT(rows[0].action, "member.add");
	CHECK_TEXT(rows[0].name, "New");
	web_kit_stop(f.web);
}

/* ---- nobody is led astray ---- */

/* Links that fetch the page's own address again, or leave the dashboard. */
static bool is_followed(const char *path)
{
	return path[0] == '/' && !str_starts(path, "/assets/");
}

/* Every link of the page at PATH can be opened by who sees it. */
static void follow_links(struct web_kit *w, const char *path)
{
	static const char start[] = "href=\"";
	struct reply page = web_kit_do(w, "GET", path, NULL);

	CHECK_INT(page.status, 200);
	for (const char *at = page.body; (at = strstr(at, start));) {
		const char *to;
		struct reply r;

		at += sizeof start - 1;
		to = arena_copy(w->sc->mem, at, strcspn(at, "\"#"));
		if (!is_followed(to))
			continue;
		r = web_kit_do(w, "GET", to, NULL);
		if (r.status >= 400)
			fprintf(stderr, "\n%s leads to %s, which answers %d\n", path, to, r.status);
		CHECK(r.status < 400);
	}
}

TEST(no_page_leads_a_viewer_to_what_answers_403)
{
	struct office f;

	open_office(sc, kit, &f);
	web_kit_signin(f.web, "guest@example.com");
	for (const struct route *row = routes; row->method; row++)
		if (row->kind == DOOR_PAGE && str_eq(row->method, "GET") &&
			!strpbrk(row->pattern, ":*") && !str_eq(row->pattern, "/live") &&
			(row->need == NEED_VIEW || row->need == NEED_ACCOUNT))
			follow_links(f.web, row->pattern);
	web_kit_stop(f.web);
}

TEST(a_page_that_is_not_there_keeps_the_way_back_for_who_signed_in)
{
	struct office f;
	struct reply r;

	open_office(sc, kit, &f);
	web_kit_signin(f.web, "guest@example.com");
	r = web_kit_do(f.web, "GET", "/nowhere", NULL);
	CHECK_INT(r.status, 404);
	CHECK(strstr(r.body, "href=\"/campaigns\"") != NULL);
	f.web->jar = NULL;
	r = web_kit_do(f.web, "GET", "/nowhere", NULL);
	CHECK_INT(r.status, 404);
	CHECK(strstr(r.body, "href=\"/campaigns\"") == NULL);
	web_kit_stop(f.web);
}

TEST(all_sending_stops_only_when_the_name_was_typed)
{
	struct office f;
	struct reply r;

	open_office(sc, kit, &f);
	web_kit_signin(f.web, "owner@example.com");
	r = web_kit_do(f.web, "POST", "/settings/stop", "typed=Else");
	CHECK_INT(r.status, 422);
	r = web_kit_do(f.web, "POST", "/settings/stop", "typed=Test");
	CHECK_INT(r.status, 303);
	web_kit_stop(f.web);
}

/* ---- who did what ---- */

TEST(the_audit_says_who_did_what_and_can_be_asked_for_one)
{
	struct office f;
	struct reply r;

	open_office(sc, kit, &f);
	web_kit_signin(f.web, "owner@example.com");
	r = web_kit_do(f.web, "POST", "/campaigns", "name=Spring");
	CHECK_INT(r.status, 303);
	r = web_kit_do(f.web, "GET", "/settings/audit", NULL);
	CHECK_INT(r.status, 200);
	CHECK(strstr(r.body, "Made a campaign") != NULL);
	CHECK(strstr(r.body, "href=\"/campaigns/cmp_") != NULL);
	r = web_kit_do(f.web, "GET", "/settings/audit?what=domain.", NULL);
	CHECK(strstr(r.body, "Made a campaign") == NULL);
	r = web_kit_do(f.web, "GET",
		arena_printf(
			sc->mem, "/settings/audit?who=%s", id_format(sc->mem, ID_ACCOUNT, f.guest)),
		NULL);
	CHECK(strstr(r.body, "Made a campaign") == NULL);
	f.web->key = web_kit_key(f.web, f.owner, "view member");
	r = web_kit_do(f.web, "GET", "/api/v1/audit?limit=1&what=campaign.", NULL);
	CHECK_INT(r.status, 200);
	CHECK(strstr(r.body, "\"action\":\"campaign.add\"") != NULL);
	web_kit_stop(f.web);
}

/* Each action that the program writes down has words. */
TEST(no_action_is_shown_as_a_word_of_the_program)
{
	static const char *const some[] = { "apikey.add", "campaign.launch", "campaign.pause",
		"campaign.resume", "campaign.cancel", "contact.add", "contact.stop", "domain.stop",
		"mailbox.state", "tenant.stopped", "track_host.check", "workspace.set" };

	for (size_t i = 0; i < COUNT(some); i++)
		CHECK(!str_eq(audit_word(sc, some[i]), some[i]));
	CHECK_TEXT(audit_word(sc, "new.kind"), "new.kind");
}

/* ---- API keys by the API ---- */

TEST(a_key_makes_no_key_that_may_more_than_itself)
{
	struct office f;
	struct reply r;

	open_office(sc, kit, &f);
	f.web->type = "application/json";
	f.web->key = web_kit_key(f.web, f.owner, "view member");
	r = web_kit_do(
		f.web, "POST", "/api/v1/keys", "{\"name\":\"x\",\"rights\":\"view setting\"}");
	CHECK_INT(r.status, 422);
	r = web_kit_do(f.web, "POST", "/api/v1/keys", "{\"name\":\"x\",\"rights\":\"view\"}");
	CHECK_INT(r.status, 201);
	CHECK(strstr(r.body, "\"token\":\"pmk_") != NULL);
	r = web_kit_do(f.web, "GET", "/api/v1/keys", NULL);
	CHECK_INT(r.status, 200);
	CHECK(strstr(r.body, "pmk_") == NULL);
	web_kit_stop(f.web);
}
