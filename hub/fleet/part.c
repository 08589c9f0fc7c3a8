/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/part.h"

#include "crypt/secret.h"
#include "event/event.h"

#define REPEAT_MS (10 * SECOND_MS)
#define AT_ONCE   16 /* parts: a long suppression list has hundreds, of nearly a packet each */

SQL(part_stands, SQL_TENANT,
	"SELECT hash FROM part WHERE tenant = $1 AND appliance = $2 AND name = $3");
SQL(part_owner, SQL_TENANT, "SELECT id FROM appliance WHERE tenant = $1 AND id = $2");
SQL(part_set, SQL_TENANT,
	"INSERT INTO part (tenant, appliance, name, version, hash, body, changed_at) "
	"VALUES ($1, $2, $3, 1, $4, $5, $6) ON CONFLICT (tenant, appliance, name) DO UPDATE SET "
	"version = part.version + 1, hash = excluded.hash, body = excluded.body, "
	"changed_at = excluded.changed_at, sent_at = 0");
SQL(part_wake, SQL_ENGINE, "UPDATE uplink SET parts_due = $2 WHERE appliance = $1");
SQL(part_rows, SQL_TENANT,
	"SELECT name, version, applied, reported, state, reason, changed_at, sent_at FROM part "
	"WHERE tenant = $1 AND appliance = $2 ORDER BY name");
SQL(part_due, SQL_TENANT,
	"SELECT name, hash, body, version FROM part WHERE tenant = $1 AND appliance = $2 "
	"AND version > reported AND sent_at <= $3 ORDER BY name LIMIT $4");
SQL(part_sent, SQL_TENANT,
	"UPDATE part SET sent_at = $4 WHERE tenant = $1 AND appliance = $2 AND name = $3");
SQL(part_waits, SQL_TENANT,
	"SELECT count(*) FROM part WHERE tenant = $1 AND appliance = $2 AND version > reported");
SQL(part_rest, SQL_ENGINE, "UPDATE uplink SET parts_due = NULL WHERE appliance = $1");
SQL(part_has, SQL_TENANT,
	"UPDATE part SET reported = $4, sent_at = 0, applied = CASE WHEN applied > $4 THEN $4 ELSE "
	"applied END WHERE tenant = $1 AND appliance = $2 AND name = $3 AND reported <> $4");
/* A hub restored from a copy counts on from where its appliance stands. */
SQL(part_ahead, SQL_TENANT,
	"UPDATE part SET version = CAST($4 AS BIGINT) + 1, reported = $4, sent_at = 0 "
	"WHERE tenant = $1 AND appliance = $2 AND name = $3");
SQL(part_says, SQL_TENANT,
	"UPDATE part SET reported = $4, state = $5, reason = $6, "
	"applied = CASE WHEN $5 = 'applied' THEN $4 ELSE applied END "
	"WHERE tenant = $1 AND appliance = $2 AND name = $3 AND version >= $4 "
	"AND (reported <> $4 OR state <> $5)");

SHAPE(part_shape, struct part_row, COL(struct part_row, name), COL(struct part_row, version),
	COL(struct part_row, applied), COL(struct part_row, reported), COL(struct part_row, state),
	COL(struct part_row, reason), COL(struct part_row, changed_at),
	COL(struct part_row, sent_at));
SHAPE(due_shape, struct part_due, COL(struct part_due, name), COL(struct part_due, hash),
	COL(struct part_due, body), COL(struct part_due, version));

enum err part_put(struct scope *sc, int64_t appliance, const char *name, struct bytes body)
{
	unsigned char raw[HASH_BYTES];
	const char *text = arena_copy(sc->mem, body.data, body.len), *hash, *stands = NULL;
	int64_t id;
	enum err e = db_text(sc, &part_stands, BIND(V(appliance), V(name)), &stands);

	if (e && e != ERR_MISSING)
		return e;
	sha256(body, raw);
	hash = str_hex(sc->mem, raw, sizeof raw);
	if (str_eq(hash, stands))
		return ERR_NONE;
	if (db_int(sc, &part_owner, BIND(V(appliance)), &id))
		return fail(sc, ERR_MISSING, "There is no such appliance");
	e = db_run(sc, &part_set, BIND(V(appliance), V(name), V(hash), V(text), V(now_real(sc).ms)),
		NULL);
	if (!e)
		e = db_run(sc, &part_wake, BIND(V(appliance), V(now_real(sc).ms)), NULL);
	if (!e)
		event_addf(sc, "part.changed", appliance, "{\"part\":\"%s\"}", name);
	return e;
}

enum err part_list(struct scope *sc, int64_t appliance, struct part_row **rows, size_t *n)
{
	return db_list(sc, &part_rows, BIND(V(appliance)), &part_shape, rows, n);
}

enum err part_take_due(struct scope *sc, int64_t appliance, struct part_due **rows, size_t *n)
{
	int64_t now = now_real(sc).ms, waits = 0;
	enum err e = db_list(sc, &part_due,
		BIND(V(appliance), V(now - REPEAT_MS), V((int64_t)AT_ONCE)), &due_shape, rows, n);

	for (size_t i = 0; !e && i < *n; i++)
		e = db_run(sc, &part_sent, BIND(V(appliance), V((*rows)[i].name), V(now)), NULL);
	if (e || *n)
		return e;
	e = db_int(sc, &part_waits, BIND(V(appliance)), &waits);
	if (!e && !waits)
		e = db_run(sc, &part_rest, BIND(V(appliance)), NULL);
	return e;
}

static int64_t version_in(const struct wire_version *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name))
			return list[i].version;
	return 0;
}

enum err part_known(struct scope *sc, int64_t appliance, const struct wire_version *list, size_t n)
{
	struct part_row *rows;
	size_t count;
	enum err e = part_list(sc, appliance, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		int64_t has = version_in(list, n, rows[i].name);
		const struct sql *q = has > rows[i].version ? &part_ahead : &part_has;

		e = db_run(sc, q, BIND(V(appliance), V(rows[i].name), V(has)), NULL);
	}
	if (e)
		return e;
	return db_run(sc, &part_wake, BIND(V(appliance), V(now_real(sc).ms)), NULL);
}

enum err part_reported(
	struct scope *sc, int64_t appliance, const struct wire_part_report *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct wire_part_report *r = &list[i];
		int64_t changed;
		enum err e = db_run(sc, &part_says,
			BIND(V(appliance), V(r->name), V(r->version),
				V(part_state_name((enum part_state)r->state)), V(r->reason)),
			&changed);

		if (e)
			return e;
		if (changed)
			event_addf(sc, "part.reported", appliance,
				"{\"part\":\"%s\",\"version\":%lld,\"state\":\"%s\"}", r->name,
				(long long)r->version, part_state_name((enum part_state)r->state));
	}
	return ERR_NONE;
}
