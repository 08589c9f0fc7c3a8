/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * DNS questions over c-ares, several at once. What the DNS says is data and so is its silence: an
 * answer always comes, and says in words why it holds nothing. Answers are parsed here, strictly.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/scope.h"
#include "base/str.h"

enum dns_type { DNS_A, DNS_AAAA, DNS_MX, DNS_TXT, DNS_CNAME, DNS_PTR, DNS_NS, DNS_TYPES };

enum dns_state {
	DNS_FOUND,   /* at least one record */
	DNS_NONE,    /* the name exists, or may, but has no record of this type */
	DNS_NO_NAME, /* the name does not exist */
	DNS_FAILED,  /* nobody answered, or not sensibly: nothing is known */
};

/* Records of one answer; a zone with more is answered with the first ones. */
#define DNS_MAX_RECORDS 64

struct dns_query {
	const char *name; /* borrowed; A-label, with or without a final dot */
	enum dns_type type;
};

struct dns_record {
	/* Arena. Addresses in the usual form, names in lower case without the final dot (the root
	   is
	   ""), TXT with its strings joined. Bytes of a TXT that are neither printable ASCII nor
	   valid UTF-8 are "?". */
	const char *text;
	int64_t priority; /* of an MX */
};

struct dns_answer {
	enum dns_state state;
	const char *why; /* static or arena; English, NULL when found */
	int64_t ttl_s;   /* the least of those used; of a negative answer the zone's, or 0 */
	struct dns_record *records; /* arena; MX by priority, else as they came */
	size_t count;
};

struct dns_options {
	const char *servers; /* "192.0.2.1,192.0.2.2:5353"; NULL takes those of the system */
	int64_t timeout_ms;  /* for all together; 0 means 5 s */
};

/* Its number on the wire. */
int dns_type_code(enum dns_type t);
/* The name under which PTR is asked for an IPv4 or IPv6 address; NULL when it is none. */
const char *dns_reverse(struct arena *mem, const char *ip);
/* One answer per query, in their order, in an array of the arena; blocks until all are there or the
   time is over. ERR_INTERNAL when no resolver can be made, ERR_INPUT for bad SERVERS. */
enum err dns_look_up(struct scope *sc, const struct dns_options *o, const struct dns_query *q,
	size_t n, struct dns_answer **answers) MUST;
/* Reads one DNS message as the answer to Q. Pure; for tests and fuzzing. */
void dns_parse(
	struct arena *mem, const struct dns_query *q, struct bytes message, struct dns_answer *a);

#endif
