/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Appliances that are mail servers of their own with MailU: what each shall be, and the parts
 * `mailu` and `accounts` that tell it. Every change puts both on the shelf in its transaction.
 * Functions without "inside db_write()" write by themselves.
 */
#ifndef MAILU_MAILU_H
#define MAILU_MAILU_H

#include "store/db.h"
#include "wire/mailu.h"

#define MAILU_VERSION "2024.06.57"
#define MAILU_SUBNET  "192.168.203.0/24"

/* Providers whose domains may have a way out with limits of its own. */
#define MAILU_LIMITS 5
extern const char *const mailu_providers[MAILU_LIMITS]; /* "google" …, as in pace/provider.h */
struct mailu_limit {
	int64_t delay; /* seconds between two mails to one domain */
	int64_t many;  /* connections to one domain at a time; 0: no way of its own */
};

struct mailu_settings {
	const char *version, *host, *domain, *postmaster, *subnet, *address, *tls;
	const char *selector; /* of the first keys only; later ones come by selector_change() */
	const char *digests;  /* lines of a service and a digest */
	struct mailu_limit limits[MAILU_LIMITS]; /* in the order of mailu_providers */
};

struct mailu {
	int64_t appliance;
	const char *state; /* "on", "off" */
	struct mailu_settings settings;
	int64_t number;
	const char *next, *old; /* selectors, or NULL */
	int64_t old_until;      /* real ms; 0: the new keys do not sign yet */
	int64_t changed_at;
};

bool mailu_is_on(const struct mailu *m);
/* ERR_MISSING for an appliance that never was one. */
enum err mailu_find(struct scope *sc, int64_t appliance, struct mailu *m) MUST;
/* The same, or what a first form shows: as far as it can be told from what is there. */
enum err mailu_draft(struct scope *sc, int64_t appliance, struct mailu *m) MUST;
/* Turns it on, or changes it. ERR_INPUT with the field, by the rules the agent has. */
enum err mailu_set(struct scope *sc, int64_t appliance, const struct mailu_settings *in) MUST;
/* Nothing of it runs any more; what is on the machine's disk stays there. ERR_CONFLICT when off. */
enum err mailu_off(struct scope *sc, int64_t appliance) MUST;

/* The name of a machine's NUMBERth keys. */
const char *mailu_selector(struct scope *sc, int64_t appliance, int64_t number);

/* Inside db_write(): both parts as they should be now; nothing where MailU never was. */
enum err mailu_push(struct scope *sc, int64_t appliance) MUST;
/* Inside db_write(): of all machines of the tenant. */
enum err mailu_refresh(struct scope *sc) MUST;
/* The part as M says it. ERR_INPUT where its digests cannot be read. */
enum err mailu_part(struct scope *sc, const struct mailu *m, struct part_mailu *part) MUST;

#endif
