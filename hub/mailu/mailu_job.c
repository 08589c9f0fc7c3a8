/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_job.h"

#include "mailu/selector.h"

static enum err step(struct scope *sc, void *arg)
{
	struct job *j = arg;
	enum err e = job_hold(sc, j);

	return e ? e : selector_step(sc, j->subject, &j->again);
}

enum err mailu_selector_run(struct scope *sc, struct job *j)
{
	return db_write(sc, step, j);
}
