/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "mailu/mailu.h"
#include "text/json.h"

#define MAIL_MAX 48000 /* a command's arguments have 64 KiB, with what JSON adds */
#define ARGS_MAX (64 * 1024)
#define BODY_MAX (256 * 1024)
#define TEXT_MAX 400
#define LASTS_MS (2 * MINUTE_MS)

enum err verdict_ask(
	struct scope *sc, int64_t appliance, const char *user, const char *mail, int64_t *command)
{
	struct command_wish w = {
		.appliance = appliance, .kind = VERDICT_COMMAND, .lasts_ms = LASTS_MS
	};
	struct mailu m;
	struct out o;
	enum err e = mailu_find(sc, appliance, &m);

	if (e == ERR_MISSING || (!e && !mailu_is_on(&m)))
		return fail(sc, ERR_CONFLICT, "MailU is not on there");
	if (e)
		return e;
	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "user", user);
	json_add_text(&o, "mail", mail);
	json_close(&o);
	if (strlen(mail) > MAIL_MAX || o.len > ARGS_MAX)
		return fail(sc, ERR_CONFLICT, "The mail is too long to be scored");
	w.args = o.data;
	return appliance_command_give(sc, &w, command);
}

static int by_weight(const void *a, const void *b)
{
	const struct verdict_symbol *x = a, *y = b;
	int64_t m = llabs(x->score), n = llabs(y->score);

	return m != n ? (m < n) - (m > n) : strcmp(x->name, y->name);
}

enum err verdict_read(struct scope *sc, const struct appliance_command *c, struct mail_verdict *out)
{
	static const int64_t range[2] = { -1000000000, 1000000000 };
	const struct json *j = NULL, *list;
	enum err e = c->body ? json_parse(sc, bytes_of(c->body, strlen(c->body)), BODY_MAX, &j)
			     : ERR_INPUT;

	*out = (struct mail_verdict){ 0 };
	if (!e)
		e = json_need_int(sc, j, "score", range, &out->score);
	if (!e)
		e = json_need_int(sc, j, "required", range, &out->required);
	if (!e)
		e = json_need_text(sc, j, "action", TEXT_MAX, &out->action);
	if (e) {
		scope_clear(sc);
		return fail(sc, ERR_INPUT, "The appliance's answer is no score");
	}
	list = json_get(j, "symbols");
	out->list = arena_array(sc->mem, list ? list->count : 0, sizeof *out->list);
	JSON_EACH(s, list)
	{
		const char *name = json_text(s, "name");

		if (name)
			out->list[out->count++] = (struct verdict_symbol){ name,
				json_text(s, "description"), json_int(s, "score", 0) };
	}
	if (out->count)
		qsort(out->list, out->count, sizeof *out->list, by_weight);
	return ERR_NONE;
}
