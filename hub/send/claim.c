/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/claim.h"

#include "base/id.h"
#include "base/str.h"

#include "fleet/uplink.h"

#include "send/message_priv.h"

SQL(claim_add, SQL_TENANT,
	"INSERT INTO claim (tenant, message, appliance, mailbox, state, rank, reason, code, status, "
	"queue_id, at) SELECT $1, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), "
	"CAST($5 AS TEXT), CAST($6 AS BIGINT), CAST($7 AS TEXT), CAST($8 AS BIGINT), "
	"CAST($9 AS TEXT), CAST($10 AS TEXT), CAST($11 AS BIGINT) WHERE NOT EXISTS "
	"(SELECT 1 FROM message WHERE tenant = $1 AND id = $2 AND appliance = $3) "
	"ON CONFLICT (tenant, message) DO UPDATE SET appliance = excluded.appliance, "
	"mailbox = COALESCE(excluded.mailbox, claim.mailbox), state = excluded.state, "
	"rank = excluded.rank, reason = excluded.reason, code = COALESCE(excluded.code, claim.code), "
	"status = COALESCE(excluded.status, claim.status), "
	"queue_id = COALESCE(excluded.queue_id, claim.queue_id), at = excluded.at "
	"WHERE claim.rank < excluded.rank");
SQL(claim_move, SQL_TENANT,
	"UPDATE claim SET mailbox = COALESCE($4, mailbox), state = $5, rank = $6, reason = $7, "
	"code = COALESCE($8, code), status = COALESCE($9, status), "
	"queue_id = COALESCE($10, queue_id), at = $11 "
	"WHERE tenant = $1 AND message = $2 AND appliance = $3 AND rank < $6");
SQL(claim_drop_own, SQL_TENANT,
	"DELETE FROM claim WHERE tenant = $1 AND message = $2 AND appliance = $3");
SQL(claim_drop, SQL_TENANT, "DELETE FROM claim WHERE tenant = $1 AND message = $2");
SQL(claim_is_there, SQL_TENANT, "SELECT message FROM claim WHERE tenant = $1 LIMIT 1");
SQL(claim_one, SQL_TENANT,
	"SELECT message, appliance, mailbox, state, reason, code, status, queue_id, at FROM claim "
	"WHERE tenant = $1 AND message = $2");
SQL(claim_applies, SQL_TENANT,
	"UPDATE message SET was = state, state = $3, rank = $4, appliance = $5, "
	"mailbox = COALESCE(mailbox, $6), reason = $7, code = $8, status = $9, queue_id = $10, "
	"queued_at = $11, done_at = $12, leased_at = COALESCE(leased_at, $13), "
	"until = COALESCE(until, $13), recall = NULL "
	"WHERE tenant = $1 AND id = $2 AND state = 'due' RETURNING " MOVED);

struct claim {
	int64_t message, appliance, mailbox;
	const char *state, *reason;
	int64_t code;
	const char *status, *queue_id;
	int64_t at;
};
SHAPE(claim_shape, struct claim, COL(struct claim, message), COL(struct claim, appliance),
	COL(struct claim, mailbox), COL(struct claim, state), COL(struct claim, reason),
	COL(struct claim, code), COL(struct claim, status), COL(struct claim, queue_id),
	COL(struct claim, at));

enum err claim_put(
	struct scope *sc, int64_t appliance, const struct wire_fact *f, bool fresh, bool *kept)
{
	enum message_state to = fact_state((enum fact)f->kind);
	int64_t changed = 0;
	enum err e;

	if (f->kind == FACT_UNSENT)
		e = db_run(sc, &claim_drop_own, BIND(V(f->message), V(appliance)), &changed);
	else if (to == MESSAGE_STATES)
		e = ERR_NONE;
	else
		e = db_run(sc, fresh ? &claim_add : &claim_move,
			BIND(V(f->message), V(appliance), V_REF(fact_mailbox(sc, f)),
				V(message_state_name(to)), V(message_rank(to)),
				V(fact_reason(to, f)), V_REF(f->code), V(f->status), V(f->queue_id),
				V(f->at)),
			&changed);
	*kept = changed > 0;
	return e;
}

enum err claim_any(struct scope *sc, bool *any)
{
	int64_t id;
	enum err e = db_int(sc, &claim_is_there, BIND_NONE, &id);

	*any = !e;
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return ERR_NONE;
}

/* What an appliance that was given up held is closed as all that it held. */
static enum err end_lost(struct scope *sc, struct claim *c)
{
	struct uplink u;
	enum err e = uplink_find(sc, c->appliance, &u);

	if (!e && u.revoked_at && message_is_moving(message_state_of(c->state))) {
		c->state = message_state_name(MESSAGE_UNKNOWN);
		c->reason = "appliance_lost";
	}
	return e;
}

static enum err apply(struct scope *sc, const struct claim *c)
{
	enum message_state to = message_state_of(c->state);
	struct move_note note = { .at = c->at, .appliance = c->appliance, .queue_id = c->queue_id };
	bool ended = !message_is_moving(to);
	struct moved m;
	enum err e = db_one(sc, &claim_applies,
		BIND(V(c->message), V(c->state), V(message_rank(to)), V(c->appliance),
			V_REF(c->mailbox), V(c->reason), V_REF(c->code), V(c->status),
			V(c->queue_id), V_REF(to == MESSAGE_QUEUED ? c->at : 0),
			V_REF(ended ? c->at : 0), V(c->at)),
		&moved_shape, &m);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		message_moved(sc, &m, to, NULL, &note);
	return e;
}

enum err claim_settle(struct scope *sc, int64_t id, bool *settled)
{
	struct claim c;
	enum err e = db_one(sc, &claim_one, BIND(V(id)), &claim_shape, &c);

	*settled = !e;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		e = end_lost(sc, &c);
	if (!e)
		e = apply(sc, &c);
	return e ? e : db_run(sc, &claim_drop, BIND(V(id)), NULL);
}
