/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The editor of a draft: settings, steps one at a time, test mail, preview. */
#include "campaign/campaign_draft.h"
#include "campaign/campaign_page.h"

#include <inttypes.h>

#include "base/id.h"
#include "campaign/campaign_html.h"
#include "people/account.h"
#include "send/render.h"
#include "text/html.h"

#define IMPORTS_MAX 50

struct edit_in {
	int64_t version;
	const char *name;
	bool track_opens, track_clicks, stop_on_reply;
	int64_t audience;
	struct ids mailboxes;
};
FORM(campaign_edit_page_form, struct edit_in, 0,
	FIELD(struct edit_in, version, FIELD_INT, 1, INT64_MAX, true, NULL, "Version"),
	FIELD(struct edit_in, name, FIELD_TEXT, 1, 120, true, NULL, "Name"),
	FIELD(struct edit_in, track_opens, FIELD_BOOL, 0, 0, false, NULL, "Count opens"),
	FIELD(struct edit_in, track_clicks, FIELD_BOOL, 0, 0, false, NULL, "Count clicks"),
	FIELD(struct edit_in, stop_on_reply, FIELD_BOOL, 0, 0, false, NULL, "Stop on an answer"),
	FIELD(struct edit_in, audience, FIELD_ID, 0, 0, false, ID_IMPORT, "Audience"),
	FIELD(struct edit_in, mailboxes, FIELD_IDS, 0, CAMPAIGN_MAX_MAILBOXES, false, ID_MAILBOX,
		"Mailboxes"));

struct step_at_in {
	int64_t n;
};
FORM(campaign_step_at_page_form, struct step_at_in, 0,
	FIELD(struct step_at_in, n, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, false, NULL, "Step"));

struct step_in {
	int64_t n, version;
	int64_t days, hours;
	const char *subject, *html, *text;
};
FORM(campaign_step_page_form, struct step_in, 512 * 1024,
	FIELD(struct step_in, n, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, true, NULL, "Step"),
	FIELD(struct step_in, version, FIELD_INT, 1, INT64_MAX, true, NULL, "Version"),
	FIELD(struct step_in, days, FIELD_INT, 0, 365, false, NULL, "Days"),
	FIELD(struct step_in, hours, FIELD_INT, 0, 23, false, NULL, "Hours"),
	FIELD(struct step_in, subject, FIELD_TEXT, 0, CONTENT_MAX_SUBJECT, false, NULL, "Subject"),
	FIELD(struct step_in, html, FIELD_LINES, 0, CONTENT_MAX_BODY, false, NULL, "HTML"),
	FIELD(struct step_in, text, FIELD_LINES, 0, CONTENT_MAX_BODY, false, NULL, "Text"));

struct test_in {
	int64_t n;
	const char *to;
};
FORM(campaign_test_page_form, struct test_in, 0,
	FIELD(struct test_in, n, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, false, NULL, "Step"),
	FIELD(struct test_in, to, FIELD_EMAIL, 3, 254, true, NULL, "Send it to"));

FORM(campaign_preview_page_form, struct step_at_in, 0,
	FIELD(struct step_at_in, n, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, false, NULL, "Step"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "campaigns", .body = o });
}

/* Which mailboxes of the workspace the campaign has. */
static enum err read_mailboxes(struct scope *sc, struct draft_view *v)
{
	struct mailbox *all, *own;
	bool *chosen;
	size_t n;
	enum err e = mailbox_list(sc, &all, &v->mailbox_count);

	if (!e)
		e = mailbox_list_campaign(sc, v->c->id, &own, &n);
	if (e)
		return e;
	chosen = arena_array(sc->mem, v->mailbox_count + 1, sizeof *chosen);
	for (size_t i = 0; i < v->mailbox_count; i++)
		for (size_t k = 0; k < n; k++)
			chosen[i] = chosen[i] || all[i].id == own[k].id;
	v->mailboxes = all;
	v->chosen = chosen;
	return ERR_NONE;
}

/* The person's own address, to send tests to. */
static const char *own_address(struct scope *sc)
{
	struct account a;

	if (sc->actor.kind != ACTOR_ACCOUNT)
		return NULL;
	if (account_find(sc, sc->actor.id, &a) == ERR_NONE)
		return a.email;
	scope_clear(sc);
	return NULL;
}

enum err draft_show(struct scope *sc, struct request *q, const struct campaign *c)
{
	struct draft_view v = { .q = q, .c = c, .id = id_format(sc->mem, ID_CAMPAIGN, c->id) };
	struct campaign_step *steps;
	struct finding *findings;
	struct import *imports;
	struct contact_counts counts;
	struct out o;
	enum err e = campaign_steps(sc, c->id, &steps, &v.step_count);

	if (!e)
		e = read_mailboxes(sc, &v);
	if (!e)
		e = import_list(sc, 0, IMPORTS_MAX, &imports, &v.import_count);
	if (!e)
		e = contact_count(sc, &counts);
	if (!e)
		e = campaign_check(sc, c->id, &findings, &v.finding_count);
	if (e)
		return e;
	v.steps = steps;
	v.imports = imports;
	v.findings = findings;
	v.active = counts.active;
	v.to = own_address(sc);
	out_init(&o, sc->mem);
	draft_html(sc, &o, &v);
	page(sc, q, c->name, &o);
	return ERR_NONE;
}

enum err campaign_edit_page(struct scope *sc, struct request *q, const void *input)
{
	const struct edit_in *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct campaign_edit edit = { in->version, in->name, in->track_opens, in->track_clicks,
		in->stop_on_reply, in->audience, in->mailboxes.list, in->mailboxes.count };
	enum err e = campaign_edit(sc, id, &edit);

	if (e)
		return e;
	reply_go(sc, q, campaign_path(sc, id, ""), t("Saved."), NULL);
	return ERR_NONE;
}

/* ---- steps ---- */

static int64_t step_at(const struct request *q, const struct step_at_in *in)
{
	const char *typed = form_value(q, "n");
	int64_t n = in->n;

	if (typed && !str_int(typed, 0, CAMPAIGN_MAX_STEPS - 1, &n))
		n = 0;
	return n;
}

enum err campaign_step_page(struct scope *sc, struct request *q, const void *input)
{
	struct campaign c;
	struct step_view v = { .q = q, .c = &c };
	struct campaign_step *steps;
	size_t n;
	struct out o;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (!e)
		e = campaign_steps(sc, c.id, &steps, &n);
	if (!e)
		e = content_names(sc, &v.names, &v.name_count);
	if (e)
		return e;
	v.id = id_format(sc->mem, ID_CAMPAIGN, c.id);
	v.at = step_at(q, input);
	if (v.at > (int64_t)n)
		v.at = (int64_t)n;
	v.step = v.at < (int64_t)n ? &steps[v.at] : NULL;
	out_init(&o, sc->mem);
	step_html(sc, &o, &v);
	page(sc, q, c.name, &o);
	return ERR_NONE;
}

/* "steps[2].html" is about the form's field html. */
static enum err about_field(struct scope *sc, enum err e)
{
	const char *dot = sc->field ? strrchr(sc->field, '.') : NULL;

	if (dot)
		sc->field = arena_text(sc->mem, str_eq(dot + 1, "wait") ? "days" : dot + 1);
	return e;
}

enum err campaign_step_save_page(struct scope *sc, struct request *q, const void *input)
{
	const struct step_in *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct campaign_step *old, *steps;
	size_t n;
	enum err e = campaign_steps(sc, id, &old, &n);

	if (e)
		return e;
	if (in->n > (int64_t)n)
		return fail(sc, ERR_CONFLICT, "The steps have changed meanwhile");
	steps = arena_array(sc->mem, n + 1, sizeof *steps);
	for (size_t i = 0; i < n; i++)
		steps[i] = old[i];
	steps[in->n] = (struct campaign_step){
		.wait = in->n ? in->days * DAY_MS + in->hours * HOUR_MS : 0,
		.subject = in->subject ? in->subject : "",
		.html = in->html ? in->html : "",
		.text = in->text ? in->text : "",
	};
	if (in->n == (int64_t)n)
		n++;
	e = campaign_set_steps(sc, id, in->version, steps, n);
	if (e)
		return about_field(sc, e);
	reply_go(sc, q, campaign_path(sc, id, ""), tf("Step %" PRId64 " is saved.", in->n + 1),
		NULL);
	return ERR_NONE;
}

enum err campaign_step_remove_page(struct scope *sc, struct request *q, const void *input)
{
	const struct step_at_in *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct campaign c;
	struct campaign_step *steps;
	size_t n;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = campaign_steps(sc, id, &steps, &n);
	if (e)
		return e;
	if (in->n >= (int64_t)n)
		return fail(sc, ERR_CONFLICT, "The steps have changed meanwhile");
	for (size_t i = (size_t)in->n; i + 1 < n; i++)
		steps[i] = steps[i + 1];
	if (in->n == 0 && n > 1)
		steps[0].wait = 0;
	e = campaign_set_steps(sc, id, c.version, steps, n - 1);
	if (e)
		return e;
	reply_go(sc, q, campaign_path(sc, id, ""), t("The step is gone."), NULL);
	return ERR_NONE;
}

enum err campaign_test_page(struct scope *sc, struct request *q, const void *input)
{
	const struct test_in *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN), message;
	enum err e = campaign_test(sc, id, (int)in->n, in->to, &message);

	if (e)
		return e;
	reply_go(sc, q,
		arena_printf(sc->mem, "/messages/%s", id_format(sc->mem, ID_MESSAGE, message)),
		t("The test mail is on its way. This page follows it."), NULL);
	return ERR_NONE;
}

/* ---- what it says ---- */

static enum err render_step(
	struct scope *sc, const struct campaign *c, int64_t at, struct rendered *out)
{
	struct campaign_step *steps;
	struct mailbox *mailboxes;
	struct contact *contacts;
	struct render *r;
	size_t n, boxes, people;
	struct contact_filter one = { .state = "active", .source = c->audience, .limit = 1 };
	enum err e = campaign_steps(sc, c->id, &steps, &n);

	if (!e)
		e = mailbox_list_campaign(sc, c->id, &mailboxes, &boxes);
	if (!e)
		e = contact_list(sc, &one, &contacts, &people);
	if (e)
		return e;
	if (at >= (int64_t)n)
		return fail(sc, ERR_MISSING, "no step %" PRId64, at);
	if (!boxes)
		return fail(sc, ERR_CONFLICT, "Choose a mailbox first");
	r = render_new();
	e = render_preview(
		sc, r, steps[at].content, people ? contacts[0].id : 0, mailboxes[0].id, out);
	render_free(r);
	return e;
}

enum err campaign_content_page(struct scope *sc, struct request *q, const void *input)
{
	struct campaign c;
	struct content_view v = { .q = q, .c = &c };
	struct campaign_step *steps;
	const char **subjects, **texts;
	struct out o;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (!e)
		e = campaign_steps(sc, c.id, &steps, &v.step_count);
	if (e)
		return e;
	subjects = arena_array(sc->mem, v.step_count + 1, sizeof *subjects);
	texts = arena_array(sc->mem, v.step_count + 1, sizeof *texts);
	for (size_t i = 0; i < v.step_count; i++) {
		struct rendered r;

		if (render_step(sc, &c, (int64_t)i, &r)) {
			texts[i] = sc->tell;
			scope_clear(sc);
			continue;
		}
		subjects[i] = r.subject;
		texts[i] = r.text;
	}
	v.id = id_format(sc->mem, ID_CAMPAIGN, c.id);
	v.steps = steps;
	v.subjects = subjects;
	v.texts = texts;
	out_init(&o, sc->mem);
	content_html(sc, &o, &v);
	page(sc, q, c.name, &o);
	return ERR_NONE;
}

/* The HTML of a step on a page of its own, shown in a frame that may do nothing. */
enum err campaign_preview_page(struct scope *sc, struct request *q, const void *input)
{
	const struct step_at_in *in = input;
	struct campaign c;
	struct rendered r;
	const char *html;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (!e)
		e = render_step(sc, &c, in->n, &r);
	if (e)
		return e;
	html = r.html ? r.html : "";
	reply_header(q, "Content-Security-Policy",
		"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
		"frame-ancestors 'self'");
	reply_bytes(q, 200, "text/html; charset=utf-8", bytes_of(html, strlen(html)));
	return ERR_NONE;
}
