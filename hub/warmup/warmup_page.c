/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/warmup_page.h"

#include <inttypes.h>

#include "base/id.h"
#include "pace/provider.h"
#include "text/url.h"
#include "warmup/warmup_html.h"

#define PAGE_ROWS  50
#define CHART_DAYS 60
#define PAGE_DAYS  30

struct at_in {
	const char *after;
};
FORM(warmup_page_form, struct at_in, 0,
	FIELD(struct at_in, after, FIELD_TEXT, 1, 60, false, NULL, "After"));
FORM(warmup_lanes_page_form, struct at_in, 0,
	FIELD(struct at_in, after, FIELD_TEXT, 1, 100, false, NULL, "After"));

struct lane_in {
	int64_t before;
};
FORM(warmup_lane_page_form, struct lane_in, 0,
	FIELD(struct lane_in, before, FIELD_INT, 0, 4000000, false, NULL, "Before"));

struct choose_in {
	const char *plan;
};
FORM(warmup_choose_page_form, struct choose_in, 0,
	FIELD(struct choose_in, plan, FIELD_TEXT, 1, 40, true, NULL, "Plan"));

struct hand_in {
	const char *what;
	int64_t step, days;
};
FORM(warmup_hand_page_form, struct hand_in, 0,
	FIELD(struct hand_in, what, FIELD_CHOICE, 0, 0, true, "free back restart step hold let_go",
		"What"),
	FIELD(struct hand_in, step, FIELD_INT, 1, 366, false, NULL, "Day of the plan"),
	FIELD(struct hand_in, days, FIELD_INT, 0, 366, false, NULL, "For days"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "warmup", .body = o });
}

static const char *appliance_path(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/warmup/appliances/%s", id_format(sc->mem, ID_APPLIANCE, id));
}

static const char *mailbox_path(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/warmup/mailboxes/%s", id_format(sc->mem, ID_MAILBOX, id));
}

/* ---- the company ---- */

static enum err read_picker(struct scope *sc, struct request *q, enum plan_unit unit,
	int64_t unit_id, struct plan_picker *p)
{
	struct plan_row *plans;
	enum err e = plan_list(sc, &plans, &p->plan_count);

	if (!e)
		e = plan_choice(sc, unit, unit_id, &p->choice);
	p->q = q;
	p->plans = plans;
	p->top = unit == PLAN_TENANT;
	return e;
}

static enum err read_appliances(struct scope *sc, const char *after, struct warmup_view *v)
{
	struct appliance *rows;
	struct lane_row *lanes;
	int64_t *plans;
	enum err e = appliance_list(sc, after, PAGE_ROWS, &rows, &v->n);

	if (e)
		return e;
	lanes = arena_array(sc->mem, v->n, sizeof *lanes);
	plans = arena_array(sc->mem, v->n, sizeof *plans);
	for (size_t i = 0; !e && i < v->n; i++) {
		const struct lane_name ip = { "ip", rows[i].id, "" };

		e = plan_in_force(sc, rows[i].id, 0, &plans[i]);
		if (!e)
			e = lane_find(sc, &ip, &lanes[i]);
		if (e == ERR_MISSING) {
			scope_clear(sc);
			e = ERR_NONE;
		}
	}
	v->rows = rows;
	v->lanes = lanes;
	v->plans = plans;
	if (v->n == PAGE_ROWS) {
		struct out o;

		out_init(&o, sc->mem);
		out_text(&o, "/warmup");
		url_add(&o, "after", rows[v->n - 1].name);
		v->more = o.data;
	}
	return e;
}

enum err warmup_page(struct scope *sc, struct request *q, const void *input)
{
	const struct at_in *in = input;
	struct warmup_view v = { .q = q };
	struct out o;
	enum err e = read_picker(sc, q, PLAN_TENANT, 0, &v.picker);

	if (!e)
		e = read_appliances(sc, in->after, &v);
	if (e)
		return e;
	v.picker.path = "/warmup/plan";
	v.picker.in_force = v.picker.choice == PLAN_INHERIT ? PLAN_NONE : v.picker.choice;
	out_init(&o, sc->mem);
	warmup_html(sc, &o, &v);
	page(sc, q, tr(sc, "Warm-up"), &o);
	return ERR_NONE;
}

static enum err choose(struct scope *sc, struct request *q, enum plan_unit unit, int64_t id,
	const char *text, const char *path)
{
	int64_t plan;
	enum err e = plan_choice_parse(sc, text, &plan);

	if (!e)
		e = plan_choose(sc, unit, id, plan);
	if (e)
		return e;
	reply_go(sc, q, path, tr(sc, "Saved. The appliances are told now."), NULL);
	return ERR_NONE;
}

enum err warmup_choose_page(struct scope *sc, struct request *q, const void *input)
{
	const struct choose_in *in = input;

	return choose(sc, q, PLAN_TENANT, 0, in->plan, "/warmup");
}

enum err warmup_choose_appliance_page(struct scope *sc, struct request *q, const void *input)
{
	const struct choose_in *in = input;
	int64_t id = request_id(q, ID_APPLIANCE);

	return choose(sc, q, PLAN_APPLIANCE, id, in->plan, appliance_path(sc, id));
}

enum err warmup_choose_mailbox_page(struct scope *sc, struct request *q, const void *input)
{
	const struct choose_in *in = input;
	int64_t id = request_id(q, ID_MAILBOX);

	return choose(sc, q, PLAN_MAILBOX, id, in->plan, mailbox_path(sc, id));
}

enum err warmup_providers_page(struct scope *sc, struct request *q, const void *input)
{
	struct providers_view v = { 0 };
	struct lane_provider_row *rows;
	struct out o;
	enum err e = lane_providers(sc, &rows, &v.n);

	if (e)
		return e;
	v.rows = rows;
	out_init(&o, sc->mem);
	providers_html(sc, &o, &v);
	page(sc, q, tr(sc, "Mailbox providers"), &o);
	return ERR_NONE;
}

/* ---- the lanes of an appliance ---- */

/* "mailbox//123" of the last row of a page. */
static bool read_after(struct scope *sc, const char *text, struct lane_name *l)
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

static enum err read_lanes(struct scope *sc, const char *after, struct lanes_view *v)
{
	struct lane_name from;
	bool has = read_after(sc, after, &from);
	struct lane_row *rows;
	const char **addresses;
	enum err e = lane_list_of(sc, v->a->id, has ? &from : NULL, PAGE_ROWS, &rows, &v->n);

	if (e)
		return e;
	addresses = arena_array(sc->mem, v->n, sizeof *addresses);
	for (size_t i = 0; !e && i < v->n; i++) {
		struct mailbox m;

		if (!str_eq(rows[i].unit, "mailbox"))
			continue;
		e = mailbox_find(sc, rows[i].unit_id, &m);
		addresses[i] = e ? NULL : m.address;
		if (e == ERR_MISSING) {
			scope_clear(sc);
			e = ERR_NONE;
		}
	}
	v->rows = rows;
	v->addresses = addresses;
	if (v->n == PAGE_ROWS) {
		const struct lane_row *l = &rows[v->n - 1];

		v->more = arena_printf(sc->mem, "%s?after=%s/%s/%" PRId64,
			appliance_path(sc, v->a->id), l->unit, l->provider, l->unit_id);
	}
	return e;
}

enum err warmup_lanes_page(struct scope *sc, struct request *q, const void *input)
{
	const struct at_in *in = input;
	struct appliance a;
	struct lanes_view v = { .q = q, .a = &a };
	struct limit_row *limits = NULL;
	struct out o;
	enum err e = appliance_find(sc, request_id(q, ID_APPLIANCE), &a);

	if (!e)
		e = read_picker(sc, q, PLAN_APPLIANCE, a.id, &v.picker);
	if (!e)
		e = plan_in_force(sc, a.id, 0, &v.picker.in_force);
	if (!e)
		e = read_lanes(sc, in->after, &v);
	if (!e)
		e = limit_list(sc, 0, a.id, NULL, &limits, &v.limit_count);
	if (e)
		return e;
	v.limits = limits;
	v.picker.path = arena_printf(sc->mem, "%s/plan", appliance_path(sc, a.id));
	out_init(&o, sc->mem);
	lanes_html(sc, &o, &v);
	page(sc, q, a.name, &o);
	return ERR_NONE;
}

/* ---- one lane ---- */

struct lane_of {
	struct lane_name name;
	struct appliance a;
	bool has_appliance;
	const char *title, *path;
};

static enum err lane_ip(struct scope *sc, struct request *q, struct lane_of *l)
{
	enum err e = appliance_find(sc, request_id(q, ID_APPLIANCE), &l->a);

	if (e)
		return e;
	l->has_appliance = true;
	l->name = (struct lane_name){ "ip", l->a.id, "" };
	l->title = arena_printf(sc->mem, tr(sc, "The address of %s"), l->a.name);
	l->path = arena_printf(sc->mem, "%s/ip", appliance_path(sc, l->a.id));
	return ERR_NONE;
}

static enum err lane_provider(struct scope *sc, struct request *q, struct lane_of *l)
{
	const char *name = request_rest(q);
	const struct provider *p = provider_named(providers_builtin(sc), name);
	enum err e = appliance_find(sc, request_id(q, ID_APPLIANCE), &l->a);

	if (!e && !str_eq(p->name, name))
		return fail(sc, ERR_MISSING, "There is no such provider");
	if (e)
		return e;
	l->has_appliance = true;
	l->name = (struct lane_name){ "provider", l->a.id, p->name };
	l->title = arena_printf(sc->mem, tr(sc, "%s towards %s"), l->a.name, p->title);
	l->path = arena_printf(sc->mem, "%s/providers/%s", appliance_path(sc, l->a.id), p->name);
	return ERR_NONE;
}

static enum err lane_mailbox(struct scope *sc, struct request *q, struct lane_of *l)
{
	struct mailbox m;
	enum err e = mailbox_find(sc, request_id(q, ID_MAILBOX), &m);

	if (!e && m.appliance)
		e = appliance_find(sc, m.appliance, &l->a);
	if (e)
		return e;
	l->has_appliance = m.appliance != 0;
	l->name = (struct lane_name){ "mailbox", m.id, "" };
	l->title = m.address;
	l->path = mailbox_path(sc, m.id);
	return ERR_NONE;
}

static enum err read_lane(
	struct scope *sc, const struct lane_of *l, int64_t before, struct lane_view *v)
{
	struct lane_day_row *chart, *days;
	enum err e = lane_find(sc, &l->name, &v->row);

	v->told = e == ERR_NONE;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	if (!e)
		e = lane_days(sc, &l->name, 0, CHART_DAYS, &chart, &v->chart_count);
	if (!e)
		e = lane_days(sc, &l->name, before, PAGE_DAYS, &days, &v->day_count);
	if (!e && v->told)
		e = lane_forecast(sc, &v->row, chart, v->chart_count, &v->forecast);
	if (!e)
		e = lane_is_held(sc, &l->name, &v->held, &v->held_until);
	if (e)
		return e;
	v->chart = chart;
	v->days = days;
	if (v->day_count == PAGE_DAYS)
		v->more = arena_printf(
			sc->mem, "%s?before=%" PRId64, l->path, days[PAGE_DAYS - 1].day);
	return ERR_NONE;
}

static enum err show_lane(
	struct scope *sc, struct request *q, const struct lane_of *l, const struct lane_in *in)
{
	struct lane_view v = { .q = q,
		.title = l->title,
		.path = l->path,
		.a = l->has_appliance ? &l->a : NULL,
		.has_picker = str_eq(l->name.unit, "mailbox") };
	struct limit_row *limits = NULL;
	struct out o;
	enum err e = read_lane(sc, l, in->before, &v);

	if (!e)
		e = limit_list(sc, v.has_picker ? l->name.unit_id : 0,
			l->has_appliance ? l->a.id : 0,
			str_empty(l->name.provider) ? NULL : l->name.provider, &limits,
			&v.limit_count);
	v.limits = limits;

	if (!e && v.has_picker)
		e = read_picker(sc, q, PLAN_MAILBOX, l->name.unit_id, &v.picker);
	if (!e && v.has_picker)
		e = plan_in_force(
			sc, l->has_appliance ? l->a.id : 0, l->name.unit_id, &v.picker.in_force);
	if (e)
		return e;
	v.picker.path = arena_printf(sc->mem, "%s/plan", l->path);
	out_init(&o, sc->mem);
	lane_html(sc, &o, &v);
	page(sc, q, l->title, &o);
	return ERR_NONE;
}

#define LANE_PAGE(kind)                                                                            \
	enum err warmup_##kind##_page(struct scope *sc, struct request *q, const void *input)      \
	{                                                                                          \
		struct lane_of l = { 0 };                                                          \
		enum err e = lane_##kind(sc, q, &l);                                               \
                                                                                                   \
		return e ? e : show_lane(sc, q, &l, input);                                        \
	}                                                                                          \
	enum err warmup_##kind##_hand_page(struct scope *sc, struct request *q, const void *input) \
	{                                                                                          \
		struct lane_of l = { 0 };                                                          \
		enum err e = lane_##kind(sc, q, &l);                                               \
                                                                                                   \
		return e ? e : put_hand(sc, q, &l, input);                                         \
	}

static enum err put_hand(
	struct scope *sc, struct request *q, const struct lane_of *l, const struct hand_in *in)
{
	enum err e;

	if (str_eq(in->what, "step") && !in->step)
		return fail_field(sc, "step", "Say which day of the plan");
	if (str_eq(in->what, "hold"))
		e = lane_hold(sc, &l->name, in->days);
	else if (str_eq(in->what, "let_go"))
		e = lane_let_go(sc, &l->name);
	else
		e = lane_act(sc, &l->name, in->what, in->step);
	if (e)
		return e;
	reply_go(sc, q, l->path, tr(sc, "Its appliance is told now."), NULL);
	return ERR_NONE;
}

LANE_PAGE(ip)
LANE_PAGE(provider)
LANE_PAGE(mailbox)
