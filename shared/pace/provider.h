/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who keeps the mailboxes of a domain: told from the names of its mail servers, all of them, by
 * whole labels from the right. The table is data (data/providers). Pure; what the DNS says is
 * asked elsewhere.
 */
#ifndef PACE_PROVIDER_H
#define PACE_PROVIDER_H

#include "base/scope.h"
#include "base/str.h"

#define PROVIDER_NAME 31 /* bytes of a name at most */

/* Which curve of a plan warms it up. */
enum provider_class { PROVIDER_CONSUMER, PROVIDER_HOSTED, PROVIDER_OTHER, PROVIDER_CLASSES };

struct provider {
	const char *name;  /* "google-hosted": letters, digits, - */
	const char *title; /* for people */
	enum provider_class class;
};

struct providers; /* arena */

/* Whoever is in no table, and the domain whose servers nobody could name. */
#define PROVIDER_NOBODY  "other"
#define PROVIDER_UNKNOWN "unknown"

/* ERR_INPUT names the line. A suffix that stands twice is refused. */
enum err providers_parse(struct scope *sc, struct bytes text, const struct providers **out) MUST;
/* The table that is part of the program. */
const struct providers *providers_builtin(struct scope *sc);

size_t providers_count(const struct providers *p);
const struct provider *providers_at(const struct providers *p, size_t i);
/* By name; "other" for every name that is not in the table. Never NULL. */
const struct provider *provider_named(const struct providers *p, const char *name);
/* HOSTS are lower case without a final dot. "other" when they do not all belong to one. */
const struct provider *provider_of(
	const struct providers *p, const char *const *hosts, size_t count);
/* A number for a set of mail servers, whatever their order: one site behind many domains. */
uint32_t provider_site(const char *const *hosts, size_t count);

#endif
