/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The engine's unit, asked of systemd over its bus. On a machine without systemd, and where no unit
 * is named, there is none.
 */
#ifndef MAILU_UNIT_H
#define MAILU_UNIT_H

#include "base/scope.h"

/* Its ActiveState, "active" or "failed", arena; NULL where there is no such unit to be asked. */
const char *unit_state(struct scope *sc, const char *unit);
/* It is there, and does not run. */
bool unit_is_down(struct scope *sc, const char *unit);
/* Starts it, or starts it anew; returns when systemd has taken it up. ERR_DENIED where we may not,
   ERR_AWAY where systemd does not do it. */
enum err unit_restart(struct scope *sc, const char *unit) MUST;
/*
 * The engine does not answer, as sc->why says: of a unit that does not run the reason says so, and
 * with START it is started.
 */
void unit_explain(struct scope *sc, const char *unit, bool start);

#endif
