/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/shaping.h"

#include "event/event.h"
#include "pace/data.h"
#include "pace/provider.h"
#include "tenant/audit.h"
#include "warmup/warmup.h"

#define SHOWN 20 /* versions */

SQL(shaping_newest, SQL_TENANT,
	"SELECT version, created, body FROM shaping WHERE tenant = $1 ORDER BY version DESC "
	"LIMIT $2");
SQL(shaping_put, SQL_TENANT,
	"INSERT INTO shaping (tenant, version, body, created) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (tenant, version) DO NOTHING");

SHAPE(version_shape, struct shaping_version, COL(struct shaping_version, version),
	COL(struct shaping_version, created), COL(struct shaping_version, body));

enum err shaping_find(struct scope *sc, struct shaping_version *out)
{
	enum err e = db_one(sc, &shaping_newest, BIND(V(INT64_C(1))), &version_shape, out);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*out = (struct shaping_version){ .body = "" };
	return ERR_NONE;
}

enum err shaping_versions(struct scope *sc, struct shaping_version **rows, size_t *n)
{
	return db_list(sc, &shaping_newest, BIND(V((int64_t)SHOWN)), &version_shape, rows, n);
}

/* ---- reading ---- */

/* "rules line 3: why" is said about the field. */
static enum err blame(struct scope *sc)
{
	static const char prefix[] = "rules line ";
	const char *why = arena_text(sc->mem, sc->tell ? sc->tell : sc->why);

	scope_clear(sc);
	if (str_starts(why, prefix))
		return fail_field(sc, "body", "Line %s", why + sizeof prefix - 1);
	return fail_field(sc, "body", "%s", why);
}

static enum err check_providers(struct scope *sc, const struct shape_rule *r)
{
	const struct providers *table = providers_builtin(sc);
	char *list = arena_text(sc->mem, r->providers), *rest = NULL;

	if (str_eq(list, "*"))
		return ERR_NONE;
	for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
		if (!str_eq(provider_named(table, name)->name, name))
			return fail_field(sc, "body",
				"The rule %s: there is no provider %s (* stands for all)", r->name,
				name);
	return ERR_NONE;
}

enum err shaping_read(struct scope *sc, const char *body, const struct shape_rules **rules)
{
	struct bytes own = pace_data("rules");
	const struct shape_rules *mine;
	const char *all;
	enum err e;

	if (strlen(body) > SHAPING_TEXT)
		return fail_field(sc, "body", "The rules have at most %d bytes", SHAPING_TEXT);
	e = shape_parse(sc, bytes_of(body, strlen(body)), &mine);
	if (e == ERR_INPUT || e == ERR_LIMIT)
		return blame(sc);
	for (size_t i = 0; !e && i < mine->count; i++)
		e = check_providers(sc, &mine->list[i]);
	if (e)
		return e;
	all = arena_printf(sc->mem, "%s\n%.*s", body, (int)own.len, (const char *)own.data);
	if (!shape_parse(sc, bytes_of(all, strlen(all)), rules))
		return ERR_NONE;
	scope_clear(sc);
	return fail_field(sc, "body", "A rule has the name of one of the program's rules");
}

/* ---- saving ---- */

static enum err save(struct scope *sc, void *arg)
{
	const struct shaping_version *s = arg;
	struct shaping_version stands;
	int64_t next = s->version + 1, changed = 0;
	enum err e = shaping_find(sc, &stands);

	if (!e && str_eq(stands.body, s->body))
		return ERR_NONE;
	if (!e && stands.version == s->version)
		e = db_run(
			sc, &shaping_put, BIND(V(next), V(s->body), V(now_real(sc).ms)), &changed);
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "Somebody else has saved these rules since");
	if (!e)
		e = warmup_push_all(sc);
	if (e)
		return e;
	event_addf(sc, "shaping.changed", sc->tenant, "{\"version\":%lld}", (long long)next);
	return audit_add(sc, "shaping.edit", sc->tenant);
}

enum err shaping_save(struct scope *sc, int64_t version, const char *body)
{
	const struct shape_rules *rules;
	enum err e = shaping_read(sc, body, &rules);

	return e ? e : db_write(sc, save, &(struct shaping_version){ version, 0, body });
}
