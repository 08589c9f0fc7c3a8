/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/contact_page.h"

#include <inttypes.h>

#include "audience/contact_html.h"
#include "base/id.h"
#include "campaign/person.h"
#include "pace/provider.h"
#include "send/letter.h"
#include "text/html.h"
#include "text/url.h"
#include "warmup/site.h"

#define PAGE_ROWS  50
#define PAGE_FACTS 50

struct contacts_in {
	const char *q, *state;
	int64_t source, after;
};
FORM(contacts_page_form, struct contacts_in, 0,
	FIELD(struct contacts_in, q, FIELD_TEXT, 1, 254, false, NULL, "Search"),
	FIELD(struct contacts_in, state, FIELD_CHOICE, 0, 0, false,
		"active unsubscribed bounced erased", "State"),
	FIELD(struct contacts_in, source, FIELD_ID, 0, 0, false, ID_IMPORT, "Import"),
	FIELD(struct contacts_in, after, FIELD_ID, 0, 0, false, ID_CONTACT, "After"));

struct contact_in {
	const char *email, *name, *company, *country, *zone, *lang;
};
FORM(contact_add_page_form, struct contact_in, 0,
	FIELD(struct contact_in, email, FIELD_EMAIL, 3, 254, true, NULL, "Address"),
	FIELD(struct contact_in, name, FIELD_TEXT, 1, 200, false, NULL, "Name"),
	FIELD(struct contact_in, company, FIELD_TEXT, 1, 200, false, NULL, "Company"),
	FIELD(struct contact_in, country, FIELD_TEXT, 1, 80, false, NULL, "Country"),
	FIELD(struct contact_in, zone, FIELD_TEXT, 1, 64, false, NULL, "Time zone"),
	FIELD(struct contact_in, lang, FIELD_TEXT, 1, 20, false, NULL, "Language"));
FORM(contact_edit_page_form, struct contact_in, 0,
	FIELD(struct contact_in, name, FIELD_TEXT, 1, 200, false, NULL, "Name"),
	FIELD(struct contact_in, company, FIELD_TEXT, 1, 200, false, NULL, "Company"),
	FIELD(struct contact_in, country, FIELD_TEXT, 1, 80, false, NULL, "Country"),
	FIELD(struct contact_in, zone, FIELD_TEXT, 1, 64, false, NULL, "Time zone"),
	FIELD(struct contact_in, lang, FIELD_TEXT, 1, 20, false, NULL, "Language"));

struct contact_at_in {
	int64_t before;
};
FORM(contact_at_page_form, struct contact_at_in, 0,
	FIELD(struct contact_at_in, before, FIELD_INT, 0, INT64_MAX, false, NULL, "Before"));

struct erase_in {
	const char *typed;
};
FORM(contact_erase_page_form, struct erase_in, 0,
	FIELD(struct erase_in, typed, FIELD_TEXT, 1, 254, true, NULL, "Address"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "contacts", .body = o });
}

static const char *path_of(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/contacts/%s", id_format(sc->mem, ID_CONTACT, id));
}

static const char *next_path(struct scope *sc, const struct contacts_in *in, int64_t last)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "/contacts");
	url_add(&o, "after", id_format(sc->mem, ID_CONTACT, last));
	if (!str_empty(in->q))
		url_add(&o, "q", in->q);
	if (!str_empty(in->state))
		url_add(&o, "state", in->state);
	if (in->source)
		url_add(&o, "source", id_format(sc->mem, ID_IMPORT, in->source));
	return o.data;
}

enum err contacts_page(struct scope *sc, struct request *q, const void *input)
{
	const struct contacts_in *in = input;
	struct contacts_view v = { .q = q, .search = in->q, .state = in->state };
	struct contact_filter f = { in->q, in->state, in->source, in->after, PAGE_ROWS + 1 };
	struct contact *rows;
	struct import source;
	struct out o;
	enum err e = contact_list(sc, &f, &rows, &v.n);

	if (!e)
		e = contact_count(sc, &v.counts);
	if (!e && in->source) {
		e = import_find(sc, in->source, &source);
		v.source = &source;
	}
	if (e)
		return e;
	v.rows = rows;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = next_path(sc, in, rows[PAGE_ROWS - 1].id);
	}
	out_init(&o, sc->mem);
	contacts_html(sc, &o, &v);
	page(sc, q, t("Contacts"), &o);
	return ERR_NONE;
}

enum err contact_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	out_init(&o, sc->mem);
	contact_new_html(sc, &o, q);
	page(sc, q, t("New contact"), &o);
	return ERR_NONE;
}

enum err contact_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct contact_in *in = input;
	struct contact_new new = { .email = in->email,
		.name = in->name,
		.company = in->company,
		.country = in->country,
		.zone = in->zone,
		.lang = in->lang };
	int64_t id;
	enum err e = contact_add(sc, &new, &id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Added."), NULL);
	return ERR_NONE;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

enum err contact_edit_page(struct scope *sc, struct request *q, const void *input)
{
	const struct contact_in *in = input;
	int64_t id = request_id(q, ID_CONTACT);
	struct contact_new new = { .name = or_empty(in->name),
		.company = or_empty(in->company),
		.country = or_empty(in->country),
		.zone = or_empty(in->zone),
		.lang = or_empty(in->lang) };
	enum err e = contact_edit(sc, id, &new);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Saved."), NULL);
	return ERR_NONE;
}

/* ---- one person ---- */

static enum err read_enrolments(struct scope *sc, struct contact_view *v)
{
	struct enrolment *rows;
	const char **names;
	enum err e = enrolment_list_contact(sc, v->c->id, &rows, &v->enrolment_count);

	if (e)
		return e;
	names = arena_array(sc->mem, v->enrolment_count + 1, sizeof *names);
	for (size_t i = 0; i < v->enrolment_count && !e; i++) {
		struct campaign c;

		e = campaign_find(sc, rows[i].campaign, &c);
		names[i] = e ? NULL : c.name;
	}
	v->enrolments = rows;
	v->campaigns = names;
	return e;
}

static enum err read_timeline(struct scope *sc, struct contact_view *v, int64_t before)
{
	struct event_row *events;
	const char **details;
	enum err e = person_timeline(
		sc, v->c->id, before, PAGE_FACTS + 1, &events, &details, &v->event_count);

	if (e)
		return e;
	e = letter_of_facts(sc, events, v->event_count, &v->letters);
	if (e)
		return e;
	v->events = events;
	v->details = details;
	if (v->event_count > PAGE_FACTS) {
		v->event_count = PAGE_FACTS;
		v->older = arena_printf(sc->mem, "%s?before=%" PRId64, path_of(sc, v->c->id),
			events[PAGE_FACTS - 1].pos);
	}
	return ERR_NONE;
}

/* What the DNS said of the domain, with its reason where nobody could say. */
static enum err read_provider(struct scope *sc, struct contact_view *v)
{
	const char *at = strrchr(v->c->email_key, '@');
	struct site_row site;
	enum err e = ERR_NONE;

	if (!v->c->provider || !at)
		return ERR_NONE;
	v->provider = provider_named(providers_builtin(sc), v->c->provider)->title;
	e = site_find(sc, at + 1, &site);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e)
		v->provider_why = site.why;
	return e;
}

enum err contact_page(struct scope *sc, struct request *q, const void *input)
{
	const struct contact_at_in *in = input;
	struct contact c;
	struct contact_view v = { .q = q, .c = &c };
	struct contact_value *values;
	const char **fields;
	struct out o;
	enum err e = contact_find(sc, request_id(q, ID_CONTACT), &c);

	if (!e)
		e = contact_values(sc, c.id, &values, &v.value_count);
	if (!e)
		e = contact_fields(sc, &fields, &v.field_count);
	if (!e)
		e = read_enrolments(sc, &v);
	if (!e)
		e = read_provider(sc, &v);
	if (!e)
		e = read_timeline(sc, &v, in->before);
	if (e)
		return e;
	v.id = id_format(sc->mem, ID_CONTACT, c.id);
	v.values = values;
	v.fields = fields;
	out_init(&o, sc->mem);
	contact_html(sc, &o, &v);
	page(sc, q, str_empty(c.email) ? t("Erased contact") : c.email, &o);
	return ERR_NONE;
}

enum err contact_stop_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	enum err e = contact_stop(sc, id, "manual", "dashboard", 0);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("This person gets no more mail."),
		arena_printf(sc->mem, "%s/resume", path_of(sc, id)));
	return ERR_NONE;
}

enum err contact_resume_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	enum err e = contact_resume(sc, id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("This person may be mailed again."), NULL);
	return ERR_NONE;
}

enum err contact_erase_page(struct scope *sc, struct request *q, const void *input)
{
	const struct erase_in *in = input;
	struct contact c;
	enum err e = contact_find(sc, request_id(q, ID_CONTACT), &c);

	if (e)
		return e;
	if (!str_eq_nocase(in->typed, c.email))
		return fail_field(sc, "typed", "This is not the person's address");
	e = contact_erase(sc, c.id);
	if (e)
		return e;
	reply_go(sc, q, "/contacts", t("Erased. The address stays blocked as a keyed hash."), NULL);
	return ERR_NONE;
}

enum err contact_export_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	struct bytes json;
	enum err e = person_export(sc, id, &json);

	if (e)
		return e;
	reply_file(q, "application/json",
		arena_printf(sc->mem, "%s.json", id_format(sc->mem, ID_CONTACT, id)), json);
	return ERR_NONE;
}
