/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/mx.h"

#include "base/str.h"

/* Seconds an answer is kept, whatever the zone says. */
#define LEAST (60 * 60)
#define MOST  (7 * 24 * 60 * 60)
#define AGAIN (10 * 60) /* after no answer */

static int64_t within(int64_t ttl)
{
	return ttl < LEAST ? LEAST : ttl > MOST ? MOST : ttl;
}

static void judge(struct scope *sc, const struct providers *table, const struct dns_answer *d,
	struct mx_answer *a)
{
	const char **hosts = arena_array(sc->mem, d->count, sizeof *hosts);
	size_t n = 0;

	*a = (struct mx_answer){ .why = d->why, .ttl_s = within(d->ttl_s) };
	for (size_t i = 0; i < d->count; i++)
		if (*d->records[i].text)
			hosts[n++] = d->records[i].text;
	if (d->state == DNS_FAILED) {
		a->ttl_s = AGAIN;
	} else if (d->state == DNS_NO_NAME) {
		a->never = true;
	} else if (d->state == DNS_FOUND && !n) {
		a->never = true;
		a->why = "the domain says that it takes no mail";
	} else if (n) {
		a->provider = provider_of(table, hosts, n);
		a->site = provider_site(hosts, n);
	}
}

/* Without an MX the domain itself is the host, if it has an address. */
static void judge_host(const struct providers *table, const char *domain,
	const struct dns_answer *four, const struct dns_answer *six, struct mx_answer *a)
{
	const struct dns_answer *found = four->state == DNS_FOUND ? four : six;

	if (found->state == DNS_FOUND) {
		a->provider = provider_of(table, &domain, 1);
		a->site = provider_site(&domain, 1);
		a->why = NULL;
		a->ttl_s = within(found->ttl_s);
	} else if (four->state == DNS_FAILED || six->state == DNS_FAILED) {
		a->why = four->state == DNS_FAILED ? four->why : six->why;
		a->ttl_s = AGAIN;
	} else {
		a->never = true;
		a->why = "the domain has neither a mail server nor an address";
	}
}

enum err mx_ask(struct scope *sc, const struct dns_options *o, const struct providers *table,
	const char *const *domains, size_t n, struct mx_answer **answers)
{
	struct dns_query *q = arena_array(sc->mem, 2 * n, sizeof *q);
	struct mx_answer *out = arena_array(sc->mem, n, sizeof *out);
	size_t *bare = arena_array(sc->mem, n, sizeof *bare), count = 0;
	struct dns_answer *d;
	enum err e;

	for (size_t i = 0; i < n; i++)
		q[i] = (struct dns_query){ domains[i], DNS_MX };
	e = dns_look_up(sc, o, q, n, &d);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		judge(sc, table, &d[i], &out[i]);
		if (d[i].state != DNS_NONE)
			continue;
		q[2 * count] = (struct dns_query){ domains[i], DNS_A };
		q[2 * count + 1] = (struct dns_query){ domains[i], DNS_AAAA };
		bare[count++] = i;
	}
	e = dns_look_up(sc, o, q, 2 * count, &d);
	for (size_t i = 0; i < count && !e; i++)
		judge_host(table, domains[bare[i]], &d[2 * i], &d[2 * i + 1], &out[bare[i]]);
	if (!e)
		*answers = out;
	return e;
}
