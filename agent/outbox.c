/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "outbox.h"

#include <assert.h>
#include <string.h>

#include "agent.h"
#include "letters.h"
#include "meta.h"

#define HOURS(ms) ((ms) / HOUR_MS)

struct outbox {
	int64_t epoch;
	int64_t next;      /* number of the next fact, within the running write */
	int64_t committed; /* number of the next fact in the database */
	int64_t acked;     /* the hub has everything up to here */
	int64_t kept_mark; /* acked, as last written down */
	int64_t sent;      /* published up to here, not yet acknowledged */
	int64_t sent_at;   /* monotonic ms; 0 when nothing is under way */
	int64_t replaces;  /* epoch before this one; 0 for none */
};

SHAPE(fact_shape, struct wire_fact, COL(struct wire_fact, seq), COL(struct wire_fact, at),
	COL(struct wire_fact, kind), COL(struct wire_fact, message), COL(struct wire_fact, code),
	COL(struct wire_fact, status), COL(struct wire_fact, queue_id), COL(struct wire_fact, text),
	COL(struct wire_fact, body), COL(struct wire_fact, hash), COL(struct wire_fact, object));

SQL(fact_add, SQL_ENGINE,
	"INSERT INTO fact (seq, at, kind, message, code, status, queue_id, text, body, hash, "
	"object) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
SQL(fact_after, SQL_ENGINE,
	"SELECT seq, at, kind, message, code, status, queue_id, text, body, hash, object FROM fact "
	"WHERE seq > $1 ORDER BY seq LIMIT $2");
SQL(fact_of_message, SQL_ENGINE,
	"SELECT seq, at, kind, message, code, status, queue_id, text, body, hash, object FROM fact "
	"WHERE message = $1 ORDER BY seq LIMIT 100");
SQL(fact_first, SQL_ENGINE, "SELECT COALESCE(MIN(seq), 0) FROM fact");
SQL(fact_forget, SQL_ENGINE,
	"DELETE FROM fact WHERE seq <= (SELECT COALESCE(MAX(seq), 0) FROM mark WHERE hour < $1)");
SQL(mark_put, SQL_ENGINE,
	"INSERT INTO mark (hour, seq) VALUES ($1, $2) "
	"ON CONFLICT (hour) DO UPDATE SET seq = excluded.seq");
SQL(mark_back, SQL_ENGINE, "UPDATE mark SET seq = $1 WHERE seq > $1");
SQL(mark_forget, SQL_ENGINE, "DELETE FROM mark WHERE hour < $1");
SQL(fact_drop, SQL_ENGINE, "DELETE FROM fact WHERE seq <= $1");
/* In two steps, so that no number is taken by two for a moment. */
SQL(fact_shift, SQL_ENGINE, "UPDATE fact SET seq = CAST($1 AS BIGINT) - seq");
SQL(fact_unshift, SQL_ENGINE, "UPDATE fact SET seq = -seq");
SQL(mark_clear, SQL_ENGINE, "DELETE FROM mark");

static enum err load(struct scope *sc, struct outbox *o)
{
	struct outbox read = { 0 };
	enum err e = meta_get(sc, META_EPOCH, &read.epoch, NULL);

	if (!e)
		e = meta_get(sc, META_NEXT_SEQ, &read.next, NULL);
	if (!e)
		e = meta_get(sc, META_ACKED, &read.acked, NULL);
	if (!e)
		e = meta_get(sc, META_REPLACES, &read.replaces, NULL);
	if (e)
		return e;
	if (!read.epoch || !read.next)
		return fail(sc, ERR_INTERNAL, "the outbox has no epoch");
	read.committed = read.next;
	read.kept_mark = read.sent = read.acked;
	*o = read;
	return ERR_NONE;
}

enum err outbox_open(struct scope *sc, struct outbox **out)
{
	struct outbox *o = calloc(1, sizeof *o);
	enum err e;

	if (!o)
		abort();
	e = load(sc, o);
	if (e)
		free(o);
	else
		*out = o;
	return e;
}

void outbox_close(struct outbox *o)
{
	free(o);
}

int64_t outbox_epoch(const struct outbox *o)
{
	return o->epoch;
}

int64_t outbox_replaces(const struct outbox *o)
{
	return o->replaces;
}

int64_t outbox_acked(const struct outbox *o)
{
	return o->acked;
}

int64_t outbox_next(const struct outbox *o)
{
	return o->committed;
}

int64_t outbox_waiting(const struct outbox *o)
{
	return o->committed - 1 - o->acked;
}

enum err outbox_first_kept(struct scope *sc, const struct outbox *o, int64_t *seq)
{
	int64_t first;
	enum err e = db_int(sc, &fact_first, BIND_NONE, &first);

	if (!e)
		*seq = first ? first : o->committed;
	return e;
}

/* ---- writing ---- */

struct write {
	struct outbox *outbox;
	db_write_fn *fn;
	void *arg;
};

static enum err run(struct scope *sc, void *arg)
{
	const struct write *w = arg;
	enum err e;

	w->outbox->next = w->outbox->committed;
	e = w->fn(sc, w->arg);
	if (!e && w->outbox->next != w->outbox->committed)
		e = meta_set(sc, META_NEXT_SEQ, w->outbox->next, NULL);
	return e;
}

enum err outbox_write(struct scope *sc, db_write_fn *fn, void *arg)
{
	struct outbox *o = agent_of(sc)->outbox;
	enum err e = db_write(sc, run, &(struct write){ o, fn, arg });

	if (e)
		o->next = o->committed;
	else
		o->committed = o->next;
	return e;
}

/* At most what the wire carries, and no torn character at the end. */
static const char *fit(struct scope *sc, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n <= WIRE_MAX_TEXT)
		return text;
	n = WIRE_MAX_TEXT;
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return arena_copy(sc->mem, text, n);
}

enum err outbox_add(struct scope *sc, const struct wire_fact *f)
{
	int64_t seq = agent_of(sc)->outbox->next++;

	assert(sc->writing);
	return db_run(sc, &fact_add,
		BIND(V(seq), V(f->at ? f->at : now_real(sc).ms), V(f->kind), V(f->message),
			V(f->code), V(f->status), V(f->queue_id), V(fit(sc, f->text)), V(f->body),
			V(f->hash), V(f->object)),
		NULL);
}

/* ---- going up ---- */

void outbox_restart(struct outbox *o)
{
	o->sent = o->acked;
	o->sent_at = 0;
}

/* A fact's bytes on the wire, generously: names and numbers, and every byte of text escaped. */
static size_t size_of(const struct wire_fact *f)
{
	return 300 + (f->text ? 2 * strlen(f->text) : 0) + (f->body ? 2 * strlen(f->body) : 0);
}

enum err outbox_batch(struct scope *sc, struct outbox *o, struct wire_events *batch)
{
	size_t bytes = 200;
	enum err e;

	*batch = (struct wire_events){ .epoch = o->epoch };
	if (o->sent_at && o->sent > o->acked && clock_mono() - o->sent_at < OUTBOX_SILENCE_MS)
		return ERR_NONE;
	if (o->acked >= o->committed - 1)
		return ERR_NONE;
	e = db_list(sc, &fact_after, BIND(V(o->acked), V(WIRE_MAX_EVENTS)), &fact_shape,
		&batch->facts, &batch->count);
	if (e || !batch->count)
		return e;
	for (size_t i = 0; i < batch->count; i++) {
		bytes += size_of(&batch->facts[i]);
		if (bytes > WIRE_MAX_PACKET)
			batch->count = i;
	}
	batch->first = batch->facts[0].seq;
	batch->last = batch->facts[batch->count - 1].seq;
	o->sent = batch->last;
	o->sent_at = clock_mono();
	return ERR_NONE;
}

static enum err go_back(struct scope *sc, void *arg)
{
	const struct outbox *o = arg;
	enum err e = db_run(sc, &mark_back, BIND(V(o->acked)), NULL);

	if (!e)
		e = letters_again(sc, o->acked);
	return e ? e : meta_set(sc, META_ACKED, o->acked, NULL);
}

enum err outbox_ack(
	struct scope *sc, struct outbox *o, const struct wire_ack *ack, enum outbox_ack *answer)
{
	int64_t first;
	enum err e;

	if (ack->epoch != o->epoch) {
		*answer = OUTBOX_ACK_FOREIGN;
		return ERR_NONE;
	}
	if (ack->mark >= o->committed) {
		*answer = OUTBOX_ACK_AHEAD;
		return ERR_NONE;
	}
	e = outbox_first_kept(sc, o, &first);
	if (e)
		return e;
	*answer = ack->mark + 1 < first ? OUTBOX_ACK_TOO_OLD : OUTBOX_ACK_TAKEN;
	if (ack->mark >= o->acked) {
		o->acked = ack->mark;
		if (o->sent <= o->acked)
			o->sent_at = 0;
		return ERR_NONE;
	}
	o->acked = ack->mark;
	outbox_restart(o);
	o->kept_mark = o->acked;
	return db_write(sc, go_back, o);
}

static enum err tidy(struct scope *sc, void *arg)
{
	const struct outbox *o = arg;
	int64_t hour = HOURS(now_real(sc).ms), oldest = hour - OUTBOX_KEPT_HOURS;
	enum err e = meta_set(sc, META_ACKED, o->acked, NULL);

	if (!e)
		e = db_run(sc, &mark_put, BIND(V(hour), V(o->acked)), NULL);
	if (!e)
		e = db_run(sc, &fact_forget, BIND(V(oldest)), NULL);
	return e ? e : db_run(sc, &mark_forget, BIND(V(oldest - 1)), NULL);
}

enum err outbox_tidy(struct scope *sc, struct outbox *o)
{
	enum err e;

	if (o->acked == o->kept_mark)
		return ERR_NONE;
	e = db_write(sc, tidy, o);
	if (!e)
		o->kept_mark = o->acked;
	return e;
}

enum err outbox_history(struct scope *sc, int64_t message, struct wire_fact **facts, size_t *n)
{
	return db_list(sc, &fact_of_message, BIND(V(message)), &fact_shape, facts, n);
}

/* ---- a new epoch ---- */

struct renewal {
	const struct outbox *outbox;
	int64_t replaces, stored;
	db_write_fn *more;
	void *arg;
};

/* What is left begins at 1. */
static enum err renumber(struct scope *sc, const struct renewal *r, int64_t *next)
{
	int64_t first;
	enum err e = db_run(sc, &fact_drop, BIND(V(r->stored)), NULL);

	if (!e)
		e = outbox_first_kept(sc, r->outbox, &first);
	if (!e)
		e = db_run(sc, &fact_shift, BIND(V(first - 1)), NULL);
	if (!e)
		e = db_run(sc, &fact_unshift, BIND_NONE, NULL);
	if (!e)
		*next = r->outbox->committed - (first - 1);
	return e;
}

static enum err renew(struct scope *sc, void *arg)
{
	const struct renewal *r = arg;
	int64_t next = 1;
	enum err e = renumber(sc, r, &next);

	if (!e)
		e = db_run(sc, &mark_clear, BIND_NONE, NULL);
	if (!e)
		e = meta_set(sc, META_EPOCH, meta_new_epoch(), NULL);
	if (!e)
		e = meta_set(sc, META_NEXT_SEQ, next, NULL);
	if (!e)
		e = meta_set(sc, META_ACKED, 0, NULL);
	if (!e)
		e = meta_set(sc, META_REPLACES, r->replaces, NULL);
	return e ? e : r->more(sc, r->arg);
}

enum err outbox_renew(
	struct scope *sc, int64_t replaces, int64_t stored, db_write_fn *more, void *arg)
{
	struct outbox *o = agent_of(sc)->outbox;
	struct renewal r = { o, replaces, stored, more, arg };
	enum err e = db_write(sc, renew, &r);

	return e ? e : load(sc, o);
}
