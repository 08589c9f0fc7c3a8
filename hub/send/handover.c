/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/handover.h"

#include "base/str.h"

#include "event/event.h"
#include "store/db.h"

#include "fleet/catch_up.h"
#include "hub.h"
#include "send/message_priv.h"
#include "send/render.h"

/* Room for what JSON adds to the mails. */
#define MAX_BYTES (200 * 1024)

#define COLUMNS                                                                                    \
	"id, origin, campaign, contact, content, rcpt, mailbox, provider, due, until, sent_at, "   \
	"leased_at, follow_up, thread, recall"
/* What was sent in the future was so before the clock was set back: it is sent again. */
SQL(handover_recalls, SQL_TENANT,
	"SELECT " COLUMNS " FROM message WHERE tenant = $1 AND appliance = $2 "
	"AND state IN ('leased', 'handed') AND recall IS NOT NULL "
	"AND (sent_at <= $3 OR sent_at > $5) ORDER BY sent_at, id LIMIT $4");
SQL(handover_leased, SQL_TENANT,
	"SELECT " COLUMNS " FROM message WHERE tenant = $1 AND appliance = $2 "
	"AND state = 'leased' AND recall IS NULL AND (sent_at <= $3 OR sent_at > $5) "
	"ORDER BY follow_up DESC, due, id LIMIT $4");
SQL(handover_in_flight, SQL_TENANT,
	"SELECT count(*) FROM message WHERE tenant = $1 AND appliance = $2 "
	"AND state = 'leased' AND recall IS NULL AND sent_at > $3 AND sent_at <= $4");
SQL(handover_put_sent, SQL_TENANT,
	"UPDATE message SET sent_at = $4 WHERE tenant = $1 AND id = $2 AND appliance = $3 "
	"AND state = 'leased' AND recall IS NULL");
SQL(handover_recall_sent, SQL_TENANT,
	"UPDATE message SET sent_at = $4 WHERE tenant = $1 AND id = $2 AND appliance = $3 "
	"AND state IN ('leased', 'handed') AND recall IS NOT NULL");
SQL(handover_broken, SQL_TENANT,
	"UPDATE message SET was = state, state = 'failed', rank = 10, reason = 'render', "
	"done_at = $4 WHERE tenant = $1 AND id = $2 AND appliance = $3 AND state = 'leased' "
	"AND sent_at = 0 RETURNING " MOVED);

/* One an appliance may have already is wanted back instead. */
SQL(handover_broken_sent, SQL_TENANT,
	"UPDATE message SET recall = 'render', sent_at = 1 WHERE tenant = $1 AND id = $2 "
	"AND appliance = $3 AND state = 'leased' AND sent_at > 0");

SHAPE(row_shape, struct message, COL(struct message, id), COL(struct message, origin),
	COL(struct message, campaign), COL(struct message, contact), COL(struct message, content),
	COL(struct message, rcpt), COL(struct message, mailbox), COL(struct message, provider),
	COL(struct message, due), COL(struct message, until), COL(struct message, sent_at),
	COL(struct message, leased_at), COL(struct message, follow_up), COL(struct message, thread),
	COL(struct message, recall));

struct batch {
	int64_t appliance, now;
	int64_t batch; /* not before any lease of it, though the clock was set back since */
	struct wire_item items[WIRE_MAX_BATCH]; /* as read; a row may have moved on since */
	bool broken[WIRE_MAX_BATCH];
	size_t count;
	size_t bytes;
	struct wire_work *work;
};

static void add_recalls(struct batch *b, const struct message *rows, size_t n)
{
	for (size_t i = 0; i < n && b->count < WIRE_MAX_BATCH; i++) {
		b->items[b->count++] = (struct wire_item){ .kind = WORK_RECALL,
			.id = rows[i].id,
			.not_after = rows[i].until,
			.reason = rows[i].recall };
		if (rows[i].leased_at > b->batch)
			b->batch = rows[i].leased_at;
	}
}

/* What rendering says about the mail itself, as against the hub's own trouble of the moment. */
static bool is_mails_fault(enum err e)
{
	return e == ERR_INPUT || e == ERR_MISSING || e == ERR_LIMIT;
}

static enum err add_put(struct scope *sc, struct batch *b, const struct message *m,
	const struct render_people *people)
{
	struct wire_item *item = &b->items[b->count];
	struct rendered r;
	enum err e = render_message_among(sc, hub_of(sc)->render, m, people, &r);

	if (e && !is_mails_fault(e))
		return e;
	b->broken[b->count] = e || r.mail_len > WIRE_MAX_MAIL;
	*item = (struct wire_item){ .kind = WORK_PUT, .id = m->id, .mailbox = m->mailbox };
	if (m->leased_at > b->batch)
		b->batch = m->leased_at;
	scope_clear(sc);
	b->count++;
	if (b->broken[b->count - 1])
		return ERR_NONE;
	item->from = r.from;
	item->to = r.to;
	item->provider = str_empty(m->provider) ? "other" : m->provider;
	item->due = m->due;
	item->not_after = m->until;
	item->follow_up = m->follow_up;
	item->mail = r.mail;
	/* Line ends and quotes take two bytes each in JSON. */
	b->bytes += r.mail_len + r.mail_len / 16 + 512;
	return ERR_NONE;
}

static enum err collect(struct scope *sc, struct batch *b)
{
	int64_t before = b->now - HANDOVER_REPEAT_MS, room = 0, waits = 0;
	struct render_people people;
	struct message *rows = NULL;
	size_t n = 0;
	enum err e = db_list(sc, &handover_recalls,
		BIND(V(b->appliance), V(before), V((int64_t)WIRE_MAX_BATCH), V(b->now)), &row_shape,
		&rows, &n);

	if (e)
		return e;
	add_recalls(b, rows, n);
	/* After a restore a lease may be another appliance's by now. */
	e = catch_up_waits(sc, &waits);
	if (e || waits)
		return e;
	e = db_int(sc, &handover_in_flight, BIND(V(b->appliance), V(before), V(b->now)), &room);
	if (e)
		return e;
	room = HANDOVER_IN_FLIGHT - room;
	if (room > (int64_t)(WIRE_MAX_BATCH - b->count))
		room = (int64_t)(WIRE_MAX_BATCH - b->count);
	if (room <= 0)
		return ERR_NONE;
	e = db_list(sc, &handover_leased, BIND(V(b->appliance), V(before), V(room), V(b->now)),
		&row_shape, &rows, &n);
	if (!e)
		e = render_people_read(sc, rows, n, &people);
	for (size_t i = 0; i < n && !e && b->bytes < MAX_BYTES; i++)
		e = add_put(sc, b, &rows[i], &people);
	return e;
}

static enum err mark_broken(struct scope *sc, const struct batch *b, const struct wire_item *item)
{
	struct moved m;
	enum err e = db_one(sc, &handover_broken, BIND(V(item->id), V(b->appliance), V(b->now)),
		&moved_shape, &m);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return db_run(sc, &handover_broken_sent, BIND(V(item->id), V(b->appliance)), NULL);
	}
	if (!e)
		message_moved(sc, &m, MESSAGE_FAILED, NULL, NULL);
	return e;
}

/* Only rows that are still as they were read are published. */
static enum err mark(struct scope *sc, void *arg)
{
	struct batch *b = arg;
	struct wire_work *w = b->work;
	enum err e = ERR_NONE;

	w->count = 0;
	for (size_t i = 0; i < b->count && !e; i++) {
		const struct wire_item *item = &b->items[i];
		int64_t changed = 0;

		if (b->broken[i])
			e = mark_broken(sc, b, item);
		else
			e = db_run(sc,
				item->kind == WORK_PUT ? &handover_put_sent : &handover_recall_sent,
				BIND(V(item->id), V(b->appliance), V(b->now)), &changed);
		if (changed)
			w->items[w->count++] = *item;
	}
	return e;
}

enum err handover_take(struct scope *sc, int64_t appliance, struct wire_work *work)
{
	struct batch *b = arena_alloc(sc->mem, sizeof *b);
	enum err e;

	b->appliance = appliance;
	b->now = now_real(sc).ms;
	b->work = work;
	b->batch = b->now;
	e = collect(sc, b);
	*work = (struct wire_work){ .batch = b->batch };
	if (e || b->count == 0)
		return e;
	work->items = arena_array(sc->mem, b->count, sizeof *work->items);
	return db_write(sc, mark, b);
}
