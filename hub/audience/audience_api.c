/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/audience_api.h"

#include "audience/suppression.h"
#include "base/id.h"
#include "text/json.h"

struct contact_list_input {
	const char *search, *state;
	int64_t source, after, limit;
};
FORM(contact_list_api_form, struct contact_list_input, 0,
	FIELD(struct contact_list_input, search, FIELD_TEXT, 0, 200, false, NULL, "Search"),
	FIELD(struct contact_list_input, state, FIELD_CHOICE, 0, 0, false,
		"active unsubscribed bounced erased", "State"),
	FIELD(struct contact_list_input, source, FIELD_ID, 0, 0, false, ID_IMPORT, "Import"),
	FIELD(struct contact_list_input, after, FIELD_ID, 0, 0, false, ID_CONTACT, "After"),
	FIELD(struct contact_list_input, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));

struct contact_input {
	const char *email, *name, *company, *country, *zone, *lang;
	const struct json *fields;
};
#define PERSON(member, ...) FIELD(struct contact_input, member, __VA_ARGS__)
#define PERSON_FIELDS                                                                              \
	PERSON(name, FIELD_TEXT, 0, 200, false, NULL, "Name"),                                     \
		PERSON(company, FIELD_TEXT, 0, 200, false, NULL, "Company"),                       \
		PERSON(country, FIELD_TEXT, 0, 100, false, NULL, "Country"),                       \
		PERSON(zone, FIELD_TEXT, 0, 64, false, NULL, "Time zone"),                         \
		PERSON(lang, FIELD_TEXT, 0, 35, false, NULL, "Language"),                          \
		PERSON(fields, FIELD_JSON, 0, 0, false, NULL, "Own fields")
FORM(contact_add_api_form, struct contact_input, 0,
	PERSON(email, FIELD_EMAIL, 3, 254, true, NULL, "Email"), PERSON_FIELDS);
FORM(contact_edit_api_form, struct contact_input, 0, PERSON_FIELDS);

struct suppression_list_input {
	const char *before;
	int64_t limit;
};
FORM(suppression_list_api_form, struct suppression_list_input, 0,
	FIELD(struct suppression_list_input, before, FIELD_TEXT, 0, 100, false, NULL,
		"Before (ms)"),
	FIELD(struct suppression_list_input, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));
struct suppression_add_input {
	const char *addresses, *scope;
};
FORM(suppression_add_api_form, struct suppression_add_input, 1024 * 1024,
	FIELD(struct suppression_add_input, addresses, FIELD_LINES, 3, 1000000, true, NULL,
		"Addresses"),
	FIELD(struct suppression_add_input, scope, FIELD_CHOICE, 0, 0, false, "tenant workspace",
		"Holds for"));
struct suppression_remove_input {
	const char *address, *why, *scope;
};
FORM(suppression_remove_api_form, struct suppression_remove_input, 0,
	FIELD(struct suppression_remove_input, address, FIELD_EMAIL, 3, 254, true, NULL, "Address"),
	FIELD(struct suppression_remove_input, why, FIELD_TEXT, 1, 500, true, NULL, "Reason"),
	FIELD(struct suppression_remove_input, scope, FIELD_CHOICE, 0, 0, false, "tenant workspace",
		"Holds for"));

/* ---- contacts ---- */

void contact_put(
	struct out *o, const struct contact *c, const struct contact_value *values, size_t n)
{
	json_add_id(o, "id", ID_CONTACT, c->id);
	json_add_text(o, "email", c->email);
	json_add_text(o, "name", c->name);
	json_add_text(o, "company", c->company);
	json_add_text(o, "country", c->country);
	json_add_text(o, "zone", c->zone);
	json_add_text(o, "lang", c->lang);
	json_add_text(o, "provider", c->provider);
	json_add_text(o, "state", c->state);
	json_add_id(o, "source", ID_IMPORT, c->source);
	json_add_time(o, "created", c->created);
	if (!values)
		return;
	json_name(o, "fields");
	json_open(o);
	for (size_t i = 0; i < n; i++)
		json_add_text(o, values[i].name, values[i].text);
	json_close(o);
}

enum err contact_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct contact_list_input *in = input;
	struct contact_filter f = { in->search, in->state, in->source, in->after,
		in->limit ? (int)in->limit : 50 };
	struct out *o = reply_open_list(sc);
	struct contact *list;
	size_t n;
	enum err e = contact_list(sc, &f, &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		contact_put(o, &list[i], NULL, 0);
		json_close(o);
	}
	return reply_close_list(sc, q, o,
		n == (size_t)f.limit ? id_format(sc->mem, ID_CONTACT, list[n - 1].id) : NULL);
}

static enum err read_fields(struct scope *sc, const struct json *fields, struct contact_new *new)
{
	struct contact_value *values;

	if (!fields || fields->kind == JSON_NULL)
		return ERR_NONE;
	if (fields->kind != JSON_OBJECT)
		return fail_field(sc, "fields", "Own fields are an object of texts");
	values = arena_array(sc->mem, fields->count, sizeof *values);
	JSON_EACH(item, fields)
	{
		if (item->kind != JSON_TEXT && item->kind != JSON_NULL)
			return fail_field(sc, "fields", "Own fields are an object of texts");
		values[new->count++] = (struct contact_value){ item->name,
			item->kind == JSON_TEXT ? item->text : "" };
	}
	new->values = values;
	return ERR_NONE;
}

static enum err read_contact(
	struct scope *sc, const struct contact_input *in, struct contact_new *new)
{
	*new = (struct contact_new){ in->email, in->name, in->company, in->country, in->zone,
		in->lang, NULL, 0, 0 };
	return read_fields(sc, in->fields, new);
}

enum err contact_add_api(struct scope *sc, struct request *q, const void *input)
{
	struct contact_new new;
	int64_t id;
	enum err e = read_contact(sc, input, &new);

	if (!e)
		e = contact_add(sc, &new, &id);
	return e ? e : reply_added(sc, q, ID_CONTACT, id);
}

static enum err reply_contact(struct scope *sc, struct request *q, int64_t id)
{
	struct out *o = reply_open(sc);
	struct contact_value *values;
	struct contact c;
	size_t n;
	enum err e = contact_find(sc, id, &c);

	if (!e)
		e = contact_values(sc, id, &values, &n);
	if (e)
		return e;
	contact_put(o, &c, values ? values : &(struct contact_value){ 0 }, n);
	return reply_close(sc, q, 200, o);
}

enum err contact_edit_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	struct contact_new new;
	enum err e = read_contact(sc, input, &new);

	if (!e)
		e = contact_edit(sc, id, &new);
	return e ? e : reply_contact(sc, q, id);
}

enum err contact_stop_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	enum err e = contact_stop(sc, id, "manual", "api", 0);

	return e ? e : reply_contact(sc, q, id);
}

enum err contact_resume_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	enum err e = contact_resume(sc, id);

	return e ? e : reply_contact(sc, q, id);
}

enum err contact_erase_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_CONTACT);
	enum err e = contact_erase(sc, id);

	return e ? e : reply_contact(sc, q, id);
}

/* ---- suppression ---- */

enum err suppression_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct suppression_list_input *in = input;
	int limit = in->limit ? (int)in->limit : 50;
	struct out *o = reply_open_list(sc);
	struct suppression *list;
	const char *more;
	size_t n;
	enum err e = suppression_list(sc, in->before, limit, &list, &n, &more);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "scope", list[i].scope);
		json_add_text(
			o, "hash", str_hex(sc->mem, list[i].key_hash.data, list[i].key_hash.len));
		json_add_text(o, "reason", list[i].reason);
		json_add_text(o, "source", list[i].source);
		json_add_time(o, "at", list[i].at);
		json_close(o);
	}
	json_close_list(o);
	json_add_text(o, "before", more);
	return reply_close(sc, q, 200, o);
}

enum err suppression_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct suppression_add_input *in = input;
	struct out *o = reply_open(sc);
	int64_t added, broken;
	enum err e = suppression_import(sc, in->scope, in->addresses, &added, &broken);

	if (e)
		return e;
	json_add_int(o, "added", added);
	json_add_int(o, "broken", broken);
	return reply_close(sc, q, 200, o);
}

enum err suppression_remove_api(struct scope *sc, struct request *q, const void *input)
{
	const struct suppression_remove_input *in = input;
	enum err e = suppression_remove(sc, in->scope, in->address, in->why);

	if (!e)
		reply_none(q, 204);
	return e;
}
