/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Waiting by asking again and again, with a limit. */
#ifndef WORLD_WAIT_H
#define WORLD_WAIT_H

#include "proc.h"

/* Until READY says true. ERR_UPSTREAM with P's name when P ends before, or after TIMEOUT_MS and our
   patience. */
enum err wait_ready(
	struct scope *sc, struct proc *p, bool (*ready)(void *arg), void *arg, int timeout_ms) MUST;

/* In a test: asks CONDITION every 50 ms; its value when LIMIT_MS and our patience are over at the
   latest. */
#define WAIT_FOR(condition, limit_ms)                                                              \
	__extension__({                                                                            \
		int64_t until_ = clock_mono() + (int64_t)(limit_ms)*PATIENCE;                      \
		bool ok_;                                                                          \
		while (!(ok_ = (condition)) && clock_mono() < until_)                              \
			sleep_ms(50);                                                              \
		ok_;                                                                               \
	})

#endif
