/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/appliance_command_api.h"

#include "base/id.h"
#include "fleet/appliance.h"
#include "fleet/appliance_command.h"
#include "text/json.h"

#define LASTS_S 300

struct list_in {
	const char *before;
	int64_t limit;
};
struct give_in {
	const char *kind, *args;
	int64_t seconds;
};

FORM(appliance_commands_form, struct list_in, 0,
	FIELD(struct list_in, before, FIELD_TEXT, 1, 40, false, NULL, "Before"),
	FIELD(struct list_in, limit, FIELD_INT, 1, 200, false, NULL, "Limit"));
FORM(appliance_command_form, struct give_in, 0,
	FIELD(struct give_in, kind, FIELD_TEXT, 1, 40, true, NULL, "Command"),
	FIELD(struct give_in, args, FIELD_TEXT, 2, 65536, false, NULL, "Arguments"),
	FIELD(struct give_in, seconds, FIELD_INT, 1, 86400, false, NULL, "Seconds"));

static void put(struct out *o, const struct appliance_command *c)
{
	json_open(o);
	json_add_id(o, "id", ID_COMMAND, c->id);
	json_add_id(o, "appliance", ID_APPLIANCE, c->appliance);
	json_add_text(o, "kind", c->kind);
	json_add_text(o, "args", c->args);
	json_add_text(o, "state", c->state);
	json_add_text(o, "reason", c->reason);
	json_add_text(o, "body", c->body);
	json_add_time(o, "created", c->created);
	json_add_time(o, "expires", c->expires);
	json_add_time(o, "done_at", c->done_at);
	json_close(o);
}

enum err appliance_commands_api(struct scope *sc, struct request *q, const void *input)
{
	const struct list_in *in = input;
	int limit = in->limit ? (int)in->limit : 50;
	struct appliance_command *rows;
	struct appliance a;
	int64_t before = 0;
	struct out *o;
	size_t n;
	enum err e;

	if (in->before && !id_parse(in->before, ID_COMMAND, &before))
		return fail_field(sc, "before", "This is no command");
	e = appliance_find(sc, request_id(q, ID_APPLIANCE), &a);
	if (!e)
		e = appliance_command_list(sc, a.id, before, limit, &rows, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		put(o, &rows[i]);
	json_close_list(o);
	json_add_text(o, "before",
		(int)n == limit ? id_format(sc->mem, ID_COMMAND, rows[n - 1].id) : NULL);
	return reply_close(sc, q, 200, o);
}

static enum err reply_one(struct scope *sc, struct request *q, int64_t id, int status)
{
	struct appliance_command c;
	struct out o;
	enum err e = appliance_command_find(sc, id, &c);

	if (e)
		return e;
	out_init(&o, sc->mem);
	put(&o, &c);
	reply_json(sc, q, status, &o);
	return ERR_NONE;
}

enum err appliance_command_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_one(sc, q, request_id(q, ID_COMMAND), 200);
}

struct give {
	struct command_wish wish;
	int64_t id;
};

static enum err write_give(struct scope *sc, void *arg)
{
	struct give *g = arg;

	return appliance_command_give(sc, &g->wish, &g->id);
}

enum err appliance_command_give_api(struct scope *sc, struct request *q, const void *input)
{
	const struct give_in *in = input;
	struct give g = { .wish = { .appliance = request_id(q, ID_APPLIANCE),
				  .kind = in->kind,
				  .args = in->args,
				  .lasts_ms = (in->seconds ? in->seconds : LASTS_S) * SECOND_MS } };
	enum err e = db_write(sc, write_give, &g);

	return e ? e : reply_one(sc, q, g.id, 201);
}
