/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Signature version 4 from the store's side, written apart from the product's own. */
#include "double/s3_check.h"

#include <ctype.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <time.h>

#include "base/out.h"

#define SKEW_MS (15 * MINUTE_MS)

static const char *hash_of(struct scope *sc, const void *data, size_t len)
{
	unsigned char raw[SHA256_DIGEST_LENGTH];

	SHA256(data, len, raw);
	return str_hex(sc->mem, raw, sizeof raw);
}

const char *s3_decode(struct scope *sc, const char *text, size_t len)
{
	char *to = arena_alloc(sc->mem, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '%' && i + 2 < len + 1 && isxdigit((unsigned char)text[i + 1]) &&
			isxdigit((unsigned char)text[i + 2])) {
			const char pair[] = { text[i + 1], text[i + 2], 0 };

			to[n++] = (char)strtol(pair, NULL, 16);
			i += 2;
		} else {
			to[n++] = text[i];
		}
	to[n] = 0;
	return to;
}

static void encode(struct out *o, const char *text, bool slash)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text) ||
			(slash && *text == '/'))
			out_char(o, *text);
		else
			out_printf(o, "%%%02X", (unsigned char)*text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted pairs, each name with its "=". */
static const char *canonical_query(struct scope *sc, const char *query)
{
	const char *pairs[16];
	struct out all;
	size_t n = 0;

	for (const char *at = query; at && *at && n < COUNT(pairs);) {
		size_t len = strcspn(at, "&"), name = strcspn(at, "=&");
		struct out o;

		out_init(&o, sc->mem);
		encode(&o, s3_decode(sc, at, name), false);
		out_char(&o, '=');
		if (name < len)
			encode(&o, s3_decode(sc, at + name + 1, len - name - 1), false);
		pairs[n++] = o.data;
		at += len + (at[len] == '&');
	}
	qsort(pairs, n, sizeof *pairs, by_text);
	out_init(&all, sc->mem);
	for (size_t i = 0; i < n; i++)
		out_printf(&all, "%s%s", i ? "&" : "", pairs[i]);
	return n ? all.data : "";
}

static const char *header(const struct s3_asked *a, const char *name)
{
	return MHD_lookup_connection_value(a->connection, MHD_HEADER_KIND, name);
}

/* The part of Authorization behind NAME, up to a comma. */
static const char *part(struct scope *sc, const char *auth, const char *name)
{
	const char *at = auth ? strstr(auth, name) : NULL;

	return at ? arena_copy(sc->mem, at + strlen(name), strcspn(at + strlen(name), ", ")) : NULL;
}

static bool lists(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = names; (at = strstr(at, name)); at++)
		if ((at == names || at[-1] == ';') && (!at[len] || at[len] == ';'))
			return true;
	return false;
}

static const char *canonical(struct scope *sc, const struct s3_asked *a, const char *names)
{
	size_t path = strcspn(a->uri, "?");
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "%s\n", a->method);
	encode(&o, s3_decode(sc, a->uri, path), true);
	out_printf(&o, "\n%s\n", canonical_query(sc, a->uri[path] ? a->uri + path + 1 : NULL));
	for (const char *at = names; *at;) {
		size_t len = strcspn(at, ";");
		const char *name = arena_copy(sc->mem, at, len), *value = header(a, name);

		out_printf(&o, "%s:%s\n", name, value ? str_trim(sc->mem, value) : "");
		at += len + (at[len] == ';');
	}
	out_printf(&o, "\n%s\n%s", names, header(a, "x-amz-content-sha256"));
	return o.data;
}

static void mac(unsigned char *key, size_t len, const char *text)
{
	unsigned char next[SHA256_DIGEST_LENGTH];
	unsigned int n = sizeof next;

	HMAC(EVP_sha256(), key, (int)len, (const unsigned char *)text, strlen(text), next, &n);
	memcpy(key, next, sizeof next);
}

static const char *expected(
	struct scope *sc, const struct s3_asked *a, const char *names, const char *time)
{
	const char *day = arena_copy(sc->mem, time, 8), *request = canonical(sc, a, names);
	unsigned char key[128] = "AWS4" S3_DOUBLE_SECRET;

	mac(key, strlen((char *)key), day);
	mac(key, SHA256_DIGEST_LENGTH, S3_DOUBLE_REGION);
	mac(key, SHA256_DIGEST_LENGTH, "s3");
	mac(key, SHA256_DIGEST_LENGTH, "aws4_request");
	mac(key, SHA256_DIGEST_LENGTH,
		arena_printf(sc->mem,
			"AWS4-HMAC-SHA256\n%s\n%s/" S3_DOUBLE_REGION "/s3/aws4_request\n%s", time,
			day, hash_of(sc, request, strlen(request))));
	return str_hex(sc->mem, key, SHA256_DIGEST_LENGTH);
}

static bool is_skewed(const char *time, int64_t now)
{
	struct tm tm = { 0 };
	const char *end = strptime(time, "%Y%m%dT%H%M%SZ", &tm);
	int64_t at = end && !*end ? (int64_t)timegm(&tm) * SECOND_MS : 0;

	return at < now - SKEW_MS || at > now + SKEW_MS;
}

const char *s3_check(struct scope *sc, const struct s3_asked *a, int *status)
{
	const char *auth = header(a, "Authorization"), *time = header(a, "x-amz-date");
	const char *hash = header(a, "x-amz-content-sha256");
	const char *names = part(sc, auth, "SignedHeaders="), *of = part(sc, auth, "Credential=");
	const char *signature = part(sc, auth, "Signature=");

	*status = 403;
	if (!names || !of || !signature || !time || strlen(time) != 16 || !hash)
		return "AccessDenied";
	if (!str_starts(of, S3_DOUBLE_KEY "/"))
		return "InvalidAccessKeyId";
	if (is_skewed(time, a->now))
		return "RequestTimeTooSkewed";
	if (!lists(names, "host") || !lists(names, "x-amz-date") ||
		!lists(names, "x-amz-content-sha256"))
		return "AccessDenied";
	if (!str_eq(of, arena_printf(sc->mem,
				S3_DOUBLE_KEY "/%.8s/" S3_DOUBLE_REGION "/s3/aws4_request", time)))
		return "AuthorizationHeaderMalformed";
	if (!str_eq(signature, expected(sc, a, names, time)))
		return "SignatureDoesNotMatch";
	*status = 400;
	if (!str_eq(hash, "UNSIGNED-PAYLOAD") &&
		!str_eq(hash, hash_of(sc, a->body.data ? a->body.data : "", a->body.len)))
		return "XAmzContentSHA256Mismatch";
	return NULL;
}
