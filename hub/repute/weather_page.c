/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/weather_page.h"

#include "repute/weather_html.h"
#include "text/html.h"
#include "text/json.h"

static enum err read_view(struct scope *sc, struct weather_view *v)
{
	struct weather_row *rows;
	struct weather_own *own;
	enum err e = weather_list(sc, &rows, &v->n);

	if (!e)
		e = weather_own_list(sc, &own, &v->own_count);
	if (e)
		return e;
	v->providers = providers_builtin(sc);
	v->rows = rows;
	v->own = own;
	return ERR_NONE;
}

enum err weather_page(struct scope *sc, struct request *q, const void *input)
{
	struct weather_view v;
	struct out o;
	enum err e = read_view(sc, &v);

	if (e)
		return e;
	out_init(&o, sc->mem);
	weather_html(sc, &o, &v);
	reply_page(sc, q,
		&(struct page){
			.title = t("Providers' weather"), .nav = "reputation", .body = &o });
	return ERR_NONE;
}

enum err weather_api(struct scope *sc, struct request *q, const void *input)
{
	struct weather_view v;
	struct out *o;
	enum err e = read_view(sc, &v);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < v.n; i++) {
		json_open(o);
		json_add_text(o, "provider", v.rows[i].provider);
		json_add_text(o, "class", v.rows[i].class);
		json_add_int(o, "rate", v.rows[i].rate);
		json_add_time(o, "since", v.rows[i].since);
		json_add_time(o, "until", v.rows[i].until);
		json_add_int(o, "own_appliances", v.rows[i].own);
		json_close(o);
	}
	json_close_list(o);
	json_name(o, "own");
	json_open_list(o);
	for (size_t i = 0; i < v.own_count; i++) {
		json_open(o);
		json_add_text(o, "provider", v.own[i].provider);
		json_add_text(o, "class", v.own[i].class);
		json_add_int(o, "appliances", v.own[i].machines);
		json_add_int(o, "replies", v.own[i].replies);
		json_close(o);
	}
	json_close_list(o);
	return reply_close(sc, q, 200, o);
}
