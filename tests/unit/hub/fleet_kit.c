/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet_kit.h"

#include "config.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/enrolment.h"
#include "fleet/fleet.h"

struct hub *fleet_kit_start(struct scope *sc, struct kit *kit)
{
	struct hub *hub = kit_hub_store(sc, kit);
	struct config *c = arena_alloc(sc->mem, sizeof *c);

	c->state_dir = arena_printf(sc->mem, "%s/state", kit_folder(sc));
	c->agents_url = "https://127.0.0.1:8443";
	c->broker_host = c->broker_agent_host = "127.0.0.1";
	c->broker_port = 8884;
	c->broker_agent_port = 8883;
	hub->config = c;
	scope_system(sc);
	OK(fleet_start(sc));
	return hub;
}

int64_t fleet_kit_planned(struct scope *sc, const char *name)
{
	int64_t id;

	OK(appliance_plan(sc, name, &id));
	return id;
}

struct wire_enrol fleet_kit_application(
	struct scope *sc, const char *token, struct x509_pair *request)
{
	struct enrol_token t;

	OK(enrol_token_get(sc, token, &t));
	OK(x509_request(sc, "whatever", request));
	return (struct wire_enrol){ .secret = t.secret,
		.csr = request->cert,
		.seal_key = "000102030405060708090a0b0c0d0e0f"
			    "000102030405060708090a0b0c0d0e0f",
		.version = "1" };
}

enum err fleet_kit_use(struct scope *sc, const struct wire_enrol *m, struct wire_enrolled *out)
{
	struct scope door;
	enum err e;

	scope_open_for(&door, sc, 0);
	e = enrolment_use(&door, m, out);
	if (e)
		(void)fail(sc, e, "%s", door.why);
	else
		*out = (struct wire_enrolled){ out->appliance, arena_text(sc->mem, out->cert),
			arena_text(sc->mem, out->link) };
	scope_close(&door);
	return e;
}

int64_t fleet_kit_enrolled(struct scope *sc, const char *name)
{
	int64_t id = fleet_kit_planned(sc, name);
	struct wire_enrolled out;
	struct x509_pair request;
	struct wire_enrol m;
	const char *token;

	OK(enrolment_token(sc, id, &token));
	m = fleet_kit_application(sc, token, &request);
	OK(fleet_kit_use(sc, &m, &out));
	return id;
}

int fleet_kit_events(struct scope *sc, int64_t subject, const char *kind)
{
	struct event_row *rows;
	int count = 0;
	size_t n;

	OK(event_timeline(sc, subject, 0, 200, &rows, NULL, &n));
	for (size_t i = 0; i < n; i++)
		count += str_eq(rows[i].kind, kind);
	return count;
}
