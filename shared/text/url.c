/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/url.h"

#include <string.h>
#include <strings.h>

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= 0x20 || *text == 0x7f || *text == '\\')
			return false;
	return true;
}

static bool host_is_plain(const char *host)
{
	bool v6 = host[0] == '[';
	size_t len = strlen(host);

	if (len == 0 || len > 253 || (v6 && host[len - 1] != ']'))
		return false;
	for (size_t i = v6 ? 1 : 0; i < (v6 ? len - 1 : len); i++) {
		/* Bytes of other alphabets stay as typed; whoever resolves them makes A-labels. */
		if (!is_plain(host[i]) && !(v6 && host[i] == ':') && (unsigned char)host[i] < 0x80)
			return false;
	}
	return true;
}

/* Where the authority's port begins, or NULL. */
static const char *port_of(const char *authority)
{
	const char *bracket = strrchr(authority, ']');

	return strchr(bracket ? bracket : authority, ':');
}

static bool parse_authority(struct scope *sc, const char *authority, struct url *u)
{
	const char *colon = port_of(authority);
	int64_t port = str_eq(u->scheme, "https") ? 443 : 80;

	if (colon && !str_int(colon + 1, 1, 65535, &port))
		return false;
	u->port = (int)port;
	u->host = str_lower(
		sc->mem, arena_copy(sc->mem, authority,
				 colon ? (size_t)(colon - authority) : strlen(authority)));
	return host_is_plain(u->host);
}

enum err url_parse(struct scope *sc, const char *text, struct url *out)
{
	struct url u = { 0 };
	const char *rest = text, *authority;
	size_t len;

	if (!text || strlen(text) > URL_MAX || !is_clean(text))
		return fail(sc, ERR_INPUT,
			"an address of the web has no blanks and at most %d bytes", URL_MAX);
	if (strncasecmp(text, "https://", 8) == 0) {
		u.scheme = "https";
		rest += 8;
	} else if (strncasecmp(text, "http://", 7) == 0) {
		u.scheme = "http";
		rest += 7;
	} else {
		return fail(sc, ERR_INPUT, "an address of the web begins with https:// or http://");
	}
	len = strcspn(rest, "/?#");
	authority = arena_copy(sc->mem, rest, len);
	if (strchr(authority, '@') || !parse_authority(sc, authority, &u))
		return fail(sc, ERR_INPUT, "the address has no valid host");
	rest += len;
	len = strcspn(rest, "?#");
	u.path = len ? arena_copy(sc->mem, rest, len) : "/";
	rest += len;
	if (*rest == '?')
		u.query = arena_copy(sc->mem, rest + 1, strcspn(rest + 1, "#"));
	*out = u;
	return ERR_NONE;
}

const char *url_host(struct scope *sc, const struct url *u)
{
	if (u->port == (str_eq(u->scheme, "https") ? 443 : 80))
		return u->host;
	return arena_printf(sc->mem, "%s:%d", u->host, u->port);
}

bool url_is_local(const char *path)
{
	return path && path[0] == '/' && path[1] != '/' && strlen(path) <= URL_MAX &&
	       is_clean(path);
}

void url_escape(struct out *o, const char *text)
{
	for (; text && *text; text++) {
		if (is_plain(*text))
			out_char(o, *text);
		else
			out_printf(o, "%%%02X", (unsigned char)*text);
	}
}

void url_add(struct out *o, const char *name, const char *value)
{
	out_char(o, strchr(o->data, '?') ? '&' : '?');
	url_escape(o, name);
	out_char(o, '=');
	url_escape(o, value);
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool url_unescape(struct arena *mem, const char *data, size_t len, bool plus, const char **text)
{
	char *to = arena_alloc(mem, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (c == '%') {
			int high = i + 2 < len ? nibble(data[i + 1]) : -1;
			int low = i + 2 < len ? nibble(data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		to[n++] = c;
	}
	if (!str_is_utf8(to, n))
		return false;
	*text = to;
	return true;
}

static bool parse_pair(struct scope *sc, const char *at, size_t len, struct url_pair *p)
{
	const char *equals = memchr(at, '=', len);
	size_t name = equals ? (size_t)(equals - at) : len;

	p->value = "";
	return url_unescape(sc->mem, at, name, true, &p->name) &&
	       (!equals || url_unescape(sc->mem, equals + 1, len - name - 1, true, &p->value));
}

static size_t count_pairs(const char *data, size_t len)
{
	size_t n = len ? 1 : 0;

	for (size_t i = 0; i < len; i++)
		n += data[i] == '&';
	return n;
}

enum err url_pairs(
	struct scope *sc, struct bytes text, size_t max, struct url_pair **list, size_t *n)
{
	const char *at = text.data, *end = at + text.len;
	size_t possible = count_pairs(text.data, text.len), count = 0;
	struct url_pair *pairs;

	if (possible > max)
		return fail(sc, ERR_LIMIT, "more than %zu fields", max);
	pairs = arena_array(sc->mem, possible, sizeof *pairs);
	while (at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		if (len && !parse_pair(sc, at, len, &pairs[count++]))
			return fail(sc, ERR_INPUT, "a field is not valid UTF-8 or badly escaped");
		at += len + 1;
	}
	*list = pairs;
	*n = count;
	return ERR_NONE;
}
