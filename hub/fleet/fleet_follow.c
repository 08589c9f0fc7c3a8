/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/fleet_follow.h"

#include "fleet/fleet.h"

const char *const fleet_follow_kinds[] = { "tenant.stopped", "tenant.resumed", NULL };

/* Whatever the order of facts, what is written follows from how things stand. */
enum err fleet_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	return control_refresh(sc);
}
