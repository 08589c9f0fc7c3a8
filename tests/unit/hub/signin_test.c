/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Coming in, as a browser does it: forms, cookies, tokens. */
#include <string.h>

#include "base/id.h"
#include "config.h"
#include "guard/principal.h"
#include "people/account.h"
#include "people/session.h"
#include "routes.h"
#include "tenant/invitation.h"
#include "tenant/tenant.h"
#include "text/json.h"
#include "text/url.h"
#include "web_kit.h"

/* The CSRF token of the page at PATH. */
static const char *token_of(struct web_kit *w, const char *path)
{
	static const char mark[] = "name=\"csrf\" value=\"";
	struct reply r = web_kit_do(w, "GET", path, NULL);
	const char *at = strstr(r.body, mark);

	return at ? arena_copy(
			    w->sc->mem, at + sizeof mark - 1, strcspn(at + sizeof mark - 1, "\""))
		  : "";
}

/* Posts pairs of names and values, ended by NULL, with the token of the page at PATH. */
static struct reply post(struct web_kit *w, const char *path, const char *const *pairs)
{
	struct out o;

	out_init(&o, w->sc->mem);
	url_add(&o, "csrf", token_of(w, path));
	for (; pairs[0]; pairs += 2)
		url_add(&o, pairs[0], pairs[1]);
	return web_kit_do(w, "POST", path, o.data + 1);
}
#define POST(w, path, ...) post(w, path, (const char *const[]){ __VA_ARGS__, NULL })

static struct web_kit *browser(struct scope *sc, struct kit *kit)
{
	struct web_kit *w = web_kit_start(sc, kit, routes);

	w->jar = arena_printf(sc->mem, "%s/browser", kit_folder(sc));
	return w;
}

static const char *who_am_i(struct web_kit *w)
{
	struct reply r = web_kit_do(w, "GET", "/api/v1/me", NULL);
	struct scope *sc = w->sc;
	const struct json *j;

	if (r.status != 200)
		return NULL;
	OK(json_parse(sc, bytes_of(r.body, strlen(r.body)), 10000, &j));
	return json_text(j, "tenant");
}

TEST(a_person_signs_in_where_they_wanted_to_go_and_out_again)
{
	struct web_kit *w = browser(sc, kit);
	struct reply r;

	web_kit_account(w, "ann@example.com", "owner");
	r = POST(w, "/sign-in", "email", "ann@example.com", "password", "wrong");
	CHECK_INT(r.status, 422);
	CHECK(strstr(r.body, "value=\"ann@example.com\"") != NULL);
	CHECK(strstr(r.body, "The address or the password is wrong.") != NULL);
	CHECK(strstr(r.body, "wrong\"") == NULL || !strstr(r.body, "value=\"wrong\""));
	r = POST(w, "/sign-in?next=%2Fcontacts", "email", "ann@example.com", "password",
		WEB_KIT_PASSWORD, "next", "/contacts");
	CHECK_INT(r.status, 303);
	CHECK_TEXT(r.location, "/contacts");
	CHECK_TEXT(who_am_i(w), id_format(sc->mem, ID_TENANT, KIT_TENANT));
	CHECK_INT(web_kit_do(w, "GET", "/sign-in", NULL).status, 303);
	r = web_kit_do(w, "POST", "/sign-out",
		arena_printf(sc->mem, "csrf=%s", token_of(w, "/settings/profile")));
	CHECK_TEXT(r.location, "/sign-in");
	CHECK(who_am_i(w) == NULL);
	web_kit_stop(w);
}

TEST(sign_in_leads_nowhere_else)
{
	static const char *const far[] = { "https://evil.example/", "//evil.example/",
		"/\\evil.example", "javascript:alert(1)" };
	struct web_kit *w = browser(sc, kit);

	web_kit_account(w, "ann@example.com", "owner");
	for (size_t i = 0; i < COUNT(far); i++) {
		struct reply r;

		w->jar = arena_printf(sc->mem, "%s/far%zu", kit_folder(sc), i);
		r = POST(w, "/sign-in", "email", "ann@example.com", "password", WEB_KIT_PASSWORD,
			"next", far[i]);
		CHECK_INT(r.status, 303);
		CHECK_TEXT(r.location, "/");
	}
	web_kit_stop(w);
}

TEST(an_invitation_is_accepted_once_and_signs_in)
{
	struct web_kit *w = browser(sc, kit);
	const char *token, *path;
	struct reply r;

	OK(invitation_add(sc, "bob@example.com", 0, "member", &token));
	path = arena_printf(sc->mem, "/invite/%s", token);
	r = POST(w, path, "name", "Bob", "password", "short");
	CHECK_INT(r.status, 422);
	CHECK(strstr(r.body, "value=\"Bob\"") != NULL);
	r = POST(w, path, "name", "Bob", "password", WEB_KIT_PASSWORD);
	CHECK_INT(r.status, 303);
	CHECK_TEXT(who_am_i(w), id_format(sc->mem, ID_TENANT, KIT_TENANT));
	CHECK_INT(web_kit_do(w, "GET", path, NULL).status, 404);
	web_kit_stop(w);
}

TEST(a_reset_link_sets_a_password_once)
{
	struct web_kit *w = browser(sc, kit);
	const char *token = NULL, *path;

	web_kit_account(w, "ann@example.com", "owner");
	OK(reset_ask(sc, "ann@example.com", "test", &token));
	path = arena_printf(sc->mem, "/reset/%s", token);
	CHECK_INT(POST(w, path, "password", "short").status, 422);
	CHECK_INT(POST(w, path, "password", "another good one").status, 303);
	CHECK(who_am_i(w) != NULL);
	CHECK_INT(web_kit_do(w, "GET", path, NULL).status, 404);
	CHECK_INT(web_kit_do(w, "GET", "/reset/pmr_nonsense", NULL).status, 404);
	web_kit_stop(w);
}

TEST(sign_up_exists_only_where_it_is_open)
{
	struct web_kit *w = browser(sc, kit);
	struct config *c = (struct config *)(uintptr_t)w->hub->config;
	struct reply r;

	CHECK_INT(web_kit_do(w, "GET", "/sign-up", NULL).status, 404);
	c->signup = "open";
	r = POST(w, "/sign-up", "email", "new@example.com");
	CHECK_INT(r.status, 303);
	NEED(r.location && str_starts(r.location, "/sign-up/pmv_"));
	r = POST(w, r.location, "company", "New Post", "name", "Nan", "password", WEB_KIT_PASSWORD);
	CHECK_INT(r.status, 303);
	CHECK(who_am_i(w) != NULL);
	web_kit_stop(w);
}

TEST(who_belongs_to_two_companies_chooses_and_never_a_third)
{
	struct web_kit *w = browser(sc, kit);
	struct tenant_new second = { .name = "Second" }, third = { .name = "Third" };
	int64_t two = 0, three = 0, workspace;
	const char *csrf;

	second.owner = web_kit_account(w, "ann@example.com", "owner");
	OK(tenant_add(sc, &second, &two, &workspace));
	OK(tenant_add(sc, &third, &three, &workspace));
	web_kit_signin(w, "ann@example.com");
	csrf = w->csrf;
	CHECK_TEXT(who_am_i(w), id_format(sc->mem, ID_TENANT, KIT_TENANT));
	w->csrf = csrf;
	CHECK_INT(web_kit_do(w, "POST", "/tenant",
			  arena_printf(sc->mem, "tenant=%s", id_format(sc->mem, ID_TENANT, three)))
			  .status,
		404);
	CHECK_INT(web_kit_do(w, "POST", "/tenant",
			  arena_printf(sc->mem, "tenant=%s", id_format(sc->mem, ID_TENANT, two)))
			  .status,
		303);
	CHECK_TEXT(who_am_i(w), id_format(sc->mem, ID_TENANT, two));
	web_kit_stop(w);
}
