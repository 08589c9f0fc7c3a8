/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What takes its time, on a thread that lives no longer than that: the loop hands it over and hears
 * of its end. One at a time for each errand.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include "base/scope.h"

struct errand;

/* On the thread; SC is the errand's own. */
typedef enum err errand_work(struct scope *sc, void *arg);
/* By the loop afterwards; SC still holds what the work made, and why it failed with E. */
typedef void errand_done(struct scope *sc, void *arg, enum err e);

/* The loop stands. NAME is static, for the log. */
enum err errand_open(struct scope *sc, const char *name, struct errand **out) MUST;
/* Waits for the work under way, of whose end nobody hears then. Accepts NULL. */
void errand_close(struct errand *x);
bool errand_is_busy(const struct errand *x);
/* The scope that the next work will have: what ARG needs is made there. Open until the work has
   ended, or errand_drop(). */
struct scope *errand_scope(struct errand *x);
void errand_drop(struct errand *x);
/* Begins. ERR_AWAY when no thread is left. */
enum err errand_run(
	struct scope *sc, struct errand *x, errand_work *work, errand_done *done, void *arg) MUST;

#endif
