/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A customer of the hub's HTTP interface: the JSON API with a key, pages with a cookie. */
#ifndef WORLD_CLIENT_H
#define WORLD_CLIENT_H

#include "lab.h"
#include "net/http.h"
#include "text/json.h"

struct client {
	const char *base;  /* "http://127.0.0.1:8080" */
	const char *key;   /* API key, or NULL for none */
	struct http *http; /* owned */
};

struct client client_new(const char *base, const char *key);
void client_free(struct client *c);

/* One call; any status is success. BODY NULL sends none. *STATUS may be NULL; *JSON is NULL where
   the answer is no JSON; both may be NULL. */
enum err client_call(struct scope *sc, struct client *c, const char *method, const char *path,
	const char *body, int *status, const struct json **json) MUST;
/* As client_call(), and ERR_UPSTREAM with the answer's text unless the status is 2xx. */
enum err client_do(struct scope *sc, struct client *c, const char *method, const char *path,
	const char *body, const struct json **json) MUST;
/* Any request whole, for pages and tests of the door. */
enum err client_raw(struct scope *sc, struct client *c, const struct http_request *r,
	struct http_answer *a) MUST;
/* A multipart upload of one file under field NAME. */
enum err client_upload(struct scope *sc, struct client *c, const char *path, const char *field,
	const char *file_name, struct bytes data, const struct json **json) MUST;

#endif
