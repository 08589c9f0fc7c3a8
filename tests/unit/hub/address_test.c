/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The inventory of addresses: who enters them, and where they may go from where they are. */
#include "fleet/address.h"

#include "fleet/appliance.h"
#include "fleet/fleet_bus.h"
#include "fleet_kit.h"
#include "net/ip.h"

static struct address find(struct scope *sc, int64_t id)
{
	struct address a = { .state = "?" };

	OK(address_find(sc, id, &a));
	return a;
}

static int64_t add(struct scope *sc, const char *ip, int64_t appliance)
{
	int64_t id = 0;

	OK(address_add(sc, &(struct address_new){ .ip = ip, .appliance = appliance }, &id));
	return id;
}

struct said {
	int64_t appliance;
	const char *ip;
};

static enum err write_said(struct scope *sc, void *arg)
{
	const struct said *s = arg;

	return address_reported(sc, s->appliance, &s->ip, s->ip ? 1 : 0);
}

static void say(struct scope *sc, int64_t appliance, const char *ip)
{
	OK(db_write(sc, write_said, &(struct said){ appliance, ip }));
}

static struct address only(struct scope *sc, int64_t appliance)
{
	struct address *rows;
	size_t n;

	OK(address_list(sc, &(struct address_filter){ .appliance = appliance }, &rows, &n));
	NEED(n == 1);
	return rows[0];
}

TEST(an_address_is_one_that_the_world_can_reach)
{
	static const char *const bad[] = { "", "x", "10.0.0.1", "127.0.0.1", "192.168.1.1",
		"100.64.0.1", "172.31.0.1", "169.254.1.1", "224.0.0.1", "::1", "fe80::1", "fd00::1",
		"1.2.3", "1.2.3.4/24" };
	int64_t id;

	fleet_kit_start(sc, kit);
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(address_add(sc, &(struct address_new){ .ip = bad[i] }, &id), ERR_INPUT);
		CHECK_TEXT(sc->field, "ip");
		scope_clear(sc);
	}
	CHECK_TEXT(find(sc, add(sc, " ::ffff:203.0.113.9 ", 0)).ip, "203.0.113.9");
	CHECK_TEXT(find(sc, add(sc, "2a01:04F8:0:0::2", 0)).ip, "2a01:4f8::2");
	CHECK_INT(address_add(sc, &(struct address_new){ .ip = "203.0.113.9" }, &id), ERR_INPUT);
	scope_clear(sc);
	CHECK(!ip_is_public("172.16.0.1"));
	CHECK(ip_is_public("172.32.0.1"));
}

TEST(a_machine_names_its_own_addresses)
{
	struct address *rows, a;
	int64_t one, two, id;
	size_t n;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	two = fleet_kit_enrolled(sc, "two");
	say(sc, one, "10.0.0.4");
	OK(address_list(sc, &(struct address_filter){ 0 }, &rows, &n));
	CHECK_INT(n, 0);
	say(sc, one, "203.0.113.1");
	a = only(sc, one);
	CHECK_TEXT(a.state, "assigned");
	CHECK_TEXT(a.source, "appliance");
	CHECK_TEXT(a.appliance_name, "one");
	CHECK_INT(a.seen_at, kit->real_ms);
	CHECK_INT(fleet_kit_events(sc, a.id, "address.added"), 1);
	/* One that waited in the inventory is taken, and one that is named no more waits again. */
	id = add(sc, "203.0.113.2", 0);
	CHECK_TEXT(find(sc, id).state, "available");
	say(sc, one, "203.0.113.2");
	CHECK_TEXT(find(sc, id).state, "assigned");
	CHECK_TEXT(find(sc, a.id).state, "available");
	CHECK_INT(find(sc, a.id).appliance, 0);
	/* What a hand entered stays where the hand put it. */
	say(sc, one, NULL);
	CHECK_INT(find(sc, id).appliance, one);
	say(sc, two, "203.0.113.2");
	CHECK_INT(find(sc, id).appliance, two);
}

TEST(a_machine_names_its_addresses_when_it_says_hello)
{
	struct wire_hello hello = { .protocol = WIRE_PROTOCOL,
		.version = "1",
		.caps = "",
		.epoch = 7,
		.first_kept = 1,
		.next_seq = 1,
		.addresses = "203.0.113.1  10.0.0.1 2001:db8::2" };
	struct address *rows;
	int64_t one;
	size_t n;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	OK(fleet_hello(sc, one, wire_put_hello(sc, &hello)));
	OK(address_list(sc, &(struct address_filter){ .appliance = one }, &rows, &n));
	NEED(n == 2);
	CHECK_TEXT(rows[0].ip, "203.0.113.1");
	CHECK_TEXT(rows[1].ip, "2001:db8::2");
	/* An older agent says nothing, and nothing follows. */
	hello.addresses = NULL;
	OK(fleet_hello(sc, one, wire_put_hello(sc, &hello)));
	OK(address_list(sc, &(struct address_filter){ .appliance = one }, &rows, &n));
	CHECK_INT(n, 2);
}

TEST(what_a_machine_had_is_available_when_it_is_gone)
{
	int64_t one, id;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	id = add(sc, "203.0.113.1", one);
	OK(address_set_state(sc, id, "warming", NULL));
	CHECK_TEXT(find(sc, id).state, "warming");
	OK(appliance_lost(sc, one, "test"));
	CHECK_TEXT(find(sc, id).state, "available");
	CHECK_TEXT(find(sc, id).reason, "no_machine");
	CHECK_INT(find(sc, id).appliance, 0);
	CHECK_INT(address_add(
			  sc, &(struct address_new){ .ip = "203.0.113.5", .appliance = one }, &id),
		ERR_INPUT);
	scope_clear(sc);
}

/* Each pair of states, by hand: the table says which ways there are, and nothing else happens. */
TEST(a_hand_leads_an_address_along_the_table_alone)
{
	int64_t machine, moved = 0, refused = 0;

	fleet_kit_start(sc, kit);
	machine = fleet_kit_enrolled(sc, "one");
	for (size_t from = 0; from < ADDRESS_STATES; from++)
		for (size_t to = 0; to < ADDRESS_STATES; to++) {
			static const char *const road[] = { "warming", "burned", "quarantined" };
			const char *ip = arena_printf(
				sc->mem, "203.0.113.%d", (int)(from * ADDRESS_STATES + to + 1));
			bool available = str_eq(address_states[from], "available");
			int64_t id = add(sc, ip, available ? 0 : machine);
			const char *ways[ADDRESS_STATES];
			bool listed = false;
			size_t n;
			enum err e;

			if (str_eq(address_states[from], "degraded"))
				continue;
			if (str_eq(address_states[from], "warmed"))
				OK(address_set_state(sc, id, "warmed", NULL));
			for (size_t i = 0; i < COUNT(road) &&
					   !str_eq(find(sc, id).state, address_states[from]);
				i++)
				OK(address_set_state(sc, id, road[i], NULL));
			CHECK_TEXT(find(sc, id).state, address_states[from]);
			n = address_ways(address_states[from], ways);
			for (size_t i = 0; i < n; i++)
				listed |= str_eq(ways[i], address_states[to]);
			/* A machine sends from it: it is not free. */
			listed &= available || !str_eq(address_states[to], "available");
			e = address_set_state(sc, id, address_states[to], "because");
			CHECK_INT(e, listed ? ERR_NONE : ERR_INPUT);
			scope_clear(sc);
			CHECK_TEXT(find(sc, id).state, address_states[listed ? to : from]);
			CHECK_TEXT(find(sc, id).reason, listed ? "because" : find(sc, id).reason);
			moved += listed;
			refused += !listed;
		}
	CHECK(moved >= 12);
	CHECK(refused >= 20);
}

TEST(each_state_can_be_left_and_reached)
{
	for (size_t i = 1; i < ADDRESS_STATES; i++) {
		bool left = false, reached = false;

		for (size_t k = 0; k < ADDRESS_STATES; k++) {
			left |= address_may(address_states[i], address_states[k]);
			reached |= address_may(address_states[k], address_states[i]);
		}
		CHECK(left && reached);
		CHECK(!address_may(address_states[i], address_states[i]));
	}
	/* What is spent rests before it is used again. */
	CHECK(!address_may("burned", "available"));
	CHECK(!address_may("burned", "assigned"));
}

TEST(an_operators_word_outranks_the_companys)
{
	struct scope staff;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = add(sc, "203.0.113.1", 0);
	scope_open_for(&staff, sc, 0);
	scope_system(&staff);
	staff.actor.kind = ACTOR_STAFF;
	CHECK_INT(
		address_set_state_all(&staff, "203.0.113.7", "quarantined", "abuse"), ERR_MISSING);
	CHECK_INT(address_set_state_all(&staff, "203.0.113.1", "quarantined", "abuse"), ERR_NONE);
	CHECK_TEXT(find(sc, id).decided, "operator");
	CHECK_INT(address_set_state(sc, id, "available", NULL), ERR_DENIED);
	scope_clear(sc);
	CHECK_INT(address_remove(sc, id), ERR_DENIED);
	scope_clear(sc);
	scope_clear(&staff);
	CHECK_INT(address_set_state_all(&staff, "203.0.113.1", "available", "done"), ERR_NONE);
	scope_close(&staff);
	OK(address_remove(sc, id));
	CHECK_INT(fleet_kit_events(sc, id, "address.state"), 2);
}

TEST(two_companies_do_not_see_each_others_addresses)
{
	struct address_owned *all;
	struct address a;
	struct scope staff;
	int64_t id;
	size_t n;

	fleet_kit_start(sc, kit);
	id = add(sc, "203.0.113.1", 0);
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	CHECK_INT(address_find(sc, id, &a), ERR_MISSING);
	scope_clear(sc);
	add(sc, "203.0.113.1", 0);
	sc->tenant = KIT_TENANT;
	scope_open_for(&staff, sc, 0);
	scope_system(&staff);
	CHECK_INT(address_list_all(&staff, &(struct address_filter){ 0 }, &all, &n), ERR_NONE);
	NEED(n == 2);
	CHECK_INT(all[0].tenant, KIT_TENANT);
	CHECK_INT(all[1].tenant, 2002);
	scope_close(&staff);
}

TEST(an_operator_moves_an_address_of_two_companies_or_none)
{
	struct scope staff;
	int64_t ours, theirs;

	fleet_kit_start(sc, kit);
	ours = add(sc, "203.0.113.1", fleet_kit_planned(sc, "mx"));
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	theirs = add(sc, "203.0.113.1", 0);
	OK(address_set_state(sc, theirs, "quarantined", NULL));
	scope_open_for(&staff, sc, 0);
	scope_system(&staff);
	staff.actor.kind = ACTOR_STAFF;
	/* The second cannot go there: neither does. */
	CHECK_INT(address_set_state_all(&staff, "203.0.113.1", "warming", "go"), ERR_INPUT);
	scope_clear(&staff);
	CHECK_TEXT(find(sc, theirs).state, "quarantined");
	sc->tenant = KIT_TENANT;
	CHECK_TEXT(find(sc, ours).state, "assigned");
	/* What a company put to rest by itself it cannot wake against the operator's word. */
	CHECK_INT(address_set_state_all(&staff, "203.0.113.1", "quarantined", "abuse"), ERR_NONE);
	scope_close(&staff);
	CHECK_TEXT(find(sc, ours).decided, "operator");
	sc->tenant = 2002;
	CHECK_TEXT(find(sc, theirs).decided, "operator");
	CHECK_INT(address_set_state(sc, theirs, "available", NULL), ERR_DENIED);
	scope_clear(sc);
	sc->tenant = KIT_TENANT;
}
