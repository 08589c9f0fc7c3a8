/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What can be asked of a program on its command line, as a table: from it come the parser, --help
 * and the manual page. `program [--config FILE] command [options] [operand]`.
 */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include "base/config.h"
#include "base/out.h"
#include "base/scope.h"

#define COMMAND_MAX_OPTIONS 12

struct command_option {
	const char *name;  /* static; without the dashes */
	const char *value; /* static; what stands for its value; NULL for a flag */
	bool must;
	const char *help; /* static */
};

struct command_line;

struct command {
	const char *name; /* static; one or two words: "user add" */
	int needs;        /* what the program opens before; 0 for nothing, not even the file */
	const struct command_option *options; /* static; ended by an empty row; may be NULL */
	const char *operand;                  /* static; what stands for it, or NULL for none */
	const char *summary;                  /* static; a sentence */
	enum err (*run)(struct scope *sc, struct command_line *line);
};

struct program {
	const char *name, *about;       /* static */
	const char *config;             /* static; the file where --config is not given */
	const struct command *commands; /* static; ended by an empty row */
	const struct config_table *table;
};

struct command_line {
	const struct command *command; /* NULL: TEXT was asked for and is the whole answer */
	const char *config;            /* borrowed from argv */
	const char *values[COMMAND_MAX_OPTIONS]; /* in the order of options; NULL: not given */
	const char *operand;                     /* NULL where there is none */
	struct out out;                          /* what the program prints when it has succeeded */
};

/* ERR_INPUT, saying why, for what is no command line of P: exit status 2. --help, --version,
   --config-help, --config-sample, --manual and --config-manual fill LINE->out and no command. */
enum err command_parse(struct scope *sc, const struct program *p, int argc, char **argv,
	struct command_line *line) MUST;
/* The option's value, "" for a flag, NULL when it was not given. The name must be in the table. */
const char *command_option(const struct command_line *line, const char *name);
bool command_has(const struct command_line *line, const char *name);

#endif
