/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who keeps the mailboxes of a domain, asked of the DNS. */
#ifndef WARMUP_MX_H
#define WARMUP_MX_H

#include "net/dns.h"
#include "pace/provider.h"

struct mx_answer {
	const struct provider *provider; /* borrowed of the table; NULL: nobody could say */
	const char *why;                 /* static or arena; English, when there is none */
	bool never;                      /* the domain takes no mail, or does not exist */
	uint32_t site;                   /* provider_site() of its servers */
	int64_t ttl_s;                   /* how long this holds */
};

/* One answer per domain, in their order, in an array of the arena. DOMAINS are A-labels in lower
   case. A domain without MX is its own mail server, where it has an address (RFC 5321 §5.1). */
enum err mx_ask(struct scope *sc, const struct dns_options *o, const struct providers *table,
	const char *const *domains, size_t n, struct mx_answer **answers) MUST;

#endif
