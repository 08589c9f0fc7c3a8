/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/site.h"

#include "config.h"
#include "hub.h"
#include "warmup/mx.h"
#include "warmup/site_memory.h"

#define KEEP_MS  (30 * DAY_MS)
#define MOST_MS  DAY_MS /* between two questions about a domain for which nobody answers */
#define MOST_OUT 1000   /* rows that one sweep forgets at once */

SQL(site_by_name, SQL_DIRECTORY,
	"SELECT name, provider, number, why, never, fails, until FROM site WHERE name = $1");
SQL(site_put, SQL_DIRECTORY,
	"INSERT INTO site (name, provider, number, why, never, fails, until) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE SET "
	"provider = excluded.provider, number = excluded.number, why = excluded.why, "
	"never = excluded.never, fails = excluded.fails, until = excluded.until");
SQL(site_forget, SQL_DIRECTORY,
	"DELETE FROM site WHERE name IN (SELECT name FROM site WHERE until < $1 "
	"ORDER BY until LIMIT $2)");

SHAPE(site_shape, struct site_row, COL(struct site_row, name), COL(struct site_row, provider),
	COL(struct site_row, number), COL(struct site_row, why), COL(struct site_row, never),
	COL(struct site_row, fails), COL(struct site_row, until));

enum err site_find(struct scope *sc, const char *domain, struct site_row *out)
{
	struct site_memory *memory = hub_of(sc)->sites;
	enum err e;

	if (site_memory_get(memory, domain, now_real(sc), out))
		return ERR_NONE;
	e = db_one(sc, &site_by_name, BIND(V(domain)), &site_shape, out);
	if (!e)
		site_memory_put(memory, out);
	return e;
}

struct asking {
	const char **names; /* to be asked of the DNS */
	size_t *places;     /* of these in rows */
	size_t count;
	struct site_row *rows;
};

static enum err read_known(struct scope *sc, const char *const *domains, size_t n, struct asking *a)
{
	a->rows = arena_array(sc->mem, n, sizeof *a->rows);
	a->names = arena_array(sc->mem, n, sizeof *a->names);
	a->places = arena_array(sc->mem, n, sizeof *a->places);
	for (size_t i = 0; i < n; i++) {
		enum err e = site_find(sc, domains[i], &a->rows[i]);

		if (e && e != ERR_MISSING)
			return e;
		if (!e && a->rows[i].until > now_real(sc).ms)
			continue;
		scope_clear(sc);
		a->rows[i].name = domains[i];
		a->names[a->count] = domains[i];
		a->places[a->count++] = i;
	}
	return ERR_NONE;
}

/* Whoever answered before and is silent now stays what it was. */
static void take_answer(struct scope *sc, const struct mx_answer *m, struct site_row *row)
{
	int64_t wait = m->ttl_s * SECOND_MS;
	bool silent = !m->provider && !m->never;

	row->fails = silent ? row->fails + 1 : 0;
	for (int64_t i = 1; i < row->fails && wait < MOST_MS; i++)
		wait *= 2;
	row->until = now_real(sc).ms + (wait < MOST_MS || !silent ? wait : MOST_MS);
	if (silent && row->provider && !row->why)
		return;
	row->provider = m->provider ? m->provider->name : PROVIDER_NOBODY;
	row->number = m->site;
	row->why = m->why;
	row->never = m->never;
}

static enum err keep(struct scope *sc, void *arg)
{
	const struct asking *a = arg;
	enum err e = ERR_NONE;

	for (size_t i = 0; !e && i < a->count; i++) {
		const struct site_row *r = &a->rows[a->places[i]];

		e = db_run(sc, &site_put,
			BIND(V(r->name), V(r->provider), V(r->number), V(r->why), V(r->never),
				V(r->fails), V(r->until)),
			NULL);
	}
	return e;
}

enum err site_look_up(
	struct scope *sc, const char *const *domains, size_t n, struct site_row **out, bool *silent)
{
	const struct config *config = hub_of(sc)->config;
	struct dns_options options = {
		.servers = config && !str_empty(config->dns_servers) ? config->dns_servers : NULL
	};
	struct asking a = { 0 };
	struct mx_answer *answers;
	enum err e = read_known(sc, domains, n, &a);

	*silent = a.count > 0;
	if (!e && a.count)
		e = mx_ask(sc, &options, providers_builtin(sc), a.names, a.count, &answers);
	for (size_t i = 0; !e && i < a.count; i++) {
		take_answer(sc, &answers[i], &a.rows[a.places[i]]);
		*silent &= !answers[i].provider && !answers[i].never;
	}
	if (!e && a.count)
		e = db_write_later(sc, keep, &a);
	for (size_t i = 0; !e && i < a.count; i++)
		site_memory_put(hub_of(sc)->sites, &a.rows[a.places[i]]);
	if (!e)
		*out = a.rows;
	return e;
}

static enum err forget(struct scope *sc, void *arg)
{
	int64_t *gone = arg;

	return db_run(
		sc, &site_forget, BIND(V(now_real(sc).ms - KEEP_MS), V((int64_t)MOST_OUT)), gone);
}

enum err site_sweep(struct scope *sc)
{
	int64_t gone = MOST_OUT;
	enum err e = ERR_NONE;

	while (!e && gone == MOST_OUT)
		e = db_write_later(sc, forget, &gone);
	return e;
}
