/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Wanting mails back, by campaign, person or tenant. */
#include "base/str.h"

#include "fleet/uplink.h"

#include "send/message_priv.h"

/* Due ones end at once; those a bus never published come back at once; the rest is asked for. */
#define STATEMENTS(name, where)                                                                    \
	SQL(message_end_due_##name, SQL_TENANT,                                                    \
		"UPDATE message SET was = state, state = 'skipped', rank = 10, reason = $3, "      \
		"done_at = $4, recall = NULL WHERE tenant = $1 AND " where                         \
		" AND state = 'due' RETURNING " MOVED);                                            \
	SQL(message_want_##name, SQL_TENANT,                                                       \
		"UPDATE message SET recall = $3, "                                                 \
		"sent_at = CASE WHEN sent_at = 0 THEN 0 ELSE 1 END WHERE tenant = $1 AND " where   \
		" AND state IN ('leased', 'handed') "                                              \
		"AND (recall IS NULL OR recall IN " RECALL_KEEPS ") "                              \
		"RETURNING id, appliance, CASE WHEN state = 'leased' AND sent_at = 0 "             \
		"THEN 1 ELSE 0 END AS unsent")

STATEMENTS(campaign, "campaign = $2");
STATEMENTS(enrolment, "enrolment = $2");
STATEMENTS(contact, "contact = $2");
STATEMENTS(appliance, "appliance = $2");
/* The tenant's own rows; $2 is 0. */
STATEMENTS(tenant, "CAST($2 AS BIGINT) = 0");

static const struct {
	const struct sql *end_due, *want;
} statements[] = {
	[RECALL_CAMPAIGN] = { &message_end_due_campaign, &message_want_campaign },
	[RECALL_ENROLMENT] = { &message_end_due_enrolment, &message_want_enrolment },
	[RECALL_CONTACT] = { &message_end_due_contact, &message_want_contact },
	[RECALL_APPLIANCE] = { &message_end_due_appliance, &message_want_appliance },
	[RECALL_TENANT] = { &message_end_due_tenant, &message_want_tenant },
};

struct wanted {
	int64_t id, appliance;
	bool unsent;
};
SHAPE(wanted_shape, struct wanted, COL(struct wanted, id), COL(struct wanted, appliance),
	COL(struct wanted, unsent));

static bool keeps(const char *reason)
{
	return str_eq(reason, "paused") || str_eq(reason, "stopped");
}

/* The bus has never seen these (it marks rows before it publishes): nobody need be asked. */
static enum err take_back(struct scope *sc, const struct wanted *w)
{
	enum message_state landed;
	enum err e = message_return(sc, w->id, w->appliance, INT64_MAX, "mail.recalled", &landed);

	return e ? e : uplink_give_back(sc, w->appliance, 1);
}

static enum err ask_back(struct scope *sc, const struct wanted *list, size_t n)
{
	int64_t asked = 0;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++) {
		if (list[i].unsent) {
			e = take_back(sc, &list[i]);
		} else if (list[i].appliance != asked) {
			asked = list[i].appliance;
			e = uplink_work_due(sc, asked);
		}
	}
	return e;
}

enum err message_recall(
	struct scope *sc, enum recall_of of, int64_t id, const char *reason, int64_t *count)
{
	struct moved *ended = NULL;
	struct wanted *wanted;
	size_t n = 0, asked;
	enum err e = ERR_NONE;

	if (of == RECALL_TENANT)
		id = 0;
	if (!keeps(reason))
		e = db_list(sc, statements[of].end_due, BIND(V(id), V(reason), V(now_real(sc).ms)),
			&moved_shape, &ended, &n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		message_moved(sc, &ended[i], MESSAGE_SKIPPED, NULL, NULL);
	e = db_list(
		sc, statements[of].want, BIND(V(id), V(reason)), &wanted_shape, &wanted, &asked);
	if (!e)
		e = ask_back(sc, wanted, asked);
	if (!e && count)
		*count = (int64_t)(n + asked);
	return e;
}
