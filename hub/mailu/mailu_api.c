/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_api.h"

#include "base/id.h"
#include "fleet/appliance.h"
#include "mailu/selector.h"
#include "text/json.h"

/* ---- input ---- */

struct set_in {
	const char *version, *host, *domain, *postmaster, *subnet, *address, *tls, *selector,
		*digests;
	int64_t google_delay, google_many, microsoft_delay, microsoft_many, yahoo_delay, yahoo_many,
		apple_delay, apple_many, gmx_delay, gmx_many;
};
/* clang-format off */
#define LIMIT(provider, title) \
	FIELD(struct set_in, provider##_delay, FIELD_INT, 0, 3600, false, NULL, title), \
	FIELD(struct set_in, provider##_many, FIELD_INT, 0, 100, false, NULL, title)
FORM(mailu_form, struct set_in, 0,
	FIELD(struct set_in, version, FIELD_TEXT, 1, 20, false, NULL, "Version"),
	FIELD(struct set_in, host, FIELD_TEXT, 1, 253, false, NULL, "Host name"),
	FIELD(struct set_in, domain, FIELD_TEXT, 1, 253, false, NULL, "Main domain"),
	FIELD(struct set_in, postmaster, FIELD_TEXT, 1, 60, false, NULL, "Postmaster"),
	FIELD(struct set_in, subnet, FIELD_TEXT, 1, 18, false, NULL, "Subnet"),
	FIELD(struct set_in, address, FIELD_TEXT, 1, 15, false, NULL, "Public IPv4 address"),
	FIELD(struct set_in, tls, FIELD_CHOICE, 0, 0, false, "cert letsencrypt", "Certificate"),
	FIELD(struct set_in, selector, FIELD_TEXT, 1, 32, false, NULL, "Selector"),
	FIELD(struct set_in, digests, FIELD_LINES, 0, 2000, false, NULL, "Digests"),
	LIMIT(google, "Gmail"), LIMIT(microsoft, "Outlook.com"), LIMIT(yahoo, "Yahoo"),
	LIMIT(apple, "iCloud"), LIMIT(gmx, "GMX"));
/* clang-format on */

struct account_in {
	const char *mailbox, *name, *targets;
};
FORM(mailu_account_form, struct account_in, 0,
	FIELD(struct account_in, mailbox, FIELD_EMAIL, 3, 254, true, NULL, "Address"),
	FIELD(struct account_in, name, FIELD_TEXT, 0, 100, false, NULL, "Name"),
	FIELD(struct account_in, targets, FIELD_LINES, 0, 4000, false, NULL, "Leads to"));

struct address_in {
	const char *mailbox;
};
FORM(mailu_address_form, struct address_in, 0,
	FIELD(struct address_in, mailbox, FIELD_EMAIL, 3, 254, true, NULL, "Address"));

struct mailu_settings mailu_form_settings(const void *input)
{
	const struct set_in *in = input;

	return (struct mailu_settings){ .version = in->version,
		.host = in->host,
		.domain = in->domain,
		.postmaster = in->postmaster,
		.subnet = in->subnet,
		.address = in->address,
		.tls = in->tls,
		.selector = in->selector,
		.digests = in->digests,
		.limits = { { in->google_delay, in->google_many },
			{ in->microsoft_delay, in->microsoft_many },
			{ in->yahoo_delay, in->yahoo_many }, { in->apple_delay, in->apple_many },
			{ in->gmx_delay, in->gmx_many } } };
}

struct mailu_account mailu_form_account(const void *input)
{
	const struct account_in *in = input;

	return (struct mailu_account){
		.address = in->mailbox, .name = in->name, .targets = in->targets
	};
}

const char *mailu_form_address(const void *input)
{
	return ((const struct address_in *)input)->mailbox;
}

/* ---- output ---- */

static void put_settings(struct out *o, const struct mailu *m)
{
	const struct mailu_settings *s = &m->settings;

	json_add_text(o, "state", m->state);
	json_add_text(o, "version", s->version);
	json_add_text(o, "host", s->host);
	json_add_text(o, "domain", s->domain);
	json_add_text(o, "postmaster", s->postmaster);
	json_add_text(o, "subnet", s->subnet);
	json_add_text(o, "address", s->address);
	json_add_text(o, "tls", s->tls);
	json_add_text(o, "digests", s->digests);
	json_name(o, "limits");
	json_open_list(o);
	for (size_t i = 0; i < MAILU_LIMITS; i++) {
		if (!s->limits[i].many)
			continue;
		json_open(o);
		json_add_text(o, "provider", mailu_providers[i]);
		json_add_int(o, "delay", s->limits[i].delay);
		json_add_int(o, "many", s->limits[i].many);
		json_close(o);
	}
	json_close_list(o);
	json_add_text(o, "selector", s->selector);
	json_add_text(o, "next", m->next);
	json_add_text(o, "old", m->old);
	json_add_time(o, "old_until", m->old_until);
	json_add_time(o, "changed_at", m->changed_at);
}

static enum err put_accounts(struct scope *sc, struct out *o, int64_t appliance)
{
	struct mailu_account *list;
	size_t n;
	enum err e = mailu_account_list(sc, appliance, &list, &n);

	json_name(o, "accounts");
	json_open_list(o);
	for (size_t i = 0; !e && i < n; i++) {
		json_open(o);
		json_add_text(o, "address", list[i].address);
		json_add_text(o, "kind", list[i].kind);
		json_add_text(o, "name", str_empty(list[i].name) ? NULL : list[i].name);
		json_add_text(o, "targets", str_empty(list[i].targets) ? NULL : list[i].targets);
		json_add_bool(o, "fits", list[i].fits);
		json_close(o);
	}
	json_close_list(o);
	return e;
}

static enum err put_records(struct scope *sc, struct out *o, int64_t appliance)
{
	struct wanted *list;
	size_t n;
	enum err e = wanted_list(sc, appliance, &list, &n);

	json_name(o, "records");
	json_open_list(o);
	for (size_t i = 0; !e && i < n; i++) {
		json_open(o);
		json_add_text(o, "name", list[i].name);
		json_add_text(o, "type", list[i].type);
		json_add_text(o, "value", list[i].value);
		json_add_text(o, "found", str_empty(list[i].found) ? NULL : list[i].found);
		json_add_text(o, "state", list[i].state);
		json_add_text(o, "reason", str_empty(list[i].reason) ? NULL : list[i].reason);
		json_add_time(o, "checked", list[i].checked_at);
		json_add_time(o, "since", list[i].since);
		json_close(o);
	}
	json_close_list(o);
	return e;
}

static enum err reply(struct scope *sc, struct request *q, int status)
{
	int64_t id = request_id(q, ID_APPLIANCE);
	struct appliance a;
	struct mailu m;
	struct out *o;
	enum err e = appliance_find(sc, id, &a);

	if (!e)
		e = mailu_draft(sc, id, &m);
	if (e)
		return e;
	o = reply_open(sc);
	put_settings(o, &m);
	e = put_accounts(sc, o, id);
	if (!e)
		e = put_records(sc, o, id);
	return e ? e : reply_close(sc, q, status, o);
}

/* ---- handlers ---- */

enum err mailu_api(struct scope *sc, struct request *q, const void *input)
{
	return reply(sc, q, 200);
}

enum err mailu_set_api(struct scope *sc, struct request *q, const void *input)
{
	const struct mailu_settings in = mailu_form_settings(input);
	enum err e = mailu_set(sc, request_id(q, ID_APPLIANCE), &in);

	return e ? e : reply(sc, q, 200);
}

enum err mailu_off_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = mailu_off(sc, request_id(q, ID_APPLIANCE));

	return e ? e : reply(sc, q, 200);
}

enum err mailu_account_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct mailu_account in = mailu_form_account(input);
	enum err e = mailu_account_add(sc, request_id(q, ID_APPLIANCE), &in);

	return e ? e : reply(sc, q, 201);
}

enum err mailu_account_remove_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e =
		mailu_account_remove(sc, request_id(q, ID_APPLIANCE), mailu_form_address(input));

	return e ? e : reply(sc, q, 200);
}

enum err mailu_keys_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = selector_change(sc, request_id(q, ID_APPLIANCE));

	return e ? e : reply(sc, q, 202);
}

enum err mailu_keys_give_up_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = selector_give_up(sc, request_id(q, ID_APPLIANCE));

	return e ? e : reply(sc, q, 200);
}
