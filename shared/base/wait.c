/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/wait.h"

#include <time.h>

#include "base/clock.h"

void wait_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

bool wait_until(pthread_cond_t *c, pthread_mutex_t *lock, int64_t until)
{
	const struct timespec at = { until / SECOND_MS, until % SECOND_MS * 1000000 };

	return pthread_cond_timedwait(c, lock, &at) == 0;
}
