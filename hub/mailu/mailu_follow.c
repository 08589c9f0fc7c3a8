/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_follow.h"

#include "fleet/wanted.h"
#include "mailu/mailu.h"
#include "sender/domain_check.h"

const char *const mailu_follow_kinds[] = { "appliance.records", "mailbox.added", "mailbox.changed",
	NULL };

/* What a machine asked for while it was being turned off is nobody's wish. */
static enum err look_at_records(struct scope *sc, int64_t appliance)
{
	struct wanted *rows;
	struct mailu m;
	size_t n = 0;
	enum err e = mailu_find(sc, appliance, &m);

	if (!e && !mailu_is_on(&m))
		return wanted_drop(sc, appliance);
	if (!e)
		e = wanted_list(sc, appliance, &rows, &n);
	for (size_t i = 0; !e && i < n; i++)
		if (i == 0 || !str_eq(rows[i].zone, rows[i - 1].zone))
			e = domain_check_name_soon(sc, rows[i].zone);
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return ERR_NONE;
}

/* Whatever the order of facts, what is written follows from how things stand. */
enum err mailu_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	bool moved = false;
	enum err e = ERR_NONE;

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].kind, "appliance.records"))
			e = look_at_records(sc, rows[i].subject);
		else
			moved = true;
	return e || !moved ? e : mailu_refresh(sc);
}
