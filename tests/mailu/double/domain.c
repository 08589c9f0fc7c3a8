/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Domains and their keys. */
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "double.h"

static const struct field fields[] = {
	{ "name", JSON_TEXT, true, 0, NULL },
	{ "comment", JSON_TEXT, false, 0, NULL },
	{ "max_users", JSON_WHOLE_NUMBER, false, -1, "-1" },
	{ "max_aliases", JSON_WHOLE_NUMBER, false, -1, "-1" },
	{ "max_quota_bytes", JSON_WHOLE_NUMBER, false, 0, "0" },
	{ "signup_enabled", JSON_BOOL, false, 0, "false" },
	{ "alternatives", JSON_LIST, false, 0, "[]" },
};

bool is_domain(const char *name)
{
	const char *dot = strchr(name, '.');

	if (!dot || dot == name || !dot[1] || strlen(name) > 253)
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.' && !(*p & 0x80))
			return false;
	return !strstr(name, "..");
}

bool is_address(const char *text)
{
	const char *at = strrchr(text, '@');

	return at && at != text && is_domain(at + 1) && !strpbrk(text, " \t\r\n<>");
}

const char *domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at ? at + 1 : "";
}

/* ---- keys ---- */

static const char *key_path(struct scope *sc, const char *domain)
{
	return arena_printf(sc->mem, "/dkim/%s.%s.key", domain, env("DKIM_SELECTOR", "dkim"));
}

void dkim_make(struct scope *sc, const char *domain)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	FILE *f = fopen(key_path(sc, domain), "w");

	if (!key || !f || !PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL))
		abort();
	fclose(f);
	EVP_PKEY_free(key);
}

const char *dkim_public(struct scope *sc, const char *domain, const char **pem)
{
	FILE *f = fopen(key_path(sc, domain), "r");
	char text[4096], *b64;
	unsigned char *der = NULL;
	EVP_PKEY *key;
	size_t n;
	int len;

	if (!f)
		return NULL;
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = 0;
	rewind(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (!key)
		return NULL;
	if (pem)
		*pem = arena_text(sc->mem, text);
	len = i2d_PUBKEY(key, &der);
	b64 = arena_alloc(sc->mem, (size_t)len * 2);
	EVP_EncodeBlock((unsigned char *)b64, der, len);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return b64;
}

/* ---- answers ---- */

static void add_records(struct scope *sc, struct out *o, const char *name, bool nulls)
{
	const char *key = dkim_public(sc, name, NULL), *host = env("HOSTNAMES", "");
	const char *first = arena_printf(sc->mem, "%.*s", (int)strcspn(host, ","), host);

	json_add_text(o, "dns_mx", arena_printf(sc->mem, "%s. 600 IN MX 10 %s.", name, first));
	json_add_text(o, "dns_spf",
		arena_printf(sc->mem, "%s. 600 IN TXT \"v=spf1 mx a:%s ~all\"", name, first));
	if (key || nulls)
		json_add_text(o, "dns_dkim",
			key ? arena_printf(sc->mem,
				      "%s._domainkey.%s. 600 IN TXT \"v=DKIM1; k=rsa; p=%s\"",
				      env("DKIM_SELECTOR", "dkim"), name, key)
			    : NULL);
	if (key || nulls)
		json_add_text(o, "dns_dmarc",
			key ? arena_printf(sc->mem,
				      "_dmarc.%s. 600 IN TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"",
				      name)
			    : NULL);
}

static void put_domain(struct scope *sc, struct out *o, const struct row *row, bool nulls)
{
	json_open(o);
	for (size_t i = 0; i < COUNT(fields); i++) {
		const struct json *value = json_get(row->body, fields[i].name);

		if (value) {
			json_name(o, fields[i].name);
			json_copy(o, value);
		} else if (nulls) {
			json_name(o, fields[i].name);
			json_put_null(o);
		}
	}
	add_records(sc, o, row->name, nulls);
	json_close(o);
}

static bool takes_alternatives(
	struct scope *sc, const struct json *body, const char *name, struct answer *a)
{
	JSON_EACH(item, json_get(body, "alternatives"))
	{
		if (!item->text || !is_domain(item->text)) {
			answer_code(
				a, 400, "%s is not a valid domain", item->text ? item->text : "");
			return false;
		}
		if (thing_get(sc, ALTERNATIVE_, item->text, NULL) ||
			thing_get(sc, DOMAIN_, item->text, NULL)) {
			answer_code(a, 409, "Duplicate alternative domains %s", item->text);
			return false;
		}
	}
	JSON_EACH(item, json_get(body, "alternatives"))
	thing_put(sc, ALTERNATIVE_, item->text, name, "{}");
	return true;
}

static void create(struct scope *sc, const struct ask *q, struct answer *a)
{
	const struct json *body;
	const char *name;

	if (!body_read(sc, q, fields, COUNT(fields), true, &body, a))
		return;
	name = json_text(body, "name");
	if (!is_domain(name)) {
		answer_code(a, 400, "%s is not a valid domain", name);
		return;
	}
	if (thing_get(sc, DOMAIN_, name, NULL) || thing_get(sc, RELAY_, name, NULL) ||
		thing_get(sc, ALTERNATIVE_, name, NULL)) {
		answer_code(a, 409, "Duplicate domain name %s", name);
		return;
	}
	if (!takes_alternatives(sc, body, name, a))
		return;
	thing_put(sc, DOMAIN_, name, "", body_merge(sc, fields, COUNT(fields), body, NULL));
	answer_code(a, 200, "Domain %s has been created", name);
}

static void patch(struct scope *sc, const struct ask *q, const struct row *row, struct answer *a)
{
	const struct json *body;

	if (!body_read(sc, q, fields, COUNT(fields), false, &body, a) ||
		!takes_alternatives(sc, body, row->name, a))
		return;
	thing_put(
		sc, DOMAIN_, row->name, "", body_merge(sc, fields, COUNT(fields), body, row->body));
	answer_code(a, 200, "Domain %s has been updated", row->name);
}

/* Cascades; the key file and the mail stay. */
static void drop(struct scope *sc, const char *name, struct answer *a)
{
	struct row *users;
	size_t n = things_list(sc, USER_, name, &users);

	for (size_t i = 0; i < n; i++)
		things_drop_in(sc, TOKEN_, users[i].name);
	things_drop_in(sc, USER_, name);
	things_drop_in(sc, ALIAS_, name);
	things_drop_in(sc, ALTERNATIVE_, name);
	thing_drop(sc, DOMAIN_, name);
	answer_code(a, 200, "Domain %s has been deleted", name);
}

static void list(struct scope *sc, struct answer *a)
{
	struct row *rows;
	size_t n = things_list(sc, DOMAIN_, NULL, &rows);

	a->status = 200;
	json_open_list(&a->body);
	for (size_t i = 0; i < n; i++)
		put_domain(sc, &a->body, &rows[i], false);
	json_close_list(&a->body);
}

void domain_door(struct scope *sc, const struct ask *q, const char *rest, struct answer *a)
{
	const char *slash = *rest ? strchr(rest + 1, '/') : NULL;
	const char *name =
		!*rest  ? NULL
		: slash ? arena_printf(sc->mem, "%.*s", (int)(slash - rest - 1), rest + 1)
			: rest + 1;
	struct row row;

	if (!name && str_eq(q->method, "GET")) {
		list(sc, a);
	} else if (!name && str_eq(q->method, "POST")) {
		create(sc, q, a);
	} else if (name && !is_domain(name)) {
		/* The one answer whose status lies. */
		answer_code(a, 400, "Domain %s is not a valid domain", name);
		if (str_eq(q->method, "GET"))
			a->status = 200;
	} else if (name && !thing_get(sc, DOMAIN_, name, &row)) {
		if (str_eq(q->method, "PATCH"))
			answer_http(a, 500, "Internal Server Error");
		else
			answer_code(a, 404, "Domain %s does not exist", name);
	} else if (slash && str_eq(slash, "/dkim") && str_eq(q->method, "POST")) {
		dkim_make(sc, row.name);
		answer_code(a, 200, "DKIM/DMARC keys have been generated for domain %s", name);
	} else if (name && !slash && str_eq(q->method, "GET")) {
		a->status = 200;
		put_domain(sc, &a->body, &row, true);
	} else if (name && !slash && str_eq(q->method, "PATCH")) {
		patch(sc, q, &row, a);
	} else if (name && !slash && str_eq(q->method, "DELETE")) {
		drop(sc, row.name, a);
	} else {
		answer_http(a, 405, "The method is not allowed for the requested URL.");
	}
}
