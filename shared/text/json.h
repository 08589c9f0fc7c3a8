/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * JSON in and out. Reading goes through cJSON into an arena tree, bounded in size and depth; a
 * number is whole only where a double holds it exactly (ids travel as texts). Writing needs no
 * state: each call looks at the last byte to see whether a comma is due.
 */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/out.h"
#include "base/scope.h"
#include "base/str.h"

#define JSON_DEPTH 32                        /* levels of lists and objects that are read */
#define JSON_WHOLE INT64_C(9007199254740991) /* 2^53 - 1, the largest whole number */

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_WHOLE_NUMBER,
	JSON_NUMBER,
	JSON_TEXT,
	JSON_LIST,
	JSON_OBJECT
};

struct json {
	enum json_kind kind;
	const char *name;         /* arena; of an object's member, else NULL */
	const char *text;         /* arena; of JSON_TEXT: valid UTF-8 without NUL */
	int64_t n;                /* of JSON_WHOLE_NUMBER; 0 or 1 of JSON_BOOL */
	double number;            /* of both kinds of number */
	const struct json *first; /* arena; first element or member */
	const struct json *next;  /* arena; the one after this in its list or object */
	size_t count;             /* elements or members */
};

/* TEXT is one whole JSON value and nothing behind it. ERR_LIMIT above MAX bytes or JSON_DEPTH,
   ERR_INPUT for anything else that is wrong: no UTF-8, a NUL, a member named twice. */
enum err json_parse(struct scope *sc, struct bytes text, size_t max, const struct json **out) MUST;

#define JSON_EACH(item, parent)                                                                    \
	for (const struct json *item = (parent) ? (parent)->first : NULL; item; item = item->next)

/* NULL unless OBJECT is an object with that member; also for OBJECT NULL. */
const struct json *json_get(const struct json *object, const char *name);
/* The member's value, or the fallback where it is absent or of another type. */
const char *json_text(const struct json *object, const char *name);
int64_t json_int(const struct json *object, const char *name, int64_t fallback);
bool json_bool(const struct json *object, const char *name, bool fallback);
/* 0 where it is absent or no id with PREFIX. */
int64_t json_id(const struct json *object, const char *name, const char *prefix);

/* The member must be there, of the type and within its limits; else ERR_INPUT naming the field. */
enum err json_need_text(struct scope *sc, const struct json *object, const char *name, size_t max,
	const char **text) MUST;
enum err json_need_int(struct scope *sc, const struct json *object, const char *name,
	const int64_t range[2], int64_t *n) MUST;

/* ---- writing: values ---- */

void json_open(struct out *o);       /* { */
void json_close(struct out *o);      /* } */
void json_open_list(struct out *o);  /* [ */
void json_close_list(struct out *o); /* ] */
/* NULL writes null. Bytes that are no UTF-8 become question marks. */
void json_put_text(struct out *o, const char *text);
void json_put_int(struct out *o, int64_t n);
void json_put_bool(struct out *o, bool yes);
void json_put_null(struct out *o);
/* An id with its prefix; 0 writes null. */
void json_put_id(struct out *o, const char *prefix, int64_t id);

/* ---- writing: members of the open object ---- */

/* The name alone; the value follows by one of the calls above. */
void json_name(struct out *o, const char *name);
void json_add_text(struct out *o, const char *name, const char *text);
void json_add_int(struct out *o, const char *name, int64_t n);
/* A number that may be missing: below 0 writes null. */
void json_add_known(struct out *o, const char *name, int64_t n);
void json_add_bool(struct out *o, const char *name, bool yes);
void json_add_id(struct out *o, const char *name, const char *prefix, int64_t id);
/* Milliseconds as "2026-01-31T12:00:00Z"; 0 writes null. */
void json_add_time(struct out *o, const char *name, int64_t ms);

#endif
