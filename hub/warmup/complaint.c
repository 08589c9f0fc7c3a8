/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/complaint.h"

#include "pace/lane.h"
#include "pace/provider.h"

#define MOST 450 /* rows by mailbox, provider and day: three lanes each fit into a part */

_Static_assert(3 * MOST <= WIRE_MAX_LANES, "a part holds them");

SQL(complaint_mail, SQL_TENANT,
	"SELECT appliance, mailbox, provider, COALESCE(queued_at, leased_at) AS at FROM message "
	"WHERE tenant = $1 AND id = $2 AND appliance IS NOT NULL AND mailbox IS NOT NULL "
	"AND leased_at IS NOT NULL");
SQL(complaint_put, SQL_TENANT,
	"INSERT INTO lane_complaint (tenant, message, appliance, mailbox, provider, day) "
	"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, message) DO NOTHING");
SQL(complaint_old, SQL_TENANT,
	"DELETE FROM lane_complaint WHERE tenant = $1 AND appliance = $2 AND day < $3");
/* The day as the hub tells of it: an appliance never speaks of a day that is over again. */
SQL(complaint_day, SQL_TENANT,
	"UPDATE lane_day SET complained = complained + 1 WHERE tenant = $1 AND unit = $2 "
	"AND unit_id = $3 AND provider = $4 AND day = $5");
SQL(complaint_rows, SQL_TENANT,
	"SELECT mailbox, provider, day, COUNT(*) AS count FROM lane_complaint WHERE tenant = $1 "
	"AND appliance = $2 AND day >= $3 GROUP BY mailbox, provider, day "
	"ORDER BY day DESC, mailbox, provider LIMIT $4");

struct left {
	int64_t appliance, mailbox, at;
	const char *provider;
};
SHAPE(left_shape, struct left, COL(struct left, appliance), COL(struct left, mailbox),
	COL(struct left, provider), COL(struct left, at));

struct row {
	int64_t mailbox, day, count;
	const char *provider;
};
SHAPE(row_shape, struct row, COL(struct row, mailbox), COL(struct row, provider),
	COL(struct row, day), COL(struct row, count));

static int64_t oldest(const struct scope *sc)
{
	return clock_day(now_plan(sc).ms) - LANE_DAYS + 1;
}

static enum err count_day(struct scope *sc, const struct left *m, int64_t day)
{
	enum err e =
		db_run(sc, &complaint_day, BIND(V("ip"), V(m->appliance), V(""), V(day)), NULL);

	if (!e)
		e = db_run(sc, &complaint_day,
			BIND(V("provider"), V(m->appliance), V(m->provider), V(day)), NULL);
	if (!e)
		e = db_run(
			sc, &complaint_day, BIND(V("mailbox"), V(m->mailbox), V(""), V(day)), NULL);
	return e;
}

enum err complaint_count(struct scope *sc, int64_t message, int64_t *appliance)
{
	struct left m;
	int64_t day, fresh = 0;
	enum err e = db_one(sc, &complaint_mail, BIND(V(message)), &left_shape, &m);

	*appliance = 0;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	m.provider = m.provider ? m.provider : PROVIDER_NOBODY;
	day = clock_day(clock_plan_at(sc->world->clock, (struct real){ m.at }).ms);
	e = db_run(sc, &complaint_put,
		BIND(V(message), V(m.appliance), V(m.mailbox), V(m.provider), V(day)), &fresh);
	if (e || !fresh)
		return e;
	*appliance = m.appliance;
	e = count_day(sc, &m, day);
	return e ? e : db_run(sc, &complaint_old, BIND(V(m.appliance), V(oldest(sc))), NULL);
}

/* Adds N to the lane's day, which stands in the list once. */
static void add(struct part_complaints *list, size_t *n, struct part_complaints one)
{
	for (size_t i = 0; i < *n; i++) {
		struct part_complaints *p = &list[i];

		if (p->kind != one.kind || p->mailbox != one.mailbox || p->day != one.day ||
			!str_eq(p->provider, one.provider))
			continue;
		p->count += one.count;
		return;
	}
	list[(*n)++] = one;
}

enum err complaint_list(
	struct scope *sc, int64_t appliance, struct part_complaints **list, size_t *n)
{
	struct row *rows;
	size_t count;
	enum err e = db_list(sc, &complaint_rows,
		BIND(V(appliance), V(oldest(sc)), V((int64_t)MOST)), &row_shape, &rows, &count);

	*n = 0;
	if (e)
		return e;
	*list = arena_array(sc->mem, 3 * count, sizeof **list);
	for (size_t i = 0; i < count; i++) {
		const struct row *r = &rows[i];

		add(*list, n,
			(struct part_complaints){
				.kind = WIRE_LANE_IP, .day = r->day, .count = r->count });
		add(*list, n,
			(struct part_complaints){ .kind = WIRE_LANE_PROVIDER,
				.provider = r->provider,
				.day = r->day,
				.count = r->count });
		add(*list, n,
			(struct part_complaints){ .kind = WIRE_LANE_MAILBOX,
				.mailbox = r->mailbox,
				.day = r->day,
				.count = r->count });
	}
	return ERR_NONE;
}
