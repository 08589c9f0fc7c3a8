/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign_page.h"

#include "base/id.h"
#include "campaign/campaign_draft.h"
#include "campaign/campaign_html.h"
#include "text/html.h"
#include "text/url.h"

#define PAGE_ROWS  50
#define PAGE_FACTS 20

struct campaigns_in {
	const char *q;
	const char *state;
	int64_t after;
};
FORM(campaigns_page_form, struct campaigns_in, 0,
	FIELD(struct campaigns_in, q, FIELD_TEXT, 1, 120, false, NULL, "Search"),
	FIELD(struct campaigns_in, state, FIELD_CHOICE, 0, 0, false,
		"draft running paused finished cancelled", "State"),
	FIELD(struct campaigns_in, after, FIELD_ID, 0, 0, false, ID_CAMPAIGN, "After"));

struct campaign_add_in {
	const char *name;
};
FORM(campaign_add_page_form, struct campaign_add_in, 0,
	FIELD(struct campaign_add_in, name, FIELD_TEXT, 1, 120, true, NULL, "Name"));

struct cancel_in {
	const char *typed;
};
FORM(campaign_cancel_page_form, struct cancel_in, 0,
	FIELD(struct cancel_in, typed, FIELD_TEXT, 1, 120, true, NULL, "Name"));

const char *campaign_path(struct scope *sc, int64_t id, const char *rest)
{
	return arena_printf(sc->mem, "/campaigns/%s%s", id_format(sc->mem, ID_CAMPAIGN, id), rest);
}

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "campaigns", .body = o });
}

static const char *next_path(struct scope *sc, const struct campaigns_in *in, int64_t last)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "/campaigns");
	url_add(&o, "after", id_format(sc->mem, ID_CAMPAIGN, last));
	if (!str_empty(in->q))
		url_add(&o, "q", in->q);
	if (!str_empty(in->state))
		url_add(&o, "state", in->state);
	return o.data;
}

static enum err read_progress(struct scope *sc, struct campaigns_view *v)
{
	int64_t *ids = arena_array(sc->mem, v->n + 1, sizeof *ids);
	struct campaign_progress *list = arena_array(sc->mem, v->n + 1, sizeof *list);

	for (size_t i = 0; i < v->n; i++)
		ids[i] = v->rows[i].id;
	v->progress = list;
	return v->n ? campaign_progress_list(sc, ids, v->n, list) : ERR_NONE;
}

enum err campaigns_page(struct scope *sc, struct request *q, const void *input)
{
	const struct campaigns_in *in = input;
	struct campaigns_view v = { .q = q, .search = in->q, .state = in->state };
	struct campaign_filter f = { in->q, in->state, in->after, PAGE_ROWS + 1 };
	struct campaign *rows;
	struct out o;
	enum err e = campaign_list(sc, &f, &rows, &v.n);

	if (e)
		return e;
	v.rows = rows;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = next_path(sc, in, rows[PAGE_ROWS - 1].id);
	}
	e = read_progress(sc, &v);
	if (e)
		return e;
	out_init(&o, sc->mem);
	campaigns_html(sc, &o, &v);
	page(sc, q, t("Campaigns"), &o);
	return ERR_NONE;
}

enum err campaign_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	out_init(&o, sc->mem);
	campaign_new_html(sc, &o, q);
	page(sc, q, t("New campaign"), &o);
	return ERR_NONE;
}

enum err campaign_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_add_in *in = input;
	int64_t id;
	enum err e = campaign_add(sc, in->name, &id);

	if (e)
		return e;
	reply_go(sc, q, campaign_path(sc, id, ""), NULL, NULL);
	return ERR_NONE;
}

static enum err show_running(struct scope *sc, struct request *q, const struct campaign *c)
{
	struct campaign_view v = { .q = q, .c = c };
	struct campaign_reason *reasons;
	struct mailbox *mailboxes;
	struct event_row *events;
	const char **details;
	struct out o;
	enum err e = campaign_progress(sc, c->id, &v.p);

	if (!e)
		e = campaign_explain(sc, c->id, &reasons, &v.reason_count);
	if (!e)
		e = mailbox_list_campaign(sc, c->id, &mailboxes, &v.mailbox_count);
	if (!e)
		e = event_timeline(sc, c->id, 0, PAGE_FACTS, &events, &details, &v.event_count);
	if (e)
		return e;
	v.id = id_format(sc->mem, ID_CAMPAIGN, c->id);
	v.reasons = reasons;
	v.mailboxes = mailboxes;
	v.events = events;
	v.details = details;
	out_init(&o, sc->mem);
	campaign_html(sc, &o, &v);
	page(sc, q, c->name, &o);
	return ERR_NONE;
}

enum err campaign_page(struct scope *sc, struct request *q, const void *input)
{
	struct campaign c;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (e)
		return e;
	return str_eq(c.state, "draft") ? draft_show(sc, q, &c) : show_running(sc, q, &c);
}

/* ---- what is done to it ---- */

static enum err done(
	struct scope *sc, struct request *q, enum err e, const char *toast, const char *undo)
{
	int64_t id = request_id(q, ID_CAMPAIGN);

	if (e)
		return e;
	reply_go(
		sc, q, campaign_path(sc, id, ""), toast, undo ? campaign_path(sc, id, undo) : NULL);
	return ERR_NONE;
}

enum err campaign_launch_page(struct scope *sc, struct request *q, const void *input)
{
	return done(sc, q, campaign_launch(sc, request_id(q, ID_CAMPAIGN)),
		t("Launched. The first mails are on their way."), NULL);
}

enum err campaign_pause_page(struct scope *sc, struct request *q, const void *input)
{
	return done(sc, q, campaign_pause(sc, request_id(q, ID_CAMPAIGN)),
		t("Paused. Mail that is not yet queued comes back."), "/resume");
}

enum err campaign_resume_page(struct scope *sc, struct request *q, const void *input)
{
	return done(
		sc, q, campaign_resume(sc, request_id(q, ID_CAMPAIGN)), t("It goes on."), "/pause");
}

enum err campaign_cancel_page(struct scope *sc, struct request *q, const void *input)
{
	const struct cancel_in *in = input;
	struct campaign c;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (e)
		return e;
	if (!str_eq(in->typed, c.name))
		return fail_field(sc, "typed", "This is not the campaign's name");
	return done(sc, q, campaign_cancel(sc, c.id),
		t("Cancelled. Everybody on the way is stopped."), NULL);
}

enum err campaign_copy_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t copy;
	enum err e = campaign_copy(sc, request_id(q, ID_CAMPAIGN), &copy);

	if (e)
		return e;
	reply_go(sc, q, campaign_path(sc, copy, ""), t("This is the copy."), NULL);
	return ERR_NONE;
}

enum err campaign_remove_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = campaign_remove(sc, request_id(q, ID_CAMPAIGN));

	if (e)
		return e;
	reply_go(sc, q, "/campaigns", t("The draft is gone."), NULL);
	return ERR_NONE;
}
