/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/listing_page.h"

#include "base/id.h"
#include "fleet/address.h"
#include "repute/listing_html.h"
#include "sender/domain.h"
#include "text/html.h"
#include "text/json.h"

/* ERR_MISSING for another's. */
static enum err is_ours(struct scope *sc, enum listing_unit unit, int64_t id)
{
	struct address a;
	struct domain d;

	return unit == LISTING_DOMAIN ? domain_find(sc, id, &d) : address_find(sc, id, &a);
}

enum err listings_view(struct scope *sc, const struct request *q, enum listing_unit unit,
	int64_t id, struct listings_view *v)
{
	bool domain = unit == LISTING_DOMAIN;
	const char *text = id_format(sc->mem, domain ? ID_DOMAIN : ID_ADDRESS, id);
	struct listing *rows;
	struct job j;
	enum err e = listing_list(sc, unit, id, &rows, &v->n);

	v->q = q;
	if (!e)
		e = lists_open(sc, &v->lists);
	if (e)
		return e;
	v->rows = rows;
	if (request_may(q, domain ? NEED_SENDER : NEED_FLEET))
		v->check = arena_printf(
			sc->mem, domain ? "/domains/%s/lists" : "/addresses/%s/lists", text);
	e = job_find(sc, "repute.check", text, &j);
	v->waits = e == ERR_NONE;
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return ERR_NONE;
}

/* ---- asking ---- */

static enum err ask(struct scope *sc, enum listing_unit unit, int64_t id)
{
	enum err e = is_ours(sc, unit, id);

	return e ? e : listing_check_ask(sc, unit, id);
}

enum err listing_address_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_ADDRESS);
	enum err e = ask(sc, LISTING_ADDRESS, id);

	if (e)
		return e;
	reply_go(sc, q, arena_printf(sc->mem, "/addresses/%s", id_format(sc->mem, ID_ADDRESS, id)),
		t("The lists are asked now."), NULL);
	return ERR_NONE;
}

enum err listing_domain_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = ask(sc, LISTING_DOMAIN, id);

	if (e)
		return e;
	reply_go(sc, q, arena_printf(sc->mem, "/domains/%s", id_format(sc->mem, ID_DOMAIN, id)),
		t("The lists are asked now."), NULL);
	return ERR_NONE;
}

enum err listing_address_ask_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = ask(sc, LISTING_ADDRESS, request_id(q, ID_ADDRESS));

	if (!e)
		reply_none(q, 202);
	return e;
}

enum err listing_domain_ask_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = ask(sc, LISTING_DOMAIN, request_id(q, ID_DOMAIN));

	if (!e)
		reply_none(q, 202);
	return e;
}

/* ---- what they say ---- */

static void put(struct out *o, const struct listing *r, const struct list *l)
{
	json_open(o);
	json_add_text(o, "list", r->list);
	json_add_text(o, "title", l ? l->title : NULL);
	json_add_text(o, "url", l ? l->url : NULL);
	json_add_text(o, "state", r->state);
	json_add_text(o, "code", str_empty(r->code) ? NULL : r->code);
	json_add_text(o, "reason", str_empty(r->reason) ? NULL : r->reason);
	json_add_time(o, "since", r->since);
	json_add_time(o, "checked", r->checked_at);
	json_close(o);
}

static enum err reply_listings(
	struct scope *sc, struct request *q, enum listing_unit unit, int64_t id)
{
	const struct lists *lists;
	struct listing *rows;
	struct out *o;
	size_t n;
	enum err e = is_ours(sc, unit, id);

	if (!e)
		e = lists_open(sc, &lists);
	if (!e)
		e = listing_list(sc, unit, id, &rows, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		put(o, &rows[i], lists_named(lists, rows[i].list));
	return reply_close_list(sc, q, o, NULL);
}

enum err listing_address_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_listings(sc, q, LISTING_ADDRESS, request_id(q, ID_ADDRESS));
}

enum err listing_domain_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_listings(sc, q, LISTING_DOMAIN, request_id(q, ID_DOMAIN));
}
