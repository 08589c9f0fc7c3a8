/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/send_api.h"

#include "base/id.h"

#include "store/db.h"

#include "content/content.h"
#include "event/event.h"
#include "send/message.h"
#include "text/json.h"

SQL(send_api_campaign, SQL_TENANT,
	"SELECT id FROM campaign WHERE tenant = $1 AND id = $2 AND workspace = $3");

struct message_list_input {
	const char *state;
	int64_t after, limit;
};
FORM(message_list_api_form, struct message_list_input, 0,
	FIELD(struct message_list_input, state, FIELD_CHOICE, 0, 0, false,
		"due leased handed queued delivered bounced expired unknown skipped failed",
		"State"),
	FIELD(struct message_list_input, after, FIELD_ID, 0, 0, false, ID_MESSAGE, "After"),
	FIELD(struct message_list_input, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));

struct content_check_input {
	const char *subject, *html, *text;
};
FORM(content_check_api_form, struct content_check_input, 256 * 1024,
	FIELD(struct content_check_input, subject, FIELD_TEXT, 0, CONTENT_MAX_SUBJECT, false, NULL,
		"Subject"),
	FIELD(struct content_check_input, html, FIELD_LINES, 0, CONTENT_MAX_BODY, false, NULL,
		"HTML"),
	FIELD(struct content_check_input, text, FIELD_LINES, 0, CONTENT_MAX_BODY, false, NULL,
		"Text"));

/* ---- out ---- */

static void put_members(struct out *o, const struct message *m)
{
	json_add_id(o, "id", ID_MESSAGE, m->id);
	json_add_text(o, "origin", m->origin);
	json_add_text(o, "state", m->state);
	json_add_text(o, "reason", m->reason);
	json_add_text(o, "recall", m->recall);
	json_add_id(o, "campaign", ID_CAMPAIGN, m->campaign);
	json_add_id(o, "contact", ID_CONTACT, m->contact);
	json_add_id(o, "enrolment", ID_ENROLMENT, m->enrolment);
	json_add_id(o, "node", ID_NODE, m->node);
	json_add_id(o, "content", ID_CONTENT, m->content);
	json_add_id(o, "mailbox", ID_MAILBOX, m->mailbox);
	json_add_id(o, "appliance", ID_APPLIANCE, m->appliance);
	json_add_text(o, "queue_id", m->queue_id);
	json_add_int(o, "code", m->code);
	json_add_text(o, "status", m->status);
	json_add_int(o, "defers", m->defers);
	json_add_int(o, "tries", m->tries);
	json_add_bool(o, "follow_up", m->follow_up);
	json_add_time(o, "due", m->due);
	json_add_time(o, "created", m->created);
	json_add_time(o, "queued_at", m->queued_at);
	json_add_time(o, "done_at", m->done_at);
	json_add_time(o, "opened_at", m->opened_at);
	json_add_time(o, "clicked_at", m->clicked_at);
}

static void put_why(struct out *o, const struct message_why *why)
{
	json_name(o, "waits");
	json_open(o);
	json_add_text(o, "rule", why->rule);
	json_add_text(o, "text", why->text);
	json_add_text(o, "by", why->by);
	json_add_time(o, "lifts", why->lifts);
	json_close(o);
}

enum err message_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct message_list_input *in = input;
	struct message_filter f = { .campaign = request_id(q, ID_CAMPAIGN),
		.state = in->state,
		.after = in->after,
		.limit = in->limit ? (int)in->limit : 50 };
	struct message *rows;
	struct out *o;
	int64_t id;
	size_t n;
	enum err e = db_int(sc, &send_api_campaign, BIND(V(f.campaign), V(sc->workspace)), &id);

	if (!e)
		e = message_list(sc, &f, &rows, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put_members(o, &rows[i]);
		json_close(o);
	}
	return reply_close_list(sc, q, o,
		n == (size_t)f.limit ? id_format(sc->mem, ID_MESSAGE, rows[n - 1].id) : NULL);
}

enum err message_api(struct scope *sc, struct request *q, const void *input)
{
	struct message_why why;
	struct message m;
	struct out *o;
	enum err e = message_find(sc, request_id(q, ID_MESSAGE), &m);

	if (!e && m.workspace != sc->workspace)
		e = fail(sc, ERR_MISSING, "There is no such mail");
	if (!e)
		e = message_explain(sc, m.id, &why);
	if (e)
		return e;
	o = reply_open(sc);
	put_members(o, &m);
	put_why(o, &why);
	return reply_close(sc, q, 200, o);
}

/* ---- templates ---- */

enum err content_check_api(struct scope *sc, struct request *q, const void *input)
{
	const struct content_check_input *in = input;
	struct content draft = { .subject = in->subject, .html = in->html, .text = in->text };
	struct content_issue *list;
	struct out *o;
	size_t n;
	enum err e = content_check(sc, &draft, &list, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "part", list[i].part);
		json_add_int(o, "line", list[i].line);
		json_add_int(o, "column", list[i].column);
		json_add_text(o, "text", list[i].text);
		json_add_bool(o, "stops", list[i].stops);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

enum err content_names_api(struct scope *sc, struct request *q, const void *input)
{
	const char *const *names;
	struct out *o;
	size_t n;
	enum err e = content_names(sc, &names, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		json_put_text(o, names[i]);
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}
