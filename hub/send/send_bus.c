/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/send_bus.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/catch_up.h"
#include "fleet/uplink.h"
#include "send/handover.h"
#include "send/message.h"
#include "send/stand.h"
#include "text/json.h"
#include "warmup/lane.h"

#define WORK_EXPIRY_S 60
#define ROUND_MOST    100 /* appliances in one round */
#define SLICE_FACTS   500 /* in one transaction, at most */
#define PIECE_FACTS   128 /* after which it may end: a click waits for no more */

/* No row is put off for longer than a repeat: one that is was before the clock was set back. */
SQL(work_waiting, SQL_ENGINE,
	"SELECT appliance, tenant, work_due AS due FROM uplink "
	"WHERE (work_due <= $1 OR work_due > $4) AND seen_at >= $2 AND revoked_at IS NULL ORDER BY work_due LIMIT $3");
/* Two hubs read the same row; one moves it. */
SQL(work_claim, SQL_ENGINE,
	"UPDATE uplink SET work_due = $3 WHERE appliance = $1 AND work_due = $2");
/* Nothing to publish, and nothing that waits for an answer: unless something came meanwhile. */
SQL(work_none, SQL_ENGINE,
	"UPDATE uplink SET work_due = NULL WHERE appliance = $1 AND work_due = $2");
SQL(work_open, SQL_TENANT,
	"SELECT count(*) FROM message WHERE tenant = $1 AND appliance = $2 "
	"AND state IN ('leased', 'handed') AND (state = 'leased' OR recall IS NOT NULL)");

struct waiting {
	int64_t appliance, tenant, due;
};
SHAPE(waiting_shape, struct waiting, COL(struct waiting, appliance), COL(struct waiting, tenant),
	COL(struct waiting, due));

/* ---- answers to work ---- */

struct taken_in {
	int64_t appliance;
	const struct wire_taken *m;
};

static enum err write_taken(struct scope *sc, void *arg)
{
	const struct taken_in *in = arg;
	enum err e = uplink_credit(sc, in->appliance, in->m->epoch, in->m->taken, in->m->room);

	if (!e)
		e = message_taken(sc, in->appliance, in->m);
	if (!e)
		e = uplink_work_due(sc, in->appliance);
	return e;
}

enum err send_taken(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_taken m;
	enum err e = wire_get_taken(sc, payload, &m);

	if (!e)
		e = db_write(sc, write_taken, &(struct taken_in){ appliance, &m });
	return e;
}

/* ---- facts ---- */

struct event_in {
	int64_t appliance;
	const struct wire_events *m; /* a slice of a batch */
	int64_t mark;
	int64_t epoch; /* that the mark belongs to */
	size_t done;   /* facts of M that were dealt with */
};

/* A mail came in that is about none of ours. */
static void note_received(struct scope *sc, int64_t appliance, const struct wire_fact *f)
{
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_id(&o, "appliance", ID_APPLIANCE, appliance);
	json_add_text(&o, "reason", f->text);
	json_add_text(&o, "hash", f->hash);
	json_close(&o);
	event_add(sc, &(struct event){ .kind = "mail.received",
			      .subject = appliance,
			      .at = f->at,
			      .data = o.data });
}

/* Facts about the appliance itself. */
static enum err note(struct scope *sc, int64_t appliance, const struct wire_fact *f)
{
	const char *kind = f->kind == FACT_GAP ? "appliance.gap" : "appliance.trust";
	int64_t number;

	if (f->kind == FACT_LANE)
		return lane_said(sc, appliance, f->body);
	if (f->kind == FACT_LANE_DAY)
		return lane_told(sc, appliance, f->body);
	if (f->kind == FACT_RECEIVED) {
		note_received(sc, appliance, f);
		return ERR_NONE;
	}
	if (f->kind == FACT_ACCOUNTED)
		return f->text && str_int(f->text, 1, INT64_MAX, &number)
			       ? catch_up_answered(sc, appliance, number)
			       : ERR_NONE;
	event_add(sc, &(struct event){ .kind = kind,
			      .subject = appliance,
			      .at = f->at,
			      .data = arena_printf(sc->mem,
				      "{\"appliance\":\"%s\",\"first\":%lld,\"last\":%lld}",
				      id_format(sc->mem, ID_APPLIANCE, appliance),
				      (long long)f->first, (long long)f->last),
			      .detail = f->text });
	return ERR_NONE;
}

/* Nothing of the batch can be stored. A mark belongs to the epoch that is known here: under the
   batch's own it would pass over facts of an outbox that this hub has never read. */
static enum err know_better(struct scope *sc, struct event_in *in)
{
	struct uplink u;
	enum err e;

	scope_clear(sc);
	e = uplink_find(sc, in->appliance, &u);
	if (e)
		return e;
	in->epoch = u.epoch ? u.epoch : UPLINK_NO_EPOCH;
	in->mark = u.next - 1;
	return ERR_NONE;
}

/* Facts numbered FROM on, until it is enough for one transaction. */
static enum err store_facts(struct scope *sc, struct event_in *in, int64_t from, bool fresh)
{
	const struct wire_events *m = in->m;
	enum err e = ERR_NONE;

	for (size_t n; !e && in->done < m->count; in->done += n) {
		const struct wire_fact *f = &m->facts[in->done];

		/* A gap's one entry speaks of all its numbers and stands at the last. */
		n = 1;
		if (f->seq < from)
			continue;
		if (in->done && f[-1].seq >= from && db_enough(sc))
			break;
		while (f->message && n < PIECE_FACTS && in->done + n < m->count && f[n].message)
			n++;
		e = f->message ? message_fact_list(sc, in->appliance, f, n, fresh)
			       : note(sc, in->appliance, f);
	}
	return e;
}

/* The move of uplink.next is the first statement: of a batch that came twice, overlaps, or comes to
   two hubs at once, each fact is stored by exactly one transaction. */
static enum err write_events(struct scope *sc, void *arg)
{
	struct event_in *in = arg;
	const struct wire_events *m = in->m;
	int64_t from = 0, number = 0;
	enum err e =
		uplink_advance(sc, in->appliance, m->epoch, m->first, m->last, &from, &in->mark);

	in->epoch = m->epoch;
	in->done = 0;
	if (e == ERR_CONFLICT)
		return know_better(sc, in);
	if (!e)
		e = catch_up_number(sc, in->appliance, &number);
	if (!e)
		e = store_facts(sc, in, from, number != 0);
	if (e || in->done == m->count)
		return e;
	in->mark = m->facts[in->done - 1].seq;
	return uplink_stop_at(sc, in->appliance, m->epoch, in->mark);
}

/* What of M is stored next, from its fact AT on: a batch of its own, whose numbers join those of
   the slices beside it. */
static struct wire_events slice_of(const struct wire_events *m, size_t at)
{
	struct wire_events s = *m;

	s.facts = m->facts + at;
	s.count = m->count - at < SLICE_FACTS ? m->count - at : SLICE_FACTS;
	if (at)
		s.first = m->facts[at - 1].seq + 1;
	if (at + s.count < m->count)
		s.last = s.facts[s.count - 1].seq;
	return s;
}

enum err send_event_store(
	struct scope *sc, int64_t appliance, struct bytes payload, struct wire_ack *ack)
{
	struct wire_events m, slice = { 0 };
	struct event_in in = { .appliance = appliance, .m = &slice };
	enum err e = wire_get_event(sc, payload, &m);
	size_t at = 0;

	if (e)
		return e;
	do {
		slice = slice_of(&m, at);
		e = db_write_later(sc, write_events, &in);
		at += e ? 0 : in.done;
		/* A mark before the last one's end: nothing was stored, nor will be of the next. */
	} while (!e && in.done && at < m.count && in.mark >= m.facts[at - 1].seq);
	if (!e)
		*ack = (struct wire_ack){ .epoch = in.epoch, .mark = in.mark };
	return e;
}

enum err send_event(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_ack ack;
	enum err e = send_event_store(sc, appliance, payload, &ack);

	return e ? e : bus_send(sc, appliance, WIRE_ACK, wire_put_ack(sc, &ack), 0);
}

/* ---- an appliance that was restored ---- */

enum err send_spool(struct scope *sc, int64_t appliance, struct bytes payload)
{
	struct wire_spool m;
	struct wire_stand answer;
	struct uplink u;
	enum err e = wire_get_spool(sc, payload, &m);

	if (!e)
		e = uplink_find(sc, appliance, &u);
	/* Before its hello has come through here, facts of the epoch before may still be stored. */
	if (e || u.epoch != m.epoch)
		return e;
	e = stand_answer(sc, appliance, &m, &answer);
	if (e)
		return e;
	return bus_send(sc, appliance, WIRE_STAND, wire_put_stand(sc, &answer), 60);
}

/* ---- work ---- */

struct claim_in {
	struct waiting row;
	int64_t next;
	bool ours;
};

static enum err write_claim(struct scope *sc, void *arg)
{
	struct claim_in *in = arg;
	int64_t changed = 0;
	enum err e = db_run(
		sc, &work_claim, BIND(V(in->row.appliance), V(in->row.due), V(in->next)), &changed);

	in->ours = !e && changed;
	return e;
}

static enum err write_none(struct scope *sc, void *arg)
{
	const struct claim_in *in = arg;
	int64_t waits = 0;
	enum err e = db_int(sc, &work_open, BIND(V(in->row.appliance)), &waits);

	if (!e && waits == 0)
		e = db_run(sc, &work_none, BIND(V(in->row.appliance), V(in->next)), NULL);
	return e;
}

/* Batches until nothing is left to publish; what is unanswered comes round again by itself. */
static enum err hand_over(struct scope *sc, int64_t appliance, size_t *sent)
{
	struct wire_work work;
	enum err e;

	*sent = 0;
	do {
		work = (struct wire_work){ 0 };
		e = handover_take(sc, appliance, &work);
		if (!e && work.count)
			e = bus_send(
				sc, appliance, WIRE_WORK, wire_put_work(sc, &work), WORK_EXPIRY_S);
		*sent += work.count;
	} while (!e && work.count && *sent < HANDOVER_IN_FLIGHT);
	return e;
}

static enum err send_work(struct scope *parent, const struct waiting *row)
{
	struct claim_in in = { .row = *row, .next = now_real(parent).ms + HANDOVER_REPEAT_MS };
	struct scope sc;
	size_t sent = 0;
	enum err e;

	scope_open_for(&sc, parent, row->tenant);
	e = db_write(&sc, write_claim, &in);
	if (!e && in.ours)
		e = hand_over(&sc, row->appliance, &sent);
	if (!e && in.ours && !sent)
		e = db_write(&sc, write_none, &in);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err send_work_out(struct scope *sc)
{
	int64_t now = now_real(sc).ms;
	struct waiting *rows;
	size_t n = 0;
	enum err e = db_list(sc, &work_waiting,
			 BIND(V(now), V(now - APPLIANCE_SILENT_MS), V((int64_t)ROUND_MOST),
				 V(now + 2 * HANDOVER_REPEAT_MS)),
			 &waiting_shape, &rows, &n),
		 each;

	for (size_t i = 0; i < n; i++) {
		each = send_work(sc, &rows[i]);
		e = e ? e : each;
	}
	return e;
}
