/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * After a restore. The copy does not know what was leased since, so for a tenant nothing is leased
 * or published until each of its appliances has said again what the copy does not know, and named
 * what it still holds. Each is asked until it answers; the operator may go on without one.
 */
#ifndef FLEET_CATCH_UP_H
#define FLEET_CATCH_UP_H

#include "store/db.h"

/* The number APPLIANCE is to answer with, 0 when it is not waited for. */
enum err catch_up_number(struct scope *sc, int64_t appliance, int64_t *number) MUST;
/* How many of the scope's tenant's appliances are waited for. */
enum err catch_up_waits(struct scope *sc, int64_t *count) MUST;
/* The name of one of them; NULL when there is none. */
enum err catch_up_first(struct scope *sc, const char **name) MUST;

/* APPLIANCE has answered NUMBER. Nothing when that is not what it was asked. Inside db_write(). */
enum err catch_up_answered(struct scope *sc, int64_t appliance, int64_t number) MUST;
/* The operator goes on without it: a mail it had since the copy may be sent again. Writes by
   itself. ERR_CONFLICT when it is not waited for. */
enum err catch_up_skip(struct scope *sc, int64_t appliance) MUST;
/* It will never answer: inside the db_write() that revokes it. */
enum err catch_up_drop(struct scope *sc, int64_t appliance) MUST;

#endif
