/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef OBJECT_OBJECT_PRIV_H
#define OBJECT_OBJECT_PRIV_H

#include "object/object.h"

/* The file of PLACE; arena. */
const char *object_path(struct scope *sc, const char *place);

#endif
