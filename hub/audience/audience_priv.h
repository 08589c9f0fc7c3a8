/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of this area share. */
#ifndef AUDIENCE_AUDIENCE_PRIV_H
#define AUDIENCE_AUDIENCE_PRIV_H

#include "audience/contact.h"
#include "audience/suppression.h"

/* The job that finds out which provider keeps the mailboxes of new contacts. */
#define CONTACT_PROVIDERS_JOB "contact.providers"
/* So many entries of the tenant's list fit the part `suppression`. */
#define SUPPRESSION_NEWEST 6000

/* The tenant's secret for hashes of addresses. It never changes: it hangs on the first version of
   the tenant's key. */
struct suppression_key {
	unsigned char bytes[SUPPRESSION_BYTES];
};
enum err suppression_key_get(struct scope *sc, struct suppression_key *k) MUST;
/* 32 bytes in the arena. */
struct bytes suppression_hash(struct scope *sc, const struct suppression_key *k, const char *key);
/* Of the tenant and WORKSPACE; *REASON is NULL when there is none. */
enum err suppression_find(
	struct scope *sc, int64_t workspace, struct bytes hash, const char **reason) MUST;
/* Whether NAME may be a field's: lower-case letters, digits and _, a letter first. */
bool field_is_name(const char *name);
/* Inside db_write(): the field's id, made when there is none. */
enum err field_ensure(struct scope *sc, const char *name, int64_t *id) MUST;
/* Inside db_write(): "" or NULL removes. */
enum err value_set(struct scope *sc, int64_t field, int64_t contact, const char *text) MUST;
/* As contact_merge(), with what the caller keeps between rows. */
struct merge {
	const struct suppression_key *key;
	const struct contact_new *in;
	const char *email_key;
	const int64_t *fields; /* ids of IN->values, in their order */
};
enum err contact_merge_with(struct scope *sc, const struct merge *m, int64_t *id, bool *added) MUST;
/* Lengths and characters of the fixed fields; ERR_INPUT about the one at fault. */
enum err contact_check(struct scope *sc, const struct contact_new *in) MUST;

#endif
