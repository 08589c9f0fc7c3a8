/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The other side of an invitation: its reader, who may not have an account yet. */
#include "people/account.h"
#include "people/session.h"
#include "tenant/invitation.h"
#include "tenant/member_html.h"
#include "tenant/member_page.h"
#include "text/html.h"
#include "web/agent_name.h"

struct accept_in {
	const char *name, *password;
};
FORM(accept_form, struct accept_in, 0,
	FIELD(struct accept_in, name, FIELD_TEXT, 1, 120, false, NULL, "Your name"),
	FIELD(struct accept_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL, "Password"));

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
