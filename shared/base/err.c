/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/err.h"

#include <assert.h>

static const struct {
	const char *name;
	int status;
} kinds[] = {
	[ERR_NONE] = { "none", 200 },
	[ERR_INPUT] = { "input", 422 },
	[ERR_AUTH] = { "auth", 401 },
	[ERR_DENIED] = { "denied", 403 },
	[ERR_MISSING] = { "missing", 404 },
	[ERR_CONFLICT] = { "conflict", 409 },
	[ERR_LIMIT] = { "limit", 429 },
	[ERR_AWAY] = { "away", 503 },
	[ERR_UPSTREAM] = { "upstream", 502 },
	[ERR_INTERNAL] = { "internal", 500 },
};

_Static_assert(sizeof kinds / sizeof *kinds == ERR_MAX, "each kind has a row");

const char *err_name(enum err e)
{
	assert(e < ERR_MAX);
	return kinds[e].name;
}

int err_status(enum err e)
{
	assert(e < ERR_MAX);
	return kinds[e].status;
}
