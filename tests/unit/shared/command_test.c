/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "base/command.h"

static const struct command_option options[] = {
	{ "name", "NAME", true, "How it is called." },
	{ "json", NULL, false, "As JSON." },
	{ 0 },
};
static const struct command commands[] = {
	{ "thing add", 1, options, NULL, "Adds a thing.", NULL },
	{ "thing", 1, NULL, "ID", "Shows a thing.", NULL },
	{ "stop", 1, NULL, NULL, "Stops.", NULL },
	{ 0 },
};
static const struct config_table table = { NULL, 0, 1 };
static const struct program program = { "prog", "Does things.", "/etc/prog.conf", commands,
	&table };

static enum err parse(struct scope *sc, struct command_line *line, const char *words)
{
	char *argv[20] = { arena_text(sc->mem, "prog") }, *copy = arena_text(sc->mem, words), *save;
	int argc = 1;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return command_parse(sc, &program, argc, argv, line);
}

TEST(a_command_of_two_words_takes_its_options)
{
	struct command_line line;

	OK(parse(sc, &line, "--config f thing add --json --name x"));
	CHECK(line.command == &commands[0]);
	CHECK_TEXT(line.config, "f");
	CHECK_TEXT(command_option(&line, "name"), "x");
	CHECK(command_has(&line, "json"));
	OK(parse(sc, &line, "thing 7"));
	CHECK(line.command == &commands[1]);
	CHECK_TEXT(line.operand, "7");
	CHECK_TEXT(line.config, "/etc/prog.conf");
}

TEST(what_is_no_command_is_refused_with_its_reason)
{
	static const struct {
		const char *words, *why;
	} bad[] = {
		{ "", "no command; see prog --help" },
		{ "nothing", "no command nothing; see prog --help" },
		{ "thing add", "thing add needs --name" },
		{ "thing add --name", "--name wants a value" },
		{ "thing add --name a --name b", "--name is given twice" },
		{ "thing add --other", "thing add has no option --other" },
		{ "thing", "thing needs ID" },
		{ "thing 1 2", "thing: what is 2?" },
		{ "stop now", "stop: what is now?" },
	};
	struct command_line line;

	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(parse(sc, &line, bad[i].words), ERR_INPUT);
		CHECK_TEXT(sc->why, bad[i].why);
	}
}

TEST(help_names_every_command_and_option)
{
	struct command_line line;

	OK(parse(sc, &line, "--help"));
	CHECK(line.command == NULL);
	CHECK(strstr(line.out.data, "  thing add --name NAME [--json]\n") != NULL);
	CHECK(strstr(line.out.data, "Stops.") != NULL);
	OK(parse(sc, &line, "thing add --help"));
	CHECK(line.command == NULL);
	CHECK(strstr(line.out.data, "--json: As JSON.") != NULL);
	CHECK(strstr(line.out.data, "Stops.") == NULL);
}
