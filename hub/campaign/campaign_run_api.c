/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a campaign does and how it goes, and one person across all areas. */
#include "audience/audience_api.h"
#include "base/id.h"
#include "campaign/campaign.h"
#include "campaign/campaign_api.h"
#include "campaign/person.h"
#include "text/json.h"

#define TIMELINE 100

struct campaign_test_input {
	int64_t step;
	const char *to;
};
FORM(campaign_test_api_form, struct campaign_test_input, 0,
	FIELD(struct campaign_test_input, step, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, false, NULL,
		"Step"),
	FIELD(struct campaign_test_input, to, FIELD_EMAIL, 3, 254, true, NULL, "To"));
struct campaign_score_input {
	int64_t step;
};
FORM(campaign_score_api_form, struct campaign_score_input, 0,
	FIELD(struct campaign_score_input, step, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, false, NULL,
		"Step"));
struct campaign_stop_input {
	int64_t contact;
};
FORM(campaign_stop_contact_api_form, struct campaign_stop_input, 0,
	FIELD(struct campaign_stop_input, contact, FIELD_ID, 1, 0, true, ID_CONTACT, "Contact"));
struct campaign_people_input {
	const char *state;
	int64_t after, limit;
};
FORM(campaign_people_api_form, struct campaign_people_input, 0,
	FIELD(struct campaign_people_input, state, FIELD_CHOICE, 0, 0, false,
		"under_way finished stopped", "State"),
	FIELD(struct campaign_people_input, after, FIELD_ID, 0, 0, false, ID_ENROLMENT, "After"),
	FIELD(struct campaign_people_input, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));

/* ---- before ---- */

enum err campaign_check_api(struct scope *sc, struct request *q, const void *input)
{
	struct out *o = reply_open(sc);
	struct finding *list;
	size_t n;
	enum err e = campaign_check(sc, request_id(q, ID_CAMPAIGN), &list, &n);

	if (e)
		return e;
	json_add_bool(o, "ready", n == 0 || !list[0].blocking);
	json_name(o, "list");
	json_open_list(o);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "key", list[i].key);
		json_add_bool(o, "blocking", list[i].blocking);
		json_add_text(o, "text", list[i].text);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

enum err campaign_test_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_test_input *in = input;
	int64_t id;
	enum err e = campaign_test(sc, request_id(q, ID_CAMPAIGN), (int)in->step, in->to, &id);

	return e ? e : reply_added(sc, q, ID_MESSAGE, id);
}

/* The answer is the command's: GET /api/v1/commands/… */
enum err campaign_score_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_score_input *in = input;
	struct out *o = reply_open(sc);
	int64_t command;
	enum err e = campaign_score(sc, request_id(q, ID_CAMPAIGN), (int)in->step, &command);

	if (e)
		return e;
	json_add_id(o, "command", ID_COMMAND, command);
	return reply_close(sc, q, 202, o);
}

/* ---- on the way ---- */

static enum err act(
	struct scope *sc, struct request *q, enum err (*verb)(struct scope *sc, int64_t id))
{
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct out *o = reply_open(sc);
	struct campaign c;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = verb(sc, id);
	if (!e)
		e = campaign_find(sc, id, &c);
	if (e)
		return e;
	json_add_id(o, "id", ID_CAMPAIGN, id);
	json_add_text(o, "state", c.state);
	json_add_int(o, "version", c.version);
	return reply_close(sc, q, 200, o);
}

enum err campaign_launch_api(struct scope *sc, struct request *q, const void *input)
{
	return act(sc, q, campaign_launch);
}

enum err campaign_pause_api(struct scope *sc, struct request *q, const void *input)
{
	return act(sc, q, campaign_pause);
}

enum err campaign_resume_api(struct scope *sc, struct request *q, const void *input)
{
	return act(sc, q, campaign_resume);
}

enum err campaign_cancel_api(struct scope *sc, struct request *q, const void *input)
{
	return act(sc, q, campaign_cancel);
}

enum err campaign_stop_contact_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_stop_input *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct campaign c;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = campaign_stop_contact(sc, id, in->contact);
	if (!e)
		reply_none(q, 204);
	return e;
}

enum err campaign_explain_api(struct scope *sc, struct request *q, const void *input)
{
	struct out *o = reply_open_list(sc);
	struct campaign_reason *list;
	size_t n;
	enum err e = campaign_explain(sc, request_id(q, ID_CAMPAIGN), &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "key", list[i].key);
		json_add_text(o, "text", list[i].text);
		json_add_text(o, "by", list[i].by);
		json_add_time(o, "until", list[i].until);
		json_add_id(o, "mailbox", ID_MAILBOX, list[i].mailbox);
		json_add_int(o, "mails", list[i].mails);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

/* ---- who and what ---- */

enum err campaign_people_api(struct scope *sc, struct request *q, const void *input)
{
	const struct campaign_people_input *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN);
	int limit = in->limit ? (int)in->limit : 50;
	struct out *o = reply_open_list(sc);
	struct enrolment *list;
	struct campaign c;
	size_t n;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = enrolment_list(sc, id, in->state, in->after, limit, &list, &n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_id(o, "id", ID_ENROLMENT, list[i].id);
		json_add_id(o, "contact", ID_CONTACT, list[i].contact);
		json_add_text(o, "email", list[i].email);
		json_add_text(o, "state", list[i].state);
		json_add_text(o, "reason", list[i].reason);
		json_add_id(o, "node", ID_NODE, list[i].node);
		json_add_time(o, "due", list[i].due);
		json_close(o);
	}
	return reply_close_list(sc, q, o,
		n == (size_t)limit ? id_format(sc->mem, ID_ENROLMENT, list[n - 1].id) : NULL);
}

static enum err put_facts(struct scope *sc, struct out *o, const struct event_row *rows,
	const char *const *details, size_t n)
{
	json_name(o, "timeline");
	json_open_list(o);
	for (size_t i = 0; i < n; i++) {
		const struct json *data;

		json_open(o);
		json_add_time(o, "at", rows[i].at);
		json_add_text(o, "kind", rows[i].kind);
		json_add_int(o, "pos", rows[i].pos);
		if (rows[i].data && !json_parse(sc, bytes_of(rows[i].data, strlen(rows[i].data)),
					    64 * 1024, &data)) {
			json_name(o, "data");
			out_text(o, rows[i].data);
		}
		if (details && details[i])
			json_add_text(o, "detail", details[i]);
		json_close(o);
	}
	json_close_list(o);
	scope_clear(sc);
	return ERR_NONE;
}

enum err campaign_timeline_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CAMPAIGN);
	struct out *o = reply_open(sc);
	struct event_row *rows;
	struct campaign c;
	size_t n;
	enum err e = campaign_find(sc, id, &c);

	if (!e)
		e = event_timeline(sc, id, 0, TIMELINE, &rows, NULL, &n);
	if (!e)
		e = put_facts(sc, o, rows, NULL, n);
	return e ? e : reply_close(sc, q, 200, o);
}

/* ---- one person ---- */

enum err person_find_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	struct out *o = reply_open(sc);
	struct contact_value *values;
	struct event_row *rows;
	const char **details;
	struct contact c;
	size_t value_count, n;
	enum err e = contact_find(sc, id, &c);

	if (!e)
		e = contact_values(sc, id, &values, &value_count);
	if (!e)
		e = person_timeline(sc, id, 0, TIMELINE, &rows, &details, &n);
	if (e)
		return e;
	contact_put(o, &c, values ? values : &(struct contact_value){ 0 }, value_count);
	e = put_facts(sc, o, rows, details, n);
	return e ? e : reply_close(sc, q, 200, o);
}

enum err person_export_api(struct scope *sc, struct request *q, const void *input)
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
