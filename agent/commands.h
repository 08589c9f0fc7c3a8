/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What penguin-agent can be asked to do. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "base/command.h"

extern const struct program agent_program;

#endif
