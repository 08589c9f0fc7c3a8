/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Transitions: what dispatch does, what appliances answer and report, and an appliance lost. */
#include <string.h>

#include "base/str.h"

#include "event/event.h"
#include "fleet/uplink.h"

#include "send/message_priv.h"

/* ---- from due ---- */

SQL(message_lease_due, SQL_TENANT,
	"UPDATE message SET was = state, state = 'leased', rank = 1, mailbox = $3, appliance = $4, "
	"provider = $5, until = CASE WHEN until >= CAST($6 AS BIGINT) THEN until + 1 ELSE $6 END, "
	"leased_at = $7, sent_at = 0, tries = tries + 1, recall = NULL, reason = NULL "
	"WHERE tenant = $1 AND id = $2 AND state = 'due' RETURNING " MOVED);
SQL(message_skip_due, SQL_TENANT,
	"UPDATE message SET was = state, state = 'skipped', rank = 10, reason = $3, done_at = $4, "
	"recall = NULL WHERE tenant = $1 AND id = $2 AND state = 'due' RETURNING " MOVED);

enum err message_lease(struct scope *sc, const struct message_lease *l, bool *leased)
{
	struct moved m;
	enum err e = db_one(sc, &message_lease_due,
		BIND(V(l->id), V(l->mailbox), V(l->appliance), V(l->provider), V(l->until.ms),
			V(now_real(sc).ms)),
		&moved_shape, &m);

	if (e && e != ERR_MISSING)
		return e;
	*leased = !e;
	if (e)
		scope_clear(sc);
	else
		message_moved(sc, &m, MESSAGE_LEASED, NULL, NULL);
	return ERR_NONE;
}

enum err message_skip(struct scope *sc, int64_t id, const char *reason)
{
	struct moved m;
	enum err e = db_one(sc, &message_skip_due, BIND(V(id), V(reason), V(now_real(sc).ms)),
		&moved_shape, &m);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		message_moved(sc, &m, MESSAGE_SKIPPED, NULL, NULL);
	return e;
}

/* ---- back ---- */

/* A mail that comes back again and again is looked at less and less often. */
#define RETURN_WAIT_MS     (2 * SECOND_MS)
#define RETURN_MAX_WAIT_MS (10 * MINUTE_MS)

#define OF_LEASE                                                                                   \
	" WHERE tenant = $1 AND id = $2 AND appliance = $3 AND state IN ('leased', 'handed') "     \
	"AND leased_at <= $4 "
SQL(message_return_ended, SQL_TENANT,
	"UPDATE message SET was = state, state = 'skipped', rank = 10, reason = recall, "
	"recall = NULL, done_at = $5" OF_LEASE
	"AND recall IS NOT NULL AND recall NOT IN " RECALL_KEEPS " RETURNING " MOVED);
SQL(message_return_due, SQL_TENANT,
	"UPDATE message SET was = state, state = 'due', rank = 0, recall = NULL, sent_at = 0, "
	"appliance = NULL, mailbox = CASE WHEN follow_up = 1 OR origin <> 'step' THEN mailbox END, "
	"due = CASE WHEN due < CAST($5 AS BIGINT) THEN $5 ELSE due END" OF_LEASE "RETURNING " MOVED
	", due, tries");
SQL(message_refuse_ended, SQL_TENANT,
	"UPDATE message SET was = state, state = 'failed', rank = 10, reason = $5, recall = NULL, "
	"done_at = $6" OF_LEASE "RETURNING " MOVED);
SQL(message_tries, SQL_TENANT,
	"SELECT CASE WHEN recall IS NULL THEN tries ELSE 0 END FROM message "
	"WHERE tenant = $1 AND id = $2");

/* When a mail that was sent back may be looked at again: at once when it was recalled. */
static enum err next_look(struct scope *sc, int64_t id, int64_t *due)
{
	struct real at = now_real(sc);
	int64_t tries, wait = RETURN_WAIT_MS;
	enum err e = db_int(sc, &message_tries, BIND(V(id)), &tries);

	if (e)
		return e;
	for (; tries > 1 && wait < RETURN_MAX_WAIT_MS; tries--)
		wait *= 2;
	if (tries == 0)
		wait = 0;
	/* Real time counts: a fast plan does not make an appliance ready sooner. */
	if (wait > RETURN_MAX_WAIT_MS)
		wait = RETURN_MAX_WAIT_MS;
	at.ms += wait;
	*due = wait ? clock_plan_at(sc->world->clock, at).ms : INT64_MIN;
	return ERR_NONE;
}

struct returned {
	struct moved m;
	int64_t due, tries;
};
static const struct shape returned_shape = { sizeof(struct returned),
	(const struct col[]){ { "id", COL_INT64, offsetof(struct returned, m.id) },
		{ "workspace", COL_INT64, offsetof(struct returned, m.workspace) },
		{ "campaign", COL_INT64, offsetof(struct returned, m.campaign) },
		{ "contact", COL_INT64, offsetof(struct returned, m.contact) },
		{ "enrolment", COL_INT64, offsetof(struct returned, m.enrolment) },
		{ "node", COL_INT64, offsetof(struct returned, m.node) },
		{ "mailbox", COL_INT64, offsetof(struct returned, m.mailbox) },
		{ "appliance", COL_INT64, offsetof(struct returned, m.appliance) },
		{ "was", COL_TEXT, offsetof(struct returned, m.was) },
		{ "code", COL_INT64, offsetof(struct returned, m.code) },
		{ "status", COL_TEXT, offsetof(struct returned, m.status) },
		{ "reason", COL_TEXT, offsetof(struct returned, m.reason) },
		COL(struct returned, due), COL(struct returned, tries) },
	14 };

enum err message_return(struct scope *sc, int64_t id, int64_t appliance, int64_t batch,
	const char *kind, enum message_state *landed)
{
	struct move_note note = { .appliance = appliance };
	struct returned r;
	int64_t due;
	enum err e = db_one(sc, &message_return_ended,
		BIND(V(id), V(appliance), V(batch), V(now_real(sc).ms)), &moved_shape, &r.m);

	*landed = MESSAGE_STATES;
	if (!e) {
		*landed = MESSAGE_SKIPPED;
		message_moved(sc, &r.m, MESSAGE_SKIPPED, NULL, &note);
		return ERR_NONE;
	}
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	e = next_look(sc, id, &due);
	if (!e)
		e = db_one(sc, &message_return_due, BIND(V(id), V(appliance), V(batch), V(due)),
			&returned_shape, &r);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	*landed = MESSAGE_DUE;
	message_moved(sc, &r.m, MESSAGE_DUE, kind, &note);
	return message_turn(sc, r.due);
}

/* ---- answers ---- */

SQL(message_stored, SQL_TENANT,
	"UPDATE message SET was = state, state = 'handed', rank = 2"
	" WHERE tenant = $1 AND id = $2 AND appliance = $3 AND state = 'leased' "
	"AND leased_at <= $4 RETURNING " MOVED);
SQL(message_too_late, SQL_TENANT,
	"UPDATE message SET recall = NULL, was = state, "
	"rank = CASE WHEN state = 'leased' THEN 2 ELSE rank END, "
	"state = CASE WHEN state = 'leased' THEN 'handed' ELSE state END" OF_LEASE
	"RETURNING " MOVED);

/* Refusals that no second try will mend. */
static bool is_final(const char *reason)
{
	static const char *const reasons[] = { "too_large", "malformed", "address" };

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (str_eq(reason, reasons[i]))
			return true;
	return false;
}

static enum err take_refusal(
	struct scope *sc, int64_t appliance, int64_t batch, const struct wire_answer *a)
{
	struct move_note note = { .appliance = appliance };
	enum message_state landed = MESSAGE_FAILED;
	struct moved m;
	enum err e;

	if (is_final(a->reason)) {
		e = db_one(sc, &message_refuse_ended,
			BIND(V(a->id), V(appliance), V(batch), V(a->reason), V(now_real(sc).ms)),
			&moved_shape, &m);
		if (e == ERR_MISSING) {
			scope_clear(sc);
			return ERR_NONE;
		}
		if (!e)
			message_moved(sc, &m, MESSAGE_FAILED, NULL, &note);
	} else {
		e = message_return(sc, a->id, appliance, batch, "mail.refused", &landed);
	}
	if (!e && landed != MESSAGE_STATES)
		e = uplink_give_back(sc, appliance, 1);
	return e;
}

static enum err take_move(
	struct scope *sc, const struct sql *q, int64_t appliance, int64_t batch, int64_t id)
{
	struct move_note note = { .appliance = appliance };
	struct moved m;
	enum err e = db_one(sc, q, BIND(V(id), V(appliance), V(batch)), &moved_shape, &m);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e && str_eq(m.was, "leased"))
		message_moved(sc, &m, MESSAGE_HANDED, NULL, &note);
	return e;
}

enum err message_taken(struct scope *sc, int64_t appliance, const struct wire_taken *t)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < t->count && !e; i++) {
		const struct wire_answer *a = &t->answers[i];
		enum message_state landed;

		switch (a->answer) {
		case TAKEN_STORED:
			e = take_move(sc, &message_stored, appliance, t->batch, a->id);
			break;
		case TAKEN_REFUSED:
			e = take_refusal(sc, appliance, t->batch, a);
			break;
		case TAKEN_RECALLED:
			e = message_return(
				sc, a->id, appliance, t->batch, "mail.recalled", &landed);
			break;
		case TAKEN_TOO_LATE:
			e = take_move(sc, &message_too_late, appliance, t->batch, a->id);
			break;
		default:
			break;
		}
	}
	return e;
}

/* ---- an appliance given up ---- */

SQL(message_lost_end, SQL_TENANT,
	"UPDATE message SET was = state, state = 'unknown', rank = 10, reason = 'appliance_lost', "
	"recall = NULL, done_at = $3 WHERE tenant = $1 AND appliance = $2 "
	"AND state IN ('leased', 'handed', 'queued') AND NOT (state = 'leased' AND sent_at = 0) "
	"RETURNING " MOVED);
SQL(message_lost_unsent, SQL_TENANT,
	"SELECT id FROM message WHERE tenant = $1 AND appliance = $2 AND state = 'leased'");

struct only_id {
	int64_t id;
};
SHAPE(only_id_shape, struct only_id, COL(struct only_id, id));

enum err message_lost(struct scope *sc, int64_t appliance)
{
	struct moved *rows;
	struct only_id *unsent;
	size_t n;
	enum err e = db_list(sc, &message_lost_end, BIND(V(appliance), V(now_real(sc).ms)),
		&moved_shape, &rows, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		message_moved(sc, &rows[i], MESSAGE_UNKNOWN, NULL, NULL);
	/* What was leased but never published may go elsewhere. */
	e = db_list(sc, &message_lost_unsent, BIND(V(appliance)), &only_id_shape, &unsent, &n);
	for (size_t i = 0; i < n && !e; i++) {
		enum message_state landed;

		e = message_return(
			sc, unsent[i].id, appliance, INT64_MAX, "mail.recalled", &landed);
	}
	return e;
}
