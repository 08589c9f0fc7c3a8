/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/appliance_page.h"

#include "base/id.h"
#include "fleet/appliance_html.h"
#include "fleet/enrolment.h"
#include "text/html.h"
#include "text/json.h"
#include "text/url.h"

#define PAGE_ROWS  50
#define PAGE_FACTS 30
#define READ_FACTS 200 /* most of them may be about parts */

struct appliances_in {
	const char *after;
};
FORM(appliances_page_form, struct appliances_in, 0,
	FIELD(struct appliances_in, after, FIELD_TEXT, 1, 60, false, NULL, "After"));

struct plan_in {
	const char *name;
};
FORM(appliance_plan_page_form, struct plan_in, 0,
	FIELD(struct plan_in, name, FIELD_TEXT, 1, 60, true, NULL, "Name"));

struct reason_in {
	const char *reason;
};
FORM(appliance_reason_page_form, struct reason_in, 0,
	FIELD(struct reason_in, reason, FIELD_TEXT, 1, 200, false, NULL, "Reason"));

struct lost_in {
	const char *typed;
};
FORM(appliance_lost_page_form, struct lost_in, 0,
	FIELD(struct lost_in, typed, FIELD_TEXT, 1, 60, true, NULL, "Name"));

const char *appliance_mood(const struct scope *sc, const struct appliance *a)
{
	if (!str_eq(a->state, "active"))
		return a->state;
	if (a->catching_up)
		return "behind";
	return appliance_is_online(sc, a) ? a->health : "silent";
}

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "appliances", .body = o });
}

enum err appliances_page(struct scope *sc, struct request *q, const void *input)
{
	const struct appliances_in *in = input;
	struct appliances_view v = { .q = q };
	struct appliance *rows;
	struct out o;
	enum err e = appliance_list(sc, in ? in->after : NULL, PAGE_ROWS + 1, &rows, &v.n);

	if (e)
		return e;
	v.rows = rows;
	out_init(&o, sc->mem);
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		out_text(&o, "/appliances?after=");
		url_escape(&o, rows[PAGE_ROWS - 1].name);
		v.more = arena_text(sc->mem, o.data);
		out_cut(&o, 0);
	}
	appliances_html(sc, &o, &v);
	page(sc, q, t("Appliances"), &o);
	return ERR_NONE;
}

enum err appliance_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	out_init(&o, sc->mem);
	appliance_new_html(sc, &o, q);
	page(sc, q, t("New appliance"), &o);
	return ERR_NONE;
}

static const char *path_of(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/appliances/%s", id_format(sc->mem, ID_APPLIANCE, id));
}

enum err appliance_plan_page(struct scope *sc, struct request *q, const void *input)
{
	const struct plan_in *in = input;
	int64_t id;
	enum err e = appliance_plan(sc, in->name, &id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), tf("%s is planned.", in->name), NULL);
	return ERR_NONE;
}

static int64_t permille(int64_t part, int64_t whole)
{
	return whole > 0 ? part * 1000 / whole : -1;
}

static void read_load(struct scope *sc, const char *metric, struct appliance_load *l)
{
	const struct json *m = NULL;
	int64_t disk;

	*l = (struct appliance_load){ -1, -1, -1, -1, -1, -1, -1, 0 };
	if (!metric || json_parse(sc, bytes_of(metric, strlen(metric)), 65536, &m)) {
		scope_clear(sc);
		return;
	}
	disk = json_int(m, "disk_total_kib", 0);
	l->cpu_permille = json_int(m, "cpu_permille", -1);
	l->memory_permille =
		permille(json_int(m, "memory_kib", 0), json_int(m, "memory_total_kib", 0));
	l->disk_free_kib = json_int(m, "disk_free_kib", -1);
	l->disk_permille = permille(disk - l->disk_free_kib, disk);
	l->queue = json_int(m, "queue", -1);
	l->outbox = json_int(m, "outbox", -1);
	l->rss_kib = json_int(m, "rss_kib", -1);
	l->at = json_int(m, "at", 0);
}

/* Parts come and are reported all the time and stand in a table of their own: only their errors are
   history. */
static size_t without_parts(struct event_row *events, const char **details, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n && kept < PAGE_FACTS; i++) {
		if (str_eq(events[i].kind, "part.changed") ||
			str_eq(events[i].kind, "part.reported"))
			continue;
		events[kept] = events[i];
		details[kept++] = details[i];
	}
	return kept;
}

static enum err show(struct scope *sc, struct request *q, int64_t id, const char *token)
{
	struct appliance a;
	struct appliance_view v = { .q = q, .a = &a, .token = token };
	struct part_row *parts;
	struct machine_check *checks;
	struct event_row *events;
	const char **details;
	struct out o;
	enum err e = appliance_find(sc, id, &a);

	if (!e)
		e = part_list(sc, id, &parts, &v.part_count);
	if (!e)
		e = check_list(sc, id, &checks, &v.check_count);
	if (!e)
		e = event_timeline(sc, id, 0, READ_FACTS, &events, &details, &v.event_count);
	if (e)
		return e;
	v.event_count = without_parts(events, details, v.event_count);
	v.parts = parts;
	v.checks = checks;
	for (size_t i = 0; i < v.part_count; i++)
		if (str_eq(parts[i].name, PART_MAILU))
			v.mailu = &parts[i];
	v.events = events;
	v.details = details;
	v.id = id_format(sc->mem, ID_APPLIANCE, id);
	read_load(sc, a.metric, &v.load);
	out_init(&o, sc->mem);
	appliance_html(sc, &o, &v);
	page(sc, q, a.name, &o);
	return ERR_NONE;
}

enum err appliance_page(struct scope *sc, struct request *q, const void *input)
{
	return show(sc, q, request_id(q, ID_APPLIANCE), NULL);
}

/* The token is shown once, in the answer itself: it is kept nowhere. */
enum err appliance_token_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_APPLIANCE);
	const char *token;
	enum err e = enrolment_token(sc, id, &token);

	if (e)
		return e;
	return show(sc, q, id, token);
}

enum err appliance_stop_page(struct scope *sc, struct request *q, const void *input)
{
	const struct reason_in *in = input;
	int64_t id = request_id(q, ID_APPLIANCE);
	enum err e = appliance_stop(sc, id, str_empty(in->reason) ? "by hand" : in->reason);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Stopped. What it held comes back."),
		arena_printf(sc->mem, "%s/resume", path_of(sc, id)));
	return ERR_NONE;
}

enum err appliance_resume_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_APPLIANCE);
	enum err e = appliance_resume(sc, id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("It may send again."), NULL);
	return ERR_NONE;
}

enum err appliance_lost_page(struct scope *sc, struct request *q, const void *input)
{
	const struct lost_in *in = input;
	int64_t id = request_id(q, ID_APPLIANCE);
	struct appliance a;
	enum err e = appliance_find(sc, id, &a);

	if (e)
		return e;
	if (!str_eq(in->typed, a.name))
		return fail_field(sc, "typed", "This is not the appliance's name");
	e = appliance_lost(sc, id, "by hand");
	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), tf("%s is declared lost.", a.name), NULL);
	return ERR_NONE;
}

enum err appliance_retire_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = appliance_retire(sc, request_id(q, ID_APPLIANCE));

	if (e)
		return e;
	reply_go(sc, q, "/appliances", t("The appliance is retired."), NULL);
	return ERR_NONE;
}
