/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person at the pages: curl with a jar of cookies, forms sent with their hidden token. */
#ifndef WORLD_BROWSER_H
#define WORLD_BROWSER_H

#include "lab.h"

struct browser {
	struct lab *lab;  /* borrowed */
	const char *jar;  /* file of cookies */
	const char *page; /* the last page's text, arena of its scope */
	int status;
	const char *location; /* of a redirect, or "" */
};

struct browser browser_new(struct scope *sc, struct lab *l, const char *name);
/* PATH of the dashboard, or a whole URL. */
enum err browser_get(struct scope *sc, struct browser *b, const char *path) MUST;
/* Opens PATH, and sends its form there with FIELDS ("name=value", NULL at the end; values are
   encoded) and the token the page holds. */
enum err browser_send(
	struct scope *sc, struct browser *b, const char *path, const char *const *fields) MUST;
#define BROWSER_SEND(sc, b, path, ...)                                                             \
	browser_send(sc, b, path, (const char *const[]){ __VA_ARGS__, NULL })
/* Writes the hints to FILE as they come, until P is stopped. */
enum err browser_listen(struct scope *sc, struct browser *b, struct proc *p, const char *file) MUST;

#endif
