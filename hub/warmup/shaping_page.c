/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/shaping_page.h"

#include "pace/data.h"
#include "text/json.h"
#include "warmup/warmup_html.h"

#define REPLY_MOST 500

struct try_in {
	const char *provider, *reply;
};
FORM(shaping_page_form, struct try_in, 0,
	FIELD(struct try_in, provider, FIELD_TEXT, 1, 31, false, NULL, "Provider"),
	FIELD(struct try_in, reply, FIELD_TEXT, 1, REPLY_MOST, false, NULL, "Reply"));

struct save_in {
	const char *body;
	int64_t version;
};
#define SAVE_FIELDS                                                                                \
	FIELD(struct save_in, body, FIELD_LINES, 0, SHAPING_TEXT, false, NULL, "Rules"),           \
		FIELD(struct save_in, version, FIELD_INT, 0, 1000000, true, NULL, "Version")
FORM(shaping_save_page_form, struct save_in, 0, SAVE_FIELDS);
FORM(shaping_save_api_form, struct save_in, 0, SAVE_FIELDS);

/* Which rule the reply would meet; one of the program's where they stand behind the company's. */
static enum err try_reply(struct scope *sc, const struct try_in *in, struct shaping_view *v)
{
	const struct shape_rules *rules;
	enum err e;

	if (str_empty(in->reply) || str_empty(in->provider))
		return ERR_NONE;
	e = shaping_read(sc, v->row.body, &rules);
	if (e)
		return e;
	v->tried = true;
	v->rule = shape_match(rules, in->provider, in->reply);
	return ERR_NONE;
}

enum err shaping_page(struct scope *sc, struct request *q, const void *input)
{
	const struct try_in *in = input;
	struct bytes own = pace_data("rules");
	struct shaping_view v = { .q = q,
		.own = arena_copy(sc->mem, own.data, own.len),
		.providers = providers_builtin(sc),
		.provider = in->provider,
		.reply = in->reply };
	struct shaping_version *versions;
	struct out o;
	enum err e = shaping_find(sc, &v.row);

	if (!e)
		e = shaping_versions(sc, &versions, &v.version_count);
	if (!e)
		e = try_reply(sc, in, &v);
	if (e)
		return e;
	v.versions = versions;
	out_init(&o, sc->mem);
	shaping_html(sc, &o, &v);
	reply_page(sc, q,
		&(struct page){
			.title = tr(sc, "Rules about replies"), .nav = "warmup", .body = &o });
	return ERR_NONE;
}

enum err shaping_save_page(struct scope *sc, struct request *q, const void *input)
{
	const struct save_in *in = input;
	enum err e = shaping_save(sc, in->version, in->body ? in->body : "");

	if (e)
		return e;
	reply_go(sc, q, "/warmup/rules", tr(sc, "Saved. The appliances are told now."), NULL);
	return ERR_NONE;
}

/* ---- the same as JSON ---- */

enum err shaping_find_api(struct scope *sc, struct request *q, const void *input)
{
	struct shaping_version v;
	struct out *o;
	enum err e = shaping_find(sc, &v);

	if (e)
		return e;
	o = reply_open(sc);
	json_add_int(o, "version", v.version);
	json_add_text(o, "body", v.body);
	json_add_time(o, "created", v.created);
	return reply_close(sc, q, 200, o);
}

enum err shaping_save_api(struct scope *sc, struct request *q, const void *input)
{
	const struct save_in *in = input;
	enum err e = shaping_save(sc, in->version, in->body ? in->body : "");

	return e ? e : shaping_find_api(sc, q, NULL);
}
