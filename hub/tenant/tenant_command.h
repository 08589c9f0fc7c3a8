/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's commands about tenants. */
#ifndef TENANT_TENANT_COMMAND_H
#define TENANT_TENANT_COMMAND_H

#include "base/command.h"

extern const struct command_option tenant_add_options[], tenant_list_options[],
	tenant_stop_options[], api_key_options[];
enum err tenant_add_command(struct scope *sc, struct command_line *line) MUST;
enum err tenant_list_command(struct scope *sc, struct command_line *line) MUST;
enum err tenant_stop_command(struct scope *sc, struct command_line *line) MUST;
enum err tenant_resume_command(struct scope *sc, struct command_line *line) MUST;
enum err api_key_command(struct scope *sc, struct command_line *line) MUST;

#endif
