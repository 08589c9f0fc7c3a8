/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a MailU on this machine shall be, checked: what the hub wants, what this machine adds (where
 * it lies, its secrets), and what follows from both. Everything rendered later is made from this
 * alone, and every text in it is safe in an env file, an SMTP command and a shell's double quotes.
 */
#ifndef MAILU_SPEC_H
#define MAILU_SPEC_H

#include "wire/mailu.h"

/* Where this machine keeps MailU; from its configuration. Borrowed texts. */
struct mailu_site {
	const char *root;    /* folder of all its state */
	const char *project; /* of Compose */
	const char *org, *prefix, *redis;
	const char *docker;                              /* the engine's socket */
	const char *unit;                                /* … and unit of systemd; "" for none */
	int admin_port, smtp_port, imap_port, scan_port; /* on loopback */
	int patience_s;                                  /* from starting to healthy */
};

struct mailu_secrets {
	const char *key; /* of all of MailU */
	const char *api_token;
};

/* Local part of the mailbox of each domain that mails leave from, with a tag for each mail. */
#define MAILU_SENDER "b"

struct mailu_spec {
	const struct mailu_site *site; /* borrowed */
	struct mailu_secrets secrets;
	struct part_mailu part;
	const char *gateway, *resolver; /* first and last address of the subnet */
	const char *exempt;             /* mailboxes without MailU's own limit, parted by commas */
};

/* PART and ACCOUNTS have been checked; ACCOUNTS may be NULL. */
struct mailu_spec mailu_spec(struct scope *sc, const struct mailu_site *site,
	const struct mailu_secrets *secrets, const struct part_mailu *part,
	const struct part_accounts *accounts);

/* Reads this machine's secrets from FILE, or makes them there on the first call. */
enum err mailu_secrets(struct scope *sc, const char *file, struct mailu_secrets *out) MUST;

#endif
