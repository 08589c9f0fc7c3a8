/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/check.h"

#include <stdio.h>

#define FIRST_WAIT_MS (30 * SECOND_MS) /* a service needs so long to come up and be asked again */
#define LONG_WAIT_MS  (30 * MINUTE_MS)
#define WELL_MS       (10 * MINUTE_MS) /* after so long the next trouble is a new one */
#define REMEDIES      2

const char *check_remedy_name(enum check_remedy r)
{
	static const char *const names[] = { "", "restarted", "made anew" };

	return names[r];
}

static bool holds(const struct check_rule *rule, const struct check *c)
{
	switch (rule->hold) {
	case CHECK_HOLDS:
		return true;
	case CHECK_HOLDS_LAST:
		return !rule->service || c->tried >= REMEDIES;
	case CHECK_HOLDS_NEVER:
		break;
	}
	return false;
}

static void turn(struct check *c, enum health state, const struct check_look *look)
{
	if (c->state != state || !c->since)
		c->since = look->real;
	c->state = state;
	snprintf(c->why, sizeof c->why, "%s", state != HEALTH_OK && look->why ? look->why : "");
}

static void see_good(struct check *c, const struct check_look *look)
{
	c->bad = 0;
	if (!c->well)
		c->well = look->mono;
	if (look->mono - c->well >= WELL_MS) {
		c->tried = 0;
		c->next = 0;
	}
}

enum check_remedy check_see(
	const struct check_rule *rule, struct check *c, const struct check_look *look)
{
	switch (look->sight) {
	case SIGHT_NONE:
		return REMEDY_NONE;
	case SIGHT_GOOD:
		see_good(c, look);
		turn(c, HEALTH_OK, look);
		return REMEDY_NONE;
	case SIGHT_POOR:
		see_good(c, look);
		turn(c, HEALTH_DEGRADED, look);
		return REMEDY_NONE;
	case SIGHT_BAD:
		break;
	}
	c->well = 0;
	if (++c->bad < rule->looks)
		return REMEDY_NONE;
	turn(c, holds(rule, c) ? HEALTH_HELD : HEALTH_DEGRADED, look);
	if (!rule->service || look->mono < c->next)
		return REMEDY_NONE;
	return c->tried == 0 ? REMEDY_RESTART : REMEDY_RECREATE;
}

void check_tried(struct check *c, bool mine, int64_t mono)
{
	int64_t wait = FIRST_WAIT_MS;

	if (mine) {
		for (int i = 0; i < c->tried && wait < LONG_WAIT_MS; i++)
			wait *= 2;
		c->tried++;
	}
	if (wait > LONG_WAIT_MS)
		wait = LONG_WAIT_MS;
	if (c->next < mono + wait)
		c->next = mono + wait;
}
