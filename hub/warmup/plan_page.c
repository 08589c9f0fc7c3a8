/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/plan_page.h"

#include "base/id.h"
#include "warmup/warmup_html.h"
#include "warmup/world.h"

#define CPU_MS 400 /* of one rehearsal */

struct body_in {
	const char *body;
	int64_t version;
};
FORM(plan_add_page_form, struct body_in, 0,
	FIELD(struct body_in, body, FIELD_LINES, 1, PLAN_TEXT, true, NULL, "Plan"));
FORM(plan_save_page_form, struct body_in, 0,
	FIELD(struct body_in, body, FIELD_LINES, 1, PLAN_TEXT, true, NULL, "Plan"),
	FIELD(struct body_in, version, FIELD_INT, 1, 1000000, true, NULL, "Version"));

struct new_in {
	int64_t from;
};
FORM(plan_new_page_form, struct new_in, 0,
	FIELD(struct new_in, from, FIELD_ID, 0, 0, false, ID_RAMP, "From"));

struct rehearsal_in {
	int64_t plan, days, volume, mailboxes, gap, seed;
	const char *world;
};
FORM(rehearsal_page_form, struct rehearsal_in, 0,
	FIELD(struct rehearsal_in, plan, FIELD_ID, 0, 0, false, ID_RAMP, "Plan"),
	FIELD(struct rehearsal_in, days, FIELD_INT, 1, REHEARSAL_DAYS, false, NULL, "Days"),
	FIELD(struct rehearsal_in, volume, FIELD_INT, 1, REHEARSAL_VOLUME, false, NULL,
		"Mails a day"),
	FIELD(struct rehearsal_in, mailboxes, FIELD_INT, 1, REHEARSAL_MAILBOXES, false, NULL,
		"Mailboxes"),
	FIELD(struct rehearsal_in, gap, FIELD_INT, 1, 1440, false, NULL, "Pause"),
	FIELD(struct rehearsal_in, world, FIELD_CHOICE, 0, 0, false, "program own", "World"),
	FIELD(struct rehearsal_in, seed, FIELD_INT, 0, 1000000000, false, NULL, "Dice"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "warmup", .body = o });
}

static const char *path_of(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/warmup/plans/%s", id_format(sc->mem, ID_RAMP, id));
}

enum err plans_page(struct scope *sc, struct request *q, const void *input)
{
	struct plans_view v = { .q = q };
	struct plan_row *rows;
	struct out o;
	enum err e = plan_list(sc, &rows, &v.n);

	if (e)
		return e;
	v.rows = rows;
	out_init(&o, sc->mem);
	plans_html(sc, &o, &v);
	page(sc, q, tr(sc, "Warm-up plans"), &o);
	return ERR_NONE;
}

/* The text of another plan under a name that nobody has. */
static const char *copy_of(struct scope *sc, const char *body)
{
	const char *rest = strchr(body, '\n');

	return arena_printf(
		sc->mem, "plan my-plan \"%s\"%s", tr(sc, "A plan of our own"), rest ? rest : "\n");
}

enum err plan_new_page(struct scope *sc, struct request *q, const void *input)
{
	const struct new_in *in = input;
	struct plan_view v = { .q = q };
	struct out o;
	enum err e = plan_find(sc, in->from ? in->from : 1, &v.row);

	if (!e)
		e = plan_read(sc, v.row.body, &v.plan);
	if (e)
		return e;
	v.row.body = copy_of(sc, v.row.body);
	out_init(&o, sc->mem);
	plan_html(sc, &o, &v);
	page(sc, q, tr(sc, "New plan"), &o);
	return ERR_NONE;
}

enum err plan_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct body_in *in = input;
	int64_t id;
	enum err e = plan_add(sc, in->body, &id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), tr(sc, "The plan is made."), NULL);
	return ERR_NONE;
}

enum err plan_page(struct scope *sc, struct request *q, const void *input)
{
	struct plan_view v = { .q = q };
	int64_t id = request_id(q, ID_RAMP);
	struct plan_version *versions;
	struct out o;
	enum err e = plan_find(sc, id, &v.row);

	if (!e)
		e = plan_read(sc, v.row.body, &v.plan);
	if (!e)
		e = plan_versions(sc, id, &versions, &v.version_count);
	if (e)
		return e;
	v.versions = versions;
	v.id = id_format(sc->mem, ID_RAMP, id);
	v.builtin = plan_is_builtin(id);
	out_init(&o, sc->mem);
	plan_html(sc, &o, &v);
	page(sc, q, v.row.title, &o);
	return ERR_NONE;
}

enum err plan_save_page(struct scope *sc, struct request *q, const void *input)
{
	const struct body_in *in = input;
	int64_t id = request_id(q, ID_RAMP);
	enum err e = plan_save(sc, id, in->version, in->body);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), tr(sc, "Saved. The appliances are told now."), NULL);
	return ERR_NONE;
}

enum err plan_retire_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = plan_retire(sc, request_id(q, ID_RAMP));

	if (e)
		return e;
	reply_go(sc, q, "/warmup/plans", tr(sc, "The plan is retired."), NULL);
	return ERR_NONE;
}

/* ---- rehearsal ---- */

static int64_t or_usual(int64_t n, int64_t usual)
{
	return n ? n : usual;
}

/* The rules of the company, and where it was asked for what its mail met. */
static enum err read_world(struct scope *sc, const char *world, struct rehearsal_view *v)
{
	struct shaping_version rules;
	enum err e = shaping_find(sc, &rules);

	if (!e)
		e = shaping_read(sc, rules.body, &v->wish.rules);
	v->own = str_eq(world, "own");
	if (!e && v->own)
		e = world_own(sc, &v->met);
	v->wish.world = v->met;
	return e;
}

enum err rehearsal_page(struct scope *sc, struct request *q, const void *input)
{
	const struct rehearsal_in *in = input;
	struct rehearsal_view v = { .q = q,
		.plan = or_usual(in->plan, 1),
		.wish = { or_usual(in->days, 30), or_usual(in->volume, 2000),
			or_usual(in->mailboxes, 20), or_usual(in->gap, 5), or_usual(in->seed, 1),
			NULL, NULL } };
	struct rehearsal_play play;
	const struct ramp_plan *plan;
	struct plan_row *plans;
	struct out o;
	enum err e = plan_list(sc, &plans, &v.plan_count);

	if (!e)
		e = plan_ramp(sc, v.plan, &plan);
	if (!e)
		e = read_world(sc, in->world, &v);
	if (!e)
		e = rehearsal_play(sc, plan, &v.wish, CPU_MS, &play);
	if (e)
		return e;
	v.plans = plans;
	v.play = &play;
	out_init(&o, sc->mem);
	rehearsal_html(sc, &o, &v);
	page(sc, q, tr(sc, "Rehearsal"), &o);
	return ERR_NONE;
}
