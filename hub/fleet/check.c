/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/check.h"

#include "base/id.h"
#include "event/event.h"

SQL(check_rows, SQL_TENANT,
	"SELECT name, state, reason, since FROM machine_check WHERE tenant = $1 "
	"AND appliance = $2 ORDER BY place, name");
SQL(check_drop, SQL_TENANT,
	"DELETE FROM machine_check WHERE tenant = $1 AND appliance = $2 AND name = $3");
SQL(check_keep, SQL_TENANT,
	"INSERT INTO machine_check (tenant, appliance, name, state, reason, since, place) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, appliance, name) DO UPDATE SET "
	"state = excluded.state, reason = excluded.reason, since = excluded.since, "
	"place = excluded.place");

SHAPE(check_shape, struct machine_check, COL(struct machine_check, name),
	COL(struct machine_check, state), COL(struct machine_check, reason),
	COL(struct machine_check, since));

enum err check_list(struct scope *sc, int64_t appliance, struct machine_check **rows, size_t *n)
{
	return db_list(sc, &check_rows, BIND(V(appliance)), &check_shape, rows, n);
}

static const struct machine_check *find(
	const struct machine_check *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static bool names(const struct wire_check *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return true;
	return false;
}

static enum err keep(struct scope *sc, int64_t appliance, const struct wire_check *c,
	const struct machine_check *had, size_t place)
{
	const char *state = health_name((enum health)c->state);
	bool same = had ? str_eq(had->state, state) : c->state == HEALTH_OK;

	if (had && same && str_eq(had->reason, c->reason) && had->since == c->since)
		return ERR_NONE;
	if (!same)
		event_addf(sc, "appliance.check", appliance,
			"{\"appliance\":\"%s\",\"check\":\"%s\",\"state\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, appliance), c->name, state);
	return db_run(sc, &check_keep,
		BIND(V(appliance), V(c->name), V(state), V(c->reason), V(c->since),
			V((int64_t)place)),
		NULL);
}

enum err check_put(struct scope *sc, int64_t appliance, const struct wire_check *list, size_t n)
{
	struct machine_check *had;
	size_t count;
	enum err e = check_list(sc, appliance, &had, &count);

	for (size_t i = 0; i < count && !e; i++)
		if (!names(list, n, had[i].name))
			e = db_run(sc, &check_drop, BIND(V(appliance), V(had[i].name)), NULL);
	for (size_t i = 0; i < n && !e; i++)
		e = keep(sc, appliance, &list[i], find(had, count, list[i].name), i);
	return e;
}
