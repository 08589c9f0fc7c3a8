/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The few kinds of failure that mean something to a caller. The reason is in the scope. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
	ERR_NONE,
	ERR_INPUT,    /* what came in is outside its limits; nothing changed */
	ERR_AUTH,     /* nobody is signed in, or the credential is spent */
	ERR_DENIED,   /* known, but without the right */
	ERR_MISSING,  /* no such thing, or not this tenant's */
	ERR_CONFLICT, /* the state of things does not allow it now */
	ERR_LIMIT,    /* too many, too large, too often */
	ERR_AWAY,     /* the database or the disk cannot serve now; try again later */
	ERR_UPSTREAM, /* another system failed or answered nonsense */
	ERR_INTERNAL, /* our fault */
	ERR_MAX,
};

/* "input", "missing" …; for logs and the API's error field. */
const char *err_name(enum err e);
/* The HTTP status a door answers with. */
int err_status(enum err e);

#endif
