/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What mails say: immutable versions named by the hash of subject, html and text. Saving the same
 * words again gives the same version. What does not parse cannot be saved.
 */
#ifndef CONTENT_CONTENT_H
#define CONTENT_CONTENT_H

#include "base/scope.h"

#define CONTENT_MAX_SUBJECT 998
#define CONTENT_MAX_BODY    (64 * 1024)

struct content {
	int64_t id;
	const char *lang;
	const char *subject; /* Liquid; "" in a follow-up repeats the first mail's as "Re: …" */
	const char *html;    /* Liquid; "" for text only */
	const char *text;    /* Liquid; "" derives it from html */
	int64_t created;
};

/* ERR_INPUT with the field ("subject", "html", "text") and "line N, column M: …" when a part does
   not parse, or when html and text are both empty. Writes (joins a write that is open). */
enum err content_save(struct scope *sc, const struct content *draft, int64_t *id) MUST;
enum err content_find(struct scope *sc, int64_t id, struct content *out) MUST;

struct content_issue {
	const char *part; /* static; "subject", "html", "text" */
	int line, column; /* from 1; 0 where it concerns the whole part */
	const char *text; /* arena; a sentence in the reader's language */
	bool stops;       /* the content cannot be saved or sent like this */
};
/* Everything that is wrong with DRAFT for the contacts of the scope's workspace: syntax errors,
   unknown variables, empty parts. None is *N 0. */
enum err content_check(struct scope *sc, const struct content *draft, struct content_issue **issues,
	size_t *n) MUST;

/* Names a template may use in the scope's workspace, sorted: for the editor's help. */
enum err content_names(struct scope *sc, const char *const **names, size_t *n) MUST;

#endif
