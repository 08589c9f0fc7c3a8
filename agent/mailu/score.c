/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/score.h"

#include <math.h>

#include "base/out.h"
#include "mail/address.h"
#include "text/json.h"

#define ARGS_MAX    (64 * 1024)
#define ANSWER_MAX  (512 * 1024)
#define TIMEOUT_S   30
#define SYMBOLS_MAX 200
#define TEXT_MAX    200

static int64_t thousandths(const struct json *object, const char *name)
{
	const struct json *n = json_get(object, name);

	if (!n || (n->kind != JSON_NUMBER && n->kind != JSON_WHOLE_NUMBER) ||
		fabs(n->number) > 1000000)
		return 0;
	return llround(n->number * 1000);
}

static void put_text(struct scope *sc, struct out *o, const char *name, const char *text)
{
	json_add_text(o, name, text ? arena_printf(sc->mem, "%.*s", TEXT_MAX, text) : NULL);
}

enum err score_read(struct scope *sc, struct bytes answer, const char **body)
{
	const struct json *got, *symbols;
	size_t n = 0;
	struct out o;

	if (json_parse(sc, answer, ANSWER_MAX, &got) || !json_text(got, "action") ||
		!json_get(got, "score")) {
		scope_clear(sc);
		return fail(sc, ERR_UPSTREAM, "Rspamd's answer is no verdict");
	}
	symbols = json_get(got, "symbols");
	out_init(&o, sc->mem);
	json_open(&o);
	json_add_int(&o, "score", thousandths(got, "score"));
	json_add_int(&o, "required", thousandths(got, "required_score"));
	put_text(sc, &o, "action", json_text(got, "action"));
	json_name(&o, "symbols");
	json_open_list(&o);
	JSON_EACH(s, symbols)
	{
		if (s->kind != JSON_OBJECT || n++ >= SYMBOLS_MAX)
			continue;
		json_open(&o);
		put_text(sc, &o, "name", s->name);
		json_add_int(&o, "score", thousandths(s, "score"));
		put_text(sc, &o, "description", json_text(s, "description"));
		json_close(&o);
	}
	json_close_list(&o);
	json_close(&o);
	*body = o.data;
	return ERR_NONE;
}

static enum err read_args(struct scope *sc, const char *args, const char **user, const char **mail)
{
	const struct json *j;
	struct address a;
	enum err e = args ? json_parse(sc, bytes_of(args, strlen(args)), ARGS_MAX, &j)
			  : fail(sc, ERR_INPUT, "a score needs a mail");

	if (!e)
		e = json_need_text(sc, j, "user", ADDRESS_MAX, user);
	if (!e)
		e = address_parse(sc, "user", *user, &a);
	if (!e)
		e = json_need_text(sc, j, "mail", ARGS_MAX, mail);
	if (!e)
		*user = a.key;
	return e;
}

enum err score_ask(
	struct scope *sc, struct http *http, int port, const char *args, const char **body)
{
	const char *user, *mail;
	struct http_answer answer;
	enum err e = read_args(sc, args, &user, &mail);
	const char *headers[] = { "Content-Type: message/rfc822", "Password: mailu", NULL, NULL,
		NULL };
	struct http_request r = { .method = "POST",
		.url = arena_printf(sc->mem, "http://127.0.0.1:%d/checkv2", port),
		.headers = headers,
		.max_answer = ANSWER_MAX,
		.timeout_s = TIMEOUT_S };

	if (e)
		return e;
	/* As one of its own users: else its rules against forged senders would speak. */
	headers[2] = arena_printf(sc->mem, "User: %s", user);
	headers[3] = arena_printf(sc->mem, "From: %s", user);
	r.body = bytes_of(mail, strlen(mail));
	if (http_do(sc, http, &r, &answer)) {
		scope_clear(sc);
		return fail(sc, ERR_AWAY, "no Rspamd answers on this machine");
	}
	if (answer.status != 200)
		return fail(sc, ERR_UPSTREAM, "Rspamd answers %d", answer.status);
	return score_read(sc, answer.body, body);
}
