/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "wait.h"

enum err wait_ready(
	struct scope *sc, struct proc *p, bool (*ready)(void *arg), void *arg, int timeout_ms)
{
	int64_t until = clock_mono() + (int64_t)timeout_ms * PATIENCE;

	while (!ready(arg)) {
		if (!proc_is_alive(p))
			return fail(sc, ERR_UPSTREAM, "%s ended at its start", p->name);
		if (clock_mono() >= until)
			return fail(sc, ERR_UPSTREAM, "%s was not ready in %d ms", p->name,
				timeout_ms * PATIENCE);
		sleep_ms(20);
	}
	return ERR_NONE;
}
