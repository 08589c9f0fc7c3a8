/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What handlers call: questions about the request and the answer to it. */
#include <assert.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "text/json.h"
#include "web/layout.h"
#include "web/request.h"

#define TOAST_S 60

int64_t request_id(const struct request *q, const char *prefix)
{
	for (size_t i = 0; i < q->match.id_count; i++)
		if (str_eq(q->match.ids[i].prefix, prefix))
			return q->match.ids[i].id;
	assert(!"the pattern has such an id");
	return 0;
}

bool request_is_fragment(const struct request *q)
{
	return str_eq(request_header(q, "HX-Request"), "true") &&
	       !request_header(q, "HX-Boosted") && !request_header(q, "HX-History-Restore-Request");
}

const char *request_csrf(const struct request *q)
{
	return q->csrf;
}

const char *request_rest(const struct request *q)
{
	return q->match.rest;
}

struct bytes request_body(const struct request *q)
{
	return bytes_of(q->body.data ? q->body.data : "", q->body.len);
}

const char *request_query(const struct request *q, const char *name)
{
	for (size_t i = 0; i < q->query_count; i++)
		if (str_eq(q->query_pairs[i].name, name))
			return q->query_pairs[i].value;
	return NULL;
}

const char *request_header(const struct request *q, const char *name)
{
	return MHD_lookup_connection_value(q->conn, MHD_HEADER_KIND, name);
}

const struct principal *request_principal(const struct request *q)
{
	return q->known ? &q->who : NULL;
}

const char *request_certificate(struct scope *sc, struct request *q)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const gnutls_datum_t *list;
	gnutls_datum_t pem = { NULL, 0 };
	unsigned n = 0;
	const char *text;

	list = info ? gnutls_certificate_get_peers(info->tls_session, &n) : NULL;
	if (!list || n == 0 || gnutls_pem_base64_encode2("CERTIFICATE", &list[0], &pem) < 0)
		return NULL;
	text = arena_copy(sc->mem, pem.data, pem.size);
	gnutls_free(pem.data);
	return text;
}

/* ---- answers ---- */

static void answer(struct request *q, int status, const char *mime, struct bytes body)
{
	q->answer.status = status;
	q->answer.mime = mime;
	q->answer.body = body;
}

void reply_header(struct request *q, const char *name, const char *value)
{
	struct header *h = arena_alloc(q->sc.mem, sizeof *h);

	h->name = arena_text(q->sc.mem, name);
	h->value = arena_text(q->sc.mem, value);
	h->next = q->answer.headers;
	q->answer.headers = h;
}

void reply_bytes(struct request *q, int status, const char *mime, struct bytes data)
{
	answer(q, status, mime, data);
}

void reply_none(struct request *q, int status)
{
	answer(q, status, NULL, bytes_of("", 0));
}

void reply_json(struct scope *sc, struct request *q, int status, const struct out *json)
{
	(void)sc;
	answer(q, status, "application/json", bytes_of(json->data, json->len));
}

struct out *reply_open(struct scope *sc)
{
	struct out *o = arena_alloc(sc->mem, sizeof *o);

	out_init(o, sc->mem);
	json_open(o);
	return o;
}

enum err reply_close(struct scope *sc, struct request *q, int status, struct out *o)
{
	json_close(o);
	reply_json(sc, q, status, o);
	return ERR_NONE;
}

struct out *reply_open_list(struct scope *sc)
{
	struct out *o = reply_open(sc);

	json_name(o, "list");
	json_open_list(o);
	return o;
}

enum err reply_close_list(struct scope *sc, struct request *q, struct out *o, const char *after)
{
	json_close_list(o);
	json_add_text(o, "after", after);
	return reply_close(sc, q, 200, o);
}

enum err reply_added(struct scope *sc, struct request *q, const char *prefix, int64_t id)
{
	struct out *o = reply_open(sc);

	json_add_id(o, "id", prefix, id);
	return reply_close(sc, q, 201, o);
}

/* A name in a header's quotes: ASCII as it is, with the full one behind it (RFC 6266). */
void reply_file(struct request *q, const char *mime, const char *name, struct bytes data)
{
	struct out o;

	out_init(&o, q->sc.mem);
	out_text(&o, "attachment; filename=\"");
	for (const char *p = name; *p; p++)
		out_char(&o, *p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\' ? *p : '_');
	out_text(&o, "\"; filename*=UTF-8''");
	url_escape(&o, name);
	reply_header(q, "Content-Disposition", o.data);
	answer(q, 200, mime, data);
}

void reply_redirect(struct request *q, const char *url)
{
	reply_header(q, "Location", url);
	reply_none(q, 302);
}

void reply_go(
	struct scope *sc, struct request *q, const char *path, const char *toast, const char *undo)
{
	assert(url_is_local(path));
	if (toast)
		cookie_set_signed(q, COOKIE_TOAST,
			arena_printf(sc->mem, "%s\n%s", toast, undo ? undo : ""), TOAST_S);
	reply_header(q, "Location", path);
	reply_none(q, 303);
}

void reply_session(struct request *q, const char *token)
{
	cookie_set(q, COOKIE_SESSION, token ? token : "", token ? SESSION_MS / SECOND_MS : 0);
}

static void take_toast(struct request *q, struct shell *s)
{
	const char *kept = cookie_get_signed(q, COOKIE_TOAST);
	const char *undo = kept ? strchr(kept, '\n') : NULL;

	if (!kept)
		return;
	cookie_set(q, COOKIE_TOAST, "", 0);
	s->toast = arena_copy(q->sc.mem, kept, undo ? (size_t)(undo - kept) : strlen(kept));
	if (undo && undo[1])
		s->undo = undo + 1;
}

static void fill_shell(struct scope *sc, struct request *q, struct shell *s)
{
	s->theme = q->who.theme;
	s->zone = q->who.zone;
	s->csrf = q->csrf;
	s->posted = gate_is_unsafe(q);
	if (q->known) {
		s->account = q->who.name;
		s->email = q->who.email;
		s->expires = q->who.expires;
	}
	for (int n = NEED_NOBODY; n < NEED_MAX; n++)
		s->may[n] = request_may(q, (enum need)n);
	take_toast(q, s);
	for (size_t i = 0; q->redrawing && i < q->input.error_count && !s->trouble; i++)
		if (!q->input.errors[i].shown)
			s->trouble = q->input.errors[i].tell;
	web_shell(q->web, sc, q, s);
}

void reply_page(struct scope *sc, struct request *q, const struct page *p)
{
	struct shell s = { .title = p->title, .nav = p->nav, .body = { p->body->data } };
	int status = q->answer.status ? q->answer.status : 200;
	struct out o;

	if (request_is_fragment(q)) {
		answer(q, status, "text/html; charset=utf-8",
			bytes_of(p->body->data, p->body->len));
		return;
	}
	fill_shell(sc, q, &s);
	out_init(&o, sc->mem);
	if (!q->known || (q->match.route && q->match.route->kind == DOOR_OPEN))
		layout_bare_html(sc, &o, &s);
	else
		layout_html(sc, &o, &s);
	answer(q, status, "text/html; charset=utf-8", bytes_of(o.data, o.len));
}

/* ---- refused forms ---- */

const char *form_value(const struct request *q, const char *name)
{
	struct request *w = (struct request *)(uintptr_t)q;

	if (!q->redrawing || !q->match.route->form)
		return NULL;
	for (size_t i = 0; i < q->match.route->form->count; i++)
		if (str_eq(q->match.route->form->fields[i].name, name) &&
			q->match.route->form->fields[i].type == FIELD_SECRET)
			return NULL;
	return input_text(&q->input, &w->sc, name);
}

const char *form_error(const struct request *q, const char *name)
{
	for (size_t i = 0; q->redrawing && i < q->input.error_count; i++) {
		struct field_error *e = &q->input.errors[i];

		if (!str_eq(e->name, name))
			continue;
		e->shown = true;
		return e->tell;
	}
	return NULL;
}

const char *form_trouble(const struct request *q)
{
	return q->redrawing ? form_error(q, "") : NULL;
}
