/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/weather.h"

#include "event/event.h"
#include "fleet/appliance.h"
#include "job/job.h"

#define WINDOW_SLOTS 2
#define KEPT_MS      DAY_MS
#define OWN_MS       HOUR_MS

/* How much of each kind of reply an address is still let through, in mails an hour: enough to see
   when it is over. */
static const struct {
	const char *class;
	int64_t rate;
} rates[] = {
	{ "rate", 12 },
	{ "infrastructure", 6 },
	{ "network", 6 },
	{ "other", 12 },
};

static int64_t rate_of(const char *class)
{
	for (size_t i = 0; i < COUNT(rates); i++)
		if (str_eq(rates[i].class, class))
			return rates[i].rate;
	return 0;
}

SQL(weather_hit_add, SQL_ENGINE,
	"INSERT INTO weather_hit (slot, provider, class, appliance, n) VALUES ($1, $2, $3, $4, $5) "
	"ON CONFLICT (slot, provider, class, appliance) DO UPDATE SET n = weather_hit.n + excluded.n");

enum err weather_hit(struct scope *sc, const char *provider, const char *class, int64_t appliance,
	int64_t at, int64_t n)
{
	/* A refusal of one person or one mail is no weather. */
	if (!rate_of(class))
		return ERR_NONE;
	return db_run(sc, &weather_hit_add,
		BIND(V(at / WEATHER_SLOT_MS), V(provider), V(class), V(appliance), V(n)), NULL);
}

/* ---- as it stands ---- */

#define OF_TENANT                                                                                  \
	"FROM weather_hit h JOIN uplink u ON u.appliance = h.appliance WHERE u.tenant = $1 "       \
	"AND h.slot >= $2 "
SQL(weather_rows, SQL_ENGINE,
	"SELECT w.provider AS provider, w.class AS class, w.since AS since, w.until AS until, "
	"(SELECT count(DISTINCT h.appliance) " OF_TENANT "AND h.provider = w.provider "
	"AND h.class = w.class) AS own FROM weather w WHERE w.until > $3 "
	"ORDER BY w.provider, w.class");
SQL(weather_own_rows, SQL_ENGINE,
	"SELECT h.provider AS provider, h.class AS class, count(DISTINCT h.appliance) AS machines, "
	"SUM(h.n) AS replies " OF_TENANT "AND NOT EXISTS (SELECT 1 FROM weather w "
	"WHERE w.provider = h.provider AND w.class = h.class AND w.until > $3) "
	"GROUP BY h.provider, h.class ORDER BY h.provider, h.class");

static const struct shape weather_shape = { sizeof(struct weather_row),
	(const struct col[]){ COL(struct weather_row, provider), COL(struct weather_row, class),
		COL(struct weather_row, since), COL(struct weather_row, until),
		COL(struct weather_row, own) },
	5 };
SHAPE(own_shape, struct weather_own, COL(struct weather_own, provider),
	COL(struct weather_own, class), COL(struct weather_own, machines),
	COL(struct weather_own, replies));

enum err weather_list(struct scope *sc, struct weather_row **rows, size_t *n)
{
	int64_t now = now_real(sc).ms;
	enum err e = db_list(sc, &weather_rows,
		BIND(V(sc->tenant), V((now - OWN_MS) / WEATHER_SLOT_MS), V(now)), &weather_shape,
		rows, n);

	for (size_t i = 0; !e && i < *n; i++) {
		struct weather_row *r = &(*rows)[i];

		r->rate = rate_of(r->class);
		r->until_plan = clock_plan_at(sc->world->clock, (struct real){ r->until }).ms;
	}
	return e;
}

enum err weather_own_list(struct scope *sc, struct weather_own **rows, size_t *n)
{
	int64_t now = now_real(sc).ms;

	return db_list(sc, &weather_own_rows,
		BIND(V(sc->tenant), V((now - OWN_MS) / WEATHER_SLOT_MS), V(now)), &own_shape, rows,
		n);
}

/* ---- looking ---- */

SQL(weather_met, SQL_ENGINE,
	"SELECT provider, class, count(DISTINCT appliance) AS machines FROM weather_hit "
	"WHERE slot >= $1 GROUP BY provider, class HAVING count(DISTINCT appliance) >= $2");
SQL(weather_connected, SQL_ENGINE, "SELECT count(*) FROM uplink WHERE seen_at >= $1");
SQL(weather_prolong, SQL_ENGINE,
	"UPDATE weather SET until = $3, machines = $4 WHERE provider = $1 AND class = $2 "
	"AND until > $5");
SQL(weather_begin, SQL_ENGINE,
	"INSERT INTO weather (provider, class, since, until, machines, ended) "
	"VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (provider, class) DO UPDATE SET "
	"since = excluded.since, until = excluded.until, machines = excluded.machines, ended = 0");
SQL(weather_over, SQL_ENGINE,
	"SELECT provider, class, machines FROM weather WHERE until <= $1 AND ended = 0");
SQL(weather_end, SQL_ENGINE,
	"UPDATE weather SET ended = 1 WHERE provider = $1 AND class = $2 AND until <= $3");
SQL(weather_forget, SQL_ENGINE, "DELETE FROM weather_hit WHERE slot < $1");
SQL(weather_tenants, SQL_ENGINE,
	"SELECT DISTINCT tenant FROM uplink WHERE revoked_at IS NULL ORDER BY tenant");

struct met {
	const char *provider, *class;
	int64_t machines;
};
SHAPE(met_shape, struct met, COL(struct met, provider), COL(struct met, class),
	COL(struct met, machines));
struct one_tenant {
	int64_t tenant;
};
SHAPE(tenant_shape, struct one_tenant, COL(struct one_tenant, tenant));

struct looking {
	const struct job *job;
	const struct met *list;
	size_t n;
};

/* Every company with machines: those that have not met it yet are to be slowed before they do. */
static enum err tell(struct scope *sc, const char *kind, const struct met *m)
{
	struct one_tenant *list;
	size_t n = 0;
	enum err e = db_list(sc, &weather_tenants, BIND_NONE, &tenant_shape, &list, &n);

	for (size_t i = 0; i < n; i++) {
		sc->tenant = list[i].tenant;
		event_addf(sc, kind, sc->tenant, "{\"provider\":\"%s\",\"class\":\"%s\"}",
			m->provider, m->class);
	}
	sc->tenant = 0;
	return e;
}

static enum err note(struct scope *sc, const struct met *m)
{
	int64_t now = now_real(sc).ms, until = now + WEATHER_LASTS_MS, changed = 0;
	enum err e = db_run(sc, &weather_prolong,
		BIND(V(m->provider), V(m->class), V(until), V(m->machines), V(now)), &changed);

	if (e || changed)
		return e;
	e = db_run(sc, &weather_begin,
		BIND(V(m->provider), V(m->class), V(now), V(until), V(m->machines)), NULL);
	return e ? e : tell(sc, "weather.began", m);
}

static enum err end(struct scope *sc, const struct met *m)
{
	enum err e = db_run(
		sc, &weather_end, BIND(V(m->provider), V(m->class), V(now_real(sc).ms)), NULL);

	return e ? e : tell(sc, "weather.ended", m);
}

/* What changes and who is told of it go together: what nobody was told of would slow nobody. */
static enum err write_look(struct scope *sc, void *arg)
{
	const struct looking *l = arg;
	int64_t now = now_real(sc).ms;
	struct met *over;
	size_t n = 0;
	enum err e = l->job ? job_hold(sc, l->job) : ERR_NONE;

	for (size_t i = 0; i < l->n && !e; i++)
		e = note(sc, &l->list[i]);
	if (!e)
		e = db_list(sc, &weather_over, BIND(V(now)), &met_shape, &over, &n);
	for (size_t i = 0; i < n && !e; i++)
		e = end(sc, &over[i]);
	return e ? e
		 : db_run(sc, &weather_forget, BIND(V((now - KEPT_MS) / WEATHER_SLOT_MS)), NULL);
}

enum err weather_look(struct scope *sc, const struct job *j)
{
	int64_t now = now_real(sc).ms, tenant = sc->tenant, connected, most;
	struct looking l = { .job = j };
	struct met *met;
	enum err e = db_int(sc, &weather_connected, BIND(V(now - APPLIANCE_SILENT_MS)), &connected);

	if (e)
		return e;
	most = connected / WEATHER_SHARE > WEATHER_MACHINES ? connected / WEATHER_SHARE
							    : WEATHER_MACHINES;
	e = db_list(sc, &weather_met, BIND(V(now / WEATHER_SLOT_MS - WINDOW_SLOTS + 1), V(most)),
		&met_shape, &met, &l.n);
	l.list = met;
	if (!e)
		e = db_write_later(sc, write_look, &l);
	sc->tenant = tenant;
	return e;
}
