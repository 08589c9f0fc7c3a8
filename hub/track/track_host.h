/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A tenant's own name for tracking links, below one of its verified domains. Nothing is tracked
 * before the name is seen to lead here: the hub asks itself, through that name, for a proof only it
 * can give.
 */
#ifndef TRACK_TRACK_HOST_H
#define TRACK_TRACK_HOST_H

#include "base/scope.h"

struct track_host {
	const char *name;   /* arena; with port where it is not the scheme's own */
	int64_t tenant;     /* whose */
	const char *scheme; /* arena; "https", or "http" on loopback */
	const char *state;  /* arena; "pending", "verified" */
	const char *target; /* arena; what its CNAME should say */
	int64_t checked_at; /* real ms, 0 before the first check */
	const char *found; /* arena; what its CNAME says, "" for nothing, NULL where nobody knows */
	const char *reason; /* arena; "away", "elsewhere", "other" of the last check, NULL: it is
			       good */
	int64_t fails;      /* failed checks in a row */
};

/* So many failed checks in a row take a verified one out of use: mails are not tracked then. */
#define TRACK_HOST_FAILS 3

/* ERR_INPUT about `name` for what is no name below a verified domain; ERR_CONFLICT when it serves
   somebody else. Adding it again is fine. */
enum err track_host_add(struct scope *sc, const char *name) MUST;
enum err track_host_list(struct scope *sc, struct track_host **rows, size_t *n) MUST;
enum err track_host_find(struct scope *sc, const char *name, struct track_host *out) MUST;
/* Asks it for a proof and the DNS for its CNAME, and keeps what came back. ERR_CONFLICT, saying
   what is wrong, while it does not lead here. */
enum err track_host_check(struct scope *sc, const char *name) MUST;
/* What is wrong with it, in the reader's language; NULL for nothing. */
const char *track_host_trouble(struct scope *sc, const struct track_host *h);
/* Links in mails that are out already lead nowhere then. */
enum err track_host_remove(struct scope *sc, const char *name) MUST;

/* What this installation answers to QUESTION on HOST. */
enum err track_host_proof(
	struct scope *sc, const char *host, const char *question, const char **proof) MUST;

#endif
