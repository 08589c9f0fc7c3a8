/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Users, their tokens, and aliases. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <time.h>

#include "double.h"

static const struct field user_fields[] = {
	{ "email", JSON_TEXT, true, 0, NULL },
	{ "raw_password", JSON_TEXT, true, 0, NULL },
	{ "comment", JSON_TEXT, false, 0, NULL },
	{ "quota_bytes", JSON_WHOLE_NUMBER, false, 0, "1000000000" },
	{ "global_admin", JSON_BOOL, false, 0, "false" },
	{ "enabled", JSON_BOOL, false, 0, "true" },
	{ "change_pw_next_login", JSON_BOOL, false, 0, "false" },
	{ "enable_imap", JSON_BOOL, false, 0, "true" },
	{ "enable_pop", JSON_BOOL, false, 0, "true" },
	{ "allow_spoofing", JSON_BOOL, false, 0, "false" },
	{ "forward_enabled", JSON_BOOL, false, 0, "false" },
	{ "forward_destination", JSON_LIST, false, 0, "[]" },
	{ "forward_keep", JSON_BOOL, false, 0, "true" },
	{ "reply_enabled", JSON_BOOL, false, 0, "false" },
	{ "displayed_name", JSON_TEXT, false, 0, "\"\"" },
	{ "spam_enabled", JSON_BOOL, false, 0, "true" },
	{ "spam_mark_as_read", JSON_BOOL, false, 0, "true" },
	{ "spam_threshold", JSON_WHOLE_NUMBER, false, 0, "80" },
};

static const struct field alias_fields[] = {
	{ "email", JSON_TEXT, true, 0, NULL },
	{ "destination", JSON_LIST, false, 0, NULL },
	{ "comment", JSON_TEXT, false, 0, NULL },
	{ "wildcard", JSON_BOOL, false, 0, "false" },
};

static const struct field token_fields[] = {
	{ "email", JSON_TEXT, true, 0, NULL },
	{ "comment", JSON_TEXT, false, 0, NULL },
	{ "AuthorizedIP", JSON_LIST, false, 0, "[]" },
};

const char *sha256_hex(struct scope *sc, const char *text)
{
	unsigned char hash[32];
	unsigned len = sizeof hash;

	EVP_Digest(text, strlen(text), hash, &len, EVP_sha256(), NULL);
	return str_hex(sc->mem, hash, len);
}

static void not_allowed(struct answer *a)
{
	answer_http(a, 405, "The method is not allowed for the requested URL.");
}

static void list_all(struct scope *sc, enum thing t, const char *in, struct answer *a)
{
	struct row *rows;
	size_t n = things_list(sc, t, in, &rows);

	a->status = 200;
	json_open_list(&a->body);
	for (size_t i = 0; i < n; i++)
		json_copy(&a->body, rows[i].body);
	json_close_list(&a->body);
}

/* ---- users ---- */

/* The clear password is not kept, its hash is shown. */
static const char *with_hash(struct scope *sc, const struct json *body, const struct json *before)
{
	const char *merged = body_merge(sc, user_fields, COUNT(user_fields), body, before);
	const char *raw = json_text(body, "raw_password");
	const char *hash = raw ? sha256_hex(sc, raw) : json_text(before, "password");
	const struct json *all;
	struct out o;

	if (json_parse(sc, bytes_of(merged, strlen(merged)), 1 << 20, &all))
		abort();
	out_init(&o, sc->mem);
	json_open(&o);
	JSON_EACH(item, all)
	{
		if (str_eq(item->name, "raw_password"))
			continue;
		json_name(&o, item->name);
		json_copy(&o, item);
	}
	json_add_text(&o, "password", hash);
	json_add_int(&o, "quota_bytes_used", 0);
	json_close(&o);
	return o.data;
}

static void user_create(struct scope *sc, const struct ask *q, struct answer *a)
{
	const struct json *body;
	const char *email, *domain;
	struct row in, *others;

	if (!body_read(sc, q, user_fields, COUNT(user_fields), true, &body, a))
		return;
	email = json_text(body, "email");
	domain = domain_of(email);
	if (!is_address(email)) {
		answer_code(
			a, 400, "Provided email address %s is not a valid email address", email);
	} else if (!thing_get(sc, DOMAIN_, domain, &in)) {
		answer_code(a, 404, "Domain %s does not exist", domain);
	} else if (json_int(in.body, "max_users", -1) >= 0 &&
		   (int64_t)things_list(sc, USER_, domain, &others) >=
			   json_int(in.body, "max_users", -1)) {
		answer_code(a, 409, "Too many users for domain %s", domain);
	} else if (thing_get(sc, USER_, email, NULL)) {
		answer_code(a, 409, "User %s already exists", email);
	} else {
		thing_put(sc, USER_, email, domain, with_hash(sc, body, NULL));
		answer_code(a, 200, "User %s has been created", email);
	}
}

void user_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a)
{
	const struct json *body;
	struct row row;

	if (!*rest && str_eq(q->method, "GET")) {
		list_all(sc, USER_, NULL, a);
	} else if (!*rest && str_eq(q->method, "POST")) {
		user_create(sc, q, a);
	} else if (!*rest) {
		not_allowed(a);
	} else if (!is_address(rest + 1)) {
		answer_code(a, 400, "Provided email address %s is not valid", rest + 1);
	} else if (!thing_get(sc, USER_, rest + 1, &row)) {
		answer_code(a, 404, "User %s cannot be found", rest + 1);
	} else if (str_eq(q->method, "GET")) {
		a->status = 200;
		json_copy(&a->body, row.body);
	} else if (str_eq(q->method, "PATCH")) {
		if (!body_read(sc, q, user_fields, COUNT(user_fields), false, &body, a))
			return;
		thing_put(sc, USER_, row.name, row.in, with_hash(sc, body, row.body));
		answer_code(a, 200, "User %s has been updated", row.name);
	} else if (str_eq(q->method, "DELETE")) {
		things_drop_in(sc, TOKEN_, row.name);
		thing_drop(sc, USER_, row.name);
		answer_code(a, 200, "User %s has been deleted", row.name);
	} else {
		not_allowed(a);
	}
}

/* ---- aliases ---- */

static bool takes_destinations(struct scope *sc, const struct json *list, struct answer *a)
{
	JSON_EACH(item, list)
	if (!item->text || !thing_get(sc, USER_, item->text, NULL)) {
		answer_code(a, 404, "Provided destination email address %s does not exist",
			item->text ? item->text : "");
		return false;
	}
	return true;
}

static void alias_create(struct scope *sc, const struct ask *q, struct answer *a)
{
	const struct json *body;
	const char *email;

	if (!body_read(sc, q, alias_fields, COUNT(alias_fields), true, &body, a))
		return;
	email = json_text(body, "email");
	if (!is_address(email)) {
		answer_code(a, 400, "Provided alias %s is not a valid email address", email);
	} else if (!thing_get(sc, DOMAIN_, domain_of(email), NULL)) {
		answer_code(a, 404, "Domain %s does not exist", domain_of(email));
	} else if (!json_get(body, "destination")) {
		answer_http(a, 500, "Internal Server Error");
	} else if (!takes_destinations(sc, json_get(body, "destination"), a)) {
		return;
	} else if (thing_get(sc, ALIAS_, email, NULL)) {
		answer_code(a, 409, "Alias %s already exists", email);
	} else {
		thing_put(sc, ALIAS_, email, domain_of(email),
			body_merge(sc, alias_fields, COUNT(alias_fields), body, NULL));
		answer_code(a, 200, "Alias %s has been created", email);
	}
}

void alias_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a)
{
	const struct json *body;
	struct row row;

	if (!*rest && str_eq(q->method, "GET")) {
		list_all(sc, ALIAS_, NULL, a);
	} else if (!*rest && str_eq(q->method, "POST")) {
		alias_create(sc, q, a);
	} else if (str_starts(rest, "/destination/")) {
		list_all(sc, ALIAS_, rest + strlen("/destination/"), a);
	} else if (!*rest) {
		not_allowed(a);
	} else if (!thing_get(sc, ALIAS_, rest + 1, &row)) {
		answer_code(a, 404, "Alias %s cannot be found", rest + 1);
	} else if (str_eq(q->method, "GET")) {
		a->status = 200;
		json_copy(&a->body, row.body);
	} else if (str_eq(q->method, "PATCH")) {
		if (!body_read(sc, q, alias_fields, COUNT(alias_fields), false, &body, a) ||
			!takes_destinations(sc, json_get(body, "destination"), a))
			return;
		thing_put(sc, ALIAS_, row.name, row.in,
			body_merge(sc, alias_fields, COUNT(alias_fields), body, row.body));
		answer_code(a, 200, "Alias %s has been updated", row.name);
	} else if (str_eq(q->method, "DELETE")) {
		thing_drop(sc, ALIAS_, row.name);
		answer_code(a, 200, "Alias %s has been deleted", row.name);
	} else {
		not_allowed(a);
	}
}

/* ---- tokens ---- */

static void put_token(struct out *o, const struct row *row, bool text_id)
{
	json_open(o);
	if (text_id)
		json_add_text(o, "id", row->name);
	else
		json_add_int(o, "id", leading_number(row->name));
	json_add_text(o, "email", row->in);
	json_add_text(o, "comment", json_text(row->body, "comment"));
	json_name(o, "AuthorizedIP");
	json_copy(o, json_get(row->body, "AuthorizedIP"));
	json_add_text(o, "Created", "2026-01-01");
	if (!text_id)
		json_add_text(o, "Last edit", "None");
	json_close(o);
}

static void token_create(struct scope *sc, const struct ask *q, const char *email, struct answer *a)
{
	unsigned char bytes[16];
	const struct json *body;
	const char *clear, *id;
	struct out o;

	if (!body_read(sc, q, token_fields + (email ? 1 : 0), COUNT(token_fields) - (email ? 1 : 0),
		    true, &body, a))
		return;
	if (!email)
		email = json_text(body, "email");
	if (!thing_get(sc, USER_, email, NULL)) {
		answer_code(a, 404, "User %s cannot be found", email);
		return;
	}
	RAND_bytes(bytes, sizeof bytes);
	clear = str_hex(sc->mem, bytes, sizeof bytes);
	id = arena_printf(sc->mem, "%lld", (long long)tally(sc, "token id", 1, 1 << 30));
	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "hash", sha256_hex(sc, clear));
	json_add_text(&o, "comment", json_text(body, "comment"));
	json_name(&o, "AuthorizedIP");
	if (json_get(body, "AuthorizedIP"))
		json_copy(&o, json_get(body, "AuthorizedIP"));
	else
		out_text(&o, "[]");
	json_close(&o);
	thing_put(sc, TOKEN_, id, email, o.data);
	a->status = 200;
	out_printf(&a->body, "{\"id\":%s,\"token\":\"%s\",\"email\":", id, clear);
	json_put_text(&a->body, email);
	out_text(&a->body, ",\"AuthorizedIP\":[],\"Created\":\"2026-01-01\"}");
}

static void token_list(struct scope *sc, const char *email, struct answer *a)
{
	struct row *rows;
	size_t n = things_list(sc, TOKEN_, email, &rows);

	a->status = 200;
	json_open_list(&a->body);
	for (size_t i = 0; i < n; i++)
		put_token(&a->body, &rows[i], !email);
	json_close_list(&a->body);
}

void token_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a)
{
	struct row row;

	if (!*rest && str_eq(q->method, "GET")) {
		token_list(sc, NULL, a);
	} else if (!*rest && str_eq(q->method, "POST")) {
		token_create(sc, q, NULL, a);
	} else if (!*rest) {
		not_allowed(a);
	} else if (!thing_get(sc, TOKEN_, rest + 1, &row)) {
		answer_code(a, 404, "Token cannot be found");
	} else if (str_eq(q->method, "GET")) {
		a->status = 200;
		put_token(&a->body, &row, false);
	} else if (str_eq(q->method, "DELETE")) {
		thing_drop(sc, TOKEN_, rest + 1);
		answer_code(a, 200, "Token with id %s has been deleted", rest + 1);
	} else {
		not_allowed(a);
	}
}

void tokenuser_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a)
{
	if (!*rest) {
		a->html = true;
		out_text(&a->body, "<!doctype html><title>404 Not Found</title>");
	} else if (!thing_get(sc, USER_, rest + 1, NULL)) {
		answer_code(a, 404, "User %s cannot be found", rest + 1);
	} else if (str_eq(q->method, "GET")) {
		token_list(sc, rest + 1, a);
	} else if (str_eq(q->method, "POST")) {
		token_create(sc, q, rest + 1, a);
	} else {
		not_allowed(a);
	}
}
