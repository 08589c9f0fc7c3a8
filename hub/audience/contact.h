/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* People a workspace writes to, with fields of its own choice beside the fixed ones. */
#ifndef AUDIENCE_CONTACT_H
#define AUDIENCE_CONTACT_H

#include "store/db.h"

struct contact {
	int64_t id, workspace;
	const char *email_key;                              /* arena; normalised */
	const char *email;                                  /* arena; as typed */
	const char *name, *company, *country, *zone, *lang; /* arena; NULL where unknown */
	const char *provider;                               /* arena; NULL until resolved */
	const char *state; /* arena; "active", "unsubscribed", "bounced", "erased" */
	int64_t source;    /* import that brought it, or 0 */
	int64_t created;
};

/* A field of the workspace's own: {{ contact.plan }} in a template has the name "plan". */
struct contact_value {
	const char *name; /* lower case, letters, digits and _; at most 40 */
	const char *text; /* at most 1000 bytes */
};

struct contact_new {
	const char *email;
	const char *name, *company, *country, *zone, *lang; /* NULL or "" where unknown */
	const struct contact_value *values;
	size_t count;
	int64_t source;
};

/* ERR_CONFLICT when the workspace has that address already, ERR_INPUT for what is no address. */
enum err contact_add(struct scope *sc, const struct contact_new *in, int64_t *id) MUST;
/* Inside db_write(): adds, or fills in what IN knows. *ADDED says which. A person who left keeps
   that state, also through the suppression; one who was erased is ERR_DENIED and stays forgotten.
   KEY is the normalised address. */
enum err contact_merge(struct scope *sc, const struct contact_new *in, const char *key, int64_t *id,
	bool *added) MUST;
/* Everything but the address, which is who it is. NULL leaves as it is, "" empties. */
enum err contact_edit(struct scope *sc, int64_t id, const struct contact_new *in) MUST;
/* ERR_MISSING also for one of another workspace than the chosen one; with none chosen, of any. */
/* Those of N ids, CONTACT_MANY at most, in any order; an id of 0 finds nobody. */
#define CONTACT_MANY 50
enum err contact_find_many(
	struct scope *sc, const int64_t *ids, size_t n, struct contact **list, size_t *found) MUST;
enum err contact_find(struct scope *sc, int64_t id, struct contact *out) MUST;
/* Own fields, by name. */
enum err contact_values(
	struct scope *sc, int64_t id, struct contact_value **values, size_t *n) MUST;
/* Names of the workspace's own fields. */
enum err contact_fields(struct scope *sc, const char ***names, size_t *n) MUST;

struct contact_filter {
	const char *search; /* begins the address, name or company; NULL or "" for all */
	const char *state;  /* NULL or "" for all but erased */
	int64_t source;     /* those in the file of this import, or 0 */
	int64_t after;      /* id of the last one seen: newest first; 0 starts */
	int limit;          /* 1..200 */
};
/* Of the chosen workspace, newest first. */
enum err contact_list(
	struct scope *sc, const struct contact_filter *f, struct contact **list, size_t *n) MUST;
struct contact_counts {
	int64_t active, unsubscribed, bounced, erased;
};
enum err contact_count(struct scope *sc, struct contact_counts *out) MUST;

/* No more mail to this person: state, suppression of the address and the fact, on which campaigns
   stop and recall. REASON is "unsubscribed", "bounced", "complained" or "manual"; SOURCE says
   where ("link", "one-click", "dashboard" …); MESSAGE is the mail it came through, or 0. Twice is
   once. */
enum err contact_stop(
	struct scope *sc, int64_t id, const char *reason, const char *source, int64_t message) MUST;
/* Back to active, by hand: suppression of the tenant is lifted. Not for the erased. */
enum err contact_resume(struct scope *sc, int64_t id) MUST;

/* Personal columns and details go, also in mails and enrolments; the keyed hash in the suppression
   stays, so that a later import does not bring the person back; mail under way is recalled. */
enum err contact_erase(struct scope *sc, int64_t id) MUST;

#endif
