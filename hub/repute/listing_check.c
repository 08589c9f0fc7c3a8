/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Asking the lists, and what follows from their answers. */
#include "repute/listing.h"

#include "base/id.h"
#include "base/rand.h"
#include "config.h"
#include "fleet/address.h"
#include "hub.h"
#include "net/ip.h"
#include "sender/domain.h"

#define TIMEOUT_MS (10 * SECOND_MS)
/* How long one rests after the last list of weight `stop` took it off. */
#define REST_MS   (3 * DAY_MS)
#define JITTER_MS (5 * MINUTE_MS)

SQL(listing_address_looked, SQL_TENANT,
	"UPDATE address SET listed = $3, checked_at = $4, check_due = $5, "
	"rdns = COALESCE($6, rdns), rdns_state = COALESCE($7, rdns_state) "
	"WHERE tenant = $1 AND id = $2");
SQL(listing_address_rests, SQL_TENANT,
	"UPDATE address SET until = $3 WHERE tenant = $1 AND id = $2");
SQL(listing_domain_looked, SQL_TENANT,
	"UPDATE domain SET listed = $3, lists_at = $4, lists_due = $5 "
	"WHERE tenant = $1 AND id = $2");

/* What one round asks: of each list its two tests, of each subject each list, and reverse names. */
struct round {
	const struct job *job;
	enum listing_unit unit;
	const struct lists *lists;
	const struct listing_subject *list;
	size_t n;
	struct dns_query *q;
	size_t count;
	const struct dns_answer *answers;
	size_t yes[LISTS_MOST], no[LISTS_MOST]; /* places in Q */
	size_t *asked;                          /* n × lists: place in Q, or NOT_ASKED */
	size_t *reverse;                        /* of each subject */
	const char **rdns, **rdns_state;        /* of each subject; NULL where nothing is known */
};
#define NOT_ASKED SIZE_MAX

static size_t ask(struct round *r, const char *name, enum dns_type type)
{
	if (!name)
		return NOT_ASKED;
	r->q[r->count] = (struct dns_query){ name, type };
	return r->count++;
}

static void ask_list(struct scope *sc, struct round *r, size_t k)
{
	const struct list *l = &r->lists->list[k];

	r->yes[k] = r->no[k] = NOT_ASKED;
	for (size_t i = 0; i < r->n; i++) {
		size_t *place = &r->asked[i * r->lists->count + k];

		*place = ask(r, list_question(sc->mem, l, r->list[i].name), DNS_A);
		if (*place == NOT_ASKED || r->no[k] != NOT_ASKED)
			continue;
		r->no[k] = ask(
			r, list_question(sc->mem, l, l->domains ? "invalid" : "127.0.0.1"), DNS_A);
		if (!l->domains)
			r->yes[k] = ask(r, list_question(sc->mem, l, "127.0.0.2"), DNS_A);
	}
}

static enum err look_up(struct scope *sc, struct round *r)
{
	const struct config *config = hub_of(sc)->config;
	struct dns_options options = { .timeout_ms = TIMEOUT_MS,
		.servers = config && !str_empty(config->dns_servers) ? config->dns_servers : NULL };
	struct dns_answer *answers, *names;
	struct dns_query *forward = arena_array(sc->mem, r->n, sizeof *forward);
	size_t *whose = arena_array(sc->mem, r->n, sizeof *whose), count = 0;
	enum err e = dns_look_up(sc, &options, r->q, r->count, &answers);

	if (e)
		return e;
	r->answers = answers;
	for (size_t i = 0; i < r->n && r->unit == LISTING_ADDRESS; i++) {
		const struct dns_answer *a = &answers[r->reverse[i]];

		if (a->state == DNS_FAILED)
			continue;
		r->rdns[i] = a->count ? a->records[0].text : "";
		r->rdns_state[i] = a->count ? "wrong" : "missing";
		if (a->count) {
			forward[count] = (struct dns_query){ a->records[0].text,
				ip_is_v4(r->list[i].name) ? DNS_A : DNS_AAAA };
			whose[count++] = i;
		}
	}
	e = dns_look_up(sc, &options, forward, count, &names);
	for (size_t i = 0; i < count && !e; i++) {
		if (names[i].state == DNS_FAILED)
			r->rdns_state[whose[i]] = "unclear";
		for (size_t k = 0; k < names[i].count; k++)
			if (str_eq(names[i].records[k].text, r->list[whose[i]].name))
				r->rdns_state[whose[i]] = "good";
	}
	return e;
}

static struct list_verdict hear(const struct round *r, size_t k, size_t place)
{
	const struct list *l = &r->lists->list[k];
	const struct dns_answer *yes = r->yes[k] == NOT_ASKED ? NULL : &r->answers[r->yes[k]];
	const char *doubt = list_doubt(l, yes, &r->answers[r->no[k]]);
	struct list_verdict v = list_judge(l, &r->answers[place]);

	return doubt ? (struct list_verdict){ "unclear", v.code, doubt } : v;
}

/* ---- what follows ---- */

struct keeping {
	const struct round *r;
	size_t subject;
};

/* One that rests is free some days after it was named last. */
static enum err rest(struct scope *sc, const struct address *a)
{
	int64_t now = now_real(sc).ms;

	if (!a->until)
		return db_run(sc, &listing_address_rests, BIND(V(a->id), V(now + REST_MS)), NULL);
	if (now < a->until)
		return ERR_NONE;
	return address_move(sc, a,
		&(struct address_move){
			a->appliance ? "assigned" : "available", "rested", "system", 0 });
}

static enum err follow(struct scope *sc, const struct address *a, const struct listing_sum *sum)
{
	bool ours = str_eq(a->decided, "system") && str_eq(a->reason, "listed");
	bool rests = str_eq(a->state, "quarantined");
	bool warm = str_eq(a->state, "warming") || str_eq(a->state, "warmed");

	if (str_eq(a->decided, "operator") || str_eq(a->state, "burned"))
		return ERR_NONE;
	if (sum->stop && rests && ours && a->until)
		return db_run(sc, &listing_address_rests, BIND(V(a->id), V_NULL), NULL);
	if (sum->stop && !rests)
		return address_move(
			sc, a, &(struct address_move){ "quarantined", "listed", "system", 0 });
	if (!sum->stop && rests && ours)
		return rest(sc, a);
	if (sum->warn && warm)
		return address_move(
			sc, a, &(struct address_move){ "degraded", "listed", "system", 0 });
	if (!sum->listed && ours && str_eq(a->state, "degraded"))
		return address_move(
			sc, a, &(struct address_move){ "warmed", "unlisted", "system", 0 });
	return ERR_NONE;
}

static enum err keep_address(
	struct scope *sc, const struct keeping *k, const struct listing_sum *sum, int64_t due)
{
	const struct round *r = k->r;
	int64_t id = r->list[k->subject].id;
	struct address a;
	enum err e = db_run(sc, &listing_address_looked,
		BIND(V(id), V(sum->listed), V(now_real(sc).ms), V(due), V(r->rdns[k->subject]),
			V(r->rdns_state[k->subject])),
		NULL);

	if (!e)
		e = address_find(sc, id, &a);
	return e ? e : follow(sc, &a, sum);
}

/* It may have been removed while the lists were asked. */
static enum err is_there(struct scope *sc, const struct round *r, int64_t id)
{
	struct address a;
	struct domain d;

	return r->unit == LISTING_ADDRESS ? address_find(sc, id, &a) : domain_find(sc, id, &d);
}

static enum err keep(struct scope *sc, void *arg)
{
	const struct keeping *k = arg;
	const struct round *r = k->r;
	const struct listing_subject *s = &r->list[k->subject];
	struct listing_heard heard[LISTS_MOST];
	struct listing_sum sum;
	int64_t now = now_real(sc).ms, due = now + HOUR_MS + s->id % JITTER_MS;
	size_t n = 0;
	enum err e = r->job ? job_hold(sc, r->job) : ERR_NONE;

	sc->tenant = s->tenant;
	if (!e)
		e = is_there(sc, r, s->id);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	for (size_t i = 0; i < r->lists->count; i++) {
		size_t place = r->asked[k->subject * r->lists->count + i];

		if (place != NOT_ASKED)
			heard[n++] =
				(struct listing_heard){ &r->lists->list[i], hear(r, i, place) };
	}
	if (!e)
		e = listing_keep(sc, r->unit, s->id, heard, n, &sum);
	if (e)
		return e;
	return r->unit == LISTING_ADDRESS
		       ? keep_address(sc, k, &sum, due)
		       : db_run(sc, &listing_domain_looked,
				 BIND(V(s->id), V(sum.listed), V(now), V(due)), NULL);
}

enum err listing_check(struct scope *sc, const struct job *j, enum listing_unit unit,
	const struct listing_subject *list, size_t n)
{
	struct round r = { .job = j, .unit = unit, .list = list, .n = n };
	int64_t tenant = sc->tenant;
	enum err e = n ? lists_open(sc, &r.lists) : ERR_NONE;

	if (e || !n)
		return e;
	r.q = arena_array(sc->mem, (n + 2) * (r.lists->count + 1), sizeof *r.q);
	r.asked = arena_array(sc->mem, n * r.lists->count + 1, sizeof *r.asked);
	r.reverse = arena_array(sc->mem, n, sizeof *r.reverse);
	r.rdns = arena_array(sc->mem, n, sizeof *r.rdns);
	r.rdns_state = arena_array(sc->mem, n, sizeof *r.rdns_state);
	for (size_t k = 0; k < r.lists->count; k++)
		ask_list(sc, &r, k);
	for (size_t i = 0; i < n && unit == LISTING_ADDRESS; i++)
		r.reverse[i] = ask(&r, dns_reverse(sc->mem, list[i].name), DNS_PTR);
	e = look_up(sc, &r);
	for (size_t i = 0; i < n && !e; i++)
		e = db_write(sc, keep, &(struct keeping){ &r, i });
	sc->tenant = tenant;
	return e;
}
