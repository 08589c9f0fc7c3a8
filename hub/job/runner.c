/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <assert.h>
#include <pthread.h>

#include "base/id.h"
#include "base/log.h"
#include "base/wait.h"
#include "hub.h"
#include "job/job_priv.h"

#define TICK_MS     200
#define MAX_THREADS 16

struct jobs {
	struct hub *hub;             /* borrowed */
	const struct job_kind *list; /* static */
	pthread_t threads[MAX_THREADS];
	int count;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int64_t pokes; /* counts up, so that no runner misses one */
	bool stop;
};

static const struct job_kind *find_kind(const struct job_kind *list, const char *name)
{
	for (const struct job_kind *k = list; k->kind; k++)
		if (str_eq(k->kind, name))
			return k;
	return NULL;
}

/* In a scope of the job's own; the lease is taken and given back in another. */
static enum err run_leased(struct scope *parent, const struct job_kind *kind, struct job *j)
{
	struct scope sc;
	enum err e;
	const char *why;

	scope_open(&sc, parent->world, "job");
	sc.number = j->id;
	sc.tenant = j->tenant;
	sc.actor = (struct actor){ .kind = ACTOR_SYSTEM };
	if (!j->tenant)
		scope_system(&sc);
	e = kind->run(&sc, j);
	if (e)
		log_failure(&sc, kind->kind);
	why = e ? arena_text(parent->mem, sc.why) : NULL;
	scope_close(&sc);
	return job_give(parent, j, kind, e, why);
}

/* *RAN is false when another runner has it. */
static enum err run_one(struct scope *sc, const struct job_kind *kind, struct job *j, bool *ran)
{
	enum err e;

	j->owner = id_format(sc->mem, "run", new_id(sc));
	j->lease_ms = kind->lease_ms ? kind->lease_ms : MINUTE_MS;
	j->last_try = kind->max_tries && j->tries + 1 >= kind->max_tries;
	e = job_take(sc, j, ran);
	if (e || !*ran)
		return e;
	return run_leased(sc, kind, j);
}

/* Runs what is due once; *RUN counts. */
static enum err run_ripe(struct scope *sc, const struct job_kind *list, int *run)
{
	struct job *jobs;
	size_t n;
	enum err e = job_list_ripe(sc, &jobs, &n);

	*run = 0;
	for (size_t i = 0; !e && i < n; i++) {
		const struct job_kind *kind = find_kind(list, jobs[i].kind);
		bool ran = false;

		if (!kind)
			continue; /* of a newer hub beside us */
		e = run_one(sc, kind, &jobs[i], &ran);
		*run += ran;
	}
	return e;
}

static enum err make_periodic(struct scope *sc, void *arg)
{
	for (const struct job_kind *k = arg; k->kind; k++) {
		enum err e = k->period_ms ? job_now(sc, k->kind, 0, "") : ERR_NONE;

		if (e)
			return e;
	}
	return ERR_NONE;
}

enum err job_once(struct scope *sc, const struct job_kind *list, int *run)
{
	int64_t tenant = sc->tenant;
	enum err e;
	int n;

	*run = 0;
	sc->tenant = 0;
	do {
		e = run_ripe(sc, list, &n);
		*run += n;
	} while (!e && n > 0);
	sc->tenant = tenant;
	return e;
}

/* ---- the threads ---- */

static void wait_for_work(struct jobs *js, int64_t pokes)
{
	int64_t until = clock_mono() + TICK_MS;

	while (js->pokes == pokes && !js->stop && wait_until(&js->wake, &js->lock, until))
		continue;
}

static void *run(void *arg)
{
	struct jobs *js = arg;

	pthread_mutex_lock(&js->lock);
	while (!js->stop) {
		int64_t pokes = js->pokes;
		struct scope sc;
		int n;

		pthread_mutex_unlock(&js->lock);
		scope_open(&sc, &js->hub->world, "jobs");
		if (run_ripe(&sc, js->list, &n))
			log_failure(&sc, "the jobs could not be run");
		scope_close(&sc);
		pthread_mutex_lock(&js->lock);
		if (n == 0)
			wait_for_work(js, pokes);
	}
	pthread_mutex_unlock(&js->lock);
	return NULL;
}

enum err job_start(struct hub *hub, const struct job_kind *list, int threads, struct jobs **out)
{
	struct jobs *js;
	struct scope sc;
	enum err e;

	assert(threads > 0 && threads <= MAX_THREADS);
	scope_open(&sc, &hub->world, "jobs");
	e = db_write(&sc, make_periodic, (void *)(uintptr_t)list);
	if (e)
		log_failure(&sc, "the jobs could not start");
	scope_close(&sc);
	if (e)
		return e;
	js = calloc(1, sizeof *js);
	if (!js)
		abort();
	js->hub = hub;
	js->list = list;
	pthread_mutex_init(&js->lock, NULL);
	wait_init(&js->wake);
	for (; js->count < threads; js->count++)
		if (pthread_create(&js->threads[js->count], NULL, run, js))
			abort();
	*out = js;
	return ERR_NONE;
}

void job_poke(struct jobs *js)
{
	if (!js)
		return;
	pthread_mutex_lock(&js->lock);
	js->pokes++;
	pthread_cond_broadcast(&js->wake);
	pthread_mutex_unlock(&js->lock);
}

void job_stop(struct jobs *js)
{
	if (!js)
		return;
	pthread_mutex_lock(&js->lock);
	js->stop = true;
	pthread_cond_broadcast(&js->wake);
	pthread_mutex_unlock(&js->lock);
	for (int i = 0; i < js->count; i++)
		pthread_join(js->threads[i], NULL);
	pthread_cond_destroy(&js->wake);
	pthread_mutex_destroy(&js->lock);
	free(js);
}
