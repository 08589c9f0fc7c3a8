/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether what the DNS says is what a domain needs: pure functions, between sender's files. */
#ifndef SENDER_RECORD_JUDGE_H
#define SENDER_RECORD_JUDGE_H

#include "net/dns.h"

struct verdict {
	const char *state;  /* static; "good", "missing", "wrong", "unclear" */
	const char *reason; /* static; catalogue key, "" when good */
	const char *found;  /* arena; a line each */
};

/* TOKEN stands among them. */
struct verdict judge_owner(struct scope *sc, const struct dns_answer *a, const char *token);
/* Somebody takes its mail. */
struct verdict judge_mx(struct scope *sc, const struct dns_answer *a);
/* One policy that is neither open to everybody nor impossible to evaluate (RFC 7208). */
struct verdict judge_spf(struct scope *sc, const struct dns_answer *a);
/* A key that is not revoked (RFC 6376). */
struct verdict judge_dkim(struct scope *sc, const struct dns_answer *a);
/* The same, and each of HOSTS, which all take its mail, is among them. */
struct verdict judge_mx_exactly(
	struct scope *sc, const struct dns_answer *a, const char *const *hosts, size_t n);
/* The same, and the policy lets in what POLICY names: in its words, or by an MX that leads there.
   Of addresses and other domains' policies it cannot be told here whom they let in. */
struct verdict judge_spf_exactly(
	struct scope *sc, const struct dns_answer *a, const char *policy, bool mx_leads_there);
/* Just the key of EXPECTED. */
struct verdict judge_dkim_exactly(
	struct scope *sc, const struct dns_answer *a, const char *expected);
/* One policy, its own or PARENT's (NULL where there is none) (RFC 7489). */
struct verdict judge_dmarc(
	struct scope *sc, const struct dns_answer *a, const struct dns_answer *parent);

#endif
