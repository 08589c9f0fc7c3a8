/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/dkim.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/out.h"
#include "base/str.h"

#define MAX_HEADERS 100

struct header {
	const char *name; /* small letters */
	const char *text; /* relaxed value */
	const char *raw;  /* as it came, with its name */
	bool used;
};

struct mail {
	struct header headers[MAX_HEADERS];
	size_t count;
	const char *body;
};

/* Runs of blanks become one; line ends go; none at both ends. */
static const char *relax(struct scope *sc, const char *text, size_t len)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < len; i++) {
		bool blank = strchr(" \t\r\n", text[i]) != NULL;

		if (!blank)
			out_char(&o, text[i]);
		else if (o.len && o.data[o.len - 1] != ' ')
			out_char(&o, ' ');
	}
	return str_trim(sc->mem, o.data);
}

static const char *lower(struct scope *sc, const char *text, size_t len)
{
	char *copy = arena_copy(sc->mem, text, len);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return str_trim(sc->mem, copy);
}

static void split(struct scope *sc, const char *text, struct mail *m)
{
	m->count = 0;
	while (*text && *text != '\n' && *text != '\r' && m->count < MAX_HEADERS) {
		const char *end = text, *colon = strchr(text, ':');

		do {
			end += strcspn(end, "\n");
			end += *end == '\n';
		} while (*end == ' ' || *end == '\t');
		if (!colon || colon >= end)
			break;
		m->headers[m->count++] = (struct header){
			.name = lower(sc, text, (size_t)(colon - text)),
			.text = relax(sc, colon + 1, (size_t)(end - colon - 1)),
			.raw = arena_copy(sc->mem, text, (size_t)(end - text)),
		};
		text = end;
	}
	text += *text == '\r';
	m->body = text + (*text == '\n');
}

/* "v" of "…; name=v; …", without blanks. */
static const char *tag(struct scope *sc, const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; *p; p += *p == ';') {
		struct out o;

		p += strspn(p, " \t\r\n");
		if (strncmp(p, name, len) != 0 || p[len] != '=') {
			p += strcspn(p, ";");
			continue;
		}
		out_init(&o, sc->mem);
		for (p += len + 1; *p && *p != ';'; p++)
			if (!strchr(" \t\r\n", *p))
				out_char(&o, *p);
		return o.data;
	}
	return "";
}

static const char *relaxed_body(struct scope *sc, const char *body)
{
	struct out o;

	out_init(&o, sc->mem);
	while (*body) {
		size_t n = strcspn(body, "\n"), from = o.len;

		for (size_t i = 0; i < n; i++) {
			bool blank = body[i] == ' ' || body[i] == '\t' || body[i] == '\r';

			if (!blank)
				out_char(&o, body[i]);
			else if (o.len == from || o.data[o.len - 1] != ' ')
				out_char(&o, ' ');
		}
		while (o.len > from && o.data[o.len - 1] == ' ')
			out_cut(&o, o.len - 1);
		out_text(&o, "\r\n");
		body += n + (body[n] == '\n');
	}
	while (str_ends(o.data, "\r\n\r\n"))
		out_cut(&o, o.len - 2);
	return str_eq(o.data, "\r\n") ? "" : o.data;
}

/* The newest of that name that has not been signed yet, as a line of what is signed. */
static void add_header(struct mail *m, struct out *o, const char *name)
{
	for (size_t i = m->count; i-- > 0;) {
		if (m->headers[i].used || !str_eq(m->headers[i].name, name))
			continue;
		m->headers[i].used = true;
		out_printf(o, "%s:%s\r\n", name, m->headers[i].text);
		return;
	}
}

/* Its own header, with nothing behind b=. */
static void add_signature(struct scope *sc, struct out *o, const char *text)
{
	const char *b = strstr(text, " b=");

	if (!b)
		return;
	b += strlen(" b=");
	out_printf(o, "dkim-signature:%.*s%s", (int)(b - text), text, b + strcspn(b, ";"));
}

static unsigned char *unbase64(struct scope *sc, const char *text, size_t *len)
{
	unsigned char *raw = arena_alloc(sc->mem, strlen(text) + 4);
	int n = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)strlen(text));

	*len = n < 0 ? 0 : (size_t)n;
	for (size_t i = strlen(text); i > 0 && text[i - 1] == '=' && *len; i--)
		--*len;
	return raw;
}

static bool verifies(struct scope *sc, const char *signed_text, const char *b, const char *key)
{
	size_t key_len, sig_len;
	const unsigned char *der = unbase64(sc, key, &key_len), *sig = unbase64(sc, b, &sig_len);
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &der, (long)key_len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = pkey && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, sig_len, (const unsigned char *)signed_text,
			    strlen(signed_text)) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good;
}

const char *dkim_trouble(struct scope *sc, const char *text, const char *key)
{
	struct mail *m = arena_alloc(sc->mem, sizeof *m);
	const char *signature = NULL, *names, *body;
	unsigned char digest[EVP_MAX_MD_SIZE], hash[64];
	struct out o;

	split(sc, text, m);
	for (size_t i = 0; i < m->count && !signature; i++)
		if (str_eq(m->headers[i].name, "dkim-signature"))
			signature = m->headers[i].text;
	if (!signature)
		return "it is not signed";
	body = relaxed_body(sc, m->body);
	EVP_Digest(body, strlen(body), digest, NULL, EVP_sha256(), NULL);
	EVP_EncodeBlock(hash, digest, 32);
	if (!str_eq((const char *)hash, tag(sc, signature, "bh")))
		return "the body is another";
	out_init(&o, sc->mem);
	names = tag(sc, signature, "h");
	while (*names) {
		size_t n = strcspn(names, ":");

		add_header(m, &o, lower(sc, names, n));
		names += n + (names[n] == ':');
	}
	add_signature(sc, &o, signature);
	return verifies(sc, o.data, tag(sc, signature, "b"), key) ? NULL : "the signature is wrong";
}
