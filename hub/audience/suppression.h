/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Addresses nobody may mail. Only a keyed hash is kept (HMAC-SHA-256 under a secret derived from
 * the tenant's key), so the list outlives an erasure without naming anyone. Checked when a mail is
 * leased; what holds for the whole tenant again by the appliance, from its parts `suppression`.
 */
#ifndef AUDIENCE_SUPPRESSION_H
#define AUDIENCE_SUPPRESSION_H

#include "store/db.h"

#define SUPPRESSION_BYTES 32

struct suppression {
	const char *scope; /* arena; "tenant", "workspace", "campaign" */
	int64_t scope_id;  /* 0 for the tenant */
	struct bytes key_hash;
	const char *reason; /* arena; "unsubscribed", "bounced", "complained", "manual", "erased" */
	const char *source; /* arena; what put it there */
	int64_t at, expires;
};

/* Inside db_write(). KEY is the normalised address. SCOPE as in the struct. The first reason stays.
 */
enum err suppression_add(struct scope *sc, const char *scope, int64_t scope_id, const char *key,
	const char *reason, const char *source) MUST;
/* Inside db_write(): an address's entry goes; "erased" and "complained" stay. */
enum err suppression_drop(
	struct scope *sc, const char *scope, int64_t scope_id, const char *key) MUST;
/* *REASON is NULL when the address may be mailed in WORKSPACE for CAMPAIGN (0 for none). */
enum err suppression_has(struct scope *sc, int64_t workspace, int64_t campaign, const char *key,
	const char **reason) MUST;

/* By hand: for all of the tenant's workspaces, or with SCOPE "workspace" for the chosen one alone.
   TYPED is one address, or many on lines of their own; broken lines are counted. */
enum err suppression_import(struct scope *sc, const char *scope, const char *typed, int64_t *added,
	int64_t *broken) MUST;
/* By hand, with a REASON for the audit. ERR_MISSING when the address is not on that list. */
enum err suppression_remove(
	struct scope *sc, const char *scope, const char *typed, const char *why) MUST;
/* What holds in the chosen workspace, newest first; BEFORE is *MORE of the page before, or NULL;
 *MORE is NULL at the end. */
enum err suppression_list(struct scope *sc, const char *before, int limit,
	struct suppression **list, size_t *n, const char **more) MUST;
enum err suppression_count(struct scope *sc, int64_t *n) MUST;

#endif
