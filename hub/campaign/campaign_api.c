/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_api.h"

#include "base/id.h"
#include "campaign/campaign.h"
#include "sender/mailbox.h"
#include "text/json.h"

struct campaign_list_input {
	const char *search, *state;
	int64_t after, limit;
};
FORM(campaign_list_api_form, struct campaign_list_input, 0,
	FIELD(struct campaign_list_input, search, FIELD_TEXT, 0, 120, false, NULL, "Search"),
	FIELD(struct campaign_list_input, state, FIELD_CHOICE, 0, 0, false,
		"draft running paused finished cancelled", "State"),
	FIELD(struct campaign_list_input, after, FIELD_ID, 0, 0, false, ID_CAMPAIGN, "After"),
	FIELD(struct campaign_list_input, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));

struct campaign_add_input {
	const char *name;
};
FORM(campaign_add_api_form, struct campaign_add_input, 0,
	FIELD(struct campaign_add_input, name, FIELD_TEXT, 1, 120, true, NULL, "Name"));

/* What is not said stays: only JSON tells false from absent. */
struct campaign_edit_input {
	int64_t version;
	const char *name;
	const struct json *track_opens, *track_clicks, *stop_on_reply, *audience, *mailboxes;
};
FORM(campaign_edit_api_form, struct campaign_edit_input, 0,
	FIELD(struct campaign_edit_input, version, FIELD_INT, 1, JSON_WHOLE, true, NULL, "Version"),
	FIELD(struct campaign_edit_input, name, FIELD_TEXT, 1, 120, false, NULL, "Name"),
	FIELD(struct campaign_edit_input, track_opens, FIELD_JSON, 0, 0, false, NULL,
		"Track opens"),
	FIELD(struct campaign_edit_input, track_clicks, FIELD_JSON, 0, 0, false, NULL,
		"Track clicks"),
	FIELD(struct campaign_edit_input, stop_on_reply, FIELD_JSON, 0, 0, false, NULL,
		"Stop on reply"),
	FIELD(struct campaign_edit_input, audience, FIELD_JSON, 0, 0, false, NULL, "Audience"),
	FIELD(struct campaign_edit_input, mailboxes, FIELD_JSON, 0, 0, false, NULL, "Mailboxes"));

struct campaign_steps_input {
	int64_t version;
	const struct json *steps;
};
FORM(campaign_steps_api_form, struct campaign_steps_input, 4 * 1024 * 1024,
	FIELD(struct campaign_steps_input, version, FIELD_INT, 1, JSON_WHOLE, true, NULL,
		"Version"),
	FIELD(struct campaign_steps_input, steps, FIELD_JSON, 0, 0, true, NULL, "Steps"));

/* ---- out ---- */

static void put_progress(struct out *o, const struct campaign_progress *p)
{
	const struct {
		const char *name;
		int64_t n;
	} rows[] = {
		{ "audience", p->audience },
		{ "under_way", p->under_way },
		{ "finished", p->finished },
		{ "stopped", p->stopped },
		{ "enrolling", p->enrolling },
		{ "created", p->created },
		{ "moving", p->moving },
		{ "due", p->due },
		{ "leased", p->leased },
		{ "handed", p->handed },
		{ "queued", p->queued },
		{ "delivered", p->delivered },
		{ "bounced", p->bounced },
		{ "expired", p->expired },
		{ "unknown", p->unknown },
		{ "skipped", p->skipped },
		{ "failed", p->failed },
		{ "deferrals", p->deferrals },
		{ "opened", p->opened },
		{ "clicked", p->clicked },
		{ "unsubscribed", p->unsubscribed },
		{ "replied", p->replied },
		{ "auto_replied", p->auto_replied },
		{ "complained", p->complained },
		{ "planned", p->planned },
		{ "rate_day", p->rate_day },
		{ "left_ms", p->left_ms },
	};

	json_name(o, "progress");
	json_open(o);
	for (size_t i = 0; i < COUNT(rows); i++)
		json_add_int(o, rows[i].name, rows[i].n);
	json_name(o, "stopped_by");
	json_open(o);
	for (size_t i = 0; i < p->stopped_by_count; i++)
		json_add_int(o, p->stopped_by[i].kind, p->stopped_by[i].n);
	json_close(o);
	json_add_bool(o, "people_hold", p->people_hold);
	json_add_bool(o, "mails_hold", p->mails_hold);
	json_close(o);
}

static void put_campaign(struct out *o, const struct campaign *c)
{
	json_add_id(o, "id", ID_CAMPAIGN, c->id);
	json_add_text(o, "name", c->name);
	json_add_text(o, "state", c->state);
	json_add_int(o, "version", c->version);
	json_add_bool(o, "track_opens", c->track_opens);
	json_add_bool(o, "track_clicks", c->track_clicks);
	json_add_bool(o, "stop_on_reply", c->stop_on_reply);
	json_add_id(o, "audience", ID_IMPORT, c->audience);
	json_add_time(o, "created", c->created);
	json_add_time(o, "launched_at", c->launched_at);
	json_add_time(o, "ended_at", c->ended_at);
}

static void put_steps(struct out *o, const struct campaign_step *steps, size_t n)
{
	json_name(o, "steps");
	json_open_list(o);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_id(o, "node", ID_NODE, steps[i].node);
		json_add_id(o, "content", ID_CONTENT, steps[i].content);
		json_add_int(o, "wait", steps[i].wait);
		json_add_text(o, "subject", steps[i].subject);
		json_add_text(o, "html", steps[i].html);
		json_add_text(o, "text", steps[i].text);
		json_close(o);
	}
	json_close_list(o);
}

static void put_mailboxes(struct out *o, const struct mailbox *list, size_t n)
{
	json_name(o, "mailboxes");
	json_open_list(o);
	for (size_t i = 0; i < n; i++)
		json_put_id(o, ID_MAILBOX, list[i].id);
	json_close_list(o);
}

static enum err reply_campaign(struct scope *sc, struct request *q, int64_t id)
{
	struct out *o = reply_open(sc);
	struct campaign_progress p;
	struct campaign_step *steps;
	struct mailbox *boxes;
	struct campaign c;
	size_t step_count, box_count;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = campaign_steps(sc, id, &steps, &step_count);
	if (!e)
		e = mailbox_list_campaign(sc, id, &boxes, &box_count);
	if (!e)
		e = campaign_progress(sc, id, &p);
	if (e)
		return e;
	put_campaign(o, &c);
	put_mailboxes(o, boxes, box_count);
	put_steps(o, steps, step_count);
	put_progress(o, &p);
	return reply_close(sc, q, 200, o);
}

enum err campaign_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_list_input *in = input;
	struct campaign_filter f = { in->search, in->state, in->after,
		in->limit ? (int)in->limit : 50 };
	struct out *o = reply_open_list(sc);
	struct campaign_progress *p;
	struct campaign *list;
	int64_t *ids;
	size_t n;
	enum err e = campaign_list(sc, &f, &list, &n);

	if (e)
		return e;
	p = arena_array(sc->mem, n, sizeof *p);
	ids = arena_array(sc->mem, n, sizeof *ids);
	for (size_t i = 0; i < n; i++)
		ids[i] = list[i].id;
	e = campaign_progress_list(sc, ids, n, p);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put_campaign(o, &list[i]);
		put_progress(o, &p[i]);
		json_close(o);
	}
	return reply_close_list(sc, q, o,
		n == (size_t)f.limit ? id_format(sc->mem, ID_CAMPAIGN, list[n - 1].id) : NULL);
}

enum err campaign_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_add_input *in = input;
	int64_t id;
	enum err e = campaign_add(sc, in->name, &id);

	return e ? e : reply_added(sc, q, ID_CAMPAIGN, id);
}

enum err campaign_find_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_campaign(sc, q, request_id(q, ID_CAMPAIGN));
}

enum err campaign_remove_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = campaign_remove(sc, request_id(q, ID_CAMPAIGN));

	if (!e)
		reply_none(q, 204);
	return e;
}

enum err campaign_copy_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id;
	enum err e = campaign_copy(sc, request_id(q, ID_CAMPAIGN), &id);

	return e ? e : reply_added(sc, q, ID_CAMPAIGN, id);
}

/* ---- in ---- */

static enum err read_bool(struct scope *sc, const char *field, const struct json *j, bool *yes)
{
	if (!j || j->kind == JSON_NULL)
		return ERR_NONE;
	if (j->kind != JSON_BOOL)
		return fail_field(sc, field, "This must be yes or no.");
	*yes = j->n != 0;
	return ERR_NONE;
}

static enum err read_audience(struct scope *sc, const struct json *j, int64_t *audience)
{
	if (!j)
		return ERR_NONE;
	if (j->kind == JSON_NULL)
		*audience = 0;
	else if (j->kind != JSON_TEXT || !id_parse(j->text, ID_IMPORT, audience))
		return fail_field(sc, "audience", "There is no such import");
	return ERR_NONE;
}

static enum err old_mailboxes(struct scope *sc, int64_t id, struct campaign_edit *edit)
{
	struct mailbox *list;
	int64_t *ids;
	enum err e = mailbox_list_campaign(sc, id, &list, &edit->mailbox_count);

	if (e)
		return e;
	ids = arena_array(sc->mem, edit->mailbox_count, sizeof *ids);
	for (size_t i = 0; i < edit->mailbox_count; i++)
		ids[i] = list[i].id;
	edit->mailboxes = ids;
	return ERR_NONE;
}

static enum err read_mailboxes(struct scope *sc, const struct json *j, struct campaign_edit *edit)
{
	int64_t *ids;
	size_t n = 0;

	if (j->kind != JSON_LIST)
		return fail_field(sc, "mailboxes", "Mailboxes are a list of ids");
	ids = arena_array(sc->mem, j->count, sizeof *ids);
	JSON_EACH(item, j)
	if (item->kind != JSON_TEXT || !id_parse(item->text, ID_MAILBOX, &ids[n++]))
		return fail_field(sc, "mailboxes", "There is no such mailbox");
	edit->mailboxes = ids;
	edit->mailbox_count = n;
	return ERR_NONE;
}

enum err campaign_edit_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_edit_input *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct campaign_edit edit = { .version = in->version };
	struct campaign c;
	enum err e = campaign_find(sc, id, &c);

	if (e)
		return e;
	edit.name = in->name ? in->name : c.name;
	edit.track_opens = c.track_opens;
	edit.track_clicks = c.track_clicks;
	edit.stop_on_reply = c.stop_on_reply;
	edit.audience = c.audience;
	e = read_bool(sc, "track_opens", in->track_opens, &edit.track_opens);
	if (!e)
		e = read_bool(sc, "track_clicks", in->track_clicks, &edit.track_clicks);
	if (!e)
		e = read_bool(sc, "stop_on_reply", in->stop_on_reply, &edit.stop_on_reply);
	if (!e)
		e = read_audience(sc, in->audience, &edit.audience);
	if (!e)
		e = in->mailboxes ? read_mailboxes(sc, in->mailboxes, &edit)
				  : old_mailboxes(sc, id, &edit);
	if (!e)
		e = campaign_edit(sc, id, &edit);
	return e ? e : reply_campaign(sc, q, id);
}

static enum err read_step(
	struct scope *sc, const struct json *j, size_t place, struct campaign_step *step)
{
	static const char *const known[] = { "wait", "subject", "html", "text", "node", "content" };
	const char *const texts[] = { "subject", "html", "text" };

	if (j->kind != JSON_OBJECT)
		return fail_field(sc, "steps", "Each step is an object");
	JSON_EACH(member, j)
	{
		bool found = false;

		for (size_t i = 0; i < COUNT(known); i++)
			found |= str_eq(known[i], member->name);
		if (!found)
			return fail_field(sc,
				arena_printf(sc->mem, "steps[%zu].%s", place, member->name),
				"There is no such field.");
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		const struct json *m = json_get(j, texts[i]);

		if (m && m->kind != JSON_TEXT && m->kind != JSON_NULL)
			return fail_field(sc,
				arena_printf(sc->mem, "steps[%zu].%s", place, texts[i]),
				"This is of the wrong type.");
	}
	*step = (struct campaign_step){ json_int(j, "wait", 0), json_text(j, "subject"),
		json_text(j, "html"), json_text(j, "text"), 0, 0 };
	return ERR_NONE;
}

enum err campaign_steps_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_steps_input *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct campaign_step steps[CAMPAIGN_MAX_STEPS];
	struct campaign c;
	size_t n = 0;
	enum err e = campaign_find(sc, id, &c);

	if (!e && (in->steps->kind != JSON_LIST || in->steps->count > CAMPAIGN_MAX_STEPS))
		e = fail_field(sc, "steps", "Steps are a list of at most %d", CAMPAIGN_MAX_STEPS);
	if (e)
		return e;
	JSON_EACH(item, in->steps)
	{
		e = read_step(sc, item, n, &steps[n]);
		if (e)
			return e;
		n++;
	}
	e = campaign_set_steps(sc, id, in->version, steps, n);
	return e ? e : reply_campaign(sc, q, id);
}
