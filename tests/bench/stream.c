/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "stream.h"

#define WAIT_MS 120000

static const char reply[] = "250 2.0.0 Ok: queued as 4cWZ1n3tKfz9rxN";

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

enum err stream_run(
	struct scope *sc, struct place *p, const struct mail *mails, size_t n, double *rate)
{
	struct speech list[PLACE_BOXES];
	int64_t began, head = raw_number(p->db, "SELECT head FROM slot WHERE slot = 0");
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
	if (raw_number(p->db,
		    arena_printf(sc->mem,
			    "SELECT count(*) FROM event WHERE slot = 0 AND pos > %lld AND kind = "
			    "'mail.delivered'",
			    (long long)head)) != (int64_t)n)
		return fail(sc, ERR_UPSTREAM, "not every delivery is in the log");
	return ERR_NONE;
}

enum err stream_list(struct scope *sc, struct place *p, size_t n, struct mail **out)
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
