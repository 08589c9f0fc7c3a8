/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's commands about people. */
#ifndef PEOPLE_ACCOUNT_COMMAND_H
#define PEOPLE_ACCOUNT_COMMAND_H

#include "base/command.h"

extern const struct command_option user_add_options[], user_password_options[], user_list_options[];
enum err user_add(struct scope *sc, struct command_line *line) MUST;
enum err user_password(struct scope *sc, struct command_line *line) MUST;
enum err user_list(struct scope *sc, struct command_line *line) MUST;

#endif
