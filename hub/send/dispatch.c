/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/dispatch.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"
#include "base/wait.h"

#include "store/db.h"

#include "fleet/uplink.h"
#include "hub.h"
#include "send/claim.h"
#include "send/dispatch_priv.h"
#include "send/message_priv.h"

/* A turn is over long before; after this another hub may have it. */
#define TURN_MS (30 * SECOND_MS)
/* A tenant that has due mail and nobody to carry it is looked at again after this (real). */
#define BLOCKED_MS      SECOND_MS
#define BLOCKED_FAST_MS 100
/* A mail whose own mailbox cannot send stands aside for this long (real); one that a lane holds
   until that is over, or so long: a hand may free the lane before. */
#define ASIDE_MS      (30 * SECOND_MS)
#define ASIDE_LANE_MS (15 * MINUTE_MS)
#define ASIDE_FAST_MS 500
#define TICK_MS       200

SQL(turn_next, SQL_ENGINE,
	"SELECT tenant FROM turn WHERE due <= $1 AND until <= $2 ORDER BY at, tenant LIMIT 1");
SQL(turn_claim, SQL_ENGINE,
	"UPDATE turn SET owner = $2, until = $3, at = $4, fence = fence + 1 "
	"WHERE tenant = $1 AND until <= $4 RETURNING fence");
/* Holds the row until the commit: a mail made meanwhile sets its due time after ours. */
SQL(turn_hold, SQL_ENGINE,
	"UPDATE turn SET owner = owner WHERE tenant = $1 AND fence = $2 AND owner = $3");
SQL(turn_give, SQL_ENGINE,
	"UPDATE turn SET due = $3, until = 0, owner = NULL WHERE tenant = $1 AND fence = $2");
SQL(turn_earliest, SQL_TENANT,
	"SELECT due FROM message WHERE tenant = $1 AND state = 'due' ORDER BY due LIMIT 1");
SQL(turn_aside, SQL_TENANT,
	"UPDATE message SET due = $3 WHERE tenant = $1 AND id = $2 AND state = 'due'");

/* ---- taking a turn ---- */

static enum err take(struct scope *sc, void *arg)
{
	struct turn *t = arg;
	int64_t now = now_real(sc).ms;

	return db_int(sc, &turn_claim, BIND(V(t->tenant), V(t->owner), V(now + TURN_MS), V(now)),
		&t->fence);
}

enum err turn_take(struct scope *sc, struct turn *t, bool *taken)
{
	enum err e =
		db_int(sc, &turn_next, BIND(V(now_plan(sc).ms), V(now_real(sc).ms)), &t->tenant);

	*taken = false;
	if (!e)
		e = db_write(sc, take, t);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	*taken = !e;
	return e;
}

/* ---- the write ---- */

static struct plan real_later(struct scope *sc, int64_t slow, int64_t fast)
{
	const struct clock *c = sc->world->clock;

	return clock_plan_at(
		c, (struct real){ now_real(sc).ms + (clock_is_fast(c) ? fast : slow) });
}

static int64_t aside_until(struct scope *sc, const struct planned *p)
{
	int64_t most = real_later(sc, p->lifts ? ASIDE_LANE_MS : ASIDE_MS, ASIDE_FAST_MS).ms;

	return p->lifts && p->lifts < most ? p->lifts : most;
}

/* Credit for all of one appliance at once, or for none; how many rows of it there are. */
static enum err spend(struct scope *sc, struct turn *t, int64_t appliance, bool *spent)
{
	int64_t n = 0;
	enum err e;

	for (size_t i = 0; i < t->plan.count; i++)
		n += t->plan.list[i].lease.appliance == appliance;
	e = uplink_spend(sc, appliance, n);
	*spent = !e;
	if (e == ERR_LIMIT) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	return e;
}

/* A mail that an appliance claims, after a restore, is not leased. */
static enum err lease_one(
	struct scope *sc, const struct turn *t, const struct planned *p, bool *leased)
{
	bool settled = false;
	enum err e = t->claims ? claim_settle(sc, p->lease.id, &settled) : ERR_NONE;

	*leased = false;
	return e || settled ? e : message_lease(sc, &p->lease, leased);
}

/* All of one appliance. A mail that is due no more gives its unit back. */
static enum err lease_appliance(struct scope *sc, struct turn *t, int64_t appliance)
{
	int64_t unused = 0;
	bool spent;
	enum err e = spend(sc, t, appliance, &spent);

	for (size_t i = 0; i < t->plan.count && !e && spent; i++) {
		const struct planned *p = &t->plan.list[i];
		bool leased;

		if (p->lease.appliance != appliance)
			continue;
		e = lease_one(sc, t, p, &leased);
		if (!e && leased)
			t->leased++;
		else
			unused++;
	}
	if (!e && unused)
		e = uplink_give_back(sc, appliance, unused);
	return e;
}

static enum err settle(struct scope *sc, struct turn *t)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < t->plan.count && !e; i++) {
		const struct planned *p = &t->plan.list[i];
		bool seen = !p->lease.appliance;

		t->skipped += p->skip != NULL;

		if (p->skip)
			e = message_skip(sc, p->lease.id, p->skip);
		else if (p->later)
			e = db_run(
				sc, &turn_aside, BIND(V(p->lease.id), V(aside_until(sc, p))), NULL);
		for (size_t k = 0; k < i && !seen; k++)
			seen = t->plan.list[k].lease.appliance == p->lease.appliance;
		if (!e && !seen)
			e = lease_appliance(sc, t, p->lease.appliance);
	}
	return e;
}

static enum err give_turn(struct scope *sc, struct turn *t)
{
	int64_t due;
	enum err e = db_int(sc, &turn_earliest, BIND_NONE, &due);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		due = INT64_MAX;
		e = ERR_NONE;
	}
	/* Where something went there may be more to go at once. */
	if (!e && due <= now_plan(sc).ms && !t->leased && !t->skipped)
		due = real_later(sc, BLOCKED_MS, BLOCKED_FAST_MS).ms;
	if (!e)
		e = db_run(sc, &turn_give, BIND(V(t->tenant), V(t->fence), V(due)), NULL);
	return e;
}

static enum err write_all(struct scope *sc, void *arg)
{
	struct turn *t = arg;
	int64_t held;
	enum err e = db_run(sc, &turn_hold, BIND(V(t->tenant), V(t->fence), V(t->owner)), &held);

	t->leased = t->skipped = 0;
	if (!e && !held)
		return fail(sc, ERR_CONFLICT, "another hub has this turn now");
	if (!e)
		e = claim_any(sc, &t->claims);
	if (!e)
		e = settle(sc, t);
	return e ? e : give_turn(sc, t);
}

enum err turn_write(struct scope *sc, struct turn *t)
{
	return db_write(sc, write_all, t);
}

static enum err run_turn(struct scope *sc, struct turn *t)
{
	int64_t lease_ms = t->config->lease_ms ? t->config->lease_ms : DISPATCH_LEASE_MS;
	int batch = t->config->batch ? t->config->batch : DISPATCH_BATCH;
	enum err e = turn_plan(sc, lease_ms, batch, &t->plan);

	return e ? e : turn_write(sc, t);
}

enum err dispatch_turn(struct scope *sc, const struct dispatch_config *config, const char *owner,
	bool *served, int *leased)
{
	struct turn t = { .config = config, .owner = owner };
	struct scope own;
	enum err e = turn_take(sc, &t, served);

	*leased = 0;
	if (e || !*served)
		return e;
	scope_open_for(&own, sc, t.tenant);
	own.actor = (struct actor){ .kind = ACTOR_SYSTEM };
	e = run_turn(&own, &t);
	/* The lease lapses by itself; what another hub does meanwhile is not ours to undo. */
	if (e == ERR_CONFLICT)
		e = ERR_NONE;
	else if (e)
		e = fail(sc, e, "%s", own.why);
	else
		*leased = t.leased;
	scope_close(&own);
	return e;
}

/* ---- the thread ---- */

struct dispatch {
	struct hub *hub; /* borrowed */
	struct dispatch_config config;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool poked, stop;
};

/* Everybody who is due now, each once or more; ends when nobody is. */
static void go_round(struct dispatch *d)
{
	bool served = true;

	while (served && !__atomic_load_n(&d->stop, __ATOMIC_RELAXED)) {
		struct scope sc;
		int leased;

		scope_open(&sc, &d->hub->world, "dispatch");
		scope_system(&sc);
		sc.actor = (struct actor){ .kind = ACTOR_SYSTEM };
		if (dispatch_turn(&sc, &d->config, d->hub->name, &served, &leased)) {
			log_failure(&sc, "dispatch");
			served = false;
		} else if (leased && d->config.poke) {
			d->config.poke(d->config.arg);
		}
		scope_close(&sc);
	}
}

static void *run(void *arg)
{
	struct dispatch *d = arg;

	pthread_mutex_lock(&d->lock);
	while (!d->stop) {
		int64_t until = clock_mono() + TICK_MS;

		while (!d->poked && !d->stop && wait_until(&d->wake, &d->lock, until))
			continue;
		d->poked = false;
		if (d->stop)
			break;
		pthread_mutex_unlock(&d->lock);
		go_round(d);
		pthread_mutex_lock(&d->lock);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

enum err dispatch_start(
	struct hub *hub, const struct dispatch_config *config, struct dispatch **out)
{
	struct dispatch *d = calloc(1, sizeof *d);

	if (!d)
		abort();
	d->hub = hub;
	d->config = *config;
	pthread_mutex_init(&d->lock, NULL);
	wait_init(&d->wake);
	if (pthread_create(&d->thread, NULL, run, d)) {
		free(d);
		return ERR_INTERNAL;
	}
	*out = d;
	return ERR_NONE;
}

void dispatch_poke(struct dispatch *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->poked = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
}

void dispatch_stop(struct dispatch *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	__atomic_store_n(&d->stop, true, __ATOMIC_RELAXED);
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
