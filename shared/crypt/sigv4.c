/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypt/sigv4.h"

#include <time.h>

#include "base/out.h"
#include "crypt/secret.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DAY_CHARS 8 /* of a time: "20130524" */

const char *sigv4_time(struct scope *sc, int64_t real_ms)
{
	time_t seconds = (time_t)(real_ms / 1000);
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &tm);
	return arena_text(sc->mem, text);
}

const char *sigv4_hash(struct scope *sc, struct bytes body)
{
	unsigned char hash[HASH_BYTES];

	sha256(body, hash);
	return str_hex(sc->mem, hash, sizeof hash);
}

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~/", c));
}

const char *sigv4_path(struct scope *sc, const char *path)
{
	struct out o;

	out_init(&o, sc->mem);
	for (; *path; path++)
		if (is_plain(*path))
			out_char(&o, *path);
		else
			out_printf(&o, "%%%02X", (unsigned char)*path);
	return o.data;
}

static const char *names_of(struct scope *sc, const struct sigv4 *s)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < s->header_count; i++)
		out_printf(&o, "%s%s", i ? ";" : "", s->headers[i].name);
	return o.data;
}

static const char *canonical(struct scope *sc, const struct sigv4 *s, const char *names)
{
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "%s\n%s\n%s\n", s->method, s->path, s->query);
	for (size_t i = 0; i < s->header_count; i++)
		out_printf(
			&o, "%s:%s\n", s->headers[i].name, str_trim(sc->mem, s->headers[i].value));
	out_printf(&o, "\n%s\n%s", names, s->body_hash);
	return o.data;
}

static void mac(unsigned char key[HASH_BYTES], const char *text)
{
	unsigned char next[HASH_BYTES];

	hmac_sha256(key, HASH_BYTES, bytes_of(text, strlen(text)), next);
	memcpy(key, next, sizeof next);
}

/* A key for one day, region and service. */
static void derive(struct scope *sc, const struct sigv4 *s, unsigned char key[HASH_BYTES])
{
	const char *first = arena_printf(sc->mem, "AWS4%s", s->secret);

	hmac_sha256(first, strlen(first), bytes_of(s->time, DAY_CHARS), key);
	mac(key, s->region);
	mac(key, s->service);
	mac(key, "aws4_request");
}

const char *sigv4_sign(struct scope *sc, const struct sigv4 *s)
{
	const char *names = names_of(sc, s), *request = canonical(sc, s, names), *scope;
	unsigned char key[HASH_BYTES];

	scope = arena_printf(
		sc->mem, "%.*s/%s/%s/aws4_request", DAY_CHARS, s->time, s->region, s->service);
	derive(sc, s, key);
	mac(key, arena_printf(sc->mem, ALGORITHM "\n%s\n%s\n%s", s->time, scope,
			 sigv4_hash(sc, bytes_of(request, strlen(request)))));
	return arena_printf(sc->mem, ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		s->key, scope, names, str_hex(sc->mem, key, sizeof key));
}
