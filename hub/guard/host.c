/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "guard/host.h"

#include "text/url.h"

SQL(host_by_name, SQL_DIRECTORY,
	"SELECT name, tenant, workspace, purpose, scheme, state FROM host WHERE name = $1");
SQL(host_insert, SQL_DIRECTORY,
	"INSERT INTO host (name, purpose, scheme, state, checked_at)"
	" VALUES ($1, $2, $3, 'verified', $4)"
	" ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at,"
	" scheme = excluded.scheme"
	" WHERE host.tenant IS NULL AND host.purpose = excluded.purpose");
SQL(host_of_house, SQL_DIRECTORY,
	"SELECT name, tenant, workspace, purpose, scheme, state FROM host"
	" WHERE purpose = $1 AND tenant IS NULL AND state = 'verified'"
	" ORDER BY checked_at DESC, name LIMIT 1");
SQL(host_of_tenant, SQL_DIRECTORY,
	"SELECT name, tenant, workspace, purpose, scheme, state FROM host"
	" WHERE tenant = $1 AND purpose = $2 AND state = 'verified' ORDER BY name LIMIT 1");

SHAPE(host_shape, struct host, COL(struct host, name), COL(struct host, tenant),
	COL(struct host, workspace), COL(struct host, purpose), COL(struct host, scheme),
	COL(struct host, state));

enum err host_find(struct scope *sc, const char *name, struct host *out)
{
	return db_one(sc, &host_by_name, BIND(V(str_lower(sc->mem, name))), &host_shape, out);
}

static bool is_loopback(const char *host)
{
	return str_eq(host, "localhost") || str_ends(host, ".localhost") ||
	       str_starts(host, "127.") || str_eq(host, "[::1]");
}

struct ensure {
	const char *name, *purpose, *scheme;
};

/* A small installation has one name: its app host then serves the links in mails, too. */
static enum err serves_both(struct scope *sc, const struct ensure *en)
{
	struct host h;
	enum err e = host_find(sc, en->name, &h);

	if (!e && (h.tenant || !str_eq(h.purpose, HOST_APP)))
		return fail(sc, ERR_CONFLICT, "%s already serves another purpose than %s", en->name,
			en->purpose);
	return e;
}

static enum err write_host(struct scope *sc, void *arg)
{
	const struct ensure *en = arg;
	int64_t changed = 0;
	enum err e = db_run(sc, &host_insert,
		BIND(V(en->name), V(en->purpose), V(en->scheme), V(now_real(sc).ms)), &changed);

	if (!e && changed == 0 && str_eq(en->purpose, HOST_LINK))
		return serves_both(sc, en);
	if (!e && changed == 0)
		return fail(sc, ERR_CONFLICT, "%s already serves another purpose than %s", en->name,
			en->purpose);
	return e;
}

enum err host_ensure(struct scope *sc, const char *url, const char *purpose)
{
	struct ensure en = { .purpose = purpose };
	struct url u;
	enum err e = url_parse(sc, url, &u);

	if (e)
		return e;
	if (!str_eq(u.path, "/") || u.query)
		return fail(sc, ERR_INPUT, "%s must be a scheme and a host alone", url);
	if (str_eq(u.scheme, "http") && !is_loopback(u.host))
		return fail(sc, ERR_INPUT, "%s must be https: http is for loopback only", url);
	en.name = url_host(sc, &u);
	en.scheme = u.scheme;
	return db_write(sc, write_host, &en);
}

enum err host_base(struct scope *sc, const char *purpose, const char **base)
{
	struct host h;
	enum err e;

	if (str_eq(purpose, HOST_TRACK))
		e = db_one(sc, &host_of_tenant, BIND(V(sc->tenant), V(purpose)), &host_shape, &h);
	else
		e = db_one(sc, &host_of_house, BIND(V(purpose)), &host_shape, &h);
	if (e == ERR_MISSING && str_eq(purpose, HOST_LINK))
		return host_base(sc, HOST_APP, base);
	if (e == ERR_MISSING)
		return fail(sc, ERR_MISSING, "no host serves %s", purpose);
	if (!e)
		*base = arena_printf(sc->mem, "%s://%s", h.scheme, h.name);
	return e;
}

enum err host_url(struct scope *sc, const char *purpose, const char *path, const char **url)
{
	const char *base;
	enum err e = host_base(sc, purpose, &base);

	if (!e)
		*url = arena_printf(sc->mem, "%s%s", base, path);
	return e;
}
