/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/tenant.h"

#include <string.h>

#include "event/event.h"
#include "hub.h"
#include "tenant/audit.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/workspace.h"

#define COLUMNS "tenant, name, standing, reason, locale, zone, postal, slot, created"

SQL(tenant_insert, SQL_TENANT,
	"INSERT INTO tenant (tenant, name, standing, slot, locale, zone, postal, created)"
	" VALUES ($1, $2, 'active', $3, $4, $5, $6, $7)");
SQL(tenant_row, SQL_TENANT, "SELECT " COLUMNS " FROM tenant WHERE tenant = $1");
SQL(tenant_rows, SQL_SYSTEM, "SELECT " COLUMNS " FROM tenant ORDER BY name, tenant");
SQL(tenant_by_name, SQL_SYSTEM,
	"SELECT " COLUMNS " FROM tenant WHERE name = $1 ORDER BY tenant LIMIT 2");
SQL(tenant_update, SQL_TENANT,
	"UPDATE tenant SET name = $2, locale = $3, zone = $4, postal = $5 WHERE tenant = $1");
/* An operator's stop takes the place of the tenant's own. */
SQL(tenant_halt, SQL_TENANT,
	"UPDATE tenant SET standing = 'stopped', reason = $2, stopped_by = $3 WHERE tenant = $1 "
	"AND (standing = 'active' OR "
	"(standing = 'stopped' AND stopped_by = 'tenant' AND $3 = 'operator'))");
SQL(tenant_go_on, SQL_TENANT,
	"UPDATE tenant SET standing = 'active', reason = NULL, stopped_by = NULL "
	"WHERE tenant = $1 AND standing = 'stopped' AND (stopped_by = 'tenant' OR $2 = 'operator')");
SQL(tenant_postal_text, SQL_TENANT,
	"SELECT CASE WHEN w.postal <> '' THEN w.postal ELSE t.postal END AS postal"
	" FROM tenant t LEFT JOIN workspace w ON w.tenant = t.tenant AND w.id = $2"
	" WHERE t.tenant = $1");
SQL(tenant_key_insert, SQL_TENANT,
	"INSERT INTO tenant_key (tenant, version, sealed, created) VALUES ($1, $2, $3, $4)");
SQL(tenant_key_row, SQL_TENANT,
	"SELECT version, sealed FROM tenant_key WHERE tenant = $1 AND (CAST($2 AS BIGINT) = 0 OR version = $2)"
	" ORDER BY version DESC LIMIT 1");

SHAPE(tenant_shape, struct tenant, COL(struct tenant, tenant), COL(struct tenant, name),
	COL(struct tenant, standing), COL(struct tenant, reason), COL(struct tenant, locale),
	COL(struct tenant, zone), COL(struct tenant, postal), COL(struct tenant, slot),
	COL(struct tenant, created));

struct key_row {
	int64_t version;
	struct bytes sealed;
};
SHAPE(key_shape, struct key_row, COL(struct key_row, version), COL(struct key_row, sealed));

/* ---- a new one ---- */

static enum err add_key(struct scope *sc)
{
	const struct hub *hub = hub_of(sc);
	struct seal_key key;
	struct bytes sealed;

	seal_key_make(&key, 1);
	seal(sc, &hub->master, "tenant_key", sc->tenant, 1, bytes_of(key.bytes, sizeof key.bytes),
		&sealed);
	seal_key_wipe(&key);
	return db_run(
		sc, &tenant_key_insert, BIND(V(INT64_C(1)), V(sealed), V(now_real(sc).ms)), NULL);
}

struct add {
	const struct tenant_new *t;
	int64_t tenant, workspace;
};

static enum err write_rows(struct scope *sc, struct add *a)
{
	const struct tenant_new *t = a->t;
	const char *zone = t->zone ? t->zone : "UTC";
	int64_t slot = 0;
	enum err e = event_slot_new(sc, &slot);

	if (!e)
		e = db_run(sc, &tenant_insert,
			BIND(V(t->name), V(slot), V(t->locale ? t->locale : "en"), V(zone),
				V(t->postal ? t->postal : ""), V(now_real(sc).ms)),
			NULL);
	if (!e)
		e = add_key(sc);
	if (!e)
		e = role_start(sc);
	if (!e)
		e = workspace_add(sc, t->name, zone, &a->workspace);
	if (!e && t->owner)
		e = member_add(sc, t->owner, 0, ROLE_OWNER);
	return e;
}

static enum err write_tenant(struct scope *sc, void *arg)
{
	struct add *a = arg;
	int64_t before = sc->tenant;
	enum err e;

	a->tenant = new_id(sc);
	sc->tenant = a->tenant;
	e = write_rows(sc, a);
	sc->tenant = before;
	return e;
}

enum err tenant_add(
	struct scope *sc, const struct tenant_new *t, int64_t *tenant, int64_t *workspace)
{
	struct add a = { .t = t };
	enum err e = db_write(sc, write_tenant, &a);

	if (e)
		return e;
	*tenant = a.tenant;
	*workspace = a.workspace;
	return ERR_NONE;
}

/* ---- reading and changing ---- */

enum err tenant_find(struct scope *sc, struct tenant *out)
{
	enum err e = db_one(sc, &tenant_row, BIND_NONE, &tenant_shape, out);

	return e == ERR_MISSING ? fail(sc, e, "There is no such company.") : e;
}

static enum err write_set(struct scope *sc, void *arg)
{
	const struct tenant_set *t = arg;
	enum err e = db_run(sc, &tenant_update,
		BIND(V(t->name), V(t->locale ? t->locale : "en"), V(t->zone ? t->zone : "UTC"),
			V(t->postal ? t->postal : "")),
		NULL);

	return e ? e : audit_add(sc, "tenant.set", sc->tenant);
}

enum err tenant_set(struct scope *sc, const struct tenant_set *t)
{
	return db_write(sc, write_set, (void *)(uintptr_t)t);
}

enum err tenant_postal(struct scope *sc, int64_t workspace, const char **postal)
{
	const char *text = NULL;
	enum err e = db_text(sc, &tenant_postal_text, BIND(V(workspace)), &text);

	if (e == ERR_MISSING)
		return fail(sc, e, "There is no such company.");
	if (!e)
		*postal = text ? text : "";
	return e;
}

/* People and their keys act for the company, everybody else for the installation. */
static const char *side_of(const struct scope *sc)
{
	bool own = sc->actor.kind == ACTOR_ACCOUNT || sc->actor.kind == ACTOR_KEY;

	return own ? "tenant" : "operator";
}

static enum err note_standing(struct scope *sc, const char *kind)
{
	event_addf(sc, kind, sc->tenant, "{}");
	return audit_add(sc, kind, sc->tenant);
}

static enum err write_stop(struct scope *sc, void *arg)
{
	const char *reason = arg;
	int64_t changed = 0;
	enum err e = db_run(sc, &tenant_halt, BIND(V(reason), V(side_of(sc))), &changed);

	if (e)
		return e;
	if (changed == 0)
		return fail(sc, ERR_CONFLICT, "It is so already.");
	return note_standing(sc, "tenant.stopped");
}

static enum err write_resume(struct scope *sc, void *arg)
{
	struct tenant t;
	int64_t changed = 0;
	enum err e = db_run(sc, &tenant_go_on, BIND(V(side_of(sc))), &changed);

	(void)arg;
	if (!e && changed == 0)
		e = tenant_find(sc, &t);
	if (e)
		return e;
	if (changed == 0 && str_eq(t.standing, "stopped"))
		return fail(sc, ERR_DENIED,
			"The operator of this installation stopped sending; only they can let it "
			"go on.");
	if (changed == 0)
		return fail(sc, ERR_CONFLICT, "It is so already.");
	return note_standing(sc, "tenant.resumed");
}

enum err tenant_stop(struct scope *sc, const char *reason)
{
	return db_write(sc, write_stop, (void *)(uintptr_t)reason);
}

enum err tenant_resume(struct scope *sc)
{
	return db_write(sc, write_resume, NULL);
}

enum err tenant_is_active(struct scope *sc, bool *active)
{
	struct tenant t;
	enum err e = tenant_find(sc, &t);

	if (!e)
		*active = str_eq(t.standing, "active");
	return e;
}

enum err tenant_list(struct scope *sc, struct tenant **rows, size_t *n)
{
	return db_list(sc, &tenant_rows, BIND_NONE, &tenant_shape, rows, n);
}

enum err tenant_find_name(struct scope *sc, const char *name, int64_t *tenant)
{
	struct tenant *rows;
	size_t n;
	enum err e = db_list(sc, &tenant_by_name, BIND(V(name)), &tenant_shape, &rows, &n);

	if (e)
		return e;
	if (n == 0)
		return fail(sc, ERR_MISSING, "there is no tenant named %s", name);
	if (n > 1)
		return fail(sc, ERR_CONFLICT, "two tenants are named %s", name);
	*tenant = rows[0].tenant;
	return ERR_NONE;
}

enum err tenant_key_get(struct scope *sc, uint32_t version, struct seal_key *k)
{
	const struct hub *hub = hub_of(sc);
	struct key_row row;
	struct bytes plain;
	enum err e = db_one(sc, &tenant_key_row, BIND(V((int64_t)version)), &key_shape, &row);

	if (e == ERR_MISSING)
		return fail(sc, ERR_INTERNAL, "the tenant has no key of version %u", version);
	if (!e)
		e = seal_open(sc, &hub->master, "tenant_key", sc->tenant, row.version, row.sealed,
			&plain);
	if (e)
		return e;
	if (plain.len != sizeof k->bytes)
		return fail(sc, ERR_INTERNAL, "the tenant's key is damaged");
	memcpy(k->bytes, plain.data, sizeof k->bytes);
	k->version = (uint32_t)row.version;
	return ERR_NONE;
}
