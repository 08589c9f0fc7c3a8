/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/blocked_follow.h"

#include <string.h>

#include "base/id.h"
#include "fleet/uplink.h"
#include "text/json.h"

/* Refusals of long ago are no alarm: of before this hub was set up anew, or replayed. */
#define OLD_MS DAY_MS

const char *const blocked_follow_kinds[] = { "mail.bounced", NULL };

/* The machine that a refusal of its address, name or reputation was said to; 0 for any other. */
static int64_t refused_machine(struct scope *sc, const struct event_row *row)
{
	const struct json *data = event_data(sc, row);

	return str_eq(json_text(data, "reason"), "infrastructure")
		       ? json_id(data, "appliance", ID_APPLIANCE)
		       : 0;
}

static enum err follow(struct scope *sc, const struct event_row *row)
{
	int64_t appliance = refused_machine(sc, row);
	bool alarm = false;
	enum err e;

	if (!appliance || row->at < now_real(sc).ms - OLD_MS)
		return ERR_NONE;
	e = uplink_blocked(sc, appliance, row->at, &alarm);
	if (!e && alarm)
		event_add(sc, &(struct event){ .kind = "appliance.blocked",
				      .subject = appliance,
				      .data = arena_printf(sc->mem,
					      "{\"appliance\":\"%s\",\"message\":\"%s\"}",
					      id_format(sc->mem, ID_APPLIANCE, appliance),
					      id_format(sc->mem, ID_MESSAGE, row->subject)) });
	return e;
}

enum err blocked_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++)
		e = follow(sc, &rows[i]);
	return e;
}
