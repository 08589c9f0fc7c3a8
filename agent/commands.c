/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "commands.h"

#include <unistd.h>

#include "base/file.h"
#include "daemon.h"
#include "enrol.h"
#include "explain.h"
#include "mailu/backup.h"
#include "vault.h"

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

static const struct command_option key_options[] = {
	{ "key", "FILE", true,
		"The key it is sealed with, as `penguin-agent mailu key` makes it." },
	{ 0 },
};

static const struct command_option restore_options[] = {
	{ "key", "FILE", false,
		"The key that FILE is sealed with; one of the hub brings its own." },
	{ 0 },
};

typedef enum err carry_fn(struct scope *sc, const struct mailu_place *p, const char *file,
	const struct seal_key *key, struct mailu_sum *sum);

static enum err tell_sum(struct command_line *line, const struct mailu_sum *sum)
{
	out_printf(&line->out, "%lld files, %lld bytes\n", (long long)sum->files,
		(long long)sum->bytes);
	return ERR_NONE;
}

static enum err carry(struct scope *sc, struct command_line *line, carry_fn *fn)
{
	const struct agent_config *c = &machine_of(sc)->config;
	const char *file = command_option(line, "key");
	struct seal_key key = { .version = 0 };
	struct mailu_sum sum;
	enum err e = file ? seal_key_read(sc, file, &key)
			  : fail(sc, ERR_INPUT, "--key is needed: what FILE is sealed with");

	if (!e)
		e = fn(sc, &(struct mailu_place){ c->mailu_root, c->state_dir }, line->operand,
			&key, &sum);
	seal_key_wipe(&key);
	return e ? e : tell_sum(line, &sum);
}

static enum err backup(struct scope *sc, struct command_line *line)
{
	return carry(sc, line, mailu_backup);
}

#define FROM_HUB "hub:"

static enum err restore(struct scope *sc, struct command_line *line)
{
	struct mailu_sum sum;
	enum err e;

	if (!str_starts(line->operand, FROM_HUB))
		return carry(sc, line, mailu_restore);
	e = vault_restore(sc, &machine_of(sc)->config, line->operand + strlen(FROM_HUB), &sum);
	return e ? e : tell_sum(line, &sum);
}

static enum err make_key(struct scope *sc, struct command_line *line)
{
	struct seal_key key;
	const char *text;
	enum err e;

	if (access(line->operand, F_OK) == 0)
		return fail(sc, ERR_CONFLICT, "%s exists", line->operand);
	seal_key_make(&key, 0);
	text = arena_printf(sc->mem, "%s\n", str_base64url(sc->mem, key.bytes, sizeof key.bytes));
	e = file_write(sc, line->operand, 0600, bytes_of(text, strlen(text)));
	seal_key_wipe(&key);
	return e;
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
	{ "mailu backup", NEEDS_CONFIG, key_options, "FILE",
		"Put all of MailU that cannot be made again into a sealed file, while it runs.",
		backup },
	{ "mailu key", NEEDS_NOTHING, NULL, "FILE",
		"Make the key that backups are sealed with. Keep a copy elsewhere.", make_key },
	{ "mailu restore", NEEDS_CONFIG, restore_options, "FILE",
		"Put a backup onto a machine without a MailU: a file, or as hub:BACKUP one that was released to it.",
		restore },
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
