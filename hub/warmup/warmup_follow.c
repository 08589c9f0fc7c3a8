/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/warmup_follow.h"

#include "base/id.h"
#include "sender/mailbox.h"
#include "text/json.h"
#include "warmup/complaint.h"
#include "warmup/warmup.h"

const char *const warmup_follow_kinds[] = { "mailbox.added", "mailbox.changed", "appliance.planned",
	"weather.began", "weather.ended", "mail.complained", "address.state", NULL };

static enum err complained(struct scope *sc, const struct event_row *row)
{
	int64_t appliance;
	enum err e = complaint_count(sc, row->subject, &appliance);

	return e || !appliance ? e : warmup_push(sc, appliance);
}

/* It may have come onto a list, or off one. */
static enum err moved(struct scope *sc, const struct event_row *row)
{
	int64_t appliance = json_id(event_data(sc, row), "appliance", ID_APPLIANCE);

	return appliance ? warmup_push(sc, appliance) : ERR_NONE;
}

static enum err push(struct scope *sc, const struct event_row *row)
{
	struct mailbox m;
	enum err e;

	if (str_starts(row->kind, "weather."))
		return warmup_push_all(sc);
	if (str_eq(row->kind, "mail.complained"))
		return complained(sc, row);
	if (str_eq(row->kind, "address.state"))
		return moved(sc, row);
	if (str_eq(row->kind, "appliance.planned"))
		return warmup_push(sc, row->subject);
	e = mailbox_find(sc, row->subject, &m);
	return e || !m.appliance ? e : warmup_push(sc, m.appliance);
}

enum err warmup_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum err e = push(sc, &rows[i]);

		if (e && e != ERR_MISSING)
			return e;
		if (e)
			scope_clear(sc);
	}
	return ERR_NONE;
}
