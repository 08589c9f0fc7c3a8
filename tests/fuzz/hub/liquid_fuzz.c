/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a template says, it compiles or is refused with a place, and rendering ends. */
#include <stdlib.h>

#include "base/scope.h"

#include "content/liquid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clock clock = { .rate = 1 };
	struct world world = { .clock = &clock };
	struct scope sc;
	const struct liquid *t;
	struct liquid_error error = { 0 };

	scope_open(&sc, &world, "fuzz");
	if (liquid_compile(&sc, sc.mem, arena_copy(sc.mem, data, size), &t, &error)) {
		if (error.line < 1 || error.column < 1 || !error.text)
			abort();
	} else {
		size_t n;
		struct out o;
		struct liquid_env env = { .html = true };

		liquid_names(t, &n);
		struct liquid_value *values = arena_array(sc.mem, n, sizeof *values);
		for (size_t i = 0; i < n; i++)
			values[i] = i % 2 ? liquid_text("a <b>,c") : liquid_int((int64_t)i);
		env.values = values;
		out_init(&o, sc.mem);
		if (!liquid_render(&sc, t, &env, &o) && o.len > 2 * LIQUID_MAX_OUT)
			abort();
	}
	scope_close(&sc);
	return 0;
}
