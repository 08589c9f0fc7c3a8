/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The token, its traps, and which door a path leads to. */
#include "double.h"

#define HOUR_S 3600

static const char *network_of(struct scope *sc, const char *address)
{
	const char *dot = strrchr(address, '.');

	return dot ? arena_printf(sc->mem, "auth %.*s", (int)(dot - address), address) : "auth ?";
}

static bool is_exempt(struct scope *sc, const char *address)
{
	const char *list = env("AUTH_RATELIMIT_EXEMPTION", "");
	const char *one = arena_printf(sc->mem, "%s/32", address);
	const char *at = strstr(list, one);

	return at && (at == list || at[-1] == ',') &&
	       (at[strlen(one)] == 0 || at[strlen(one)] == ',');
}

static bool is_word(const char *token)
{
	static const char *const words[] = { "true", "false", "yes", "no" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (str_eq_nocase(token, words[i]))
			return true;
	return false;
}

/* Answers by itself where the caller may not go on. */
static bool is_allowed(struct scope *sc, const struct ask *q, struct answer *a)
{
	const char *token = getenv("API_TOKEN"), *given = q->authorization, *network;

	if (!token || is_word(token)) {
		answer_http(a, 500, "Internal Server Error");
		return false;
	}
	if (!*token) {
		a->status = 500;
		a->html = true;
		out_text(&a->body, "<p>Error: API_TOKEN is not configured</p>");
		return false;
	}
	network = network_of(sc, q->real_ip);
	if (!is_exempt(sc, q->real_ip) &&
		tally(sc, network, 0, HOUR_S) >= leading_number(env("AUTH_RATELIMIT_IP", "5"))) {
		answer_http(a, 429, "Too many attempts from your IP (rate-limit)");
		return false;
	}
	if (!given) {
		answer_http(a, 401, "A valid Authorization header is mandatory");
		return false;
	}
	if (str_starts(given, "Bearer "))
		given += strlen("Bearer ");
	if (strlen(token) < 4 || !str_eq(given, token)) {
		tally(sc, network, 1, HOUR_S);
		answer_http(a, 403, "Invalid API token");
		return false;
	}
	return true;
}

void api(struct scope *sc, const struct ask *q, struct answer *a)
{
	static const struct {
		const char *noun;
		void (*door)(
			struct scope *sc, const struct ask *q, const char *rest, struct answer *a);
	} doors[] = { { "domain", domain_door }, { "user", user_door }, { "alias", alias_door },
		{ "token", token_door }, { "tokenuser", tokenuser_door }, { "relay", relay_door } };
	const char *rest = q->path + strlen("/api/v1/");

	a->status = 404;
	if (!is_allowed(sc, q, a))
		return;
	for (size_t i = 0; i < COUNT(doors) && !str_ends(q->path, "/"); i++) {
		size_t len = strlen(doors[i].noun);

		if (strncmp(rest, doors[i].noun, len) == 0 &&
			(rest[len] == 0 || rest[len] == '/')) {
			doors[i].door(sc, q, rest + len, a);
			return;
		}
	}
	a->html = true;
	out_text(&a->body, "<!doctype html><title>404 Not Found</title>");
}

/* ---- relays ---- */

static const struct field relay_fields[] = {
	{ "name", JSON_TEXT, true, 0, NULL },
	{ "smtp", JSON_TEXT, false, 0, NULL },
	{ "comment", JSON_TEXT, false, 0, NULL },
};

static void put_relay(struct scope *sc, const struct ask *q, const char *name,
	const struct row *before, struct answer *a)
{
	const struct json *body;

	if (!body_read(sc, q, relay_fields, COUNT(relay_fields), !before, &body, a))
		return;
	if (!before)
		name = json_text(body, "name");
	if (!is_domain(name)) {
		answer_code(a, 400, "%s is not a valid domain", name);
		return;
	}
	if (!before && (thing_get(sc, RELAY_, name, NULL) || thing_get(sc, DOMAIN_, name, NULL))) {
		answer_code(a, 409, "Duplicate domain %s", name);
		return;
	}
	thing_put(sc, RELAY_, name, "",
		body_merge(
			sc, relay_fields, COUNT(relay_fields), body, before ? before->body : NULL));
	answer_code(a, 200, "Relayed domain %s has been created", name);
}

void relay_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a)
{
	struct row *rows, one;

	if (!*rest && str_eq(q->method, "GET")) {
		size_t n = things_list(sc, RELAY_, NULL, &rows);

		a->status = 200;
		json_open_list(&a->body);
		for (size_t i = 0; i < n; i++)
			json_copy(&a->body, rows[i].body);
		json_close_list(&a->body);
	} else if (!*rest && str_eq(q->method, "POST")) {
		put_relay(sc, q, NULL, NULL, a);
	} else if (!*rest) {
		answer_http(a, 405, "The method is not allowed for the requested URL.");
	} else if (!thing_get(sc, RELAY_, rest + 1, &one)) {
		answer_code(a, 404, "Relayed domain %s does not exist", rest + 1);
	} else if (str_eq(q->method, "GET")) {
		a->status = 200;
		json_copy(&a->body, one.body);
	} else if (str_eq(q->method, "PATCH")) {
		put_relay(sc, q, rest + 1, &one, a);
	} else if (str_eq(q->method, "DELETE")) {
		thing_drop(sc, RELAY_, rest + 1);
		answer_code(a, 200, "Deleted relayed domain %s", rest + 1);
	} else {
		answer_http(a, 405, "The method is not allowed for the requested URL.");
	}
}
