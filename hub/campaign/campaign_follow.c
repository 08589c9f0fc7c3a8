/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_follow.h"

#include <assert.h>

#include "base/id.h"
#include "campaign/campaign_priv.h"
#include "send/message.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "text/json.h"

SQL(follow_first_mail, SQL_TENANT,
	"UPDATE enrolment SET mailbox = $3, thread = $4 "
	"WHERE tenant = $1 AND id = $2 AND mailbox IS NULL AND state = 'under_way'");
SQL(follow_under_way, SQL_TENANT,
	"SELECT id FROM enrolment WHERE tenant = $1 AND contact = $2 AND state = 'under_way'");
SQL(follow_forget_subjects, SQL_TENANT,
	"UPDATE enrolment SET subject = NULL WHERE tenant = $1 AND contact = $2");
SQL(follow_forget_details, SQL_TENANT,
	"DELETE FROM detail WHERE tenant = $1 AND pos IN (SELECT e.pos FROM event e "
	"WHERE e.tenant = $1 AND e.subject IN "
	"(SELECT m.id FROM message m WHERE m.tenant = $1 AND m.contact = $2))");

const char *const campaign_follow_kinds[] = { "mail.delivered", "mail.bounced", "mail.expired",
	"mail.unknown", "mail.skipped", "mail.failed", "contact.unsubscribed", "contact.bounced",
	"contact.erased", NULL };

/* One campaign's graph and noted dues, for as long as a batch speaks of it. */
struct batch {
	struct walk *walks; /* arena */
	size_t count, cap;
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
	b->walks[b->count] = (struct walk){ campaign, c.workspace, g, 0, false };
	*out = &b->walks[b->count++];
	return ERR_NONE;
}

/* What a follow-up needs to know of the first mail: who sent it, and what it answers. */
static enum err keep_thread(struct scope *sc, const struct enrolment *who, int64_t message)
{
	struct message m;
	struct mailbox box;
	struct domain d;
	enum err e;

	if (who->thread)
		return ERR_NONE;
	e = message_find(sc, message, &m);
	if (!e)
		e = mailbox_find(sc, m.mailbox, &box);
	if (!e)
		e = domain_find(sc, box.domain, &d);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e ? e
		 : db_run(sc, &follow_first_mail,
			   BIND(V(who->id), V(m.mailbox), V(message_rfc_id(sc, message, d.name))),
			   NULL);
}

/* Why a person whose mail ended so is not written to again. */
static const char *reason_of(const char *kind, const struct json *data)
{
	const char *reason = json_text(data, "reason");

	if (str_eq(kind, "mail.skipped") && !str_empty(reason))
		return reason;
	return kind + strlen("mail.");
}

static enum err mail_ended(struct scope *sc, struct walk *w, const struct event_row *row,
	const struct json *data, const struct enrolment *who)
{
	const struct node *at = graph_find(w->graph, who->node);
	bool here = at && who->due == 0 && at->id == json_id(data, "node", ID_NODE), moved = false;
	enum err e = ERR_NONE;

	/* Whatever it meant for the person: the campaign may be at its end now. */
	w->ended = true;
	if (!str_eq(who->state, "under_way"))
		return str_eq(who->reason, "erased") ? event_forget_subject(sc, row->subject)
						     : ERR_NONE;
	if (str_eq(row->kind, "mail.delivered") && here) {
		e = keep_thread(sc, who, row->subject);
		if (!e)
			e = enrolment_enter(sc, w, who, at->next,
				clock_plan_at(sc->world->clock, (struct real){ row->at }).ms,
				&moved);
		return e;
	}
	if (str_eq(row->kind, "mail.delivered"))
		return ERR_NONE;
	/* A bounce that comes late takes back what follows, too. */
	if (!here && !str_eq(row->kind, "mail.bounced"))
		return ERR_NONE;
	e = enrolment_stop(sc, w, who, reason_of(row->kind, data));
	if (!e && !here)
		e = message_recall(sc, RECALL_ENROLMENT, who->id, "bounced", NULL);
	return e;
}

static enum err mail(struct scope *sc, struct batch *b, const struct event_row *row)
{
	const struct json *data = NULL;
	struct enrolment who;
	struct walk *w;
	int64_t id;
	enum err e =
		row->data ? json_parse(sc, bytes_of(row->data, strlen(row->data)), 64 * 1024, &data)
			  : ERR_INPUT;

	id = e ? 0 : json_id(data, "enrolment", ID_ENROLMENT);
	if (!id) {
		scope_clear(sc);
		return ERR_NONE; /* a test, a notice: nobody walks on it */
	}
	e = enrolment_find(sc, id, &who);
	if (!e)
		e = walk_of(sc, b, who.campaign, &w);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e ? e : mail_ended(sc, w, row, data, &who);
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
		struct batch own = { &mine, 0, 1 };
		struct enrolment who;
		struct walk *w;

		e = enrolment_find(sc, list[i].id, &who);
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

static enum err one(struct scope *sc, struct batch *b, const struct event_row *row)
{
	enum err e;

	if (str_starts(row->kind, "mail."))
		return mail(sc, b, row);
	e = stop_everywhere(sc, row->subject, row->kind + strlen("contact."));
	if (!e && str_eq(row->kind, "contact.erased"))
		e = forget(sc, row->subject);
	return e;
}

enum err campaign_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	struct batch b = { arena_array(sc->mem, n, sizeof *b.walks), 0, n };
	enum err e = ERR_NONE;

	for (size_t i = 0; !e && i < n; i++)
		e = one(sc, &b, &rows[i]);
	for (size_t i = 0; !e && i < b.count; i++)
		e = walk_end(sc, &b.walks[i]);
	return e;
}
