/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* penguin-hub: reads its command line, opens what the command needs, runs it. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/command.h"
#include "commands.h"
#include "open.h"
#include "serve.h"

enum { EXIT_DONE, EXIT_FAILED, EXIT_NOT_UNDERSTOOD };

static int print(const struct out *o)
{
	fwrite(o->data, 1, o->len, stdout);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int complain(const struct scope *sc, int status)
{
	fprintf(stderr, "penguin-hub: %s\n", sc->why ? sc->why : err_name(sc->err));
	return status;
}

static int run(struct scope *sc, struct engine *g, struct command_line *line)
{
	enum needs needs = (enum needs)line->command->needs;
	enum err e;

	if (needs == NEEDS_SERVE)
		serve_prepare(g);
	e = hub_open(sc, g, line->config, needs);
	if (!e)
		e = line->command->run(sc, line);
	if (e)
		return complain(sc, EXIT_FAILED);
	return print(&line->out);
}

int main(int argc, char **argv)
{
	static struct engine engine;
	struct command_line line;
	struct scope sc;
	int status;

	if (sodium_init() < 0)
		return EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	/* A file at its limit is a disk that is full: the write says so. */
	signal(SIGXFSZ, SIG_IGN);
	umask(027);
	hub_begin(&engine);
	scope_open(&sc, &engine.hub.world, "cmd");
	sc.actor.kind = ACTOR_SYSTEM;
	if (command_parse(&sc, &hub_program, argc, argv, &line))
		status = complain(&sc, EXIT_NOT_UNDERSTOOD);
	else if (!line.command)
		status = print(&line.out);
	else
		status = run(&sc, &engine, &line);
	hub_close(&sc, &engine);
	scope_close(&sc);
	return status;
}
