/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's commands about machines. */
#ifndef FLEET_FLEET_COMMAND_H
#define FLEET_FLEET_COMMAND_H

#include "base/command.h"
#include "fleet/appliance.h"

extern const struct command_option appliance_options[], appliance_reason_options[],
	appliance_list_options[], fleet_options[], broker_options[];
/* The appliance that appliance_options name; SC is the system's, of its tenant, from here on. */
enum err appliance_chosen(
	struct scope *sc, const struct command_line *line, struct appliance *a) MUST;

enum err enrol_token_command(struct scope *sc, struct command_line *line) MUST;
enum err appliance_list_command(struct scope *sc, struct command_line *line) MUST;
enum err appliance_stop_command(struct scope *sc, struct command_line *line) MUST;
enum err appliance_resume_command(struct scope *sc, struct command_line *line) MUST;
enum err appliance_lost_command(struct scope *sc, struct command_line *line) MUST;
enum err appliance_skip_command(struct scope *sc, struct command_line *line) MUST;
enum err fleet_stop_command(struct scope *sc, struct command_line *line) MUST;
enum err fleet_resume_command(struct scope *sc, struct command_line *line) MUST;
enum err broker_sync_command(struct scope *sc, struct command_line *line) MUST;

#endif
