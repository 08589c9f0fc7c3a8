/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The addresses a machine names as its own. */
#include "addresses.h"

#include "kit.h"
#include "net/ip.h"

/* What the machine of a test has nobody knows: nothing, or one that the world can reach. */
TEST(where_nothing_is_said_the_machine_names_the_address_it_reaches_the_world_from)
{
	const char *own = addresses_of(sc, "");

	CHECK(!own || (ip_is_public(own) && !strchr(own, ' ')));
	CHECK_TEXT(addresses_of(sc, NULL), own);
}

TEST(of_what_the_configuration_names_only_public_addresses_count)
{
	CHECK_TEXT(addresses_of(sc, "203.0.113.5 2a01:4F8::5  10.0.0.1 x 203.0.113.5"),
		"203.0.113.5 2a01:4f8::5");
	CHECK_TEXT(addresses_of(sc, "10.0.0.1"), NULL);
	CHECK_TEXT(addresses_of(sc, "none"), NULL);
}
