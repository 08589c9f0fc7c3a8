/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tables that are part of the program: data/plans, providers, rules. */
#ifndef PACE_DATA_H
#define PACE_DATA_H

#include "base/str.h"

/* NAME is a file of shared/pace/data; anything else is a mistake of the program. */
struct bytes pace_data(const char *name);

#endif
