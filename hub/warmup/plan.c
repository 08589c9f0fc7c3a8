/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/plan.h"

#include "event/event.h"
#include "pace/data.h"
#include "pace/lines.h"
#include "tenant/audit.h"
#include "warmup/warmup.h"

SQL(plan_rows, SQL_TENANT,
	"SELECT id, name, title, version, state, created, '' AS body FROM ramp "
	"WHERE tenant = $1 AND state = 'active' ORDER BY name LIMIT $2");
SQL(plan_by_id, SQL_TENANT,
	"SELECT r.id, r.name, r.title, r.version, r.state, r.created, v.body FROM ramp r "
	"JOIN ramp_version v ON v.tenant = r.tenant AND v.ramp = r.id AND v.version = r.version "
	"WHERE r.tenant = $1 AND r.id = $2");
SQL(plan_version_rows, SQL_TENANT,
	"SELECT version, created, body FROM ramp_version WHERE tenant = $1 AND ramp = $2 "
	"ORDER BY version DESC LIMIT 100");
SQL(plan_insert, SQL_TENANT,
	"INSERT INTO ramp (tenant, id, name, title, version, state, created) "
	"VALUES ($1, $2, $3, $4, 1, 'active', $5) ON CONFLICT (tenant, name) DO NOTHING");
SQL(plan_number, SQL_TENANT, "SELECT COUNT(*) FROM ramp WHERE tenant = $1 AND state = 'active'");
SQL(plan_move, SQL_TENANT,
	"UPDATE ramp SET version = version + 1, title = $4 WHERE tenant = $1 AND id = $2 "
	"AND version = $3 AND state = 'active'");
SQL(plan_put_version, SQL_TENANT,
	"INSERT INTO ramp_version (tenant, ramp, version, body, created) "
	"VALUES ($1, $2, $3, $4, $5)");
SQL(plan_set_retired, SQL_TENANT,
	"UPDATE ramp SET state = 'retired' WHERE tenant = $1 AND id = $2 AND NOT EXISTS "
	"(SELECT 1 FROM ramp_choice c WHERE c.tenant = $1 AND c.ramp = $2)");

SHAPE(plan_shape, struct plan_row, COL(struct plan_row, id), COL(struct plan_row, name),
	COL(struct plan_row, title), COL(struct plan_row, version), COL(struct plan_row, state),
	COL(struct plan_row, created), COL(struct plan_row, body));
SHAPE(version_shape, struct plan_version, COL(struct plan_version, version),
	COL(struct plan_version, created), COL(struct plan_version, body));

/* ---- the program's own ---- */

bool plan_is_builtin(int64_t id)
{
	return id > 0 && id <= PLAN_BUILTIN;
}

/* A plan's number is its place in the file: new ones are added at its end. */
static enum err read_builtin(struct scope *sc, struct plan_row **rows, size_t *n)
{
	struct ramp_plan *list;
	struct plan_row *out;
	enum err e = ramp_parse(sc, pace_data("plans"), &list, n);

	if (e)
		return e;
	out = arena_array(sc->mem, *n + PLAN_MOST, sizeof *out);
	for (size_t i = 0; i < *n; i++) {
		struct out text;

		out_init(&text, sc->mem);
		ramp_format(&text, &list[i]);
		out[i] = (struct plan_row){ .id = (int64_t)i + 1,
			.name = list[i].name,
			.title = list[i].title,
			.version = 1,
			.state = "active",
			.body = text.data };
	}
	*rows = out;
	return ERR_NONE;
}

/* ---- reading ---- */

enum err plan_list(struct scope *sc, struct plan_row **rows, size_t *n)
{
	struct plan_row *own;
	size_t count;
	enum err e = read_builtin(sc, rows, n);

	if (!e)
		e = db_list(sc, &plan_rows, BIND(V((int64_t)PLAN_MOST)), &plan_shape, &own, &count);
	for (size_t i = 0; !e && i < count; i++)
		(*rows)[(*n)++] = own[i];
	return e;
}

enum err plan_find(struct scope *sc, int64_t id, struct plan_row *out)
{
	struct plan_row *rows;
	size_t n;
	enum err e;

	if (!plan_is_builtin(id))
		return db_one(sc, &plan_by_id, BIND(V(id)), &plan_shape, out);
	e = read_builtin(sc, &rows, &n);
	if (!e && id > (int64_t)n)
		return fail(sc, ERR_MISSING, "There is no such plan");
	if (!e)
		*out = rows[id - 1];
	return e;
}

enum err plan_versions(struct scope *sc, int64_t id, struct plan_version **rows, size_t *n)
{
	struct plan_row p;
	enum err e;

	if (!plan_is_builtin(id))
		return db_list(sc, &plan_version_rows, BIND(V(id)), &version_shape, rows, n);
	e = plan_find(sc, id, &p);
	if (e)
		return e;
	*rows = arena_array(sc->mem, 1, sizeof **rows);
	(*rows)[0] = (struct plan_version){ .version = 1, .body = p.body };
	*n = 1;
	return ERR_NONE;
}

enum err plan_ramp(struct scope *sc, int64_t id, const struct ramp_plan **plan)
{
	struct plan_row p;
	enum err e = plan_find(sc, id, &p);

	return e ? e : plan_read(sc, p.body, plan);
}

/* ---- is it a plan ---- */

/* The line that begins with WORD, or "gate WORD"; 1 where there is none. */
static int line_of(struct scope *sc, const char *body, const char *word)
{
	struct lines lines;
	struct line l;
	enum err e = lines_open(sc, &lines, "plan", bytes_of(body, strlen(body)));

	while (!e && lines_next(sc, &lines, &l, &e))
		if (str_eq(l.words[0], word) ||
			(str_eq(l.words[0], "gate") && l.count > 1 && str_eq(l.words[1], word)))
			return l.number;
	return 1;
}

/* What was wrong is said about the field, with its line. */
static enum err blame(struct scope *sc, const char *body)
{
	const char *field = sc->field, *why = arena_text(sc->mem, sc->tell);
	static const char prefix[] = "plans line ";

	scope_clear(sc);
	if (str_starts(why, prefix))
		return fail_field(sc, "body", "Line %s", why + sizeof prefix - 1);
	if (!field)
		return fail_field(sc, "body", "%s", why);
	return fail_field(sc, "body", "Line %d: %s", line_of(sc, body, field), why);
}

enum err plan_read(struct scope *sc, const char *body, const struct ramp_plan **plan)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	struct ramp_plan *list;
	size_t n;
	enum err e;

	if (strlen(body) > PLAN_TEXT)
		return fail_field(sc, "body", "A plan has at most %d bytes", PLAN_TEXT);
	e = ramp_parse(sc, bytes_of(body, strlen(body)), &list, &n);
	if (e == ERR_INPUT || e == ERR_LIMIT)
		return blame(sc, body);
	if (e)
		return e;
	if (n != 1)
		return fail_field(sc, "body", "The text holds one plan, which begins with: plan");
	if (list[0].name[strspn(list[0].name, letters)])
		return fail_field(sc, "body",
			"Line %d: a plan's name has small letters, digits and hyphens",
			line_of(sc, body, "plan"));
	if (str_empty(list[0].title) || strlen(list[0].title) > 120)
		return fail_field(sc, "body", "Line %d: a plan's title has 1 to 120 bytes",
			line_of(sc, body, "plan"));
	*plan = &list[0];
	return ERR_NONE;
}

/* ---- changes ---- */

struct change {
	int64_t id, version;
	const char *body;
	const struct ramp_plan *plan;
};

static enum err put_version(struct scope *sc, const struct change *c)
{
	return db_run(sc, &plan_put_version,
		BIND(V(c->id), V(c->version), V(c->body), V(now_real(sc).ms)), NULL);
}

static enum err insert(struct scope *sc, void *arg)
{
	struct change *c = arg;
	int64_t changed, number;
	enum err e = db_int(sc, &plan_number, BIND_NONE, &number);

	if (!e && number >= PLAN_MOST)
		return fail(sc, ERR_LIMIT, "A company has at most %d plans", PLAN_MOST);
	c->id = new_id(sc);
	c->version = 1;
	if (!e)
		e = db_run(sc, &plan_insert,
			BIND(V(c->id), V(c->plan->name), V(c->plan->title), V(now_real(sc).ms)),
			&changed);
	if (!e && !changed)
		return fail_field(sc, "body", "Line %d: another plan has this name",
			line_of(sc, c->body, "plan"));
	if (!e)
		e = put_version(sc, c);
	if (e)
		return e;
	event_addf(sc, "ramp.added", c->id, "{\"version\":1}");
	return audit_add(sc, "ramp.add", c->id);
}

enum err plan_add(struct scope *sc, const char *body, int64_t *id)
{
	struct change c = { .body = body };
	struct plan_row *rows;
	size_t n;
	enum err e = plan_read(sc, body, &c.plan);

	if (!e)
		e = read_builtin(sc, &rows, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].name, c.plan->name))
			return fail_field(sc, "body",
				"Line %d: a plan of the program has this name",
				line_of(sc, body, "plan"));
	if (!e)
		e = db_write(sc, insert, &c);
	if (!e)
		*id = c.id;
	return e;
}

static enum err save(struct scope *sc, void *arg)
{
	struct change *c = arg;
	int64_t changed, next = c->version + 1;
	struct plan_row old;
	enum err e = plan_find(sc, c->id, &old);

	if (!e && !str_eq(old.name, c->plan->name))
		return fail_field(sc, "body", "Line %d: a plan keeps its name, %s",
			line_of(sc, c->body, "plan"), old.name);
	if (!e && str_eq(old.body, c->body))
		return ERR_NONE;
	if (!e)
		e = db_run(
			sc, &plan_move, BIND(V(c->id), V(c->version), V(c->plan->title)), &changed);
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "Somebody else has saved this plan since");
	if (!e)
		e = put_version(
			sc, &(struct change){ .id = c->id, .version = next, .body = c->body });
	if (!e)
		e = warmup_push_all(sc);
	if (e)
		return e;
	event_addf(sc, "ramp.changed", c->id, "{\"version\":%lld}", (long long)next);
	return audit_add(sc, "ramp.edit", c->id);
}

enum err plan_save(struct scope *sc, int64_t id, int64_t version, const char *body)
{
	struct change c = { .id = id, .version = version, .body = body };
	enum err e;

	if (plan_is_builtin(id))
		return fail(sc, ERR_CONFLICT,
			"A plan of the program stays as it is: make one of your own from it");
	e = plan_read(sc, body, &c.plan);
	return e ? e : db_write(sc, save, &c);
}

static enum err retire(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	struct plan_row p;
	int64_t changed;
	enum err e = plan_find(sc, *id, &p);

	if (!e)
		e = db_run(sc, &plan_set_retired, BIND(V(*id)), &changed);
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "Something is still warmed up by this plan");
	if (e)
		return e;
	event_addf(sc, "ramp.retired", *id, "{}");
	return audit_add(sc, "ramp.retire", *id);
}

enum err plan_retire(struct scope *sc, int64_t id)
{
	if (plan_is_builtin(id))
		return fail(sc, ERR_CONFLICT, "A plan of the program stays");
	return db_write(sc, retire, &id);
}
