/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Waiting for other threads, by the clock that nobody sets. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes a condition for wait_until(); pthread_cond_destroy() ends it. */
void wait_init(pthread_cond_t *c);
/* Gives LOCK away until C is signalled, or by accident earlier. False once it is UNTIL
   (clock_mono()). */
bool wait_until(pthread_cond_t *c, pthread_mutex_t *lock, int64_t until);

#endif
