/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Configuration files: `key = value` lines, `#` at the start of a line for a comment. One table per
 * program says which keys there are; from it come the parser, --config-help, the sample file and
 * the manual page. An unknown key or a bad value refuses the start with file:line.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/out.h"
#include "base/scope.h"

#define CONFIG_MAX_BYTES (64 * 1024)

enum config_type {
	CONFIG_TEXT,   /* const char *; min and max are its length in bytes */
	CONFIG_INT,    /* int64_t; min..max */
	CONFIG_FLAG,   /* bool; yes or no */
	CONFIG_CHOICE, /* const char *; one of `words` */
	CONFIG_PATH,   /* const char *; absolute */
	CONFIG_LISTEN, /* const char *; address:port, [v6]:port or *:port */
	CONFIG_URL,    /* const char *; http:// or https:// with a host and nothing behind it */
};

struct config_row {
	const char *key; /* static */
	enum config_type type;
	size_t offset;   /* of the member in the program's struct */
	const char *def; /* static; as it would be written. NULL: must be given; "": none */
	int64_t min, max;
	const char *words; /* static; of a choice, separated by blanks */
	const char *help;  /* static; a sentence */
};

struct config_table {
	const struct config_row *rows; /* static */
	size_t count;
	size_t size; /* of the program's struct */
};

/* Reads the file at PATH into the struct at OUT; its texts live in SC's arena, and are never NULL.
   ERR_INPUT with file:line in the reason. */
enum err config_read(
	struct scope *sc, const struct config_table *t, const char *path, void *out) MUST;
/* As config_read() from a text; NAME stands for the file in errors. */
enum err config_parse(struct scope *sc, const struct config_table *t, const char *name,
	const char *text, void *out) MUST;

/* The reference, as people read it in a terminal. */
void config_help(struct out *o, const struct config_table *t);
/* A file with every key as a comment, and the ones that must be given. */
void config_sample(struct out *o, const struct config_table *t);
/* The reference as the body of a manual page (mdoc list items). */
void config_manual(struct out *o, const struct config_table *t);

#endif
