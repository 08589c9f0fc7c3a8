/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/world.h"

#include "base/out.h"
#include "pace/theatre.h"

#define OF         10000
#define GREY_MOST  90 /* percent: a provider that takes nothing for a while is no greylist */
#define GREY_AFTER 10 /* minutes; nobody counted them */
#define NO_GROWTH  1000000

/* From each lane the days by key: an appliance's years behind these cost nothing. */
SQL(world_rows, SQL_TENANT,
	"SELECT l.provider AS provider, CAST(SUM(d.mails) AS BIGINT) AS mails, "
	"CAST(SUM(d.ended) AS BIGINT) AS ended, CAST(SUM(d.accepted) AS BIGINT) AS accepted, "
	"CAST(SUM(d.deferred) AS BIGINT) AS deferred, CAST(SUM(d.hard) AS BIGINT) AS hard, "
	"CAST(SUM(d.complained) AS BIGINT) AS complained FROM lane l JOIN lane_day d "
	"ON d.tenant = l.tenant AND d.unit = l.unit AND d.unit_id = l.unit_id "
	"AND d.provider = l.provider AND d.day > $2 WHERE l.tenant = $1 AND l.unit = 'provider' "
	"GROUP BY l.provider ORDER BY SUM(d.ended) DESC, l.provider LIMIT $3");

struct met {
	const char *provider;
	int64_t mails, ended, accepted, deferred, hard, complained;
};
SHAPE(met_shape, struct met, COL(struct met, provider), COL(struct met, mails),
	COL(struct met, ended), COL(struct met, accepted), COL(struct met, deferred),
	COL(struct met, hard), COL(struct met, complained));

static int64_t rate(int64_t n, int64_t all, int64_t of)
{
	return all > 0 ? n * of / all : 0;
}

static void put_met(struct out *o, const struct met *m, int64_t share)
{
	int64_t hard = rate(m->hard, m->ended, OF), grey = rate(m->deferred, m->mails, 100);
	int64_t complained = rate(m->complained, m->accepted, OF);

	out_printf(o, "provider %s %lld\n", m->provider, (long long)share);
	if (hard)
		out_printf(o, "\thard %lld\n", (long long)hard);
	if (complained)
		out_printf(o, "\tcomplaints %lld %d\n", (long long)complained, NO_GROWTH);
	if (grey)
		out_printf(o, "\tgreylist %lld %d\n",
			(long long)(grey < GREY_MOST ? grey : GREY_MOST), GREY_AFTER);
}

enum err world_own(struct scope *sc, const char **text)
{
	struct met *rows;
	int64_t all = 0, given = 0;
	struct out o;
	size_t n;
	enum err e = db_list(sc, &world_rows,
		BIND(V(clock_day(now_plan(sc).ms) - WORLD_DAYS), V((int64_t)THEATRE_PROVIDERS)),
		&met_shape, &rows, &n);

	*text = NULL;
	for (size_t i = 0; !e && i < n; i++)
		all += rows[i].ended;
	if (e || all < WORLD_LEAST)
		return e;
	/* Whoever has less than one in a hundred is with the others; the largest takes what is
	 * left. */
	for (size_t i = 1; i < n; i++)
		given += rate(rows[i].ended, all, 100);
	out_init(&o, sc->mem);
	for (size_t i = 0; i < n; i++) {
		int64_t share = i ? rate(rows[i].ended, all, 100) : 100 - given;

		if (share)
			put_met(&o, &rows[i], share);
	}
	*text = o.data;
	return ERR_NONE;
}
