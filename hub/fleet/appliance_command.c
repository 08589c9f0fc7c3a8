/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/appliance_command.h"

#include <string.h>

#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "text/json.h"

#define KIND_MAX  40
#define ARGS_MAX  (64 * 1024)
#define LASTS_MAX DAY_MS
#define AT_ONCE   20 /* published in one round */

#define COLUMNS                                                                                    \
	"SELECT id, appliance, kind, args, state, reason, body, created, expires, "                \
	"COALESCE(done_at, 0) AS done_at FROM command "
SQL(command_add, SQL_TENANT,
	"INSERT INTO command (tenant, id, appliance, kind, args, state, created, expires) "
	"VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)");
SQL(command_forget, SQL_TENANT,
	"DELETE FROM command WHERE tenant = $1 AND appliance = $2 AND state <> 'waiting' "
	"AND created < $3");
SQL(command_one, SQL_TENANT, COLUMNS "WHERE tenant = $1 AND id = $2");
SQL(command_rows, SQL_TENANT,
	COLUMNS "WHERE tenant = $1 AND appliance = $2 AND id < $3 ORDER BY id DESC LIMIT $4");
SQL(command_open, SQL_TENANT,
	COLUMNS "WHERE tenant = $1 AND appliance = $2 AND state = 'waiting' ORDER BY id LIMIT $3");
SQL(command_end, SQL_TENANT,
	"UPDATE command SET state = $4, reason = $5, body = $6, done_at = $7 WHERE tenant = $1 "
	"AND id = $2 AND appliance = $3 AND state = 'waiting'");
SQL(command_wake, SQL_ENGINE, "UPDATE uplink SET commands_due = $2 WHERE appliance = $1");

SQL(command_rest, SQL_ENGINE, "UPDATE uplink SET commands_due = NULL WHERE appliance = $1");

SHAPE(command_shape, struct appliance_command, COL(struct appliance_command, id),
	COL(struct appliance_command, appliance), COL(struct appliance_command, kind),
	COL(struct appliance_command, args), COL(struct appliance_command, state),
	COL(struct appliance_command, reason), COL(struct appliance_command, body),
	COL(struct appliance_command, created), COL(struct appliance_command, expires),
	COL(struct appliance_command, done_at));

/* ---- giving ---- */

static bool is_word(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	return n > 0 && n <= KIND_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static enum err check(struct scope *sc, const struct command_wish *w)
{
	const struct json *args;

	if (!is_word(w->kind))
		return fail_field(sc, "kind", "A command is a word of small letters");
	if (w->lasts_ms <= 0 || w->lasts_ms > LASTS_MAX)
		return fail_field(sc, "seconds", "A command lasts for at most a day");
	if (!w->args)
		return ERR_NONE;
	if (json_parse(sc, bytes_of(w->args, strlen(w->args)), ARGS_MAX, &args) ||
		args->kind != JSON_OBJECT)
		return fail_field(sc, "args", "Arguments are a JSON object");
	return ERR_NONE;
}

static bool will_answer(const struct appliance *a)
{
	return str_eq(a->state, "active") || str_eq(a->state, "stopped");
}

enum err appliance_command_give(struct scope *sc, const struct command_wish *w, int64_t *id)
{
	int64_t now = now_real(sc).ms, made = new_id(sc);
	struct appliance a;
	enum err e = check(sc, w);

	if (!e)
		e = appliance_find(sc, w->appliance, &a);
	if (!e && !will_answer(&a))
		e = fail(sc, ERR_CONFLICT, "The appliance is not there to answer");
	if (!e)
		e = db_run(
			sc, &command_forget, BIND(V(w->appliance), V(now - COMMAND_KEPT_MS)), NULL);
	if (!e)
		e = db_run(sc, &command_add,
			BIND(V(made), V(w->appliance), V(w->kind), V(w->args), V(now),
				V(now + w->lasts_ms)),
			NULL);
	if (!e)
		e = db_run(sc, &command_wake, BIND(V(w->appliance), V(now)), NULL);
	if (e)
		return e;
	event_addf(sc, "appliance.command", w->appliance, "{\"command\":\"%s\",\"kind\":\"%s\"}",
		id_format(sc->mem, ID_COMMAND, made), w->kind);
	*id = made;
	return ERR_NONE;
}

/* ---- reading ---- */

enum err appliance_command_find(struct scope *sc, int64_t id, struct appliance_command *c)
{
	enum err e = db_one(sc, &command_one, BIND(V(id)), &command_shape, c);

	return e == ERR_MISSING ? fail(sc, e, "There is no such command") : e;
}

enum err appliance_command_list(struct scope *sc, int64_t appliance, int64_t before, int limit,
	struct appliance_command **rows, size_t *n)
{
	return db_list(sc, &command_rows,
		BIND(V(appliance), V(before ? before : INT64_MAX), V((int64_t)limit)),
		&command_shape, rows, n);
}

/* ---- ending ---- */

static enum err end(struct scope *sc, int64_t appliance, const struct wire_result *m)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &command_end,
		BIND(V(m->id), V(appliance), V(m->state), V(m->reason), V(m->body),
			V(now_real(sc).ms)),
		&changed);

	if (!e && changed)
		event_addf(sc, "appliance.result", appliance,
			"{\"command\":\"%s\",\"state\":\"%s\"}",
			id_format(sc->mem, ID_COMMAND, m->id), m->state);
	return e;
}

enum err appliance_command_answered(
	struct scope *sc, int64_t appliance, const struct wire_result *m)
{
	static const char *const ends[] = { "done", "failed", "unsupported", "expired" };
	struct wire_result known = *m;

	for (size_t i = 0; i < COUNT(ends); i++)
		if (str_eq(m->state, ends[i]))
			return end(sc, appliance, m);
	/* A word of a later release is no success. */
	known.state = "failed";
	known.reason = m->state;
	return end(sc, appliance, &known);
}

enum err appliance_command_take(
	struct scope *sc, int64_t appliance, struct appliance_command **rows, size_t *n)
{
	int64_t now = now_real(sc).ms;
	size_t kept = 0;
	enum err e = db_list(sc, &command_open, BIND(V(appliance), V((int64_t)AT_ONCE)),
		&command_shape, rows, n);

	for (size_t i = 0; !e && i < *n; i++) {
		struct appliance_command *c = &(*rows)[i];

		if (c->expires > now)
			(*rows)[kept++] = *c;
		else
			e = end(sc, appliance,
				&(struct wire_result){ .id = c->id, .state = "expired" });
	}
	*n = kept;
	return e;
}

enum err appliance_command_rest(struct scope *sc, int64_t appliance)
{
	return db_run(sc, &command_rest, BIND(V(appliance)), NULL);
}
