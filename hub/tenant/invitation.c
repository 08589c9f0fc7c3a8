/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/invitation.h"

#include <string.h>

#include "crypt/secret.h"
#include "guard/credential.h"
#include "guard/host.h"
#include "notice/notice.h"
#include "people/account.h"
#include "tenant/audit.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/tenant.h"

SQL(invitation_is_member, SQL_TENANT,
	"SELECT count(*) FROM member m JOIN account a ON a.id = m.account"
	" WHERE m.tenant = $1 AND m.state = 'active' AND a.realm = 'main' AND a.email_key = $2");
SQL(invitation_role, SQL_TENANT, "SELECT name FROM role WHERE tenant = $1 AND id = $2");

struct add {
	const char *role;
	struct credential what;
	const char *token;
};

static enum err write_add(struct scope *sc, void *arg)
{
	struct add *a = arg;
	struct role r;
	int64_t there = 0;
	enum err e = member_check_role(sc, a->what.workspace, a->role, &r);

	if (!e)
		e = db_int(sc, &invitation_is_member, BIND(V(a->what.email)), &there);
	if (!e && there)
		return fail(sc, ERR_CONFLICT, "This address belongs to a member already.");
	a->what.subject = r.id;
	if (!e)
		e = credential_revoke_email(sc, CREDENTIAL_INVITE, a->what.email);
	if (!e)
		e = credential_issue(sc, CREDENTIAL_INVITE, "pmi", &a->what, &a->token);
	return e ? e : audit_add(sc, "invitation.add", r.id);
}

enum err invitation_add(struct scope *sc, const char *email, int64_t workspace, const char *role,
	const char **token)
{
	struct add a = { .role = role,
		.what = { .tenant = sc->tenant,
			.workspace = workspace,
			.account = sc->actor.kind == ACTOR_ACCOUNT ? sc->actor.id : sc->actor.via,
			.expires = now_real(sc).ms + INVITE_MS } };
	enum err e = account_key(sc, email, &a.what.email);

	if (!e)
		e = db_write(sc, write_add, &a);
	if (!e)
		*token = a.token;
	return e;
}

static enum err mail(struct scope *sc, const char *email, const char *link)
{
	struct notice_mail m = { .to = email };
	struct tenant tenant;
	enum err e = tenant_find(sc, &tenant);

	if (e)
		return e;
	m.subject = arena_printf(sc->mem, tr(sc, "Join %s on PenguinMails"), tenant.name);
	m.text = arena_printf(sc->mem,
		tr(sc, "You are invited to join %s.\n\n"
		       "This link works for 7 days, one time:\n%s\n"),
		tenant.name, link);
	return notice_send(sc, &m);
}

enum err invitation_send(struct scope *sc, const char *email, int64_t workspace, const char *role,
	const char **link, bool *mailed)
{
	const char *token;
	enum err e = invitation_add(sc, email, workspace, role, &token);

	if (!e)
		e = host_url(sc, HOST_APP, arena_printf(sc->mem, "/invite/%s", token), link);
	*mailed = notice_is_configured(sc);
	return e || !*mailed ? e : mail(sc, email, *link);
}

enum err invitation_list(struct scope *sc, struct invitation **rows, size_t *n)
{
	struct credential *list;
	struct invitation *out;
	size_t count;
	enum err e = credential_list_tenant(sc, CREDENTIAL_INVITE, &list, &count);

	if (e)
		return e;
	out = arena_array(sc->mem, count, sizeof *out);
	for (size_t i = 0; !e && i < count; i++) {
		out[i] = (struct invitation){ .id = list[i].id,
			.email = list[i].email,
			.workspace = list[i].workspace,
			.created = list[i].created,
			.expires = list[i].expires };
		e = db_text(sc, &invitation_role, BIND(V(list[i].subject)), &out[i].role);
		if (e == ERR_MISSING)
			e = ERR_NONE;
	}
	if (e)
		return e;
	*rows = out;
	*n = count;
	return ERR_NONE;
}

static enum err write_revoke(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	enum err e = credential_revoke_of_tenant(sc, CREDENTIAL_INVITE, *id);

	return e ? e : audit_add(sc, "invitation.revoke", *id);
}

enum err invitation_revoke(struct scope *sc, int64_t id)
{
	return db_write(sc, write_revoke, &id);
}

/* ---- the other side ---- */

enum err invitation_find(struct scope *sc, const char *token, struct invited *out)
{
	struct invited in = { 0 };
	struct credential c;
	struct account a;
	struct tenant t;
	int64_t before = sc->tenant;
	enum err e = credential_find(sc, CREDENTIAL_INVITE, token, &c);

	if (e)
		return e;
	/* The token proves that its holder was invited there. */
	sc->tenant = c.tenant;
	e = tenant_find(sc, &t);
	sc->tenant = before;
	if (e)
		return e;
	in.id = c.id;
	in.tenant = c.tenant;
	in.role = c.subject;
	in.workspace = c.workspace;
	in.email = c.email;
	in.company = t.name;
	e = account_find_email(sc, c.email, &a);
	if (e && e != ERR_MISSING)
		return e;
	in.account = e ? 0 : a.id;
	scope_clear(sc);
	*out = in;
	return ERR_NONE;
}

struct accepting {
	struct invited in;
	struct account_new account;
	int64_t id;
};

static enum err write_join(struct scope *sc, struct accepting *a)
{
	const char *role = NULL;
	enum err e = db_text(sc, &invitation_role, BIND(V(a->in.role)), &role);

	if (e == ERR_MISSING)
		return fail(
			sc, ERR_CONFLICT, "The role of this invitation does not exist any more.");
	return e ? e : member_add(sc, a->id, a->in.workspace, role);
}

static enum err write_accept(struct scope *sc, void *arg)
{
	struct accepting *a = arg;
	const struct actor somebody = sc->actor;
	int64_t before = sc->tenant;
	enum err e = credential_spend(sc, a->in.id);

	a->id = a->in.account;
	if (!e && !a->id)
		e = account_add(sc, &a->account, &a->id);
	if (e)
		return e;
	/* Whoever joins does so by themselves. */
	sc->actor = (struct actor){ .kind = ACTOR_ACCOUNT, .id = a->id };
	sc->tenant = a->in.tenant;
	e = write_join(sc, a);
	sc->tenant = before;
	sc->actor = somebody;
	return e;
}

enum err invitation_accept(struct scope *sc, const char *token, const char *name,
	const char *password, int64_t *account)
{
	struct accepting a = { 0 };
	enum err e = invitation_find(sc, token, &a.in);

	if (e)
		return e;
	if (a.in.account) {
		e = account_prove(sc, a.in.account, password);
	} else {
		if (str_empty(name))
			return fail_field(sc, "name", "Say what others should call you.");
		a.account =
			(struct account_new){ .email = a.in.email, .name = name, .verified = true };
		e = account_check_password(sc, password, a.in.email);
		if (!e)
			e = password_hash(sc, password, &a.account.hash);
	}
	if (!e)
		e = db_write(sc, write_accept, &a);
	if (!e)
		*account = a.id;
	return e;
}
