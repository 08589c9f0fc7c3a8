/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Opening, the pool of connections, numbers. */
#include "store/driver.h"

#include <assert.h>

#include "base/wait.h"

#define LEASE_WAIT_MS 5000
#define ENOUGH_ROWS   250

static const struct {
	const char *prefix;
	const struct driver *driver;
	bool whole; /* the driver wants the URL with its prefix */
} drivers[] = {
	{ "sqlite:", &sqlite_driver, false },
	{ "postgresql://", &postgres_driver, true },
	{ "postgres://", &postgres_driver, true },
	{ "fake:", &fake_driver, false },
};

static char *keep_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort();
	return copy;
}

static struct store *store_new(const struct store_config *c)
{
	for (size_t i = 0; i < COUNT(drivers); i++) {
		struct store *s;

		if (!str_starts(c->url, drivers[i].prefix))
			continue;
		s = calloc(1, sizeof *s);
		if (!s)
			abort();
		s->driver = drivers[i].driver;
		s->config = *c;
		s->config.url = keep_text(c->url);
		s->config.grant = c->grant ? keep_text(c->grant) : NULL;
		s->place = keep_text(c->url + (drivers[i].whole ? 0 : strlen(drivers[i].prefix)));
		s->limit = (c->readers < 1 ? 1 : c->readers) + (s->driver->is_sqlite ? 0 : 4);
		pthread_mutex_init(&s->lock, NULL);
		wait_init(&s->returned);
		return s;
	}
	return NULL;
}

enum err store_open(struct scope *sc, const struct store_config *c, struct store **store)
{
	struct store *s = store_new(c);
	struct db_conn *first;
	enum err e;

	if (!s)
		return fail(sc, ERR_INPUT,
			"database must begin with sqlite:, postgresql:// or postgres://");
	e = s->driver->is_sqlite ? writer_start(sc, s) : ERR_NONE;
	/* One connection proves that the rest will work. */
	if (!e)
		e = pool_lease(sc, s, &first);
	if (e) {
		store_close(s);
		return e;
	}
	pool_return(first);
	*store = s;
	return ERR_NONE;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	writer_stop(s);
	pool_close(s);
	if (s->driver->closed)
		s->driver->closed(s);
	for (size_t i = 0; i < s->guarded_count; i++)
		free(s->guarded[i]);
	free(s->guarded);
	free(s->place);
	free((char *)(uintptr_t)s->config.url);
	free((char *)(uintptr_t)s->config.grant);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->returned);
	free(s);
}

bool store_is_sqlite(const struct store *s)
{
	return s->driver->is_sqlite;
}

void store_stats(const struct store *s, struct store_stats *out)
{
	*out = (struct store_stats){ .writes = s->writes,
		.commits = s->commits,
		.rows = s->rows,
		.waiting = s->waiting,
		.slow = s->slow,
		.failed = s->failed };
}

void store_committed(struct store *s, int64_t rows)
{
	s->commits++;
	if (rows && s->config.committed)
		s->config.committed(s->config.arg);
}

bool db_enough(const struct scope *sc)
{
	const struct store *s = sc->db->store;

	assert(sc->writing);
	return s->driver->awaited ? s->driver->awaited(s) : sc->db->changes >= ENOUGH_ROWS;
}

SQL(store_ping_sql, SQL_ENGINE, "SELECT 1");

enum err store_ping(struct scope *sc)
{
	int64_t one;

	return db_int(sc, &store_ping_sql, BIND_NONE, &one);
}

/* ---- pool ---- */

static bool wait_for_one(struct store *s)
{
	int64_t end = clock_mono() + LEASE_WAIT_MS;

	while (!s->idle && s->open >= s->limit)
		if (!wait_until(&s->returned, &s->lock, end))
			return s->idle || s->open < s->limit;
	return true;
}

enum err pool_lease(struct scope *sc, struct store *s, struct db_conn **c)
{
	struct db_conn *got = NULL;
	enum err e;

	pthread_mutex_lock(&s->lock);
	if (!wait_for_one(s)) {
		pthread_mutex_unlock(&s->lock);
		return fail(sc, ERR_AWAY, "all %d database connections are in use", s->limit);
	}
	if (s->idle) {
		got = s->idle;
		s->idle = got->next;
		got->next = NULL;
	} else {
		s->open++;
	}
	pthread_mutex_unlock(&s->lock);
	e = got ? ERR_NONE : s->driver->connect(sc, s, CONN_READER, &got);
	if (e) {
		pthread_mutex_lock(&s->lock);
		s->open--;
		pthread_cond_signal(&s->returned);
		pthread_mutex_unlock(&s->lock);
		return e;
	}
	*c = got;
	return ERR_NONE;
}

/* Takes all idle connections out of the pool; the caller closes them without the lock. */
static struct db_conn *take_idle(struct store *s)
{
	struct db_conn *list = s->idle;

	for (struct db_conn *c = list; c; c = c->next)
		s->open--;
	s->idle = NULL;
	return list;
}

static void close_all(struct db_conn *list)
{
	while (list) {
		struct db_conn *next = list->next;

		list->store->driver->disconnect(list);
		list = next;
	}
}

void pool_return(struct db_conn *c)
{
	struct store *s = c->store;
	struct db_conn *dead = NULL;

	c->doomed = NULL;
	pthread_mutex_lock(&s->lock);
	if (c->lost) {
		dead = take_idle(s);
		s->open--;
		c->next = dead;
		dead = c;
	} else {
		c->next = s->idle;
		s->idle = c;
	}
	pthread_cond_signal(&s->returned);
	pthread_mutex_unlock(&s->lock);
	close_all(dead);
}

void pool_close(struct store *s)
{
	close_all(take_idle(s));
	assert(s->open == 0);
}
