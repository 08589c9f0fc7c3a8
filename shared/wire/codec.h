/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One engine reads and writes every message from tables of fields: name on the wire, kind, limits
 * and the member's place in the struct. Private to shared/wire.
 */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include <stddef.h>

#include "text/json.h"
#include "wire/wire.h"

enum field_kind {
	FIELD_INT,     /* int64_t within low..high */
	FIELD_BOOL,    /* bool */
	FIELD_TEXT,    /* UTF-8 of at most high bytes */
	FIELD_TOKEN,   /* 1..high printable ASCII characters without blanks */
	FIELD_ADDRESS, /* a mail address that is safe on an SMTP command line */
	FIELD_HEX,     /* lower-case hexadecimal, exactly high characters where low equals high */
	FIELD_ID,      /* int64_t, written as a prefixed text */
	FIELD_ENUM,    /* int64_t, written as its name */
	FIELD_TEXTS,   /* array of const char *, each hexadecimal of `low` characters */
	FIELD_LIST,    /* array of structs, 0..high of them */
};

struct message;

struct field {
	const char *name; /* static */
	enum field_kind kind;
	size_t offset;
	size_t count_offset; /* of the size_t beside an array */
	int64_t low, high;
	bool optional;            /* absent reads as 0, false or NULL, and these are not written */
	const char *prefix;       /* static; of an id */
	const char *const *names; /* static; of an enum, NULL where a number has no name */
	size_t name_count;        /* numbers are 0..name_count-1 */
	const struct message *of; /* static; the shape of a list's structs */
};

struct message {
	const char *name; /* static */
	size_t size;
	const struct field *fields; /* static */
	size_t count;
	/* What no single field can say; NULL for none. PATH is where the struct stands. */
	enum err (*check)(struct scope *sc, const char *path, const void *m);
};

/* The table of what travels on TYPE's topic. */
const struct message *wire_shape(enum wire_type type);

struct bytes codec_put(struct scope *sc, const struct message *shape, const void *m);
/* *M is written only on success. MAX bounds the payload's bytes. */
enum err codec_get(struct scope *sc, const struct message *shape, struct bytes payload, size_t max,
	void *m) MUST;
/* ERR_INPUT about the field NAME under PATH ("items[3].mail"). */
enum err codec_refuse(struct scope *sc, const char *path, const char *name, const char *what);

#endif
