/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/catch_up.h"

#include "base/id.h"
#include "event/event.h"

SQL(catch_up_one, SQL_ENGINE, "SELECT since FROM catch_up WHERE appliance = $1");
SQL(catch_up_count, SQL_ENGINE, "SELECT count(*) FROM catch_up WHERE tenant = $1");
SQL(catch_up_name, SQL_TENANT,
	"SELECT a.name FROM catch_up c JOIN appliance a ON a.tenant = c.tenant AND a.id = c.appliance "
	"WHERE c.tenant = $1 AND a.tenant = $1 ORDER BY a.name LIMIT 1");
SQL(catch_up_end, SQL_ENGINE,
	"DELETE FROM catch_up WHERE appliance = $1 AND (since = $2 OR CAST($2 AS BIGINT) = 0)");
SQL(catch_up_wake, SQL_ENGINE, "UPDATE uplink SET work_due = $2 WHERE tenant = $1");

enum err catch_up_number(struct scope *sc, int64_t appliance, int64_t *number)
{
	enum err e = db_int(sc, &catch_up_one, BIND(V(appliance)), number);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*number = 0;
	return ERR_NONE;
}

enum err catch_up_waits(struct scope *sc, int64_t *count)
{
	return db_int(sc, &catch_up_count, BIND(V(sc->tenant)), count);
}

enum err catch_up_first(struct scope *sc, const char **name)
{
	enum err e = db_text(sc, &catch_up_name, BIND_NONE, name);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*name = NULL;
	return ERR_NONE;
}

/* What was held back is looked at again. */
static enum err end(struct scope *sc, int64_t appliance, int64_t number, const char *kind)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &catch_up_end, BIND(V(appliance), V(number)), &changed);

	if (e || !changed)
		return e;
	event_addf(sc, kind, appliance, "{\"appliance\":\"%s\"}",
		id_format(sc->mem, ID_APPLIANCE, appliance));
	return db_run(sc, &catch_up_wake, BIND(V(sc->tenant), V(now_real(sc).ms)), NULL);
}

enum err catch_up_answered(struct scope *sc, int64_t appliance, int64_t number)
{
	return number > 0 ? end(sc, appliance, number, "appliance.caught_up") : ERR_NONE;
}

static enum err write_skip(struct scope *sc, void *arg)
{
	const int64_t *appliance = arg;
	int64_t number = 0;
	enum err e = catch_up_number(sc, *appliance, &number);

	if (!e && !number)
		return fail(sc, ERR_CONFLICT, "This appliance is not waited for");
	return e ? e : end(sc, *appliance, number, "appliance.not_awaited");
}

enum err catch_up_skip(struct scope *sc, int64_t appliance)
{
	return db_write(sc, write_skip, &appliance);
}

enum err catch_up_drop(struct scope *sc, int64_t appliance)
{
	return db_run(sc, &catch_up_end, BIND(V(appliance), V(INT64_C(0))), NULL);
}
