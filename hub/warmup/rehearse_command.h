/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The operator's rehearsal of a warm-up plan. */
#ifndef WARMUP_REHEARSE_COMMAND_H
#define WARMUP_REHEARSE_COMMAND_H

#include "base/command.h"

extern const struct command_option rehearse_options[];
enum err rehearse_command(struct scope *sc, struct command_line *line) MUST;

#endif
