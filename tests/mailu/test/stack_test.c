/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/test/ground.h"

TEST(from_nothing_every_service_comes_up_healthy)
{
	struct ground g;
	struct box *boxes;
	size_t n;

	ground_open(sc, &g);
	{
		struct scope *own = &g.scope;
		struct mailu_spec spec = ground_spec(own, &g);

		kit_ok(__FILE__, __LINE__, "stack_can", own, stack_can(own, &g.stack, &spec));
		kit_ok(__FILE__, __LINE__, "stack_up", own, stack_up(own, &g.stack, &spec));
		OK(engine_boxes(sc, g.engine, "mailu", &boxes, &n));
		CHECK_INT((int64_t)n, 7);
		for (size_t i = 0; i < n; i++)
			CHECK_INT(boxes[i].state, BOX_RUNS);
	}
	ground_close(&g);
}
