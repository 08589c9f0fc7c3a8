/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Parts of the desired state that make a machine a mail server of its own with MailU: `mailu` says
 * what runs, `accounts` whose mail it is.
 */
#ifndef WIRE_MAILU_H
#define WIRE_MAILU_H

#include "wire/wire.h"

/* The image of one service is exactly this one. */
struct part_digest {
	const char *service; /* "front", "smtp" … */
	const char *digest;  /* "sha256:…" */
};

/* A way out with limits of its own, for the domains that `routes` send there. */
struct part_transport {
	const char *name;    /* lower-case letters and digits */
	int64_t delay_s;     /* between two mails to one domain */
	int64_t concurrency; /* connections to one domain at a time */
};
struct part_route {
	const char *domain;    /* of recipients */
	const char *transport; /* one of the transports' names */
};

/* A further parameter of Postfix. */
struct part_setting {
	const char *name;
	const char *value;
};

struct part_mailu {
	const char *version;    /* "2024.06.57" */
	const char *host;       /* what it calls itself; its PTR must say the same */
	const char *domain;     /* the main one, of postmaster */
	const char *postmaster; /* local part */
	const char *subnet;     /* of the containers: "192.168.203.0/24" */
	const char *address;    /* IPv4 that port 25 is open on */
	const char *tls;        /* "cert" or "letsencrypt" */
	const char *selector;   /* of the DKIM keys that sign */
	const char *next;       /* keys of this selector are made and their records told; or NULL */
	const char *old;        /* keys of this one are kept; or NULL. All others are removed */
	bool off;               /* nothing of it runs; what it has on disk stays */
	struct part_digest *digests;
	size_t digest_count;
	struct part_transport *transports;
	size_t transport_count;
	struct part_route *routes;
	size_t route_count;
	struct part_setting *settings;
	size_t setting_count;
};

/* A mailbox that MailU keeps, or another name for some. */
struct part_target {
	const char *address;
};
struct part_account {
	const char *address;
	const char *name;            /* shown; of a mailbox; or NULL */
	struct part_target *targets; /* none: it is a mailbox */
	size_t target_count;
};
struct part_served {
	const char *name; /* a domain */
};
struct part_accounts {
	struct part_served *domains;
	size_t domain_count;
	struct part_account *list;
	size_t count;
};

WIRE_CODEC(mailu, part_mailu);
WIRE_CODEC(accounts, part_accounts);

/* ---- what can be (mailu_check.c): hub and agent refuse by the same rules ---- */

/* A parsed IPv4 network, host byte order. */
struct mailu_net {
	uint32_t first, last;
	int bits;
};
/* ERR_INPUT for anything but a private network of 16 to 28 bits, written by its first address. */
enum err mailu_net_parse(struct scope *sc, const char *text, struct mailu_net *net) MUST;

/* ERR_INPUT with sc->field where the part asks for what cannot be. */
enum err mailu_check(struct scope *sc, const struct part_mailu *part) MUST;
/* ERR_INPUT for a domain that is none or stands twice, an address outside the domains, an alias
   without a mailbox of ours behind it. */
enum err accounts_check(struct scope *sc, const struct part_accounts *part) MUST;

#endif
