/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Addresses of the web (RFC 3986) and what browsers send in queries and forms. */
#ifndef TEXT_URL_H
#define TEXT_URL_H

#include "base/out.h"
#include "base/scope.h"
#include "base/str.h"
#include "text/html.h"

#define URL_MAX 2048

struct url {
	const char *scheme; /* "http" or "https" */
	const char *host;   /* arena; lower case; an IPv6 address keeps its brackets */
	int port;           /* the scheme's own where none is written */
	const char *path;   /* arena; begins with "/" */
	const char *query;  /* arena; without "?"; NULL where there is none */
};

/* An absolute http or https address of at most URL_MAX bytes, without user name, blanks or control
   characters; a fragment is dropped. ERR_INPUT otherwise. */
enum err url_parse(struct scope *sc, const char *text, struct url *out) MUST;
/* "host" or "host:port", the port only where it is not the scheme's own. */
const char *url_host(struct scope *sc, const struct url *u);
/* A path of this very host: begins with one slash, cannot leave the host, no control characters. */
bool url_is_local(const char *path);

/* TEXT with everything but letters, digits and -._~ as %XX. */
void url_escape(struct out *o, const char *text);
/* Adds name=value to an address, behind "?" or "&" as is due. */
void url_add(struct out *o, const char *name, const char *value);

/* %XX undone, and with PLUS every + a blank. False for a broken escape, a NUL or no UTF-8. */
bool url_unescape(
	struct arena *mem, const char *data, size_t len, bool plus, const char **text) MUST;

struct url_pair {
	const char *name;  /* arena */
	const char *value; /* arena; "" where none is written */
};
/* name=value&… of a query or a form, in order. ERR_LIMIT above MAX pairs, ERR_INPUT for broken
   escapes. */
enum err url_pairs(
	struct scope *sc, struct bytes text, size_t max, struct url_pair **list, size_t *n) MUST;

#endif
