/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/score.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/address.h"
#include "job/job.h"

/* Below so many mails a share is taken of so many: two of three bounced is no judgement yet. */
#define LEAST_MAILS 50
#define LIST_COST   10 /* points, for each block list */
#define DEGRADED    50 /* below this an address that was warm is degraded */
#define RECOVERED   75

/* Points for each per cent, in tenths. */
static const struct {
	const char *name, *event, *prefix;
	int64_t window;
	int64_t undelivered, hard, infra, complained;
} units[SCORE_UNITS] = {
	[SCORE_ADDRESS] = { "address", "address.score", ID_ADDRESS, 30, 5, 0, 50, 100 },
	[SCORE_DOMAIN] = { "domain", "domain.score", ID_DOMAIN, 30, 5, 50, 0, 100 },
	[SCORE_MAILBOX] = { "mailbox", "mailbox.score", ID_MAILBOX, 7, 0, 100, 0, 500 },
};

int64_t score_window(enum score_unit u)
{
	return units[u].window;
}

int64_t score_of(enum score_unit u, const struct score_counts *c, int64_t listed)
{
	int64_t of = c->sent > LEAST_MAILS ? c->sent : LEAST_MAILS;
	int64_t lost = units[u].undelivered * (c->sent - c->delivered) + units[u].hard * c->hard +
		       units[u].infra * c->infra + units[u].complained * c->complained;
	int64_t score = 100 - (lost * 10 + of / 2) / of - listed * LIST_COST;

	return score < 0 ? 0 : score > 100 ? 100 : score;
}

const char *score_band(int64_t score)
{
	return score < 0     ? "none"
	       : score >= 90 ? "excellent"
	       : score >= 75 ? "good"
	       : score >= 50 ? "fair"
			     : "poor";
}

/* ---- days ---- */

#define COUNTS "sent, delivered, hard, infra, soft, complained, unsubscribed"
SQL(score_rows, SQL_TENANT,
	"SELECT day, " COUNTS ", COALESCE(score, -1) AS score FROM score WHERE tenant = $1 "
	"AND unit = $2 AND unit_id = $3 ORDER BY day DESC LIMIT $4");
SQL(score_upsert, SQL_TENANT,
	"INSERT INTO score (tenant, unit, unit_id, day, " COUNTS ", stale) VALUES ($1, $2, $3, $4, "
	"$5, $6, $7, $8, $9, $10, $11, 1) ON CONFLICT (tenant, unit, unit_id, day) DO UPDATE SET "
	"sent = score.sent + excluded.sent, delivered = score.delivered + excluded.delivered, "
	"hard = score.hard + excluded.hard, infra = score.infra + excluded.infra, "
	"soft = score.soft + excluded.soft, complained = score.complained + excluded.complained, "
	"unsubscribed = score.unsubscribed + excluded.unsubscribed, stale = 1");

#define COUNT_COLS(type, at)                                                                       \
	{ "sent", COL_INT64, offsetof(type, at.sent) },                                            \
		{ "delivered", COL_INT64, offsetof(type, at.delivered) },                          \
		{ "hard", COL_INT64, offsetof(type, at.hard) },                                    \
		{ "infra", COL_INT64, offsetof(type, at.infra) },                                  \
		{ "soft", COL_INT64, offsetof(type, at.soft) },                                    \
		{ "complained", COL_INT64, offsetof(type, at.complained) },                        \
	{                                                                                          \
		"unsubscribed", COL_INT64, offsetof(type, at.unsubscribed)                         \
	}
static const struct shape day_shape = { sizeof(struct score_day),
	(const struct col[]){ COL(struct score_day, day), COUNT_COLS(struct score_day, counts),
		COL(struct score_day, score) },
	9 };

enum err score_list(struct scope *sc, enum score_unit u, int64_t id, int limit,
	struct score_day **rows, size_t *n)
{
	return db_list(sc, &score_rows, BIND(V(units[u].name), V(id), V((int64_t)limit)),
		&day_shape, rows, n);
}

enum err score_add(
	struct scope *sc, enum score_unit u, int64_t id, int64_t day, const struct score_counts *c)
{
	return db_run(sc, &score_upsert,
		BIND(V(units[u].name), V(id), V(day), V(c->sent), V(c->delivered), V(c->hard),
			V(c->infra), V(c->soft), V(c->complained), V(c->unsubscribed)),
		NULL);
}

/* ---- as they stand ---- */

#define WINDOW_SUM(what)                                                                           \
	"COALESCE((SELECT SUM(s." what ") FROM score s WHERE s.tenant = $1 AND s.unit = $2 "       \
	"AND s.unit_id = u.id AND s.day > $3), 0) AS " what
#define NOW_OF(table, name, listed, where)                                                                  \
	"SELECT u.id AS id, u." name " AS name, COALESCE(u.score, -1) AS score, "                           \
	"COALESCE((SELECT s.score FROM score s WHERE s.tenant = $1 AND s.unit = $2 AND "                    \
	"s.unit_id = u.id AND s.day <= $4 ORDER BY s.day DESC LIMIT 1), -1) AS before, " listed             \
	" AS listed, " WINDOW_SUM("sent") ", " WINDOW_SUM("hard") ", " WINDOW_SUM("infra") ", " WINDOW_SUM( \
		"complained") " FROM " table " u WHERE u.tenant = $1" where                                 \
			      " ORDER BY CASE WHEN u.score IS NULL THEN 101 ELSE u.score END, u." name      \
			      " LIMIT 200"
SQL(score_now_addresses, SQL_TENANT, NOW_OF("address", "ip", "u.listed", ""));
SQL(score_now_domains, SQL_TENANT,
	NOW_OF("domain", "name", "u.listed", " AND (CAST($5 AS BIGINT) = 0 OR u.workspace = $5)"));
SQL(score_now_mailboxes, SQL_TENANT,
	NOW_OF("mailbox", "address", "0", " AND (CAST($5 AS BIGINT) = 0 OR u.workspace = $5)"));

SHAPE(now_shape, struct score_now, COL(struct score_now, id), COL(struct score_now, name),
	COL(struct score_now, score), COL(struct score_now, before), COL(struct score_now, listed),
	COL(struct score_now, sent), COL(struct score_now, hard), COL(struct score_now, infra),
	COL(struct score_now, complained));

enum err score_now_list(struct scope *sc, enum score_unit u, struct score_now **rows, size_t *n)
{
	int64_t today = clock_day(now_plan(sc).ms), from = today - units[u].window;

	if (u == SCORE_ADDRESS)
		return db_list(sc, &score_now_addresses,
			BIND(V(units[u].name), V(from), V(today - 7)), &now_shape, rows, n);
	return db_list(sc, u == SCORE_DOMAIN ? &score_now_domains : &score_now_mailboxes,
		BIND(V(units[u].name), V(from), V(today - 7), V(sc->workspace)), &now_shape, rows,
		n);
}

/* ---- settling ---- */

SQL(score_changed, SQL_SYSTEM,
	"SELECT tenant, unit, unit_id, day FROM score WHERE stale = 1 LIMIT $1");
SQL(score_window_sum, SQL_TENANT,
	"SELECT COALESCE(SUM(sent), 0) AS sent, COALESCE(SUM(delivered), 0) AS delivered, "
	"COALESCE(SUM(hard), 0) AS hard, COALESCE(SUM(infra), 0) AS infra, "
	"COALESCE(SUM(soft), 0) AS soft, COALESCE(SUM(complained), 0) AS complained, "
	"COALESCE(SUM(unsubscribed), 0) AS unsubscribed FROM score WHERE tenant = $1 "
	"AND unit = $2 AND unit_id = $3 AND day > $4 AND day <= $5");
SQL(score_put, SQL_TENANT,
	"UPDATE score SET score = $5, stale = 0 WHERE tenant = $1 AND unit = $2 AND unit_id = $3 "
	"AND day = $4");
SQL(score_later, SQL_TENANT,
	"SELECT count(*) FROM (SELECT day FROM score WHERE tenant = $1 AND unit = $2 "
	"AND unit_id = $3 AND day > $4 LIMIT 1) AS later");
#define OF_UNIT(table) " FROM " table " WHERE tenant = $1 AND id = $2"
SQL(score_address, SQL_TENANT, "SELECT COALESCE(score, -1) AS score, listed" OF_UNIT("address"));
SQL(score_domain, SQL_TENANT, "SELECT COALESCE(score, -1) AS score, listed" OF_UNIT("domain"));
SQL(score_mailbox, SQL_TENANT,
	"SELECT COALESCE(score, -1) AS score, 0 AS listed" OF_UNIT("mailbox"));
SQL(score_put_address, SQL_TENANT, "UPDATE address SET score = $3 WHERE tenant = $1 AND id = $2");
SQL(score_put_domain, SQL_TENANT, "UPDATE domain SET score = $3 WHERE tenant = $1 AND id = $2");
SQL(score_put_mailbox, SQL_TENANT, "UPDATE mailbox SET score = $3 WHERE tenant = $1 AND id = $2");

struct changed {
	int64_t tenant;
	const char *unit;
	int64_t unit_id, day;
};
SHAPE(changed_shape, struct changed, COL(struct changed, tenant), COL(struct changed, unit),
	COL(struct changed, unit_id), COL(struct changed, day));
static const struct shape counts_shape = { sizeof(struct { struct score_counts c; }),
	(const struct col[]){ { "sent", COL_INT64, offsetof(struct score_counts, sent) },
		{ "delivered", COL_INT64, offsetof(struct score_counts, delivered) },
		{ "hard", COL_INT64, offsetof(struct score_counts, hard) },
		{ "infra", COL_INT64, offsetof(struct score_counts, infra) },
		{ "soft", COL_INT64, offsetof(struct score_counts, soft) },
		{ "complained", COL_INT64, offsetof(struct score_counts, complained) },
		{ "unsubscribed", COL_INT64, offsetof(struct score_counts, unsubscribed) } },
	7 };
struct standing {
	int64_t score, listed;
};
SHAPE(standing_shape, struct standing, COL(struct standing, score), COL(struct standing, listed));

static const struct {
	const struct sql *find, *put;
} standings[SCORE_UNITS] = {
	[SCORE_ADDRESS] = { &score_address, &score_put_address },
	[SCORE_DOMAIN] = { &score_domain, &score_put_domain },
	[SCORE_MAILBOX] = { &score_mailbox, &score_put_mailbox },
};

/* What the score alone does to an address that sends. */
static enum err judge(struct scope *sc, int64_t id, int64_t score)
{
	struct address a;
	enum err e = address_find(sc, id, &a);
	bool warm = !e && (str_eq(a.state, "warming") || str_eq(a.state, "warmed"));

	if (e || str_eq(a.decided, "operator"))
		return e;
	if (warm && score < DEGRADED)
		return address_move(
			sc, &a, &(struct address_move){ "degraded", "score", "system", 0 });
	if (str_eq(a.state, "degraded") && str_eq(a.reason, "score") && score >= RECOVERED)
		return address_move(
			sc, &a, &(struct address_move){ "warmed", "recovered", "system", 0 });
	return ERR_NONE;
}

static enum err stand(struct scope *sc, enum score_unit u, int64_t id, int64_t was, int64_t score)
{
	enum err e = db_run(sc, standings[u].put, BIND(V(id), V(score)), NULL);

	if (!e && !str_eq(score_band(was), score_band(score)))
		event_addf(sc, units[u].event, id,
			"{\"score\":%lld,\"band\":\"%s\",\"was\":\"%s\"}", (long long)score,
			score_band(score), score_band(was));
	return !e && u == SCORE_ADDRESS ? judge(sc, id, score) : e;
}

struct settling {
	const struct job *job;
	const struct changed *row;
};

static enum err settle(struct scope *sc, void *arg)
{
	const struct settling *s = arg;
	const struct changed *row = s->row;
	enum score_unit u = str_eq(row->unit, "address")  ? SCORE_ADDRESS
			    : str_eq(row->unit, "domain") ? SCORE_DOMAIN
							  : SCORE_MAILBOX;
	struct standing now = { -1, 0 };
	struct score_counts c;
	int64_t later = 0, score;
	enum err e = s->job ? job_hold(sc, s->job) : ERR_NONE;

	sc->tenant = row->tenant;
	if (!e)
		e = db_one(sc, &score_window_sum,
			BIND(V(row->unit), V(row->unit_id), V(row->day - units[u].window),
				V(row->day)),
			&counts_shape, &c);
	if (!e)
		e = db_one(sc, standings[u].find, BIND(V(row->unit_id)), &standing_shape, &now);
	if (e && e != ERR_MISSING)
		return e;
	if (e)
		scope_clear(sc);
	else
		e = db_int(
			sc, &score_later, BIND(V(row->unit), V(row->unit_id), V(row->day)), &later);
	/* What is gone keeps its days, and stands nowhere. */
	bool there = e == ERR_NONE;

	score = score_of(u, &c, later ? 0 : now.listed);
	e = db_run(
		sc, &score_put, BIND(V(row->unit), V(row->unit_id), V(row->day), V(score)), NULL);
	return !e && there && !later ? stand(sc, u, row->unit_id, now.score, score) : e;
}

enum err score_settle(struct scope *sc, const struct job *j, int most, bool *left)
{
	int64_t tenant = sc->tenant;
	struct changed *rows;
	size_t n;
	enum err e = db_list(sc, &score_changed, BIND(V((int64_t)most)), &changed_shape, &rows, &n);

	for (size_t i = 0; i < n && !e; i++)
		e = db_write_later(sc, settle, &(struct settling){ j, &rows[i] });
	sc->tenant = tenant;
	*left = !e && (int)n == most;
	return e;
}
