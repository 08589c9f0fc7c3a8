/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/uplink.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/catch_up.h"

SQL(uplink_one, SQL_ENGINE,
	"SELECT appliance, tenant, epoch, next, credit, spent, conn, held, stopped, cert_serial, "
	"cert_until, revoked_at, seen_at FROM uplink WHERE appliance = $1");
/* Also takes the row's lock, so that what is read next stands still. */
SQL(uplink_greet, SQL_ENGINE,
	"UPDATE uplink SET conn = $2, held = $3, seen_at = $4 WHERE appliance = $1");
SQL(uplink_same, SQL_ENGINE,
	"UPDATE uplink SET next = $2, spent = CASE WHEN spent < $3 THEN $3 ELSE spent END "
	"WHERE appliance = $1");
SQL(uplink_new_epoch, SQL_ENGINE,
	"UPDATE uplink SET epoch = $2, next = $3, was = $3, credit = 0, spent = $4 "
	"WHERE appliance = $1");
SQL(uplink_move, SQL_ENGINE,
	"UPDATE uplink SET was = next, next = CAST($4 AS BIGINT) + 1 WHERE appliance = $1 "
	"AND epoch = $2 AND next BETWEEN CAST($3 AS BIGINT) AND CAST($4 AS BIGINT) RETURNING was");
SQL(uplink_set, SQL_ENGINE,
	"UPDATE uplink SET next = CAST($3 AS BIGINT) + 1 WHERE appliance = $1 AND epoch = $2");
SQL(uplink_lend, SQL_ENGINE,
	"UPDATE uplink SET credit = CASE WHEN credit < $3 THEN $3 ELSE credit END, "
	"spent = CASE WHEN spent < $4 THEN $4 ELSE spent END WHERE appliance = $1 AND epoch = $2");
SQL(uplink_held, SQL_ENGINE, "UPDATE uplink SET held = $2 WHERE appliance = $1 AND held <> $2");
SQL(uplink_take, SQL_ENGINE,
	"UPDATE uplink SET spent = spent + CAST($2 AS BIGINT), work_due = $3 WHERE appliance = $1 "
	"AND tenant = $4 AND spent + CAST($2 AS BIGINT) <= credit AND held = 0 AND stopped = 0 "
	"AND revoked_at IS NULL AND seen_at >= $5");
SQL(uplink_return, SQL_ENGINE,
	"UPDATE uplink SET spent = CASE WHEN spent < $2 THEN 0 ELSE spent - CAST($2 AS BIGINT) END "
	"WHERE appliance = $1");
SQL(uplink_wake, SQL_ENGINE, "UPDATE uplink SET work_due = $2 WHERE appliance = $1");
SQL(uplink_alarm, SQL_ENGINE,
	"UPDATE uplink SET blocked_at = $3 WHERE appliance = $1 AND tenant = $2 "
	"AND blocked_at <= $4");
SQL(uplink_cut, SQL_ENGINE,
	"UPDATE uplink SET revoked_at = $2, stopped = 1, work_due = NULL, parts_due = NULL "
	"WHERE appliance = $1");
SQL(uplink_cut_certs, SQL_ENGINE,
	"UPDATE certificate SET revoked_at = $2 WHERE appliance = $1 AND revoked_at IS NULL");
SQL(uplink_revoked_certs, SQL_ENGINE,
	"SELECT serial FROM certificate WHERE revoked_at IS NOT NULL AND until > $1 ORDER BY serial");

SHAPE(uplink_shape, struct uplink, COL(struct uplink, appliance), COL(struct uplink, tenant),
	COL(struct uplink, epoch), COL(struct uplink, next), COL(struct uplink, credit),
	COL(struct uplink, spent), COL(struct uplink, conn), COL(struct uplink, held),
	COL(struct uplink, stopped), COL(struct uplink, cert_serial),
	COL(struct uplink, cert_until), COL(struct uplink, revoked_at),
	COL(struct uplink, seen_at));

struct serial {
	const char *serial;
};
SHAPE(serial_shape, struct serial, COL(struct serial, serial));

enum err uplink_find(struct scope *sc, int64_t appliance, struct uplink *u)
{
	enum err e = db_one(sc, &uplink_one, BIND(V(appliance)), &uplink_shape, u);

	return e == ERR_MISSING ? fail(sc, e, "There is no such appliance") : e;
}

/* ---- facts ---- */

/* The same outbox as before: what it no longer has can never be filled. */
static enum err greet_again(struct scope *sc, const struct uplink *u, const struct wire_hello *m)
{
	int64_t next = u->next;

	if (m->first_kept > u->next) {
		event_addf(sc, "appliance.gap", u->appliance,
			"{\"appliance\":\"%s\",\"first\":%lld,\"last\":%lld}",
			id_format(sc->mem, ID_APPLIANCE, u->appliance), (long long)u->next,
			(long long)m->first_kept - 1);
		next = m->first_kept;
	}
	return db_run(sc, &uplink_same, BIND(V(u->appliance), V(next), V(m->taken)), NULL);
}

/*
 * An epoch stands until another one says that it replaces it. So a copy of an agent's database, or
 * one that was made anew, cannot go on as if nothing had been: it is told which epoch stands, and
 * begins one that replaces it.
 */
static enum err greet_new(struct scope *sc, const struct uplink *u, const struct wire_hello *m)
{
	int64_t number;
	enum err e = catch_up_number(sc, u->appliance, &number);

	if (e)
		return e;
	/* A hub that was set back itself knows an old one, and takes what comes. */
	if (u->epoch && u->epoch != m->replaces && !number) {
		e = db_run(sc, &uplink_held, BIND(V(u->appliance), V(INT64_C(1))), NULL);
		return e ? e : fail(sc, ERR_CONFLICT, "Another epoch of this appliance stands");
	}
	if (u->epoch)
		event_addf(sc, "appliance.epoch", u->appliance, "{\"appliance\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, u->appliance));
	return db_run(sc, &uplink_new_epoch,
		BIND(V(u->appliance), V(m->epoch), V(m->first_kept), V(m->taken)), NULL);
}

enum err uplink_hello(
	struct scope *sc, int64_t appliance, const struct wire_hello *m, int64_t *mark)
{
	struct uplink u;
	enum err e = db_run(sc, &uplink_greet,
		BIND(V(appliance), V(m->connection), V((int64_t)m->held), V(now_real(sc).ms)),
		NULL);

	if (!e)
		e = uplink_find(sc, appliance, &u);
	if (!e)
		e = u.epoch == m->epoch ? greet_again(sc, &u, m) : greet_new(sc, &u, m);
	if (!e)
		e = uplink_find(sc, appliance, &u);
	if (!e)
		*mark = u.next - 1;
	return e;
}

enum err uplink_advance(struct scope *sc, int64_t appliance, int64_t epoch, int64_t first,
	int64_t last, int64_t *from, int64_t *mark)
{
	struct uplink u;
	int64_t was;
	enum err e =
		db_int(sc, &uplink_move, BIND(V(appliance), V(epoch), V(first), V(last)), &was);

	if (!e) {
		*from = was;
		*mark = last;
		return ERR_NONE;
	}
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	e = uplink_find(sc, appliance, &u);
	if (e)
		return e;
	*mark = u.next - 1;
	*from = last + 1;
	if (u.epoch != epoch)
		return fail(sc, ERR_CONFLICT, "The facts are of another epoch");
	if (first > u.next)
		return fail(sc, ERR_CONFLICT, "Facts are missing before these");
	return ERR_NONE;
}

enum err uplink_stop_at(struct scope *sc, int64_t appliance, int64_t epoch, int64_t mark)
{
	return db_run(sc, &uplink_set, BIND(V(appliance), V(epoch), V(mark)), NULL);
}

/* ---- credit ---- */

enum err uplink_credit(
	struct scope *sc, int64_t appliance, int64_t epoch, int64_t taken, int64_t room)
{
	return db_run(
		sc, &uplink_lend, BIND(V(appliance), V(epoch), V(taken + room), V(taken)), NULL);
}

enum err uplink_hold(struct scope *sc, int64_t appliance, bool held)
{
	return db_run(sc, &uplink_held, BIND(V(appliance), V((int64_t)held)), NULL);
}

enum err uplink_spend(struct scope *sc, int64_t appliance, int64_t n)
{
	int64_t now = now_real(sc).ms, changed;
	enum err e = db_run(sc, &uplink_take,
		BIND(V(appliance), V(n), V(now), V(sc->tenant), V(now - APPLIANCE_SILENT_MS)),
		&changed);

	if (!e && !changed)
		return fail(sc, ERR_LIMIT, "The appliance takes no more now");
	return e;
}

enum err uplink_room(struct scope *sc, int64_t appliance, int64_t *units)
{
	struct uplink u;
	enum err e = uplink_find(sc, appliance, &u);

	if (e)
		return e;
	*units = 0;
	if (u.tenant == sc->tenant && !u.held && !u.stopped && !u.revoked_at &&
		u.seen_at >= now_real(sc).ms - APPLIANCE_SILENT_MS && u.credit > u.spent)
		*units = u.credit - u.spent;
	return ERR_NONE;
}

enum err uplink_give_back(struct scope *sc, int64_t appliance, int64_t n)
{
	return db_run(sc, &uplink_return, BIND(V(appliance), V(n)), NULL);
}

enum err uplink_work_due(struct scope *sc, int64_t appliance)
{
	return db_run(sc, &uplink_wake, BIND(V(appliance), V(now_real(sc).ms)), NULL);
}

enum err uplink_blocked(struct scope *sc, int64_t appliance, int64_t at, bool *alarm)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &uplink_alarm,
		BIND(V(appliance), V(sc->tenant), V(at), V(at - UPLINK_ALARM_MS)), &changed);

	*alarm = !e && changed;
	return e;
}

/* ---- trust ---- */

enum err uplink_revoke(struct scope *sc, int64_t appliance)
{
	int64_t now = now_real(sc).ms;
	enum err e = db_run(sc, &uplink_cut, BIND(V(appliance), V(now)), NULL);

	if (!e)
		e = db_run(sc, &uplink_cut_certs, BIND(V(appliance), V(now)), NULL);
	return e ? e : catch_up_drop(sc, appliance);
}

enum err uplink_revoked(struct scope *sc, const char ***serials, size_t *n)
{
	struct serial *rows;
	const char **list;
	size_t count;
	enum err e = db_list(
		sc, &uplink_revoked_certs, BIND(V(now_real(sc).ms)), &serial_shape, &rows, &count);

	if (e)
		return e;
	list = arena_array(sc->mem, count + 1, sizeof *list);
	for (size_t i = 0; i < count; i++)
		list[i] = rows[i].serial;
	*serials = list;
	*n = count;
	return ERR_NONE;
}
