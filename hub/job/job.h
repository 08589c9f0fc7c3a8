/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Durable jobs: a row per piece of work, named by (kind, tenant, key), so that asking twice is
 * asking once. A runner leases a due row for a while; whoever outlives its lease has lost the row,
 * and job_hold(), the first statement of each of its writes, says so before anything is changed.
 */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include "store/db.h"

struct hub;

struct job {
	int64_t id;
	const char *kind; /* arena */
	int64_t tenant;   /* 0: the installation's */
	int64_t subject;  /* what it is about */
	const char *key;  /* arena */
	const char *args; /* arena; JSON of ids, or NULL */
	int64_t tries;    /* failures in a row before this run */
	int64_t done, total;
	int64_t due;       /* real ms */
	const char *error; /* arena; of the last run, or NULL */
	int64_t created;

	/* While it runs: */
	const char *owner; /* arena; of this lease */
	int64_t lease_ms;
	bool last_try; /* a failure now is final */
	int64_t again; /* real ms; set by the run to come again then; 0: finished */
};

/* A row of hub/jobs.c. */
struct job_kind {
	const char *kind;  /* static */
	int64_t period_ms; /* of an installation-wide job that comes by itself; 0 for none */
	int64_t lease_ms;  /* how long one run may take between two job_hold() */
	int max_tries;     /* then it stands still with its error; 0 tries for ever */
	/* In a scope of the job's tenant, or in a system scope where that is 0. An error is kept in
	   the row and tried again with back-off; ERR_INPUT and ERR_MISSING are final at once. */
	enum err (*run)(struct scope *sc, struct job *j);
	const char *summary; /* static; what it does, for the reference */
};

/* Inside db_write(), for sc->tenant: there will be a run at DUE (real ms) or earlier. ARGS may be
   NULL; those of an existing row stay. */
enum err job_at(struct scope *sc, const char *kind, int64_t subject, const char *key, int64_t due,
	const char *args) MUST;
/* The same, now. */
enum err job_now(struct scope *sc, const char *kind, int64_t subject, const char *key) MUST;
/* ERR_MISSING when there is none: it is finished, or never was. */
enum err job_find(struct scope *sc, const char *kind, const char *key, struct job *out) MUST;
/* Inside db_write() of a run, first: the lease is still ours and starts anew; progress is kept.
   ERR_CONFLICT when somebody else has it: roll back and return. */
enum err job_hold(struct scope *sc, const struct job *j) MUST;

struct jobs; /* the running threads */

/* Starts THREADS runners over LIST (ended by a NULL kind) and makes the rows of periodic kinds. */
enum err job_start(
	struct hub *hub, const struct job_kind *list, int threads, struct jobs **out) MUST;
/* Something may be due: called after a commit in this process. Safe from any thread; accepts NULL.
 */
void job_poke(struct jobs *j);
/* Ends the runs in hand, then stops. Accepts NULL. */
void job_stop(struct jobs *j);
/* Runs what is due of LIST now, in this thread, until nothing is: tests. *RUN counts. */
enum err job_once(struct scope *sc, const struct job_kind *list, int *run) MUST;

#endif
