/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/wanted.h"

#include <string.h>

#include "base/id.h"
#include "base/out.h"
#include "event/event.h"

#define DKIM "._domainkey."

#define COLUMNS                                                                                    \
	"w.appliance, w.zone, w.name, w.type, w.value, w.state, w.reason, w.found, "               \
	"w.checked_at, w.since"
SQL(wanted_of_appliance, SQL_TENANT,
	"SELECT " COLUMNS " FROM wanted w WHERE w.tenant = $1 AND w.appliance = $2 "
	"ORDER BY w.place");
SQL(wanted_of_zone, SQL_TENANT,
	"SELECT " COLUMNS " FROM wanted w JOIN appliance a ON a.tenant = w.tenant "
	"AND a.id = w.appliance WHERE w.tenant = $1 AND w.zone = $2 "
	"AND a.state NOT IN ('lost', 'retired') ORDER BY w.appliance, w.place");
SQL(wanted_add, SQL_TENANT,
	"INSERT INTO wanted (tenant, zone, appliance, name, type, value, place, state, reason, "
	"found, checked_at, since) VALUES ($1, $2, $3, $4, $5, $6, $7, 'unchecked', '', '', 0, $8) "
	"ON CONFLICT (tenant, zone, appliance, name, type) DO UPDATE SET place = excluded.place, "
	"value = excluded.value, state = CASE WHEN wanted.value = excluded.value THEN wanted.state "
	"ELSE 'unchecked' END, since = CASE WHEN wanted.value = excluded.value THEN wanted.since "
	"ELSE excluded.since END");
SQL(wanted_remove, SQL_TENANT,
	"DELETE FROM wanted WHERE tenant = $1 AND zone = $2 AND appliance = $3 AND name = $4 "
	"AND type = $5");
SQL(wanted_clear, SQL_TENANT, "DELETE FROM wanted WHERE tenant = $1 AND appliance = $2");
SQL(wanted_mark, SQL_TENANT,
	"UPDATE wanted SET reason = $7, found = $8, checked_at = $9, "
	"since = CASE WHEN state = $6 THEN since ELSE $9 END, state = $6 "
	"WHERE tenant = $1 AND zone = $2 AND appliance = $3 AND name = $4 AND type = $5 "
	"AND value = $10");
SQL(wanted_unclear, SQL_TENANT,
	"UPDATE wanted SET reason = $6 WHERE tenant = $1 AND zone = $2 AND appliance = $3 "
	"AND name = $4 AND type = $5");

SHAPE(wanted_shape, struct wanted, COL(struct wanted, appliance), COL(struct wanted, zone),
	COL(struct wanted, name), COL(struct wanted, type), COL(struct wanted, value),
	COL(struct wanted, state), COL(struct wanted, reason), COL(struct wanted, found),
	COL(struct wanted, checked_at), COL(struct wanted, since));

/* ---- what they are ---- */

bool wanted_is_dkim(const struct wanted *w)
{
	return str_eq(w->type, "TXT") && strstr(w->name, DKIM) != NULL;
}

const char *wanted_text(struct scope *sc, const struct wanted *w)
{
	struct out o;

	if (!str_eq(w->type, "TXT"))
		return w->value;
	out_init(&o, sc->mem);
	for (const char *p = strchr(w->value, '"'); p;) {
		size_t n = strcspn(p + 1, "\"");

		out_bytes(&o, p + 1, n);
		p = p[1 + n] ? strchr(p + n + 2, '"') : NULL;
	}
	return o.len ? o.data : "";
}

static const char *zone_of(const char *name)
{
	const char *dkim = strstr(name, DKIM);

	return dkim ? dkim + strlen(DKIM) : name;
}

/* As rows have them: lower case, no final dot. */
static struct wanted read_record(struct scope *sc, int64_t appliance, const struct wire_record *r)
{
	char *name = str_lower(sc->mem, r->name);
	size_t n = strlen(name);

	if (n && name[n - 1] == '.')
		name[n - 1] = 0;
	return (struct wanted){ .appliance = appliance,
		.zone = zone_of(name),
		.name = name,
		.type = r->type,
		.value = r->value };
}

/* ---- changes ---- */

static const struct wanted *find(const struct wanted *rows, size_t n, const struct wanted *w)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, w->name) && str_eq(rows[i].type, w->type))
			return &rows[i];
	return NULL;
}

static bool is_same(const struct wanted *a, size_t n, const struct wanted *b, size_t m)
{
	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!str_eq(a[i].name, b[i].name) || !str_eq(a[i].type, b[i].type) ||
			!str_eq(a[i].value, b[i].value))
			return false;
	return true;
}

/* One of each name and type. */
static size_t read_records(struct scope *sc, int64_t appliance, const struct wire_record *list,
	size_t n, struct wanted *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		rows[kept] = read_record(sc, appliance, &list[i]);
		kept += !find(rows, kept, &rows[kept]);
	}
	return kept;
}

static void tell(struct scope *sc, int64_t appliance)
{
	event_addf(sc, "appliance.records", appliance, "{\"appliance\":\"%s\"}",
		id_format(sc->mem, ID_APPLIANCE, appliance));
}

enum err wanted_put(struct scope *sc, int64_t appliance, const struct wire_record *list, size_t n)
{
	struct wanted *now = arena_array(sc->mem, n, sizeof *now), *had;
	size_t count;
	enum err e = wanted_list(sc, appliance, &had, &count);

	n = read_records(sc, appliance, list, n, now);
	if (e || is_same(now, n, had, count))
		return e;
	for (size_t i = 0; i < count && !e; i++)
		if (!find(now, n, &had[i]))
			e = db_run(sc, &wanted_remove,
				BIND(V(had[i].zone), V(appliance), V(had[i].name), V(had[i].type)),
				NULL);
	for (size_t i = 0; i < n && !e; i++)
		e = db_run(sc, &wanted_add,
			BIND(V(now[i].zone), V(appliance), V(now[i].name), V(now[i].type),
				V(now[i].value), V((int64_t)i), V(now_real(sc).ms)),
			NULL);
	if (!e)
		tell(sc, appliance);
	return e;
}

enum err wanted_drop(struct scope *sc, int64_t appliance)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &wanted_clear, BIND(V(appliance)), &changed);

	if (!e && changed)
		tell(sc, appliance);
	return e;
}

enum err wanted_seen(struct scope *sc, const struct wanted *w)
{
	if (str_eq(w->state, "unclear"))
		return db_run(sc, &wanted_unclear,
			BIND(V(w->zone), V(w->appliance), V(w->name), V(w->type), V(w->reason)),
			NULL);
	return db_run(sc, &wanted_mark,
		BIND(V(w->zone), V(w->appliance), V(w->name), V(w->type), V(w->state), V(w->reason),
			V(w->found), V(now_real(sc).ms), V(w->value)),
		NULL);
}

/* ---- reading ---- */

enum err wanted_list(struct scope *sc, int64_t appliance, struct wanted **rows, size_t *n)
{
	return db_list(sc, &wanted_of_appliance, BIND(V(appliance)), &wanted_shape, rows, n);
}

enum err wanted_list_zone(struct scope *sc, const char *zone, struct wanted **rows, size_t *n)
{
	return db_list(sc, &wanted_of_zone, BIND(V(zone)), &wanted_shape, rows, n);
}
