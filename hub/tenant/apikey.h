/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* API keys: bearer tokens of a tenant, with rights of their own, never more than their creator's.
 */
#ifndef TENANT_APIKEY_H
#define TENANT_APIKEY_H

#include "guard/credential.h"

#define APIKEY_MS (365 * DAY_MS)

struct apikey_new {
	const char *name;
	const char *rights; /* separated by blanks; each must be held by ACCOUNT */
	int64_t account;    /* its creator */
	int64_t workspace;  /* where it works; 0: the tenant's first */
};
/* *TOKEN ("pmk_…") is shown once. ERR_INPUT about `rights` beyond the creator's. */
enum err apikey_add(struct scope *sc, const struct apikey_new *k, const char **token) MUST;
enum err apikey_list(struct scope *sc, struct credential **rows, size_t *n) MUST;
enum err apikey_revoke(struct scope *sc, int64_t id) MUST;

#endif
