/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/zone.h"

#include "kit.h"

#define JAN_2026 INT64_C(1767225600000)
#define JUL_2026 INT64_C(1782864000000)
#define JAN_2060 INT64_C(2840140800000)
#define JUL_2060 INT64_C(2855865600000)

TEST(zones_know_their_offset_in_winter_and_summer_also_far_ahead)
{
	static const struct {
		const char *name;
		int32_t january, july;
	} rows[] = {
		{ "UTC", 0, 0 },
		{ "Europe/Berlin", 3600, 7200 },
		{ "America/New_York", -18000, -14400 },
		{ "Australia/Sydney", 39600, 36000 },
		{ "Asia/Kathmandu", 20700, 20700 },
		{ "Europe/Dublin", 0, 3600 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct zone *z;

		OK(zone_find(sc, NULL, rows[i].name, &z));
		CHECK_INT(zone_offset(z, JAN_2026), rows[i].january);
		CHECK_INT(zone_offset(z, JUL_2026), rows[i].july);
		CHECK_INT(zone_offset(z, JAN_2060), rows[i].january);
		CHECK_INT(zone_offset(z, JUL_2060), rows[i].july);
	}
}

TEST(clocks_change_at_the_very_second)
{
	const struct zone *z;
	/* Last Sundays of March, 01:00 UTC. */
	int64_t in_2026 = INT64_C(1774746000000), in_2060 = INT64_C(2847661200000);

	OK(zone_find(sc, NULL, "Europe/Berlin", &z));
	CHECK_INT(zone_offset(z, in_2026 - 1), 3600);
	CHECK_INT(zone_offset(z, in_2026), 7200);
	CHECK_INT(zone_offset(z, in_2060 - 1), 3600);
	CHECK_INT(zone_offset(z, in_2060), 7200);
}

TEST(names_that_are_no_zone_are_refused)
{
	static const char *const names[] = { "", "Europe/Nowhere", "../../etc/passwd",
		"/etc/passwd", "Europe", "Europe//Berlin", "zone.tab" };
	const struct zone *z = NULL;

	for (size_t i = 0; i < COUNT(names); i++) {
		CHECK_INT(zone_find(sc, "zone", names[i], &z), ERR_INPUT);
		CHECK_TEXT(sc->field, "zone");
	}
	CHECK(!z);
}

TEST(all_zones_are_listed_and_can_be_found)
{
	const char **names;
	size_t n;

	OK(zone_list(sc, &names, &n));
	CHECK(n > 200);
	for (size_t i = 0; i < n; i++) {
		const struct zone *z;

		OK(zone_find(sc, NULL, names[i], &z));
		CHECK(i == 0 || strcmp(names[i - 1], names[i]) < 0);
	}
}
