/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/person.h"

#include "audience/contact.h"
#include "base/id.h"
#include "campaign/campaign_priv.h"
#include "send/letter.h"
#include "send/message.h"
#include "text/json.h"

SQL(person_events, SQL_TENANT,
	"SELECT tenant, slot, pos, at, subject, workspace, actor_kind, actor, via, v, kind, data "
	"FROM event WHERE tenant = $1 AND pos < $3 AND subject IN (SELECT CAST($2 AS BIGINT) "
	"UNION SELECT id FROM enrolment WHERE tenant = $1 AND contact = $2 "
	"UNION SELECT id FROM message WHERE tenant = $1 AND contact = $2 AND rcpt IS NULL) "
	"ORDER BY pos DESC LIMIT $4");

SHAPE(person_shape, struct event_row, COL(struct event_row, tenant), COL(struct event_row, slot),
	COL(struct event_row, pos), COL(struct event_row, at), COL(struct event_row, subject),
	COL(struct event_row, workspace), COL(struct event_row, actor_kind),
	COL(struct event_row, actor), COL(struct event_row, via), COL(struct event_row, v),
	COL(struct event_row, kind), COL(struct event_row, data));

#define PAGE 200

enum err person_timeline(struct scope *sc, int64_t contact, int64_t before, int limit,
	struct event_row **rows, const char ***details, size_t *n)
{
	enum err e = db_list(sc, &person_events,
		BIND(V(contact), V(before > 0 ? before : INT64_MAX), V((int64_t)limit)),
		&person_shape, rows, n);

	return e || !details ? e : event_details(sc, *rows, *n, details);
}

/* ---- the file to hand over ---- */

static enum err put_contact(struct scope *sc, struct out *o, const struct contact *c)
{
	struct contact_value *values;
	size_t n;
	enum err e = contact_values(sc, c->id, &values, &n);

	if (e)
		return e;
	json_name(o, "contact");
	json_open(o);
	json_add_id(o, "id", ID_CONTACT, c->id);
	json_add_text(o, "email", c->email);
	json_add_text(o, "name", c->name);
	json_add_text(o, "company", c->company);
	json_add_text(o, "country", c->country);
	json_add_text(o, "zone", c->zone);
	json_add_text(o, "lang", c->lang);
	json_add_text(o, "provider", c->provider);
	json_add_text(o, "state", c->state);
	json_add_time(o, "created", c->created);
	json_name(o, "fields");
	json_open(o);
	for (size_t i = 0; i < n; i++)
		json_add_text(o, values[i].name, values[i].text);
	json_close(o);
	json_close(o);
	return ERR_NONE;
}

static enum err put_enrolments(struct scope *sc, struct out *o, int64_t contact)
{
	struct enrolment *list;
	size_t n;
	enum err e = enrolment_list_contact(sc, contact, &list, &n);

	if (e)
		return e;
	json_name(o, "campaigns");
	json_open_list(o);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_id(o, "campaign", ID_CAMPAIGN, list[i].campaign);
		json_add_text(o, "state", list[i].state);
		json_add_text(o, "reason", list[i].reason);
		json_close(o);
	}
	json_close_list(o);
	return ERR_NONE;
}

static void put_mail(struct out *o, const struct message *m)
{
	json_open(o);
	json_add_id(o, "id", ID_MESSAGE, m->id);
	json_add_id(o, "campaign", ID_CAMPAIGN, m->campaign);
	json_add_text(o, "state", m->state);
	json_add_text(o, "reason", m->reason);
	json_add_time(o, "created", m->created);
	json_add_time(o, "sent", m->queued_at);
	json_add_time(o, "ended", m->done_at);
	json_add_time(o, "opened", m->opened_at);
	json_add_time(o, "clicked", m->clicked_at);
	json_close(o);
}

static enum err put_mails(struct scope *sc, struct out *o, int64_t contact)
{
	struct message_filter f = { .contact = contact, .limit = PAGE };

	json_name(o, "mails");
	json_open_list(o);
	for (;;) {
		struct message *list;
		size_t n;
		enum err e = message_list(sc, &f, &list, &n);

		if (e)
			return e;
		for (size_t i = 0; i < n; i++)
			put_mail(o, &list[i]);
		if (n < PAGE)
			break;
		f.after = list[n - 1].id;
	}
	json_close_list(o);
	return ERR_NONE;
}

static enum err put_answer(struct scope *sc, struct out *o, const struct letter *l)
{
	const struct wire_letter *words;
	enum err e = letter_read(sc, l, &words);

	if (e)
		return e;
	json_open(o);
	json_add_id(o, "mail", ID_MESSAGE, l->message);
	json_add_text(o, "kind", l->kind);
	json_add_time(o, "at", l->at);
	if (words) {
		json_add_text(o, "from", words->from);
		json_add_text(o, "subject", words->subject);
		json_add_text(o, "text", words->text);
	}
	json_close(o);
	return ERR_NONE;
}

static enum err put_answers(struct scope *sc, struct out *o, int64_t contact)
{
	struct letter_filter f = { .contact = contact, .limit = PAGE };
	struct letter *list;
	size_t n = PAGE;
	enum err e = ERR_NONE;

	json_name(o, "answers");
	json_open_list(o);
	while (!e && n == PAGE) {
		e = letter_list(sc, &f, &list, &n);
		for (size_t i = 0; i < n && !e; i++) {
			e = put_answer(sc, o, &list[i]);
			f.after = list[i].id;
		}
	}
	json_close_list(o);
	return e;
}

static enum err put_facts(struct scope *sc, struct out *o, int64_t contact)
{
	int64_t before = 0;

	json_name(o, "facts");
	json_open_list(o);
	for (;;) {
		struct event_row *rows;
		const char **details;
		size_t n;
		enum err e = person_timeline(sc, contact, before, PAGE, &rows, &details, &n);

		if (e)
			return e;
		for (size_t i = 0; i < n; i++) {
			json_open(o);
			json_add_time(o, "at", rows[i].at);
			json_add_text(o, "kind", rows[i].kind);
			if (details[i])
				json_add_text(o, "detail", details[i]);
			json_close(o);
		}
		if (n < PAGE)
			break;
		before = rows[n - 1].pos;
	}
	json_close_list(o);
	return ERR_NONE;
}

enum err person_export(struct scope *sc, int64_t contact, struct bytes *json)
{
	struct contact c;
	struct out o;
	enum err e = contact_find(sc, contact, &c);

	if (e)
		return e;
	out_init(&o, sc->mem);
	json_open(&o);
	e = put_contact(sc, &o, &c);
	if (!e)
		e = put_enrolments(sc, &o, contact);
	if (!e)
		e = put_mails(sc, &o, contact);
	if (!e)
		e = put_answers(sc, &o, contact);
	if (!e)
		e = put_facts(sc, &o, contact);
	if (e)
		return e;
	json_close(&o);
	*json = bytes_of(o.data, o.len);
	return ERR_NONE;
}
