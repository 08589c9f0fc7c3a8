/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/sender_api.h"

#include "base/id.h"
#include "sender/mailbox.h"
#include "text/json.h"

struct mailbox_input {
	const char *address, *name, *zone;
	int64_t appliance, cap, gap, jitter, days, from_minute, to_minute;
};
#define BOX(member, ...) FIELD(struct mailbox_input, member, __VA_ARGS__)
#define BOX_FIELDS                                                                                 \
	BOX(name, FIELD_TEXT, 0, 100, false, NULL, "Name"),                                        \
		BOX(appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"),                  \
		BOX(cap, FIELD_INT, 1, 100000, false, NULL, "Mails a day"),                        \
		BOX(gap, FIELD_INT, 0, DAY_MS, false, NULL, "Least gap (ms)"),                     \
		BOX(jitter, FIELD_INT, 0, DAY_MS, false, NULL, "Random part of the gap (ms)"),     \
		BOX(days, FIELD_INT, 1, 0x7f, false, NULL, "Days (bit 0 is Sunday)"),              \
		BOX(from_minute, FIELD_INT, 0, 1440, false, NULL, "From (minute of the day)"),     \
		BOX(to_minute, FIELD_INT, 0, 1440, false, NULL, "To (minute of the day)"),         \
		BOX(zone, FIELD_TEXT, 1, 64, false, NULL, "Time zone")
FORM(mailbox_add_api_form, struct mailbox_input, 0,
	BOX(address, FIELD_EMAIL, 3, 254, true, NULL, "Address"), BOX_FIELDS);
FORM(mailbox_edit_api_form, struct mailbox_input, 0, BOX_FIELDS);

static void put_mailbox(struct out *o, const struct mailbox *m)
{
	json_open(o);
	json_add_id(o, "id", ID_MAILBOX, m->id);
	json_add_text(o, "address", m->address);
	json_add_text(o, "name", m->name);
	json_add_text(o, "state", m->state);
	json_add_id(o, "domain", ID_DOMAIN, m->domain);
	json_add_id(o, "appliance", ID_APPLIANCE, m->appliance);
	json_add_int(o, "cap", m->cap);
	json_add_int(o, "gap", m->gap);
	json_add_int(o, "jitter", m->jitter);
	json_add_int(o, "days", m->days);
	json_add_int(o, "from_minute", m->from_minute);
	json_add_int(o, "to_minute", m->to_minute);
	json_add_text(o, "zone", m->zone);
	json_add_time(o, "created", m->created);
	json_close(o);
}

static enum err reply_mailbox(struct scope *sc, struct request *q, int64_t id)
{
	struct mailbox m;
	struct out o;
	enum err e = mailbox_find(sc, id, &m);

	if (e)
		return e;
	out_init(&o, sc->mem);
	put_mailbox(&o, &m);
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}

/* What is not said stays as it was in OLD. */
static struct mailbox_new merged(const struct mailbox_input *in, const struct mailbox *old)
{
	bool gap = in->gap || in->jitter, window = in->from_minute || in->to_minute;

	return (struct mailbox_new){ .address = in->address,
		.name = in->name ? in->name : old->name,
		.appliance = in->appliance ? in->appliance : old->appliance,
		.pace = { .cap = in->cap ? in->cap : old->cap,
			.gap = gap ? in->gap : old->gap,
			.jitter = gap ? in->jitter : old->jitter,
			.days = in->days ? in->days : old->days,
			.from_minute = window ? in->from_minute : old->from_minute,
			.to_minute = window ? in->to_minute : old->to_minute,
			.zone = in->zone ? in->zone : old->zone } };
}

enum err mailbox_list_api(struct scope *sc, struct request *q, const void *input)
{
	struct out *o = reply_open_list(sc);
	struct mailbox *list;
	size_t n;
	enum err e = mailbox_list(sc, &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		put_mailbox(o, &list[i]);
	return reply_close_list(sc, q, o, NULL);
}

enum err mailbox_add_api(struct scope *sc, struct request *q, const void *input)
{
	static const struct mailbox usual = { .name = "",
		.cap = MAILBOX_CAP,
		.gap = MAILBOX_GAP,
		.jitter = MAILBOX_JITTER,
		.days = MAILBOX_DAYS,
		.from_minute = MAILBOX_FROM,
		.to_minute = MAILBOX_TO,
		.zone = "UTC" };
	struct mailbox_new new = merged(input, &usual);
	int64_t id;
	enum err e = mailbox_add(sc, &new, &id);

	return e ? e : reply_added(sc, q, ID_MAILBOX, id);
}

enum err mailbox_find_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_mailbox(sc, q, request_id(q, ID_MAILBOX));
}

enum err mailbox_edit_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_MAILBOX);
	struct mailbox_new new;
	struct mailbox old;
	enum err e = mailbox_find(sc, id, &old);

	if (e)
		return e;
	new = merged(input, &old);
	e = mailbox_edit(sc, id, &new);
	return e ? e : reply_mailbox(sc, q, id);
}

enum err mailbox_stop_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = mailbox_stop(sc, request_id(q, ID_MAILBOX));

	return e ? e : reply_mailbox(sc, q, request_id(q, ID_MAILBOX));
}

enum err mailbox_resume_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = mailbox_resume(sc, request_id(q, ID_MAILBOX));

	return e ? e : reply_mailbox(sc, q, request_id(q, ID_MAILBOX));
}
