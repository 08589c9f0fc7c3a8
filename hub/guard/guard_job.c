/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "guard/guard_job.h"

#include "guard/credential.h"
#include "guard/throttle.h"

static enum err write_sweep(struct scope *sc, void *arg)
{
	enum err e = job_hold(sc, arg);

	if (!e)
		e = throttle_sweep(sc, NULL);
	return e ? e : credential_sweep(sc);
}

enum err guard_sweep_run(struct scope *sc, struct job *j)
{
	return db_write_later(sc, write_sweep, j);
}
