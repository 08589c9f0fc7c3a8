/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The migrations of agent/schema, embedded in the program. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include "base/embedded.h"

extern const struct embedded agent_schema[];
extern const size_t agent_schema_count;

#endif
