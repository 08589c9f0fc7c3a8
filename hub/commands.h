/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "base/command.h"

extern const struct program hub_program;

#endif
