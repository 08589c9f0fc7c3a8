/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/sites.h"

#include "kit.h"

TEST(a_site_is_known_until_its_time_and_replaced_by_its_newer_self)
{
	const struct provider *yahoo = provider_named(providers_builtin(sc), "yahoo");
	struct sites *s = sites_new(10);
	struct site site;

	CHECK(!sites_get(s, "a.test", (struct real){ 1 }, &site));
	sites_put(s, "a.test", &(struct site){ yahoo, 7, 100 });
	NEED(sites_get(s, "a.test", (struct real){ 99 }, &site));
	CHECK(site.provider == yahoo);
	CHECK_INT(site.number, 7);
	CHECK(!sites_get(s, "a.test", (struct real){ 100 }, &site));
	CHECK(!sites_get(s, "b.test", (struct real){ 1 }, &site));
	sites_put(s, "a.test", &(struct site){ NULL, 8, 200 });
	NEED(sites_get(s, "a.test", (struct real){ 100 }, &site));
	CHECK(site.provider == NULL);
	sites_free(s);
}

TEST(many_sites_are_kept_and_more_of_them_stay_bounded)
{
	struct sites *s = sites_new(1000);
	struct site site;
	int known = 0;

	for (int i = 0; i < 1000; i++)
		sites_put(s, arena_printf(sc->mem, "d%d.test", i),
			&(struct site){ NULL, (uint32_t)i, 1000 });
	for (int i = 0; i < 1000; i++)
		if (sites_get(s, arena_printf(sc->mem, "d%d.test", i), (struct real){ 1 }, &site)) {
			CHECK_INT(site.number, i);
			known++;
		}
	CHECK(known > 980);
	/* The newest is always there, however many came. */
	for (int i = 0; i < 20000; i++) {
		const char *name = arena_printf(sc->mem, "e%d.test", i);

		sites_put(s, name, &(struct site){ NULL, (uint32_t)i, 1000 + i });
		CHECK(sites_get(s, name, (struct real){ 1 }, &site));
	}
	sites_free(s);
}
