/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's commands about backups and the master key. */
#ifndef BACKUP_BACKUP_COMMAND_H
#define BACKUP_BACKUP_COMMAND_H

#include "base/command.h"

extern const struct command_option backup_options[], restore_options[];
enum err backup_command(struct scope *sc, struct command_line *line) MUST;
enum err restore_command(struct scope *sc, struct command_line *line) MUST;
enum err master_key_command(struct scope *sc, struct command_line *line) MUST;

#endif
