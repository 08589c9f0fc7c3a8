/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The addresses a machine names as its own. */
#include "addresses.h"

#include "kit.h"

TEST(of_what_the_configuration_names_only_public_addresses_count)
{
	CHECK_TEXT(addresses_of(sc, "203.0.113.5 2a01:4F8::5  10.0.0.1 x 203.0.113.5"),
		"203.0.113.5 2a01:4f8::5");
	CHECK_TEXT(addresses_of(sc, "10.0.0.1"), NULL);
	CHECK_TEXT(addresses_of(sc, ""), NULL);
}
