/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Block lists in the DNS: who is asked, how, and what an answer means. The table is data
 * (shared/pace/data/lists tells its format). Pure but for the file.
 */
#ifndef REPUTE_LISTS_H
#define REPUTE_LISTS_H

#include "net/dns.h"

enum list_weight { LIST_STOP, LIST_WARN, LIST_NOTE, LIST_WEIGHTS };

struct list_code {
	unsigned char low[4], high[4]; /* of the answer */
	unsigned char bit;             /* or this bit of its last number; 0 for none */
	const char *meaning;           /* "" for nothing bad */
};

#define LIST_CODES 12
struct list {
	const char *name, *zone, *title, *url;
	enum list_weight weight;
	bool domains; /* asked about domains, not addresses */
	bool four;    /* of these IPv4 alone */
	struct list_code codes[LIST_CODES];
	size_t code_count;
};

#define LISTS_MOST 40
struct lists {
	struct list list[LISTS_MOST];
	size_t count;
};

/* What the configuration names, or the program's own. */
enum err lists_open(struct scope *sc, const struct lists **out) MUST;
/* ERR_INPUT names the line. */
enum err lists_parse(struct scope *sc, const char *file, struct bytes text, struct lists *out) MUST;
/* NULL for none of this name: it was taken out of the table. */
const struct list *lists_named(const struct lists *l, const char *name);
/* The name that is looked up for WHAT, an address or an A-label domain; NULL when this list is not
   asked about such things. */
const char *list_question(struct arena *mem, const struct list *l, const char *what);

struct list_verdict {
	const char *state;  /* static; "clear", "listed", "unclear" */
	const char *code;   /* arena; the answer, or "" */
	const char *reason; /* what it means; the catalogue's key where unclear; "" where clear */
};
struct list_verdict list_judge(const struct list *l, const struct dns_answer *a);
/* What a list says of what it must name, and of what it must not name, whether it is to be
   believed; YES is NULL for a domain list. NULL, or why not as the catalogue's key. */
const char *list_doubt(
	const struct list *l, const struct dns_answer *yes, const struct dns_answer *no);

#endif
