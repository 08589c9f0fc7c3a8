/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <assert.h>
#include <pthread.h>

#include "base/log.h"
#include "base/wait.h"
#include "event/event.h"
#include "hub.h"

#define BATCH       1000 /* events read at once */
#define PIECE       128  /* of them applied before a transaction may end: somebody's click waits */
#define TICK_MS     200
#define LEASE_MS    (5 * SECOND_MS)
#define BACKOFF_MS  SECOND_MS
#define BACKOFF_TOP (60 * SECOND_MS)
#define MAX_FAULTS  64
#define MAX_IDLE    64

SQL(follow_cursors_make, SQL_ENGINE,
	"INSERT INTO cursor (follower, slot, pos, until) "
	"SELECT CAST($1 AS TEXT), slot, 0, 0 FROM slot WHERE slot >= 0 "
	"ON CONFLICT (follower, slot) DO NOTHING");
SQL(follow_cursors_behind, SQL_ENGINE,
	"SELECT c.follower, c.slot, c.pos, c.owner, c.until FROM cursor c JOIN slot s ON s.slot = "
	"c.slot WHERE c.pos < s.head ORDER BY c.slot, c.follower");
SQL(follow_cursors_of, SQL_ENGINE,
	"SELECT c.follower, c.slot, c.pos, c.owner, c.until FROM cursor c JOIN slot s ON s.slot = "
	"c.slot WHERE c.follower = $1 AND c.pos < s.head ORDER BY c.slot");
SQL(follow_read, SQL_SYSTEM,
	"SELECT tenant, slot, pos, at, subject, workspace, actor_kind, actor, via, v, kind, data "
	"FROM event WHERE slot = $1 AND pos > $2 ORDER BY pos LIMIT $3");
SQL(follow_move, SQL_ENGINE,
	"UPDATE cursor SET pos = $4, owner = $5, until = $6, failed = NULL "
	"WHERE follower = $1 AND slot = $2 AND pos = $3");
SQL(follow_failed, SQL_ENGINE,
	"UPDATE cursor SET failed = $4, owner = NULL, until = 0 "
	"WHERE follower = $1 AND slot = $2 AND pos = $3");

SQL(follow_leave, SQL_ENGINE, "UPDATE cursor SET owner = NULL, until = 0 WHERE owner = $1");

struct cursor {
	const char *follower;
	int64_t slot, pos;
	const char *owner;
	int64_t until;
};
SHAPE(cursor_shape, struct cursor, COL(struct cursor, follower), COL(struct cursor, slot),
	COL(struct cursor, pos), COL(struct cursor, owner), COL(struct cursor, until));
SHAPE(follow_row_shape, struct event_row, COL(struct event_row, tenant),
	COL(struct event_row, slot), COL(struct event_row, pos), COL(struct event_row, at),
	COL(struct event_row, subject), COL(struct event_row, workspace),
	COL(struct event_row, actor_kind), COL(struct event_row, actor), COL(struct event_row, via),
	COL(struct event_row, v), COL(struct event_row, kind), COL(struct event_row, data));

/* A cursor that stands still since its last batch failed. */
struct fault {
	const struct follower *follower; /* NULL: free */
	int64_t slot;
	int64_t again; /* clock_mono() */
	int64_t wait;
	int size; /* smaller batches come nearer to the event at fault */
};

/* What was read last: most followers stand at the same place. */
struct page {
	struct arena *mem; /* owned; NULL before the first */
	int64_t slot, after;
	struct event_row *rows;
	size_t count;
};

/* One batch of one follower. */
struct batch {
	const struct follower *follower;
	struct cursor cursor;
	const char *owner;
	const struct event_row *rows; /* those it asked for */
	size_t count;
	int64_t last;   /* where the cursor goes */
	int64_t passed; /* where it went: no further, where that was enough for one transaction */
};

struct follow {
	struct hub *hub;             /* borrowed */
	const struct follower *list; /* static */
	struct page page;
	struct batch idle[MAX_IDLE]; /* cursors that only move on: written together */
	size_t idle_count;
	struct fault faults[MAX_FAULTS];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool poked, stop;
};

/* ---- one batch ---- */

static bool wants(const struct follower *f, const char *kind)
{
	if (!f->kinds)
		return true;
	for (const char *const *k = f->kinds; *k; k++) {
		size_t n = strlen(*k);

		if ((*k)[n - 1] == '*' ? strncmp(kind, *k, n - 1) == 0 : str_eq(kind, *k))
			return true;
	}
	return false;
}

static enum err move_cursor(
	struct scope *sc, const struct batch *b, int64_t from, int64_t to, int64_t *moved)
{
	return db_run(sc, &follow_move,
		BIND(V(b->follower->name), V(b->cursor.slot), V(from), V(to), V(b->owner),
			V(now_real(sc).ms + LEASE_MS)),
		moved);
}

/* At most a piece, of one tenant. *N is how many. */
static enum err apply_piece(struct scope *sc, const struct follower *f,
	const struct event_row *rows, size_t left, size_t *n)
{
	for (*n = 1; *n < left && *n < PIECE && rows[*n].tenant == rows->tenant;)
		++*n;
	sc->tenant = rows->tenant;
	return f->apply(sc, rows, *n);
}

/* The cursor first: on PostgreSQL a second runner waits at its row and then finds it moved. */
static enum err apply_batch(struct scope *sc, void *arg)
{
	struct batch *b = arg;
	size_t done = 0, n;
	int64_t moved;
	enum err e = move_cursor(sc, b, b->cursor.pos, b->last, &moved);

	if (e)
		return e;
	if (moved == 0)
		return fail(sc, ERR_CONFLICT, "the cursor was moved by another runner");
	b->passed = b->last;
	for (; !e && done < b->count && !(done && db_enough(sc)); done += n)
		e = apply_piece(sc, b->follower, b->rows + done, b->count - done, &n);
	sc->tenant = 0;
	if (e || done == b->count)
		return e;
	b->passed = b->rows[done - 1].pos;
	return move_cursor(sc, b, b->last, b->passed, &moved);
}

static enum err read_page(struct scope *sc, struct page *page, const struct cursor *c, int size)
{
	struct event_row *rows;
	struct page p = { arena_new(), c->slot, c->pos, NULL, 0 };
	struct arena *own = sc->mem;
	enum err e;

	sc->mem = p.mem;
	e = db_list(sc, &follow_read, BIND(V(c->slot), V(c->pos), V((int64_t)size)),
		&follow_row_shape, &rows, &p.count);
	sc->mem = own;
	p.rows = rows;
	if (e)
		e = fail(sc, e, "%s", sc->why);
	arena_free(e ? p.mem : page->mem);
	if (!e)
		*page = p;
	return e;
}

/* Whether PAGE has more for somebody who stands at C. */
static bool goes_on(const struct page *page, const struct cursor *c)
{
	return page->count && page->slot == c->slot && page->after <= c->pos &&
	       c->pos < page->rows[page->count - 1].pos;
}

/* Here, where nobody waits for the database, and once for all followers. */
static void parse(struct scope *sc, struct page *page, struct event_row *row)
{
	struct arena *own = sc->mem;

	sc->mem = page->mem;
	row->parsed = event_data(sc, row);
	sc->mem = own;
}

static enum err read_batch(
	struct scope *sc, struct page *page, struct batch *b, int size, size_t *read)
{
	struct event_row *rows, *wanted;
	size_t at = 0, n;
	enum err e = goes_on(page, &b->cursor) ? ERR_NONE : read_page(sc, page, &b->cursor, size);

	if (e)
		return e;
	while (at < page->count && page->rows[at].pos <= b->cursor.pos)
		at++;
	rows = page->rows + at;
	n = page->count - at < (size_t)size ? page->count - at : (size_t)size;
	if (n == 0)
		return ERR_NONE;
	wanted = arena_array(sc->mem, n, sizeof *wanted);
	for (*read = 0; *read < n; ++*read) {
		if (!wants(b->follower, rows[*read].kind))
			continue;
		parse(sc, page, &rows[*read]);
		wanted[b->count++] = rows[*read];
	}
	b->rows = wanted;
	b->last = rows[*read - 1].pos;
	return ERR_NONE;
}

/* *READ is the number of events the cursor passes. A batch without anything for the follower is
   left in *IDLE, where that is not NULL, to be written with others. */
static enum err run_batch(struct scope *sc, struct page *page, struct batch *b, int size,
	struct batch *idle, size_t *read)
{
	enum err e;

	*read = 0;
	scope_system(sc);
	sc->actor = (struct actor){ .kind = ACTOR_SYSTEM };
	e = read_batch(sc, page, b, size, read);
	if (e || *read == 0)
		return e;
	if (b->count == 0 && idle) {
		*idle = *b;
		return ERR_NONE;
	}
	e = db_write_later(sc, apply_batch, b);
	/* The log has no holes. */
	*read = e ? 0 : (size_t)(b->passed - b->cursor.pos);
	return e;
}

/* A cursor that another runner moved stays where that one put it. */
static enum err write_idle(struct scope *sc, void *arg)
{
	const struct follow *fw = arg;
	enum err e = ERR_NONE;
	int64_t moved;

	for (size_t i = 0; i < fw->idle_count && !e; i++)
		e = move_cursor(sc, &fw->idle[i], fw->idle[i].cursor.pos, fw->idle[i].last, &moved);
	return e;
}

static void move_idle(struct follow *fw)
{
	struct scope sc;

	if (!fw->idle_count)
		return;
	scope_open(&sc, &fw->hub->world, "follow");
	if (db_write_later(&sc, write_idle, fw))
		log_failure(&sc, "the cursors could not be moved");
	fw->idle_count = 0;
	scope_close(&sc);
}

/* ---- faults ---- */

static struct fault *find_fault(struct follow *fw, const struct follower *f, int64_t slot)
{
	for (size_t i = 0; i < MAX_FAULTS; i++)
		if (fw->faults[i].follower == f && fw->faults[i].slot == slot)
			return &fw->faults[i];
	return NULL;
}

struct failed {
	const char *follower, *why;
	const struct cursor *cursor;
};

static enum err write_failed(struct scope *sc, void *arg)
{
	const struct failed *x = arg;

	return db_run(sc, &follow_failed,
		BIND(V(x->follower), V(x->cursor->slot), V(x->cursor->pos), V(x->why)), NULL);
}

/* Half the batch next time, and later: one event at fault does not hold up those before it. */
static void note_fault(struct follow *fw, const struct follower *f, const struct cursor *c)
{
	struct fault *x = find_fault(fw, f, c->slot);

	if (!x)
		x = find_fault(fw, NULL, 0);
	if (!x)
		return;
	if (x->follower != f)
		*x = (struct fault){ f, c->slot, 0, BACKOFF_MS, BATCH };
	else if (x->size == 1 && x->wait < BACKOFF_TOP)
		x->wait *= 2;
	x->size = x->size > 1 ? x->size / 2 : 1;
	x->again = clock_mono() + (x->size > 1 ? 0 : x->wait);
}

static void report_fault(
	struct follow *fw, struct scope *sc, const struct follower *f, const struct cursor *c)
{
	struct failed x = { f->name, arena_text(sc->mem, sc->why), c };
	char what[80];

	snprintf(what, sizeof what, "follower %s stands still", f->name);
	log_failure(sc, what);
	scope_clear(sc);
	if (db_write_later(sc, write_failed, &x))
		log_failure(sc, "the follower's fault could not be noted");
	note_fault(fw, f, c);
}

/* ---- the thread ---- */

static const struct follower *find_follower(const struct follow *fw, const char *name)
{
	for (const struct follower *f = fw->list; f->name; f++)
		if (str_eq(f->name, name))
			return f;
	return NULL;
}

/* True when the cursor moved or will with the idle ones: there may be more. C follows it where it
   moved. */
static bool advance(struct follow *fw, const struct follower *f, struct cursor *c)
{
	struct fault *fault = find_fault(fw, f, c->slot);
	struct batch *idle = &fw->idle[fw->idle_count];
	struct batch b = { .follower = f, .cursor = *c, .owner = fw->hub->name };
	struct scope sc;
	size_t read = 0;
	enum err e;

	if (fault && clock_mono() < fault->again)
		return false;
	scope_open(&sc, &fw->hub->world, "follow");
	e = run_batch(&sc, &fw->page, &b, fault ? fault->size : BATCH, idle, &read);
	if (!e && read && b.count == 0 && ++fw->idle_count == MAX_IDLE)
		move_idle(fw);
	if (e == ERR_NONE && fault)
		*fault = (struct fault){ 0 };
	else if (e && e != ERR_CONFLICT)
		report_fault(fw, &sc, f, c);
	if (!e && b.count)
		c->pos = b.passed;
	scope_close(&sc);
	return read > 0;
}

/* To the end of what was read, lest the next round reads it again. */
static bool advance_all(struct follow *fw, const struct follower *f, struct cursor *c)
{
	bool moved = false;
	int64_t was;

	do {
		was = c->pos;
		if (!advance(fw, f, c))
			break;
		moved = true;
	} while (c->pos != was && goes_on(&fw->page, c));
	return moved;
}

/* One further ahead than a lease lasts was given before the clock was set back. */
static bool is_leased(int64_t until, int64_t now)
{
	return until > now && until <= now + 2 * LEASE_MS;
}

static bool round_of_all(struct follow *fw)
{
	struct scope sc;
	struct cursor *list;
	size_t n;
	bool moved = false;

	scope_open(&sc, &fw->hub->world, "follow");
	if (db_list(&sc, &follow_cursors_behind, BIND_NONE, &cursor_shape, &list, &n)) {
		log_failure(&sc, "the cursors could not be read");
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		const struct follower *f = find_follower(fw, list[i].follower);
		bool foreign = list[i].owner && !str_eq(list[i].owner, fw->hub->name) &&
			       is_leased(list[i].until, now_real(&sc).ms);

		if (f && !foreign && advance_all(fw, f, &list[i]))
			moved = true;
	}
	move_idle(fw);
	scope_close(&sc);
	return moved;
}

static void wait_for_facts(struct follow *fw)
{
	int64_t until = clock_mono() + TICK_MS;

	while (!fw->poked && !fw->stop && wait_until(&fw->wake, &fw->lock, until))
		continue;
	fw->poked = false;
}

static void *run(void *arg)
{
	struct follow *fw = arg;

	pthread_mutex_lock(&fw->lock);
	while (!fw->stop) {
		bool more;

		pthread_mutex_unlock(&fw->lock);
		more = round_of_all(fw);
		pthread_mutex_lock(&fw->lock);
		if (!more)
			wait_for_facts(fw);
	}
	pthread_mutex_unlock(&fw->lock);
	return NULL;
}

static enum err make_cursors(struct scope *sc, void *arg)
{
	const struct follower *list = arg;

	for (const struct follower *f = list; f->name; f++) {
		enum err e = db_run(sc, &follow_cursors_make, BIND(V(f->name)), NULL);

		if (e)
			return e;
	}
	return ERR_NONE;
}

enum err follow_start(struct hub *hub, const struct follower *list, struct follow **out)
{
	struct follow *fw;
	struct scope sc;
	enum err e;

	scope_open(&sc, &hub->world, "follow");
	e = db_write(&sc, make_cursors, (void *)(uintptr_t)list);
	if (e)
		log_failure(&sc, "the followers could not start");
	scope_close(&sc);
	if (e)
		return e;
	fw = calloc(1, sizeof *fw);
	if (!fw)
		abort();
	fw->hub = hub;
	fw->list = list;
	pthread_mutex_init(&fw->lock, NULL);
	wait_init(&fw->wake);
	if (pthread_create(&fw->thread, NULL, run, fw))
		abort();
	*out = fw;
	return ERR_NONE;
}

void follow_poke(struct follow *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->poked = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
}

static enum err leave(struct scope *sc, void *arg)
{
	return db_run(sc, &follow_leave, BIND(V((const char *)arg)), NULL);
}

/* Another hub need not wait for the leases to run out. */
static void give_leases_back(struct follow *f)
{
	struct scope sc;

	scope_open(&sc, &f->hub->world, "follow");
	if (db_write(&sc, leave, f->hub->name))
		log_failure(&sc, "the followers' leases could not be given back");
	scope_close(&sc);
}

void follow_stop(struct follow *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	give_leases_back(f);
	arena_free(f->page.mem);
	pthread_cond_destroy(&f->wake);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

enum err follow_once(struct scope *sc, const struct follower *f, int *done)
{
	struct follower list[2] = { *f };
	struct cursor *cursors;
	size_t n;
	enum err e = db_write(sc, make_cursors, list);

	*done = 0;
	if (!e)
		e = db_list(sc, &follow_cursors_of, BIND(V(f->name)), &cursor_shape, &cursors, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct batch b = { .follower = f, .cursor = cursors[i], .owner = "once" };
		struct page page = { NULL, 0, 0, NULL, 0 };
		struct scope own;
		size_t read;

		scope_open(&own, sc->world, "follow");
		e = run_batch(&own, &page, &b, BATCH, NULL, &read);
		arena_free(page.mem);
		*done += (int)read;
		if (e)
			fail(sc, e, "%s", own.why ? own.why : "");
		scope_close(&own);
	}
	return e;
}
