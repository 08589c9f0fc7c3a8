/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* HTTP(S) client over libcurl: one easy handle, reused, bounded answers, no redirects. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/scope.h"
#include "base/str.h"

struct http; /* one handle; not shared between threads */

struct http_request {
	const char *method; /* "GET" … */
	const char *url;
	const char *const *headers; /* NULL-terminated "Name: value", or NULL */
	struct bytes body;          /* data NULL for none */
	size_t max_answer;          /* bytes; more is ERR_LIMIT */
	int timeout_s;              /* 0 means 30 */
	const char *ca_file;        /* NULL: the system's; */
	bool unverified; /* only to fetch a CA that is then checked against a known hash */
	const char *cert_file, *key_file; /* client certificate, or NULL */
	const char *unix_socket;          /* or NULL */
};

struct http_answer {
	int status;
	struct bytes body;        /* arena; followed by a zero byte */
	const char *content_type; /* arena, or NULL */
	int64_t retry_after_s;    /* from the header, or 0 */
	const char *etag;         /* arena; as it came, with its quotes; or NULL */
	int64_t length;           /* Content-Length, also of a HEAD; -1 where none came */
};

struct http *http_new(void);
void http_free(struct http *h);
/* ERR_UPSTREAM for transport failures (the reason names host and cause); any status is success. */
enum err http_do(
	struct scope *sc, struct http *h, const struct http_request *r, struct http_answer *a) MUST;

#endif
