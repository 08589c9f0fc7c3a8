/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The alarm about a machine that others refuse. */
#include "send/blocked_follow.h"

#include "base/id.h"
#include "fleet_kit.h"
#include "store/db.h"

struct bounce {
	int64_t appliance, at;
	const char *reason;
};

static enum err write_bounce(struct scope *sc, void *arg)
{
	const struct bounce *b = arg;
	const struct event_row row = { .tenant = sc->tenant,
		.at = b->at,
		.subject = 4711,
		.kind = "mail.bounced",
		.data = arena_printf(sc->mem, "{\"appliance\":\"%s\",\"reason\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, b->appliance), b->reason) };

	return blocked_follow(sc, &row, 1);
}

static int bounce(struct scope *sc, int64_t appliance, int64_t at, const char *reason)
{
	OK(db_write(sc, write_bounce, &(struct bounce){ appliance, at, reason }));
	return fleet_kit_events(sc, appliance, "appliance.blocked");
}

TEST(refusals_of_the_machine_raise_an_alarm_once_an_hour)
{
	int64_t one, other;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	other = fleet_kit_enrolled(sc, "other");
	CHECK_INT(bounce(sc, one, kit->real_ms, "recipient"), 0);
	CHECK_INT(bounce(sc, one, kit->real_ms - 2 * DAY_MS, "infrastructure"), 0);
	CHECK_INT(bounce(sc, one, kit->real_ms, "infrastructure"), 1);
	CHECK_INT(bounce(sc, one, kit->real_ms + MINUTE_MS, "infrastructure"), 1);
	CHECK_INT(bounce(sc, other, kit->real_ms, "infrastructure"), 1);
	CHECK_INT(bounce(sc, one, kit->real_ms + HOUR_MS, "infrastructure"), 2);
}

TEST(another_tenants_machine_is_not_touched)
{
	int64_t one;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	CHECK_INT(bounce(sc, one, kit->real_ms, "infrastructure"), 0);
}
