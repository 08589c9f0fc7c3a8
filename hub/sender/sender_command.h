/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's word about a domain. */
#ifndef SENDER_SENDER_COMMAND_H
#define SENDER_SENDER_COMMAND_H

#include "base/command.h"

extern const struct command_option domain_confirm_options[];
enum err domain_confirm_command(struct scope *sc, struct command_line *line) MUST;

#endif
