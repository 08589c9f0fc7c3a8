/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/domain_api.h"

#include "base/id.h"
#include "sender/domain_check.h"
#include "sender/record.h"
#include "text/json.h"

struct domain_add_input {
	const char *name;
};
FORM(domain_add_api_form, struct domain_add_input, 0,
	FIELD(struct domain_add_input, name, FIELD_TEXT, 1, 253, true, NULL, "Domain"));

struct domain_edit_input {
	const char *selector;
};
FORM(domain_edit_api_form, struct domain_edit_input, 0,
	FIELD(struct domain_edit_input, selector, FIELD_TEXT, 1, 63, true, NULL, "Selector"));

static void put_domain(struct out *o, const struct domain *d)
{
	json_add_id(o, "id", ID_DOMAIN, d->id);
	json_add_text(o, "name", d->name);
	json_add_text(o, "state", d->state);
	json_add_text(o, "proved", d->proved);
	json_add_text(o, "selector", d->selector);
	json_add_time(o, "checked", d->checked_at);
	json_add_time(o, "created", d->created);
}

static void put_record(struct out *o, const struct record *r)
{
	json_open(o);
	json_add_text(o, "purpose", r->purpose);
	json_add_text(o, "name", r->name);
	json_add_text(o, "type", r->type);
	json_add_text(o, "expected", r->expected);
	json_add_bool(o, "exact", r->exact);
	json_add_text(o, "zone", r->zone);
	json_add_text(o, "found", str_empty(r->found) ? NULL : r->found);
	json_add_text(o, "state", r->state);
	json_add_text(o, "reason", str_empty(r->reason) ? NULL : r->reason);
	json_add_time(o, "checked", r->checked_at);
	json_add_time(o, "since", r->since);
	json_close(o);
}

static enum err reply_domain(struct scope *sc, struct request *q, int status, int64_t id)
{
	struct out *o = reply_open(sc);
	struct records records;
	struct domain d;
	enum err e = domain_find(sc, id, &d);

	if (!e)
		e = record_list(sc, &d, &records);
	if (e)
		return e;
	put_domain(o, &d);
	json_name(o, "records");
	json_open_list(o);
	for (size_t i = 0; i < records.count; i++)
		put_record(o, &records.list[i]);
	json_close_list(o);
	return reply_close(sc, q, status, o);
}

enum err domain_list_api(struct scope *sc, struct request *q, const void *input)
{
	struct out *o = reply_open_list(sc);
	struct domain *list;
	size_t n;
	enum err e = domain_list(sc, &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put_domain(o, &list[i]);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}

enum err domain_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct domain_add_input *in = input;
	int64_t id;
	enum err e = domain_add(sc, in->name, &id);

	return e ? e : reply_domain(sc, q, 201, id);
}

enum err domain_find_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_domain(sc, q, 200, request_id(q, ID_DOMAIN));
}

enum err domain_edit_api(struct scope *sc, struct request *q, const void *input)
{
	const struct domain_edit_input *in = input;
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = domain_set_selector(sc, id, in->selector);

	return e ? e : reply_domain(sc, q, 200, id);
}

enum err domain_check_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = domain_check_ask(sc, id);

	return e ? e : reply_domain(sc, q, 202, id);
}

enum err domain_stop_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = domain_stop(sc, id);

	return e ? e : reply_domain(sc, q, 200, id);
}
