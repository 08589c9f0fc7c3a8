/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rest of the world for tests and the demonstration: a mail server that answers as told. */
#include <getopt.h>
#include <signal.h>

#include "serve.h"

#include "base/str.h"

static struct sink *sink;

static void on_signal(int number)
{
	if (number == SIGHUP)
		sink_reload(sink);
	else
		sink_stop(sink);
}

static void show_help(void)
{
	puts("usage: sink [OPTION]…\n"
	     "A small SMTP server that answers each recipient as a script says and keeps a record.\n"
	     "\n"
	     "  --host ADDRESS  IPv4 address to listen on (127.0.0.1)\n"
	     "  --port PORT     0 takes a free one and prints it (0)\n"
	     "  --rules FILE    what to answer; read again on SIGHUP\n"
	     "  --record FILE   a line per recipient, on the disk before 250 is said (sink.log)\n"
	     "  --mails FOLDER  keeps each accepted mail as N.eml\n"
	     "  --help\n"
	     "\n"
	     "Rules, first match wins: PATTERN 250 | 550 text | data 554 text | defer N 451 text |\n"
	     "421 text | drop N | delay MS rule. The record's columns, separated by tabs: what, time,\n"
	     "message-id, recipient, sender, queue-id, size, reply, file.");
}

static bool read_options(int argc, char **argv, struct sink_config *c, bool *help)
{
	static const struct option options[] = { { "host", required_argument, NULL, 'h' },
		{ "port", required_argument, NULL, 'p' }, { "rules", required_argument, NULL, 'r' },
		{ "record", required_argument, NULL, 'o' },
		{ "mails", required_argument, NULL, 'm' }, { "help", no_argument, NULL, '?' + 256 },
		{ 0 } };
	int64_t port = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h')
			c->host = optarg;
		else if (option == 'p' && str_int(optarg, 0, 65535, &port))
			c->port = (int)port;
		else if (option == 'r')
			c->rules = optarg;
		else if (option == 'o')
			c->record = optarg;
		else if (option == 'm')
			c->mails = optarg;
		else if (option == '?' + 256)
			*help = true;
		else
			return false;
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct sink_config config = { .host = "127.0.0.1", .record = "sink.log" };
	const struct clock clock = { .rate = 1 };
	const struct world world = { .clock = &clock };
	struct scope sc;
	bool help = false;
	enum err e;

	if (!read_options(argc, argv, &config, &help)) {
		fputs("sink: bad option; see sink --help\n", stderr);
		return 2;
	}
	if (help) {
		show_help();
		return 0;
	}
	scope_open(&sc, &world, "sink");
	e = sink_open(&sc, &config, &sink);
	if (!e) {
		signal(SIGTERM, on_signal);
		signal(SIGINT, on_signal);
		signal(SIGHUP, on_signal);
		printf("%d\n", sink_port(sink));
		fflush(stdout);
		e = sink_run(&sc, sink);
		sink_close(sink);
	}
	if (e)
		fprintf(stderr, "sink: %s\n", sc.why);
	scope_close(&sc);
	return e ? 1 : 0;
}
