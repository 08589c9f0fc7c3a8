/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From what came in – a query, a form, parts, JSON – to the struct a handler gets: every field
 * within its limits, or an error beside it.
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "text/json.h"
#include "text/url.h"
#include "web/door.h"
#include "web/multipart.h"

#define FORM_BODY   (64 * 1024)
#define FORM_FIELDS 1000

struct field_error {
	const char *name; /* static */
	const char *tell; /* arena; in the reader's language */
	bool shown;       /* the page has asked for it */
};

/* One source of values at a time: pairs (query or form), parts, or JSON. */
struct input {
	struct url_pair *pairs;
	size_t pair_count;
	struct part *parts;
	size_t part_count;
	const struct json *json;
	struct field_error *errors; /* arena */
	size_t error_count;
};

/* Reads a BODY of CONTENT_TYPE (NULL is that of a form). ERR_INPUT where it does not parse. */
enum err form_read(struct scope *sc, const char *content_type, struct bytes body, size_t max,
	struct input *in) MUST;
/* Decodes IN into *STRUCT of FORM's size. ERR_INPUT about the first bad field; all are in
   IN->errors. */
enum err form_decode(struct scope *sc, const struct form *f, struct input *in, void *to) MUST;
/* The first value of NAME as text; NULL where there is none or it is no text. */
const char *input_text(const struct input *in, struct scope *sc, const char *name);
/* Adds an error beside NAME. */
void input_error(struct scope *sc, struct input *in, const char *name, const char *tell);

#endif
