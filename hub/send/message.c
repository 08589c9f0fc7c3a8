/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/message.h"

#include "base/id.h"
#include "base/out.h"
#include "base/str.h"

#include "event/event.h"
#include "store/db.h"

#include "send/message_priv.h"

static const struct {
	const char *name, *counter, *event;
	int64_t rank;
} states[] = {
#define STATE(name, rank)                                                                          \
	{                                                                                          \
		name, "mail." name, "mail." name, rank                                             \
	}
	[MESSAGE_DUE] = STATE("due", RANK_DUE),
	[MESSAGE_LEASED] = STATE("leased", RANK_LEASED),
	[MESSAGE_HANDED] = STATE("handed", RANK_HANDED),
	[MESSAGE_QUEUED] = STATE("queued", RANK_QUEUED),
	[MESSAGE_DELIVERED] = STATE("delivered", RANK_ENDED),
	[MESSAGE_BOUNCED] = STATE("bounced", RANK_BOUNCED),
	[MESSAGE_EXPIRED] = STATE("expired", RANK_ENDED),
	[MESSAGE_UNKNOWN] = STATE("unknown", RANK_ENDED),
	[MESSAGE_SKIPPED] = STATE("skipped", RANK_ENDED),
	[MESSAGE_FAILED] = STATE("failed", RANK_ENDED),
#undef STATE
};
_Static_assert(COUNT(states) == MESSAGE_STATES, "each state has a row");

const char *message_state_name(enum message_state s)
{
	return states[s].name;
}

enum message_state message_state_of(const char *name)
{
	int s = 0;

	while (s < MESSAGE_STATES && !str_eq(states[s].name, name))
		s++;
	return (enum message_state)s;
}

bool message_is_moving(enum message_state s)
{
	return s <= MESSAGE_QUEUED;
}

int64_t message_rank(enum message_state s)
{
	return states[s].rank;
}

const char *message_rfc_id(struct scope *sc, int64_t id, const char *domain)
{
	return arena_printf(sc->mem, "%s@%s", id_format(sc->mem, ID_MESSAGE, id), domain);
}

/* ---- bookkeeping ---- */

const struct shape moved_shape = { sizeof(struct moved),
	(const struct col[]){ COL(struct moved, id), COL(struct moved, workspace),
		COL(struct moved, campaign), COL(struct moved, contact),
		COL(struct moved, enrolment), COL(struct moved, node), COL(struct moved, mailbox),
		COL(struct moved, appliance), COL(struct moved, was), COL(struct moved, code),
		COL(struct moved, status), COL(struct moved, reason) },
	12 };

static void put_id(
	struct scope *sc, struct out *o, const char *name, const char *prefix, int64_t id)
{
	if (id)
		out_printf(o, "%s\"%s\":\"%s\"", o->len > 1 ? "," : "", name,
			id_format(sc->mem, prefix, id));
}

/* Words of the ledger's own alphabet only: what an appliance calls a reason is checked before. */
static void put_word(struct out *o, const char *name, const char *word)
{
	if (str_empty(word))
		return;
	out_printf(o, "%s\"%s\":\"", o->len > 1 ? "," : "", name);
	for (const char *p = word; *p; p++)
		out_char(o, *p == '"' || *p == '\\' || (unsigned char)*p < ' ' ? '?' : *p);
	out_char(o, '"');
}

void message_log(
	struct scope *sc, const struct moved *m, const char *kind, const struct move_note *note)
{
	struct event e = { .kind = kind,
		.subject = m->id,
		.workspace = m->workspace,
		.at = note->at,
		.detail = note->detail,
		.contact = m->contact };
	struct out o;

	out_init(&o, sc->mem);
	out_char(&o, '{');
	put_id(sc, &o, "campaign", ID_CAMPAIGN, m->campaign);
	put_id(sc, &o, "enrolment", ID_ENROLMENT, m->enrolment);
	put_id(sc, &o, "contact", ID_CONTACT, m->contact);
	put_id(sc, &o, "node", ID_NODE, m->node);
	put_id(sc, &o, "mailbox", ID_MAILBOX, m->mailbox);
	put_id(sc, &o, "appliance", ID_APPLIANCE, note->appliance ? note->appliance : m->appliance);
	if (m->code)
		out_printf(&o, "%s\"code\":%lld", o.len > 1 ? "," : "", (long long)m->code);
	put_word(&o, "status", m->status);
	put_word(&o, "reason", m->reason);
	put_word(&o, "queue_id", note->queue_id);
	put_word(&o, "hash", note->hash);
	put_word(&o, "object", note->object);
	out_char(&o, '}');
	e.data = o.data;
	event_add(sc, &e);
}

void message_moved(struct scope *sc, const struct moved *m, enum message_state to, const char *kind,
	const struct move_note *note)
{
	static const struct move_note none;
	enum message_state was = message_state_of(m->was);

	note = note ? note : &none;
	if (m->campaign && was < MESSAGE_STATES && was != to) {
		tally_add(sc, "campaign", m->campaign, states[was].counter, -1);
		tally_add(sc, "campaign", m->campaign, states[to].counter, 1);
	}
	/* What counts against today's cap, by the plan's days. */
	if (to == MESSAGE_QUEUED && m->mailbox) {
		struct real at = now_real(sc);

		if (note->at)
			at.ms = note->at;
		tally_add_day(sc, "mailbox", m->mailbox,
			clock_day(clock_plan_at(sc->world->clock, at).ms),
			states[MESSAGE_QUEUED].counter, 1);
	}
	message_log(sc, m, kind ? kind : states[to].event, note);
}

/* ---- making ---- */

SQL(message_insert, SQL_TENANT,
	"INSERT INTO message (tenant, id, workspace, origin, key, campaign, contact, enrolment, "
	"node, content, rcpt, mailbox, state, rank, due, follow_up, thread, created) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'due', 0, $13, $14, $15, $16) "
	"ON CONFLICT DO NOTHING");
SQL(message_there, SQL_TENANT,
	"SELECT id FROM message WHERE tenant = $1 AND origin = $2 AND key = $3");
SQL(message_turn_set, SQL_ENGINE,
	"INSERT INTO turn (tenant, due) VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE "
	"SET due = excluded.due WHERE turn.due > excluded.due");

enum err message_turn(struct scope *sc, int64_t due)
{
	return db_run(sc, &message_turn_set, BIND(V(sc->tenant), V(due)), NULL);
}

/* A person's mails lie beside the person. */
static int64_t name_mail(struct scope *sc, const struct message_new *m, int attempt)
{
	const char *key = attempt ? arena_printf(sc->mem, "%s/%d", m->key, attempt) : m->key;

	return id_derive_beside(sc->tenant, m->enrolment, m->origin, key);
}

/* *ADDED is 0 for one that is there already. An id that another mail has got by chance is made once
   more. */
static enum err insert(struct scope *sc, const struct message_new *m, int64_t *id, int64_t *added)
{
	enum err e;

	for (int attempt = 0;; attempt++) {
		*id = name_mail(sc, m, attempt);
		e = db_run(sc, &message_insert,
			BIND(V(*id), V(m->workspace), V(m->origin), V(m->key), V_REF(m->campaign),
				V_REF(m->contact), V_REF(m->enrolment), V_REF(m->node),
				V_REF(m->content), V(m->rcpt), V_REF(m->mailbox), V(m->due.ms),
				V((int64_t)m->follow_up), V(m->thread), V(now_real(sc).ms)),
			added);
		if (e || *added)
			return e;
		e = db_int(sc, &message_there, BIND(V(m->origin), V(m->key)), id);
		if (e != ERR_MISSING)
			return e;
		scope_clear(sc);
	}
}

enum err message_create(struct scope *sc, const struct message_new *m, int64_t *id)
{
	int64_t made = 0, added = 0;
	enum err e = insert(sc, m, &made, &added);

	if (!e && added && m->campaign) {
		tally_add(sc, "campaign", m->campaign, "mail.created", 1);
		tally_add(sc, "campaign", m->campaign, states[MESSAGE_DUE].counter, 1);
	}
	if (!e && added)
		e = message_turn(sc, m->due.ms);
	if (!e)
		*id = made;
	return e;
}

/* ---- reading ---- */

#define COLUMNS                                                                                    \
	"id, workspace, origin, state, reason, recall, campaign, contact, enrolment, node, "       \
	"content, rcpt, mailbox, appliance, provider, due, until, sent_at, follow_up, thread, "    \
	"queue_id, code, status, defers, tries, created, leased_at, queued_at, done_at, "          \
	"opened_at, clicked_at"
SQL(message_by_id, SQL_TENANT, "SELECT " COLUMNS " FROM message WHERE tenant = $1 AND id = $2");
/* Latest due first; a page goes on from the last row's place in that order. */
#define PAGE                                                                                                     \
	" AND (CAST($4 AS BIGINT) = 0 OR due < (SELECT p.due FROM message p WHERE p.tenant = $1 AND p.id = $4) " \
	"OR (due = (SELECT p.due FROM message p WHERE p.tenant = $1 AND p.id = $4) AND id < $4)) "               \
	"ORDER BY due DESC, id DESC LIMIT $5"
SQL(message_of_campaign, SQL_TENANT,
	"SELECT " COLUMNS " FROM message WHERE tenant = $1 AND campaign = $2 "
	"AND (CAST($3 AS TEXT) IS NULL OR state = $3)" PAGE);
SQL(message_of_contact, SQL_TENANT,
	"SELECT " COLUMNS " FROM message WHERE tenant = $1 AND contact = $2 "
	"AND (CAST($3 AS TEXT) IS NULL OR state = $3)" PAGE);
SQL(message_count_states, SQL_TENANT,
	"SELECT state, count(*) AS n FROM message WHERE tenant = $1 AND campaign = $2 "
	"GROUP BY state");

SHAPE(message_shape, struct message, COL(struct message, id), COL(struct message, workspace),
	COL(struct message, origin), COL(struct message, state), COL(struct message, reason),
	COL(struct message, recall), COL(struct message, campaign), COL(struct message, contact),
	COL(struct message, enrolment), COL(struct message, node), COL(struct message, content),
	COL(struct message, rcpt), COL(struct message, mailbox), COL(struct message, appliance),
	COL(struct message, provider), COL(struct message, due), COL(struct message, until),
	COL(struct message, sent_at), COL(struct message, follow_up), COL(struct message, thread),
	COL(struct message, queue_id), COL(struct message, code), COL(struct message, status),
	COL(struct message, defers), COL(struct message, tries), COL(struct message, created),
	COL(struct message, leased_at), COL(struct message, queued_at),
	COL(struct message, done_at), COL(struct message, opened_at),
	COL(struct message, clicked_at));

enum err message_find(struct scope *sc, int64_t id, struct message *out)
{
	return db_one(sc, &message_by_id, BIND(V(id)), &message_shape, out);
}

enum err message_list(
	struct scope *sc, const struct message_filter *f, struct message **rows, size_t *n)
{
	const char *state = str_empty(f->state) ? NULL : f->state;
	int64_t of = f->campaign ? f->campaign : f->contact;
	int limit = f->limit < 1 ? 50 : f->limit > 200 ? 200 : f->limit;

	return db_list(sc, f->campaign ? &message_of_campaign : &message_of_contact,
		BIND(V(of), V(state), V(f->after), V((int64_t)limit)), &message_shape, rows, n);
}

struct state_count {
	const char *state;
	int64_t n;
};
SHAPE(state_count_shape, struct state_count, COL(struct state_count, state),
	COL(struct state_count, n));

enum err message_counts(struct scope *sc, int64_t campaign, struct message_counts *out)
{
	struct message_counts c = { .created = 0 };
	struct state_count *rows;
	size_t n;
	enum err e = db_list(
		sc, &message_count_states, BIND(V(campaign)), &state_count_shape, &rows, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		enum message_state s = message_state_of(rows[i].state);

		if (s == MESSAGE_STATES)
			continue;
		c.of[s] = rows[i].n;
		c.created += rows[i].n;
		if (message_is_moving(s))
			c.moving += rows[i].n;
	}
	*out = c;
	return ERR_NONE;
}
