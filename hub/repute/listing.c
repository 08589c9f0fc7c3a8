/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/listing.h"

#include "base/id.h"
#include "event/event.h"

SQL(listing_rows, SQL_TENANT,
	"SELECT list, state, code, reason, since, checked_at FROM dnsbl "
	"WHERE tenant = $1 AND unit = $2 AND unit_id = $3 ORDER BY list");
SQL(listing_put, SQL_TENANT,
	"INSERT INTO dnsbl (tenant, unit, unit_id, list, state, code, reason, since, checked_at) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	"ON CONFLICT (tenant, unit, unit_id, list) DO UPDATE SET state = excluded.state, "
	"code = excluded.code, reason = excluded.reason, checked_at = excluded.checked_at, "
	"since = CASE WHEN dnsbl.state = excluded.state THEN dnsbl.since "
	"ELSE excluded.since END");
/* Nothing was learned: only the reason of one that is not listed says so. */
SQL(listing_put_unclear, SQL_TENANT,
	"INSERT INTO dnsbl (tenant, unit, unit_id, list, state, code, reason, since, checked_at) "
	"VALUES ($1, $2, $3, $4, 'unclear', $5, $6, $7, 0) "
	"ON CONFLICT (tenant, unit, unit_id, list) DO UPDATE SET "
	"reason = CASE WHEN dnsbl.state = 'listed' THEN dnsbl.reason ELSE excluded.reason END");
SQL(listing_forget, SQL_TENANT,
	"DELETE FROM dnsbl WHERE tenant = $1 AND unit = $2 AND unit_id = $3 AND list = $4");

SHAPE(listing_shape, struct listing, COL(struct listing, list), COL(struct listing, state),
	COL(struct listing, code), COL(struct listing, reason), COL(struct listing, since),
	COL(struct listing, checked_at));

static const struct {
	const char *name, *listed, *unlisted;
} units[LISTING_UNITS] = {
	[LISTING_ADDRESS] = { "address", "address.listed", "address.unlisted" },
	[LISTING_DOMAIN] = { "domain", "domain.listed", "domain.unlisted" },
};

enum err listing_list(
	struct scope *sc, enum listing_unit unit, int64_t id, struct listing **rows, size_t *n)
{
	return db_list(
		sc, &listing_rows, BIND(V(units[unit].name), V(id)), &listing_shape, rows, n);
}

static const struct listing *row_of(const struct listing *rows, size_t n, const char *list)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].list, list))
			return &rows[i];
	return NULL;
}

static enum err put(
	struct scope *sc, enum listing_unit unit, int64_t id, const struct listing_heard *h)
{
	const struct list_verdict *v = &h->verdict;
	int64_t now = now_real(sc).ms;

	if (str_eq(v->state, "unclear"))
		return db_run(sc, &listing_put_unclear,
			BIND(V(units[unit].name), V(id), V(h->list->name), V(v->code), V(v->reason),
				V(now)),
			NULL);
	return db_run(sc, &listing_put,
		BIND(V(units[unit].name), V(id), V(h->list->name), V(v->state), V(v->code),
			V(v->reason), V(now)),
		NULL);
}

/* Whether the list names it from here on, and an event where that is new. */
static bool note(struct scope *sc, enum listing_unit unit, int64_t id,
	const struct listing_heard *h, const struct listing *was)
{
	bool before = was && str_eq(was->state, "listed");
	bool after =
		str_eq(h->verdict.state, "unclear") ? before : str_eq(h->verdict.state, "listed");

	if (before != after)
		event_addf(sc, after ? units[unit].listed : units[unit].unlisted, id,
			"{\"list\":\"%s\",\"code\":\"%s\"}", h->list->name,
			after ? h->verdict.code : was->code);
	return after;
}

enum err listing_keep(struct scope *sc, enum listing_unit unit, int64_t id,
	const struct listing_heard *heard, size_t n, struct listing_sum *sum)
{
	struct listing *rows;
	size_t count;
	enum err e = listing_list(sc, unit, id, &rows, &count);

	*sum = (struct listing_sum){ 0 };
	for (size_t i = 0; i < n && !e; i++) {
		const struct list *l = heard[i].list;
		bool listed = note(sc, unit, id, &heard[i], row_of(rows, count, l->name));

		sum->listed += listed && l->weight != LIST_NOTE;
		sum->stop |= listed && l->weight == LIST_STOP;
		sum->warn |= listed && l->weight == LIST_WARN;
		e = put(sc, unit, id, &heard[i]);
	}
	/* A list that was taken out of the table says nothing any more. */
	for (size_t i = 0; i < count && !e; i++) {
		bool asked = false;

		for (size_t k = 0; k < n; k++)
			asked |= str_eq(heard[k].list->name, rows[i].list);
		if (!asked)
			e = db_run(sc, &listing_forget,
				BIND(V(units[unit].name), V(id), V(rows[i].list)), NULL);
	}
	return e;
}

/* ---- asking for a check ---- */

struct wanted {
	enum listing_unit unit;
	int64_t id;
};

static enum err want(struct scope *sc, void *arg)
{
	const struct wanted *w = arg;
	const char *prefix = w->unit == LISTING_DOMAIN ? ID_DOMAIN : ID_ADDRESS;

	return job_now(sc, "repute.check", w->id, id_format(sc->mem, prefix, w->id));
}

enum err listing_check_ask(struct scope *sc, enum listing_unit unit, int64_t id)
{
	return db_write(sc, want, &(struct wanted){ unit, id });
}
