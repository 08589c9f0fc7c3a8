/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How people come in: by an invitation, or by signing up where the operator allows it. */
#include "config.h"
#include "crypt/secret.h"
#include "hub.h"
#include "people/account.h"
#include "people/session.h"
#include "tenant/invitation.h"
#include "tenant/member_html.h"
#include "tenant/member_page.h"
#include "tenant/tenant.h"
#include "text/html.h"
#include "web/agent_name.h"

struct accept_in {
	const char *name, *password;
};
FORM(accept_form, struct accept_in, 0,
	FIELD(struct accept_in, name, FIELD_TEXT, 1, 120, false, NULL, "Your name"),
	FIELD(struct accept_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL, "Password"));

struct signup_in {
	const char *company, *name, *email, *password;
};
FORM(signup_form, struct signup_in, 0,
	FIELD(struct signup_in, company, FIELD_TEXT, 1, 120, true, NULL, "Company"),
	FIELD(struct signup_in, name, FIELD_TEXT, 1, 120, true, NULL, "Your name"),
	FIELD(struct signup_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"),
	FIELD(struct signup_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL, "Password"));

static enum err signed_in(
	struct scope *sc, struct request *q, int64_t account, int64_t tenant, const char *toast)
{
	const char *token;
	enum err e = session_open(
		sc, account, tenant, agent_name(sc, request_header(q, "User-Agent")), &token);

	if (e)
		return e;
	reply_session(q, token);
	reply_go(sc, q, "/", toast, NULL);
	return ERR_NONE;
}

/* A link that is not good any more looks like one that never was. */
static enum err hidden(struct scope *sc, enum err e)
{
	return e == ERR_AUTH ? fail(sc, ERR_MISSING, "the invitation is spent or too old") : e;
}

enum err accept_page(struct scope *sc, struct request *q, const void *input)
{
	struct invited in;
	struct out o;
	enum err e = hidden(sc, invitation_find(sc, request_rest(q), &in));

	(void)input;
	if (e)
		return e;
	out_init(&o, sc->mem);
	accept_html(sc, &o, q, request_rest(q), &in);
	reply_page(sc, q, &(struct page){ .title = t("Invitation"), .body = &o });
	return ERR_NONE;
}

enum err accept_post(struct scope *sc, struct request *q, const void *input)
{
	const struct accept_in *in = input;
	struct invited invited;
	int64_t account;
	enum err e = hidden(sc, invitation_find(sc, request_rest(q), &invited));

	if (!e)
		e = hidden(sc,
			invitation_accept(sc, request_rest(q), in->name, in->password, &account));
	if (e)
		return e;
	return signed_in(sc, q, account, invited.tenant, tf("Welcome to %s.", invited.company));
}

/* ---- open sign-up ---- */

static enum err is_open(struct scope *sc)
{
	if (!str_eq(hub_of(sc)->config->signup, "open"))
		return fail(sc, ERR_MISSING, "sign-up is by invitation here");
	return ERR_NONE;
}

enum err signup_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;
	enum err e = is_open(sc);

	(void)input;
	if (e)
		return e;
	out_init(&o, sc->mem);
	signup_html(sc, &o, q);
	reply_page(sc, q, &(struct page){ .title = t("Create an account"), .body = &o });
	return ERR_NONE;
}

struct signing {
	struct account_new account;
	struct tenant_new tenant;
	int64_t account_id, tenant_id, workspace;
};

static enum err write_signup(struct scope *sc, void *arg)
{
	struct signing *s = arg;
	enum err e = account_add(sc, &s->account, &s->account_id);

	s->tenant.owner = s->account_id;
	return e ? e : tenant_add(sc, &s->tenant, &s->tenant_id, &s->workspace);
}

enum err signup_post(struct scope *sc, struct request *q, const void *input)
{
	const struct signup_in *in = input;
	struct signing s = { .account = { .email = in->email, .name = in->name },
		.tenant = { .name = in->company } };
	enum err e = is_open(sc);

	if (!e)
		e = account_check_password(sc, in->password, in->email);
	if (!e)
		e = password_hash(sc, in->password, &s.account.hash);
	if (!e)
		e = db_write(sc, write_signup, &s);
	return e ? e : signed_in(sc, q, s.account_id, s.tenant_id, t("Welcome."));
}
