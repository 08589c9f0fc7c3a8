/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/message_follow.h"

#include "base/str.h"

#include "send/letter.h"
#include "send/message_priv.h"

const char *const message_follow_kinds[] = { "appliance.lost", "appliance.stopped",
	"appliance.resumed", "appliance.caught_up", "appliance.not_awaited", "tenant.stopped",
	"tenant.resumed", "fleet.stopped", "fleet.resumed", "contact.erased", NULL };

static enum err follow(struct scope *sc, const struct event_row *row)
{
	if (str_eq(row->kind, "contact.erased"))
		return letter_forget(sc, row->subject);
	if (str_eq(row->kind, "appliance.lost"))
		return message_lost(sc, row->subject);
	if (str_eq(row->kind, "appliance.stopped"))
		return message_recall(sc, RECALL_APPLIANCE, row->subject, "stopped", NULL);
	/* The fleet's stop is told to each tenant that has a part in it. */
	if (str_eq(row->kind, "tenant.stopped") || str_eq(row->kind, "fleet.stopped"))
		return message_recall(sc, RECALL_TENANT, 0, "stopped", NULL);
	/* Dispatch finds out by itself what is due first. */
	return message_turn(sc, 0);
}

enum err message_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++)
		e = follow(sc, &rows[i]);
	return e;
}
