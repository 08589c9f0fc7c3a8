/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The few named values of the whole installation: clock, canary, stops. */
#ifndef SETUP_SETTING_H
#define SETUP_SETTING_H

#include "store/db.h"

/* *VALUE NULL where it was never set. */
enum err setting_get(struct scope *sc, const char *name, const char **value) MUST;
/* Inside db_write(). */
enum err setting_put(struct scope *sc, const char *name, const char *value) MUST;
/* Inside db_write(): unless it is set already; *VALUE is what stands then. */
enum err setting_first(
	struct scope *sc, const char *name, const char *wish, const char **value) MUST;

#endif
