/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/address_page.h"

#include <string.h>

#include "base/id.h"
#include "fleet/address_html.h"
#include "text/html.h"
#include "text/url.h"

#define PAGE_ROWS      50
#define PAGE_FACTS     30
#define APPLIANCES_MAX 200
#define STATES         "available assigned warming warmed degraded burned quarantined"

struct list_in {
	int64_t after;
	const char *state, *pool;
};
FORM(addresses_page_form, struct list_in, 0,
	FIELD(struct list_in, after, FIELD_ID, 0, 0, false, ID_ADDRESS, "After"),
	FIELD(struct list_in, state, FIELD_CHOICE, 0, 0, false, STATES, "State"),
	FIELD(struct list_in, pool, FIELD_TEXT, 0, 60, false, NULL, "Pool"));

struct edit_in {
	const char *ip, *pool, *cost, *currency;
	int64_t appliance;
};
#define EDIT_FIELDS                                                                                \
	FIELD(struct edit_in, appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"),        \
		FIELD(struct edit_in, pool, FIELD_TEXT, 0, 60, false, NULL, "Pool"),               \
		FIELD(struct edit_in, cost, FIELD_TEXT, 0, 12, false, NULL, "Price a month"),      \
		FIELD(struct edit_in, currency, FIELD_TEXT, 0, 3, false, NULL, "Currency")
FORM(address_add_page_form, struct edit_in, 0,
	FIELD(struct edit_in, ip, FIELD_TEXT, 1, 45, true, NULL, "IP address"), EDIT_FIELDS);
FORM(address_edit_page_form, struct edit_in, 0, EDIT_FIELDS);

struct state_in {
	const char *state, *reason;
};
FORM(address_state_page_form, struct state_in, 0,
	FIELD(struct state_in, state, FIELD_CHOICE, 0, 0, true, STATES, "State"),
	FIELD(struct state_in, reason, FIELD_TEXT, 0, 200, false, NULL, "Reason"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "addresses", .body = o });
}

static const char *path_of(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/addresses/%s", id_format(sc->mem, ID_ADDRESS, id));
}

/* ---- prices ---- */

const char *address_cost(struct scope *sc, int64_t cost)
{
	return arena_printf(
		sc->mem, "%lld.%02lld", (long long)(cost / 100), (long long)(cost % 100));
}

/* "4.99", "5" or "4,9". */
static enum err read_cost(struct scope *sc, const char *text, int64_t *cost)
{
	size_t whole = text ? strspn(text, "0123456789") : 0, rest;
	int64_t n, cents = 0;

	*cost = 0;
	if (str_empty(text))
		return ERR_NONE;
	if (!whole || whole > 7 || !str_int(arena_copy(sc->mem, text, whole), 0, 9999999, &n))
		return fail_field(sc, "cost", "This is no price such as 4.99");
	text += whole;
	if (*text == '.' || *text == ',') {
		rest = strspn(text + 1, "0123456789");
		if (rest < 1 || rest > 2 || !str_int(text + 1, 0, 99, &cents))
			return fail_field(sc, "cost", "This is no price such as 4.99");
		cents *= rest == 1 ? 10 : 1;
	} else if (*text) {
		return fail_field(sc, "cost", "This is no price such as 4.99");
	}
	*cost = n * 100 + cents;
	return ERR_NONE;
}

static enum err read_edit(struct scope *sc, const struct edit_in *in, struct address_new *out)
{
	*out = (struct address_new){ .ip = in->ip,
		.appliance = in->appliance,
		.pool = in->pool,
		.currency = str_empty(in->currency) ? NULL : in->currency };
	return read_cost(sc, in->cost, &out->cost);
}

/* ---- pages ---- */

static const char *more_path(
	struct scope *sc, const struct addresses_view *v, const struct address *last)
{
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "/addresses?after=%s", id_format(sc->mem, ID_ADDRESS, last->id));
	if (v->state)
		url_add(&o, "state", v->state);
	if (v->pool)
		url_add(&o, "pool", v->pool);
	return o.data;
}

enum err addresses_page(struct scope *sc, struct request *q, const void *input)
{
	const struct list_in *in = input;
	struct address_filter f = { .limit = PAGE_ROWS + 1 };
	struct addresses_view v = { .q = q };
	struct address_pool *pools;
	struct address *rows;
	struct out o;
	enum err e;

	if (in) {
		f.after = in->after;
		f.state = v.state = str_empty(in->state) ? NULL : in->state;
		f.pool = v.pool = str_empty(in->pool) ? NULL : in->pool;
	}
	e = address_list(sc, &f, &rows, &v.n);
	if (!e)
		e = address_pools(sc, &pools, &v.pool_count);
	if (e)
		return e;
	v.rows = rows;
	v.pools = pools;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = more_path(sc, &v, &rows[PAGE_ROWS - 1]);
	}
	out_init(&o, sc->mem);
	addresses_html(sc, &o, &v);
	page(sc, q, t("IP addresses"), &o);
	return ERR_NONE;
}

static enum err read_appliances(struct scope *sc, struct address_view *v)
{
	struct appliance *rows;
	enum err e = appliance_list(sc, NULL, APPLIANCES_MAX, &rows, &v->appliance_count);

	if (!e)
		v->appliances = rows;
	return e;
}

enum err address_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct address_view v = { .q = q };
	struct out o;
	enum err e = read_appliances(sc, &v);

	if (e)
		return e;
	out_init(&o, sc->mem);
	address_new_html(sc, &o, &v);
	page(sc, q, t("New address"), &o);
	return ERR_NONE;
}

enum err address_add_page(struct scope *sc, struct request *q, const void *input)
{
	struct address_new new;
	int64_t id;
	enum err e = read_edit(sc, input, &new);

	if (!e)
		e = address_add(sc, &new, &id);
	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), tf("%s is in the inventory.", new.ip), NULL);
	return ERR_NONE;
}

enum err address_page(struct scope *sc, struct request *q, const void *input)
{
	struct address_view v = { .q = q };
	struct event_row *events;
	const char **details;
	struct address a;
	struct out o;
	enum err e = address_find(sc, request_id(q, ID_ADDRESS), &a);

	if (!e)
		e = read_appliances(sc, &v);
	if (!e)
		e = event_timeline(sc, a.id, 0, PAGE_FACTS, &events, &details, &v.event_count);
	if (!e)
		e = listings_view(sc, q, LISTING_ADDRESS, a.id, &v.lists);
	if (e)
		return e;
	v.a = &a;
	v.path = path_of(sc, a.id);
	v.events = events;
	v.details = details;
	out_init(&o, sc->mem);
	address_html(sc, &o, &v);
	page(sc, q, a.ip, &o);
	return ERR_NONE;
}

enum err address_edit_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_ADDRESS);
	struct address_new new;
	enum err e = read_edit(sc, input, &new);

	if (!e)
		e = address_edit(sc, id, &new);
	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Saved."), NULL);
	return ERR_NONE;
}

enum err address_state_page(struct scope *sc, struct request *q, const void *input)
{
	const struct state_in *in = input;
	int64_t id = request_id(q, ID_ADDRESS);
	enum err e = address_set_state(sc, id, in->state, in->reason);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Its state is changed."), NULL);
	return ERR_NONE;
}

enum err address_remove_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = address_remove(sc, request_id(q, ID_ADDRESS));

	if (e)
		return e;
	reply_go(sc, q, "/addresses", t("The address is out of the inventory."), NULL);
	return ERR_NONE;
}
