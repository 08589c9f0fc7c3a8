/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/sender_page.h"

#include "base/id.h"
#include "sender/sender_html.h"
#include "text/html.h"

#define APPLIANCES_MAX 200

struct mailbox_in {
	const char *address, *name;
	int64_t appliance;
	int64_t cap, gap, jitter; /* the last two in minutes */
	bool sun, mon, tue, wed, thu, fri, sat;
	const char *from, *to; /* "09:00" */
	const char *zone;
};
/* clang-format off */
#define PACE_FIELDS \
	FIELD(struct mailbox_in, name, FIELD_TEXT, 0, 120, false, NULL, "Name"), \
	FIELD(struct mailbox_in, appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"), \
	FIELD(struct mailbox_in, cap, FIELD_INT, 1, 100000, true, NULL, "Mails a day"), \
	FIELD(struct mailbox_in, gap, FIELD_INT, 0, 1440, true, NULL, "Pause"), \
	FIELD(struct mailbox_in, jitter, FIELD_INT, 0, 1440, true, NULL, "Random pause"), \
	FIELD(struct mailbox_in, sun, FIELD_BOOL, 0, 0, false, NULL, "Sunday"), \
	FIELD(struct mailbox_in, mon, FIELD_BOOL, 0, 0, false, NULL, "Monday"), \
	FIELD(struct mailbox_in, tue, FIELD_BOOL, 0, 0, false, NULL, "Tuesday"), \
	FIELD(struct mailbox_in, wed, FIELD_BOOL, 0, 0, false, NULL, "Wednesday"), \
	FIELD(struct mailbox_in, thu, FIELD_BOOL, 0, 0, false, NULL, "Thursday"), \
	FIELD(struct mailbox_in, fri, FIELD_BOOL, 0, 0, false, NULL, "Friday"), \
	FIELD(struct mailbox_in, sat, FIELD_BOOL, 0, 0, false, NULL, "Saturday"), \
	FIELD(struct mailbox_in, from, FIELD_TEXT, 5, 5, true, NULL, "From"), \
	FIELD(struct mailbox_in, to, FIELD_TEXT, 5, 5, true, NULL, "To"), \
	FIELD(struct mailbox_in, zone, FIELD_TEXT, 1, 64, true, NULL, "Time zone")
/* clang-format on */
FORM(mailbox_add_page_form, struct mailbox_in, 0,
	FIELD(struct mailbox_in, address, FIELD_EMAIL, 3, 254, true, NULL, "Address"), PACE_FIELDS);
FORM(mailbox_edit_page_form, struct mailbox_in, 0, PACE_FIELDS);

static void page(
	struct scope *sc, struct request *q, const char *nav, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = nav, .body = o });
}

/* ---- mailboxes ---- */

enum err mailboxes_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailboxes_view v = { .q = q };
	struct mailbox *rows;
	struct appliance *appliances;
	struct domain *domains;
	size_t n;
	struct out o;
	enum err e = mailbox_list(sc, &rows, &v.n);

	if (!e)
		e = appliance_list(sc, NULL, APPLIANCES_MAX, &appliances, &v.appliance_count);
	if (!e)
		e = domain_list(sc, &domains, &n);
	if (e)
		return e;
	v.rows = rows;
	v.appliances = appliances;
	v.has_domain = n > 0;
	out_init(&o, sc->mem);
	mailboxes_html(sc, &o, &v);
	page(sc, q, "mailboxes", t("Mailboxes"), &o);
	return ERR_NONE;
}

static enum err show_mailbox(struct scope *sc, struct request *q, const struct mailbox *m)
{
	struct mailbox_view v = { .q = q, .m = m };
	struct appliance *appliances;
	struct domain *domains;
	struct out o;
	enum err e = appliance_list(sc, NULL, APPLIANCES_MAX, &appliances, &v.appliance_count);

	if (!e)
		e = domain_list(sc, &domains, &v.domain_count);
	if (e)
		return e;
	v.appliances = appliances;
	v.domains = domains;
	if (m)
		v.id = id_format(sc->mem, ID_MAILBOX, m->id);
	out_init(&o, sc->mem);
	mailbox_html(sc, &o, &v);
	page(sc, q, "mailboxes", m ? m->address : t("New mailbox"), &o);
	return ERR_NONE;
}

enum err mailbox_new_page(struct scope *sc, struct request *q, const void *input)
{
	return show_mailbox(sc, q, NULL);
}

enum err mailbox_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailbox m;
	enum err e = mailbox_find(sc, request_id(q, ID_MAILBOX), &m);

	return e ? e : show_mailbox(sc, q, &m);
}

/* "09:30" is 570. 24:00 ends a day. */
static enum err read_minute(struct scope *sc, const char *field, const char *text, int64_t *minute)
{
	char hour[3] = { text[0], text[1], 0 };
	int64_t h, m;

	if (text[2] != ':' || !str_int(hour, 0, 24, &h) || !str_int(text + 3, 0, 59, &m) ||
		h * 60 + m > 1440)
		return fail_field(sc, field, "This is no time of day such as 09:30");
	*minute = h * 60 + m;
	return ERR_NONE;
}

static enum err read_mailbox(struct scope *sc, const struct mailbox_in *in, struct mailbox_new *out)
{
	const bool days[] = { in->sun, in->mon, in->tue, in->wed, in->thu, in->fri, in->sat };
	struct mailbox_pace *p = &out->pace;
	enum err e;

	*out = (struct mailbox_new){
		.address = in->address, .name = in->name ? in->name : "", .appliance = in->appliance
	};
	p->cap = in->cap;
	p->gap = in->gap * MINUTE_MS;
	p->jitter = in->jitter * MINUTE_MS;
	p->zone = in->zone;
	for (int i = 0; i < 7; i++)
		p->days |= days[i] ? INT64_C(1) << i : 0;
	if (!p->days)
		return fail_field(sc, "days", "Choose at least one day");
	e = read_minute(sc, "from", in->from, &p->from_minute);
	return e ? e : read_minute(sc, "to", in->to, &p->to_minute);
}

enum err mailbox_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct mailbox_in *in = input;
	struct mailbox_new new;
	int64_t id;
	enum err e = read_mailbox(sc, in, &new);

	if (!e)
		e = mailbox_add(sc, &new, &id);
	if (e)
		return e;
	reply_go(sc, q, "/mailboxes", tf("%s may send.", in->address), NULL);
	return ERR_NONE;
}

enum err mailbox_edit_page(struct scope *sc, struct request *q, const void *input)
{
	struct mailbox_new new;
	enum err e = read_mailbox(sc, input, &new);

	if (!e)
		e = mailbox_edit(sc, request_id(q, ID_MAILBOX), &new);
	if (e)
		return e;
	reply_go(sc, q, "/mailboxes", t("Saved. Its appliance is told now."), NULL);
	return ERR_NONE;
}

enum err mailbox_stop_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_MAILBOX);
	enum err e = mailbox_stop(sc, id);

	if (e)
		return e;
	reply_go(sc, q, "/mailboxes", t("The mailbox is stopped."),
		arena_printf(sc->mem, "/mailboxes/%s/resume", id_format(sc->mem, ID_MAILBOX, id)));
	return ERR_NONE;
}

enum err mailbox_resume_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = mailbox_resume(sc, request_id(q, ID_MAILBOX));

	if (e)
		return e;
	reply_go(sc, q, "/mailboxes", t("The mailbox sends again."), NULL);
	return ERR_NONE;
}
