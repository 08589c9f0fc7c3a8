/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A request from the inside: for the files of hub/web alone. */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <microhttpd.h>

#include "guard/host.h"
#include "guard/principal.h"
#include "hub.h"
#include "web/body.h"
#include "web/door.h"
#include "web/form.h"
#include "web/table.h"

struct shell;
struct web;
struct live_stream;

struct header {
	const char *name, *value; /* arena or static */
	struct header *next;      /* arena */
};

struct answer {
	int status; /* 0: none yet */
	const char *mime;
	struct bytes body;      /* arena, embedded, or the request's own */
	struct header *headers; /* in reverse */
	bool stream;            /* server-sent hints instead of a body */
};

struct request {
	struct scope sc; /* its own; closed when the last byte is out */
	struct web *web; /* borrowed */
	struct MHD_Connection *conn;
	const char *id;     /* arena; "req_…" */
	const char *method; /* borrowed from the connection */
	const char *path;   /* arena; raw */
	const char *query;  /* arena; raw, NULL where there is none */
	struct url_pair *query_pairs;
	size_t query_count;
	bool started, finished;
	int64_t started_us;

	struct host host; /* whose name was asked for */
	struct match match;
	enum err refused; /* found wrong before the body: answered when it has come */
	int refused_status;
	struct body body;
	struct input input; /* decoded fields of the body or the query */

	struct principal who;
	bool known;       /* who is filled */
	bool by_key;      /* by a bearer token */
	const char *csrf; /* arena; the token forms must carry */

	bool redrawing; /* a refused form's page is being drawn */
	struct answer answer;
	struct live_stream *live; /* owned while it streams */
};

/* ---- gate.c: who asks, and may they ---- */

/* By cookie or bearer token, and the language. Nobody known is no error. */
enum err gate_identify(struct request *q) MUST;
/* The same by cookie alone, where no route says what stands here: for the frame of an error page of
   the dashboard's own host. */
void gate_recognise(struct request *q);
/* The route's need, and the CSRF token of an unsafe request. */
enum err gate_check(struct request *q) MUST;
bool gate_is_unsafe(const struct request *q);

/* ---- cookie.c ---- */

/* The value of the request's cookie, or NULL. */
const char *cookie_get(struct request *q, const char *name);
/* NAME as this host sends it: "__Host-" before it over https. MAX_AGE_S 0 takes it away, -1 ends
   with the browser. */
void cookie_set(struct request *q, const char *name, const char *value, int64_t max_age_s);
/* The same with a signature, so that only what we set comes back. */
const char *cookie_get_signed(struct request *q, const char *name);
void cookie_set_signed(struct request *q, const char *name, const char *value, int64_t max_age_s);

#define COOKIE_SESSION "session"
#define COOKIE_OPEN    "open" /* CSRF secret where there is no session */
#define COOKIE_TOAST   "toast"

/* ---- refuse.c: answers to what went wrong ---- */

/* For the scope's error E: page, JSON or redirect to sign-in, as the door's kind asks. */
void refuse(struct request *q, enum err e);
/* With a status of its own and a sentence in the reader's language. */
void refuse_with(struct request *q, int status, const char *tell);
/* The request speaks JSON: its errors do, too. */
bool refuse_is_json(const struct request *q);

/* ---- assets.c, health ---- */

/* Answers what is below /assets/, /healthz and /readyz; false for any other path. */
bool assets_answer(struct request *q);

/* ---- server.c ---- */

const struct table *web_table(const struct web *w);
const struct route *web_routes(const struct web *w);
bool web_trusts_proxy(const struct web *w);
void web_shell(const struct web *w, struct scope *sc, const struct request *q, struct shell *s);
bool web_stopping(const struct web *w);

#endif
