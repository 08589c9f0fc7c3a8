/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's commands about backups of mail servers, for hub/commands.c. */
#ifndef MAILU_MAILU_BACKUP_COMMAND_H
#define MAILU_MAILU_BACKUP_COMMAND_H

#include "base/command.h"

enum err mailu_backup_command(struct scope *sc, struct command_line *line) MUST;
enum err mailu_backups_command(struct scope *sc, struct command_line *line) MUST;

#endif
