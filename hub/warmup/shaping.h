/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A company's own shaping rules: what replies of providers ask of its lanes, before the rules of
 * the program (pace/shape.h). One text, kept in versions; the newest holds on all its appliances.
 */
#ifndef WARMUP_SHAPING_H
#define WARMUP_SHAPING_H

#include "pace/shape.h"
#include "store/db.h"

#define SHAPING_TEXT 12000 /* bytes at most */

struct shaping_version {
	int64_t version, created; /* 0 where there never were any */
	const char *body;         /* arena; "" for none */
};
enum err shaping_find(struct scope *sc, struct shaping_version *out) MUST;
/* The newest first. */
enum err shaping_versions(struct scope *sc, struct shaping_version **rows, size_t *n) MUST;
/* BODY's rules, then those of the program. ERR_INPUT about "body" names the line: what cannot be
   read, an expression that does not compile, a provider nobody knows, a name of the program's. */
enum err shaping_read(struct scope *sc, const char *body, const struct shape_rules **rules) MUST;
/* VERSION is the one that was read: ERR_CONFLICT when there is a newer one. Tells the appliances;
   writes by itself. */
enum err shaping_save(struct scope *sc, int64_t version, const char *body) MUST;

#endif
