/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A database for failure paths: "fake:" is SQLite in a file of its own that goes when it is closed,
 * and whose n-th call fails. A call is a statement, or an end or beginning of a transaction.
 */
#ifndef STORE_FAKE_H
#define STORE_FAKE_H

#include "store/db.h"

/* The N-th call from now fails once with E; 0 lets all pass. */
void fake_fail_at(struct store *s, int64_t n, enum err e);
/* Calls since the last fake_fail_at(): a test that walks n from 1 ends when a run makes fewer. */
int64_t fake_calls(const struct store *s);

#endif
