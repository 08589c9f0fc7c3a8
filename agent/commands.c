/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "commands.h"

#include "daemon.h"
#include "enrol.h"
#include "explain.h"

static enum err run(struct scope *sc, struct command_line *line)
{
	return machine_run(sc, machine_of(sc));
}

static const struct command_option enrol_options[] = {
	{ "force", NULL, false, "Also where this machine belongs to another appliance." },
	{ 0 },
};

static enum err join(struct scope *sc, struct command_line *line)
{
	struct identity id;
	enum err e = enrol(sc, machine_of(sc)->config.state_dir, line->operand,
		command_has(line, "force"), &id);

	if (!e)
		out_printf(&line->out, "enrolled as %s\n", id.id);
	return e;
}

static const struct command_option print_options[] = {
	{ "json", NULL, false, "For programs." },
	{ 0 },
};

static enum err explain(struct scope *sc, struct command_line *line)
{
	return explain_message(sc, line->operand, command_has(line, "json"), &line->out);
}

static enum err status(struct scope *sc, struct command_line *line)
{
	return explain_status(sc, command_has(line, "json"), &line->out);
}

static const struct command commands[] = {
	{ "run", NEEDS_RUN, NULL, NULL,
		"Run the daemon. This is also what happens without a command.", run },
	{ "enrol", NEEDS_CONFIG, enrol_options, "TOKEN",
		"Join the hub that gave the token: makes the keys here and gets the certificate.",
		join },
	{ "explain", NEEDS_STATE, print_options, "MESSAGE",
		"Say which limit holds a mail, who set it and when it lifts, or what became of it.",
		explain },
	{ "status", NEEDS_STATE, print_options, NULL, "Say how this machine stands.", status },
	{ 0 },
};

const struct program agent_program = {
	.name = "penguin-agent",
	.about = "sends mail from this machine as its hub says",
	.config = AGENT_CONFIG_FILE,
	.commands = commands,
	.table = &agent_config_table,
};
