/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/fleet_command.h"

#include "base/id.h"
#include "fleet/appliance.h"
#include "fleet/broker.h"
#include "fleet/catch_up.h"
#include "fleet/enrolment.h"
#include "fleet/fleet.h"
#include "tenant/tenant.h"
#include "text/json.h"

#define LIST_PAGE 200

const struct command_option appliance_options[] = {
	{ "tenant", "NAME", true, "Whose." },
	{ "appliance", "NAME", true, "Which." },
	{ 0 },
};
const struct command_option appliance_reason_options[] = {
	{ "tenant", "NAME", true, "Whose." },
	{ "appliance", "NAME", true, "Which." },
	{ "reason", "TEXT", false, "Why, as its people will read it." },
	{ 0 },
};

static enum err choose_tenant(struct scope *sc, const struct command_line *line)
{
	const char *name = command_option(line, "tenant");
	enum err e;

	scope_system(sc);
	e = tenant_find_name(sc, name, &sc->tenant);
	return e == ERR_MISSING ? fail(sc, e, "no tenant is called %s", name) : e;
}

enum err appliance_chosen(struct scope *sc, const struct command_line *line, struct appliance *a)
{
	const char *name = command_option(line, "appliance");
	enum err e = choose_tenant(sc, line);

	if (!e)
		e = appliance_find_name(sc, name, a);
	return e == ERR_MISSING ? fail(sc, e, "no appliance is called %s", name) : e;
}

static const char *reason_of(const struct command_line *line)
{
	const char *reason = command_option(line, "reason");

	return reason ? reason : "stopped by the operator";
}

/* Plans the machine where it is not planned yet, and prints nothing but the token. */
enum err enrol_token_command(struct scope *sc, struct command_line *line)
{
	const char *name = command_option(line, "appliance"), *token;
	struct appliance a;
	enum err e = choose_tenant(sc, line);

	if (!e)
		e = appliance_find_name(sc, name, &a);
	if (e == ERR_MISSING && sc->tenant)
		e = appliance_plan(sc, name, &a.id);
	if (!e)
		e = enrolment_token(sc, a.id, &token);
	if (!e)
		out_printf(&line->out, "%s\n", token);
	return e;
}

const struct command_option appliance_list_options[] = {
	{ "tenant", "NAME", true, "Whose." },
	{ "json", NULL, false, "As JSON." },
	{ 0 },
};

static void put_one(const struct scope *sc, struct out *o, const struct appliance *a, bool as_json)
{
	bool online = appliance_is_online(sc, a);

	if (!as_json) {
		out_printf(o, "%s\t%s\t%s\t%s\t%s%s\n", id_format(sc->mem, ID_APPLIANCE, a->id),
			a->name, a->state, a->health, online ? "online" : "silent",
			a->catching_up ? "\tcatching up" : "");
		return;
	}
	json_open(o);
	json_add_id(o, "id", ID_APPLIANCE, a->id);
	json_add_text(o, "name", a->name);
	json_add_text(o, "state", a->state);
	json_add_text(o, "health", a->health);
	json_add_text(o, "reason", a->reason);
	json_add_text(o, "version", a->version);
	json_add_bool(o, "online", online);
	json_add_bool(o, "catching_up", a->catching_up);
	json_add_int(o, "waiting", a->waiting);
	json_add_time(o, "seen_at", a->seen_at);
	json_close(o);
}

enum err appliance_list_command(struct scope *sc, struct command_line *line)
{
	bool as_json = command_has(line, "json");
	const char *after = NULL;
	struct appliance *rows;
	size_t n = LIST_PAGE;
	enum err e = choose_tenant(sc, line);

	if (as_json)
		json_open_list(&line->out);
	while (!e && n == LIST_PAGE) {
		e = appliance_list(sc, after, LIST_PAGE, &rows, &n);
		for (size_t i = 0; !e && i < n; i++)
			put_one(sc, &line->out, &rows[i], as_json);
		after = !e && n ? rows[n - 1].name : NULL;
	}
	if (as_json) {
		json_close_list(&line->out);
		out_char(&line->out, '\n');
	}
	return e;
}

enum err appliance_stop_command(struct scope *sc, struct command_line *line)
{
	struct appliance a;
	enum err e = appliance_chosen(sc, line, &a);

	return e ? e : appliance_stop(sc, a.id, reason_of(line));
}

enum err appliance_resume_command(struct scope *sc, struct command_line *line)
{
	struct appliance a;
	enum err e = appliance_chosen(sc, line, &a);

	return e ? e : appliance_resume(sc, a.id);
}

enum err appliance_lost_command(struct scope *sc, struct command_line *line)
{
	struct appliance a;
	enum err e = appliance_chosen(sc, line, &a);

	return e ? e : appliance_lost(sc, a.id, reason_of(line));
}

enum err appliance_skip_command(struct scope *sc, struct command_line *line)
{
	struct appliance a;
	enum err e = appliance_chosen(sc, line, &a);

	return e ? e : catch_up_skip(sc, a.id);
}

const struct command_option fleet_options[] = {
	{ "reason", "TEXT", false, "Why, as people will read it." },
	{ 0 },
};

enum err fleet_stop_command(struct scope *sc, struct command_line *line)
{
	scope_system(sc);
	return fleet_halt(sc, reason_of(line));
}

enum err fleet_resume_command(struct scope *sc, struct command_line *line)
{
	(void)line;
	scope_system(sc);
	return fleet_halt(sc, NULL);
}

const struct command_option broker_options[] = {
	{ "dir", "FOLDER", true, "Where the broker reads them." },
	{ 0 },
};

enum err broker_sync_command(struct scope *sc, struct command_line *line)
{
	const char *dir = command_option(line, "dir");
	int64_t pid = 0;
	int kicked = 0;
	enum err e;

	scope_system(sc);
	e = fleet_broker_sync(sc, dir, &pid);
	if (!e && pid)
		e = fleet_broker_kick(sc, dir, pid, &kicked);
	if (!e && pid)
		out_printf(&line->out,
			"The broker reads them again; machines no longer let in: %d.\n", kicked);
	return e;
}
