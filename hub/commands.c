/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything that the operator's command line can start. */
#include "commands.h"

#include "backup/backup_command.h"
#include "config.h"
#include "fleet/fleet_command.h"
#include "mailu/mailu_backup_command.h"
#include "open.h"
#include "people/account_command.h"
#include "sender/sender_command.h"
#include "serve.h"
#include "tenant/tenant_command.h"
#include "warmup/rehearse_command.h"

/* ---- about the installation itself ---- */

static enum err config_check(struct scope *sc, struct command_line *line)
{
	(void)sc;
	out_printf(&line->out, "%s is good\n", line->config);
	return ERR_NONE;
}

static enum err migrate(struct scope *sc, struct command_line *line)
{
	int applied;
	enum err e = hub_migrate(sc, &applied);

	if (!e)
		out_printf(&line->out, "applied %d migrations\n", applied);
	return e;
}

/* clang-format off */
static const struct command commands[] = {
	{ "serve", NEEDS_SERVE, NULL, NULL, "Runs the hub until SIGTERM.", serve },
	{ "config-check", NEEDS_CONFIG, NULL, NULL, "Reads the configuration and says what is wrong with it.", config_check },
	{ "migrate", NEEDS_CONFIG, NULL, NULL, "Brings the database to this version of the program.", migrate },
	{ "master-key", NEEDS_NOTHING, NULL, "FILE", "Makes a master key in a file that does not exist yet. Keep a copy apart from every backup.", master_key_command },
	{ "backup", NEEDS_STORE, backup_options, NULL, "Writes a sealed copy of the database and of objects_dir while the hub runs; keys go into a second file.", backup_command },
	{ "restore", NEEDS_OWNER, restore_options, NULL, "Fills an empty database and objects_dir from a backup. Nothing is sent until each appliance has said what it sent since.", restore_command },
	{ "broker-sync", NEEDS_HUB, broker_options, NULL, "Writes the MQTT broker's configuration, certificates and revocations.", broker_sync_command },
	{ "user add", NEEDS_HUB, user_add_options, NULL, "Makes an account and prints its id.", user_add },
	{ "user password", NEEDS_HUB, user_password_options, NULL, "Sets a new password and ends the person's sessions.", user_password },
	{ "user list", NEEDS_STORE, user_list_options, NULL, "Lists all accounts.", user_list },
	{ "tenant add", NEEDS_HUB, tenant_add_options, NULL, "Makes a tenant with its first workspace and prints its id.", tenant_add_command },
	{ "tenant list", NEEDS_STORE, tenant_list_options, NULL, "Lists all tenants.", tenant_list_command },
	{ "api-key", NEEDS_HUB, api_key_options, NULL, "Makes an API key with all rights and prints it; it is shown once.", api_key_command },
	{ "domain confirm", NEEDS_HUB, domain_confirm_options, NULL, "Vouches for a domain: it may be used whatever its DNS records say.", domain_confirm_command },
	{ "enrol-token", NEEDS_HUB, appliance_options, NULL, "Prints a one-time token that enrols an appliance within 24 hours; plans the appliance where it is new.", enrol_token_command },
	{ "appliance list", NEEDS_STORE, appliance_list_options, NULL, "Lists a tenant's appliances.", appliance_list_command },
	{ "stop tenant", NEEDS_HUB, tenant_stop_options, NULL, "Stops all sending of a tenant; what waits is recalled.", tenant_stop_command },
	{ "stop appliance", NEEDS_HUB, appliance_reason_options, NULL, "Stops all sending through an appliance; what waits is recalled.", appliance_stop_command },
	{ "stop fleet", NEEDS_HUB, fleet_options, NULL, "Stops all sending everywhere.", fleet_stop_command },
	{ "resume tenant", NEEDS_HUB, tenant_stop_options, NULL, "Lets a stopped tenant send again.", tenant_resume_command },
	{ "resume appliance", NEEDS_HUB, appliance_options, NULL, "Lets a stopped appliance send again.", appliance_resume_command },
	{ "resume fleet", NEEDS_HUB, fleet_options, NULL, "Lets the fleet send again.", fleet_resume_command },
	{ "mailu backup", NEEDS_HUB, appliance_options, NULL, "Asks a machine for a backup of its mail server and prints its id.", mailu_backup_command },
	{ "mailu backups", NEEDS_STORE, appliance_options, NULL, "Lists the backups of a machine's mail server, the newest first.", mailu_backups_command },
	{ "do-not-await", NEEDS_HUB, appliance_options, NULL, "After a restore: goes on without what this appliance would tell. Mail that it sent or holds since the copy may be sent again by another one.", appliance_skip_command },
	{ "lost", NEEDS_HUB, appliance_reason_options, NULL, "Declares an appliance lost for good: what it held is closed as unknown, its certificate revoked. Cannot be undone.", appliance_lost_command },
	{ "rehearse", NEEDS_NOTHING, rehearse_options, NULL, "Plays a warm-up plan before simulated providers and prints each day and what was decided.", rehearse_command },
	{ 0 },
};
/* clang-format on */

const struct program hub_program = {
	.name = "penguin-hub",
	.about =
		"The hub of PenguinMails: dashboard, API, campaigns, and the appliances' post office.",
	.config = "/etc/penguin-hub/hub.conf",
	.commands = commands,
	.table = &hub_config,
};
