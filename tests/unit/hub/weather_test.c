/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The weather at providers: what many machines meet is theirs, what one meets is its own. */
#include "repute/weather.h"

#include "base/id.h"
#include "company_kit.h"
#include "fleet_kit.h"
#include "repute/weather_follow.h"
#include "store/fake.h"
#include "warmup/plan.h"
#include "warmup_kit.h"

SQL(weather_test_message, SQL_TENANT,
	"INSERT INTO message (tenant, id, workspace, origin, key, provider, state, rank, due, "
	"created) VALUES ($1, $2, 1, 'test', $3, $4, 'queued', 3, 0, 0)");

struct put_off {
	int64_t appliance, message, at;
	const char *provider, *class;
};

static enum err write_put_off(struct scope *sc, void *arg)
{
	const struct put_off *p = arg;
	const struct event_row row = { .tenant = sc->tenant,
		.at = p->at,
		.subject = p->message,
		.kind = "mail.deferred",
		.data = arena_printf(sc->mem, "{\"appliance\":\"%s\",\"reason\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, p->appliance), p->class) };
	enum err e = db_run(sc, &weather_test_message,
		BIND(V(p->message), V(arena_printf(sc->mem, "%lld", (long long)p->message)),
			V(p->provider)),
		NULL);

	return e ? e : weather_follow(sc, &row, 1);
}

static void put_off(struct scope *sc, struct kit *kit, int64_t appliance, const char *provider,
	const char *class)
{
	static int64_t next = 9000;

	OK(db_write(sc, write_put_off,
		&(struct put_off){ appliance, ++next, kit->real_ms, provider, class }));
}

static size_t weather(struct scope *sc, struct weather_row **rows)
{
	size_t n;

	run_periodic(sc, "repute.weather");
	OK(weather_list(sc, rows, &n));
	return n;
}

static size_t own(struct scope *sc)
{
	struct weather_own *rows;
	size_t n;

	OK(weather_own_list(sc, &rows, &n));
	return n;
}

TEST(what_many_machines_meet_at_once_is_the_providers_weather)
{
	struct weather_row *rows;
	int64_t one, two, three;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	two = fleet_kit_enrolled(sc, "two");
	for (int i = 0; i < 20; i++)
		put_off(sc, kit, one, "microsoft", "rate");
	put_off(sc, kit, two, "microsoft", "rate");
	CHECK_INT(weather(sc, &rows), 0);
	CHECK_INT(own(sc), 1);

	/* The third is another company's; each is told, and neither sees the other. */
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	three = fleet_kit_enrolled(sc, "three");
	put_off(sc, kit, three, "microsoft", "rate");
	/* Not of the same: another provider, one person's mailbox, everybody's small servers. */
	put_off(sc, kit, three, "google", "rate");
	put_off(sc, kit, three, "microsoft", "full");
	put_off(sc, kit, three, "other", "rate");
	NEED(weather(sc, &rows) == 1);
	CHECK_TEXT(rows[0].provider, "microsoft");
	CHECK_TEXT(rows[0].class, "rate");
	CHECK_INT(rows[0].own, 1);
	CHECK(rows[0].rate > 0);
	CHECK_INT(rows[0].until, kit->real_ms + WEATHER_LASTS_MS);
	CHECK_INT(own(sc), 1); /* google */
	CHECK_INT(fleet_kit_events(sc, 2002, "weather.began"), 1);
	sc->tenant = KIT_TENANT;
	CHECK_INT(fleet_kit_events(sc, KIT_TENANT, "weather.began"), 1);
	NEED(weather(sc, &rows) == 1);
	CHECK_INT(rows[0].own, 2);
	CHECK_INT(own(sc), 0);
	/* It lasts while it is met, and is over half an hour later. */
	kit->real_ms += 35 * MINUTE_MS;
	CHECK_INT(weather(sc, &rows), 0);
	CHECK_INT(fleet_kit_events(sc, KIT_TENANT, "weather.began"), 1);
	CHECK_INT(fleet_kit_events(sc, KIT_TENANT, "weather.ended"), 1);
	CHECK_INT(weather(sc, &rows), 0);
	CHECK_INT(fleet_kit_events(sc, KIT_TENANT, "weather.ended"), 1);
}

TEST(weather_that_some_machines_met_slows_all_others_before_they_meet_it)
{
	static const char *const names[] = { "one", "two", "three", "calm" };
	int64_t ids[COUNT(names)];
	struct weather_row *rows;
	struct part_warmup w;

	fleet_kit_start(sc, kit);
	for (size_t i = 0; i < COUNT(names); i++)
		ids[i] = fleet_kit_enrolled(sc, names[i]);
	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	for (size_t i = 0; i < 3; i++)
		put_off(sc, kit, ids[i], "microsoft", "rate");
	NEED(weather(sc, &rows) == 1);
	run_followers(sc);
	for (size_t i = 0; i < COUNT(names); i++) {
		NEED(kit_warmup_part(sc, ids[i], &w));
		NEED(w.order_count == 1);
		CHECK_INT(w.orders[0].kind, WIRE_LANE_PROVIDER);
		CHECK_TEXT(w.orders[0].provider, "microsoft");
		CHECK_TEXT(w.orders[0].by, "weather");
		CHECK_INT(w.orders[0].rate, rows[0].rate);
		CHECK_INT(w.orders[0].until, rows[0].until_plan);
	}
	kit->real_ms += 35 * MINUTE_MS;
	CHECK_INT(weather(sc, &rows), 0);
	run_followers(sc);
	for (size_t i = 0; i < COUNT(names); i++) {
		NEED(kit_warmup_part(sc, ids[i], &w));
		CHECK_INT((int64_t)w.order_count, 0);
	}
}

TEST(what_comes_one_after_the_other_is_no_weather)
{
	struct weather_row *rows;
	const char *const names[] = { "one", "two", "three", "four" };

	fleet_kit_start(sc, kit);
	for (size_t i = 0; i < COUNT(names); i++) {
		put_off(sc, kit, fleet_kit_enrolled(sc, names[i]), "google", "network");
		kit->real_ms += 15 * MINUTE_MS;
		CHECK_INT(weather(sc, &rows), 0);
	}
}

/* ---- whoever dies meanwhile ---- */

SQL(weather_test_uplink, SQL_ENGINE,
	"INSERT INTO uplink (appliance, tenant, epoch, seen_at) VALUES ($1, $2, 1, $3)");

static enum err write_fleet(struct scope *sc, void *arg)
{
	enum err e = ERR_NONE;

	for (int64_t id = 1; id <= WEATHER_MACHINES && !e; id++)
		e = db_run(sc, &weather_test_uplink,
			BIND(V(id), V(KIT_TENANT + id % 2), V(now_real(sc).ms)), NULL);
	return e;
}

static enum err write_hits(struct scope *sc, void *arg)
{
	enum err e = ERR_NONE;

	for (int64_t id = 1; id <= WEATHER_MACHINES && !e; id++)
		e = weather_hit(sc, "google", "rate", id, now_real(sc).ms, 1);
	return e;
}

/* It looks, is hindered at its N-th call, and looks again. False where it makes fewer. */
static bool look_twice(struct scope *sc, int64_t n)
{
	bool hindered;

	fake_fail_at(sc->world->store, n, ERR_AWAY);
	hindered = weather_look(sc, NULL) != ERR_NONE;
	fake_fail_at(sc->world->store, 0, ERR_NONE);
	scope_clear(sc);
	OK(weather_look(sc, NULL));
	return hindered;
}

TEST(every_company_is_told_once_wherever_the_look_breaks_off)
{
	bool more = true;

	if (kit_on_postgres())
		return;
	kit_hub_fake(sc, kit);
	scope_system(sc);
	kit_tenant_add(sc, KIT_TENANT + 1);
	OK(db_write(sc, write_fleet, NULL));
	for (int n = 1; more; n++) {
		OK(db_write(sc, write_hits, NULL));
		more = look_twice(sc, n);
		kit->real_ms += HOUR_MS;
		more |= look_twice(sc, n);
		for (int64_t t = KIT_TENANT; t <= KIT_TENANT + 1; t++) {
			sc->tenant = t;
			CHECK_INT(fleet_kit_events(sc, t, "weather.began"), n);
			CHECK_INT(fleet_kit_events(sc, t, "weather.ended"), n);
		}
		sc->tenant = KIT_TENANT;
		kit->real_ms += HOUR_MS;
	}
}
