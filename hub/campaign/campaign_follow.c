/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_follow.h"

#include <assert.h>

#include "base/id.h"
#include "campaign/campaign_priv.h"
#include "send/message.h"
#include "text/json.h"

SQL(follow_domain, SQL_TENANT,
	"SELECT d.name FROM mailbox m JOIN domain d ON d.tenant = m.tenant AND d.id = m.domain "
	"WHERE m.tenant = $1 AND m.id = $2");
SQL(follow_under_way, SQL_TENANT,
	"SELECT id FROM enrolment WHERE tenant = $1 AND contact = $2 AND state = 'under_way'");
SQL(follow_forget_subjects, SQL_TENANT,
	"UPDATE enrolment SET subject = NULL WHERE tenant = $1 AND contact = $2");
SQL(follow_forget_details, SQL_TENANT,
	"DELETE FROM detail WHERE tenant = $1 AND pos IN (SELECT e.pos FROM event e "
	"WHERE e.tenant = $1 AND e.subject IN "
	"(SELECT m.id FROM message m WHERE m.tenant = $1 AND m.contact = $2))");

const char *const campaign_follow_kinds[] = { "mail.delivered", "mail.bounced", "mail.expired",
	"mail.unknown", "mail.skipped", "mail.failed", "mail.replied", "contact.unsubscribed",
	"contact.bounced", "contact.erased", NULL };

/* One campaign's graph and noted dues, and the mailboxes' domains, for as long as a batch speaks of
   them. */
struct batch {
	struct walk *walks; /* arena */
	size_t count, cap;
	int64_t mailbox; /* the last that was asked for */
	const char *domain;
};

static enum err walk_of(struct scope *sc, struct batch *b, int64_t campaign, struct walk **out)
{
	struct campaign c;
	struct graph *g;
	enum err e;

	for (size_t i = 0; i < b->count; i++)
		if (b->walks[i].campaign == campaign) {
			*out = &b->walks[i];
			return ERR_NONE;
		}
	assert(b->count < b->cap);
	g = arena_alloc(sc->mem, sizeof *g);
	e = campaign_find(sc, campaign, &c);
	if (!e)
		e = graph_load(sc, campaign, g);
	if (e)
		return e;
	b->walks[b->count] = (struct walk){ .campaign = campaign,
		.workspace = c.workspace,
		.graph = g,
		.stop_on_reply = c.stop_on_reply };
	*out = &b->walks[b->count++];
	return ERR_NONE;
}

static enum err domain_of(struct scope *sc, struct batch *b, int64_t mailbox, const char **domain)
{
	enum err e = ERR_NONE;

	if (b->mailbox != mailbox || !b->domain)
		e = db_text(sc, &follow_domain, BIND(V(mailbox)), &b->domain);
	b->mailbox = e ? 0 : mailbox;
	*domain = b->domain;
	return e;
}

/* What a follow-up needs to know of the first mail: who sent it, and what it answers. */
static enum err keep_thread(struct scope *sc, struct batch *b, const struct event_row *row,
	const struct json *data, struct enrolment *who)
{
	int64_t mailbox = json_id(data, "mailbox", ID_MAILBOX);
	const char *domain;
	enum err e;

	if (who->thread || !mailbox)
		return ERR_NONE;
	e = domain_of(sc, b, mailbox, &domain);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	who->mailbox = mailbox;
	who->thread = message_rfc_id(sc, row->subject, domain);
	return ERR_NONE;
}

/* Why a person whose mail ended so is not written to again. */
static const char *reason_of(const char *kind, const struct json *data)
{
	const char *reason = json_text(data, "reason");

	if (str_eq(kind, "mail.skipped") && !str_empty(reason))
		return reason;
	return kind + strlen("mail.");
}

/* The fact that a mail came to its end, and who waits for it. */
struct ending {
	const struct event_row *row;
	const struct json *data;
	struct enrolment who;
};

static enum err go_on(struct scope *sc, struct batch *b, struct walk *w, struct ending *x,
	const struct node *at, bool *moved)
{
	enum err e = keep_thread(sc, b, x->row, x->data, &x->who);

	if (e)
		return e;
	return enrolment_enter(sc, w, &x->who, at->next,
		clock_plan_at(sc->world->clock, (struct real){ x->row->at }).ms, moved);
}

/* Most often the person still waits for this very mail: then there is nothing to read before the
   step, which names where they must stand. *MOVED is false where it was otherwise. */
static enum err go_on_at_once(struct scope *sc, struct batch *b, struct ending *x, bool *moved)
{
	const struct enrolment who = { .id = json_id(x->data, "enrolment", ID_ENROLMENT),
		.campaign = json_id(x->data, "campaign", ID_CAMPAIGN),
		.contact = json_id(x->data, "contact", ID_CONTACT),
		.node = json_id(x->data, "node", ID_NODE) };
	const struct node *at;
	struct walk *w;
	enum err e;

	if (!who.campaign || !who.contact)
		return ERR_NONE;
	e = walk_of(sc, b, who.campaign, &w);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	at = e ? NULL : graph_find(w->graph, who.node);
	if (!at)
		return e;
	x->who = who;
	e = go_on(sc, b, w, x, at, moved);
	if (!e && *moved)
		w->ended = true;
	return e;
}

static enum err mail_ended(struct scope *sc, struct batch *b, struct walk *w, struct ending *x)
{
	const struct event_row *row = x->row;
	const struct enrolment *who = &x->who;
	const struct node *at = graph_find(w->graph, who->node);
	bool here = at && who->due == 0 && at->id == json_id(x->data, "node", ID_NODE), moved;
	enum err e;

	/* Whatever it meant for the person: the campaign may be at its end now. */
	w->ended = true;
	if (!str_eq(who->state, "under_way"))
		return str_eq(who->reason, "erased") ? event_forget_subject(sc, row->subject)
						     : ERR_NONE;
	if (str_eq(row->kind, "mail.delivered"))
		return here ? go_on(sc, b, w, x, at, &moved) : ERR_NONE;
	/* A bounce that comes late takes back what follows, too. */
	if (!here && !str_eq(row->kind, "mail.bounced"))
		return ERR_NONE;
	e = enrolment_stop(sc, w, who, reason_of(row->kind, x->data));
	if (!e && !here)
		e = message_recall(sc, RECALL_ENROLMENT, who->id, "bounced", NULL);
	return e;
}

/* Whoever answers has read enough, unless the campaign is to go on. */
static enum err mail_answered(struct scope *sc, struct walk *w, const struct enrolment *who)
{
	enum err e;

	if (!w->stop_on_reply || !str_eq(who->state, "under_way"))
		return ERR_NONE;
	e = enrolment_stop(sc, w, who, "replied");
	return e ? e : message_recall(sc, RECALL_ENROLMENT, who->id, "replied", NULL);
}

static enum err mail(struct scope *sc, struct batch *b, const struct event_row *row)
{
	struct ending x = { .row = row, .data = event_data(sc, row) };
	int64_t id = json_id(x.data, "enrolment", ID_ENROLMENT);
	bool moved = false;
	struct walk *w;
	enum err e;

	if (!id)
		return ERR_NONE; /* a test, a notice: nobody walks on it */
	e = str_eq(row->kind, "mail.delivered") ? go_on_at_once(sc, b, &x, &moved) : ERR_NONE;
	if (e || moved)
		return e;
	e = enrolment_stand(sc, id, &x.who);
	if (!e)
		e = walk_of(sc, b, x.who.campaign, &w);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	return str_eq(row->kind, "mail.replied") ? mail_answered(sc, w, &x.who)
						 : mail_ended(sc, b, w, &x);
}

/* ---- people who leave ---- */

static enum err stop_everywhere(struct scope *sc, int64_t contact, const char *reason)
{
	struct under_way {
		int64_t id;
	} * list;
	SHAPE(under_way_shape, struct under_way, COL(struct under_way, id));
	size_t n;
	enum err e = db_list(sc, &follow_under_way, BIND(V(contact)), &under_way_shape, &list, &n);

	for (size_t i = 0; !e && i < n; i++) {
		struct walk mine;
		struct batch own = { .walks = &mine, .cap = 1 };
		struct enrolment who;
		struct walk *w;

		e = enrolment_stand(sc, list[i].id, &who);
		if (!e)
			e = walk_of(sc, &own, who.campaign, &w);
		if (!e)
			e = enrolment_stop(sc, w, &who, reason);
		if (!e)
			e = walk_end(sc, w);
	}
	return e ? e : message_recall(sc, RECALL_CONTACT, contact, reason, NULL);
}

static enum err forget(struct scope *sc, int64_t contact)
{
	enum err e = db_run(sc, &follow_forget_subjects, BIND(V(contact)), NULL);

	return e ? e : db_run(sc, &follow_forget_details, BIND(V(contact)), NULL);
}

/* Why a person left: by the kind of the event, but for one that called a mail spam. */
static const char *leaving(struct scope *sc, const struct event_row *row)
{
	const struct json *data = event_data(sc, row);

	return str_eq(json_text(data, "reason"), "complained") ? "complained"
							       : row->kind + strlen("contact.");
}

static enum err one(struct scope *sc, struct batch *b, const struct event_row *row)
{
	enum err e;

	if (str_starts(row->kind, "mail."))
		return mail(sc, b, row);
	e = stop_everywhere(sc, row->subject, leaving(sc, row));
	if (!e && str_eq(row->kind, "contact.erased"))
		e = forget(sc, row->subject);
	return e;
}

enum err campaign_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	struct batch b = { .walks = arena_array(sc->mem, n, sizeof *b.walks), .cap = n };
	enum err e = ERR_NONE;

	for (size_t i = 0; !e && i < n; i++)
		e = one(sc, &b, &rows[i]);
	for (size_t i = 0; !e && i < b.count; i++)
		e = walk_end(sc, &b.walks[i]);
	return e;
}
