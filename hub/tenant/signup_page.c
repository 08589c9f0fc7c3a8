/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/signup_page.h"

#include "config.h"
#include "guard/host.h"
#include "notice/notice.h"
#include "people/account.h"
#include "people/session.h"
#include "tenant/signup.h"
#include "tenant/signup_html.h"
#include "text/html.h"
#include "web/agent_name.h"

struct ask_in {
	const char *email;
};
FORM(signup_ask_form, struct ask_in, 0,
	FIELD(struct ask_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"));

struct signup_in {
	const char *company, *name, *password;
};
FORM(signup_form, struct signup_in, 0,
	FIELD(struct signup_in, company, FIELD_TEXT, 1, 120, true, NULL, "Company"),
	FIELD(struct signup_in, name, FIELD_TEXT, 1, 120, true, NULL, "Your name"),
	FIELD(struct signup_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL, "Password"));

static enum err is_open(struct scope *sc)
{
	const struct config *c = hub_of(sc)->config;

	if (!c || !str_eq(c->signup, "open"))
		return fail(sc, ERR_MISSING, "sign-up is by invitation here");
	return ERR_NONE;
}

static enum err page(struct scope *sc, struct request *q, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = t("Create an account"), .body = o });
	return ERR_NONE;
}

enum err signup_ask_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;
	enum err e = is_open(sc);

	(void)input;
	if (e)
		return e;
	out_init(&o, sc->mem);
	signup_ask_html(sc, &o, q);
	return page(sc, q, &o);
}

static enum err mail_link(struct scope *sc, const char *email, const char *url, bool known)
{
	struct notice_mail m = { .to = email, .subject = t("Your account on PenguinMails") };

	if (known)
		m.text = t("Somebody, hopefully you, wants to create an account with this address."
			   "\n\nIt has one already: sign in, or set a new password there.\n");
	else
		m.text = tf("Go on here to create your account:\n%s\n\n"
			    "The link works for one day. If it was not you, do nothing.\n",
			url);
	return notice_send(sc, &m);
}

/* Without a mail server nothing can be proved: the operator who opens sign-up then knows that. */
enum err signup_ask_post(struct scope *sc, struct request *q, const void *input)
{
	const struct ask_in *in = input;
	const char *token, *url;
	struct out o;
	bool known;
	enum err e = is_open(sc);

	if (!e)
		e = signup_ask(sc, in->email, request_from(q), &token, &known);
	if (e)
		return e;
	if (!notice_is_configured(sc)) {
		reply_go(sc, q, arena_printf(sc->mem, "/sign-up/%s", token), NULL, NULL);
		return ERR_NONE;
	}
	e = host_url(sc, HOST_APP, arena_printf(sc->mem, "/sign-up/%s", token), &url);
	if (!e)
		e = mail_link(sc, in->email, url, known);
	if (e)
		return e;
	out_init(&o, sc->mem);
	signup_sent_html(sc, &o);
	return page(sc, q, &o);
}

static enum err find(struct scope *sc, struct request *q, const char **email)
{
	enum err e = is_open(sc);

	if (!e)
		e = signup_find(sc, request_rest(q), email);
	return e == ERR_AUTH ? fail(sc, ERR_MISSING, "the link is spent or too old") : e;
}

enum err signup_page(struct scope *sc, struct request *q, const void *input)
{
	const char *email;
	struct out o;
	enum err e = find(sc, q, &email);

	(void)input;
	if (e)
		return e;
	out_init(&o, sc->mem);
	signup_html(sc, &o, q, request_rest(q), email);
	return page(sc, q, &o);
}

enum err signup_post(struct scope *sc, struct request *q, const void *input)
{
	const struct signup_in *in = input;
	struct signup s = { in->company, in->name, in->password, sc->lang };
	const char *email, *token;
	int64_t account, tenant;
	enum err e = find(sc, q, &email);

	if (!e)
		e = signup_use(sc, request_rest(q), &s, &account, &tenant);
	if (!e)
		e = session_open(sc, account, tenant,
			agent_name(sc, request_header(q, "User-Agent")), &token);
	if (e)
		return e;
	reply_session(q, token);
	reply_go(sc, q, "/", t("Welcome."), NULL);
	return ERR_NONE;
}
