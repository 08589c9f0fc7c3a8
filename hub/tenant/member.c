/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/member.h"

#include "guard/credential.h"
#include "guard/principal.h"
#include "tenant/audit.h"
#include "tenant/role.h"
#include "tenant/workspace.h"

SQL(member_rows, SQL_TENANT,
	"SELECT m.account AS account, a.email AS email, a.name AS name, r.name AS role,"
	" m.joined AS joined, (SELECT count(*) FROM permit o WHERE o.tenant = m.tenant"
	" AND o.who = 'account' AND o.who_id = m.account AND o.workspace <> 0) AS places FROM member m JOIN account a ON a.id = m.account"
	" LEFT JOIN permit p ON p.tenant = m.tenant AND p.who = 'account'"
	" AND p.who_id = m.account AND p.workspace = 0"
	" LEFT JOIN role r ON r.tenant = p.tenant AND r.id = p.role"
	" WHERE m.tenant = $1 AND m.state = 'active' ORDER BY a.name, m.account");
SQL(member_row, SQL_TENANT,
	"SELECT m.account AS account, a.email AS email, a.name AS name, r.name AS role,"
	" m.joined AS joined, (SELECT count(*) FROM permit o WHERE o.tenant = m.tenant"
	" AND o.who = 'account' AND o.who_id = m.account AND o.workspace <> 0) AS places FROM member m JOIN account a ON a.id = m.account"
	" LEFT JOIN permit p ON p.tenant = m.tenant AND p.who = 'account'"
	" AND p.who_id = m.account AND p.workspace = 0"
	" LEFT JOIN role r ON r.tenant = p.tenant AND r.id = p.role"
	" WHERE m.tenant = $1 AND m.account = $2 AND m.state = 'active'");
SQL(member_permit_rows, SQL_TENANT,
	"SELECT w.id AS workspace, w.name AS name, r.name AS role FROM workspace w"
	" LEFT JOIN permit p ON p.tenant = w.tenant AND p.who = 'account' AND p.who_id = $2"
	" AND p.workspace = w.id LEFT JOIN role r ON r.tenant = p.tenant AND r.id = p.role"
	" WHERE w.tenant = $1 AND w.state = 'active' ORDER BY w.name");
SQL(member_insert, SQL_TENANT,
	"INSERT INTO member (tenant, account, state, joined) VALUES ($1, $2, 'active', $3)"
	" ON CONFLICT (tenant, account) DO UPDATE SET state = 'active', removed = NULL");
SQL(member_end, SQL_TENANT,
	"UPDATE member SET state = 'removed', removed = $3"
	" WHERE tenant = $1 AND account = $2 AND state = 'active'");
SQL(member_end_permits, SQL_TENANT,
	"DELETE FROM permit WHERE tenant = $1 AND who = 'account' AND who_id = $2");
SQL(member_other_owners, SQL_TENANT,
	"SELECT count(*) FROM permit p JOIN role r ON r.tenant = p.tenant AND r.id = p.role"
	" JOIN member m ON m.tenant = p.tenant AND m.account = p.who_id AND m.state = 'active'"
	" WHERE p.tenant = $1 AND p.who = 'account' AND p.who_id <> $2 AND p.workspace = 0"
	" AND r.name = 'owner'");
SQL(member_of, SQL_SYSTEM,
	"SELECT t.tenant AS tenant, t.name AS name FROM member m"
	" JOIN tenant t ON t.tenant = m.tenant"
	" WHERE m.account = $1 AND m.state = 'active' ORDER BY t.name, t.tenant");

SHAPE(member_shape, struct member, COL(struct member, account), COL(struct member, email),
	COL(struct member, name), COL(struct member, role), COL(struct member, joined),
	COL(struct member, places));
SHAPE(permit_shape, struct permit, COL(struct permit, workspace), COL(struct permit, name),
	COL(struct permit, role));
SHAPE(membership_shape, struct membership, COL(struct membership, tenant),
	COL(struct membership, name));

enum err member_list(struct scope *sc, struct member **rows, size_t *n)
{
	return db_list(sc, &member_rows, BIND_NONE, &member_shape, rows, n);
}

static enum err find(struct scope *sc, int64_t account, struct member *m)
{
	enum err e = db_one(sc, &member_row, BIND(V(account)), &member_shape, m);

	return e == ERR_MISSING ? fail(sc, e, "There is no such member.") : e;
}

enum err member_find(struct scope *sc, int64_t account, struct member *out)
{
	return find(sc, account, out);
}

enum err member_permits(struct scope *sc, int64_t account, struct permit **rows, size_t *n)
{
	return db_list(sc, &member_permit_rows, BIND(V(account)), &permit_shape, rows, n);
}

enum err member_add(struct scope *sc, int64_t account, int64_t workspace, const char *role)
{
	struct role r;
	enum err e = role_find_name(sc, role, &r);

	if (!e)
		e = db_run(sc, &member_insert, BIND(V(account), V(now_real(sc).ms)), NULL);
	if (!e)
		e = role_give(sc, account, workspace, r.id);
	return e ? e : audit_add(sc, "member.add", account);
}

/* ---- who may give what ---- */

/* The person behind the scope, 0 where it is the system. */
static int64_t person(const struct scope *sc)
{
	return sc->actor.kind == ACTOR_ACCOUNT ? sc->actor.id : sc->actor.via;
}

static bool is_owner(struct scope *sc, int64_t account)
{
	struct member m;

	if (!account)
		return true;
	if (find(sc, account, &m) == ERR_NONE)
		return str_eq(m.role, ROLE_OWNER);
	scope_clear(sc);
	return false;
}

enum err member_may_give(struct scope *sc, const struct role *r)
{
	const char *held = r->perms;
	enum err e = ERR_NONE;

	if (person(sc))
		e = principal_rights(sc, person(sc), 0, &held);
	if (e)
		return e;
	if (str_eq(r->name, ROLE_OWNER) && !is_owner(sc, person(sc)))
		return fail(sc, ERR_DENIED, "Only an owner can make an owner.");
	if (!str_eq(rights_common(sc, r->perms, held), rights_common(sc, r->perms, r->perms)))
		return fail(sc, ERR_DENIED, "You cannot give rights that you do not have.");
	return ERR_NONE;
}

static enum err keep_an_owner(struct scope *sc, const struct member *m)
{
	int64_t others = 0;
	enum err e;

	if (!str_eq(m->role, ROLE_OWNER))
		return ERR_NONE;
	if (!is_owner(sc, person(sc)))
		return fail(sc, ERR_DENIED, "Only an owner can change an owner.");
	e = db_int(sc, &member_other_owners, BIND(V(m->account)), &others);
	if (!e && others == 0)
		return fail(sc, ERR_CONFLICT, "Somebody else must be an owner first.");
	return e;
}

/* What a role of one workspace may hold: the rest is about the whole company. */
static enum err check_place(struct scope *sc, int64_t workspace, const struct role *r)
{
	static const char inside[] = "view campaign contact sender";
	struct workspace w;
	enum err e;

	if (!workspace)
		return ERR_NONE;
	e = workspace_find(sc, workspace, &w);
	if (!e &&
		!str_eq(rights_common(sc, r->perms, inside), rights_common(sc, r->perms, r->perms)))
		return fail_field(sc, "role",
			"This role is about the whole company: give it in all workspaces");
	return e;
}

enum err member_check_role(struct scope *sc, int64_t workspace, const char *role, struct role *out)
{
	enum err e = role_find_name(sc, role, out);

	if (!e)
		e = member_may_give(sc, out);
	return e ? e : check_place(sc, workspace, out);
}

struct change {
	int64_t account, workspace;
	const char *role; /* NULL takes it away */
};

static enum err write_role(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	struct member m;
	struct role r;
	enum err e = find(sc, c->account, &m);

	if (!e && c->role)
		e = member_check_role(sc, c->workspace, c->role, &r);
	if (!e && !c->workspace && !str_eq(c->role, ROLE_OWNER))
		e = keep_an_owner(sc, &m);
	if (!e)
		e = role_give(sc, c->account, c->workspace, c->role ? r.id : 0);
	return e ? e : audit_add(sc, "member.role", c->account);
}

enum err member_set_role(struct scope *sc, int64_t account, int64_t workspace, const char *role)
{
	struct change c = { account, workspace, str_empty(role) ? NULL : role };

	return db_write(sc, write_role, &c);
}

static enum err write_remove(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	struct member m;
	enum err e = find(sc, c->account, &m);

	if (!e)
		e = keep_an_owner(sc, &m);
	if (!e)
		e = db_run(sc, &member_end, BIND(V(c->account), V(now_real(sc).ms)), NULL);
	if (!e)
		e = db_run(sc, &member_end_permits, BIND(V(c->account)), NULL);
	if (!e)
		e = credential_leave(sc, c->account);
	return e ? e : audit_add(sc, "member.remove", c->account);
}

enum err member_remove(struct scope *sc, int64_t account)
{
	struct change c = { .account = account };

	if (account == person(sc))
		return fail(sc, ERR_CONFLICT, "You cannot remove yourself.");
	return db_write(sc, write_remove, &c);
}

enum err member_tenants(struct scope *sc, int64_t account, struct membership **rows, size_t *n)
{
	struct membership *found;
	struct scope all;
	size_t count;
	enum err e;

	scope_open_for(&all, sc, 0);
	scope_system(&all);
	e = db_list(&all, &member_of, BIND(V(account)), &membership_shape, &found, &count);
	if (e) {
		e = fail(sc, e, "%s", all.why ? all.why : "");
	} else {
		*rows = count ? arena_copy(sc->mem, found, count * sizeof *found) : NULL;
		*n = count;
		for (size_t i = 0; i < count; i++)
			(*rows)[i].name = arena_text(sc->mem, found[i].name);
	}
	scope_close(&all);
	return e;
}
