/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "guard/throttle.h"

#include <string.h>

#include "crypt/secret.h"
#include "hub.h"

SQL(throttle_read, SQL_DIRECTORY, "SELECT n FROM throttle WHERE hash = $1 AND until > $2");
SQL(throttle_add, SQL_DIRECTORY,
	"INSERT INTO throttle (hash, n, until) VALUES ($1, 1, $2)"
	" ON CONFLICT (hash) DO UPDATE SET"
	" n = CASE WHEN throttle.until <= $3 THEN 1 ELSE throttle.n + 1 END,"
	" until = CASE WHEN throttle.until <= $3 THEN excluded.until ELSE throttle.until END");
SQL(throttle_drop, SQL_DIRECTORY, "DELETE FROM throttle WHERE hash = $1");
SQL(throttle_old, SQL_DIRECTORY, "DELETE FROM throttle WHERE until <= $1");

static struct bytes hash_of(struct scope *sc, const struct throttle *t, const char *who)
{
	const struct hub *hub = hub_of(sc);
	const char *name = arena_printf(sc->mem, "throttle %s %s", t->kind, who);
	unsigned char *hash = arena_alloc(sc->mem, HASH_BYTES);

	hmac_sha256(
		hub->master.bytes, sizeof hub->master.bytes, bytes_of(name, strlen(name)), hash);
	return bytes_of(hash, HASH_BYTES);
}

enum err throttle_check(struct scope *sc, const struct throttle *t, const char *who)
{
	int64_t n = 0;
	enum err e =
		db_int(sc, &throttle_read, BIND(V(hash_of(sc, t, who)), V(now_real(sc).ms)), &n);

	if (e && e != ERR_MISSING)
		return e;
	if (e)
		scope_clear(sc);
	if (n >= t->limit)
		return fail(sc, ERR_LIMIT, "That was too often. Please wait %lld minutes.",
			(long long)(t->window_ms / MINUTE_MS));
	return ERR_NONE;
}

enum err throttle_count(struct scope *sc, const struct throttle *t, const char *who)
{
	int64_t now = now_real(sc).ms;

	return db_run(sc, &throttle_add,
		BIND(V(hash_of(sc, t, who)), V(now + t->window_ms), V(now)), NULL);
}

enum err throttle_forget(struct scope *sc, const struct throttle *t, const char *who)
{
	return db_run(sc, &throttle_drop, BIND(V(hash_of(sc, t, who))), NULL);
}

enum err throttle_sweep(struct scope *sc, int64_t *n)
{
	return db_run(sc, &throttle_old, BIND(V(now_real(sc).ms)), n);
}
