/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/score_job.h"

#include "repute/score.h"

#define AT_ONCE 500

enum err score_settle_run(struct scope *sc, struct job *j)
{
	bool left;
	enum err e = score_settle(sc, j, AT_ONCE, &left);

	if (!e && left)
		j->again = now_real(sc).ms;
	return e;
}
