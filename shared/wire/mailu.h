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
	const char *selector;   /* of all DKIM keys */
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

#endif
