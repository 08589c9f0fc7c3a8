/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The life of an address: every way there is. */
#include "fleet/address.h"

const char *const address_states[ADDRESS_STATES] = { "available", "assigned", "warming", "warmed",
	"degraded", "burned", "quarantined" };

static const struct {
	const char *from, *to;
	bool hand; /* a person may lead it there */
} ways[] = {
	{ "available", "assigned", false },
	{ "available", "quarantined", true },
	{ "assigned", "available", false },
	{ "assigned", "warming", true },
	{ "assigned", "warmed", true },
	{ "assigned", "quarantined", true },
	{ "warming", "available", false },
	{ "warming", "warmed", true },
	{ "warming", "degraded", false },
	{ "warming", "burned", true },
	{ "warming", "quarantined", true },
	{ "warmed", "available", false },
	{ "warmed", "warming", true },
	{ "warmed", "degraded", false },
	{ "warmed", "burned", true },
	{ "warmed", "quarantined", true },
	{ "degraded", "available", false },
	{ "degraded", "warming", true },
	{ "degraded", "warmed", false },
	{ "degraded", "burned", true },
	{ "degraded", "quarantined", true },
	{ "burned", "quarantined", true },
	/* Rested: it begins anew, with a machine or without. */
	{ "quarantined", "available", true },
	{ "quarantined", "assigned", true },
	{ "quarantined", "burned", true },
};

bool address_sends(const char *state)
{
	return str_eq(state, "assigned") || str_eq(state, "warming") || str_eq(state, "warmed") ||
	       str_eq(state, "degraded");
}

bool address_may(const char *from, const char *to)
{
	for (size_t i = 0; i < COUNT(ways); i++)
		if (str_eq(ways[i].from, from) && str_eq(ways[i].to, to))
			return true;
	return false;
}

size_t address_ways(const char *state, const char *to[ADDRESS_STATES])
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(ways); i++)
		if (ways[i].hand && str_eq(ways[i].from, state))
			to[n++] = ways[i].to;
	return n;
}
