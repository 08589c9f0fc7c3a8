/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of everything that a fact can start. */
#ifndef FOLLOWS_H
#define FOLLOWS_H

#include "event/event.h"

extern const struct follower follows[];

#endif
