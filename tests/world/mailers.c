/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two mail servers of a lab: the private Postfix and the sink behind it. */
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "wait.h"

#define POSTFIX_MS 30000

/* ---- sink ---- */

static bool sink_answers(void *arg)
{
	const struct lab *l = arg;

	return l->config.sink_host ? address_answers(l->config.sink_host, l->sink_port)
				   : port_answers(l->sink_port);
}

enum err sink_start(struct scope *sc, struct lab *l)
{
	const char *program = arena_printf(l->mem, "%s/sink", l->bin);
	const char *port = arena_printf(l->mem, "%d", l->sink_port);
	const char *host = l->config.sink_host ? l->config.sink_host : "127.0.0.1";
	const char *const argv[] = { program, "--host", host, "--port", port, "--rules", l->rules,
		"--record", l->record, "--mails", l->mails, NULL };
	struct proc_spec spec = { "sink", argv, lab_path(l, "log/sink.log"), NULL, 0, 0 };
	enum err e = proc_start(sc, l->janitor, &spec, &l->sink);

	return e ? e : wait_ready(sc, &l->sink, sink_answers, l, 5000);
}

enum err sink_rules(struct scope *sc, struct lab *l, const char *text)
{
	enum err e = lab_write(sc, l->rules, text);

	if (e)
		return e;
	if (kill(l->sink.pid, SIGHUP) < 0)
		return fail(sc, ERR_UPSTREAM, "the sink does not run");
	sleep_ms(50);
	return ERR_NONE;
}

/* ---- postfix ---- */

/* Its keeper is tests/world/postfix.sh beside the sources: two levels above the programs. */
static const char *keeper_path(struct lab *l)
{
	const char *given = getenv("PENGUIN_SOURCE");

	if (given)
		return arena_printf(l->mem, "%s/tests/world/postfix.sh", given);
	return arena_printf(l->mem, "%s/../../tests/world/postfix.sh", l->bin);
}

static enum err start_keeper(struct scope *sc, struct lab *l)
{
	const char *smtp = arena_printf(l->mem, "%d", l->smtp_port);
	const char *next = arena_printf(l->mem, "%d", l->sink_port);
	const char *const argv[] = { "sudo", "-n", "sh", keeper_path(l), lab_path(l, "postfix"),
		smtp, next, NULL };
	int in[2], out[2];
	struct proc_spec spec = { "postfix keeper", getuid() == 0 ? argv + 2 : argv,
		lab_path(l, "log/postfix.log"), NULL, 0, 0 };
	enum err e;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return fail(sc, ERR_AWAY, "cannot make a pipe: %m");
	spec.in = in[0];
	spec.out = out[1];
	/* Not told to the janitor: it ends by itself when its input does, after stopping Postfix.
	 */
	e = proc_start(sc, NULL, &spec, &l->postfix);
	close(in[0]);
	close(out[1]);
	l->postfix_in = in[1];
	l->postfix_out = out[0];
	return e;
}

enum err postfix_do(struct scope *sc, struct lab *l, const char *command)
{
	char answer[512];
	ssize_t n;

	if (dprintf(l->postfix_in, "%s\n", command) < 0)
		return fail(sc, ERR_UPSTREAM, "the keeper of Postfix is gone");
	n = read(l->postfix_out, answer, sizeof answer - 1);
	if (n <= 0)
		return fail(sc, ERR_UPSTREAM, "the keeper of Postfix is gone%s",
			getuid() == 0 ? "" : "; it needs root or sudo without a question");
	answer[n] = 0;
	if (!str_starts(answer, "ok"))
		return fail(sc, ERR_UPSTREAM, "postfix %s: %s", command, answer);
	return ERR_NONE;
}

static bool postfix_answers(void *arg)
{
	const struct lab *l = arg;

	return port_answers(l->smtp_port);
}

enum err postfix_start(struct scope *sc, struct lab *l)
{
	enum err e = l->postfix_in < 0 ? start_keeper(sc, l) : ERR_NONE;

	if (!e)
		e = postfix_do(sc, l, "start");
	return e ? e : wait_ready(sc, &l->postfix, postfix_answers, l, POSTFIX_MS);
}
