/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A browser's User-Agent as a person would name it, for the list of sessions. */
#ifndef WEB_AGENT_NAME_H
#define WEB_AGENT_NAME_H

#include "base/scope.h"

/* "Firefox on Linux"; "another program" where nothing is known or HEADER is NULL. Arena. */
const char *agent_name(struct scope *sc, const char *header);

#endif
