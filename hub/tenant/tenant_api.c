/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/tenant_api.h"

#include "base/id.h"
#include "guard/principal.h"
#include "tenant/invitation.h"
#include "tenant/member.h"
#include "tenant/tenant.h"
#include "tenant/workspace.h"
#include "text/json.h"
#include "text/zone.h"

struct set_in {
	const char *name, *locale, *zone, *postal;
};
FORM(tenant_set_api_form, struct set_in, 0,
	FIELD(struct set_in, name, FIELD_TEXT, 1, 120, false, NULL, "Company"),
	FIELD(struct set_in, locale, FIELD_TEXT, 2, 16, false, NULL, "Language"),
	FIELD(struct set_in, zone, FIELD_TEXT, 1, 64, false, NULL, "Time zone"),
	FIELD(struct set_in, postal, FIELD_LINES, 1, 500, false, NULL, "Postal address"));

struct stop_in {
	const char *reason;
};
FORM(tenant_stop_api_form, struct stop_in, 0,
	FIELD(struct stop_in, reason, FIELD_TEXT, 1, 200, false, NULL, "Reason"));

struct invite_in {
	const char *email, *role;
	int64_t workspace;
};
FORM(invite_api_form, struct invite_in, 0,
	FIELD(struct invite_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Mail address"),
	FIELD(struct invite_in, role, FIELD_TEXT, 1, 60, true, NULL, "Role"),
	FIELD(struct invite_in, workspace, FIELD_ID, 0, 0, false, ID_WORKSPACE, "Workspace"));

struct role_in {
	const char *role;
	int64_t workspace;
};
FORM(member_role_api_form, struct role_in, 0,
	FIELD(struct role_in, role, FIELD_TEXT, 0, 60, false, NULL, "Role"),
	FIELD(struct role_in, workspace, FIELD_ID, 0, 0, false, ID_WORKSPACE, "Workspace"));

struct workspace_in {
	const char *name;
};
FORM(workspace_add_api_form, struct workspace_in, 0,
	FIELD(struct workspace_in, name, FIELD_TEXT, 1, 60, true, NULL, "Name"));

static void add_rights(struct scope *sc, struct out *o, const struct request *q)
{
	(void)sc;
	json_name(o, "rights");
	json_open_list(o);
	for (enum need n = NEED_VIEW; n < NEED_MAX; n++)
		if (request_may(q, n))
			json_put_text(o, need_name(n));
	json_close_list(o);
}

enum err me_api(struct scope *sc, struct request *q, const void *input)
{
	const struct principal *p = request_principal(q);
	struct out *o;

	(void)input;
	o = reply_open(sc);
	json_add_text(o, "kind", p->actor.kind == ACTOR_KEY ? "key" : "account");
	json_add_id(o, "account", ID_ACCOUNT, p->account);
	json_add_text(o, "email", p->email);
	json_add_text(o, "name", p->name);
	json_add_id(o, "tenant", ID_TENANT, sc->tenant);
	json_add_id(o, "workspace", ID_WORKSPACE, sc->workspace);
	add_rights(sc, o, q);
	json_name(o, "clock");
	json_open(o);
	json_add_int(o, "rate", sc->world->clock->rate);
	json_add_int(o, "plan", now_plan(sc).ms);
	json_add_int(o, "real", now_real(sc).ms);
	json_close(o);
	return reply_close(sc, q, 200, o);
}

/* ---- the company ---- */

enum err tenant_api(struct scope *sc, struct request *q, const void *input)
{
	struct tenant t;
	struct out *o;
	enum err e = tenant_find(sc, &t);

	(void)input;
	if (e)
		return e;
	o = reply_open(sc);
	json_add_id(o, "id", ID_TENANT, t.tenant);
	json_add_text(o, "name", t.name);
	json_add_text(o, "standing", t.standing);
	json_add_text(o, "reason", t.reason);
	json_add_text(o, "locale", t.locale);
	json_add_text(o, "zone", t.zone);
	json_add_text(o, "postal", t.postal);
	json_add_time(o, "created", t.created);
	return reply_close(sc, q, 200, o);
}

enum err tenant_set_api(struct scope *sc, struct request *q, const void *input)
{
	const struct set_in *in = input;
	struct tenant_set set;
	const struct zone *zone;
	struct tenant t;
	enum err e = tenant_find(sc, &t);

	if (!e && in->zone)
		e = zone_find(sc, "zone", in->zone, &zone);
	if (e)
		return e;
	set = (struct tenant_set){ .name = in->name ? in->name : t.name,
		.locale = in->locale ? in->locale : t.locale,
		.zone = in->zone ? in->zone : t.zone,
		.postal = in->postal ? in->postal : t.postal };
	e = tenant_set(sc, &set);
	return e ? e : tenant_api(sc, q, NULL);
}

enum err tenant_stop_api(struct scope *sc, struct request *q, const void *input)
{
	const struct stop_in *in = input;
	enum err e = tenant_stop(sc, in->reason ? in->reason : "stopped by the company");

	return e ? e : tenant_api(sc, q, NULL);
}

enum err tenant_resume_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = tenant_resume(sc);

	(void)input;
	return e ? e : tenant_api(sc, q, NULL);
}

/* ---- members ---- */

static void put_member(struct out *o, const struct member *m)
{
	json_add_id(o, "id", ID_ACCOUNT, m->account);
	json_add_text(o, "email", m->email);
	json_add_text(o, "name", m->name);
	json_add_text(o, "role", m->role);
	json_add_time(o, "joined", m->joined);
}

enum err members_api(struct scope *sc, struct request *q, const void *input)
{
	struct member *rows;
	struct out *o;
	size_t n;
	enum err e = member_list(sc, &rows, &n);

	(void)input;
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put_member(o, &rows[i]);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

enum err member_find_api(struct scope *sc, struct request *q, const void *input)
{
	struct permit *rows;
	struct member m;
	struct out *o;
	size_t n;
	enum err e = member_find(sc, request_id(q, ID_ACCOUNT), &m);

	(void)input;
	if (!e)
		e = member_permits(sc, m.account, &rows, &n);
	if (e)
		return e;
	o = reply_open(sc);
	put_member(o, &m);
	json_name(o, "workspaces");
	json_open_list(o);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_id(o, "id", ID_WORKSPACE, rows[i].workspace);
		json_add_text(o, "name", rows[i].name);
		json_add_text(o, "role", rows[i].role);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

enum err invite_api(struct scope *sc, struct request *q, const void *input)
{
	const struct invite_in *in = input;
	const char *link;
	bool mailed = false;
	struct out *o;
	enum err e = invitation_send(sc, in->email, in->workspace, in->role, &link, &mailed);

	if (e)
		return e;
	o = reply_open(sc);
	json_add_bool(o, "mailed", mailed);
	/* Whoever has the link is in: where it was mailed, nobody else gets it. */
	json_add_text(o, "link", mailed ? NULL : link);
	return reply_close(sc, q, 201, o);
}

enum err member_role_api(struct scope *sc, struct request *q, const void *input)
{
	const struct role_in *in = input;
	enum err e = member_set_role(sc, request_id(q, ID_ACCOUNT), in->workspace, in->role);

	return e ? e : member_find_api(sc, q, NULL);
}

enum err member_remove_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = member_remove(sc, request_id(q, ID_ACCOUNT));

	(void)input;
	if (!e)
		reply_none(q, 204);
	return e;
}

/* ---- workspaces ---- */

enum err workspaces_api(struct scope *sc, struct request *q, const void *input)
{
	struct workspace *rows;
	struct out *o;
	size_t n;
	enum err e = workspace_list(sc, &rows, &n);

	(void)input;
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_id(o, "id", ID_WORKSPACE, rows[i].id);
		json_add_text(o, "name", rows[i].name);
		json_add_text(o, "slug", rows[i].slug);
		json_add_text(o, "zone", rows[i].zone);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

enum err workspace_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct workspace_in *in = input;
	struct tenant tenant;
	int64_t id;
	enum err e = tenant_find(sc, &tenant);

	if (!e)
		e = workspace_add(sc, in->name, tenant.zone, &id);
	return e ? e : reply_added(sc, q, ID_WORKSPACE, id);
}
