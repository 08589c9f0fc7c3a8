/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "job/job.h"

#include "job/job_priv.h"

SQL(job_put, SQL_ENGINE,
	"INSERT INTO job (id, kind, tenant, subject, key, due, args, created) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, tenant, key) DO UPDATE SET "
	"due = CASE WHEN job.owner IS NULL AND excluded.due < job.due THEN excluded.due "
	"ELSE job.due END, again = CASE WHEN job.owner IS NULL THEN NULL "
	"WHEN job.again < excluded.due THEN job.again ELSE excluded.due END");
SQL(job_by_key, SQL_ENGINE,
	"SELECT id, kind, tenant, subject, key, args, tries, done, total, due, error, created "
	"FROM job WHERE kind = $1 AND tenant = $2 AND key = $3");
SQL(job_keep, SQL_ENGINE,
	"UPDATE job SET due = $3, until = $3, done = $4, total = $5 WHERE id = $1 AND owner = $2");
SQL(job_ripe, SQL_ENGINE,
	"SELECT id, kind, tenant, subject, key, args, tries, done, total, due, error, created "
	"FROM job WHERE due <= $1 AND (owner IS NULL OR until <= $1) ORDER BY due LIMIT 20");
/* While leased a row is due when its lease ends, so that the same index finds the abandoned. */
SQL(job_lease, SQL_ENGINE,
	"UPDATE job SET owner = $2, until = $3, due = $3 "
	"WHERE id = $1 AND due <= $4 AND (owner IS NULL OR until <= $4)");
SQL(job_end, SQL_ENGINE, "DELETE FROM job WHERE id = $1 AND owner = $2 AND again IS NULL");
SQL(job_release, SQL_ENGINE,
	"UPDATE job SET owner = NULL, until = 0, due = CASE WHEN again < $3 THEN again ELSE $3 END, "
	"again = NULL, tries = $4, error = $5, done = $6, total = $7 WHERE id = $1 AND owner = $2");

SHAPE(job_shape, struct job, COL(struct job, id), COL(struct job, kind), COL(struct job, tenant),
	COL(struct job, subject), COL(struct job, key), COL(struct job, args),
	COL(struct job, tries), COL(struct job, done), COL(struct job, total), COL(struct job, due),
	COL(struct job, error), COL(struct job, created));

/* A job that stands still is due when nobody lives any more. */
#define NEVER INT64_C(9000000000000000)

enum err job_at(struct scope *sc, const char *kind, int64_t subject, const char *key, int64_t due,
	const char *args)
{
	return db_run(sc, &job_put,
		BIND(V(new_id(sc)), V(kind), V(sc->tenant), V(subject), V(key), V(due), V(args),
			V(now_real(sc).ms)),
		NULL);
}

enum err job_now(struct scope *sc, const char *kind, int64_t subject, const char *key)
{
	return job_at(sc, kind, subject, key, now_real(sc).ms, NULL);
}

enum err job_find(struct scope *sc, const char *kind, const char *key, struct job *out)
{
	return db_one(sc, &job_by_key, BIND(V(kind), V(sc->tenant), V(key)), &job_shape, out);
}

enum err job_hold(struct scope *sc, const struct job *j)
{
	int64_t held;
	enum err e = db_run(sc, &job_keep,
		BIND(V(j->id), V(j->owner), V(now_real(sc).ms + j->lease_ms), V(j->done),
			V(j->total)),
		&held);

	if (e)
		return e;
	if (held == 0)
		return fail(sc, ERR_CONFLICT, "the job's lease has passed to another runner");
	return ERR_NONE;
}

/* ---- for the runner ---- */

enum err job_list_ripe(struct scope *sc, struct job **list, size_t *n)
{
	return db_list(sc, &job_ripe, BIND(V(now_real(sc).ms)), &job_shape, list, n);
}

struct taking {
	const struct job *job;
	bool taken;
};

static enum err take(struct scope *sc, void *arg)
{
	struct taking *t = arg;
	int64_t now = now_real(sc).ms, changed;
	enum err e = db_run(sc, &job_lease,
		BIND(V(t->job->id), V(t->job->owner), V(now + t->job->lease_ms), V(now)), &changed);

	t->taken = e == ERR_NONE && changed > 0;
	return e;
}

enum err job_take(struct scope *sc, const struct job *j, bool *taken)
{
	struct taking t = { j, false };
	enum err e = db_write_later(sc, take, &t);

	*taken = t.taken;
	return e;
}

static int64_t backoff(int64_t tries)
{
	int64_t wait = SECOND_MS << (tries < 10 ? tries : 10);

	return wait < 10 * MINUTE_MS ? wait : 10 * MINUTE_MS;
}

struct ending {
	const struct job *job;
	const struct job_kind *kind;
	enum err result;
	const char *why;
};

static enum err put_back(struct scope *sc, void *arg)
{
	const struct ending *x = arg;
	const struct job *j = x->job;
	bool final =
		x->result && (j->last_try || x->result == ERR_INPUT || x->result == ERR_MISSING);
	int64_t now = now_real(sc).ms, due = j->again, changed;
	enum err e;

	if (x->result)
		due = final ? NEVER : now + backoff(j->tries);
	else if (!due && x->kind->period_ms)
		due = now + x->kind->period_ms;
	if (!due) {
		e = db_run(sc, &job_end, BIND(V(j->id), V(j->owner)), &changed);
		if (e || changed)
			return e;
		due = NEVER; /* asked for again while it ran: that due stands */
	}
	return db_run(sc, &job_release,
		BIND(V(j->id), V(j->owner), V(due), V(x->result ? j->tries + 1 : 0), V(x->why),
			V(j->done), V(j->total)),
		NULL);
}

enum err job_give(struct scope *sc, const struct job *j, const struct job_kind *kind,
	enum err result, const char *why)
{
	struct ending x = { j, kind, result, why };

	return db_write_later(sc, put_back, &x);
}
