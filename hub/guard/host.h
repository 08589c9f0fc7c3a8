/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The host table: which names this installation answers to, what each is for, and the only source
 * of absolute addresses. `app` serves everything but tracking; `link` and `track` serve /t/ and /u/
 * alone and never a session.
 */
#ifndef GUARD_HOST_H
#define GUARD_HOST_H

#include "store/db.h"

#define HOST_APP   "app"
#define HOST_LINK  "link"
#define HOST_TRACK "track"
#define HOST_AGENT "agent"

struct host {
	const char *name;    /* arena; with port where it is not the scheme's own */
	int64_t tenant;      /* 0: the installation's own */
	int64_t workspace;   /* 0: all of the tenant's */
	const char *purpose; /* arena; one of the words above */
	const char *scheme;  /* arena; "https", or "http" on loopback */
	const char *state;   /* arena; "pending", "verified" */
};

/* By the name in a request's Host line, whatever its case. ERR_MISSING for an unknown one. */
enum err host_find(struct scope *sc, const char *name, struct host *out) MUST;
/* URL ("https://app.example.com") is the installation's host for PURPOSE from now on: inserts the
   row, changes nothing where it stands. http is taken on loopback only. HOST_LINK may be the app's
   own host. Writes by itself. */
enum err host_ensure(struct scope *sc, const char *url, const char *purpose) MUST;
/* The address that serves PURPOSE for sc->tenant: for HOST_TRACK its own verified host, else
   ERR_MISSING; otherwise the installation's newest (HOST_LINK: or its app host). Scheme and host,
   no slash at the end. */
enum err host_base(struct scope *sc, const char *purpose, const char **base) MUST;
/* host_base() with PATH behind it. */
enum err host_url(struct scope *sc, const char *purpose, const char *path, const char **url) MUST;

#endif
