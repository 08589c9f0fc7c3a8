/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "track/track_host.h"

#include <string.h>

#include "base/str.h"

#include "store/db.h"
#include "text/url.h"

#include "guard/host.h"

#include "sender/domain.h"
#include "tenant/audit.h"

#define MAX_HOSTS 20

SQL(track_host_insert, SQL_DIRECTORY,
	"INSERT INTO host (name, tenant, purpose, scheme, state, target) "
	"VALUES ($1, $2, 'track', $3, 'pending', $4) ON CONFLICT (name) DO UPDATE "
	"SET tenant = excluded.tenant WHERE host.purpose = 'track' AND "
	"(host.tenant = excluded.tenant OR host.state = 'pending')");
SQL(track_host_of_tenant, SQL_DIRECTORY,
	"SELECT name, tenant, scheme, state, target, checked_at, found, reason, fails FROM host "
	"WHERE tenant = $1 AND purpose = 'track' ORDER BY name");
SQL(track_host_delete, SQL_DIRECTORY,
	"DELETE FROM host WHERE name = $1 AND tenant = $2 AND purpose = 'track'");

SHAPE(track_host_shape, struct track_host, COL(struct track_host, name),
	COL(struct track_host, tenant), COL(struct track_host, scheme),
	COL(struct track_host, state), COL(struct track_host, target),
	COL(struct track_host, checked_at), COL(struct track_host, found),
	COL(struct track_host, reason), COL(struct track_host, fails));

static bool is_loopback(const char *host)
{
	return str_eq(host, "localhost") || str_ends(host, ".localhost");
}

/* NAME as the host table keeps it, and the scheme that goes with it. */
static enum err parse(
	struct scope *sc, const char *typed, const char **name, const char **scheme, struct url *u)
{
	char *trimmed = str_trim(sc->mem, typed);
	const char *wanted;

	if (strpbrk(trimmed, "/?#@ ") ||
		url_parse(sc, arena_printf(sc->mem, "https://%s/", trimmed), u))
		return fail_field(sc, "name", "This is no host name");
	*scheme = is_loopback(u->host) ? "http" : "https";
	wanted = arena_printf(sc->mem, "%s://%s/", *scheme, trimmed);
	if (url_parse(sc, wanted, u))
		return fail_field(sc, "name", "This is no host name");
	scope_clear(sc);
	*name = url_host(sc, u);
	return ERR_NONE;
}

static enum err check_domain(struct scope *sc, const char *host)
{
	struct domain *list;
	size_t n;
	enum err e = domain_list(sc, &list, &n);

	for (size_t i = 0; i < n && !e; i++)
		if (str_eq(list[i].state, "verified") &&
			str_ends(host, arena_printf(sc->mem, ".%s", list[i].name)))
			return ERR_NONE;
	return e ? e
		 : fail_field(sc, "name", "The name must stand below one of your verified domains");
}

/* ---- adding and removing ---- */

struct change {
	const char *name, *scheme, *target;
};

static enum err insert(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	int64_t changed;
	enum err e = db_run(sc, &track_host_insert,
		BIND(V(c->name), V(sc->tenant), V(c->scheme), V(c->target)), &changed);

	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "This name serves something else already");
	return e ? e : audit_add(sc, "track_host.add", 0);
}

enum err track_host_add(struct scope *sc, const char *typed)
{
	struct change c;
	struct track_host *rows;
	struct url u;
	size_t n;
	const char *base;
	enum err e = parse(sc, typed, &c.name, &c.scheme, &u);

	if (!e)
		e = check_domain(sc, u.host);
	if (!e)
		e = track_host_list(sc, &rows, &n);
	if (!e && n >= MAX_HOSTS)
		e = fail(sc, ERR_LIMIT, "There are too many tracking hosts");
	if (!e)
		e = host_base(sc, HOST_LINK, &base);
	if (e)
		return e;
	c.target = strstr(base, "://") ? strstr(base, "://") + 3 : base;
	return db_write(sc, insert, &c);
}

enum err track_host_list(struct scope *sc, struct track_host **rows, size_t *n)
{
	return db_list(sc, &track_host_of_tenant, BIND(V(sc->tenant)), &track_host_shape, rows, n);
}

static enum err drop(struct scope *sc, void *arg)
{
	int64_t changed;
	enum err e =
		db_run(sc, &track_host_delete, BIND(V((const char *)arg), V(sc->tenant)), &changed);

	if (!e && !changed)
		return fail(sc, ERR_MISSING, "There is no such tracking host");
	return e ? e : audit_add(sc, "track_host.remove", 0);
}

enum err track_host_remove(struct scope *sc, const char *typed)
{
	const char *name, *scheme;
	struct url u;
	enum err e = parse(sc, typed, &name, &scheme, &u);

	return e ? e : db_write(sc, drop, (void *)(uintptr_t)name);
}

enum err track_host_find(struct scope *sc, const char *typed, struct track_host *out)
{
	const char *name, *scheme;
	struct track_host *rows;
	struct url u;
	size_t n;
	enum err e = parse(sc, typed, &name, &scheme, &u);

	if (!e)
		e = track_host_list(sc, &rows, &n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name)) {
			*out = rows[i];
			return ERR_NONE;
		}
	return fail(sc, ERR_MISSING, "There is no such tracking host");
}
