/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/fleet_api.h"

#include "base/id.h"
#include "fleet/appliance.h"
#include "fleet/check.h"
#include "fleet/enrolment.h"
#include "fleet/fleet.h"
#include "fleet/part.h"
#include "text/json.h"

/* ---- input ---- */

struct list_in {
	const char *after;
	int64_t limit;
};
struct plan_in {
	const char *name;
};
struct reason_in {
	const char *reason;
};

FORM(appliances_form, struct list_in, 0,
	FIELD(struct list_in, after, FIELD_TEXT, 1, 60, false, NULL, "After"),
	FIELD(struct list_in, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));
FORM(appliance_plan_form, struct plan_in, 0,
	FIELD(struct plan_in, name, FIELD_TEXT, 1, 60, true, NULL, "Name"));
FORM(appliance_reason_form, struct reason_in, 0,
	FIELD(struct reason_in, reason, FIELD_TEXT, 1, 200, false, NULL, "Reason"));
FORM(fleet_halt_form, struct reason_in, 0,
	FIELD(struct reason_in, reason, FIELD_TEXT, 1, 200, true, NULL, "Reason"));

/* ---- output ---- */

static void put_part(struct out *o, const struct part_row *p)
{
	json_open(o);
	json_add_text(o, "name", p->name);
	json_add_int(o, "version", p->version);
	json_add_int(o, "applied", p->applied);
	json_add_int(o, "reported", p->reported);
	json_add_text(o, "state", p->state);
	json_add_text(o, "reason", p->reason);
	json_add_time(o, "changed_at", p->changed_at);
	json_close(o);
}

static enum err put_parts(struct scope *sc, struct out *o, int64_t appliance)
{
	struct part_row *parts;
	size_t n;
	enum err e = part_list(sc, appliance, &parts, &n);

	json_name(o, "parts");
	json_open_list(o);
	for (size_t i = 0; !e && i < n; i++)
		put_part(o, &parts[i]);
	json_close_list(o);
	return e;
}

static enum err put_checks(struct scope *sc, struct out *o, int64_t appliance)
{
	struct machine_check *rows;
	size_t n;
	enum err e = check_list(sc, appliance, &rows, &n);

	json_name(o, "checks");
	json_open_list(o);
	for (size_t i = 0; !e && i < n; i++) {
		json_open(o);
		json_add_text(o, "name", rows[i].name);
		json_add_text(o, "state", rows[i].state);
		json_add_text(o, "reason", rows[i].reason);
		json_add_time(o, "since", rows[i].since);
		json_close(o);
	}
	json_close_list(o);
	return e;
}

static enum err put(struct scope *sc, struct out *o, const struct appliance *a)
{
	enum err e;

	json_open(o);
	json_add_id(o, "id", ID_APPLIANCE, a->id);
	json_add_text(o, "name", a->name);
	json_add_text(o, "state", a->state);
	json_add_text(o, "health", a->health);
	json_add_text(o, "reason", a->reason);
	json_add_text(o, "version", a->version);
	json_add_bool(o, "online", appliance_is_online(sc, a));
	json_add_bool(o, "catching_up", a->catching_up);
	json_add_int(o, "credit", a->credit);
	json_add_int(o, "spent", a->spent);
	json_add_int(o, "waiting", a->waiting);
	json_add_time(o, "created", a->created);
	json_add_time(o, "enrolled_at", a->enrolled_at);
	json_add_time(o, "seen_at", a->seen_at);
	json_add_time(o, "cert_until", a->cert_until);
	e = put_parts(sc, o, a->id);
	if (!e)
		e = put_checks(sc, o, a->id);
	json_close(o);
	return e;
}

/* ---- handlers ---- */

enum err appliances_api(struct scope *sc, struct request *q, const void *input)
{
	const struct list_in *in = input;
	int limit = in->limit ? (int)in->limit : 50;
	struct appliance *rows;
	struct out *o;
	size_t n;
	enum err e = appliance_list(sc, in->after, limit, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; !e && i < n; i++)
		e = put(sc, o, &rows[i]);
	return e ? e : reply_close_list(sc, q, o, (int)n == limit ? rows[n - 1].name : NULL);
}

/* The appliance of the path as it stands now. */
static enum err reply_one(struct scope *sc, struct request *q)
{
	struct appliance a;
	struct out o;
	enum err e = appliance_find(sc, request_id(q, ID_APPLIANCE), &a);

	out_init(&o, sc->mem);
	if (!e)
		e = put(sc, &o, &a);
	if (!e)
		reply_json(sc, q, 200, &o);
	return e;
}

enum err appliance_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_one(sc, q);
}

enum err appliance_plan_api(struct scope *sc, struct request *q, const void *input)
{
	const struct plan_in *in = input;
	int64_t id;
	enum err e = appliance_plan(sc, in->name, &id);

	return e ? e : reply_added(sc, q, ID_APPLIANCE, id);
}

enum err appliance_token_api(struct scope *sc, struct request *q, const void *input)
{
	const char *token;
	struct out *o;
	enum err e = enrolment_token(sc, request_id(q, ID_APPLIANCE), &token);

	if (e)
		return e;
	o = reply_open(sc);
	json_add_text(o, "token", token);
	json_add_time(o, "expires", now_real(sc).ms + ENROL_TOKEN_MS);
	return reply_close(sc, q, 201, o);
}

static const char *reason_of(const void *input)
{
	return ((const struct reason_in *)input)->reason;
}

enum err appliance_stop_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = appliance_stop(sc, request_id(q, ID_APPLIANCE), reason_of(input));

	return e ? e : reply_one(sc, q);
}

enum err appliance_resume_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = appliance_resume(sc, request_id(q, ID_APPLIANCE));

	return e ? e : reply_one(sc, q);
}

enum err appliance_lost_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = appliance_lost(sc, request_id(q, ID_APPLIANCE), reason_of(input));

	return e ? e : reply_one(sc, q);
}

enum err appliance_retire_api(struct scope *sc, struct request *q, const void *input)
{
	enum err e = appliance_retire(sc, request_id(q, ID_APPLIANCE));

	return e ? e : reply_one(sc, q);
}

static enum err halt(struct scope *sc, struct request *q, const char *reason)
{
	struct scope all;
	enum err e;

	/* The operator's, across tenants: what the request itself may see stays as it is. */
	scope_open_for(&all, sc, 0);
	scope_system(&all);
	e = fleet_halt(&all, reason);
	if (e)
		(void)fail(sc, e, "%s", all.why);
	scope_close(&all);
	if (!e)
		reply_none(q, 204);
	return e;
}

enum err fleet_halt_api(struct scope *sc, struct request *q, const void *input)
{
	return halt(sc, q, reason_of(input));
}

enum err fleet_resume_api(struct scope *sc, struct request *q, const void *input)
{
	return halt(sc, q, NULL);
}
