/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A hub that serves on a loopback socket, and a browser of libcurl that talks to it. */
#ifndef TESTS_WEB_KIT_H
#define TESTS_WEB_KIT_H

#include "hub_kit.h"
#include "web/server.h"

struct web_kit {
	struct scope *sc;
	struct hub *hub;
	struct web *web;
	const char *app, *link; /* base addresses: two names of one listener */
	const char *jar;        /* cookies of the browser; NULL keeps none */
	const char *csrf;       /* sent as X-CSRF-Token where not NULL */
	const char *key;        /* sent as bearer token where not NULL */
	const char *type;       /* Content-Type of a body; NULL is a form's */
	const char *header;     /* one more, or NULL */
	const char *until;      /* a stream is left when this has come; NULL reads to the end */
};

struct reply {
	int status;
	const char *head, *body; /* arena */
	const char *location;    /* arena; without the host; NULL where there is none */
};

/* kit_hub_store() with ROUTES served. web_kit_stop() ends it. */
struct web_kit *web_kit_start(struct scope *sc, struct kit *kit, const struct route *routes);
void web_kit_stop(struct web_kit *w);
/* PATH is joined to the app's address unless it begins with http. BODY may be NULL. */
struct reply web_kit_do(struct web_kit *w, const char *method, const char *path, const char *body);
/* The value of a header of the reply, or NULL. */
const char *reply_head(struct web_kit *w, const struct reply *r, const char *name);

/* An account with a password, a member of KIT_TENANT with ROLE (NULL: none). Its id. */
int64_t web_kit_account(struct web_kit *w, const char *email, const char *role);
/* A fresh browser signed in as EMAIL; its CSRF token is sent from now on. */
void web_kit_signin(struct web_kit *w, const char *email);
/* A key of ACCOUNT with RIGHTS. */
const char *web_kit_key(struct web_kit *w, int64_t account, const char *rights);

#define WEB_KIT_PASSWORD "correct horse battery"

#endif
