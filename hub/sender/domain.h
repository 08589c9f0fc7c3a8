/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Domains a tenant sends from, as A-labels in lower case. Domains of free-mail providers are
   refused: their DMARC policy makes every such mail fail. */
#ifndef SENDER_DOMAIN_H
#define SENDER_DOMAIN_H

#include "store/db.h"

struct domain {
	int64_t id, workspace;
	const char *name;     /* arena; A-labels */
	int64_t appliance;    /* 0 for none */
	const char *state;    /* arena; "pending", "verified", "stopped" */
	const char *proved;   /* arena; "dns", "operator", or NULL */
	const char *selector; /* arena; its DKIM key stands at SELECTOR._domainkey */
	int64_t checked_at;   /* real ms of the last check of its records; 0: none yet */
	int64_t created;
};

/* A provider of free mailboxes (gmail.com …). NAME is an A-label name. */
bool domain_is_freemail(const char *name);

/* For the chosen workspace; its records are looked up at once (domain_check.h). Calls db_write()
   itself, as all that change in an area's header. */
enum err domain_add(struct scope *sc, const char *name, int64_t *id) MUST;
/* The operator's word: it is this company's, whatever its DNS says, and nobody else's. */
enum err domain_confirm(struct scope *sc, int64_t id) MUST;
/* No campaign launches from it any more, and somebody else may prove it theirs. */
enum err domain_stop(struct scope *sc, int64_t id) MUST;
enum err domain_set_selector(struct scope *sc, int64_t id, const char *selector) MUST;
/* ERR_MISSING also for one of another workspace than the chosen one; with none chosen, of any. */
enum err domain_find(struct scope *sc, int64_t id, struct domain *out) MUST;
/* The company's, in whatever workspace; ERR_MISSING. */
enum err domain_find_name(struct scope *sc, const char *name, struct domain *out) MUST;
/* Of the chosen workspace, by name. */
enum err domain_list(struct scope *sc, struct domain **list, size_t *n) MUST;

#endif
