/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/warmup_api.h"

#include "base/id.h"
#include "fleet/appliance.h"
#include "pace/provider.h"
#include "sender/mailbox.h"
#include "text/json.h"
#include "warmup/lane.h"
#include "warmup/limit.h"
#include "warmup/plan.h"

#define PAGE_ROWS 100

struct body_input {
	const char *body;
	int64_t version;
};
FORM(ramp_add_api_form, struct body_input, 0,
	FIELD(struct body_input, body, FIELD_LINES, 1, PLAN_TEXT, true, NULL, "Plan"));
FORM(ramp_save_api_form, struct body_input, 0,
	FIELD(struct body_input, body, FIELD_LINES, 1, PLAN_TEXT, true, NULL, "Plan"),
	FIELD(struct body_input, version, FIELD_INT, 1, 1000000, true, NULL, "Version"));

/* Which lane, or whose plan; none of the three: the company. */
struct whose_input {
	int64_t appliance, mailbox;
	const char *provider, *plan, *what, *after;
	int64_t step, days, before, limit;
};
#define WHOSE(member, ...) FIELD(struct whose_input, member, __VA_ARGS__)
#define OF_UNIT                                                                                    \
	WHOSE(appliance, FIELD_ID, 0, 0, false, ID_APPLIANCE, "Appliance"),                        \
		WHOSE(mailbox, FIELD_ID, 0, 0, false, ID_MAILBOX, "Mailbox")
FORM(ramp_choice_api_form, struct whose_input, 0, OF_UNIT);
FORM(ramp_choose_api_form, struct whose_input, 0, OF_UNIT,
	WHOSE(plan, FIELD_TEXT, 1, 40, true, NULL, "Plan"));
FORM(lane_list_api_form, struct whose_input, 0,
	WHOSE(appliance, FIELD_ID, 1, 0, true, ID_APPLIANCE, "Appliance"),
	WHOSE(after, FIELD_TEXT, 1, 100, false, NULL, "After"),
	WHOSE(limit, FIELD_INT, 1, 200, false, NULL, "Limit"));
FORM(lane_find_api_form, struct whose_input, 0, OF_UNIT,
	WHOSE(provider, FIELD_TEXT, 1, 31, false, NULL, "Provider"),
	WHOSE(before, FIELD_INT, 0, 4000000, false, NULL, "Before (day)"),
	WHOSE(limit, FIELD_INT, 1, 200, false, NULL, "Limit"));
FORM(lane_hand_api_form, struct whose_input, 0, OF_UNIT,
	WHOSE(provider, FIELD_TEXT, 1, 31, false, NULL, "Provider"),
	WHOSE(what, FIELD_CHOICE, 0, 0, true, "free back restart step hold let_go", "What"),
	WHOSE(step, FIELD_INT, 1, 366, false, NULL, "Day of the plan"),
	WHOSE(days, FIELD_INT, 0, 366, false, NULL, "For days"));
FORM(limit_list_api_form, struct whose_input, 0, OF_UNIT,
	WHOSE(provider, FIELD_TEXT, 1, 31, false, NULL, "Provider"));

/* ---- plans ---- */

static void put_plan(struct out *o, const struct plan_row *p)
{
	json_add_id(o, "id", ID_RAMP, p->id);
	json_add_text(o, "name", p->name);
	json_add_text(o, "title", p->title);
	json_add_int(o, "version", p->version);
	json_add_text(o, "state", p->state);
	json_add_bool(o, "builtin", plan_is_builtin(p->id));
	json_add_time(o, "created", p->created);
}

static void put_days(struct out *o, const struct ramp_plan *plan)
{
	int64_t last = 1;

	for (int c = 0; c < RAMP_CURVES; c++)
		if (ramp_last(&plan->curves[c]) > last)
			last = ramp_last(&plan->curves[c]);
	json_name(o, "days");
	json_open_list(o);
	for (int64_t day = 1; day <= last; day++) {
		json_open(o);
		json_add_int(o, "day", day);
		for (int c = 0; c < RAMP_CURVES; c++)
			json_add_int(o, ramp_curve_name((enum ramp_curve)c),
				ramp_cap(&plan->curves[c], day));
		json_close(o);
	}
	json_close_list(o);
}

static enum err reply_plan(struct scope *sc, struct request *q, int status, int64_t id)
{
	const struct ramp_plan *plan;
	struct plan_row p;
	struct out *o;
	enum err e = plan_find(sc, id, &p);

	if (!e)
		e = plan_read(sc, p.body, &plan);
	if (e)
		return e;
	o = reply_open(sc);
	put_plan(o, &p);
	json_add_text(o, "body", p.body);
	put_days(o, plan);
	return reply_close(sc, q, status, o);
}

enum err ramp_list_api(struct scope *sc, struct request *q, const void *input)
{
	struct plan_row *rows;
	struct out *o;
	size_t n;
	enum err e = plan_list(sc, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put_plan(o, &rows[i]);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}

enum err ramp_add_api(struct scope *sc, struct request *q, const void *input)
{
	const struct body_input *in = input;
	int64_t id;
	enum err e = plan_add(sc, in->body, &id);

	return e ? e : reply_plan(sc, q, 201, id);
}

enum err ramp_find_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_plan(sc, q, 200, request_id(q, ID_RAMP));
}

enum err ramp_save_api(struct scope *sc, struct request *q, const void *input)
{
	const struct body_input *in = input;
	int64_t id = request_id(q, ID_RAMP);
	enum err e = plan_save(sc, id, in->version, in->body);

	return e ? e : reply_plan(sc, q, 200, id);
}

enum err ramp_retire_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_RAMP);
	enum err e = plan_retire(sc, id);

	return e ? e : reply_plan(sc, q, 200, id);
}

/* ---- which plan warms up what ---- */

static enum plan_unit unit_of(const struct whose_input *in, int64_t *id)
{
	*id = in->mailbox ? in->mailbox : in->appliance;
	return in->mailbox ? PLAN_MAILBOX : in->appliance ? PLAN_APPLIANCE : PLAN_TENANT;
}

/* The appliance a mailbox is on. ERR_MISSING for what is not the company's. */
static enum err where(struct scope *sc, const struct whose_input *in, int64_t *appliance)
{
	struct appliance a;
	struct mailbox m;
	enum err e = ERR_NONE;

	*appliance = in->appliance;
	if (in->mailbox) {
		e = mailbox_find(sc, in->mailbox, &m);
		*appliance = e ? 0 : m.appliance;
	} else if (in->appliance) {
		e = appliance_find(sc, in->appliance, &a);
	}
	return e;
}

static enum err reply_choice(struct scope *sc, struct request *q, const struct whose_input *in)
{
	int64_t id, appliance, chosen, in_force;
	enum plan_unit unit = unit_of(in, &id);
	struct out *o;
	enum err e = where(sc, in, &appliance);

	if (!e)
		e = plan_choice(sc, unit, id, &chosen);
	if (!e)
		e = plan_in_force(sc, appliance, in->mailbox, &in_force);
	if (e)
		return e;
	o = reply_open(sc);
	json_add_text(o, "unit", plan_unit_name(unit));
	json_add_text(o, "plan", plan_choice_format(sc, chosen));
	json_add_text(o, "in_force", plan_choice_format(sc, in_force));
	return reply_close(sc, q, 200, o);
}

enum err ramp_choice_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_choice(sc, q, input);
}

enum err ramp_choose_api(struct scope *sc, struct request *q, const void *input)
{
	const struct whose_input *in = input;
	int64_t id, plan;
	enum plan_unit unit = unit_of(in, &id);
	enum err e = plan_choice_parse(sc, in->plan, &plan);

	if (!e)
		e = plan_choose(sc, unit, id, plan);
	return e ? e : reply_choice(sc, q, in);
}

/* ---- lanes ---- */

static enum err lane_of(struct scope *sc, const struct whose_input *in, struct lane_name *l)
{
	const struct provider *p;
	int64_t appliance;

	if (!in->appliance == !in->mailbox)
		return fail_field(sc, "appliance", "Name an appliance or a mailbox");
	if (in->mailbox) {
		*l = (struct lane_name){ "mailbox", in->mailbox, "" };
		return where(sc, in, &appliance);
	}
	*l = (struct lane_name){ "ip", in->appliance, "" };
	if (in->provider) {
		p = provider_named(providers_builtin(sc), in->provider);
		if (!str_eq(p->name, in->provider))
			return fail_field(sc, "provider", "There is no such provider");
		*l = (struct lane_name){ "provider", in->appliance, p->name };
	}
	return where(sc, in, &appliance);
}

static void put_lane(struct out *o, const struct lane_row *l)
{
	json_add_text(o, "unit", l->unit);
	json_add_id(o, "appliance", ID_APPLIANCE, l->appliance);
	json_add_id(o, "mailbox", ID_MAILBOX, str_eq(l->unit, "mailbox") ? l->unit_id : 0);
	json_add_text(o, "provider", str_empty(l->provider) ? NULL : l->provider);
	json_add_text(o, "plan", l->plan);
	json_add_int(o, "day", l->day);
	json_add_int(o, "step", l->step);
	json_add_int(o, "cap", l->cap);
	json_add_int(o, "mails", l->mails);
	json_add_int(o, "retries", l->retries);
	json_add_int(o, "accepted", l->accepted);
	json_add_int(o, "deferred", l->deferred);
	json_add_int(o, "hard", l->hard);
	json_add_int(o, "infra", l->infra);
	json_add_int(o, "complained", l->complained);
	json_add_int(o, "sent_24h", l->sent);
	json_add_int(o, "queued", l->queued);
	json_add_text(o, "state", l->state);
	json_add_text(o, "by", l->held_by);
	json_add_text(o, "reason", l->reason);
	json_add_time(o, "lifts", l->until);
	json_add_int(o, "rate", l->rate);
	json_add_time(o, "told", l->told_at);
}

static bool after_of(struct scope *sc, const char *text, struct lane_name *l)
{
	char *copy = arena_copy(sc->mem, text ? text : "", text ? strlen(text) : 0);
	char *first = strchr(copy, '/'), *last = first ? strchr(first + 1, '/') : NULL;

	if (!last || !str_int(last + 1, 0, INT64_MAX, &l->unit_id))
		return false;
	*first = *last = 0;
	l->unit = copy;
	l->provider = first + 1;
	return true;
}

enum err lane_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct whose_input *in = input;
	int limit = in->limit ? (int)in->limit : PAGE_ROWS;
	struct lane_name from;
	bool has = after_of(sc, in->after, &from);
	const char *after = NULL;
	struct lane_row *rows;
	int64_t appliance;
	struct out *o;
	size_t n;
	enum err e = where(sc, in, &appliance);

	if (!e)
		e = lane_list_of(sc, appliance, has ? &from : NULL, limit, &rows, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		put_lane(o, &rows[i]);
		json_close(o);
	}
	if ((int)n == limit)
		after = arena_printf(sc->mem, "%s/%s/%lld", rows[n - 1].unit, rows[n - 1].provider,
			(long long)rows[n - 1].unit_id);
	return reply_close_list(sc, q, o, after);
}

static void put_day(struct scope *sc, struct out *o, const struct lane_day_row *d)
{
	const struct json *inputs = NULL;

	json_open(o);
	json_add_int(o, "day", d->day);
	json_add_int(o, "step", d->step);
	json_add_int(o, "cap", d->cap);
	json_add_int(o, "mails", d->mails);
	json_add_int(o, "retries", d->retries);
	json_add_int(o, "fresh", d->fresh);
	json_add_int(o, "ended", d->ended);
	json_add_int(o, "accepted", d->accepted);
	json_add_int(o, "deferred", d->deferred);
	json_add_int(o, "hard", d->hard);
	json_add_int(o, "infra", d->infra);
	json_add_int(o, "complained", d->complained);
	json_add_text(o, "decision", d->decision);
	json_add_text(o, "reason", d->reason);
	json_add_int(o, "step_next", d->step_next);
	json_add_int(o, "cap_next", d->cap_next);
	if (d->inputs && !json_parse(sc, bytes_of(d->inputs, strlen(d->inputs)), 65536, &inputs)) {
		json_name(o, "inputs");
		json_open(o);
		JSON_EACH(i, inputs)
		if (i->kind == JSON_WHOLE_NUMBER)
			json_add_int(o, i->name, i->n);
		json_close(o);
	}
	json_close(o);
}

static enum err reply_lane(struct scope *sc, struct request *q, const struct lane_name *l,
	const struct whose_input *in)
{
	int limit = in->limit ? (int)in->limit : PAGE_ROWS;
	struct lane_day_row *days;
	struct lane_forecast f;
	struct lane_row row;
	struct out *o;
	size_t n;
	enum err e = lane_find(sc, l, &row);

	if (!e)
		e = lane_days(sc, l, 0, 60, &days, &n);
	if (!e)
		e = lane_forecast(sc, &row, days, n, &f);
	if (!e)
		e = lane_days(sc, l, in->before, limit, &days, &n);
	if (e)
		return e;
	o = reply_open(sc);
	put_lane(o, &row);
	json_name(o, "next");
	json_open(o);
	json_add_text(o, "decision", f.decision);
	json_add_text(o, "reason", f.reason);
	json_add_int(o, "step", f.step);
	json_add_int(o, "cap", f.cap);
	json_close(o);
	json_name(o, "days");
	json_open_list(o);
	for (size_t i = 0; i < n; i++)
		put_day(sc, o, &days[i]);
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}

enum err lane_find_api(struct scope *sc, struct request *q, const void *input)
{
	struct lane_name l;
	enum err e = lane_of(sc, input, &l);

	return e ? e : reply_lane(sc, q, &l, input);
}

enum err lane_hand_api(struct scope *sc, struct request *q, const void *input)
{
	const struct whose_input *in = input;
	struct lane_name l;
	enum err e = lane_of(sc, in, &l);

	if (!e && str_eq(in->what, "step") && !in->step)
		return fail_field(sc, "step", "Say which day of the plan");
	if (e)
		return e;
	if (str_eq(in->what, "hold"))
		e = lane_hold(sc, &l, in->days);
	else if (str_eq(in->what, "let_go"))
		e = lane_let_go(sc, &l);
	else
		e = lane_act(sc, &l, in->what, in->step);
	return e ? e : reply_close(sc, q, 202, reply_open(sc));
}

enum err lane_providers_api(struct scope *sc, struct request *q, const void *input)
{
	struct lane_provider_row *rows;
	struct out *o;
	size_t n;
	enum err e = lane_providers(sc, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		const struct lane_provider_row *p = &rows[i];

		json_open(o);
		json_add_text(o, "provider", p->provider);
		json_add_int(o, "lanes", p->lanes);
		json_add_int(o, "stopped", p->stopped);
		json_add_int(o, "shaped", p->shaped);
		json_add_int(o, "cap", p->cap);
		json_add_int(o, "mails", p->mails);
		json_add_int(o, "accepted", p->accepted);
		json_add_int(o, "deferred", p->deferred);
		json_add_int(o, "hard", p->hard);
		json_add_int(o, "infra", p->infra);
		json_add_int(o, "complained", p->complained);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}

/* ---- every limit ---- */

enum err limit_list_api(struct scope *sc, struct request *q, const void *input)
{
	const struct whose_input *in = input;
	struct limit_row *rows;
	struct lane_name l;
	struct out *o;
	size_t n;
	enum err e = lane_of(sc, in, &l);

	if (!e)
		e = limit_list(sc, in->mailbox, in->appliance, in->provider, &rows, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "limit", rows[i].rule);
		json_add_text(o, "text", rows[i].text);
		json_add_text(o, "by", rows[i].by);
		json_add_int(o, "value", rows[i].value);
		json_add_bool(o, "holds", rows[i].holds);
		json_add_bool(o, "binds", rows[i].binds);
		json_add_time(o, "lifts", rows[i].lifts);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}
