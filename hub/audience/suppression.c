/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/suppression.h"

#include "audience/audience_priv.h"
#include "crypt/secret.h"
#include "event/event.h"
#include "hub.h"
#include "job/job.h"
#include "mail/address.h"
#include "tenant/audit.h"

/* Entries that come together go to the appliances together. */
#define PUSH_AFTER_MS SECOND_MS
#define MAX_BY_HAND   10000

SQL(suppression_insert, SQL_TENANT,
	"INSERT INTO suppression (tenant, scope, scope_id, key_hash, reason, source, at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) "
	"ON CONFLICT (tenant, scope, scope_id, key_hash) DO NOTHING");
SQL(suppression_mark_erased, SQL_TENANT,
	"UPDATE suppression SET reason = 'erased', source = $3, expires = NULL "
	"WHERE tenant = $1 AND scope = 'tenant' AND scope_id = 0 AND key_hash = $2");
SQL(suppression_delete, SQL_TENANT,
	"DELETE FROM suppression WHERE tenant = $1 AND scope = $2 AND scope_id = $3 "
	"AND key_hash = $4 AND reason NOT IN ('erased', 'complained')");
SQL(suppression_match, SQL_TENANT,
	"SELECT reason FROM suppression WHERE tenant = $1 AND scope = $2 AND scope_id = $3 "
	"AND key_hash = $4 AND (expires IS NULL OR expires > $5)");
SQL(suppression_newest, SQL_TENANT,
	"SELECT scope, scope_id, key_hash, reason, source, at, expires FROM suppression "
	"WHERE tenant = $1 AND at <= $2 AND (at < $2 OR key_hash < $3) "
	"AND (scope <> 'workspace' OR scope_id = $4) ORDER BY at DESC, key_hash DESC LIMIT $5");
SQL(suppression_number, SQL_TENANT,
	"SELECT COUNT(*) FROM suppression WHERE tenant = $1 "
	"AND (scope <> 'workspace' OR scope_id = $2)");

SHAPE(suppression_shape, struct suppression, COL(struct suppression, scope),
	COL(struct suppression, scope_id), COL(struct suppression, key_hash),
	COL(struct suppression, reason), COL(struct suppression, source),
	COL(struct suppression, at), COL(struct suppression, expires));

enum err suppression_key_get(struct scope *sc, struct suppression_key *k)
{
	static const char purpose[] = "suppression";
	struct seal_key key;
	enum err e = hub_of(sc)->tenant_key(sc, 1, &key);

	if (e)
		return e;
	hmac_sha256(key.bytes, sizeof key.bytes, bytes_of(purpose, sizeof purpose - 1), k->bytes);
	seal_key_wipe(&key);
	return ERR_NONE;
}

struct bytes suppression_hash(struct scope *sc, const struct suppression_key *k, const char *key)
{
	unsigned char *hash = arena_alloc(sc->mem, HASH_BYTES);

	hmac_sha256(k->bytes, sizeof k->bytes, bytes_of(key, strlen(key)), hash);
	return bytes_of(hash, HASH_BYTES);
}

static enum err hash_of(struct scope *sc, const char *key, struct bytes *hash)
{
	struct suppression_key k;
	enum err e = suppression_key_get(sc, &k);

	if (!e)
		*hash = suppression_hash(sc, &k, key);
	return e;
}

enum err suppression_add(struct scope *sc, const char *scope, int64_t scope_id, const char *key,
	const char *reason, const char *source)
{
	struct bytes hash;
	enum err e = hash_of(sc, key, &hash);
	int64_t now = now_real(sc).ms;

	if (!e)
		e = db_run(sc, &suppression_insert,
			BIND(V(scope), V(scope_id), V(hash), V(reason), V(source), V(now)), NULL);
	if (!e && str_eq(reason, "erased"))
		e = db_run(sc, &suppression_mark_erased, BIND(V(hash), V(source)), NULL);
	if (e)
		return e;
	return job_at(sc, "suppression.push", 0, "", now + PUSH_AFTER_MS, NULL);
}

enum err suppression_drop(struct scope *sc, const char *scope, int64_t scope_id, const char *key)
{
	struct bytes hash;
	int64_t changed;
	enum err e = hash_of(sc, key, &hash);

	if (!e)
		e = db_run(sc, &suppression_delete, BIND(V(scope), V(scope_id), V(hash)), &changed);
	if (e)
		return e;
	if (changed == 0)
		return fail(sc, ERR_MISSING,
			"This address is not on the list, or may not be taken off it");
	e = job_at(sc, "suppression.push", 0, "", now_real(sc).ms + PUSH_AFTER_MS, NULL);
	return e ? e : job_now(sc, "suppression.segments", 0, "");
}

/* ---- asking ---- */

static enum err match(struct scope *sc, const char *scope, int64_t scope_id, struct bytes hash,
	const char **reason)
{
	const char *found;
	enum err e = db_text(sc, &suppression_match,
		BIND(V(scope), V(scope_id), V(hash), V(now_real(sc).ms)), &found);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		*reason = found;
	return e;
}

enum err suppression_find(
	struct scope *sc, int64_t workspace, struct bytes hash, const char **reason)
{
	const char *found = NULL;
	enum err e = match(sc, "tenant", 0, hash, &found);

	if (!e && !found && workspace)
		e = match(sc, "workspace", workspace, hash, &found);
	if (!e)
		*reason = found;
	return e;
}

enum err suppression_has(
	struct scope *sc, int64_t workspace, int64_t campaign, const char *key, const char **reason)
{
	const char *found = NULL;
	struct bytes hash;
	enum err e = hash_of(sc, key, &hash);

	if (!e)
		e = suppression_find(sc, workspace, hash, &found);
	if (!e && !found && campaign)
		e = match(sc, "campaign", campaign, hash, &found);
	if (!e)
		*reason = found;
	return e;
}

/* ---- by hand ---- */

struct by_hand {
	const char **keys;
	size_t count;
	const char *why;
	const char *scope;
	int64_t scope_id;
};

static enum err choose(struct scope *sc, struct by_hand *h, const char *scope)
{
	bool one = str_eq(scope, "workspace");

	if (one && !sc->workspace)
		return fail_field(sc, "scope", "Choose a workspace first");
	h->scope = one ? "workspace" : "tenant";
	h->scope_id = one ? sc->workspace : 0;
	return ERR_NONE;
}

static enum err add_all(struct scope *sc, void *arg)
{
	const struct by_hand *h = arg;
	enum err e = audit_add(sc, "suppression.add", 0);

	for (size_t i = 0; !e && i < h->count; i++)
		e = suppression_add(sc, h->scope, h->scope_id, h->keys[i], "manual", "dashboard");
	if (!e)
		event_addf(sc, "suppression.added", sc->tenant, "{\"count\":%zu}", h->count);
	return e;
}

enum err suppression_import(
	struct scope *sc, const char *scope, const char *typed, int64_t *added, int64_t *broken)
{
	struct by_hand h = { 0 };
	int64_t wrong = 0;
	enum err e = choose(sc, &h, scope);

	if (e)
		return e;
	h.keys = arena_array(sc->mem, MAX_BY_HAND, sizeof *h.keys);
	for (const char *p = typed; *p;) {
		size_t n = strcspn(p, "\r\n,;");
		const char *line = str_trim(sc->mem, arena_copy(sc->mem, p, n));
		struct address a;

		p += n + (p[n] != '\0');
		if (!*line)
			continue;
		if (h.count == MAX_BY_HAND)
			return fail(sc, ERR_LIMIT, "At most %d addresses at once", MAX_BY_HAND);
		if (address_parse(sc, NULL, line, &a))
			wrong++;
		else
			h.keys[h.count++] = a.key;
	}
	scope_clear(sc);
	e = h.count ? db_write(sc, add_all, &h) : ERR_NONE;
	if (e)
		return e;
	*added = (int64_t)h.count;
	*broken = wrong;
	return ERR_NONE;
}

static enum err drop(struct scope *sc, void *arg)
{
	const struct by_hand *h = arg;
	struct event ev = {
		.kind = "suppression.removed", .subject = sc->tenant, .detail = h->why
	};
	enum err e = suppression_drop(sc, h->scope, h->scope_id, h->keys[0]);

	if (e)
		return e;
	event_add(sc, &ev);
	return audit_add(sc, "suppression.remove", 0);
}

enum err suppression_remove(struct scope *sc, const char *scope, const char *typed, const char *why)
{
	struct by_hand h = { .count = 1, .why = why };
	struct address a;
	enum err e = address_parse(sc, "address", typed, &a);

	if (!e)
		e = choose(sc, &h, scope);

	if (e)
		return e;
	if (str_empty(why))
		return fail_field(sc, "why", "Say why this address may be mailed again");
	h.keys = &a.key;
	return db_write(sc, drop, &h);
}

/* "1700000000000-00ff…": where the last page ended. */
static enum err read_place(struct scope *sc, const char *before, int64_t *at, struct bytes *hash)
{
	unsigned char *raw = arena_alloc(sc->mem, SUPPRESSION_BYTES);
	size_t len = str_empty(before) ? 0 : strcspn(before, "-");

	*at = INT64_MAX;
	*hash = bytes_of(raw, SUPPRESSION_BYTES);
	if (!len)
		return ERR_NONE;
	if (!str_int(arena_copy(sc->mem, before, len), 0, INT64_MAX, at) || before[len] != '-' ||
		strlen(before + len + 1) != 2 * SUPPRESSION_BYTES ||
		!str_unhex(before + len + 1, raw, SUPPRESSION_BYTES))
		return fail_field(sc, "before", "This is no place in the list");
	return ERR_NONE;
}

enum err suppression_list(struct scope *sc, const char *before, int limit,
	struct suppression **list, size_t *n, const char **more)
{
	struct bytes hash;
	int64_t at;
	enum err e = read_place(sc, before, &at, &hash);

	if (!e)
		e = db_list(sc, &suppression_newest,
			BIND(V(at), V(hash), V(sc->workspace), V((int64_t)limit + 1)),
			&suppression_shape, list, n);
	if (e)
		return e;
	*more = NULL;
	if (*n > (size_t)limit) {
		const struct suppression *last = &(*list)[--*n - 1];

		*more = arena_printf(sc->mem, "%lld-%s", (long long)last->at,
			str_hex(sc->mem, last->key_hash.data, last->key_hash.len));
	}
	return ERR_NONE;
}

enum err suppression_count(struct scope *sc, int64_t *n)
{
	return db_int(sc, &suppression_number, BIND(V(sc->workspace)), n);
}
