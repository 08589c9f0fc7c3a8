/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/stand.h"

#include "base/str.h"

#include "store/db.h"

#include "send/message_priv.h"

#define COLUMNS                                                                                    \
	"m.id AS id, m.state AS state, COALESCE(m.appliance, 0) AS appliance, "                    \
	"m.sent_at AS sent_at, COALESCE(m.mailbox, 0) AS mailbox, COALESCE(m.until, 0) AS until, " \
	"m.queue_id AS queue_id, b.address AS address FROM message m "                             \
	"LEFT JOIN mailbox b ON b.tenant = m.tenant AND b.id = m.mailbox "
SQL(stand_one, SQL_TENANT, "SELECT " COLUMNS "WHERE m.tenant = $1 AND m.id = $2");
/* One leased that was never published is not with it. */
SQL(stand_there, SQL_TENANT,
	"SELECT " COLUMNS "WHERE m.tenant = $1 AND m.appliance = $2 "
	"AND m.state IN ('leased', 'handed', 'queued') AND m.id > $3 "
	"AND NOT (m.state = 'leased' AND m.sent_at = 0) ORDER BY m.id LIMIT $4");
/* Reads all rows of the appliance: a restore is rare, and an index would cost each mail. */
SQL(stand_newest, SQL_TENANT,
	"SELECT id FROM message WHERE tenant = $1 AND appliance = $2 AND queued_at IS NOT NULL "
	"ORDER BY queued_at DESC LIMIT 1");

struct row {
	int64_t id;
	const char *state;
	int64_t appliance, sent_at, mailbox, until;
	const char *queue_id, *address;
};
SHAPE(row_shape, struct row, COL(struct row, id), COL(struct row, state),
	COL(struct row, appliance), COL(struct row, sent_at), COL(struct row, mailbox),
	COL(struct row, until), COL(struct row, queue_id), COL(struct row, address));

static enum stand stand_of(const struct row *r, int64_t appliance)
{
	enum message_state s = message_state_of(r->state);

	if (!message_is_moving(s))
		return STAND_DONE;
	if (s == MESSAGE_DUE || r->appliance != appliance ||
		(s == MESSAGE_LEASED && r->sent_at == 0))
		return STAND_BACK;
	return s == MESSAGE_QUEUED && r->queue_id ? STAND_QUEUED : STAND_HELD;
}

static struct wire_stand_item item_of(const struct row *r, int64_t appliance)
{
	struct wire_stand_item i = { .id = r->id, .state = stand_of(r, appliance) };

	if (i.state != STAND_HELD && i.state != STAND_QUEUED)
		return i;
	i.mailbox = r->mailbox;
	i.from = r->address;
	i.not_after = r->until;
	if (i.state == STAND_QUEUED)
		i.queue_id = r->queue_id;
	return i;
}

/* A mail nobody here knows was leased by a hub that has been set back since. */
static enum err find(struct scope *sc, int64_t appliance, int64_t id, struct wire_stand_item *item)
{
	struct row row;
	enum err e = db_one(sc, &stand_one, BIND(V(id)), &row_shape, &row);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		*item = (struct wire_stand_item){ .id = id, .state = STAND_BACK };
		return ERR_NONE;
	}
	if (!e)
		*item = item_of(&row, appliance);
	return e;
}

enum err stand_answer(
	struct scope *sc, int64_t appliance, const struct wire_spool *m, struct wire_stand *answer)
{
	struct row *rows;
	size_t n;
	enum err e;

	*answer = (struct wire_stand){ .epoch = m->epoch, .after = m->after };
	e = db_list(sc, &stand_there, BIND(V(appliance), V(m->after), V((int64_t)WIRE_MAX_STAND)),
		&row_shape, &rows, &n);
	if (e)
		return e;
	answer->items = arena_array(sc->mem, m->count + n, sizeof *answer->items);
	for (size_t i = 0; i < m->count && !e; i++)
		e = find(sc, appliance, m->ids[i].id, &answer->items[answer->count++]);
	for (size_t i = 0; i < n; i++)
		answer->items[answer->count++] = item_of(&rows[i], appliance);
	if (n == WIRE_MAX_STAND)
		answer->next = rows[n - 1].id;
	if (!e)
		e = db_int(sc, &stand_newest, BIND(V(appliance)), &answer->newest);
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return ERR_NONE;
}
