/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The mails and people of a campaign, and one mail with why it waits. */
#include "campaign/campaign_page.h"

#include "base/id.h"
#include "campaign/campaign_html.h"
#include "fleet/appliance.h"
#include "text/html.h"
#include "text/url.h"

#define PAGE_ROWS  50
#define PAGE_FACTS 50

struct mails_in {
	const char *state;
	int64_t after;
};
FORM(campaign_mails_page_form, struct mails_in, 0,
	FIELD(struct mails_in, state, FIELD_CHOICE, 0, 0, false,
		"due leased handed queued delivered bounced expired unknown skipped failed",
		"State"),
	FIELD(struct mails_in, after, FIELD_ID, 0, 0, false, ID_MESSAGE, "After"));
FORM(campaign_people_page_form, struct mails_in, 0,
	FIELD(struct mails_in, state, FIELD_CHOICE, 0, 0, false, "under_way finished stopped",
		"State"),
	FIELD(struct mails_in, after, FIELD_ID, 0, 0, false, ID_ENROLMENT, "After"));

struct stop_in {
	int64_t contact;
};
FORM(campaign_stop_page_form, struct stop_in, 0,
	FIELD(struct stop_in, contact, FIELD_ID, 1, 0, true, ID_CONTACT, "Contact"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "campaigns", .body = o });
}

static const char *next_path(struct scope *sc, int64_t campaign, const char *rest,
	const struct mails_in *in, const char *last)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, campaign_path(sc, campaign, rest));
	url_add(&o, "after", last);
	if (!str_empty(in->state))
		url_add(&o, "state", in->state);
	return o.data;
}

/* The step of a node, from 1; 0 for none. */
static int step_of(const struct campaign_step *steps, size_t n, int64_t node)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].node == node)
			return (int)i + 1;
	return 0;
}

static enum err address_of(struct scope *sc, const struct message *m, const char **who)
{
	struct contact c;
	enum err e;

	*who = m->rcpt;
	if (m->rcpt || !m->contact)
		return ERR_NONE;
	e = contact_find(sc, m->contact, &c);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		*who = c.email;
	return e;
}

static enum err dress_mails(struct scope *sc, const struct campaign *c, const struct message *rows,
	size_t n, struct mail_row **out)
{
	struct campaign_step *steps;
	size_t step_count;
	struct mail_row *list = arena_array(sc->mem, n + 1, sizeof *list);
	enum err e = campaign_steps(sc, c->id, &steps, &step_count);

	for (size_t i = 0; i < n && !e; i++) {
		list[i].m = &rows[i];
		list[i].step = step_of(steps, step_count, rows[i].node);
		e = address_of(sc, &rows[i], &list[i].who);
	}
	*out = list;
	return e;
}

enum err campaign_mails_page(struct scope *sc, struct request *q, const void *input)
{
	const struct mails_in *in = input;
	struct campaign c;
	struct campaign_progress p;
	struct mails_view v = { .q = q, .c = &c, .p = &p, .state = in->state };
	struct message *rows;
	struct mail_row *list;
	struct out o;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (!e)
		e = campaign_progress(sc, c.id, &p);
	if (!e)
		e = message_list(sc,
			&(struct message_filter){ .campaign = c.id,
				.state = in->state,
				.after = in->after,
				.limit = PAGE_ROWS + 1 },
			&rows, &v.n);
	if (e)
		return e;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = next_path(sc, c.id, "/mails", in,
			id_format(sc->mem, ID_MESSAGE, rows[PAGE_ROWS - 1].id));
	}
	e = dress_mails(sc, &c, rows, v.n, &list);
	if (e)
		return e;
	v.rows = list;
	out_init(&o, sc->mem);
	mails_html(sc, &o, &v);
	page(sc, q, c.name, &o);
	return ERR_NONE;
}

static enum err read_steps(struct scope *sc, struct people_view *v)
{
	struct campaign_step *steps;
	size_t n;
	int *list = arena_array(sc->mem, v->n + 1, sizeof *list);
	enum err e = campaign_steps(sc, v->c->id, &steps, &n);

	for (size_t i = 0; i < v->n && !e; i++)
		list[i] = step_of(steps, n, v->rows[i].node);
	v->steps = list;
	return e;
}

enum err campaign_people_page(struct scope *sc, struct request *q, const void *input)
{
	const struct mails_in *in = input;
	struct campaign c;
	struct campaign_progress p;
	struct people_view v = { .q = q, .c = &c, .p = &p, .state = in->state };
	struct enrolment *rows;
	struct out o;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (!e)
		e = campaign_progress(sc, c.id, &p);
	if (!e)
		e = enrolment_list(sc, c.id, in->state, in->after, PAGE_ROWS + 1, &rows, &v.n);
	if (e)
		return e;
	v.rows = rows;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = next_path(sc, c.id, "/people", in,
			id_format(sc->mem, ID_ENROLMENT, rows[PAGE_ROWS - 1].id));
	}
	e = read_steps(sc, &v);
	if (e)
		return e;
	out_init(&o, sc->mem);
	people_html(sc, &o, &v);
	page(sc, q, c.name, &o);
	return ERR_NONE;
}

enum err campaign_stop_page(struct scope *sc, struct request *q, const void *input)
{
	const struct stop_in *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	enum err e = campaign_stop_contact(sc, id, in->contact);

	if (e)
		return e;
	reply_go(sc, q, campaign_path(sc, id, "/people"), t("This person gets nothing more of it."),
		NULL);
	return ERR_NONE;
}

/* ---- one mail ---- */

/* What the mail names, where it is still there. */
static enum err read_around(struct scope *sc, struct message_view *v, struct campaign *c)
{
	struct mailbox mailbox;
	struct appliance appliance;
	enum err e = address_of(sc, v->m, &v->who);

	if (!e && v->m->campaign) {
		e = campaign_find(sc, v->m->campaign, c);
		v->c = e ? NULL : c;
	}
	if (!e && v->m->mailbox) {
		e = mailbox_find(sc, v->m->mailbox, &mailbox);
		v->mailbox = e ? NULL : mailbox.address;
	}
	if (!e && v->m->appliance) {
		e = appliance_find(sc, v->m->appliance, &appliance);
		v->appliance = e ? NULL : appliance.name;
	}
	if (e == ERR_MISSING) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	return e;
}

enum err message_page(struct scope *sc, struct request *q, const void *input)
{
	struct message m;
	struct message_why why;
	struct campaign c;
	struct message_view v = { .q = q, .m = &m };
	struct event_row *events;
	const char **details;
	struct out o;
	enum err e = message_find(sc, request_id(q, ID_MESSAGE), &m);

	if (!e && m.workspace != sc->workspace)
		e = fail(sc, ERR_MISSING, "There is no such mail");
	if (!e)
		e = read_around(sc, &v, &c);
	if (!e)
		e = event_timeline(sc, m.id, 0, PAGE_FACTS, &events, &details, &v.event_count);
	if (!e)
		e = letter_of_facts(sc, events, v.event_count, &v.letters);
	if (!e && message_is_moving(message_state_of(m.state))) {
		e = message_explain(sc, m.id, &why);
		v.why = &why;
	}
	if (e)
		return e;
	v.id = id_format(sc->mem, ID_MESSAGE, m.id);
	v.events = events;
	v.details = details;
	out_init(&o, sc->mem);
	message_html(sc, &o, &v);
	page(sc, q, t("Mail"), &o);
	return ERR_NONE;
}
