/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything that an HTTP request can start, one row each; ended by a row without method. */
#ifndef ROUTES_H
#define ROUTES_H

#include "web/door.h"

extern const struct route routes[];

#endif
