/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/address_api.h"

#include "base/id.h"
#include "fleet/address.h"
#include "fleet/pool.h"
#include "guard/principal.h"
#include "text/json.h"

/* ---- input ---- */

#define STATES "available assigned warming warmed degraded burned quarantined"

struct list_in {
	int64_t after, limit, appliance;
	const char *state, *pool;
};
struct edit_in {
	const char *ip, *pool, *currency;
	int64_t appliance, cost;
	bool no_appliance;
};
struct state_in {
	const char *ip, *state, *reason;
};

FORM(address_list_api_form, struct list_in, 0,
	FIELD(struct list_in, after, FIELD_ID, 0, 0, false, ID_ADDRESS, "After"),
	FIELD(struct list_in, limit, FIELD_INT, 1, 200, false, NULL, "Limit"),
	FIELD(struct list_in, state, FIELD_CHOICE, 0, 0, false, STATES, "State"),
	FIELD(struct list_in, pool, FIELD_TEXT, 1, 60, false, NULL, "Pool"),
	FIELD(struct list_in, appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"));
FORM(address_add_api_form, struct edit_in, 0,
	FIELD(struct edit_in, ip, FIELD_TEXT, 2, 45, true, NULL, "IP address"),
	FIELD(struct edit_in, appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"),
	FIELD(struct edit_in, pool, FIELD_TEXT, 0, 60, false, NULL, "Pool"),
	FIELD(struct edit_in, cost, FIELD_INT, 0, 100000000, false, NULL, "Price a month"),
	FIELD(struct edit_in, currency, FIELD_TEXT, 3, 3, false, NULL, "Currency"));
FORM(address_edit_api_form, struct edit_in, 0,
	FIELD(struct edit_in, appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"),
	FIELD(struct edit_in, no_appliance, FIELD_BOOL, 0, 0, false, NULL, "No appliance"),
	FIELD(struct edit_in, pool, FIELD_TEXT, 0, 60, false, NULL, "Pool"),
	FIELD(struct edit_in, cost, FIELD_INT, 0, 100000000, false, NULL, "Price a month"),
	FIELD(struct edit_in, currency, FIELD_TEXT, 3, 3, false, NULL, "Currency"));
FORM(address_state_api_form, struct state_in, 0,
	FIELD(struct state_in, state, FIELD_CHOICE, 0, 0, true, STATES, "State"),
	FIELD(struct state_in, reason, FIELD_TEXT, 1, 200, false, NULL, "Reason"));
FORM(address_operator_api_form, struct state_in, 0,
	FIELD(struct state_in, ip, FIELD_TEXT, 2, 45, true, NULL, "IP address"),
	FIELD(struct state_in, state, FIELD_CHOICE, 0, 0, true, STATES, "State"),
	FIELD(struct state_in, reason, FIELD_TEXT, 1, 200, true, NULL, "Reason"));

/* ---- output ---- */

static void put(struct out *o, const struct address *a, int64_t tenant)
{
	json_open(o);
	json_add_id(o, "id", ID_ADDRESS, a->id);
	if (tenant)
		json_add_id(o, "tenant", ID_TENANT, tenant);
	json_add_text(o, "ip", a->ip);
	json_add_id(o, "appliance", ID_APPLIANCE, a->appliance);
	json_add_text(o, "pool", str_empty(a->pool) ? NULL : a->pool);
	json_add_text(o, "source", a->source);
	json_add_text(o, "state", a->state);
	json_add_text(o, "reason", a->reason);
	json_add_text(o, "decided", a->decided);
	json_add_time(o, "since", a->since);
	json_add_time(o, "until", a->until);
	json_add_text(o, "rdns", str_empty(a->rdns) ? NULL : a->rdns);
	json_add_text(o, "rdns_state", a->rdns_state);
	json_add_known(o, "score", a->score);
	json_add_int(o, "listed", a->listed);
	json_add_int(o, "cost", a->cost);
	json_add_text(o, "currency", a->currency);
	json_add_time(o, "seen_at", a->seen_at);
	json_add_time(o, "checked_at", a->checked_at);
	json_add_time(o, "created", a->created);
	json_close(o);
}

static enum err reply_one(struct scope *sc, struct request *q, int status, int64_t id)
{
	struct address a;
	struct out o;
	enum err e = address_find(sc, id, &a);

	if (e)
		return e;
	out_init(&o, sc->mem);
	put(&o, &a, 0);
	reply_json(sc, q, status, &o);
	return ERR_NONE;
}

/* ---- handlers ---- */

static struct address_filter filter_of(const struct list_in *in)
{
	return (struct address_filter){ .state = in->state,
		.pool = in->pool,
		.appliance = in->appliance,
		.after = in->after,
		.limit = in->limit ? (int)in->limit : 50 };
}

enum err address_list_api(struct scope *sc, struct request *q, const void *input)
{
	struct address_filter f = filter_of(input);
	struct address *rows;
	struct out *o;
	size_t n;
	enum err e = address_list(sc, &f, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		put(o, &rows[i], 0);
	return reply_close_list(sc, q, o,
		(int)n == f.limit ? id_format(sc->mem, ID_ADDRESS, rows[n - 1].id) : NULL);
}

enum err address_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct edit_in *in = input;
	const struct address_new new = { .ip = in->ip,
		.appliance = in->appliance,
		.pool = in->pool,
		.cost = in->cost,
		.currency = in->currency };
	int64_t id;
	enum err e = address_add(sc, &new, &id);

	return e ? e : reply_one(sc, q, 201, id);
}

enum err address_find_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_one(sc, q, 200, request_id(q, ID_ADDRESS));
}

/* What is not said stays as it was. */
enum err address_edit_api(struct scope *sc, struct request *q, const void *input)
{
	const struct edit_in *in = input;
	int64_t id = request_id(q, ID_ADDRESS);
	struct address_new new;
	struct address a;
	enum err e = address_find(sc, id, &a);

	if (e)
		return e;
	new = (struct address_new){ .appliance = in->no_appliance ? 0
						 : in->appliance  ? in->appliance
								  : a.appliance,
		.pool = in->pool ? in->pool : a.pool,
		.cost = in->cost ? in->cost : a.cost,
		.currency = in->currency ? in->currency : a.currency };
	e = address_edit(sc, id, &new);
	return e ? e : reply_one(sc, q, 200, id);
}

enum err address_state_api(struct scope *sc, struct request *q, const void *input)
{
	const struct state_in *in = input;
	int64_t id = request_id(q, ID_ADDRESS);
	enum err e = address_set_state(sc, id, in->state, in->reason);

	return e ? e : reply_one(sc, q, 200, id);
}

enum err address_remove_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = address_remove(sc, request_id(q, ID_ADDRESS));

	if (!e)
		reply_none(q, 204);
	return e;
}

enum err address_pools_api(struct scope *sc, struct request *q, const void *input)
{
	struct address_pool *rows;
	struct out *o;
	size_t n;
	enum err e = address_pools(sc, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "pool", rows[i].pool);
		json_add_text(o, "mode", rows[i].mode);
		json_add_int(o, "addresses", rows[i].addresses);
		json_add_int(o, "sending", rows[i].sending);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}

/* ---- the operator ---- */

enum err address_all_api(struct scope *sc, struct request *q, const void *input)
{
	struct address_filter f = filter_of(input);
	struct out *o = reply_open_list(sc);
	const char *after = NULL;
	struct address_owned *rows;
	struct scope all;
	size_t n;
	enum err e;

	scope_open_for(&all, sc, 0);
	scope_system(&all);
	e = address_list_all(&all, &f, &rows, &n);
	if (e)
		(void)fail(sc, e, "%s", all.why);
	for (size_t i = 0; !e && i < n; i++)
		put(o, &rows[i].a, rows[i].tenant);
	if (!e && (int)n == f.limit)
		after = id_format(sc->mem, ID_ADDRESS, rows[n - 1].a.id);
	scope_close(&all);
	return e ? e : reply_close_list(sc, q, o, after);
}

/* An address may stand in the inventory of two companies that shared it: all are meant. */
enum err address_operator_api(struct scope *sc, struct request *q, const void *input)
{
	const struct state_in *in = input;
	struct scope all;
	enum err e;

	scope_open_for(&all, sc, 0);
	scope_system(&all);
	all.actor = (struct actor){ .kind = ACTOR_STAFF, .id = request_principal(q)->account };
	e = address_set_state_all(&all, in->ip, in->state, in->reason);
	if (e)
		(void)fail(sc, e, "%s", all.why);
	scope_close(&all);
	if (!e)
		reply_none(q, 204);
	return e;
}
