/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hub_kit.h"

#include "setup/setting.h"
#include "setup/setup.h"

TEST(another_master_key_is_refused)
{
	struct hub *hub = kit_hub_store(sc, kit);
	struct seal_key other;

	seal_key_make(&other, 1);
	OK(master_check(sc, &hub->master));
	OK(master_check(sc, &hub->master));
	CHECK_INT(master_check(sc, &other), ERR_DENIED);
}

TEST(the_plan_clock_is_anchored_once_and_a_new_rate_does_not_make_it_jump)
{
	struct clock first = kit->clock, second = kit->clock;
	int64_t before;

	kit_hub_store(sc, kit);
	OK(clock_setup(sc, 100, &first));
	CHECK_INT(first.rate, 100);
	CHECK_INT(clock_plan(&first).ms, kit->real_ms);
	kit->real_ms += 1000;
	OK(clock_setup(sc, 100, &second));
	CHECK_INT(clock_plan(&second).ms, kit->real_ms - 1000 + 100000);
	before = clock_plan(&second).ms;
	OK(clock_setup(sc, 7, &second));
	CHECK_INT(second.rate, 7);
	CHECK_INT(clock_plan(&second).ms, before);
	kit->real_ms += 10;
	CHECK_INT(clock_plan(&second).ms, before + 70);
	/* A command takes what stands. */
	OK(clock_setup(sc, 0, &first));
	CHECK_INT(first.rate, 7);
}

TEST(a_process_number_is_held_by_one_process_until_its_lease_ends)
{
	int64_t a, b, c;

	kit_hub_store(sc, kit);
	OK(process_take(sc, "a", &a));
	OK(process_take(sc, "b", &b));
	CHECK(a != b);
	OK(process_keep(sc, "a", a));
	kit->real_ms += PROCESS_LEASE_MS + 1;
	OK(process_keep(sc, "b", b));
	OK(process_take(sc, "c", &c));
	CHECK_INT(c, a);
	CHECK_INT(process_keep(sc, "a", a), ERR_CONFLICT);
	OK(process_free(sc, "c", c));
	kit->real_ms += 2;
	OK(process_take(sc, "d", &a));
	CHECK_INT(a, c);
}

TEST(there_are_64_process_numbers_and_no_more)
{
	int64_t n;

	kit_hub_store(sc, kit);
	for (int i = 0; i < 64; i++)
		OK(process_take(sc, "many", &n));
	CHECK_INT(process_take(sc, "one more", &n), ERR_LIMIT);
}

TEST(a_setting_that_was_never_set_is_nothing)
{
	const char *value = "x";

	kit_hub_store(sc, kit);
	OK(setting_get(sc, "nothing", &value));
	CHECK(value == NULL);
}
