/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/authority.h"

#include "base/out.h"
#include "store/db.h"

/* Machines whose clock is a little behind must not find a new certificate in the future. */
#define BEFORE_MS    DAY_MS
#define AUTHORITY_MS (3650 * DAY_MS)

SQL(authority_newest, SQL_DIRECTORY,
	"SELECT version, cert, sealed FROM authority WHERE kind = $1 "
	"ORDER BY version DESC LIMIT 1");
SQL(authority_trusted, SQL_DIRECTORY,
	"SELECT cert FROM authority WHERE kind = $1 AND until > $2 ORDER BY version DESC");
SQL(authority_add, SQL_DIRECTORY,
	"INSERT INTO authority (kind, version, cert, sealed, until) VALUES ($1, 1, $2, $3, $4) "
	"ON CONFLICT (kind, version) DO NOTHING");

struct authority_row {
	int64_t version;
	const char *cert;
	struct bytes sealed;
};
SHAPE(authority_shape, struct authority_row, COL(struct authority_row, version),
	COL(struct authority_row, cert), COL(struct authority_row, sealed));

struct authority_cert {
	const char *cert;
};
SHAPE(cert_shape, struct authority_cert, COL(struct authority_cert, cert));

struct kind {
	const char *name;    /* as stored */
	const char *cn;      /* of the certificate */
	const char *context; /* its key is sealed in */
};

static const struct kind kinds[AUTHORITY_KINDS] = {
	[AUTHORITY_SERVER] = { "server", "PenguinMails servers", "authority.server" },
	[AUTHORITY_AGENT] = { "agent", "PenguinMails appliances", "authority.agent" },
	[AUTHORITY_HUB] = { "hub", "PenguinMails hubs", "authority.hub" },
};

static enum err make(struct scope *sc, void *arg)
{
	const struct kind *k = arg;
	int64_t now = now_real(sc).ms, version;
	struct x509_pair pair;
	struct bytes sealed;
	enum err e = x509_authority(sc, k->cn, now - BEFORE_MS, now + AUTHORITY_MS, &pair);

	if (e)
		return e;
	version = 1;
	seal(sc, &hub_of(sc)->master, k->context, 0, version, bytes_of(pair.key, strlen(pair.key)),
		&sealed);
	return db_run(sc, &authority_add,
		BIND(V(k->name), V(pair.cert), V(sealed), V(now + AUTHORITY_MS)), NULL);
}

enum err authority_start(struct scope *sc)
{
	for (int i = 0; i < AUTHORITY_KINDS; i++) {
		struct authority_row row;
		enum err e = db_one(
			sc, &authority_newest, BIND(V(kinds[i].name)), &authority_shape, &row);

		if (e == ERR_MISSING) {
			scope_clear(sc);
			e = db_write(sc, make, (void *)(uintptr_t)&kinds[i]);
		}
		if (e)
			return e;
	}
	return ERR_NONE;
}

enum err authority_pair(struct scope *sc, enum authority kind, struct x509_pair *pair)
{
	const struct kind *k = &kinds[kind];
	struct authority_row row;
	struct bytes plain;
	enum err e = db_one(sc, &authority_newest, BIND(V(k->name)), &authority_shape, &row);

	if (e == ERR_MISSING)
		return fail(sc, ERR_INTERNAL, "The %s authority has not been made yet", k->name);
	if (!e)
		e = seal_open(
			sc, &hub_of(sc)->master, k->context, 0, row.version, row.sealed, &plain);
	if (e)
		return e;
	*pair = (struct x509_pair){ row.cert, arena_copy(sc->mem, plain.data, plain.len) };
	return ERR_NONE;
}

enum err authority_bundle(struct scope *sc, enum authority kind, const char **pem)
{
	struct authority_cert *rows;
	struct out o;
	size_t n;
	enum err e = db_list(sc, &authority_trusted, BIND(V(kinds[kind].name), V(now_real(sc).ms)),
		&cert_shape, &rows, &n);

	if (e)
		return e;
	out_init(&o, sc->mem);
	for (size_t i = 0; i < n; i++)
		out_text(&o, rows[i].cert);
	*pem = o.data;
	return ERR_NONE;
}
