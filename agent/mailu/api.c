/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/api.h"

#define MAX_ANSWER (4 * 1024 * 1024)
#define TIMEOUT_S  60

static enum err kind_of(int64_t code)
{
	switch (code) {
	case 400:
	case 415:
		return ERR_INPUT;
	case 401:
	case 403:
		return ERR_AUTH;
	case 404:
		return ERR_MISSING;
	case 409:
		return ERR_CONFLICT;
	case 429:
		return ERR_LIMIT;
	default:
		return ERR_UPSTREAM;
	}
}

enum err api_verdict(struct scope *sc, int status, struct bytes body, const struct json **json)
{
	const struct json *got;
	const char *message;
	int64_t code;

	if (json_parse(sc, body, MAX_ANSWER, &got)) {
		scope_clear(sc);
		return fail(sc, ERR_UPSTREAM,
			"MailU's API answers %d with something else than JSON", status);
	}
	code = json_int(got, "code", status);
	/* Of the two the graver one is true. */
	if (code < status)
		code = status;
	if (code == 200) {
		if (json)
			*json = got;
		return ERR_NONE;
	}
	message = json_text(got, "message");
	return fail(sc, kind_of(code), "MailU's API: %lld %.200s", (long long)code,
		message ? message : "");
}

enum err api_call(struct scope *sc, const struct api *a, const char *method, const char *path,
	const char *body, const struct json **json)
{
	const char *headers[] = { arena_printf(sc->mem, "Authorization: Bearer %s", a->token),
		"Content-Type: application/json", NULL };
	const struct http_request r = { .method = method,
		.url = arena_printf(sc->mem, "http://127.0.0.1:%d/api/v1%s", a->port, path),
		.headers = headers,
		.body = bytes_of(body, body ? strlen(body) : 0),
		.max_answer = MAX_ANSWER,
		.timeout_s = TIMEOUT_S };
	struct http_answer answer;
	enum err e = http_do(sc, a->http, &r, &answer);

	if (e == ERR_UPSTREAM)
		return fail(sc, ERR_AWAY, "MailU's API does not answer on port %d", a->port);
	return e ? e : api_verdict(sc, answer.status, answer.body, json);
}
