/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Carries SQLite's log into its file on a thread and connection of its own, while the writer goes
 * on. What the log has grown by meanwhile stays in it: only when nothing is left can it begin anew,
 * so a writer that never rests carries the last of a long log itself (sqlite.c).
 */
#include "store/driver.h"

#include <sqlite3.h>

struct checkpoint {
	sqlite3 *db; /* owned; reads and writes nothing else, and knows no table */
	pthread_t thread;
	pthread_mutex_t lock; /* over wanted, stopping */
	pthread_cond_t asked;
	bool wanted, stopping;
};

/* False when it is time to stop and nothing more was asked for. */
static bool await(struct checkpoint *k)
{
	bool wanted;

	pthread_mutex_lock(&k->lock);
	while (!k->wanted && !k->stopping)
		pthread_cond_wait(&k->asked, &k->lock);
	wanted = k->wanted;
	k->wanted = false;
	pthread_mutex_unlock(&k->lock);
	return wanted;
}

/* A failure is found out by whoever needs the file: the log keeps what is in it. */
static void *run(void *arg)
{
	struct checkpoint *k = arg;

	while (await(k))
		sqlite3_wal_checkpoint_v2(k->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return NULL;
}

/* A connection opens the log with the first it reads. */
static enum err open_log(struct scope *sc, struct checkpoint *k, const char *place)
{
	if (sqlite3_open_v2(place, &k->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
			SQLITE_OK ||
		sqlite3_exec(k->db, "PRAGMA data_version", NULL, NULL, NULL) != SQLITE_OK)
		return fail(sc, ERR_AWAY, "%s: %s", place, sqlite3_errmsg(k->db));
	return ERR_NONE;
}

enum err checkpoint_start(struct scope *sc, struct store *s)
{
	struct checkpoint *k = calloc(1, sizeof *k);
	enum err e;

	if (!k)
		abort();
	e = open_log(sc, k, s->place);
	if (e) {
		sqlite3_close_v2(k->db);
		free(k);
		return e;
	}
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->asked, NULL);
	if (pthread_create(&k->thread, NULL, run, k) != 0)
		abort();
	s->checkpoint = k;
	return ERR_NONE;
}

void checkpoint_ask(struct store *s)
{
	struct checkpoint *k = s->checkpoint;

	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	k->wanted = true;
	pthread_cond_signal(&k->asked);
	pthread_mutex_unlock(&k->lock);
}

void checkpoint_stop(struct store *s)
{
	struct checkpoint *k = TAKE(s->checkpoint);

	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	k->stopping = true;
	pthread_cond_signal(&k->asked);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	sqlite3_close_v2(k->db);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->asked);
	free(k);
}
