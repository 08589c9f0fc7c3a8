/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The DNS records a sender's domain needs: what should stand where, what was found, since when. The
 * first proves that the domain is the company's own; the others decide whether its mail is believed
 * and answers arrive. Where appliances with a mail server of their own have the domain, they say
 * what MX, SPF and DKIM are to be.
 */
#ifndef SENDER_RECORD_H
#define SENDER_RECORD_H

#include "fleet/wanted.h"
#include "sender/domain.h"

struct record {
	const char *purpose;  /* arena; "owner", "mx", "spf", "dkim", "dmarc" */
	const char *title;    /* static; catalogue key, "Incoming mail", "SPF" … */
	const char *name;     /* arena; where it stands */
	const char *type;     /* static; "TXT", "MX" */
	const char *expected; /* arena; what should stand there, or how it looks */
	const char
		*zone; /* arena; the same in strings of at most 255 bytes, or NULL: it is short */
	bool exact;    /* EXPECTED is to be published just so */
	const char *found;           /* arena; a line each, "" for nothing */
	const char *state;           /* arena; "unchecked", "good", "missing", "wrong", "unclear" */
	const char *reason;          /* arena; catalogue key of why it is not good, or "" */
	int64_t checked_at;          /* real ms of the last answer that counted; 0: none yet */
	int64_t since;               /* real ms since when it has this state */
	const struct wanted *wanted; /* arena; of a DKIM key: the appliance's wish; or NULL */
};

/* "owner", "mx", "spf", "dkim", "dmarc". */
#define RECORD_COUNT 5

struct records {
	struct record *list; /* arena; those five in this order, then further DKIM keys */
	size_t count;
	/* What appliances ask for; arena; NULL where none does. */
	const char *const *hosts; /* of MX */
	size_t host_count;
	const char *policy; /* of SPF */
	const struct wanted *wanted;
	size_t wanted_count;
};

enum err record_list(struct scope *sc, const struct domain *d, struct records *out) MUST;
/* Of several domains at once: how many of each are good, in the order of LIST. */
enum err record_count(struct scope *sc, const struct domain *list, size_t n, int64_t **good) MUST;

/* What proves domain NAME to be sc->tenant's: the same whenever it is asked for. */
enum err record_token(struct scope *sc, const char *name, const char **token) MUST;

#endif
