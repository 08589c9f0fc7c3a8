/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Time zones by their IANA names, from the system's tzdata (TZif, RFC 8536). The C library knows
 * only one zone per process; a hub serves people in all of them.
 */
#ifndef TEXT_ZONE_H
#define TEXT_ZONE_H

#include "base/scope.h"
#include "base/str.h"

struct zone; /* arena */

/* "Europe/Berlin", "UTC". ERR_INPUT about FIELD (may be NULL) for a name the system does not know.
 */
enum err zone_find(
	struct scope *sc, const char *field, const char *name, const struct zone **z) MUST;
/* The zone written in DATA. ERR_INPUT when that is no TZif file. */
enum err zone_parse(struct scope *sc, struct bytes data, const struct zone **z) MUST;
/* Seconds east of UTC at a moment (ms since 1970). */
int32_t zone_offset(const struct zone *z, int64_t ms);
/* Every name there is, sorted, for choices: arena array. */
enum err zone_list(struct scope *sc, const char ***names, size_t *n) MUST;

#endif
