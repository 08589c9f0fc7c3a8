/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A file of contacts, uploaded and read by the import job: parsed, validated, looked up in the
 * suppression list, deduplicated, committed; against a bare loop that inserts the same rows into
 * the same table, a thousand to a transaction.
 */
#include "bench.h"

#include "base/out.h"
#include "place.h"

#define ROWS    200000
#define WAIT_MS 120000

struct person {
	const char *email, *name, *company, *country;
};

static void make_person(struct scope *sc, int run, int i, struct person *p)
{
	/* Spread over the index as real addresses are. */
	unsigned mixed = (unsigned)i * 2654435761U;

	p->email = arena_printf(sc->mem, "p%08x.%d@example%u.test", mixed, run, mixed % 997);
	p->name = arena_printf(sc->mem, "Person Number %d", i);
	p->company = arena_printf(sc->mem, "Company %u Ltd", mixed % 5000);
	p->country = "Iceland";
}

static struct bytes csv_of(struct scope *sc, const struct person *list, size_t n)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "email,name,company,country\n");
	for (size_t i = 0; i < n; i++)
		out_printf(&o, "%s,%s,%s,%s\n", list[i].email, list[i].name, list[i].company,
			list[i].country);
	return bytes_of(o.data, o.len);
}

/* ---- the product ---- */

static enum err wait_done(struct scope *sc, struct place *p, int64_t before)
{
	int64_t until = clock_mono() + WAIT_MS;

	while (raw_number(p->db, "SELECT count(*) FROM import WHERE state = 'done'") == before) {
		if (clock_mono() > until ||
			raw_number(p->db, "SELECT count(*) FROM import WHERE state = 'failed'"))
			return fail(sc, ERR_UPSTREAM, "the import does not end: %s",
				lab_log_tail(sc, p->lab, "hub"));
		sleep_ms(5);
	}
	return ERR_NONE;
}

static enum err run_product(
	struct scope *sc, struct place *p, const struct person *list, size_t n, double *rate)
{
	struct bytes csv = csv_of(sc, list, n);
	int64_t before = raw_number(p->db, "SELECT count(*) FROM import WHERE state = 'done'");
	int64_t people = raw_number(p->db, "SELECT count(*) FROM contact"), began = clock_mono();
	const struct json *answer;
	enum err e = client_upload(
		sc, &p->company.api, "/api/v1/imports", "file", "people.csv", csv, &answer);

	if (!e)
		e = wait_done(sc, p, before);
	if (e)
		return e;
	*rate = (double)n * 1000 / (double)(clock_mono() - began + 1);
	if (raw_number(p->db, "SELECT count(*) FROM contact") - people != (int64_t)n)
		return fail(sc, ERR_UPSTREAM, "not every row became a contact");
	return ERR_NONE;
}

/* ---- the limit ---- */

static const char insert_text[] =
	"INSERT INTO contact (tenant, id, workspace, email_key, email, name, company, country, "
	"state, source, created) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, 'active', 1, ?8)";

static enum err insert(struct scope *sc, sqlite3 *db, sqlite3_stmt *st, const struct place *p,
	const struct person *who)
{
	sqlite3_bind_int64(st, 1, p->tenant);
	sqlite3_bind_int64(st, 2, new_id(sc));
	sqlite3_bind_int64(st, 3, p->workspace);
	sqlite3_bind_text(st, 4, who->email, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 5, who->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 6, who->company, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 7, who->country, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 8, now_real(sc).ms);
	return raw_step(sc, db, st);
}

static enum err run_limit(struct scope *sc, sqlite3 *db, const struct place *p,
	const struct person *list, size_t n, double *rate)
{
	int64_t began = clock_mono();
	sqlite3_stmt *st = NULL;
	enum err e = raw_prepare(sc, db, insert_text, &st);

	for (size_t i = 0; i < n && !e; i++) {
		if (i % 1000 == 0)
			e = raw_run(sc, db, "BEGIN IMMEDIATE");
		if (!e)
			e = insert(sc, db, st, p, &list[i]);
		if (!e && (i % 1000 == 999 || i == n - 1))
			e = raw_run(sc, db, "COMMIT");
	}
	sqlite3_finalize(st);
	*rate = (double)n * 1000 / (double)(clock_mono() - began + 1);
	return e;
}

/* ---- both ---- */

static enum err run_once(
	struct scope *parent, struct bench *b, struct place *p, sqlite3 *bare, struct series *s)
{
	size_t n = (size_t)bench_size(b, ROWS, 500);
	double own = bench_own_cpu_us(), hub;
	struct person *list;
	struct scope sc;
	enum err e;

	scope_open(&sc, b->world, "bench");
	list = arena_array(sc.mem, n, sizeof *list);
	for (size_t i = 0; i < n; i++)
		make_person(&sc, s->n, (int)i, &list[i]);
	e = run_limit(&sc, bare, p, list, n, &s->limit[s->n]);
	own = bench_own_cpu_us() - own;
	hub = bench_cpu_us(p->lab->hub.pid);
	if (!e)
		e = run_product(&sc, p, list, n, &s->product[s->n]);
	hub = bench_cpu_us(p->lab->hub.pid) - hub;
	bench_note("import", s->n, s->product[s->n], s->limit[s->n]);
	bench_note_cpu("import", hub / (double)n, own / (double)n);
	if (e)
		fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err bench_import(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	struct series s = { .n = 0 };
	const char *file = NULL;
	sqlite3 *bare = NULL;
	enum err e = place_open(sc, b, 1, &p);

	if (!e)
		e = place_copy(sc, &p, "bare.db", &file);
	if (!e)
		e = raw_open(sc, file, &bare);
	for (; s.n < b->runs && !e; s.n++)
		e = run_once(sc, b, &p, bare, &s);
	if (!e)
		bench_tell_series("import", "contacts/s", &s);
	if (bare)
		sqlite3_close_v2(bare);
	place_close(&p);
	return e;
}
