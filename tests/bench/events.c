/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Deliveries reported by machines, from MQTT to the committed log, ledger and counters, until every
 * follower has seen them; against a bare loop that inserts the event and moves the row of the
 * ledger, a thousand to a transaction, in a copy of the same database.
 */
#include "bench.h"

#include "base/id.h"
#include "place.h"

#define MAILS   30000
#define WAIT_MS 120000

static const char reply[] = "250 2.0.0 Ok: queued as 4cWZ1n3tKfz9rxN";

struct mail {
	int64_t id;
	int box;
};

/* ---- the product ---- */

/* What a box will say: its batches, made before the clock runs. */
struct speech {
	struct bytes *batches;
	size_t count;
	int64_t *marks;
};

static enum err prepare(struct scope *sc, struct box *b, const struct mail *mails, size_t n,
	int box, struct speech *s)
{
	size_t most = box_batch_most(sizeof reply), have = 0;
	struct wire_fact *facts = arena_array(sc->mem, most, sizeof *facts);

	s->batches = arena_array(sc->mem, n / most + 2, sizeof *s->batches);
	s->marks = arena_array(sc->mem, n / most + 2, sizeof *s->marks);
	s->count = 0;
	for (size_t i = 0; i <= n; i++) {
		if (have == most || (i == n && have)) {
			struct wire_events m = { b->epoch, facts[0].seq, facts[have - 1].seq, facts,
				have };

			s->marks[s->count] = m.last;
			s->batches[s->count++] = wire_put_event(sc, &m);
			have = 0;
		}
		if (i < n && mails[i].box == box)
			facts[have++] = (struct wire_fact){ .seq = b->next++,
				.at = now_real(sc).ms,
				.kind = FACT_DELIVERED,
				.message = mails[i].id,
				.code = 250,
				.status = "2.0.0",
				.queue_id = "4cWZ1n3tKfz9rxN",
				.text = reply };
	}
	return ERR_NONE;
}

/* As agents do: the next batch when the one before is acknowledged. */
static enum err speak(struct scope *sc, struct place *p, const struct speech *list)
{
	size_t at[PLACE_BOXES] = { 0 };
	bool more = true;
	enum err e = ERR_NONE;

	for (size_t turn = 0; more && !e; turn++) {
		more = false;
		for (int i = 0; i < p->box_count && !e; i++) {
			const struct speech *s = &list[i];

			if (at[i] && at[i] <= s->count)
				e = box_wait(sc, &p->boxes[i], s->marks[at[i] - 1], WAIT_MS);
			if (!e && at[i] < s->count)
				e = box_send(sc, &p->boxes[i], WIRE_EVENT, s->batches[at[i]]);
			more |= at[i]++ < s->count;
		}
	}
	return e;
}

static enum err wait_followers(struct scope *sc, struct place *p)
{
	int64_t until = clock_mono() + WAIT_MS;

	while (raw_number(p->db, "SELECT count(*) FROM cursor c JOIN slot s ON s.slot = c.slot "
				 "WHERE c.pos < s.head")) {
		if (clock_mono() > until)
			return fail(sc, ERR_UPSTREAM, "the followers do not follow: %s",
				lab_log_tail(sc, p->lab, "hub"));
		sleep_ms(2);
	}
	return ERR_NONE;
}

static enum err run_product(
	struct scope *sc, struct place *p, const struct mail *mails, size_t n, double *rate)
{
	struct speech list[PLACE_BOXES];
	int64_t began, before = raw_number(p->db, "SELECT count(*) FROM event WHERE kind = "
						  "'mail.delivered'");
	enum err e = ERR_NONE;

	for (int i = 0; i < p->box_count && !e; i++)
		e = prepare(sc, &p->boxes[i], mails, n, i, &list[i]);
	began = clock_mono();
	if (!e)
		e = speak(sc, p, list);
	if (!e)
		e = wait_followers(sc, p);
	if (e)
		return e;
	*rate = (double)n * 1000 / (double)(clock_mono() - began + 1);
	if (raw_number(p->db, "SELECT count(*) FROM event WHERE kind = 'mail.delivered'") -
			before !=
		(int64_t)n)
		return fail(sc, ERR_UPSTREAM, "not every delivery is in the log");
	return ERR_NONE;
}

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

static enum err list_mails(struct scope *sc, struct place *p, size_t n, struct mail **out)
{
	struct mail *list = arena_array(sc->mem, n, sizeof *list);
	sqlite3_stmt *st = NULL;
	size_t have = 0;
	enum err e =
		raw_prepare(sc, p->db, "SELECT id, appliance FROM message ORDER BY rowid", &st);

	while (!e && have < n && sqlite3_step(st) == SQLITE_ROW) {
		struct mail *m = &list[have++];

		m->id = sqlite3_column_int64(st, 0);
		for (int i = 0; i < p->box_count; i++)
			if (p->boxes[i].id == sqlite3_column_int64(st, 1))
				m->box = i;
	}
	sqlite3_finalize(st);
	*out = list;
	return e || have == n ? e : fail(sc, ERR_INTERNAL, "only %zu mails", have);
}

static enum err run_all(struct scope *sc, struct bench *b, struct place *p, struct series *s)
{
	size_t n = (size_t)bench_size(b, MAILS, 300);
	const char *file = NULL;
	struct mail *mails;
	sqlite3 *bare = NULL;
	enum err e = place_fill(sc, p, (int)n * b->runs);

	if (!e)
		e = list_mails(sc, p, n * (size_t)b->runs, &mails);
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
			e = run_product(sc, p, mine, n, &s->product[s->n]);
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
