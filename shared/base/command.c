/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/command.h"

#include <assert.h>

#include "base/str.h"

static const struct command_option *option_at(const struct command *c, size_t i)
{
	return c->options && c->options[i].name ? &c->options[i] : NULL;
}

static int option_find(const struct command *c, const char *name)
{
	const struct command_option *o;

	for (size_t i = 0; (o = option_at(c, i)); i++)
		if (str_eq(o->name, name))
			return (int)i;
	return -1;
}

const char *command_option(const struct command_line *line, const char *name)
{
	int i = option_find(line->command, name);

	assert(i >= 0 && i < COMMAND_MAX_OPTIONS);
	return line->values[i];
}

bool command_has(const struct command_line *line, const char *name)
{
	return command_option(line, name) != NULL;
}

/* ---- what is printed ---- */

static void put_usage(struct out *o, const struct command *c)
{
	const struct command_option *opt;

	out_text(o, c->name);
	for (size_t i = 0; (opt = option_at(c, i)); i++)
		out_printf(o, opt->must ? " --%s%s%s" : " [--%s%s%s]", opt->name,
			opt->value ? " " : "", opt->value ? opt->value : "");
	if (c->operand)
		out_printf(o, " %s", c->operand);
}

static void put_command(struct out *o, const struct command *c)
{
	const struct command_option *opt;

	out_text(o, "  ");
	put_usage(o, c);
	out_printf(o, "\n      %s\n", c->summary);
	for (size_t i = 0; (opt = option_at(c, i)); i++)
		out_printf(o, "      --%s: %s\n", opt->name, opt->help);
}

static const char general[] = "  --help           this text\n"
			      "  --version        the version\n"
			      "  --config-help    every key of the configuration\n"
			      "  --config-sample  a configuration to start from\n"
			      "  --manual, --config-manual\n"
			      "                   the manual pages' sources\n";

static void put_help(struct out *o, const struct program *p)
{
	out_printf(o, "usage: %s [--config FILE] COMMAND\n\n%s\n\nCommands:\n", p->name, p->about);
	for (const struct command *c = p->commands; c->name; c++)
		put_command(o, c);
	out_printf(
		o, "\nOptions:\n  --config FILE    the configuration (%s)\n%s", p->config, general);
	out_text(o, "\nExit status: 0 done, 1 failed, 2 not understood.\n");
}

static void put_manual(struct out *o, const struct program *p)
{
	out_printf(o,
		".Dd $Mdocdate$\n.Dt %s 8\n.Os\n.Sh NAME\n.Nm %s\n.Nd PenguinMails\n"
		".Sh SYNOPSIS\n.Nm\n.Op Fl -config Ar file\n.Ar command\n.Sh DESCRIPTION\n%s\n"
		".Sh COMMANDS\n.Bl -tag -width Ds\n",
		p->name, p->name, p->about);
	for (const struct command *c = p->commands; c->name; c++) {
		const struct command_option *opt;

		out_text(o, ".It Ic ");
		put_usage(o, c);
		out_printf(o, "\n%s\n", c->summary);
		for (size_t i = 0; (opt = option_at(c, i)); i++)
			out_printf(o, ".br\n.Fl -%s :\n%s\n", opt->name, opt->help);
	}
	out_printf(o,
		".El\n.Sh FILES\n.Bl -tag -width Ds\n.It Pa %s\nThe configuration; see\n"
		".Xr %s.conf 5 .\n.El\n.Sh EXIT STATUS\n0 done, 1 failed, 2 not understood.\n",
		p->config, p->name);
}

static void put_config_manual(struct out *o, const struct program *p)
{
	out_printf(o,
		".Dd $Mdocdate$\n.Dt %s.conf 5\n.Os\n.Sh NAME\n.Nm %s.conf\n"
		".Nd configuration of %s\n.Sh DESCRIPTION\nLines of\n.Ql key = value ;\nlines that "
		"begin with # are comments. An unknown key or a bad value stops the start.\n"
		".Bl -tag -width Ds\n",
		p->name, p->name, p->name);
	config_manual(o, p->table);
	out_printf(o, ".El\n.Sh SEE ALSO\n.Xr %s 8\n", p->name);
}

static bool put_asked(struct out *o, const struct program *p, const char *what)
{
	if (str_eq(what, "--help") || str_eq(what, "help"))
		put_help(o, p);
	else if (str_eq(what, "--version") || str_eq(what, "version"))
		out_printf(o, "%s %s\n", p->name, VERSION);
	else if (str_eq(what, "--config-help"))
		config_help(o, p->table);
	else if (str_eq(what, "--config-sample"))
		config_sample(o, p->table);
	else if (str_eq(what, "--manual"))
		put_manual(o, p);
	else if (str_eq(what, "--config-manual"))
		put_config_manual(o, p);
	else
		return false;
	return true;
}

/* ---- reading ---- */

/* How many of ARGV name the command C; 0 for none. */
static int words_of(const struct command *c, int argc, char **argv)
{
	const char *blank = strchr(c->name, ' ');
	size_t first = blank ? (size_t)(blank - c->name) : strlen(c->name);

	if (argc < 1 || strlen(argv[0]) != first || memcmp(argv[0], c->name, first) != 0)
		return 0;
	if (!blank)
		return 1;
	return argc > 1 && str_eq(argv[1], blank + 1) ? 2 : 0;
}

static enum err take_option(
	struct scope *sc, struct command_line *line, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2;
	int i = option_find(line->command, name);

	if (i < 0)
		return fail(sc, ERR_INPUT, "%s has no option %s", line->command->name, argv[*at]);
	if (line->values[i])
		return fail(sc, ERR_INPUT, "--%s is given twice", name);
	line->values[i] = "";
	if (line->command->options[i].value) {
		if (++*at >= argc)
			return fail(sc, ERR_INPUT, "--%s wants a value", name);
		line->values[i] = argv[*at];
	}
	return ERR_NONE;
}

static enum err take_rest(struct scope *sc, struct command_line *line, int argc, char **argv)
{
	const struct command *c = line->command;
	const struct command_option *opt;
	enum err e = ERR_NONE;

	for (int at = 0; !e && at < argc; at++) {
		if (str_starts(argv[at], "--"))
			e = take_option(sc, line, argc, argv, &at);
		else if (!c->operand || line->operand)
			e = fail(sc, ERR_INPUT, "%s: what is %s?", c->name, argv[at]);
		else
			line->operand = argv[at];
	}
	for (size_t i = 0; !e && (opt = option_at(c, i)); i++)
		if (opt->must && !line->values[i])
			e = fail(sc, ERR_INPUT, "%s needs --%s", c->name, opt->name);
	if (!e && c->operand && !line->operand && c->operand[0] != '[')
		e = fail(sc, ERR_INPUT, "%s needs %s", c->name, c->operand);
	return e;
}

enum err command_parse(
	struct scope *sc, const struct program *p, int argc, char **argv, struct command_line *line)
{
	int at = 1;

	memset(line, 0, sizeof *line);
	out_init(&line->out, sc->mem);
	line->config = p->config;
	if (at + 1 < argc && str_eq(argv[at], "--config")) {
		line->config = argv[at + 1];
		at += 2;
	}
	if (at >= argc)
		return fail(sc, ERR_INPUT, "no command; see %s --help", p->name);
	if (put_asked(&line->out, p, argv[at]))
		return ERR_NONE;
	for (const struct command *c = p->commands; c->name; c++) {
		int n = words_of(c, argc - at, argv + at);

		if (!n)
			continue;
		line->command = c;
		if (at + n < argc && str_eq(argv[at + n], "--help")) {
			line->command = NULL;
			put_command(&line->out, c);
			return ERR_NONE;
		}
		return take_rest(sc, line, argc - at - n, argv + at + n);
	}
	return fail(sc, ERR_INPUT, "no command %s; see %s --help", argv[at], p->name);
}
