/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tables of rules, plans and providers: reading ends, and what is taken is within its limits. */
#include <assert.h>
#include <string.h>

#include "pace/provider.h"
#include "pace/ramp.h"
#include "pace/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { 0 };
	struct scope sc;
	const struct shape_rules *rules;
	const struct providers *providers;
	struct ramp_plan *plans;
	size_t n;

	scope_open(&sc, &w, "fuzz");
	if (!shape_parse(&sc, bytes_of(data, size), &rules))
		shape_match(rules, "google", "421 4.7.0 try again later");
	if (!providers_parse(&sc, bytes_of(data, size), &providers))
		for (size_t i = 0; i < providers_count(providers); i++)
			assert(providers_at(providers, i)->class < PROVIDER_CLASSES);
	if (!ramp_parse(&sc, bytes_of(data, size), &plans, &n))
		for (size_t i = 0; i < n; i++)
			assert(ramp_cap(&plans[i].curves[RAMP_MAILBOX], 7) >= 1);
	scope_close(&sc);
	return 0;
}
