/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * SQLite's one writer: a thread that takes writes from two queues and groups them into
 * transactions, each write in a savepoint, so that one fsync makes many writes durable and one
 * that fails takes back only itself. While a commit runs the next group gathers.
 */
#include "store/driver.h"

#include <assert.h>

#include "base/wait.h"

#define GROUP_MS    20
#define GROUP_ROWS  1000
#define QUEUE_MAX   10000
#define REST_S      10  /* without a write: its memory is given back */
#define PATIENCE_MS 250 /* after that a write of the later queue goes first */

struct request {
	struct request *next;
	struct scope *sc; /* borrowed from the caller, who waits */
	db_write_fn *fn;
	void *arg;
	int64_t queued;
	enum err err;
	bool later; /* of which queue */
	bool done;
};

struct queue {
	struct request *first, *last; /* borrowed: they live on the callers' stacks */
};

struct writer {
	struct store *store; /* borrowed */
	struct db_conn *c;   /* owned */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked, answered;
	struct queue now, later;
	bool stopping;
};

static void push(struct queue *q, struct request *r)
{
	r->next = NULL;
	if (q->last)
		q->last->next = r;
	else
		q->first = r;
	q->last = r;
}

static struct request *pop(struct queue *q)
{
	struct request *r = q->first;

	if (r) {
		q->first = r->next;
		if (!q->first)
			q->last = NULL;
		r->next = NULL;
	}
	return r;
}

/* A click goes before an import, unless the import has waited long. In a group that holds a write
   somebody waits for, HASTY, only such ones join: a click does not wait for the import behind it.
 */
static struct request *next_request(struct writer *w, bool hasty)
{
	struct request *old = hasty ? NULL : w->later.first, *r;

	if (old && (!w->now.first || clock_mono() - old->queued > PATIENCE_MS))
		r = pop(&w->later);
	else
		r = pop(&w->now);
	if (r)
		w->store->waiting--;
	return r;
}

static enum err exec(struct scope *sc, struct writer *w, const char *text)
{
	return w->store->driver->exec(sc, w->c, text);
}

/* The group's first write: what it did is all there is to take back, so it needs no savepoint,
   which would keep a copy of every page it touches. False when it failed. */
static bool run_first(struct writer *w, struct request *r)
{
	r->err = write_body(r->sc, w->c, r->fn, r->arg);
	return !r->err;
}

/* A further write in its savepoint. False where it could not be taken back, or the transaction is
   gone: a full disk ends it whole. */
static bool run_one(struct writer *w, struct request *r)
{
	struct scope side;
	bool undone;

	r->err = exec(r->sc, w, "SAVEPOINT one");
	if (r->err)
		return w->store->driver->is_inside(w->c);
	r->err = write_body(r->sc, w->c, r->fn, r->arg);
	if (!r->err)
		r->err = exec(r->sc, w, "RELEASE one");
	if (!r->err || !w->store->driver->is_inside(w->c))
		return !r->err;
	/* The reason stays the write's. */
	scope_open(&side, r->sc->world, r->sc->kind);
	undone = exec(&side, w, "ROLLBACK TO one; RELEASE one") == ERR_NONE;
	scope_close(&side);
	return undone;
}

static void fail_group(struct request *group, const char *why)
{
	for (struct request *r = group; r; r = r->next)
		if (!r->err)
			r->err = fail(r->sc, ERR_AWAY, "commit: %s", why);
}

static struct request *next_locked(struct writer *w, bool hasty)
{
	struct request *r;

	pthread_mutex_lock(&w->lock);
	r = next_request(w, hasty);
	pthread_mutex_unlock(&w->lock);
	return r;
}

static void end_group(struct writer *w, struct request *first, bool sound, int64_t rows)
{
	struct scope side;

	scope_open(&side, first->sc->world, first->sc->kind);
	if (!sound)
		fail_group(first, "the transaction of this write was lost");
	else if (exec(&side, w, "COMMIT"))
		fail_group(first, side.why);
	else
		store_committed(w->store, rows);
	/* A connection that cannot even roll back is told again before the next group. */
	if (w->store->driver->is_inside(w->c) && exec(&side, w, "ROLLBACK"))
		w->c->lost = true;
	scope_close(&side);
}

static enum err begin_group(struct writer *w, struct request *first)
{
	if (w->c->lost) {
		enum err e = exec(first->sc, w, "ROLLBACK");

		if (e)
			return e;
		w->c->lost = false;
	}
	return exec(first->sc, w, w->store->driver->begin);
}

/* Runs FIRST and what has gathered behind it in one transaction. */
static void run_group(struct writer *w, struct request *first)
{
	struct request *last = first;
	int64_t began = clock_mono(), rows = 0;
	bool sound, hasty = false;

	first->err = begin_group(w, first);
	if (first->err)
		return;
	if (!run_first(w, first)) {
		end_group(w, first, false, 0);
		return;
	}
	for (sound = true; sound; sound = run_one(w, last)) {
		rows += w->c->changes;
		hasty |= !last->later;
		if (rows >= GROUP_ROWS || clock_mono() - began >= GROUP_MS)
			break;
		last->next = next_locked(w, hasty);
		if (!last->next)
			break;
		last = last->next;
	}
	end_group(w, first, sound, rows);
}

static void answer(struct writer *w, struct request *group)
{
	pthread_mutex_lock(&w->lock);
	while (group) {
		struct request *next = group->next;

		group->done = true;
		group = next;
	}
	pthread_cond_broadcast(&w->answered);
	pthread_mutex_unlock(&w->lock);
}

/* Waits for a request; NULL when it is time to stop. After a while without any the memory of pages
   goes back. */
static struct request *await_request(struct writer *w)
{
	bool rested = false;
	struct request *r;

	pthread_mutex_lock(&w->lock);
	while (!(r = next_request(w, false)) && !w->stopping) {
		if (rested) {
			pthread_cond_wait(&w->asked, &w->lock);
			continue;
		}
		if (!wait_until(&w->asked, &w->lock, clock_mono() + REST_S * SECOND_MS) &&
			!w->now.first && !w->later.first && w->store->driver->relax) {
			w->store->driver->relax(w->c);
			rested = true;
		}
	}
	pthread_mutex_unlock(&w->lock);
	return r;
}

static void *run_writer(void *arg)
{
	struct writer *w = arg;

	for (;;) {
		struct request *r = await_request(w);

		if (!r)
			return NULL;
		run_group(w, r);
		answer(w, r);
	}
}

enum err writer_start(struct scope *sc, struct store *s)
{
	struct writer *w = calloc(1, sizeof *w);
	enum err e;

	if (!w)
		abort();
	w->store = s;
	e = s->driver->connect(sc, s, CONN_WRITER, &w->c);
	if (!e)
		e = checkpoint_start(sc, s);
	if (e) {
		if (w->c)
			s->driver->disconnect(w->c);
		free(w);
		return e;
	}
	pthread_mutex_init(&w->lock, NULL);
	wait_init(&w->asked);
	pthread_cond_init(&w->answered, NULL);
	s->writer = w;
	if (pthread_create(&w->thread, NULL, run_writer, w) != 0)
		abort();
	return ERR_NONE;
}

void writer_stop(struct store *s)
{
	struct writer *w = s->writer;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->asked);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	checkpoint_stop(s);
	s->driver->disconnect(w->c);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->asked);
	pthread_cond_destroy(&w->answered);
	free(w);
	s->writer = NULL;
}

enum err writer_submit(struct scope *sc, db_write_fn *fn, void *arg, bool later)
{
	struct store *s = sc->world->store;
	struct writer *w = s->writer;
	struct request r = {
		.sc = sc, .fn = fn, .arg = arg, .queued = clock_mono(), .later = later
	};

	if (pthread_equal(pthread_self(), w->thread))
		return fail(sc, ERR_INTERNAL, "another scope writes inside a write");
	pthread_mutex_lock(&w->lock);
	if (w->stopping || s->waiting >= QUEUE_MAX) {
		pthread_mutex_unlock(&w->lock);
		return fail(sc, ERR_AWAY,
			w->stopping ? "the database is being closed"
				    : "too many writes are waiting");
	}
	push(later ? &w->later : &w->now, &r);
	s->waiting++;
	pthread_cond_signal(&w->asked);
	while (!r.done)
		pthread_cond_wait(&w->answered, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return r.err;
}

bool writer_is_awaited(const struct store *s)
{
	struct writer *w = s->writer;
	bool awaited;

	pthread_mutex_lock(&w->lock);
	awaited = w->now.first != NULL;
	pthread_mutex_unlock(&w->lock);
	return awaited;
}
