/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* penguin-agent: reads its command line, opens what the command needs, runs it. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>

#include "base/command.h"
#include "base/log.h"
#include "commands.h"
#include "daemon.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_NOT_UNDERSTOOD };

static int print(const struct out *o)
{
	fwrite(o->data, 1, o->len, stdout);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int complain(const struct scope *sc, int status)
{
	fprintf(stderr, "penguin-agent: %s\n", sc->why ? sc->why : err_name(sc->err));
	return status;
}

static int run(struct scope *sc, struct machine *m, struct command_line *line)
{
	enum err e = machine_open(sc, m, line->config, (enum needs)line->command->needs);

	if (!e)
		e = line->command->run(sc, line);
	return e ? complain(sc, EXIT_FAILED) : print(&line->out);
}

/* Without a command the daemon runs. */
static enum err parse(struct scope *sc, int argc, char **argv, struct command_line *line)
{
	static char name[] = "run";
	char *with_run[] = { argv[0], argc == 3 ? argv[1] : name, argc == 3 ? argv[2] : NULL, name,
		NULL };

	if (argc == 1)
		return command_parse(sc, &agent_program, 2, with_run, line);
	if (argc == 3 && str_eq(argv[1], "--config"))
		return command_parse(sc, &agent_program, 4, with_run, line);
	return command_parse(sc, &agent_program, argc, argv, line);
}

int main(int argc, char **argv)
{
	static struct machine machine;
	struct command_line line;
	struct scope sc;
	int status;

	if (sodium_init() < 0)
		return EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	/* A file at its limit is a disk that is full: the write says so. */
	signal(SIGXFSZ, SIG_IGN);
	machine_prepare(&machine);
	scope_open(&sc, &machine.agent.world, "agent");
	sc.actor.kind = ACTOR_SYSTEM;
	if (parse(&sc, argc, argv, &line))
		status = complain(&sc, EXIT_NOT_UNDERSTOOD);
	else if (!line.command)
		status = print(&line.out);
	else
		status = run(&sc, &machine, &line);
	machine_close(&machine);
	scope_close(&sc);
	return status;
}
