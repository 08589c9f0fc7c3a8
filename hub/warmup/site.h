/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which provider keeps the mailboxes of a recipients' domain: what the DNS said (warmup/mx.h), kept
 * for all tenants until it must be asked again.
 */
#ifndef WARMUP_SITE_H
#define WARMUP_SITE_H

#include "store/db.h"

#define SITE_AT_ONCE 200 /* domains of one call */

struct site_row {
	const char *name;     /* arena */
	const char *provider; /* arena; "other" also where nobody could say */
	int64_t number;       /* of the set of its mail servers; 0 for none */
	const char *why;      /* arena; why nobody could say, in English; or NULL */
	bool never;           /* it takes no mail, or does not exist */
	int64_t fails;        /* times in a row that nobody answered */
	int64_t until;        /* real ms; asked again then */
};

/* What is known of DOMAIN, however old. ERR_MISSING when it was never asked for. */
enum err site_find(struct scope *sc, const char *domain, struct site_row *out) MUST;
/* All of N domains (A-labels in lower case, each once; SITE_AT_ONCE at most), in their order: those
   known, and the others asked of the DNS together, within ten seconds, and kept. *SILENT: some were
   asked for and nobody answered for any. Writes by itself. */
enum err site_look_up(struct scope *sc, const char *const *domains, size_t n, struct site_row **out,
	bool *silent) MUST;
/* Forgets those that nobody asked for in the month since they ran out. Writes by itself. */
enum err site_sweep(struct scope *sc) MUST;

#endif
