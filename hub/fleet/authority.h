/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The installation's three certificate authorities: server, agent, hub (crypt/x509.h). Each is self
 * signed, made at the first start and kept in table `authority` with its key sealed under the
 * master key. The newest version signs; all that have not run out are trusted.
 */
#ifndef FLEET_AUTHORITY_H
#define FLEET_AUTHORITY_H

#include "crypt/x509.h"
#include "hub.h"

enum authority { AUTHORITY_SERVER, AUTHORITY_AGENT, AUTHORITY_HUB, AUTHORITY_KINDS };

/* Makes those that do not exist. Any number of hubs may do so at once: one wins. */
enum err authority_start(struct scope *sc) MUST;
/* The newest, to sign with. The key's text lives in SC's arena. */
enum err authority_pair(struct scope *sc, enum authority kind, struct x509_pair *pair) MUST;
/* All that are trusted, newest first, as one PEM text. */
enum err authority_bundle(struct scope *sc, enum authority kind, const char **pem) MUST;

/* Paths of this hub's own certificate files under state_dir. */
struct authority_files {
	const char *server_ca, *agent_ca, *hub_ca; /* bundles */
	const char *agents_cert, *agents_key;      /* listen.agents */
	const char *hub_cert, *hub_key;            /* client certificate towards the broker */
	const char *broker_cert, *broker_key;      /* both broker listeners */
	const char *crl;                           /* revoked appliances */
};
/* Where they are; nothing is touched. All texts in SC's arena. */
struct authority_files authority_paths(struct scope *sc);
/*
 * Mints what is missing, has less than a third of its life left, is made for other names than the
 * configuration's, or signed by an authority that is no longer the newest; and the bundles and the
 * list of revoked certificates beside them. Each file is 0600 and replaced whole. *CHANGED counts
 * certificates made; may be NULL.
 */
enum err authority_write(struct scope *sc, int *changed) MUST;
/* The list of revoked appliance certificates as PEM, signed now. */
enum err authority_crl(struct scope *sc, const char **pem) MUST;

#endif
