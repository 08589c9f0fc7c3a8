/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/member_page.h"

#include "base/id.h"
#include "guard/host.h"
#include "guard/principal.h"
#include "notice/notice.h"
#include "tenant/member_html.h"
#include "tenant/tenant.h"
#include "text/html.h"

#define PATH "/settings/members"

struct invite_in {
	const char *email, *role;
};
FORM(invite_form, struct invite_in, 0,
	FIELD(struct invite_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"),
	FIELD(struct invite_in, role, FIELD_TEXT, 1, 60, true, NULL, "Role"));

struct role_in {
	const char *role;
};
FORM(member_role_form, struct role_in, 0,
	FIELD(struct role_in, role, FIELD_TEXT, 1, 60, true, NULL, "Role"));

const char *role_word(struct scope *sc, const char *name)
{
	if (str_eq(name, ROLE_OWNER))
		return t("Owner");
	if (str_eq(name, ROLE_ADMIN))
		return t("Admin");
	if (str_eq(name, ROLE_MEMBER))
		return t("Member");
	if (str_eq(name, ROLE_VIEWER))
		return t("Viewer");
	return name ? name : "–";
}

static enum err draw(struct scope *sc, struct request *q, const char *link)
{
	struct members_view v = { .q = q,
		.me = request_principal(q)->account,
		.link = link,
		.mails = notice_is_configured(sc) };
	struct member *members;
	struct invitation *invitations;
	struct role *roles;
	struct out o;
	enum err e = member_list(sc, &members, &v.n);

	if (!e)
		e = invitation_list(sc, &invitations, &v.invitation_count);
	if (!e)
		e = role_list(sc, &roles, &v.role_count);
	if (e)
		return e;
	v.rows = members;
	v.invitations = invitations;
	v.roles = roles;
	out_init(&o, sc->mem);
	members_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Members"), .nav = "settings", .body = &o });
	return ERR_NONE;
}

enum err members_page(struct scope *sc, struct request *q, const void *input)
{
	(void)input;
	return draw(sc, q, NULL);
}

static enum err mail_invitation(struct scope *sc, const char *email, const char *url)
{
	struct notice_mail m = { .to = email };
	struct tenant tenant;
	enum err e = tenant_find(sc, &tenant);

	if (e)
		return e;
	m.subject = tf("Join %s on PenguinMails", tenant.name);
	m.text = tf("You are invited to join %s.\n\n"
		    "This link works for 7 days, one time:\n%s\n",
		tenant.name, url);
	return notice_send(sc, &m);
}

enum err invite_post(struct scope *sc, struct request *q, const void *input)
{
	const struct invite_in *in = input;
	const char *token, *url;
	enum err e = invitation_add(sc, in->email, in->role, &token);

	if (!e)
		e = host_url(sc, HOST_APP, arena_printf(sc->mem, "/invite/%s", token), &url);
	if (e)
		return e;
	if (!notice_is_configured(sc))
		return draw(sc, q, url);
	e = mail_invitation(sc, in->email, url);
	if (!e)
		reply_go(sc, q, PATH, tf("An invitation is on its way to %s.", in->email), NULL);
	return e;
}

enum err invitation_revoke_post(struct scope *sc, struct request *q, const void *input)
{
	enum err e = invitation_revoke(sc, request_id(q, ID_CREDENTIAL));

	(void)input;
	if (!e)
		reply_go(sc, q, PATH, t("The invitation is taken back."), NULL);
	return e;
}

enum err member_role_post(struct scope *sc, struct request *q, const void *input)
{
	const struct role_in *in = input;
	enum err e = member_set_role(sc, request_id(q, ID_ACCOUNT), in->role);

	if (!e)
		reply_go(sc, q, PATH, t("The role is changed."), NULL);
	return e;
}

enum err member_remove_post(struct scope *sc, struct request *q, const void *input)
{
	enum err e = member_remove(sc, request_id(q, ID_ACCOUNT));

	(void)input;
	if (!e)
		reply_go(sc, q, PATH, t("The member is removed."), NULL);
	return e;
}
