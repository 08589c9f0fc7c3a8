/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* People at the pages: signing in, a forgotten password, invitations, hints of what changed. */
#include "flow.h"

#include "world/browser.h"

static const char *field(struct scope *sc, const char *name, const char *value)
{
	return arena_printf(sc->mem, "%s=%s", name, value);
}

static void sign_in(struct scope *sc, struct browser *b, const char *email, const char *password)
{
	OK(BROWSER_SEND(
		sc, b, "/sign-in", field(sc, "email", email), field(sc, "password", password)));
}

static bool is_in(struct scope *sc, struct browser *b)
{
	return !browser_get(sc, b, "/settings/profile") && b->status == 200;
}

/* The text of a mail whose only part is in base64. */
static const char *body_of(struct scope *sc, const char *mail)
{
	const char *at = strstr(mail, "\r\n\r\n");
	char *text, *to;
	struct bytes body;

	NEED(at != NULL && strstr(mail, "Content-Transfer-Encoding: base64") != NULL);
	text = to = arena_text(sc->mem, at + 4);
	for (const char *c = text; *c; c++)
		if (*c > ' ' && *c != '=')
			*to++ = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	*to = 0;
	NEED(str_unbase64url(sc->mem, text, 65536, &body));
	return arena_copy(sc->mem, body.data, body.len);
}

/* The link to PATH in a mail. */
static const char *link_in(struct scope *sc, const char *mail, const char *path)
{
	const char *text = body_of(sc, mail), *at = strstr(text, path);

	NEED(at != NULL);
	while (at > text && at[-1] > ' ')
		at--;
	return arena_copy(sc->mem, at, strcspn(at, " \r\n"));
}

TEST(a_wrong_password_signs_nobody_in)
{
	struct company *c = flow_company(sc);
	struct browser b = browser_new(sc, c->lab, "wrong");

	sign_in(sc, &b, c->email, "not the password");
	CHECK(b.status >= 400);
	CHECK(!is_in(sc, &b));
	sign_in(sc, &b, c->email, c->password);
	CHECK_INT(b.status, 303);
	CHECK(is_in(sc, &b));
}

TEST(a_form_without_its_token_is_refused)
{
	struct company *c = flow_company(sc);
	struct http_answer a = { 0 };

	OK(client_raw(sc, &c->api,
		&(struct http_request){
			.method = "POST", .url = "/sign-in", .body = CSV("email=x") },
		&a));
	CHECK(a.status == 403 || a.status == 415 || a.status == 422);
}

TEST(a_forgotten_password_is_set_by_a_mailed_link_once)
{
	struct company *c = flow_company(sc);
	struct browser b = browser_new(sc, c->lab, "forgot");
	const char *mail, *link;

	OK(HUB_RUN(sc, c->lab, NULL, "user", "add", "--email", "lost@inbox.test", "--name", "Lo",
		"--password-file", lab_path(c->lab, "password")));
	OK(BROWSER_SEND(sc, &b, "/forgot", "email=lost@inbox.test"));
	NEED(WAIT_FOR(got_accepted(sc, c->lab, "lost@inbox.test") == 1, 20000));
	OK(got_mail(sc, c->lab, "lost@inbox.test", &mail));
	link = link_in(sc, mail, "/reset/");
	CHECK(str_starts(link, c->lab->app_url));
	OK(BROWSER_SEND(sc, &b, link, "password=a quite new one 47"));
	CHECK(b.status < 400);
	sign_in(sc, &b, "lost@inbox.test", "a quite new one 47");
	CHECK(is_in(sc, &b));
	OK(BROWSER_SEND(sc, &b, link, "password=a second new one 48"));
	CHECK(b.status >= 400);
}

TEST(a_stranger_who_forgot_hears_nothing)
{
	struct company *c = flow_company(sc);
	struct browser b = browser_new(sc, c->lab, "stranger");

	OK(BROWSER_SEND(sc, &b, "/forgot", "email=nobody@inbox.test"));
	CHECK(b.status < 400);
	sleep_ms(1500);
	CHECK_INT(got_accepted(sc, c->lab, "nobody@inbox.test"), 0);
}

TEST(an_invitation_arrives_by_mail)
{
	struct company *c = flow_company(sc);
	struct browser b = browser_new(sc, c->lab, "host");
	const char *mail;

	sign_in(sc, &b, c->email, c->password);
	OK(BROWSER_SEND(sc, &b, "/settings/members", "email=guest@inbox.test", "role=member"));
	CHECK_INT(b.status, 303);
	NEED(WAIT_FOR(got_accepted(sc, c->lab, "guest@inbox.test") == 1, 20000));
	OK(got_mail(sc, c->lab, "guest@inbox.test", &mail));
	OK(browser_get(sc, &b, link_in(sc, mail, "/invite/")));
	CHECK_INT(b.status, 200);
}

TEST(a_page_hears_what_changed)
{
	struct company *c = flow_company(sc);
	struct browser b = browser_new(sc, c->lab, "live");
	const char *file = lab_path(c->lab, "hints");
	struct bytes hints = bytes_of("", 0);
	struct proc p;

	sign_in(sc, &b, c->email, c->password);
	OK(browser_listen(sc, &b, &p, file));
	/* Its first line says that it is on. */
	NEED(WAIT_FOR(!lab_read(sc, file, &hints) && hints.data && hints.len > 0, 10000));
	flow_people(sc, c, "hint", "inbox.test", 3);
	CHECK(WAIT_FOR(!lab_read(sc, file, &hints) && hints.data &&
			       strstr(hints.data, "event: changed") != NULL,
		10000));
	lab_kill_part(c->lab, &p);
}
