/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A suppression list that is longer than one packet reaches the appliance whole. */
#include "flow.h"

#include "base/out.h"
#include "text/json.h"

#define MANY 6100

/* Its state as the appliance reports it, or "". */
static const char *part_state(struct scope *sc, struct company *c, const char *name)
{
	const struct json *answer;
	const char *path = arena_printf(sc->mem, "/api/v1/appliances/%s", c->appliance);

	if (client_do(sc, &c->api, "GET", path, NULL, &answer))
		return "";
	JSON_EACH(part, json_get(answer, "parts"))
	if (str_eq(json_text(part, "name"), name) &&
		json_int(part, "applied", 0) == json_int(part, "version", -1))
		return json_text(part, "state");
	return "";
}

static void block_many(struct scope *sc, struct company *c)
{
	const struct json *answer;
	struct out list, body;

	out_init(&list, sc->mem);
	out_init(&body, sc->mem);
	for (int i = 0; i < MANY; i++)
		out_printf(&list, "block%d@inbox.test\n", i);
	json_open(&body);
	json_add_text(&body, "addresses", list.data);
	json_close(&body);
	OK(client_do(sc, &c->api, "POST", "/api/v1/suppressions", body.data, &answer));
	CHECK_INT(json_int(answer, "added", 0), MANY);
}

TEST(a_long_suppression_list_reaches_the_appliance_whole)
{
	struct company *c = flow_company(sc);

	block_many(sc, c);
	/* What leaves the list is told at once, and all the rest with it. */
	OK(client_do(sc, &c->api, "POST", "/api/v1/suppressions/remove",
		"{\"address\":\"block7@inbox.test\",\"why\":\"a test\"}", NULL));
	CHECK(WAIT_FOR(str_eq(part_state(sc, c, "suppression.0"), "applied"), 20000));
	CHECK(WAIT_FOR(str_eq(part_state(sc, c, "suppression"), "applied"), 20000));
}
