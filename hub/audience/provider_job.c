/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Fills contact.provider, some hundred contacts at a time: which provider keeps each one's domain.
 * What was said holds a week for a contact, however short the DNS' own time: providers are changed
 * rarely, and a row of each contact is written each time.
 */
#include "audience/audience_job.h"
#include "audience/audience_priv.h"
#include "warmup/site.h"

#define HOLD_MS     (7 * DAY_MS)
#define AGAIN_MS    MINUTE_MS /* after name servers that answered nothing at all */
#define MOST_ROUNDS 5000

SQL(provider_due, SQL_TENANT,
	"SELECT id, email_key, provider FROM contact WHERE tenant = $1 AND provider_due <= $2 "
	"ORDER BY provider_due LIMIT $3");
SQL(provider_set, SQL_TENANT,
	"UPDATE contact SET provider = $3, provider_due = $4 WHERE tenant = $1 AND id = $2 "
	"AND provider_due <= $5");
SQL(provider_tenants, SQL_SYSTEM,
	"SELECT t.tenant AS id FROM tenant t WHERE t.tenant > $2 AND EXISTS (SELECT 1 FROM "
	"contact c WHERE c.tenant = t.tenant AND c.provider_due <= $1) ORDER BY t.tenant "
	"LIMIT 100");

struct person {
	int64_t id;
	const char *email_key, *provider;
};
SHAPE(person_shape, struct person, COL(struct person, id), COL(struct person, email_key),
	COL(struct person, provider));

struct round {
	const struct job *job;
	struct person *people;
	size_t count;
	size_t *domains; /* of each, in rows */
	struct site_row *rows;
	bool silent;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *domain_of(const struct person *p)
{
	const char *at = strrchr(p->email_key, '@');

	return at ? at + 1 : "";
}

/* Each domain once, sorted; and where each person's is. */
static const char **collect(struct scope *sc, struct round *r, size_t *n)
{
	const char **list = arena_array(sc->mem, r->count, sizeof *list);

	for (size_t i = 0; i < r->count; i++)
		list[i] = domain_of(&r->people[i]);
	qsort(list, r->count, sizeof *list, by_text);
	*n = 0;
	for (size_t i = 0; i < r->count; i++)
		if (!*n || !str_eq(list[*n - 1], list[i]))
			list[(*n)++] = list[i];
	r->domains = arena_array(sc->mem, r->count, sizeof *r->domains);
	for (size_t i = 0; i < r->count; i++) {
		const char *domain = domain_of(&r->people[i]);
		const char **found = bsearch(&domain, list, *n, sizeof *list, by_text);

		r->domains[i] = (size_t)(found - list);
	}
	return list;
}

static enum err keep(struct scope *sc, void *arg)
{
	const struct round *r = arg;
	int64_t now = now_real(sc).ms;
	enum err e = job_hold(sc, r->job);

	for (size_t i = 0; !e && i < r->count; i++) {
		const struct person *p = &r->people[i];
		const struct site_row *s = &r->rows[r->domains[i]];
		/* Not all of an import again at the same moment. */
		int64_t next = s->fails ? s->until : now + HOLD_MS + p->id % DAY_MS;

		e = db_run(
			sc, &provider_set, BIND(V(p->id), V(s->provider), V(next), V(now)), NULL);
	}
	return e;
}

/* A scope for each round: its memory goes before the next. *MORE is false at the end. */
static enum err run_round(struct scope *parent, struct round *r, bool *more)
{
	struct scope sc;
	const char **domains;
	size_t n;
	enum err e;

	scope_open_for(&sc, parent, parent->tenant);
	e = db_list(&sc, &provider_due, BIND(V(now_real(&sc).ms), V((int64_t)SITE_AT_ONCE)),
		&person_shape, &r->people, &r->count);
	*more = !e && r->count == SITE_AT_ONCE;
	if (!e && r->count) {
		domains = collect(&sc, r, &n);
		e = site_look_up(&sc, domains, n, &r->rows, &r->silent);
	}
	if (!e && r->count)
		e = db_write_later(&sc, keep, r);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err audience_providers_run(struct scope *sc, struct job *j)
{
	bool more = true;
	enum err e = ERR_NONE;

	for (int i = 0; more && !e && i < MOST_ROUNDS; i++) {
		struct round r = { .job = j };

		e = run_round(sc, &r, &more);
		if (!e && r.silent && more) {
			j->again = now_real(sc).ms + AGAIN_MS;
			return ERR_NONE;
		}
	}
	return e;
}

/* ---- whose time has come ---- */

struct owner {
	int64_t id;
};
SHAPE(owner_shape, struct owner, COL(struct owner, id));

struct asking {
	const struct job *job;
	const struct owner *list;
	size_t count;
};

static enum err ask(struct scope *sc, void *arg)
{
	const struct asking *a = arg;
	enum err e = job_hold(sc, a->job);

	for (size_t i = 0; !e && i < a->count; i++) {
		sc->tenant = a->list[i].id;
		e = job_now(sc, CONTACT_PROVIDERS_JOB, 0, "");
	}
	sc->tenant = 0;
	return e;
}

enum err audience_sites_run(struct scope *sc, struct job *j)
{
	struct asking a = { .job = j };
	int64_t after = 0;
	enum err e;

	do {
		struct owner *list;

		e = db_list(sc, &provider_tenants, BIND(V(now_real(sc).ms), V(after)), &owner_shape,
			&list, &a.count);
		a.list = list;
		if (!e && a.count) {
			after = list[a.count - 1].id;
			e = db_write_later(sc, ask, &a);
		}
	} while (!e && a.count == 100);
	return e ? e : site_sweep(sc);
}
