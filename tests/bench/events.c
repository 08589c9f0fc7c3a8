/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Deliveries reported by machines, from MQTT to the committed log, ledger and counters, until every
 * follower has seen them; against a bare loop that inserts the event and moves the row of the
 * ledger, a thousand to a transaction, in a copy of the same database.
 */
#include "bench.h"

#include "stream.h"

#define MAILS 30000

/* ---- the limit ---- */

static const char insert_text[] =
	"INSERT INTO event (tenant, slot, pos, at, kind, v, subject, workspace, actor_kind, actor, "
	"via, data) VALUES (?1, 0, ?2, ?3, 'mail.delivered', 1, ?4, ?5, 5, ?6, 0, ?7)";
static const char update_text[] =
	"UPDATE message SET was = state, state = 'delivered', rank = 10, code = 250, "
	"status = '2.0.0', done_at = ?3 WHERE tenant = ?1 AND id = ?2 AND rank < 10";
/* As long as what the hub writes down of a delivery. */
static const char data[] =
	"{\"campaign\":\"cmp_01k2x3v4w5y6z\",\"enrolment\":\"enr_01k2x3v4w5y6z\","
	"\"contact\":\"con_01k2x3v4w5y6z\",\"node\":\"nod_01k2x3v4w5y6z\","
	"\"mailbox\":\"mbx_01k2x3v4w5y6z\",\"appliance\":\"app_01k2x3v4w5y6z\",\"code\":250,"
	"\"status\":\"2.0.0\",\"queue_id\":\"4cWZ1n3tKfz9rxN\"}";

static enum err bare_one(struct scope *sc, sqlite3 *db, sqlite3_stmt *st[2], const struct place *p,
	const struct mail *m, int64_t pos)
{
	int64_t now = now_real(sc).ms;
	enum err e;

	sqlite3_bind_int64(st[0], 1, p->tenant);
	sqlite3_bind_int64(st[0], 2, pos);
	sqlite3_bind_int64(st[0], 3, now);
	sqlite3_bind_int64(st[0], 4, m->id);
	sqlite3_bind_int64(st[0], 5, p->workspace);
	sqlite3_bind_int64(st[0], 6, p->boxes[m->box].id);
	sqlite3_bind_text(st[0], 7, data, -1, SQLITE_STATIC);
	e = raw_step(sc, db, st[0]);
	sqlite3_bind_int64(st[1], 1, p->tenant);
	sqlite3_bind_int64(st[1], 2, m->id);
	sqlite3_bind_int64(st[1], 3, now);
	return e ? e : raw_step(sc, db, st[1]);
}

static enum err run_limit(struct scope *sc, sqlite3 *db, const struct place *p,
	const struct mail *mails, size_t n, double *rate)
{
	int64_t began = clock_mono(), pos = raw_number(db, "SELECT max(pos) FROM event");
	sqlite3_stmt *st[2] = { NULL, NULL };
	enum err e = raw_prepare(sc, db, insert_text, &st[0]);

	if (!e)
		e = raw_prepare(sc, db, update_text, &st[1]);
	for (size_t i = 0; i < n && !e; i++) {
		if (i % 1000 == 0)
			e = raw_run(sc, db, "BEGIN IMMEDIATE");
		if (!e)
			e = bare_one(sc, db, st, p, &mails[i], ++pos);
		if (!e && (i % 1000 == 999 || i == n - 1))
			e = raw_run(sc, db, "COMMIT");
	}
	sqlite3_finalize(st[0]);
	sqlite3_finalize(st[1]);
	*rate = (double)n * 1000 / (double)(clock_mono() - began + 1);
	return e;
}

/* ---- both ---- */

static enum err run_all(struct scope *sc, struct bench *b, struct place *p, struct series *s)
{
	size_t n = (size_t)bench_size(b, MAILS, 300);
	const char *file = NULL;
	struct mail *mails;
	sqlite3 *bare = NULL;
	enum err e = place_fill(sc, p, (int)n * b->runs);

	if (!e)
		e = stream_list(sc, p, n * (size_t)b->runs, &mails);
	if (!e)
		e = place_copy(sc, p, "bare.db", &file);
	if (!e)
		e = raw_open(sc, file, &bare);
	for (int i = 0; i < p->box_count && !e; i++)
		e = box_connect(sc, p->lab, &p->boxes[i]);
	for (s->n = 0; s->n < b->runs && !e; s->n++) {
		const struct mail *mine = mails + (size_t)s->n * n;
		double own = bench_own_cpu_us(), hub;

		e = run_limit(sc, bare, p, mine, n, &s->limit[s->n]);
		own = bench_own_cpu_us() - own;
		hub = bench_cpu_us(p->lab->hub.pid);
		if (!e)
			e = stream_run(sc, p, mine, n, &s->product[s->n]);
		hub = bench_cpu_us(p->lab->hub.pid) - hub;
		bench_note("events", s->n, s->product[s->n], s->limit[s->n]);
		bench_note_cpu("events", hub / (double)n, own / (double)n);
	}
	if (bare)
		sqlite3_close_v2(bare);
	return e;
}

enum err bench_events(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	struct series s = { .n = 0 };
	enum err e = place_open(sc, b, PLACE_BOXES, &p);

	if (!e)
		e = run_all(sc, b, &p, &s);
	if (!e)
		bench_tell_series("events", "events/s", &s);
	place_close(&p);
	return e;
}
