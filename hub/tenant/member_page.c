/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/member_page.h"

#include "base/id.h"
#include "guard/principal.h"
#include "notice/notice.h"
#include "tenant/member_html.h"
#include "text/html.h"

#define PATH "/settings/members"

struct invite_in {
	const char *email, *role;
	int64_t workspace;
};
FORM(invite_form, struct invite_in, 0,
	FIELD(struct invite_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"),
	FIELD(struct invite_in, role, FIELD_TEXT, 1, 60, true, NULL, "Role"),
	FIELD(struct invite_in, workspace, FIELD_ID, 0, 0, false, ID_WORKSPACE, "Workspace"));

struct role_in {
	const char *role;
	int64_t workspace;
};
FORM(member_role_form, struct role_in, 0,
	FIELD(struct role_in, role, FIELD_TEXT, 0, 60, false, NULL, "Role"),
	FIELD(struct role_in, workspace, FIELD_ID, 0, 0, false, ID_WORKSPACE, "Workspace"));

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
	struct workspace *places;
	struct out o;
	enum err e = member_list(sc, &members, &v.n);

	if (!e)
		e = invitation_list(sc, &invitations, &v.invitation_count);
	if (!e)
		e = role_list(sc, &roles, &v.role_count);
	if (!e)
		e = workspace_list(sc, &places, &v.place_count);
	if (e)
		return e;
	v.places = places;
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

enum err invite_post(struct scope *sc, struct request *q, const void *input)
{
	const struct invite_in *in = input;
	const char *link;
	bool mailed = false;
	enum err e = invitation_send(sc, in->email, in->workspace, in->role, &link, &mailed);

	if (e)
		return e;
	if (!mailed)
		return draw(sc, q, link);
	reply_go(sc, q, PATH, tf("An invitation is on its way to %s.", in->email), NULL);
	return ERR_NONE;
}

enum err invitation_revoke_post(struct scope *sc, struct request *q, const void *input)
{
	enum err e = invitation_revoke(sc, request_id(q, ID_CREDENTIAL));

	(void)input;
	if (!e)
		reply_go(sc, q, PATH, t("The invitation is taken back."), NULL);
	return e;
}

enum err member_page(struct scope *sc, struct request *q, const void *input)
{
	struct member m;
	struct member_view v = { .q = q, .m = &m };
	struct permit *permits;
	struct role *roles;
	struct out o;
	enum err e = member_find(sc, request_id(q, ID_ACCOUNT), &m);

	if (!e)
		e = member_permits(sc, m.account, &permits, &v.permit_count);
	if (!e)
		e = role_list(sc, &roles, &v.role_count);
	if (e)
		return e;
	v.permits = permits;
	v.roles = roles;
	v.mine = m.account == request_principal(q)->account;
	out_init(&o, sc->mem);
	member_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = m.name, .nav = "settings", .body = &o });
	return ERR_NONE;
}

enum err member_role_post(struct scope *sc, struct request *q, const void *input)
{
	const struct role_in *in = input;
	int64_t account = request_id(q, ID_ACCOUNT);
	enum err e = member_set_role(sc, account, in->workspace, in->role);

	if (!e)
		reply_go(sc, q,
			arena_printf(sc->mem, PATH "/%s", id_format(sc->mem, ID_ACCOUNT, account)),
			t("The role is changed."), NULL);
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
