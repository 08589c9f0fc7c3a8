/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the other containers ask: logins, Postfix's tables, mailboxes, DKIM keys. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "double.h"

#define DAY_S 86400

static const char *address_of(struct scope *sc, const char *host)
{
	struct addrinfo want = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *got;
	char text[INET_ADDRSTRLEN] = "";

	if (getaddrinfo(host, NULL, &want, &got) != 0)
		return NULL;
	inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)got->ai_addr)->sin_addr, text,
		sizeof text);
	freeaddrinfo(got);
	return arena_text(sc->mem, text);
}

static const char *unescape(struct scope *sc, const char *text)
{
	char *out = arena_text(sc->mem, text), *to = out;

	for (const char *p = out; *p; p++) {
		if (*p == '%' && p[1] && p[2]) {
			const char two[] = { p[1], p[2], 0 };

			*to++ = (char)strtol(two, NULL, 16);
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	*to = 0;
	return out;
}

static bool token_fits(struct scope *sc, const char *user, const char *pass)
{
	const char *hash = sha256_hex(sc, pass);
	struct row *rows;
	size_t n = things_list(sc, TOKEN_, user, &rows);

	for (size_t i = 0; i < n; i++)
		if (str_eq(json_text(rows[i].body, "hash"), hash))
			return true;
	return false;
}

static bool may_log_in(struct scope *sc, const struct ask *q)
{
	const char *user = unescape(sc, q->user), *pass = unescape(sc, q->pass);
	struct row row;

	if (!thing_get(sc, USER_, user, &row) || !json_bool(row.body, "enabled", false))
		return false;
	if (str_eq(q->protocol, "imap") && !json_bool(row.body, "enable_imap", false))
		return false;
	return token_fits(sc, user, pass) ||
	       (!str_eq_nocase(env("AUTH_REQUIRE_TOKENS", "false"), "true") &&
		       str_eq(json_text(row.body, "password"), sha256_hex(sc, pass)));
}

static void authenticate(struct scope *sc, const struct ask *q, struct answer *a)
{
	bool imap = str_eq(q->protocol, "imap"), none = str_eq(q->auth_method, "none");
	const char *server = address_of(sc, imap ? "imap" : "smtp");

	a->status = 200;
	if (!server) {
		a->auth_status = "Temporary server problem";
		return;
	}
	if (!none && (!q->user || !q->pass || !may_log_in(sc, q))) {
		a->auth_status = "Authentication credentials invalid";
		return;
	}
	a->auth_status = "OK";
	a->auth_server = server;
	a->auth_port = imap ? "143" : none ? "25" : "10025";
}

/* ---- Postfix's tables ---- */

static void found(struct answer *a, const char *text)
{
	a->status = 200;
	json_put_text(&a->body, text);
}

/* Without the tag behind the delimiter. */
static const char *plain(struct scope *sc, const char *address)
{
	size_t n = strcspn(address, env("RECIPIENT_DELIMITER", "+"));
	const char *at = strrchr(address, '@');

	if (!at || n >= (size_t)(at - address) || n == 0)
		return address;
	return arena_printf(sc->mem, "%.*s%s", (int)n, address, at);
}

static const char *joined(struct scope *sc, const struct json *list)
{
	struct out o;

	out_init(&o, sc->mem);
	JSON_EACH(item, list)
	out_printf(&o, "%s%s", o.len ? "," : "", item->text);
	return o.data;
}

static void table_domain(struct scope *sc, const char *key, struct answer *a)
{
	if (thing_get(sc, DOMAIN_, key, NULL) || thing_get(sc, ALTERNATIVE_, key, NULL))
		found(a, key);
}

static void table_mailbox(struct scope *sc, const char *key, struct answer *a)
{
	struct row row;

	if (thing_get(sc, USER_, plain(sc, key), &row))
		found(a, row.name);
}

static void table_alias(struct scope *sc, const char *key, struct answer *a)
{
	struct row row;

	if (thing_get(sc, USER_, plain(sc, key), NULL))
		found(a, key);
	else if (thing_get(sc, ALIAS_, plain(sc, key), &row) &&
		 json_get(row.body, "destination")->first)
		found(a, joined(sc, json_get(row.body, "destination")));
}

static void table_transport(struct scope *sc, const char *key, struct answer *a)
{
	const char *domain = strchr(key, '@') ? domain_of(key) : key, *smtp;
	struct row row;

	if (!thing_get(sc, RELAY_, domain, &row))
		return;
	smtp = json_text(row.body, "smtp");
	if (!smtp)
		answer_http(a, 500, "Internal Server Error");
	else if (!*smtp)
		found(a, arena_printf(sc->mem, "smtp:%s", domain));
	else if (str_starts(smtp, "mx:"))
		found(a, arena_printf(sc->mem, "smtp:%s", smtp + 3));
	else
		found(a, arena_printf(sc->mem, "smtp:[%s]", smtp));
}

static void table_login(struct scope *sc, const char *key, struct answer *a)
{
	const char *sender = plain(sc, key);
	struct row row;

	if (thing_get(sc, USER_, sender, &row))
		found(a, row.name);
	else if (thing_get(sc, ALIAS_, sender, &row))
		found(a, joined(sc, json_get(row.body, "destination")));
}

static bool in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p++)
		if ((p == list || p[-1] == ',') && (p[len] == 0 || p[len] == ','))
			return true;
	return false;
}

/* Counts recipients: it is asked once for each. */
static void table_rate(struct scope *sc, const char *key, struct answer *a)
{
	const char *limit = env("MESSAGE_RATELIMIT", "200/day");

	if (in_list(env("MESSAGE_RATELIMIT_EXEMPTION", ""), key))
		return;
	if (tally(sc, arena_printf(sc->mem, "sender %s", key), 1, DAY_S) > leading_number(limit))
		found(a, "450 4.2.1 You are sending too many emails too fast.");
}

static void postfix_table(struct scope *sc, const char *rest, struct answer *a)
{
	static const struct {
		const char *name;
		void (*look)(struct scope *sc, const char *key, struct answer *a);
	} tables[] = { { "domain/", table_domain }, { "mailbox/", table_mailbox },
		{ "alias/", table_alias }, { "transport/", table_transport },
		{ "sender/login/", table_login }, { "sender/rate/", table_rate } };

	for (size_t i = 0; i < COUNT(tables); i++)
		if (str_starts(rest, tables[i].name))
			tables[i].look(sc, rest + strlen(tables[i].name), a);
}

/* ---- Rspamd's keys ---- */

static void vault(struct scope *sc, const char *domain, struct answer *a)
{
	const char *pem = NULL, *main = domain;
	struct row row;

	if (thing_get(sc, ALTERNATIVE_, domain, &row))
		main = row.in;
	a->status = 200;
	out_text(&a->body, "{\"data\":{\"selectors\":[");
	if (thing_get(sc, DOMAIN_, main, NULL) && dkim_public(sc, main, &pem)) {
		json_open(&a->body);
		json_add_text(&a->body, "domain", domain);
		json_add_text(&a->body, "key", pem);
		json_add_text(&a->body, "selector", env("DKIM_SELECTOR", "dkim"));
		json_close(&a->body);
	}
	out_text(&a->body, "]}}");
}

static void local_domains(struct scope *sc, struct answer *a)
{
	struct row *rows;
	size_t n = things_list(sc, DOMAIN_, NULL, &rows);

	a->status = 200;
	for (size_t i = 0; i < n; i++)
		out_printf(&a->body, "%s\n", rows[i].name);
}

void internal(struct scope *sc, const struct ask *q, struct answer *a)
{
	const char *rest = q->path + strlen("/internal/");
	struct row row;

	a->status = 404;
	if (str_eq(rest, "auth/email"))
		authenticate(sc, q, a);
	else if (str_starts(rest, "postfix/"))
		postfix_table(sc, rest + strlen("postfix/"), a);
	else if (str_starts(rest, "rspamd/vault/v1/dkim/"))
		vault(sc, rest + strlen("rspamd/vault/v1/dkim/"), a);
	else if (str_eq(rest, "rspamd/local_domains"))
		local_domains(sc, a);
	else if (str_starts(rest, "dovecot/userdb/") &&
		 thing_get(sc, USER_, plain(sc, rest + strlen("dovecot/userdb/")), &row))
		found(a, row.name);
}
