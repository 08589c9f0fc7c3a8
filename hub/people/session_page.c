/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "people/session_page.h"

#include "base/id.h"
#include "config.h"
#include "guard/host.h"
#include "guard/principal.h"
#include "notice/notice.h"
#include "people/account.h"
#include "people/session.h"
#include "people/session_html.h"
#include "text/html.h"
#include "text/url.h"
#include "web/agent_name.h"

struct next_in {
	const char *next;
};
FORM(signin_next_form, struct next_in, 0,
	FIELD(struct next_in, next, FIELD_TEXT, 0, URL_MAX, false, NULL, "Next page"));

struct signin_in {
	const char *email, *password, *next;
};
FORM(signin_form, struct signin_in, 0,
	FIELD(struct signin_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"),
	FIELD(struct signin_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL, "Password"),
	FIELD(struct signin_in, next, FIELD_TEXT, 0, URL_MAX, false, NULL, "Next page"));

struct forgot_in {
	const char *email;
};
FORM(forgot_form, struct forgot_in, 0,
	FIELD(struct forgot_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"));

struct reset_in {
	const char *password;
};
FORM(reset_form, struct reset_in, 0,
	FIELD(struct reset_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL,
		"New password"));

static enum err page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .body = o });
	return ERR_NONE;
}

static const char *next_path(const char *next)
{
	return url_is_local(next) ? next : "/";
}

enum err signin_page(struct scope *sc, struct request *q, const void *input)
{
	const struct next_in *in = input;
	struct signin_view v = { .q = q, .next = form_value(q, "next") };
	struct out o;

	if (request_principal(q) && !form_value(q, "email")) {
		reply_go(sc, q, next_path(in->next), NULL, NULL);
		return ERR_NONE;
	}
	if (!v.next && url_is_local(in->next))
		v.next = in->next;
	v.open = hub_of(sc)->config && str_eq(hub_of(sc)->config->signup, "open");
	out_init(&o, sc->mem);
	signin_html(sc, &o, &v);
	return page(sc, q, t("Sign in"), &o);
}

enum err signin_post(struct scope *sc, struct request *q, const void *input)
{
	const struct signin_in *in = input;
	struct signin s = { .email = in->email,
		.password = in->password,
		.from = request_from(q),
		.label = agent_name(sc, request_header(q, "User-Agent")) };
	const char *token;
	enum err e = session_signin(sc, &s, &token);

	if (e)
		return e;
	reply_session(q, token);
	reply_go(sc, q, next_path(in->next), NULL, NULL);
	return ERR_NONE;
}

enum err signout_post(struct scope *sc, struct request *q, const void *input)
{
	const struct principal *p = request_principal(q);
	enum err e = session_close(sc, p->account, p->credential);

	(void)input;
	if (e && e != ERR_MISSING)
		return e;
	reply_session(q, NULL);
	reply_go(sc, q, "/sign-in", t("You are signed out."), NULL);
	return ERR_NONE;
}

/* ---- a forgotten password ---- */

enum err forgot_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	(void)input;
	out_init(&o, sc->mem);
	forgot_html(sc, &o, q, notice_is_configured(sc));
	return page(sc, q, t("Forgot your password?"), &o);
}

static enum err send_link(struct scope *sc, const char *email, const char *token)
{
	struct notice_mail m = { .to = email, .subject = t("Set a new password") };
	const char *url;
	enum err e = host_url(sc, HOST_APP, arena_printf(sc->mem, "/reset/%s", token), &url);

	if (e)
		return e;
	m.text = tf("Somebody, hopefully you, asked for a new password.\n\n"
		    "Set it here within one hour:\n%s\n\n"
		    "If it was not you, nothing needs to be done: the old one still holds.\n",
		url);
	return notice_send(sc, &m);
}

enum err forgot_post(struct scope *sc, struct request *q, const void *input)
{
	const struct forgot_in *in = input;
	const char *token = NULL;
	struct out o;
	enum err e = ERR_NONE;

	/* Without a mail server a token would never reach anybody. */
	if (!notice_is_configured(sc))
		return forgot_page(sc, q, NULL);
	e = reset_ask(sc, in->email, request_from(q), &token);
	if (!e && token)
		e = send_link(sc, in->email, token);
	if (e)
		return e;
	out_init(&o, sc->mem);
	forgot_sent_html(sc, &o);
	return page(sc, q, t("Look into your mail"), &o);
}

enum err reset_page(struct scope *sc, struct request *q, const void *input)
{
	struct credential c;
	struct out o;
	enum err e = credential_find(sc, CREDENTIAL_RESET, request_rest(q), &c);

	(void)input;
	if (e == ERR_AUTH)
		return fail(sc, ERR_MISSING, "the link is spent or too old");
	if (e)
		return e;
	out_init(&o, sc->mem);
	reset_html(sc, &o, q, request_rest(q));
	return page(sc, q, t("Set a new password"), &o);
}

enum err reset_post(struct scope *sc, struct request *q, const void *input)
{
	const struct reset_in *in = input;
	const char *token;
	int64_t account;
	enum err e = reset_use(sc, request_rest(q), in->password, &account);

	if (e == ERR_AUTH)
		return fail(sc, ERR_MISSING, "the link is spent or too old");
	if (!e)
		e = session_open(
			sc, account, 0, agent_name(sc, request_header(q, "User-Agent")), &token);
	if (e)
		return e;
	reply_session(q, token);
	reply_go(sc, q, "/", t("Your new password is set."), NULL);
	return ERR_NONE;
}
