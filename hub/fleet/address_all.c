/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's view: addresses of all companies. */
#include "fleet/address.h"
#include "net/ip.h"

SQL(address_owners, SQL_SYSTEM,
	"SELECT tenant, id FROM address WHERE id > $1 AND (CAST($2 AS TEXT) IS NULL OR state = $2) "
	"ORDER BY id LIMIT $3");
SQL(address_owners_of, SQL_SYSTEM, "SELECT tenant, id FROM address WHERE ip = $1 ORDER BY tenant");

struct owner {
	int64_t tenant, id;
};
SHAPE(owner_shape, struct owner, COL(struct owner, tenant), COL(struct owner, id));

enum err address_list_all(
	struct scope *sc, const struct address_filter *f, struct address_owned **rows, size_t *n)
{
	struct owner *owners;
	enum err e = db_list(sc, &address_owners,
		BIND(V(f->after), V(str_empty(f->state) ? NULL : f->state),
			V((int64_t)(f->limit ? f->limit : 50))),
		&owner_shape, &owners, n);

	if (e)
		return e;
	*rows = arena_array(sc->mem, *n, sizeof **rows);
	for (size_t i = 0; i < *n && !e; i++) {
		(*rows)[i].tenant = sc->tenant = owners[i].tenant;
		e = address_find(sc, owners[i].id, &(*rows)[i].a);
	}
	sc->tenant = 0;
	return e;
}

struct everywhere {
	const struct owner *list;
	size_t n;
	const char *to, *reason;
};

static enum err write_everywhere(struct scope *sc, void *arg)
{
	const struct everywhere *w = arg;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < w->n && !e; i++) {
		sc->tenant = w->list[i].tenant;
		e = address_lead(sc, w->list[i].id, w->to, w->reason);
	}
	sc->tenant = 0;
	return e;
}

enum err address_set_state_all(struct scope *sc, const char *ip, const char *to, const char *reason)
{
	struct everywhere w = { .to = to, .reason = reason };
	const char *plain = ip_parse(sc->mem, ip);
	struct owner *owners;
	enum err e;

	if (!plain)
		return fail_field(sc, "ip", "This is not an IP address");
	e = db_list(sc, &address_owners_of, BIND(V(plain)), &owner_shape, &owners, &w.n);
	if (!e && !w.n)
		return fail(sc, ERR_MISSING, "No company has this address");
	w.list = owners;
	if (!e)
		e = db_write(sc, write_everywhere, &w);
	sc->tenant = 0;
	return e;
}
